import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createTlsServer, type ServerOptions } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { Clock } from '../../connectors/clock.js'
import { keptLog } from '../../connectors/conformance/open.js'
import { type HttpOptions, openHttp, type SourceHttp } from '../../connectors/http.js'

export { impatientClock, keptLog } from '../../connectors/conformance/open.js'

export interface Seen {
  method: string
  url: string
  headers: IncomingMessage['headers']
  body: string
}

export interface Loopback {
  url: string
  /** Requests in the order in which they came. */
  seen: Seen[]
  /** Connections that were ever opened. */
  connections(): number
  close(): Promise<void>
}

export type Answer = (response: ServerResponse, request: Seen & { socket: Socket }) => unknown

/** A server on loopback that answers each request in its turn; the last answer goes for all that follow. */
export async function serve(...answers: Answer[]): Promise<Loopback> {
  return serveBy((response, request, turn) => answers[Math.min(turn, answers.length - 1)]!(response, request))
}

export async function serveBy(
  answer: (response: ServerResponse, request: Seen & { socket: Socket }, turn: number) => unknown,
  tls?: ServerOptions,
): Promise<Loopback> {
  const seen: Seen[] = []
  let connections = 0
  const sockets = new Set<Socket>()
  const listener: RequestListener = async (request, response) => {
    const pieces: Buffer[] = []
    for await (const piece of request) pieces.push(piece as Buffer)
    const one = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body: Buffer.concat(pieces).toString() }
    seen.push(one)
    await answer(response, { ...one, socket: request.socket }, seen.length - 1)
  }
  const server = tls ? createTlsServer(tls, listener) : createServer(listener)
  server.on('connection', (socket: Socket) => {
    connections += 1
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    connections: () => connections,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      }),
  }
}

export const json =
  (body: unknown, status = 200, headers: { [name: string]: string } = {}): Answer =>
  (response) =>
    response
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(typeof body === 'string' ? body : JSON.stringify(body))

/** A clock whose sleep passes at once and moves it on; `slept` are the waits in milliseconds. */
export function quickClock(at = '2026-11-25T12:00:00Z'): Clock & { slept: number[]; set(at: string | number): void } {
  let now = Date.parse(at)
  const slept: number[] = []
  return {
    slept,
    set: (moment) => {
      now = typeof moment === 'number' ? moment : Date.parse(moment)
    },
    now: () => new Date(now),
    random: () => 0,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted()
      slept.push(ms)
      now += ms
      // Let others that are due go first, as a real wait would.
      await new Promise((resolve) => setImmediate(resolve))
    },
  }
}

/** A client of source `probe`; what is not given is as plain as can be. */
export function probe(baseUrl: HttpOptions['baseUrl'], options: Partial<HttpOptions> = {}): SourceHttp {
  return openHttp({ source: 'probe', version: '0.0.0', log: keptLog(), baseUrl, clock: quickClock(), ...options })
}
