/** A network between a process and a server on loopback, which a test can break. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface TcpProxy {
  port: number
  /** Breaks what is connected, and refuses what comes. */
  cut(): void
  /** Lets nothing through and breaks nothing: neither side hears of it. */
  stall(): void
  /** As at the start. What was stalled goes on. */
  mend(): void
  close(): Promise<void>
}

export async function openTcpProxy(target: { host?: string; port: number }): Promise<TcpProxy> {
  const pairs = new Set<[Socket, Socket]>()
  let way: 'open' | 'cut' | 'stalled' = 'open'
  const server = createServer((near) => {
    if (way === 'cut') return near.destroy()
    const far = connect(target.port, target.host ?? '127.0.0.1')
    const pair: [Socket, Socket] = [near, far]
    pairs.add(pair)
    for (const socket of pair) {
      socket.on('error', () => {}) // told by the close that follows
      socket.on('close', () => {
        pairs.delete(pair)
        near.destroy()
        far.destroy()
      })
    }
    near.pipe(far)
    far.pipe(near)
    if (way === 'stalled') for (const socket of pair) socket.pause()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const all = (work: (socket: Socket) => void) => {
    for (const pair of pairs) for (const socket of pair) work(socket)
  }
  return {
    port: (server.address() as AddressInfo).port,
    cut() {
      way = 'cut'
      all((socket) => socket.destroy())
    },
    stall() {
      way = 'stalled'
      // A pipe resumes its source when the other side drains, which nothing does while both stand still.
      all((socket) => socket.pause())
    },
    mend() {
      way = 'open'
      all((socket) => socket.resume())
    },
    async close() {
      all((socket) => socket.destroy())
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
