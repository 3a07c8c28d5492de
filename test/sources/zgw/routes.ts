import { createHash } from 'node:crypto'
import { applicaties } from './applicaties.js'
import type { Behaviours } from './behaviours.js'
import type { World } from './birth.js'
import { experimental } from './document-lists.js'
import { expandedZaak, parseExpand, type Tree } from './expand.js'
import { within, zaakIn } from './geometry.js'
import type { Rights } from './grants.js'
import { type List, lists } from './lists.js'
import type { Besluit, JsonRecord, JsonValue, Row, StreamName, Zaak } from './model.js'
import { cutPage, linkTo } from './paging.js'
import * as problems from './problems.js'
import type { Links } from './records.js'
import { isSeen, ordered, type Selection } from './select.js'

/** A request as far as routes see it: who asks is known. */
export interface Asked {
  method: string
  /** Parts of the path below `/api/v1`. */
  path: readonly string[]
  query: URLSearchParams
  /** The URL without query, as the caller knows it. */
  url: string
  headers: { readonly [name: string]: string | string[] | undefined }
  body: string
  links: Links
  client: string
  rights: Rights
}

export interface Answer {
  status: number
  headers: { [name: string]: string }
  /** Parts of a text that is too large to be one. */
  body: string | Iterable<string>
  expanded?: boolean
}

export interface House {
  world: World
  behaviours: Behaviours
  selection: Selection
  /** Rights by client. */
  rights: ReadonlyMap<string, Rights>
  /** UUIDs of rows that make every answer that holds them a 500. */
  broken: ReadonlySet<string>
}

type Route = (asked: Asked) => Answer

const versions = { zaken: '1.5.1', catalogi: '1.3.1', autorisaties: '1.0.0', documenten: '1.4.2', besluiten: '1.1.0' }

/** Finds what answers a path; undefined where Django has no view. */
export function route(house: House, api: keyof Links, path: readonly string[]): Route | undefined {
  const [first = '', second, third, fourth, ...rest] = path
  if (rest.length > 0 || path.includes('')) return undefined
  if (api === 'autorisaties') {
    if (!house.behaviours.knowsAutorisaties || first !== 'applicaties' || third !== undefined) return undefined
    return reading((asked) => json('autorisaties', applicaties(house, asked)))
  }
  if (api === 'zaken' && first === 'zaken' && second !== undefined && third !== undefined) return nested(house, second, third, fourth)
  if (third !== undefined) return undefined
  if (api === 'zaken' && emptyLists.has(first)) return second === undefined ? reading(() => json(api, [])) : undefined
  const stream = first as StreamName
  if (!(stream in lists) || lists[stream].api !== api || stream === 'zaakeigenschappen') return undefined
  if (api === 'zaken' && first === 'zaken' && second === '_zoek') return (asked) => zoek(house, asked)
  if (stream === 'enkelvoudiginformatieobjecten' && second === '_zoek') return (asked) => zoekDocuments(house, asked)
  const guard = api === 'catalogi' ? guardCatalogi : guardOf(api)
  const crs = first === 'zaken'
  return reading((asked) => {
    guard(asked)
    if (crs) negotiateCrs(asked)
    return second === undefined ? list(house, stream, asked) : detail(house, stream, second, asked)
  })
}

// Lists of the Zaken API that the sample has nothing for.
const emptyLists = new Set(['zaakcontactmomenten', 'zaakverzoeken'])

function reading(answer: Route): Route {
  return (asked) => {
    if (asked.method !== 'GET' && asked.method !== 'HEAD') throw problems.notAllowed(asked.method)
    return answer(asked)
  }
}

function json(api: keyof Links, body: JsonValue, headers: { [name: string]: string } = {}): Answer {
  return { status: 200, headers: { ...headersOf(api), ...headers }, body: JSON.stringify(body) }
}

