import { createServer, type IncomingMessage, request as requestHttp, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

/** How a request fails, each in a way that a source, a gateway or the network does. */
export const faults = ['unavailable', 'reset', 'breaks off', 'page for people'] as const
export type Fault = (typeof faults)[number]

export interface FaultyGateway {
  /** The source through the gateway. */
  url: string
  /** Requests that came since the last call of `heal`. */
  count(): number
  /** From the n-th request on, counting from 0, everything fails in this way until it is healed. */
  failFrom(turn: number, fault: Fault): void
  heal(): void
  stop(): Promise<void>
}

/**
 * A gateway before a source that lets everything through, `Host` included, so that links of the source lead through it too, until it is told
 * to fail.
 */
export async function faultyGateway(source: string): Promise<FaultyGateway> {
  const target = new URL(source)
  const sockets = new Set<Socket>()
  let count = 0
  let from = Number.POSITIVE_INFINITY
  let fault: Fault = 'unavailable'

  const server = createServer((request, response) => {
    const fails = count >= from
    count += 1
    if (fails && fault === 'reset') return void request.socket.destroy()
    if (fails && fault === 'unavailable')
      return void response.writeHead(503, { 'content-type': 'text/html' }).end('<h1>Service Unavailable</h1>')
    if (fails && fault === 'page for people') return void response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Onderhoud</h1>')
    return pass(request, response, fails)
  })

  function pass(request: IncomingMessage, response: ServerResponse, breaksOff: boolean): void {
    const { method, headers, url } = request
    const sent = requestHttp({ host: target.hostname, port: target.port, method: method!, path: url!, headers }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers)
      if (!breaksOff) return void answer.pipe(response)
      const pieces: Buffer[] = []
      answer.on('data', (piece: Buffer) => pieces.push(piece))
      answer.on('end', () => {
        const body = Buffer.concat(pieces)
        response.write(body.subarray(0, Math.floor(body.length / 2)), () => response.destroy())
      })
    })
    sent.on('error', () => response.destroy())
    request.pipe(sent)
  }

  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${target.pathname.replace(/\/$/, '')}`,
    count: () => count,
    failFrom(turn, way) {
      count = 0
      from = turn
      fault = way
    },
    heal() {
      count = 0
      from = Number.POSITIVE_INFINITY
    },
    stop: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      }),
  }
}
