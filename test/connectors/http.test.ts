import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { LosslessNumber } from 'lossless-json'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { SourceRefused, UnexpectedResponse } from '../../connectors/errors.js'
import type { HttpOptions, SourceHttp } from '../../connectors/http.js'
import { type Answer, json, keptLog, type Loopback, probe, quickClock, serve, serveBy } from './loopback.js'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function source(options: Partial<HttpOptions>, ...answers: Answer[]): Promise<{ server: Loopback; http: SourceHttp }> {
  const server = await serve(...answers)
  const http = probe(`${server.url}/api/v1`, options)
  closing.push(() => http.close(), server.close)
  return { server, http }
}

const bytes =
  (body: Uint8Array, headers: { [name: string]: string } = { 'content-type': 'application/json' }): Answer =>
  (response) =>
    response.writeHead(200, headers).end(body)

describe('addresses', () => {
  test('a request goes to a path under the base URL, with its parameters added to those that stand in it', async () => {
    const { server, http } = await source({}, json({ ok: true }))
    for (const url of ['zaken', '/zaken', 'zaken?a=%7C&b=1', '']) await http.request({ url, params: { page: 2, leftOut: undefined } })
    expect(server.seen.map(({ url }) => url)).toEqual([
      '/api/v1/zaken?page=2',
      '/api/v1/zaken?page=2',
      '/api/v1/zaken?a=%7C&b=1&page=2',
      '/api/v1?page=2',
    ])
  })

  test('a link of the source is followed as it is spelt', async () => {
    const { server, http } = await source({}, json({}))
    await http.request({ url: http.resolve('/api/v1/zaken?page=2&q=a%2Cb|c', `${server.url}/api/v1/zaken`) })
    expect(server.seen[0]!.url).toBe('/api/v1/zaken?page=2&q=a%2Cb|c')
  })

  test('an address inside a link is mapped to the API that knownAs says, and only at a whole segment', async () => {
    const { http, server } = await source({ knownAs: { 'https://zaken.leverancier.example/api/v1': 'zaken' } }, json({}))
    expect(http.resolve('https://zaken.leverancier.example/api/v1/zaken/1?x=2')).toBe(`${server.url}/api/v1/zaken/1?x=2`)
    expect(() => http.resolve('https://zaken.leverancier.example/api/v11/zaken')).toThrow(SourceRefused)
  })

  test('each API of a source has its own base URL, or a path under a shared one', async () => {
    const { http, server } = await source({ apis: { zaken: '/zaken/api', catalogi: 'catalogi/api' } }, json({}))
    await http.request({ url: 'zaaktypen', api: 'catalogi' })
    expect(server.seen[0]!.url).toBe('/api/v1/catalogi/api/zaaktypen')
    const split = probe({ zaken: `${server.url}/a`, catalogi: `${server.url}/b` })
    closing.push(() => split.close())
    await split.request({ url: 'zaaktypen', api: 'catalogi' })
    expect(server.seen[1]!.url).toBe('/b/zaaktypen')
    await expect(split.request({ url: 'x', api: 'documenten' })).rejects.toThrow(
      "no base URL for API 'documenten' (there is 'zaken', 'catalogi')",
    )
  })

  test('a link to an origin that the source file does not list is refused, and the message names no more than the origin', async () => {
    const { http } = await source({}, json({}))
    expect(() => http.resolve('https://elders.example/personen/123456782')).toThrow(
      /leads to https:\/\/elders\.example\/, which sources\/probe\.yaml does not list/,
    )
    await expect(http.request({ url: 'https://elders.example/x' })).rejects.toThrow(SourceRefused)
  })

  test('a link in http to the host of a base URL in https is requested by https, never the other way round', () => {
    const secure = probe('https://zaken.example/api')
    expect(secure.resolve('http://zaken.example/api/zaken')).toBe('https://zaken.example/api/zaken')
    const plain = probe('http://zaken.example/api')
    expect(() => plain.resolve('https://zaken.example/api/zaken')).toThrow(SourceRefused)
  })

  test.each(['ftp://zaken.example', 'zaken.example', 'https://naam:wachtwoord@zaken.example'])(
    'a base URL such as %s is refused before anything is sent',
    (baseUrl) => {
      expect(() => probe(baseUrl)).toThrow(SourceRefused)
      expect(() => probe(baseUrl)).not.toThrow(/wachtwoord/)
    },
  )

  test('a redirect within the source is followed with the credential, one to elsewhere is not', async () => {
    const elsewhere = await serve(json({}))
    closing.push(elsewhere.close)
    const move =
      (status: number, to: string): Answer =>
      (response) =>
        response.writeHead(status, { location: to }).end('moved')
    const { server, http } = await source(
      { authentication: { by: 'bearer' }, credentials: () => 'geheim' },
      move(302, '/api/v1/nieuw'),
      json({ ok: 1 }),
      move(301, `${elsewhere.url}/x`),
    )
    expect((await http.request({ url: 'oud' })).body).toEqual({ ok: 1 })
    expect(server.seen[1]).toMatchObject({ url: '/api/v1/nieuw', headers: { authorization: 'Bearer geheim' } })
    await expect(http.request({ url: 'oud' })).rejects.toThrow(SourceRefused)
    expect(elsewhere.seen).toHaveLength(0)
  })

  test('redirects in a circle end', async () => {
    const { http } = await source({}, (response) => response.writeHead(302, { location: '/api/v1/a' }).end())
    await expect(http.request({ url: 'a' })).rejects.toThrow('more than 5 redirects')
  })

  test('a search by POST is not turned into a GET by a redirect', async () => {
    const { http } = await source({}, (response) => response.writeHead(302, { location: '/api/v1/a' }).end())
    await expect(http.request({ url: '_zoek', method: 'POST', body: {} })).rejects.toThrow(/302.*sends us on/)
  })
})

