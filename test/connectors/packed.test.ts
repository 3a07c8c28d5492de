import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ZipFile } from 'yazl'
import { SourceRefused, SourceUnavailable, UnexpectedResponse } from '../../connectors/errors.js'
import { unpackedGzip } from '../../connectors/packed.js'
import { openFiles } from '../../connectors/source-files.js'
import { bytesOf, textOf } from './place.js'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gemaal-packed-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const files = () => openFiles({ source: 'probe', baseUrl: pathToFileURL(folder).href })
const paths = async (...patterns: string[]) => (await files().list(patterns)).map(({ path }) => path)

async function put(path: string, content: string | Uint8Array): Promise<void> {
  await writeFile(join(folder, path), content)
  const before = new Date(Date.now() - 60_000)
  await utimes(join(folder, path), before, before)
}

type Options = Parameters<ZipFile['addBuffer']>[2]

async function zipOf(entries: { [path: string]: string | Buffer }, options: Options = {}, forceZip64Format = false): Promise<Buffer> {
  const zip = new ZipFile()
  for (const [path, content] of Object.entries(entries)) zip.addBuffer(Buffer.from(content), path, options)
  zip.end({ forceZip64Format, comment: '' })
  return bytesOf(zip.outputStream as AsyncIterable<Uint8Array>)
}

/** A zip in which each appearance of some bytes is others of the same length. */
function patched(zip: Buffer, from: string | Buffer, to: string | Buffer): Buffer {
  const result = Buffer.from(zip)
  for (let at = result.indexOf(from); at >= 0; at = result.indexOf(from, at + 1)) Buffer.from(to).copy(result, at)
  return result
}

const inPieces = async function* (bytes: Buffer, ...lengths: number[]) {
  for (let at = 0, n = 0; at < bytes.length; n += 1) {
    const length = lengths[n % lengths.length]!
    yield bytes.subarray(at, at + length)
    at += length
  }
}

describe('a file whose name ends in .gz', () => {
  test('is read unpacked, whatever its letters', async () => {
    await put('a.csv.gz', gzipSync('een;twee'))
    await put('B.CSV.GZ', gzipSync('drie'))
    expect(await paths('*.csv.gz')).toEqual(['a.csv.gz'])
    expect(await textOf(files().read('a.csv.gz'))).toBe('een;twee')
    expect(await textOf(files().read('B.CSV.GZ'))).toBe('drie')
  })

  test('is the same content when it was packed anew', async () => {
    await put('a.csv.gz', gzipSync('een;twee', { level: 1 }))
    const before = await files().checksum('a.csv.gz')
    await put('a.csv.gz', gzipSync('een;twee', { level: 9, memLevel: 1 }))
    expect(await files().checksum('a.csv.gz')).toBe(before)
  })

  test('is read with all of its members, wherever its bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ maxLength: 40 }), { minLength: 1, maxLength: 5 }),
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 4 }),
        async (members, lengths) => {
          const bytes = Buffer.concat(members.map((text) => gzipSync(text)))
          expect(await textOf(unpackedGzip(inPieces(bytes, ...lengths), 'probe', { beUnpacked: false }))).toBe(members.join(''))
        },
      ),
      { numRuns: 100 },
    )
  })

  test('may end in zeros, as tapes have them', async () => {
    await put('a.gz', Buffer.concat([gzipSync('een'), Buffer.alloc(1024)]))
    expect(await textOf(files().read('a.gz'))).toBe('een')
  })

  test.each([
    ['cut off', gzipSync('een;twee'.repeat(1000)).subarray(0, 30)],
    ['damaged', patched(gzipSync('een;twee'.repeat(1000)), gzipSync('een;twee'.repeat(1000)).subarray(12, 14), Buffer.from([0xff, 0x00]))],
    ['no gzip', Buffer.from('een;twee')],
    ['empty', Buffer.alloc(0)],
  ])('that is %s is its sender’s to mend', async (_, bytes) => {
    await put('a.csv.gz', bytes)
    await expect(textOf(files().read('a.csv.gz'))).rejects.toThrow(UnexpectedResponse)
    await expect(textOf(files().read('a.csv.gz'))).rejects.toThrow(/deliver it anew/)
  })

  test('that unpacks to more than any delivery is read no further', async () => {
    await put('a.csv.gz', gzipSync(Buffer.alloc(100 * 1024 * 1024)))
    let came = 0
    const reading = async () => {
      for await (const piece of files().read('a.csv.gz')) came += piece.length
    }
    await expect(reading()).rejects.toThrow(/which no delivery does/)
    expect(came).toBeLessThan(70 * 1024 * 1024)
  })

  test('is closed when its reader stops half way', async () => {
    await put('a.csv.gz', gzipSync(Buffer.alloc(10 * 1024 * 1024)))
    for await (const piece of files().read('a.csv.gz')) {
      expect(piece.length).toBeGreaterThan(0)
      break
    }
  })

  test('is read in any order from memory, up to a bound', async () => {
    await put('a.parquet.gz', gzipSync('abc'))
    const file = await files().open('a.parquet.gz')
    expect([file.size, Buffer.from(await file.bytes(1, 3)).toString()]).toEqual([3, 'bc'])
    await put('b.parquet.gz', gzipSync(Buffer.alloc(64 * 1024 * 1024 + 1, randomBytes(64 * 1024)), { level: 0 }))
    await expect(files().open('b.parquet.gz')).rejects.toThrow(SourceRefused)
  })
})

