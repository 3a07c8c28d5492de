/** How a list is paged, recognised by the names that an OpenAPI document gives its parameters and the fields of its answer. */
import type { Pages } from '../../connectors/connector.js'
import { isNode, type Node, type OpenApi } from './document.js'
import { mergedOf } from './record.js'

export interface ListAnswer {
  status: string
  schema: Node
  /** Names of the headers of the answer. */
  headers: readonly string[]
  /** Where the records are; undefined where the answer itself is the list. */
  records: string | undefined
  /** The schema of one record. */
  record: unknown
}

const recordNames = ['results', 'data', 'items', 'value', 'records', 'content', 'rows', 'entries', 'elements']

/** The answer of an operation that is a list of objects; undefined where it is none. */
export function listOf(document: OpenApi, operation: Node): ListAnswer | undefined {
  const responses = isNode(operation.responses) ? operation.responses : {}
  for (const status of ['200', '206', '2XX', 'default']) {
    const response = document.at(responses[status])
    const content = isNode(response?.content) ? response.content : {}
    const json = Object.entries(content).find(([type]) => /[/+]json\b/.test(type))?.[1]
    if (!response || !isNode(json)) continue
    const schema = mergedOf(document, json.schema)
    const headers = isNode(response.headers) ? Object.keys(response.headers) : []
    const found = placeOf(document, schema, '')
    if (found) return { status, schema, headers, ...found }
  }
  return undefined
}

function placeOf(document: OpenApi, schema: Node, before: string): { records: string | undefined; record: unknown } | undefined {
  if (schema.type === 'array' && before === '')
    return isRecord(document, schema.items) ? { records: undefined, record: schema.items } : undefined
  const properties = Object.entries(isNode(schema.properties) ? schema.properties : {})
  const lists = properties.flatMap(([name, property]) => {
    const inner = mergedOf(document, property)
    return inner.type === 'array' && isRecord(document, inner.items) ? [{ records: `${before}${name}`, record: inner.items }] : []
  })
  const named = lists.find(({ records }) => recordNames.includes(records.slice(before.length)))
  // One list and nothing beside it that could be a record by itself.
  const only = lists.length === 1 && properties.length <= 8 ? lists[0] : undefined
  if (named ?? (before === '' ? undefined : only)) return named ?? only
  const wrapper = properties.find(([name]) => /^(_embedded|data|result|response)$/.test(name))
  const inside = before === '' && wrapper ? placeOf(document, mergedOf(document, wrapper[1]), `${wrapper[0]}.`) : undefined
  return inside ?? (properties.some(([name]) => nextNames.test(name) || totalNames.test(name)) ? only : undefined)
}

function isRecord(document: OpenApi, items: unknown): boolean {
  const { properties } = mergedOf(document, items)
  return isNode(properties) && Object.keys(properties).length > 0
}

const nextNames = /^(next|nextLink|next_link|nextPage|next_page_url|nextUrl|@odata\.nextLink)$/
const totalNames = /^(count|total|totalCount|total_count|totalElements|totalItems|totalResults|numberMatched|@odata\.count)$/
const tokenNames = /^(next_?cursor|next_?page_?token|next_?token|continuation_?token|next_?page_?key|cursor)$/i
const cursorParams = /^(cursor|after|page_?token|next_?token|continuation_?token|starting_after|page_?key)$/i
const pageParams = /^(page|page_?number|pagina|pageIndex|page\[number\]|p)$/i
const sizeParams = /^(page_?size|size|per_?page|limit|take|top|\$top|page\[size\]|max_?results|aantal)$/i
const offsetParams = /^(offset|start|skip|\$skip|first|startIndex|start_?at|from)$/i

export interface QueryParam {
  name: string
  schema: Node
}

/** The styles that lead by themselves come first: they need no count. */
export function pagesOf(document: OpenApi, list: ListAnswer, params: readonly QueryParam[]): Pages {
  const { records, headers, schema, status } = list
  const places = placesIn(document, schema)
  const place = (sign: RegExp) => places.find((each) => sign.test(each.split('.').at(-1)!) || sign.test(each))
  const param = (sign: RegExp) => params.find(({ name }) => sign.test(name))
  const size = sizeOf(param(sizeParams))
  const common = {
    ...(records !== undefined && { records }),
    ...(place(totalNames) !== undefined && { total: place(totalNames)! }),
    ...(status === '206' && { more: { status: 206 } }),
  }
  const link = place(nextNames) ?? places.find((each) => /^_?links\.next(\.href)?$/.test(each))
  if (link !== undefined) return { by: 'nextLink', ...common, next: link, ...(size && { size }) }
  if (headers.some((name) => name.toLowerCase() === 'link'))
    return { by: 'nextLink', ...common, next: 'Link', header: true, ...(size && { size }) }
  const token = place(tokenNames)
  const cursor = param(cursorParams)
  if (token !== undefined && cursor) return { by: 'cursorToken', ...common, param: cursor.name, token, ...(size && { size }) }
  const page = param(pageParams)
  if (page) {
    const { default: begins, minimum } = page.schema
    // Spring counts pages from 0, and says so by the names in its answer.
    const fromZero = begins === 0 || minimum === 0 || (places.includes('totalElements') && begins === undefined)
    return { by: 'pageNumber', ...common, param: page.name, ...(fromZero && { first: 0 }), ...(size && { size }) }
  }
  const offset = param(offsetParams)
  if (offset && size) return { by: 'offset', ...common, param: offset.name, size }
  return { by: 'single', ...common }
}

function placesIn(document: OpenApi, schema: Node): string[] {
  const own = isNode(schema.properties) ? Object.entries(schema.properties) : []
  return own.flatMap(([name, property]) => {
    const inner = mergedOf(document, property)
    const below = isNode(inner.properties) && inner.type !== 'array' && name !== '_embedded' ? Object.entries(inner.properties) : []
    const deeper = below.flatMap(([under, value]) => {
      const { properties } = mergedOf(document, value)
      return [`${name}.${under}`, ...(isNode(properties) && 'href' in properties ? [`${name}.${under}.href`] : [])]
    })
    // A link in an object of links stands deeper than the name that it has.
    return below.length > 0 ? deeper.filter((place) => !deeper.includes(`${place}.href`)) : [name]
  })
}

/** As many as the source allows, up to what one answer can well hold. */
function sizeOf(param: QueryParam | undefined): { param: string; value: number } | undefined {
  if (!param) return undefined
  const most = [param.schema.maximum, param.schema.default].find((value): value is number => typeof value === 'number' && value > 0)
  return { param: param.name, value: Math.min(most ?? 100, 500) }
}