const headersOf = (api: keyof Links): { [name: string]: string } => ({
  'Content-Type': 'application/json',
  'API-version': versions[api],
  ...(api === 'zaken' ? { 'Content-Crs': 'EPSG:4326' } : {}),
})

/** Without any right in an API all of it is 403. */
const guardOf =
  (api: 'zaken' | 'documenten' | 'besluiten') =>
  ({ rights }: Asked): void => {
    if (!rights.any(api)) throw problems.forbidden()
  }
const guardZaken = guardOf('zaken')

function guardCatalogi({ rights }: Asked): void {
  if (!rights.all && !rights.catalogi) throw problems.forbidden()
}

/** @see maykinmedia/commonground-api-common vng_api_common/geo.py: after the rights, and the body before the answer */
function negotiateCrs({ headers, method }: Asked): void {
  for (const header of method === 'POST' ? ['Content-Crs', 'Accept-Crs'] : ['Accept-Crs']) {
    const crs = headers[header.toLowerCase()]
    if (crs === undefined) throw problems.headerMissing(header)
    if (crs !== 'EPSG:4326') throw problems.crsNotAcceptable(String(crs))
  }
}

// -------------------------------------------------------------------------------------------------------------------- lists

function list(house: House, stream: StreamName, asked: Asked): Answer {
  const definition = lists[stream]
  checkParameters(house.behaviours, definition, asked.query)
  const params = new Map(asked.query)
  if (definition.bare) return everything(house, stream, definition, asked, params)
  return page(house, stream, definition, asked, params, asked.query)
}

function checkParameters(behaviours: Behaviours, { filters, ordering, bare, api }: List, query: URLSearchParams): void {
  const { knowsPageSize, knowsExpand, knowsExperimentalFilters } = behaviours
  const known = new Set(Object.keys(filters))
  if (api === 'documenten' && !knowsExperimentalFilters) for (const name of experimental) known.delete(name)
  if (!bare) known.add('page')
  if (!bare && knowsPageSize) known.add('pageSize')
  if (ordering) known.add('ordering')
  if (ordering && knowsExpand) known.add('expand')
  const unknown = [...new Set(query.keys())].filter((name) => !known.has(name))
  if (unknown.length > 0) throw problems.unknownParameters(unknown)
}

/** @param params what is asked of the rows; `query` says which page */
function page(
  house: House,
  stream: StreamName,
  definition: List,
  asked: Asked,
  params: ReadonlyMap<string, string>,
  query: URLSearchParams,
  narrow?: (row: Row) => boolean,
): Answer {
  const all = select(house, stream, definition, asked, params)
  const rows = narrow ? all.filter(narrow) : all
  const wish = params.get('ordering')
  const expand = params.get('expand')
  const tree = expand ? parseExpand(expand) : undefined
  const cut = cutPage(rows.length, query, house.behaviours)
  const inOrder = wish ? ordered(rows, definition, wish, cut.number) : rows
  const shown = inOrder.slice(cut.start, cut.end)
  const results = shown.map((row) => record(house, definition, row, asked, tree))
  const api = definition.api
  return {
    ...json(api, {
      count: cut.count,
      next: cut.next === null ? null : linkTo(cut.next, asked.url, query),
      previous: cut.previous === null ? null : linkTo(cut.previous, asked.url, query),
      ...(cut.countExact === undefined ? {} : { countExact: cut.countExact }),
      results,
    }),
    expanded: tree !== undefined,
  }
}

function select(
  { selection, behaviours }: House,
  stream: StreamName,
  definition: List,
  { client, rights, links }: Asked,
  params: ReadonlyMap<string, string>,
): readonly Row[] {
  const filters = new Map([...params].filter(([name]) => name in definition.filters))
  const viewer = `${client} ${rights.version}`
  return selection.rows({
    stream,
    list: definition,
    params: filters,
    links,
    viewer,
    sight: rights,
    everyVersion: behaviours.listsOldVersions,
  })
}

