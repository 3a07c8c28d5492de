import type { Cursor, HttpClient } from '../connector.js'
import type { Listing } from '../listing.js'
import { readPages, type WalkedPage } from '../paging.js'
import { headersOf } from './answer.js'
import { edmOf, literalOf } from './edm.js'
import type { Service, StreamSettings } from './settings.js'
import { plainRecord } from './value.js'

/** Records that are asked for at a time, where the service can be asked (version 4): some MB of wide ones. */
const pageSize = 2_000

/** What a list is asked to be: fields of the record, a condition, an order. */
export interface Asked {
  select: readonly string[]
  filter?: string | undefined
  orderBy?: string | undefined
}

/** A list of an entity set. Its pages are those of the service: each link is followed as it came. */
export const listOf = (stated: StreamSettings, service: Service, asked: Asked, prefer: readonly string[] = []): Listing => ({
  url: `${encodeURIComponent(stated.entitySet)}?${queryOf(stated, service, asked)}`,
  headers: headersFor(stated, service, asked, [`odata.maxpagesize=${pageSize}`, ...prefer]),
  pages: { by: 'nextLink', records: 'value', next: 'next' },
})

/** Written here and not as parameters of a request: a space is `%20`, since `+` is a plus to some services. */
export function queryOf(stated: StreamSettings, service: Service, { select, filter, orderBy }: Asked): string {
  return [
    `$select=${fieldsOf(select, stated, service).map(encodeURIComponent).join(',')}`,
    ...(filter === undefined ? [] : [`$filter=${encodeURIComponent(filter)}`]),
    ...(orderBy === undefined ? [] : [`$orderby=${encodeURIComponent(orderBy)}`]),
  ].join('&')
}

/** @param prefer what a list is asked to be, in version 4 */
export function headersFor(stated: StreamSettings, service: Service, { select }: Asked, prefer: readonly string[] = []) {
  const wantsLabels = select.some((name) => labelled(name, stated, service) !== undefined)
  const all = [...prefer, ...(wantsLabels ? ['odata.include-annotations="OData.Community.Display.V1.FormattedValue"'] : [])]
  return { ...headersOf[service.version], ...(service.version === 4 && all.length > 0 && { Prefer: all.join(', ') }) }
}

/** Names to ask the service for: a label comes with the field that it is the label of. */
const fieldsOf = (select: readonly string[], stated: StreamSettings, service: Service): string[] => [
  ...new Set(select.map((name) => labelled(name, stated, service) ?? name)),
]

/** The field that this one is the label of: `statuscode` for `statuscode_label`. */
function labelled(name: string, { record }: StreamSettings, { labels }: Service): string | undefined {
  const field = name.replace(/_label$/, '')
  return labels && field !== name && record[field] ? field : undefined
}

/** The fields of the record that are needed: key, cursor, and what some dataset lands or judges. In the order of the record. */
export function selected(fields: ReadonlySet<string>, { key, changes, record }: StreamSettings): string[] {
  const always = [key, typeof changes === 'object' ? changes.cursor : []].flat()
  const wanted = new Set([...always, ...[...fields].map((name) => (record[name] ? name : name.split('.', 1)[0]!))])
  return Object.keys(record).filter((name) => wanted.has(name))
}

/** A condition that a record meets beside the filter of its stream. */
export const also = (filter: string | undefined, condition: string): string =>
  filter === undefined ? condition : `(${filter}) and ${condition}`

/** The value of a field as it stands in an address. */
export function literalFor(field: string, text: string, { record, edm }: StreamSettings, { version }: Service): string {
  return literalOf(edm?.[field] ?? edmOf(record[field]?.type, version), text, version)
}

/** Pages of records as the source file states them. */
export async function* readList(
  http: HttpClient,
  listing: Listing,
  cursor: Cursor | undefined,
  { record }: StreamSettings,
  service: Service,
): AsyncGenerator<WalkedPage, void, undefined> {
  for await (const page of readPages(http, listing, cursor))
    yield { ...page, records: page.records.map((each) => plainRecord(each, record, service)) }
}
