import { readFileSync } from 'node:fs'
import { createServer, request as requestHttp } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { SourceRefused } from '../../connectors/errors.js'
import type { HttpOptions } from '../../connectors/http.js'
import { type ProxySettings, passesProxy } from '../../connectors/proxy.js'
import { json, type Loopback, probe, serve, serveBy } from './loopback.js'

const pem = (name: string) => readFileSync(new URL(`./tls/${name}.pem`, import.meta.url), 'utf8')
const [ca, serverCert, serverKey, clientCert, clientKey] = ['ca', 'server', 'server-key', 'client', 'client-key'].map(pem) as [
  string,
  string,
  string,
  string,
  string,
]

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function secure(more: object = {}): Promise<Loopback> {
  const server = await serveBy(
    (response, request) => json({ client: (request.socket as Socket & { authorized?: boolean }).authorized })(response, request),
    { cert: serverCert, key: serverKey, ...more },
  )
  closing.push(server.close)
  return server
}

function client(baseUrl: string, options: Partial<HttpOptions>) {
  const http = probe(baseUrl, options)
  closing.push(() => http.close())
  return http
}

describe('TLS', () => {
  test('a source behind a private CA is reached when that CA is given, on one connection', async () => {
    const server = await secure()
    const http = client(server.url, { tls: { ca } })
    for (let i = 0; i < 5; i += 1) expect((await http.request({ url: 'a' })).status).toBe(200)
    expect(server.connections()).toBe(1)
  })

  test('without it the source is refused, and the message says where to give it', async () => {
    const server = await secure()
    await expect(client(server.url, {}).request({ url: 'a' })).rejects.toThrow(
      /is not trusted \(UNABLE_TO_VERIFY_LEAF_SIGNATURE\)\. Give the CA that signed it under tls\.ca in sources\/probe\.yaml/,
    )
  })

  test('a certificate for another name is refused', async () => {
    const server = await secure({ cert: pem('other'), key: pem('other-key') })
    await expect(client(server.url, { tls: { ca } }).request({ url: 'a' })).rejects.toThrow(/ERR_TLS_CERT_ALTNAME_INVALID/)
  })

  test('a source that asks for a client certificate gets ours', async () => {
    const server = await secure({ ca, requestCert: true, rejectUnauthorized: true })
    const http = client(server.url, { tls: { ca, cert: clientCert, key: clientKey } })
    expect((await http.request({ url: 'a' })).body).toEqual({ client: true })
  })

  test('without one, the message says that a client certificate may be asked for', async () => {
    const server = await secure({ ca, requestCert: true, rejectUnauthorized: true, maxVersion: 'TLSv1.2' })
    const error = await client(server.url, { tls: { ca } })
      .request({ url: 'a' })
      .catch((caught) => caught)
    expect(error).toBeInstanceOf(SourceRefused)
    expect(error.message).toMatch(/client certificate, give tls\.cert and tls\.key/)
  })

  test.each([
    ['a key of another certificate', { cert: clientCert, key: serverKey }],
    ['text that is no certificate', { ca, cert: 'geheim', key: 'geheim' }],
  ])('%s is refused without a word of it', async (_, tls) => {
    const server = await secure()
    const error = await client(server.url, { tls })
      .request({ url: 'a' })
      .catch((caught) => caught)
    expect(error).toBeInstanceOf(SourceRefused)
    expect(error.message).toContain('tls in sources/probe.yaml cannot be used')
    expect(`${error.stack} ${JSON.stringify(error)}`).not.toMatch(/geheim|BEGIN/)
  })

  test('http and https that are mixed up are named', async () => {
    const [tls, plain] = [await secure(), await serve(json({}))]
    closing.push(plain.close)
    await expect(client(plain.url.replace('http:', 'https:'), {}).request({ url: 'a' })).rejects.toThrow(
      /does not speak TLS on this port\. Check http and https in baseUrl/,
    )
    await expect(client(tls.url.replace('https:', 'http:'), {}).request({ url: 'a' })).rejects.toThrow(/127\.0\.0\.1/)
  })
})

interface Proxy {
  url: string
  /** What the proxy was asked: `CONNECT host:port` or `GET http://…`. */
  asked: string[]
  authorizations: (string | undefined)[]
}

/** A proxy that carries what it is asked to, once it has been given the name and password. */
async function proxy(needs?: string): Promise<Proxy> {
  const asked: string[] = []
  const authorizations: (string | undefined)[] = []
  const allowed = (header: string | undefined) => needs === undefined || header === `Basic ${Buffer.from(needs).toString('base64')}`
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    authorizations.push(request.headers['proxy-authorization'])
    if (!allowed(request.headers['proxy-authorization'])) return void response.writeHead(407).end()
    request.pipe(
      requestHttp(request.url!, { method: request.method!, headers: request.headers }, (answer) =>
        answer.pipe(response.writeHead(answer.statusCode!, answer.headers)),
      ),
    )
  })
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => sockets.add(socket))
  server.on('connect', (request, socket, head) => {
    asked.push(`${request.method} ${request.url}`)
    authorizations.push(request.headers['proxy-authorization'])
    if (!allowed(request.headers['proxy-authorization']))
      return void socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n')
    const [host, port] = request.url!.split(':') as [string, string]
    const through = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      through.write(head)
      through.pipe(socket)
      socket.pipe(through)
    })
    through.on('error', () => socket.destroy())
    socket.on('error', () => through.destroy())
    sockets.add(through)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, authorizations }
}