/** The whole list at once, written while it goes. */
function everything(house: House, stream: StreamName, definition: List, asked: Asked, params: ReadonlyMap<string, string>): Answer {
  const rows = select(house, stream, definition, asked, params)
  if (rows.some(({ uuid }) => house.broken.has(uuid))) throw problems.serverError()
  const body = arrayOf(rows, (row) => JSON.stringify(record(house, definition, row, asked, undefined)))
  return { status: 200, headers: headersOf(definition.api), body }
}

function* arrayOf(rows: readonly Row[], show: (row: Row) => string): Generator<string> {
  const chunk = 250
  yield '['
  for (let at = 0; at < rows.length; at += chunk) {
    const part = rows.slice(at, at + chunk).map(show)
    yield (at === 0 ? '' : ',') + part.join(',')
  }
  yield ']'
}

// -------------------------------------------------------------------------------------------------------------------- records

function record({ world, broken }: House, definition: List, row: Row, asked: Asked, tree: Tree | undefined): JsonRecord {
  const { links, rights } = asked
  const { municipality } = world
  const shows = ({ uuid }: Row): void => {
    if (broken.has(uuid)) throw problems.serverError()
  }
  shows(row)
  if (tree === undefined) return definition.record(row, links, municipality)
  return expandedZaak(row as Zaak, tree, { links, municipality, sees: (zaak) => rights.sees(zaak), shows })
}

function detail(house: House, stream: StreamName, uuid: string, asked: Asked): Answer {
  const definition = lists[stream]
  const row = definition.table(house.world.municipality).find(uuid)
  if (row === undefined) throw problems.notFound()
  return one(house, definition, row, asked)
}

function one(house: House, definition: List, row: Row, asked: Asked): Answer {
  if (!isSeen(row, definition, asked.rights)) throw problems.forbidden()
  const expand = definition.ordering === undefined ? null : asked.query.get('expand')
  const shown = record(house, definition, row, asked, expand ? parseExpand(expand) : undefined)
  const answer = json(definition.api, shown)
  // A zaak that this process created keeps the ETag of its creation, whatever changes.
  const stuck = 'etagStuck' in row && row.etagStuck === true
  const ETag = `"${createHash('md5')
    .update(stuck ? row.uuid : String(answer.body))
    .digest('hex')}"`
  const headers = { ...answer.headers, ETag }
  if (asked.headers['if-none-match'] === ETag) return { status: 304, headers, body: '' }
  return { ...answer, headers, expanded: Boolean(expand) }
}

/** What hangs under a zaak: bare arrays. */
function nested(house: House, uuid: string, name: string, child: string | undefined): Route | undefined {
  if (!['zaakeigenschappen', 'besluiten', 'audittrail'].includes(name)) return undefined
  return reading((asked) => {
    guardZaken(asked)
    const zaak = house.world.municipality.zaken.find(uuid)
    if (zaak === undefined) throw problems.notFound()
    if (!asked.rights.sees(zaak)) throw problems.forbidden()
    // What did not come in through the API has no audit trail.
    if (name === 'audittrail') throw problems.notFound()
    if (name === 'besluiten') {
      const related = zaak.besluiten.map((besluit) => zaakbesluit(besluit, asked.links))
      return child === undefined ? json('zaken', related) : json('zaken', related.find(({ uuid }) => uuid === child) ?? notThere())
    }
    const definition = lists.zaakeigenschappen
    const rows: readonly Row[] = zaak.zaakeigenschappen
    if (child === undefined)
      return json(
        'zaken',
        rows.map((row) => record(house, definition, row, asked, undefined)),
      )
    const row = rows.find((each) => each.uuid === child)
    return row === undefined ? notThere() : one(house, definition, row, asked)
  })
}

