import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ZipFile } from 'yazl'
import { memoryBudget } from '../../connectors/budget.js'
import { SourceRefused, SourceUnavailable, UnexpectedResponse } from '../../connectors/errors.js'
import { openFiles, type SourceFiles } from '../../connectors/source-files.js'
import { keys, region, type S3Server, startS3 } from '../sources/s3/server.js'
import { findGateway, type Gateway, startGateway } from '../sources/s3/versitygw.js'
import { probe, quickClock } from './loopback.js'
import { bytesOf, textOf } from './place.js'

interface At {
  url: string
  baseUrl?: string
  region?: string
  keys?: { [field: string]: string }
  http?: Parameters<typeof probe>[1]
}

function open({ url, baseUrl = 's3://leveringen', region: inRegion = region, keys: own = keys, http = {} }: At): SourceFiles {
  return openFiles({
    source: 'probe',
    baseUrl,
    http: probe(url, http),
    region: inRegion,
    credentials: (field) => (own as { [field: string]: string })[field],
    credentialSetting: (field) => `GEMAAL_PROBE_${field.toUpperCase()}`,
  })
}

async function zipOf(path: string, content: string): Promise<Buffer> {
  const zip = new ZipFile()
  zip.addBuffer(Buffer.from(content), path)
  zip.end()
  return bytesOf(zip.outputStream as AsyncIterable<Uint8Array>)
}

const content = Buffer.from(Array.from({ length: 300_000 }, (_, n) => n % 251))
const oddNames = ['export (1).csv', 'café €.csv', '100% %41.csv', "d'Hondt & co.csv", 'a+b?.csv', 'a#b*!~.csv', '<x>.csv']

describe('files in a bucket of S3', () => {
  let server: S3Server
  beforeEach(async () => {
    server = await startS3()
  })
  afterEach(() => server.stop())

  const client = (more: Partial<At> = {}) => open({ url: server.url, ...more })
  const paths = async (patterns?: string[], files = client()) => (await files.list(patterns)).map(({ path }) => path)

  test('are listed under the prefix of the base URL, and read', async () => {
    for (const key of ['wmo/a.csv', 'wmo/2026/b.csv', 'wmo/.c.csv', 'wmo/d.csv.part', 'wmo/leeg/', 'wmoedig.csv']) server.put(key, 'één')
    const files = client({ baseUrl: 's3://leveringen/wmo' })
    expect(await files.list()).toMatchObject([
      { path: '2026/b.csv' },
      { path: 'a.csv', size: 5, changedAt: new Date('2026-11-25T11:00:00Z') },
    ])
    expect(await textOf(files.read('2026/b.csv'))).toBe('één')
    expect(await paths(['wmo/*.csv'])).toEqual(['wmo/a.csv'])
    expect(await paths(['wmo/**/*.csv'])).toEqual(['wmo/2026/b.csv', 'wmo/a.csv'])
  })

  test('are listed over all pages, of a thousand or of fewer', async () => {
    for (let n = 0; n < 2500; n += 1) server.put(`veel/${n}.csv`, '')
    expect(await paths(['veel/*.csv'])).toHaveLength(2500)
    expect(server.seen).toHaveLength(3)
    server.faults.keysAPage = 400
    expect(await paths(['veel/*.csv'])).toHaveLength(2500)
  })

  test('whose listing goes on where it was end the run with the address', async () => {
    for (let n = 0; n < 10; n += 1) server.put(`veel/${n}.csv`, '')
    Object.assign(server.faults, { keysAPage: 3, repeats: true })
    await expect(client().list()).rejects.toThrow(/\/leveringen.*the listing goes on where it was/)
  })

  test.each(oddNames)('named %s are read, whichever way the server spells keys', async (name) => {
    server.put(`map/${name}`, 'x')
    expect(await paths(['map/*'])).toEqual([`map/${name}`])
    expect(await textOf(client().read(`map/${name}`))).toBe('x')
    server.faults.plainKeys = true
    expect(await paths(['map/*'])).toEqual([`map/${name}`])
  })

  test('whose name no address can have are refused, and are no absence', async () => {
    server.put('a/../b.csv', 'x')
    await expect(textOf(client().read('a/../b.csv'))).rejects.toThrow(SourceRefused)
    expect(await paths()).toEqual(['a/../b.csv'])
  })

  test('under a prefix with nothing in it are no empty listing', async () => {
    server.put('wmo/.keep', '')
    await expect(client().list(['jeugd/*.csv'])).rejects.toThrow(/there is nothing in it/)
    await expect(client({ baseUrl: 's3://leveringen/jeugd' }).list()).rejects.toThrow(SourceUnavailable)
    expect(await paths(['wmo/*.csv'])).toEqual([])
  })

  test('have another version when they are delivered anew', async () => {
    server.put('a.csv', 'een')
    const [before] = await client().list()
    server.put('a.csv', 'twe')
    expect((await client().list())[0]!.version).not.toBe(before!.version)
  })

  test.each([false, true])('that are replaced while they are read are read again', async (ignoresIfMatch) => {
    server.put('a.csv', 'een')
    server.faults.ignoresIfMatch = ignoresIfMatch
    server.faults.onGet = () => server.put('a.csv', 'twe')
    await expect(textOf(client().read('a.csv'))).rejects.toThrow(/was changed while it was read/)
  })

  test('are the same where a listing and an answer spell an ETag differently', async () => {
    server.put('a.csv', 'een')
    server.faults.weakTags = true
    expect(await textOf(client().read('a.csv'))).toBe('een')
  })

  test('that are gone since they were found are unavailable', async () => {
    server.put('a.csv', 'een')
    server.faults.onGet = () => server.remove('a.csv')
    await expect(textOf(client().read('a.csv'))).rejects.toThrow(/taken away since it was listed/)
    await expect(textOf(client().read('b.csv'))).rejects.toThrow(SourceUnavailable)
  })

  test('go on at the byte where they were when the connection breaks', async () => {
    server.put('groot.bin', content)
    server.faults.hangUpAfterBytes = 100_000
    expect((await bytesOf(client().read('groot.bin'))).equals(content)).toBe(true)
  })

  test('are read by parts, as archives and workbooks are', async () => {
    server.put('groot.bin', content)
    server.put('l.zip', await zipOf('a.csv', 'een;twee'))
    const file = await client().open('groot.bin')
    expect(Buffer.from(await file.bytes(250_000, 300_000)).equals(content.subarray(250_000))).toBe(true)
    server.put('groot.bin', 'anders')
    await expect(file.bytes(0, 10)).rejects.toThrow(/was changed/)
    expect(await paths(['*.zip/*'])).toEqual(['l.zip/a.csv'])
    expect(await textOf(client().read('l.zip/a.csv'))).toBe('een;twee')
  })

  test('that are kept with a Content-Encoding are unpacked once', async () => {
    server.put('a.csv', gzipSync('een;twee'), { 'content-encoding': 'gzip' })
    server.put('a.csv.gz', gzipSync('een;twee'), { 'content-encoding': 'gzip' })
    server.put('b.csv.gz', gzipSync('een;twee'))
    for (const path of ['a.csv', 'a.csv.gz', 'b.csv.gz']) expect(await textOf(client().read(path))).toBe('een;twee')
  })

  test('take of the budget of the source, and give back what they took', async () => {
    server.put('a.csv', content)
    const budget = memoryBudget({ name: 'probe', atOnce: 1 }, quickClock())
    const files = client({ http: { budget } })
    for (let n = 0; n < 2; n += 1) for await (const _ of files.read('a.csv')) break
    server.faults.onGet = () => server.put('a.csv', 'x')
    await expect(textOf(files.read('a.csv'))).rejects.toThrow(SourceUnavailable)
    ;(await budget.acquire())()
  })

  test.each([
    [{ keys: { ...keys, secretAccessKey: 'verkeerd-woord' } }, /GEMAAL_PROBE_SECRETACCESSKEY does not belong to GEMAAL_PROBE_ACCESSKEYID/],
    [{ keys: { ...keys, accessKeyId: 'ONBEKEND' } }, /does not know what is in GEMAAL_PROBE_ACCESSKEYID/],
    [{ keys: {} }, /Set GEMAAL_PROBE_ACCESSKEYID/],
    [{ region: 'us-east-1' }, /in another region than 'us-east-1'/],
    [{ baseUrl: 's3://geen' }, /There is no bucket 'geen'/],
  ] as const)('are not read with %j: a person is told what to mend', async (at, message) => {
    server.put('a.csv', 'x')
    const error = await client(at as Partial<At>)
      .list()
      .catch((caught) => caught)
    expect(error).toBeInstanceOf(SourceRefused)
    expect(error.message).toMatch(message)
    expect(`${error.stack}`).not.toContain('verkeerd-woord')
  })

  test.each([
    [403, 'AccessDenied', SourceRefused, /s3:ListBucket/],
    [403, 'RequestTimeTooSkewed', SourceRefused, /clock/],
    [301, 'PermanentRedirect', SourceRefused, /another region/],
    [400, 'InvalidArgument', UnexpectedResponse, /did not take the request/],
    [503, 'SlowDown', SourceUnavailable, /503/],
    [500, 'InternalError', SourceUnavailable, /500/],
  ])('that are answered %i %s end in what the run can do about it, and never in an empty listing', async (status, code, kind, message) => {
    server.faults.error = { status, code }
    const error = await client()
      .list()
      .catch((caught) => caught)
    expect(error).toBeInstanceOf(kind)
    expect(error.message).toMatch(message)
    expect(error.message).not.toContain('geheim')
  })
})