describe('a proxy', () => {
  test('sees only the host of a source on https, and the certificates go to the source', async () => {
    const server = await secure({ ca, requestCert: true, rejectUnauthorized: true })
    const { url, asked } = await proxy()
    const http = client(server.url, { proxy: { https: url }, tls: { ca, cert: clientCert, key: clientKey } })
    for (let i = 0; i < 3; i += 1) expect((await http.request({ url: 'zaken?bsn=1' })).body).toEqual({ client: true })
    expect(asked).toEqual([`CONNECT ${new URL(server.url).host}`])
  })

  test('carries requests to a source on http', async () => {
    const server = await serve(json({ ok: 1 }))
    closing.push(server.close)
    const { url, asked } = await proxy()
    const http = client(server.url, { proxy: { http: url } })
    for (let i = 0; i < 3; i += 1) expect((await http.request({ url: 'zaken', method: 'POST', body: { i } })).body).toEqual({ ok: 1 })
    expect(asked).toEqual(Array(3).fill(`POST ${server.url}/zaken`))
    expect(server.seen.map(({ body }) => body)).toEqual(['{"i":0}', '{"i":1}', '{"i":2}'])
  })

  test('gets its name and password, and the source does not', async () => {
    const server = await secure()
    const { url, authorizations } = await proxy('jan:p@s')
    const http = client(server.url, { proxy: { https: url.replace('//', '//jan:p%40s@') }, tls: { ca } })
    expect((await http.request({ url: 'a' })).status).toBe(200)
    expect(authorizations).toEqual([`Basic ${Buffer.from('jan:p@s').toString('base64')}`])
    expect(server.seen[0]!.headers['proxy-authorization']).toBeUndefined()
  })

  test('that asks for a name and password is named, for https and for http', async () => {
    const [tls, plain] = [await secure(), await serve(json({}))]
    closing.push(plain.close)
    const { url } = await proxy('jan:geheim')
    for (const server of [tls, plain]) {
      const http = client(server.url, { proxy: { http: url, https: url }, tls: { ca } })
      await expect(http.request({ url: 'a' })).rejects.toThrow(/407.*Give them in HTTP_PROXY and HTTPS_PROXY/)
    }
  })

  test('is passed by for hosts that are excepted', async () => {
    const server = await serve(json({ ok: 1 }))
    closing.push(server.close)
    const { url, asked } = await proxy()
    expect((await client(server.url, { proxy: { http: url, no: 'intern.example, 127.0.0.0/8' } }).request({ url: 'a' })).status).toBe(200)
    expect(asked).toEqual([])
  })

  test('with an address that cannot be one is refused without showing it', () => {
    expect(() => probe('http://zaken.example', { proxy: { http: 'ftp://jan:geheim@proxy.example' } })).toThrow(SourceRefused)
    expect(() => probe('http://zaken.example', { proxy: { http: 'ftp://jan:geheim@proxy.example' } })).not.toThrow(/geheim/)
  })
})

test.each<[string, string, boolean]>([
  ['https://zaken.example', '', true],
  ['https://zaken.example', 'zaken.example', false],
  ['https://api.zaken.example', 'zaken.example', false],
  ['https://api.zaken.example', '.zaken.example', false],
  ['https://api.zaken.example', '*.zaken.example', false],
  ['https://mijnzaken.example', 'zaken.example', true],
  ['https://ZAKEN.example', 'Zaken.Example', false],
  ['https://zaken.example:8443', 'zaken.example:8443', false],
  ['https://zaken.example', 'zaken.example:8443', true],
  ['https://zaken.example', 'zaken.example:443', false],
  ['https://10.1.2.3', '10.0.0.0/8', false],
  ['https://11.1.2.3', '10.0.0.0/8', true],
  ['https://[fd00::1]', 'fd00::/8', false],
  ['https://[fd00::1]:8443', '[fd00::1]:8443', false],
  ['https://[fd00::1]', 'fd00::1', false],
  ['https://zaken.example', '*', false],
  ['https://zaken.example', 'andere.example  zaken.example', false],
])('with NO_PROXY %2$s the proxy carries %1$s: %s', (...[address, no, passes]) => {
  const settings: ProxySettings = { https: 'http://proxy.example:8080', no }
  expect(passesProxy(new URL(address), settings)).toBe(passes)
})

test('without a proxy for its scheme a source is called straight', () => {
  expect(passesProxy(new URL('http://zaken.example'), { https: 'http://proxy.example:8080' })).toBe(false)
})
