/** A server that behaves as TOPdesk does, over real HTTP: three dialects of paging, 206 and 204, media types, and lists that hide. */
import { json, type Loopback, type Seen, serveBy } from '../../connectors/loopback.js'
import {
  branches,
  type Card,
  categories,
  type Incident,
  someAsset,
  someChange,
  someIncident,
  someOperator,
  somePerson,
  subcategories,
} from './records.js'

export const credentials = { username: 'gemaal', password: 'applicatiewachtwoord' }

export interface TopdeskOptions {
  incidents?: number
  /** A generation that knows `start` and `page_size` for incidents, ignores what it does not know, and names no next page. */
  old?: boolean
  /** Records that a page holds at most, below what the documentation says: larger ones are silently cut. */
  clamp?: number
}

export interface Topdesk extends Loopback {
  /** As the source holds them: changes are seen at once. */
  incidents: Incident[]
  persons: Card[]
  operators: Card[]
  changes: Card[]
  assets: { unid: string; [field: string]: unknown }[]
  /** The filter on our operator: incidents of this category are hidden from now on, in lists as by id. */
  hide(category: string): void
  /** The next so many requests are answered with 429. */
  busy(times: number): void
}

type Query = (name: string) => string | undefined
type Reply = { status?: number; body?: unknown; headers?: { [name: string]: string } }

