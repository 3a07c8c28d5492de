/** Servers of a worker. */
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Serving {
  port: number
  /** Takes no more requests; those that are under way are answered. */
  close(): Promise<void>
}

/** @param port 0: any that is free */
export async function listening(server: Server, port: number): Promise<Serving> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