describe('a zip archive', () => {
  test('gives the files that a pattern asks for in it, each under its path in it', async () => {
    await put(
      'levering.zip',
      await zipOf({ 'wmo.csv': 'een', 'jeugd/2026.csv': 'twee', 'lees mij.txt': 'x', '__MACOSX/._wmo.csv': 'x', '.verborgen': 'x' }),
    )
    await put('los.csv', 'drie')
    expect(await paths('*.zip/*.csv')).toEqual(['levering.zip/wmo.csv'])
    expect(await paths('*.zip/**/*.csv')).toEqual(['levering.zip/jeugd/2026.csv', 'levering.zip/wmo.csv'])
    expect(await paths('*.csv', 'levering.zip/jeugd/2026.csv')).toEqual(['levering.zip/jeugd/2026.csv', 'los.csv'])
    expect(await textOf(files().read('levering.zip/jeugd/2026.csv'))).toBe('twee')
    expect(await files().list(['*.zip/wmo.csv'])).toEqual([expect.objectContaining({ path: 'levering.zip/wmo.csv', size: 3 })])
  })

  test('is one file where no pattern looks into it, and a workbook always is', async () => {
    await put('levering.zip', await zipOf({ 'a.csv': 'een' }))
    await put('map.xlsx', await zipOf({ 'xl/workbook.xml': '<x/>' }))
    expect(await paths('*')).toEqual(['levering.zip', 'map.xlsx'])
    expect(await paths('**/*.xlsx', '*.xlsx/**')).toEqual(['map.xlsx'])
    const open = await files().open('map.xlsx')
    expect(Buffer.from(await open.bytes(0, 2)).toString()).toBe('PK')
  })

  test('in the form for large ones, with stored and packed files, gives the same', async () => {
    await put('groot.zip', await zipOf({ 'a.csv': 'een'.repeat(1000), 'b.csv': '' }, { forceZip64Format: true }, true))
    await put('los.zip', await zipOf({ 'a.csv': 'een'.repeat(1000) }, { compress: false }))
    for (const zip of ['groot.zip', 'los.zip']) expect(await textOf(files().read(`${zip}/a.csv`))).toBe('een'.repeat(1000))
    expect(await textOf(files().read('groot.zip/b.csv'))).toBe('')
  })

  test('of thousands of files is listed, and one of them read', async () => {
    const many = Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`deel-${n}/een-wat-langere-naam-${n}.csv`, `${n}`]))
    await put('veel.zip', await zipOf(many))
    expect(await paths('veel.zip/**/*.csv')).toHaveLength(1000)
    expect(await textOf(files().read('veel.zip/deel-999/een-wat-langere-naam-999.csv'))).toBe('999')
  })

  test('can hold a .gz, which is unpacked as well', async () => {
    await put('levering.zip', await zipOf({ 'a.csv.gz': gzipSync('een') }))
    expect(await textOf(files().read('levering.zip/a.csv.gz'))).toBe('een')
  })

  test('that was delivered anew has other versions of its files', async () => {
    await put('a.zip', await zipOf({ 'a.csv': 'een' }))
    const [before] = await files().list(['a.zip/*'])
    await put('a.zip', await zipOf({ 'a.csv': 'twee' }))
    const [after] = await files().list(['a.zip/*'])
    expect(after!.version).not.toBe(before!.version)
  })

  test.each(['../../x.csv', '/aa/aa/x.csv', 'aa\\..\\..\\x.csv'])(
    'with a path that leads out of it, such as %s, is refused',
    async (path) => {
      const name = 'a'.repeat(path.length)
      await put('a.zip', patched(await zipOf({ [name]: 'een' }), name, path))
      await expect(paths('a.zip/**')).rejects.toThrow(/a path that leads out of it/)
    },
  )

  test('of Windows has folders as others do', async () => {
    await put('a.zip', patched(await zipOf({ 'map/a.csv': 'een' }), 'map/a.csv', 'map\\a.csv'))
    expect(await paths('a.zip/map/*')).toEqual(['a.zip/map/a.csv'])
  })

  test('with one path twice is refused', async () => {
    await put('a.zip', patched(await zipOf({ 'a.csv': 'een', 'b.csv': 'twee' }), 'b.csv', 'a.csv'))
    await expect(paths('a.zip/*')).rejects.toThrow(/two files of one path/)
  })

  test('with a password is refused when it is read', async () => {
    const zip = await zipOf({ 'a.csv': 'een' })
    zip[zip.indexOf('PK\u0001\u0002') + 8]! |= 1
    await put('a.zip', zip)
    await expect(textOf(files().read('a.zip/a.csv'))).rejects.toThrow(/it is encrypted/)
    await expect(textOf(files().read('a.zip/a.csv'))).rejects.toThrow(SourceRefused)
  })

  test('packed in a way that is not read says so', async () => {
    const zip = await zipOf({ 'a.csv': 'een' })
    zip[zip.indexOf('PK\u0001\u0002') + 10] = 9
    await put('a.zip', zip)
    await expect(textOf(files().read('a.zip/a.csv'))).rejects.toThrow(/packed by method 9/)
  })

  test('whose content is not what its checksum says is its sender’s to mend', async () => {
    await put('a.zip', patched(await zipOf({ 'a.csv': 'een;twee' }, { compress: false }), 'een;twee', 'een;drie'))
    await expect(textOf(files().read('a.zip/a.csv'))).rejects.toThrow(/not what its checksum says/)
  })

  test('that is cut off, empty or something else is its sender’s to mend', async () => {
    const zip = await zipOf({ 'a.csv': 'een'.repeat(1000) })
    for (const bytes of [zip.subarray(0, zip.length - 30), Buffer.alloc(0), Buffer.from('een;twee')]) {
      await put('a.zip', bytes)
      await expect(paths('a.zip/*')).rejects.toThrow(UnexpectedResponse)
    }
  })

  test('that unpacks to more than any delivery is not read', async () => {
    await put('a.zip', await zipOf({ 'a.csv': Buffer.alloc(100 * 1024 * 1024) }))
    await expect(paths('a.zip/*')).rejects.toThrow(/which no delivery does/)
  })

  test('that lies about the size of a file is read no further than it says', async () => {
    const zip = await zipOf({ 'a.csv': Buffer.alloc(1024 * 1024) })
    const entry = zip.indexOf('PK\u0001\u0002')
    zip.writeUInt32LE(100, entry + 24)
    await put('a.zip', zip)
    await expect(textOf(files().read('a.zip/a.csv'))).rejects.toThrow(UnexpectedResponse)
  })

  test('is not read on when the run is cancelled, which is no fault of the archive', async () => {
    await put('a.zip', await zipOf({ 'a.csv': Buffer.alloc(5 * 1024 * 1024) }, { compress: false }))
    const stop = new AbortController()
    const reading = async () => {
      for await (const _ of files().of({ signal: stop.signal }).read('a.zip/a.csv')) stop.abort(new Error('afgebroken'))
    }
    await expect(reading()).rejects.toThrow('afgebroken')
  })

  test('without a file that it had is unavailable', async () => {
    await put('a.zip', await zipOf({ 'a.csv': 'een' }))
    await expect(textOf(files().read('a.zip/b.csv'))).rejects.toThrow(SourceUnavailable)
  })
})
