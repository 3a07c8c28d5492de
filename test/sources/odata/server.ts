import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { metadataOf } from './metadata.js'
import { type EntitySet, jsonOf, keyText, type Row, type Version, written } from './model.js'
import { BadRequest, filtered, keyOf } from './query.js'

export interface ODataOptions {
  version: Version
  sets: EntitySet[]
  pageSize?: number
  /** Root of the service. */
  path?: string
  /** Sets of which changes are kept track of. */
  tracked?: string[]
  /** How a deletion is told, and whether a change holds only what changed. */
  deletedAs?: 'id' | 'value' | '@removed' | '@id'
  partial?: boolean
  /** Codes with the text that people see, by field. */
  labels?: { [field: string]: { [code: string]: string } }
  /** Gives a status to refuse a request by who asks. */
  refuses?(request: IncomingMessage): number | undefined
  /** Answers what is none of the service, such as a request for a token. */
  beside?(request: IncomingMessage, response: ServerResponse, body: string): boolean
}

export const username = 'gemaal-lezer'
export const password = 'wachtwoord-van-odata-geheim'

/** A strict service of OData on loopback. */
export interface ODataServer {
  /** Root of the service. */
  url: string
  set(name: string): EntitySet
  put(set: string, row: Row): void
  remove(set: string, key: Row): void
  /** Requests: method and address as sent, and headers. */
  asked: { address: string; headers: IncomingMessage['headers'] }[]
  /** The next answers to such addresses are these. */
  answer(address: RegExp, respond: (response: ServerResponse) => void, times?: number): void
  /** Keys, as JSON text, that our login may no longer see one by one. */
  forbidden: Set<string>
  /** Forgets the deltas that were given. */
  expire(how: { status: number; code: string }): void
  stop(): Promise<void>
}

/**
 * A service of OData in one version, that refuses what is not in its notation: literals of other versions, a parameter that comes twice, a `+` for
 * a space. Pages are cut by the service; the first can be empty; links are relative, but for those of version 2.
 */