/** @see TOPdesk Incident API 4.2.6, Change Management API 1.33.0, Asset Management API 1.91.1 and Supporting Files API */
export async function startTopdesk({ incidents: count = 40, old = false, clamp = 10_000 }: TopdeskOptions = {}): Promise<Topdesk> {
  const many = <T>(n: number, make: (n: number) => T) => Array.from({ length: n }, (_, i) => make(i))
  const incidents = many(count, (n) => someIncident(n))
  const persons = many(7, somePerson)
  const operators = many(5, someOperator)
  const changes = many(6, someChange)
  const assets = many(8, someAsset)
  const hidden = new Set<string>()
  let busy = 0

  /** 206 where there is more, 200 for the last rows, 204 for none. */
  function page<T>(rows: readonly T[], query: Query, by: { start: string; size: string; most: number; otherwise: number }): Reply {
    const from = Number(query(by.start) ?? 0)
    const body = rows.slice(from, from + Math.min(by.most, clamp, Number(query(by.size) ?? by.otherwise)))
    return body.length === 0 ? { status: 204 } : { status: from + body.length < rows.length ? 206 : 200, body }
  }

  const isHidden = ({ category }: Incident) => hidden.has((category as { name: string }).name)

  function listIncidents(url: URL, query: Query): Reply {
    const since = /^modificationDate=ge=(.+)$/.exec(query('query') ?? '')?.[1]
    if (query('query') !== undefined && !old && Number.isNaN(Date.parse(iso(since ?? ''))))
      return { status: 400, body: [{ message: 'FIQL' }] }
    const inOrder = incidents
      .filter((each) => !isHidden(each))
      // Partial and archived ones only to those who ask for all.
      .filter(({ status }) => query('all') === 'true' || status === 'firstLine' || status === 'secondLine')
      .filter(({ modified }) => old || since === undefined || modified >= Date.parse(iso(since)))
      .sort(orderOf(query('sort')))
    const shown = (each: Incident) => shownIncident(each, old ? undefined : query('dateFormat'))
    if (old) return page(inOrder.map(shown), query, { start: 'start', size: 'page_size', most: 100, otherwise: 10 })
    const given = page(inOrder.map(shown), query, { start: 'pageStart', size: 'pageSize', most: 10_000, otherwise: 10 })
    if (given.status !== 206) return given
    const next = new URL(url)
    next.searchParams.set('pageStart', String(Number(query('pageStart') ?? 0) + (given.body as unknown[]).length))
    return { ...given, headers: { 'x-next-page-url': next.href } }
  }

  function listPersons(url: URL, query: Query, accept: string): Reply {
    const shown = persons.map(({ id, dynamicName, surName, firstName, ...more }) => ({
      id,
      ...(query('fields') === '*' ? { dynamicName, surName, firstName, ...more } : { surName, firstName }),
    }))
    // Who does not ask for the second version gets the first: a bare array, paged in the older dialect.
    if (!accept.includes('collection-person-v2')) return page(shown, query, { start: 'start', size: 'page_size', most: 100, otherwise: 10 })
    const given = page(shown, query, { start: 'pageStart', size: 'pageSize', most: 5000, otherwise: 50 })
    const next = new URL(url)
    next.searchParams.set('pageStart', String(Number(query('pageStart') ?? 0) + ((given.body as unknown[] | undefined)?.length ?? 0)))
    return { ...given, body: { item: given.body ?? [], ...(given.status === 206 ? { next: `${next.pathname}${next.search}` } : {}) } }
  }

  function answer(request: Seen): Reply {
    if (request.headers.authorization !== `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`)
      return { status: 401, body: [{ message: `gemaal may not enter with ${request.headers.authorization}` }] }
    if (busy > 0) {
      busy -= 1
      return { status: 429, headers: { 'retry-after': '1' } }
    }
    const url = new URL(request.url, `http://${request.headers.host}`)
    const query: Query = (name) => url.searchParams.get(name) ?? undefined
    const accept = request.headers.accept ?? ''
    const [path, id] = byId(url.pathname.replace(/^\/tas\/api\//, ''))
    switch (path) {
      case 'incidents':
        return id === undefined
          ? listIncidents(url, query)
          : one(incidents, id, isHidden, (each) => shownIncident(each, query('dateFormat')))
      case 'persons':
        return listPersons(url, query, accept)
      case 'operators':
        return id === undefined
          ? page(operators, query, { start: 'start', size: 'page_size', most: 100, otherwise: 10 })
          : one(operators, id)
      case 'operatorChanges': {
        if (id !== undefined) return one(changes, id)
        const given = page(changes, query, { start: 'pageStart', size: 'pageSize', most: 5000, otherwise: 1000 })
        return { ...given, body: { results: given.body ?? [] } }
      }
      case 'assetmgmt/assets': {
        if (!accept.includes('am-assets-v2')) return { status: 406, body: [{ message: 'media type' }] }
        const given = page(assets, query, { start: 'pageStart', size: 'pageSize', most: 1000, otherwise: 50 })
        return { ...given, ...(given.status === 204 ? {} : { body: { columns: [{ fieldId: 'name' }], dataSet: given.body } }) }
      }
      case 'branches':
        return id === undefined ? { body: branches } : one(branches, id)
      case 'incidents/categories':
        return { body: categories }
      case 'incidents/subcategories':
        return { body: subcategories }
      default:
        return { status: 404, body: [{ message: 'not here' }] }
    }
  }

  const server = await serveBy((response, request) => {
    const { status = 200, body, headers } = answer(request)
    return json(body === undefined ? '' : body, status, headers)(response, request)
  })
  return Object.assign(server, {
    incidents,
    persons,
    operators,
    changes,
    assets,
    hide: (category: string) => void hidden.add(category),
    busy: (times: number) => {
      busy = times
    },
  })
}

function one<T extends { id: string }>(
  rows: readonly T[],
  id: string,
  isHidden: (row: T) => boolean = () => false,
  shown: (row: T) => unknown = (row) => row,
): Reply {
  const row = rows.find((each) => each.id === id)
  if (!row) return { status: 404, body: [{ message: 'not found' }] }
  return isHidden(row) ? { status: 403, body: [{ message: 'no access' }] } : { body: shown(row) }
}

/** The list that a path is about, and the id of one record in it. */
function byId(path: string): [string, string | undefined] {
  const [, list, id] = /^(incidents|operators|branches)\/id\/([^/]+)$/.exec(path) ?? /^(operatorChanges)\/([^/]+)$/.exec(path) ?? []
  return list === undefined ? [path, undefined] : [list, decodeURIComponent(id!)]
}

/** Both forms of a moment as a parser takes them: `+0000` has no colon. */
const iso = (text: string): string => text.replace(/([+-]\d\d)(\d\d)$/, '$1:$2')

function shownIncident({ created, modified, ...rest }: Incident, form: string | undefined): object {
  const moment = (ms: number) => {
    const text = new Date(ms).toISOString()
    return form === 'iso8601' ? text.replace('.000Z', 'Z') : text.replace('Z', '+0000')
  }
  return { ...rest, callDate: moment(created), creationDate: moment(created), modificationDate: moment(modified), closedDate: null }
}

function orderOf(sort: string | undefined): (a: Incident, b: Incident) => number {
  const byId = (a: Incident, b: Incident) => (a.id < b.id ? -1 : 1)
  return sort?.startsWith('modificationDate:asc') ? (a, b) => a.modified - b.modified || byId(a, b) : byId
}
