/** A stretch of network between a program and a server, which a test can hold up or cut. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface Network {
  port: number
  /** Keeps what the server answers; what the program sends still arrives. */
  holdAnswers(): void
  /** Lets through what was kept, and what comes after. */
  release(): void
  /** Ends every connection; new ones are refused until `mend`. */
  cut(): void
  mend(): void
  close(): Promise<void>
}

/** @param port of a server on loopback */
export async function startNetwork(port: number): Promise<Network> {
  const pairs = new Set<{ near: Socket; far: Socket }>()
  let holding = false
  let down = false
  const server = createServer((near) => {
    if (down) {
      near.destroy()
      return
    }
    const far = connect(port, '127.0.0.1')
    const pair = { near, far }
    pairs.add(pair)
    near.pipe(far)
    far.pipe(near)
    if (holding) far.pause()
    for (const socket of [near, far]) {
      socket.on('error', () => {})
      socket.on('close', () => {
        pairs.delete(pair)
        near.destroy()
        far.destroy()
      })
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const endAll = () => {
    for (const { near, far } of pairs) for (const socket of [near, far]) socket.destroy()
  }
  return {
    port: (server.address() as AddressInfo).port,
    holdAnswers() {
      holding = true
      for (const { near, far } of pairs) {
        far.unpipe(near)
        far.pause()
      }
    },
    release() {
      holding = false
      for (const { near, far } of pairs) far.pipe(near)
    },
    cut() {
      down = true
      endAll()
    },
    mend() {
      down = false
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        endAll()
      }),
  }
}