const found = findGateway()
if (typeof found === 'string') test(`Versity Gateway is not tried here: ${found}`, () => {})

describe.each(typeof found === 'string' ? [] : [found])('files in a bucket of Versity Gateway', ({ command }) => {
  let server: Gateway
  beforeEach(async () => {
    server = await startGateway(command)
  })
  afterEach(() => server.stop())

  const client = (more: Partial<At> = {}) => open({ url: server.url, region: server.region, keys: server.keys, ...more })

  test('are listed and read, whatever their names', async () => {
    for (const name of oddNames) await server.put(`map/${name}`, name)
    const files = client()
    expect((await files.list(['map/*'])).map(({ path }) => path)).toEqual(oddNames.map((name) => `map/${name}`).sort())
    for (const name of oddNames) expect(await textOf(files.read(`map/${name}`))).toBe(name)
  })

  test('are read by parts, and not once they are others', async () => {
    await server.put('groot.bin', content)
    const file = await client().open('groot.bin')
    expect(Buffer.from(await file.bytes(250_000, 300_000)).equals(content.subarray(250_000))).toBe(true)
    await server.put('groot.bin', 'anders')
    await expect(file.bytes(0, 6)).rejects.toThrow(/was changed/)
  })

  test('are not read with a wrong secret, from no bucket, or in an empty prefix', async () => {
    await expect(client({ keys: { ...server.keys, secretAccessKey: 'x' } }).list()).rejects.toThrow(/does not belong to/)
    await expect(client({ baseUrl: 's3://geen' }).list()).rejects.toThrow(/There is no bucket/)
    await expect(client().list()).rejects.toThrow(SourceUnavailable)
  })
})