export async function startOData(options: ODataOptions): Promise<ODataServer> {
  const { version, sets, pageSize = 3, path = '/odata', tracked = [], labels = {} } = options
  const asked: ODataServer['asked'] = []
  const answers: { address: RegExp; respond: (response: ServerResponse) => void; times: number }[] = []
  const forbidden = new Set<string>()
  const log: { set: string; key: string; fields: string[] }[] = []
  const sockets = new Set<Socket>()
  let expired: { status: number; code: string } | undefined
  let generation = 0

  const find = (name: string): EntitySet => {
    const found = sets.find((each) => each.name === name)
    if (!found) throw new Error(`there is no set ${name}`)
    return found
  }

  const server = createServer(async (request, response) => {
    const pieces: Buffer[] = []
    for await (const piece of request) pieces.push(piece as Buffer)
    const address = request.url ?? '/'
    if (options.beside?.(request, response, Buffer.concat(pieces).toString())) return
    asked.push({ address, headers: request.headers })
    const other = answers.find((each) => each.times > 0 && each.address.test(address))
    if (other) {
      other.times -= 1
      return other.respond(response)
    }
    const status = (options.refuses ?? refusesBasic)(request)
    if (status !== undefined) return send(response, failure(status, 'Unauthorized'))
    send(response, answerTo(request))
  })

  function answerTo(request: IncomingMessage): Answer {
    try {
      return handle(request)
    } catch (error) {
      if (error instanceof BadRequest) return failure(400, 'BadRequest')
      throw error
    }
  }

  function handle(request: IncomingMessage): Answer {
    const url = new URL(request.url ?? '/', `http://${request.headers.host}`)
    const names = url.search
      .replace(/^\?/, '')
      .split('&')
      .map((part) => decodeURIComponent(part.split('=', 1)[0]!))
    if (new Set(names).size < names.length || url.search.includes('+')) throw new BadRequest('a parameter comes twice, or a plus')
    const place = url.pathname.slice(path.length + 1)
    if (place === '$metadata') {
      return { status: 200, text: metadataOf(sets, version, tracked), type: 'application/xml' }
    }
    const [, name = '', predicate] = /^([^(]+)(?:\((.*)\))?$/.exec(decodeURIComponent(place)) ?? []
    const set = sets.find((each) => each.name === name)
    if (!set) return failure(404, 'ResourceNotFound')
    if (predicate === undefined) return list(set, url, request)
    const key = keyOf(set, predicate, version)
    if (forbidden.has(JSON.stringify(key))) return failure(403, 'Forbidden')
    const row = set.rows.find((each) => keyText(set, each) === JSON.stringify(key))
    if (!row) return failure(404, 'NotFound')
    const entity = entityOf(set, row, url, request)
    return json(version === 2 ? { d: entity } : entity)
  }

  function list(set: EntitySet, url: URL, request: IncomingMessage): Answer {
    const delta = url.searchParams.get('$deltatoken')
    if (delta !== null) return changes(set, url, delta, request)
    const filter = url.searchParams.get('$filter')
    const order = url.searchParams.get('$orderby') ?? set.key[0]!
    const rank = (row: Row): string => `${String(row[order]).padStart(30, '0')} ${keyText(set, row)}`
    const rows = (filter === null ? set.rows : filtered(set, filter, version)).toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1))
    // A first page without records, as of a service that filters after it pages.
    const token = url.searchParams.get('$skiptoken')
    const [since, mark] =
      token === null ? [undefined, undefined] : (JSON.parse(Buffer.from(token, 'base64url').toString()) as [string, string])
    const top = Number(url.searchParams.get('$top') ?? Number.POSITIVE_INFINITY)
    const behind = rows.filter((row) => since === undefined || rank(row) > since).slice(0, top)
    const isFirst = token === null && Number.isFinite(top) === false
    const page = isFirst ? [] : behind.slice(0, pageSize)
    const at = mark ?? `${generation}.${log.length}`
    const next = page.length < behind.length ? linkTo(url, '$skiptoken', [page.length > 0 ? rank(page.at(-1)!) : '', at]) : undefined
    const tracks = tracked.includes(set.name) && /odata\.track-changes/.test(String(request.headers.prefer))
    const body = listBody(
      page.map((row) => entityOf(set, row, url, request)),
      next,
    )
    if (tracks && next === undefined) Object.assign(body, { '@odata.deltaLink': deltaLink(url, set, at) })
    return json(body)
  }

  function changes(set: EntitySet, url: URL, token: string, request: IncomingMessage): Answer {
    const [made = 0, from = 0, to = log.length] = token.split('.').map(Number)
    if (expired && made < generation) return failure(expired.status, expired.code)
    const mine = log
      .slice(0, to)
      .map((entry, at) => ({ ...entry, at }))
      .filter(({ set: name, at }) => name === set.name && at >= from)
    const page = mine.slice(0, pageSize)
    const value = page.map(({ key, fields }) => {
      const row = set.rows.find((each) => keyText(set, each) === key)
      if (!row) return deleted(set, JSON.parse(key))
      const entity = entityOf(set, row, url, request)
      const kept = Object.entries(entity).filter(([name]) => set.key.includes(name) || fields.includes(name))
      return options.partial ? Object.fromEntries(kept) : entity
    })
    const goesOn = mine.length > page.length
    const next = goesOn ? deltaLink(url, set, `${made}.${page.at(-1)!.at + 1}.${to}`) : undefined
    const body = listBody(value, next)
    if (!goesOn) Object.assign(body, { '@odata.deltaLink': deltaLink(url, set, `${made}.${to}`) })
    return json(body)
  }

  function deleted(set: EntitySet, key: Row): object {
    const inside = set.key.map(
      (name) => (set.key.length > 1 ? `${name}=` : '') + (/^\d+$/.test(String(key[name])) ? key[name] : `'${key[name]}'`),
    )
    const id = `${set.name}(${inside.join(',')})`
    const context = `$metadata#${set.name}/$deletedEntity`
    if (options.deletedAs === '@removed') return { '@removed': { reason: 'deleted' }, ...key }
    if (options.deletedAs === '@id') return { '@removed': { reason: 'changed' }, '@id': id }
    return { '@odata.context': context, id: options.deletedAs === 'value' ? Object.values(key)[0] : `${base()}/${id}`, reason: 'deleted' }
  }

  function entityOf(set: EntitySet, row: Row, url: URL, request: IncomingMessage): { [name: string]: unknown } {
    const select = url.searchParams.get('$select')?.split(',') ?? Object.keys(set.fields)
    const exact = /IEEE754Compatible=true/i.test(String(request.headers.accept))
    const wantsLabels = /odata\.include-annotations="[^"]*FormattedValue/.test(String(request.headers.prefer))
    const values = select.flatMap((name) => {
      const edm = set.fields[name]
      if (edm === undefined) throw new BadRequest(`no field ${name}`)
      const label = labels[name]?.[String(row[name])]
      return [
        [name, written(edm, row[name] ?? null, version, exact)],
        ...(wantsLabels && label ? [[`${name}@OData.Community.Display.V1.FormattedValue`, label]] : []),
      ]
    })
    const aside =
      version === 2
        ? { __metadata: { uri: `${base()}/${set.name}`, type: `Waterdam.${set.name}Type` }, Bijlagen: { __deferred: { uri: 'x' } } }
        : version === 3
          ? { 'odata.etag': 'W/"1"', 'Nummer@odata.type': 'Edm.String' }
          : { '@odata.etag': 'W/"1"' }
    return { ...aside, ...Object.fromEntries(values) }
  }

  const listBody = (value: unknown[], next: string | undefined): { [name: string]: unknown } =>
    version === 2
      ? { d: { results: value, ...(next && { __next: next }) } }
      : version === 3
        ? { 'odata.metadata': `${base()}/$metadata`, value, ...(next && { 'odata.nextLink': next }) }
        : { '@odata.context': `${base()}/$metadata`, value, ...(next && { '@odata.nextLink': next }) }

  /** The whole query with the token behind it: what is added to it comes twice. */
  function linkTo(url: URL, name: string, value: unknown): string {
    const query = url.search
      .replace(/^\?/, '')
      .split('&')
      .filter((part) => !decodeURIComponent(part).startsWith(`${name}=`))
    const token = Buffer.from(JSON.stringify(value)).toString('base64url')
    const relative = `${url.pathname.slice(path.length + 1)}?${[...query, `${name}=${token}`].join('&')}`
    return version === 2 ? `${url.origin}${path}/${relative}` : relative
  }

  const deltaLink = (url: URL, set: EntitySet, token: string): string =>
    `${url.origin}${path}/${set.name}?$select=${url.searchParams.get('$select') ?? ''}&$deltatoken=${token}`
  const base = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`

  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: base(),
    set: find,
    put(name, row) {
      const set = find(name)
      const at = set.rows.findIndex((each) => keyText(set, each) === keyText(set, row))
      const before = set.rows[at]
      const fields = Object.keys(row).filter((field) => JSON.stringify(before?.[field]) !== JSON.stringify(row[field]))
      if (before) set.rows[at] = row
      else set.rows.push(row)
      log.push({ set: name, key: keyText(set, row), fields })
    },
    remove(name, key) {
      const set = find(name)
      set.rows = set.rows.filter((row) => keyText(set, row) !== JSON.stringify(key))
      log.push({ set: name, key: JSON.stringify(key), fields: [] })
    },
    asked,
    answer: (address, respond, times = 1) => void answers.push({ address, respond, times }),
    forbidden,
    expire(how) {
      expired = how
      generation += 1
    },
    stop: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      }),
  }
}

function refusesBasic(request: IncomingMessage): number | undefined {
  const expected = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  return request.headers.authorization === expected ? undefined : 401
}

export interface Answer {
  status: number
  text: string
  type?: string
}

const json = (body: unknown, status = 200): Answer => ({ status, text: jsonOf(body) })
export const failure = (status: number, code: string): Answer => json({ error: { code, message: 'Het ging mis' } }, status)

export function send(response: ServerResponse, { status, text, type = 'application/json' }: Answer): void {
  response.writeHead(status, { 'content-type': type }).end(text)
}
