import { gunzipSync, gzipSync } from 'node:zlib'
import { afterEach, describe, expect, test } from 'vitest'
import { ZipFile } from 'yazl'
import { memoryBudget } from '../../connectors/budget.js'
import { SourceRefused, SourceUnavailable, UnexpectedResponse } from '../../connectors/errors.js'
import { type FilesOptions, openFiles, type SourceFiles } from '../../connectors/source-files.js'
import { type Loopback, probe, quickClock, serveBy } from './loopback.js'
import { bytesOf, textOf } from './place.js'

interface Served {
  body: Buffer | string
  headers?: { [name: string]: string }
  /** Left out: the server gives parts of files. */
  parts?: false
  /** Left out: the server says what changes with the content. */
  silent?: true
}

let server: Loopback
afterEach(() => server.close())

const modified = 'Tue, 24 Nov 2026 10:00:00 GMT'

/** A web server with some files; what is not there is a page of HTML with 404. */
async function serveFiles(files: { [path: string]: Served }, options: Partial<FilesOptions> = {}): Promise<SourceFiles> {
  server = await serveBy((response, { url, headers }) => {
    const file = files[decodeURIComponent(url)]
    if (!file) return response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>Not found</h1>')
    const bytes = Buffer.from(file.body)
    const says = file.silent ? {} : { etag: `"${bytes.length}-${bytes.toString('hex').slice(0, 8)}"`, 'last-modified': modified }
    const all = { date: 'Wed, 25 Nov 2026 12:00:00 GMT', ...says, ...file.headers }
    const { 1: from, 2: to } = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '') ?? []
    if (from === undefined || file.parts === false) return response.writeHead(200, { ...all, 'content-length': bytes.length }).end(bytes)
    if (Number(from) >= bytes.length) return response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end()
    const part = bytes.subarray(Number(from), to === '' ? undefined : Number(to) + 1)
    const range = `bytes ${from}-${Number(from) + part.length - 1}/${bytes.length}`
    return response.writeHead(206, { ...all, 'content-range': range, 'content-length': part.length }).end(part)
  })
  return client(options)
}

const client = (options: Partial<FilesOptions> = {}) => {
  const baseUrl = `${server.url}/export`
  return openFiles({ source: 'probe', baseUrl, http: probe(baseUrl), clock: quickClock(), ...options })
}

async function zipOf(path: string, content: string): Promise<Buffer> {
  const zip = new ZipFile()
  zip.addBuffer(Buffer.from(content), path)
  zip.end()
  return bytesOf(zip.outputStream as AsyncIterable<Uint8Array>)
}

