import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

/**
 * A source that tells its changes by a token, in the way of Microsoft Graph: the first round lists everything, the link at its end asks for what
 * changed since. A change holds the changed fields only, a removed item only its id; an item may come twice in a round, the last one counts;
 * a page may be empty and still have a next one. A token is forgotten after a while: 410.
 *
 * @see https://learn.microsoft.com/graph/delta-query-overview
 */

export interface Item {
  id: string
  naam: string
  afdeling: string | null
  telefoon: string | null
}

export interface DeltaServer {
  url: string
  /** What a right copy holds now. */
  items(): Item[]
  put(item: Item): void
  change(id: string, fields: Partial<Omit<Item, 'id'>>): void
  remove(id: string): void
  /** Forgets every token that was handed out. */
  expire(): void
  requests: string[]
  stop(): Promise<void>
}

interface Change {
  id: string
  fields: Partial<Item>
  removed?: true
}

export const key = 'sleutel-van-delta-geheim'

export async function startDelta(first: Item[] = [], pageSize = 3): Promise<DeltaServer> {
  const items = new Map(first.map((item) => [item.id, item]))
  const log: Change[] = first.map(({ id, ...fields }) => ({ id, fields }))
  const requests: string[] = []
  const sockets = new Set<Socket>()
  let oldest = 0

  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`)
    if (request.headers['ocp-apim-subscription-key'] !== key) return send(response, 401, { error: { code: 'InvalidKey' } })
    const url = new URL(request.url ?? '/', `http://${request.headers.host}`)
    const [, id] = /^\/v1\/items\/([^/]+)$/.exec(url.pathname) ?? []
    if (id !== undefined && id !== 'delta') {
      const item = items.get(decodeURIComponent(id))
      return item ? send(response, 200, item) : send(response, 404, { error: { code: 'NotFound' } })
    }
    if (url.pathname === '/v1/items') {
      const ids = (url.searchParams.get('ids') ?? '').split(',')
      return send(response, 200, { value: ids.flatMap((each) => items.get(each) ?? []) })
    }
    if (url.pathname !== '/v1/items/delta') return send(response, 404, { error: { code: 'NotFound' } })
    return round(url, response)
  })

  /** A token is `<generation>.<f or c>.<from>.<to>`: what the round began with, and the part of the log that is still to come. */
  function round(url: URL, response: ServerResponse): void {
    const token = url.searchParams.get('token')
    const [made, kind, from, to] =
      token === null
        ? [oldest, 'f', 0, log.length]
        : (token.split('.').map((part, at) => (at === 1 ? part : Number(part))) as [number, string, number, number])
    if (made < oldest) {
      send(response, 410, { error: { code: 'syncStateNotFound' } })
      return
    }
    const end = to === -1 ? log.length : to
    const next = Math.min(from + pageSize, end)
    const here = log.slice(from, next)
    const value =
      kind === 'f'
        ? here.flatMap(({ id }) => items.get(id) ?? [])
        : here.map(({ id, fields, removed }) => (removed ? { id, '@removed': { reason: 'deleted' } } : { id, ...fields }))
    const at = (rest: string) => `${url.origin}/v1/items/delta?token=${rest}`
    send(response, 200, {
      value,
      ...(next < end ? { '@odata.nextLink': at(`${made}.${kind}.${next}.${end}`) } : { '@odata.deltaLink': at(`${made}.c.${end}.-1`) }),
    })
  }

  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    items: () => [...items.values()],
    put(item) {
      const { id, ...fields } = item
      items.set(id, item)
      log.push({ id, fields })
    },
    change(id, fields) {
      items.set(id, { ...items.get(id)!, ...fields })
      log.push({ id, fields })
    },
    remove(id) {
      items.delete(id)
      log.push({ id, fields: {}, removed: true })
    },
    expire() {
      oldest += 1
    },
    requests,
    stop: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      }),
  }
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
