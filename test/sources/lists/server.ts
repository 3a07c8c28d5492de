import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

/**
 * One list of entries, paged in each of the ways that servers know: `/page?page=&size=`, `/offset?offset=&limit=`, `/link?from=` with a next
 * link, `/token?token=` with the next token. It is cut anew at each request, so that rows that come and go move the others, as real ones do.
 */

export interface Entry {
  id: number
  [field: string]: unknown
}

export interface ListsOptions {
  entries?: Entry[]
  /** Largest page; more is cut without a word. Default 10. */
  largestPage?: number
  /** Says how many entries there are; `off` more or fewer than the truth. */
  counts?: { off: number } | undefined
  /** Whether an entry comes for `?since=`. Left out: the parameter is ignored. */
  since?: (entry: Entry, since: string) => boolean
  /** Turns an entry into its JSON. */
  write?: (entry: Entry) => string
  port?: number
}

/** How a list request is answered in another way than it should be. */
export interface Twist {
  /** The page holds nothing, and its entries come on the next. */
  empty?: true
  /** The page holds at most so many entries. */
  most?: number
  /** Where the next link leads instead. */
  next?: string
  /** What is sent instead. */
  answer?: (response: ServerResponse) => void
}

export interface ListsServer {
  url: string
  /** The list itself: changes to it are seen at once. */
  entries: Entry[]
  options: ListsOptions
  /** Ids of entries that make 500 of each answer that holds them. */
  broken: Set<number>
  /** Path and query of each request. */
  requests: string[]
  /** Does something before the n-th list request from now on, counting from 1; what it gives changes the answer. */
  at(nth: number, action: () => Twist | undefined): void
  /** The same at each list request from now on; it is told how manieth it is. */
  each(action: (nth: number) => Twist | undefined): void
  /** Forgets what was planned. */
  calm(): void
  stop(): Promise<void>
}

export const someEntries = (count: number, from = 1): Entry[] =>
  Array.from({ length: count }, (_, index) => ({ id: from + index, naam: `Rij ${from + index}`, waarde: (from + index) / 2 }))

export async function startLists(options: ListsOptions = {}): Promise<ListsServer> {
  const sockets = new Set<Socket>()
  const requests: string[] = []
  const broken = new Set<number>()
  const { entries = someEntries(45) } = options
  let planned: { nth: number; action: () => Twist | undefined }[] = []
  let always: (nth: number) => Twist | undefined = () => undefined
  let turn = 0

  const server = createServer((request, response) => {
    requests.push(request.url ?? '')
    const url = new URL(request.url ?? '/', `http://${request.headers.host}`)
    const [, way, id] = /^\/(page|offset|link|token)(?:\/(\d+))?$/.exec(url.pathname) ?? []
    if (way === undefined) return send(response, 404, '<h1>Not found</h1>', 'text/html')
    const write = (entry: Entry) => (options.write ?? JSON.stringify)(entry)
    if (id !== undefined) {
      const entry = entries.find((each) => each.id === Number(id))
      if (broken.has(Number(id))) return send(response, 500, '{"code":"error"}')
      return entry ? send(response, 200, write(entry)) : send(response, 404, '{"code":"not_found"}')
    }
    turn += 1
    const due = planned.filter(({ nth }) => nth === turn)
    const twist: Twist = Object.assign({}, always(turn), ...due.map(({ action }) => action()))
    if (twist.answer) return twist.answer(response)
    const number = (name: string, otherwise: number) => Math.trunc(Number(url.searchParams.get(name) ?? otherwise))
    const largest = options.largestPage ?? 10
    const asked = Math.min(number(way === 'page' ? 'size' : 'limit', largest), largest)
    const from = way === 'page' ? (number('page', 1) - 1) * asked : number({ offset: 'offset', link: 'from', token: 'token' }[way]!, 0)
    const since = url.searchParams.get('since')
    const chosen = since === null ? entries : entries.filter((entry) => options.since?.(entry, since) ?? true)
    const page = chosen.slice(from, from + (twist.empty ? 0 : Math.min(asked, twist.most ?? asked)))
    if (page.some((entry) => broken.has(entry.id))) return send(response, 500, '{"code":"error"}')
    const after = from + page.length
    const more = after < chosen.length
    // Where a page leads back to its own entries it does so by another link, as a server that keeps a place does.
    const token = page.length === 0 ? `${after}.${turn}` : String(after)
    const next =
      twist.next ?? (more ? `${url.origin}/link?from=${token}${since === null ? '' : `&since=${encodeURIComponent(since)}`}` : undefined)
    const parts = [`"items":[${page.map(write).join(',')}]`]
    if (options.counts) parts.push(`"total":${chosen.length + options.counts.off}`)
    if (way === 'link' && next !== undefined) parts.push(`"next":${JSON.stringify(next)}`)
    if (way === 'token' && more) parts.push(`"token":"${token}"`)
    send(response, 200, `{${parts.join(',')}}`)
  })
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    entries,
    options,
    broken,
    requests,
    at(nth, action) {
      planned.push({ nth: turn + nth, action })
    },
    each(action) {
      const from = turn
      always = (nth) => action(nth - from)
    },
    calm() {
      planned = []
      always = () => undefined
    },
    stop: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      }),
  }
}

function send(response: ServerResponse, status: number, body: string, type = 'application/json'): void {
  response.writeHead(status, { 'content-type': type }).end(body)
}