describe('what is sent', () => {
  test('each request names the product, asks for JSON and is a span of one trace', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c'
    const { server, http } = await source(
      { version: '1.2.3', traceId, headers: { 'Accept-Crs': 'EPSG:4326', 'Fsc-Grant-Hash': () => '$1$4$hash' } },
      json({}),
    )
    await http.request({ url: 'a' })
    await http.request({ url: 'b', method: 'POST', body: { uuid__in: ['x'] }, headers: { 'Content-Crs': 'EPSG:4326' } })
    const [get, post] = server.seen
    expect(get!.headers).toMatchObject({
      'user-agent': 'gemaal/1.2.3',
      accept: 'application/json',
      'accept-crs': 'EPSG:4326',
      'fsc-grant-hash': '$1$4$hash',
    })
    expect(post).toMatchObject({
      method: 'POST',
      body: '{"uuid__in":["x"]}',
      headers: { 'content-type': 'application/json', 'content-crs': 'EPSG:4326' },
    })
    const spans = server.seen.map(({ headers }) => headers.traceparent as string)
    for (const span of spans) expect(span).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`))
    expect(new Set(spans).size).toBe(2)
  })

  test('connections are kept: a hundred requests one after another take one', async () => {
    const { server, http } = await source({}, (response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('{"a":1}')),
    )
    for (let i = 0; i < 100; i += 1) await http.request({ url: 'a' })
    expect(server.connections()).toBe(1)
  })

  test('proxies of the environment are not looked at', async () => {
    process.env.HTTP_PROXY = 'http://127.0.0.1:9'
    closing.push(() => delete process.env.HTTP_PROXY)
    const { http } = await source({}, json({ straight: true }))
    expect((await http.request({ url: 'a' })).body).toEqual({ straight: true })
  })
})

describe('bodies', () => {
  const body = { naam: 'Zoë ’s-Gravenhage € 12', nul: 'a\u0000b', half: 'x\ud800y' }
  const text = JSON.stringify(body)
  const utf16 = Buffer.from(text, 'utf16le')

  test.each<[string, Answer]>([
    ['in UTF-8', bytes(Buffer.from(text))],
    ['in UTF-8 with a byte order mark', bytes(Buffer.from(`\uFEFF${text}`))],
    ['in UTF-16 with a mark', bytes(Buffer.from(`\uFEFF${text}`, 'utf16le'))],
    ['in UTF-16, big end first', bytes(Buffer.from(utf16).swap16())],
    ['in UTF-16 by its content type', bytes(utf16, { 'content-type': 'application/json; charset=utf-16' })],
    ['packed by gzip', bytes(gzipSync(text), { 'content-encoding': 'gzip' })],
    [
      'packed by gzip in two members',
      bytes(Buffer.concat([gzipSync(text.slice(0, 9)), gzipSync(text.slice(9))]), { 'content-encoding': 'gzip' }),
    ],
    ['packed by brotli', bytes(brotliCompressSync(text), { 'content-encoding': 'br' })],
    ['packed by deflate', bytes(deflateSync(text), { 'content-encoding': 'deflate' })],
    ['packed by deflate without its header', bytes(deflateRawSync(text), { 'content-encoding': 'deflate' })],
    ['without a content type', bytes(Buffer.from(text), {})],
  ])('JSON %s is read, NUL and half a surrogate pair included', async (_, answer) => {
    const { http } = await source({}, answer)
    expect((await http.request({ url: 'a' })).body).toEqual(body)
  })

  test('JSON in Windows-1252 is read by its charset', async () => {
    const { http } = await source(
      {},
      bytes(Buffer.from([0x22, 0x5a, 0x6f, 0xeb, 0x80, 0x22]), { 'content-type': 'application/json;charset="windows-1252"' }),
    )
    expect((await http.request({ url: 'a' })).body).toBe('Zoë€')
  })

  test('bytes that are not in the charset are no text, and the log says where without a word of the record', async () => {
    const log = keptLog()
    const { http } = await source({ log }, bytes(Buffer.concat([Buffer.from('{"naam":"Zo'), Buffer.from([0xeb]), Buffer.from('"}')])))
    expect((await http.request({ url: 'a' })).body).toEqual({ naam: 'Zo\udceb' })
    const warning = log.lines.find((line) => line.startsWith('warn'))
    expect(warning).toContain('damaged')
    expect(warning).not.toContain('Zo')
  })

  const numbers = '{"a":9007199254740993,"b":0.1234567890123456789012345678901,"c":1E+3,"d":-0,"e":1.10}'

  test('numbers keep the text that the source wrote when that is asked for', async () => {
    const { http } = await source({}, json(numbers))
    const { body: exact } = await http.request({ url: 'a', exact: true })
    expect(Object.values(exact as object).map(String)).toEqual([
      '9007199254740993',
      '0.1234567890123456789012345678901',
      '1E+3',
      '-0',
      '1.10',
    ])
    expect((await http.of({ exact: true }).request({ url: 'a' })).body).toEqual(exact)
    expect((await http.request({ url: 'a' })).body).toMatchObject({ c: 1000, e: 1.1 })
  })

  test('of a name that comes twice the last counts, exact or not', async () => {
    const { http } = await source({}, json('{"a":1,"a":2}'))
    expect((await http.request({ url: 'a' })).body).toEqual({ a: 2 })
    expect((await http.request({ url: 'a', exact: true })).body).toEqual({ a: new LosslessNumber('2') })
  })

  test('an empty answer has no body', async () => {
    const { http } = await source(
      {},
      (response) => response.writeHead(204).end(),
      bytes(Buffer.from(' \n'), { 'content-encoding': 'identity' }),
    )
    expect(await http.request({ url: 'a' })).toMatchObject({ status: 204, body: undefined })
    expect(await http.request({ url: 'a' })).toMatchObject({ status: 200, body: undefined })
  })

  test.each<[string, Answer]>([
    ['a page for people', bytes(Buffer.from('<!doctype html><h1>Zoë 123456782'), { 'content-type': 'text/html' })],
    ['text', bytes(Buffer.from('123456782;Zoë'), { 'content-type': 'text/csv' })],
    ['a packing that is not known', bytes(Buffer.from('Zoë'), { 'content-encoding': 'zstd' })],
    ['a packing that it is not', bytes(Buffer.from('Zoë 123456782'), { 'content-encoding': 'gzip' })],
    ['nesting without end', bytes(Buffer.from(`${'['.repeat(100_000)}${']'.repeat(99_999)}x`))],
  ])('%s with status 200 is an unexpected response that shows nothing of it', async (_, answer) => {
    const { http } = await source({}, answer)
    const error = await http.request({ url: 'a', exact: true }).catch((caught) => caught)
    expect(error).toBeInstanceOf(UnexpectedResponse)
    expect(`${error.message} ${error.cause}`).not.toMatch(/Zoë|123456782/)
  })

  test('an answer may not unpack to more than the limit', async () => {
    const { http } = await source(
      { maxAnswerBytes: 1024 * 1024 },
      bytes(gzipSync(Buffer.alloc(20 * 1024 * 1024, 0x20)), { 'content-encoding': 'gzip' }),
    )
    await expect(http.request({ url: 'a' })).rejects.toThrow(/the answer is larger than 1024 kB/)
  })
})

describe('cancelling', () => {
  let stop: AbortController
  beforeEach(() => {
    stop = new AbortController()
  })
  const reason = new Error('the run was cancelled')

  test('a request that waits for its answer ends with the reason', async () => {
    const { http } = await source({}, () => stop.abort(reason))
    await expect(http.of({ signal: stop.signal }).request({ url: 'a' })).rejects.toBe(reason)
  })

  test('a request whose body is on its way ends with the reason', async () => {
    const { http } = await source({}, (response) => {
      response.writeHead(200).write('[{"a":1},', () => stop.abort(reason))
    })
    await expect(http.of({ signal: stop.signal }).request({ url: 'a' })).rejects.toBe(reason)
  })

  test('a list that is being read ends with the reason', async () => {
    const { http } = await source({}, (response) => void response.writeHead(200).write('[{"a":1},'))
    const reading = async () => {
      for await (const _ of http.of({ signal: stop.signal }).records({ url: 'a' })) stop.abort(reason)
    }
    await expect(reading()).rejects.toBe(reason)
  })

  test('the wait before another attempt ends with the reason', async () => {
    const clock = quickClock()
    const { http } = await source(
      {
        clock: {
          ...clock,
          sleep: async (_, signal) => {
            stop.abort(reason)
            signal?.throwIfAborted()
          },
        },
      },
      json({}, 503),
    )
    await expect(http.of({ signal: stop.signal }).request({ url: 'a' })).rejects.toBe(reason)
  })

  test('closing the client closes the connections that it kept', async () => {
    let open = 0
    const server = await serveBy((response, { socket }) => {
      open += 1
      socket.on('close', () => {
        open -= 1
      })
      response.end('{}')
    })
    closing.push(server.close)
    const http = probe(server.url)
    await http.request({ url: 'a' })
    expect(open).toBe(1)
    http.close()
    await expect.poll(() => open).toBe(0)
  })
})
