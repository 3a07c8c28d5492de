import { filterBy } from './filter.js'
import type { Table } from './model.js'
import { jsonOf, type Rows, setOfV3, setOfV4 } from './sets.js'

export interface House {
  tables: readonly Table[]
  /** Filters are not acted on. */
  deaf: boolean
  /** Most rows of a page. Left out: what the service gives. */
  pageSize: number | undefined
}

export interface Answer {
  status: number
  type: string
  text: string
}

/** What the service answers to a request, in either version. */
export function answerTo(url: URL, house: House): Answer {
  const path = decodeURIComponent(url.pathname)
  const [, id, set = ''] = /^\/odata\/v1\/CBS\/([^/]+)(?:\/([^/]+))?$/.exec(path) ?? []
  return id === undefined ? answerV3(url, path, house) : answerV4(url, id, set, house)
}

function answerV3(url: URL, path: string, house: House): Answer {
  const [, table, set = ''] = /^\/ODataFeed\/odata\/([^/]+)\/([^/]+)$/.exec(path) ?? []
  if (table === undefined && path !== '/ODataCatalog/Tables') return { status: 404, type: 'text/html', text: '<h1>404</h1>' }
  // What is not asked for as JSON comes as Atom, whether it is there or not.
  if (url.searchParams.get('$format') !== 'json') return { status: 200, type: 'application/atom+xml', text: '<?xml version="1.0"?><feed/>' }
  const found = house.tables.find(({ id }) => id === table)
  const rows = table === undefined ? house.tables.map(inCatalogue) : found && setOfV3(found, set)
  if (!rows) return json({ 'odata.error': { code: '' } }, 404)
  return page(url, house, rows, { link: 'odata.nextLink', before: { 'odata.metadata': `${url.origin}/$metadata` }, most: 10_000 })
}

function answerV4(url: URL, id: string, set: string, house: House): Answer {
  const found = house.tables.find((table) => table.id === id)
  if (found && set === 'Properties') return json(propertiesOf(found))
  const rows = id === 'Datasets' && set === '' ? house.tables.map(propertiesOf) : found && setOfV4(found, set)
  if (!rows) return json({ error: { code: 'NotFound' } }, 404)
  return page(url, house, rows, { link: '@odata.nextLink', before: { '@odata.context': `${url.origin}/$metadata` }, most: 100_000 })
}

const inCatalogue = (table: Table) => ({
  Identifier: table.id,
  Title: table.title,
  Modified: table.modified,
  Period: table.period,
  RecordCount: table.rows.length,
  ColumnCount: table.topics.length,
})

const propertiesOf = (table: Table) => ({
  Identifier: table.id,
  Title: table.title,
  Modified: table.modified,
  ObservationCount: setOfV4(table, 'Observations')?.length ?? 0,
})

function page(url: URL, house: House, all: Rows, form: { link: string; before: { [name: string]: string }; most: number }): Answer {
  const { searchParams } = url
  const filter = searchParams.get('$filter')
  const test = filter === null ? () => true : filterBy(filter, Object.keys(all[0] ?? {}))
  // A link holds the whole query: with a client's own added to it each stands there twice.
  const isTwice = [...searchParams.keys()].length > new Set(searchParams.keys()).size
  if (!test || isTwice) return json({ error: { code: 'BadRequest' } }, 400)
  const chosen = house.deaf ? all : all.filter(test)
  const skip = Number(searchParams.get('$skip') ?? 0)
  const size = house.pageSize ?? form.most
  const columns = searchParams.get('$select')?.split(',')
  const value = chosen
    .slice(skip, skip + size)
    .map((row) => (columns ? Object.fromEntries(columns.map((column) => [column, row[column]])) : row))
  const next = new URL(url)
  next.searchParams.set('$skip', String(skip + size))
  return json({ ...form.before, value, ...(skip + size < chosen.length && { [form.link]: next.href }) })
}

const json = (body: object, status = 200): Answer => ({ status, type: 'application/json;charset=utf-8', text: jsonOf(body) })