describe('files on a web server', () => {
  test('are found by their names and read under the base URL', async () => {
    const files = await serveFiles({ '/export/wmo.csv': { body: 'een;twee' }, '/export/map/jeugd.csv': { body: '' } })
    expect(await files.list(['wmo.csv', 'map/jeugd.csv'])).toMatchObject([
      { path: 'map/jeugd.csv', size: 0 },
      { path: 'wmo.csv', size: 8, changedAt: new Date('2026-11-24T10:00:00Z') },
    ])
    expect(await textOf(files.read('wmo.csv'))).toBe('een;twee')
    expect(await textOf(files.read('map/jeugd.csv'))).toBe('')
    expect(await files.list(['{wmo,map/jeugd}.csv'])).toHaveLength(2)
  })

  test('are asked for as they are, unpacked and with no wish for JSON', async () => {
    const files = await serveFiles({ '/export/a.csv': { body: 'x' } })
    await textOf(files.read('a.csv'))
    for (const { headers } of server.seen) expect(headers).toMatchObject({ accept: '*/*', 'accept-encoding': 'identity' })
  })

  test.each(['export (1).csv', 'café €.csv', 'a#b.csv', "d'Hondt & co.csv"])('named %s are read', async (name) => {
    const files = await serveFiles({ [`/export/${name}`]: { body: 'x' } })
    expect(await textOf(files.read(name))).toBe('x')
  })

  test('have no listing: a pattern or no name at all is refused', async () => {
    const files = await serveFiles({})
    await expect(files.list(['*.csv'])).rejects.toThrow(/Name each file/)
    await expect(files.list()).rejects.toThrow(SourceRefused)
    expect(server.seen).toEqual([])
  })

  test('that are not there are unavailable, never an empty listing', async () => {
    const files = await serveFiles({ '/export/a.csv': { body: 'x' } })
    const error = await files.list(['a.csv', 'weg.csv']).catch((caught) => caught)
    expect(error).toBeInstanceOf(SourceUnavailable)
    expect(error.message).toMatch(/'weg.csv': it is not there \(404\)/)
  })

  test('that come as a page to sign in are no files', async () => {
    const files = await serveFiles({ '/export/a.csv': { body: '<form>', headers: { 'content-type': 'text/html; charset=utf-8' } } })
    await expect(files.list(['a.csv'])).rejects.toThrow(/a page for people/)
    await expect(textOf(files.read('a.csv'))).rejects.toThrow(UnexpectedResponse)
  })

  test('outside of the base URL are not asked for', async () => {
    const files = await serveFiles({ '/geheim.csv': { body: 'x' } })
    for (const path of ['../geheim.csv', '%2e%2e/geheim.csv', 'a/../../geheim.csv'])
      await expect(textOf(files.read(path))).rejects.toThrow(SourceRefused)
    expect(server.seen).toEqual([])
  })

  test('that were changed just now by the clock of the server are waited for', async () => {
    const files = await serveFiles({ '/export/a.csv': { body: 'x', headers: { 'last-modified': 'Wed, 25 Nov 2026 11:59:50 GMT' } } })
    await expect(files.list(['a.csv'])).rejects.toThrow(/may still be written/)
  })

  test('with an error of the server are unavailable, and with a refused credential a person acts', async () => {
    server = await serveBy((response) => response.writeHead(503, { 'retry-after': '3600' }).end())
    await expect(client().list(['a.csv'])).rejects.toThrow(SourceUnavailable)
    await server.close()
    server = await serveBy((response) => response.writeHead(403).end())
    await expect(client().list(['a.csv'])).rejects.toThrow(SourceRefused)
  })

  test('take of the budget of the source, and give back what they took', async () => {
    await serveFiles({ '/export/a.csv': { body: 'x'.repeat(100_000) } })
    const budget = memoryBudget({ name: 'probe', atOnce: 1 }, quickClock())
    const files = client({ http: probe(`${server.url}/export`, { budget }) })
    for (let n = 0; n < 3; n += 1) {
      await files.list(['a.csv'])
      for await (const _ of files.read('a.csv')) break
    }
    ;(await budget.acquire())()
  })
})

describe('the version of a file on a web server', () => {
  test('is its ETag, and where there is none its time and size', async () => {
    const files = await serveFiles({
      '/export/a.csv': { body: 'een', headers: { etag: 'W/"1"' } },
      '/export/b.csv': { body: 'een', silent: true, headers: { 'last-modified': modified } },
    })
    expect((await files.list(['a.csv', 'b.csv'])).map(({ version }) => version)).toEqual(['W/"1"', `${modified}, 3`])
  })

  test('is told from its content where the server says nothing that changes with it', async () => {
    const served: { [path: string]: Served } = { '/export/a.csv': { body: 'een', silent: true } }
    const files = await serveFiles(served)
    const [before] = await files.list(['a.csv'])
    expect((await files.list(['a.csv']))[0]).toEqual(before)
    expect(before!.changedAt).toEqual(new Date(0))
    served['/export/a.csv']!.body = 'twe'
    expect((await files.list(['a.csv']))[0]!.version).not.toBe(before!.version)
    expect(await textOf(files.read('a.csv'))).toBe('twe')
  })

  test('that changes while it is read makes it unavailable', async () => {
    const served: { [path: string]: Served } = { '/export/a.csv': { body: 'een' } }
    const files = await serveFiles(served)
    const reading = async () => {
      for await (const _ of files.read('a.csv')) served['/export/a.csv']!.body = 'twe'
    }
    await expect(reading()).rejects.toThrow(/was changed while it was read/)
  })
})