function zaakbesluit({ uuid, zaak }: Besluit, { zaken, besluiten }: Links): JsonRecord {
  return { url: `${zaken}/zaken/${zaak!.uuid}/besluiten/${uuid}`, uuid, besluit: `${besluiten}/besluiten/${uuid}` }
}

function notThere(): never {
  throw problems.notFound()
}

// -------------------------------------------------------------------------------------------------------------------- _zoek

/** The filters of the list in the body, and some of its own. Only the page is in the query; its size as well. */
function zoek(house: House, asked: Asked): Answer {
  if (asked.method !== 'POST' || !house.behaviours.knowsZoek) throw problems.notAllowed(asked.method)
  guardZaken(asked)
  negotiateCrs(asked)
  const type = String(asked.headers['content-type'] ?? '')
  if (!type.startsWith('application/json')) throw problems.notJson(type)
  const body = parseBody(asked.body)
  const { zaken } = lists
  const params = new Map<string, string>()
  for (const [name, value] of Object.entries(body)) {
    if (name in zaken.filters || name === 'ordering' || name === 'expand')
      params.set(name, Array.isArray(value) ? value.join() : String(value))
  }
  const tests = searches(body, asked.links)
  // What is unknown in the body is left out; when nothing is left, it is an empty question.
  if (params.size === 0 && tests.length === 0)
    throw problems.invalid('nonFieldErrors', 'empty_search_body', 'Zoekparameters moeten opgegeven worden')
  return page(house, 'zaken', zaken, asked, params, asked.query, (row) => tests.every((test) => test(row as Zaak)))
}

/** Takes uuids and nothing else, and needs no Content-Crs. */
function zoekDocuments(house: House, asked: Asked): Answer {
  if (asked.method !== 'POST' || !house.behaviours.knowsZoek) throw problems.notAllowed(asked.method)
  guardOf('documenten')(asked)
  const { uuid__in: uuids } = parseBody(asked.body)
  if (!Array.isArray(uuids)) throw problems.invalid('uuid__in', 'required', 'Dit veld is vereist.')
  const wanted = new Set(uuids)
  const stream = 'enkelvoudiginformatieobjecten'
  return page(house, stream, lists[stream], asked, new Map(), asked.query, ({ uuid }) => wanted.has(uuid))
}

function parseBody(text: string): JsonRecord {
  try {
    const body: unknown = JSON.parse(text)
    if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as JsonRecord
  } catch {
    // Said below.
  }
  throw new problems.Problem(400, 'ParseError', 'parse_error', 'Ongeldig samengestelde aanvraag.', 'JSON parse error')
}

function searches(
  { uuid__in: uuids, zaaktype__in: zaaktypen, zaakgeometrie }: JsonRecord,
  { catalogi }: Links,
): ((zaak: Zaak) => boolean)[] {
  const tests: ((zaak: Zaak) => boolean)[] = []
  if (uuids !== undefined) {
    if (!Array.isArray(uuids)) throw problems.invalid('uuid__in', 'not_a_list', 'Verwachtte een lijst met items.')
    uuids.forEach((uuid, index) => {
      if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(String(uuid)))
        throw problems.invalid(`uuid__in.${index}`, 'invalid', 'Voer een geldige UUID in.')
    })
    const wanted = new Set(uuids)
    tests.push(({ uuid }) => wanted.has(uuid))
  }
  if (zaaktypen !== undefined) {
    if (!Array.isArray(zaaktypen)) throw problems.invalid('zaaktype__in', 'not_a_list', 'Verwachtte een lijst met items.')
    const wanted = new Set(zaaktypen)
    tests.push(({ zaaktype }) => wanted.has(`${catalogi}/zaaktypen/${zaaktype.uuid}`))
  }
  if (zaakgeometrie !== undefined) {
    const area = within(zaakgeometrie)
    if (area === undefined) throw problems.invalid('zaakgeometrie.within', 'invalid', 'Geen geldige geometrie.')
    tests.push(zaakIn(area))
  }
  return tests
}
