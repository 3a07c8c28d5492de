import { createServer, type IncomingMessage, request as requestHttp, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'

export interface GatewayOptions {
  /** Path of the gateway → address of the API behind it, path included. The longest path that fits is taken. */
  routes: { readonly [path: string]: string }
  /** What a request has to carry, as an outway of FSC asks for the hash of its grant. It is not passed on. */
  header?: { name: string; value: string }
  /** Whether addresses in bodies become its own, and how: also those that it is asked for, or only those that it answers with. */
  rewrites?: 'both ways' | 'answers'
}

export interface Gateway {
  /** Origin, without a slash at the end. */
  url: string
  stop(): Promise<void>
}

/** A gateway before the APIs of a supplier, on an address of its own: an outway of FSC, or one that rewrites addresses. */
export async function startGateway({ routes, header, rewrites }: GatewayOptions): Promise<Gateway> {
  const paths = Object.keys(routes).sort((a, b) => b.length - a.length)
  let url = ''

  const outward = (text: string): string => paths.reduce((all, path) => all.replaceAll(routes[path]!, `${url}${path}`), text)
  const inward = (text: string): string =>
    paths.reduce(
      (all, path) =>
        all.replaceAll(`${url}${path}`, routes[path]!).replaceAll(encodeURIComponent(`${url}${path}`), encodeURIComponent(routes[path]!)),
      text,
    )
  const asked = (text: string): string => (rewrites === 'both ways' ? inward(text) : text)

  const server = createServer((request, response) => {
    const path = paths.find((each) => request.url!.startsWith(`${each}/`))
    if (path === undefined) return void response.writeHead(404, { 'Content-Type': 'text/html' }).end('<h1>Not Found</h1>')
    if (header && request.headers[header.name.toLowerCase()] !== header.value)
      return void response.writeHead(400, { 'Fsc-Error-Code': 'GRANT_LINK_NOT_FOUND', 'Content-Type': 'application/json' }).end('{}')
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => pass(request, response, path, asked(Buffer.concat(pieces).toString())))
  })

  function pass(request: IncomingMessage, response: ServerResponse, path: string, body: string): void {
    const target = new URL(routes[path]! + asked(request.url!.slice(path.length)))
    const { [header?.name.toLowerCase() ?? '']: _, 'accept-encoding': _encoding, ...headers } = request.headers
    const passed = { ...headers, host: target.host, ...(body === '' ? {} : { 'content-length': String(Buffer.byteLength(body)) }) }
    const sent = requestHttp(target, { method: request.method!, headers: passed }, (answer) => {
      const pieces: Buffer[] = []
      answer.on('data', (piece: Buffer) => pieces.push(piece))
      answer.on('end', () => {
        const whole = Buffer.concat(pieces)
        const shown = gzipSync(rewrites ? outward(whole.toString()) : whole)
        const { 'content-length': _length, 'transfer-encoding': _transfer, ...more } = answer.headers
        response.writeHead(answer.statusCode!, { ...more, 'content-encoding': 'gzip', 'content-length': String(shown.length) }).end(shown)
      })
    })
    sent.on('error', () => response.destroy())
    sent.end(body)
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    stop: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await closed
    },
  }
}