describe('a connection to a web server that breaks', () => {
  const content = Buffer.from(Array.from({ length: 200_000 }, (_, n) => n % 251))

  /** Gives half of what is asked for and hangs up, as often as `times`. */
  async function serveBroken(times: number, headers: { [name: string]: string }, parts = true): Promise<SourceFiles> {
    let left = times
    server = await serveBy((response, { headers: { range }, socket }) => {
      const { 1: from = '0', 2: to } = (parts && /^bytes=(\d+)-(\d*)$/.exec(range ?? '')) || []
      const part = content.subarray(Number(from), to ? Number(to) + 1 : undefined)
      const isPart = parts && range !== undefined
      response.writeHead(isPart ? 206 : 200, {
        ...headers,
        'content-length': part.length,
        ...(isPart && { 'content-range': `bytes ${from}-${Number(from) + part.length - 1}/${content.length}` }),
      })
      if (part.length < 100 || left === 0) return response.end(part)
      left -= 1
      return response.write(part.subarray(0, part.length >> 1), () => socket.destroySoon())
    })
    return client()
  }

  test('is resumed at the byte where it was', async () => {
    const files = await serveBroken(3, { etag: '"1"' })
    expect((await bytesOf(files.read('a.bin'))).equals(content)).toBe(true)
    expect(server.seen.filter(({ headers }) => /^bytes=[1-9]/.test(headers.range ?? ''))).toHaveLength(3)
  })

  test('is resumed where the server gives no parts: what came before is passed over', async () => {
    const files = await serveBroken(1, { etag: '"1"' }, false)
    expect((await bytesOf(files.read('a.bin'))).equals(content)).toBe(true)
  })

  test('is not resumed for ever', async () => {
    const files = await serveBroken(1000, { etag: '"1"' })
    await expect(bytesOf(files.read('a.bin'))).rejects.toThrow(SourceUnavailable)
  })

  test('is not resumed in another version', async () => {
    let version = 0
    const files = await serveBroken(1, {
      get etag() {
        version += 1
        return `"${version}"`
      },
    } as { [name: string]: string })
    await expect(bytesOf(files.read('a.bin'))).rejects.toThrow(/was changed while it was read/)
  })
})

describe('packing of the transport and a file that is packed are two things', () => {
  test('a table that the server packs for the road is unpacked', async () => {
    const files = await serveFiles({
      '/export/a.csv': { body: gzipSync('een;twee'), headers: { 'content-encoding': 'gzip' }, parts: false },
    })
    expect(await textOf(files.read('a.csv'))).toBe('een;twee')
  })

  test('a .gz that comes as it is is unpacked once', async () => {
    const files = await serveFiles({ '/export/a.csv.gz': { body: gzipSync('een;twee') } })
    expect(await textOf(files.read('a.csv.gz'))).toBe('een;twee')
  })

  test('a .gz that the server calls packing of the road is unpacked once', async () => {
    const files = await serveFiles({
      '/export/a.csv.gz': { body: gzipSync('een;twee'), headers: { 'content-encoding': 'gzip' }, parts: false },
    })
    expect(await textOf(files.read('a.csv.gz'))).toBe('een;twee')
  })

  test('a .gz that is packed for the road once more is unpacked twice', async () => {
    const body = gzipSync(gzipSync('een;twee'))
    expect(gunzipSync(gunzipSync(body)).toString()).toBe('een;twee')
    const files = await serveFiles({ '/export/a.csv.gz': { body, headers: { 'content-encoding': 'gzip' } } })
    expect(await textOf(files.read('a.csv.gz'))).toBe('een;twee')
  })
})

describe('an archive on a web server', () => {
  test('is read by parts, so that a file in it is all that comes of it', async () => {
    const files = await serveFiles({ '/export/l.zip': { body: await zipOf('a.csv', 'een;twee') } })
    expect((await files.list(['l.zip/*.csv'])).map(({ path }) => path)).toEqual(['l.zip/a.csv'])
    expect(await textOf(files.read('l.zip/a.csv'))).toBe('een;twee')
    expect(server.seen.every(({ headers }) => headers.range !== undefined)).toBe(true)
  })

  test('of a server that gives no parts is read where it is small', async () => {
    const files = await serveFiles({ '/export/l.zip': { body: await zipOf('a.csv', 'een;twee'), parts: false } })
    expect(await textOf(files.read('l.zip/a.csv'))).toBe('een;twee')
  })

  test('whose size the server does not say is refused', async () => {
    const body = gzipSync(await zipOf('a.csv', 'een;twee'))
    const files = await serveFiles({ '/export/l.zip': { body, headers: { 'content-encoding': 'gzip' } } })
    await expect(files.list(['l.zip/*.csv'])).rejects.toThrow(/does not say how large it is/)
    await expect(files.open('l.zip')).rejects.toThrow(SourceRefused)
  })

  test('of a server that gives no parts is refused where it is large', async () => {
    const files = await serveFiles({ '/export/l.zip': { body: Buffer.alloc(17 * 1024 * 1024), parts: false } })
    await expect(files.list(['l.zip/*.csv'])).rejects.toThrow(/gives no parts of a file/)
  })
})
