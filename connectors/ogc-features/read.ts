import {
  type Context,
  type End,
  type HttpClient,
  type Key,
  type KeyAnswer,
  type Page,
  type ReadContext,
  type SourceRecord,
  SourceRefused,
} from '../connector.js'
import { type Listing, readPages } from '../paging.js'
import { crsParam, refusingOtherCrs, uriOf } from './crs.js'
import { recordOfFeature, schemaOf } from './record.js'
import type { StreamSettings } from './settings.js'

/** Services give 10 unless asked, and at most 1000. An area has hundreds of corners, and a page of them is in memory. */
const pageSize = 500

/** All features of a collection, or those that its filter and box leave. */
export async function* read(ctx: ReadContext, stream: StreamSettings): AsyncGenerator<Page, End> {
  const { collection, crs, filter = {}, bbox } = stream
  const listing: Listing = {
    url: `${addressOf(collection)}/items`,
    params: { ...crsParam(crs), ...(bbox && { bbox: bbox.join(','), ...(crs !== 'wgs84' && { 'bbox-crs': uriOf[crs] }) }), ...filter },
    pages: { by: 'nextLink', records: 'features', next: 'next', total: 'numberMatched', size: { param: 'limit', value: pageSize } },
  }
  const described = describedBy(stream)
  for await (const { date: _, ...page } of readPages(withNext(refusingOtherCrs(ctx.http, crs)), listing, ctx.cursor)) {
    ctx.signal.throwIfAborted()
    const records = page.records.map((feature) => recordOfFeature(feature, described))
    refuseUnfiltered(records, filter, ctx)
    yield { ...page, records }
  }
  return { complete: 'all' }
}

/** By the id of a feature, which is in its address; 404 says that it is gone. */
export async function* byKey(ctx: Context, stream: StreamSettings, keys: readonly Key[]): AsyncGenerator<KeyAnswer> {
  const http = refusingOtherCrs(ctx.http, stream.crs)
  const described = describedBy(stream)
  for (const key of keys) {
    ctx.signal.throwIfAborted()
    const { status, body } = await http.request({
      url: `${addressOf(stream.collection)}/items/${encodeURIComponent(key.id!)}`,
      params: crsParam(stream.crs),
      accept: [403, 404, 410],
    })
    if (status === 403) yield { key, forbidden: true }
    else if (status >= 400) yield { key, gone: true }
    else yield { key, found: recordOfFeature(body as SourceRecord, described) }
  }
}

export const addressOf = (collection: string): string => `collections/${encodeURIComponent(collection)}`

const describedBy = (stream: StreamSettings): ReadonlySet<string> => new Set(Object.keys(schemaOf(stream).properties ?? {}))

/** A client that puts the link to the next page of features beside the list: there can be others, to pages for people. It is followed as it is. */
function withNext(http: HttpClient): HttpClient {
  return {
    request: async (request) => {
      const answer = await http.request(request)
      const body = answer.body as { links?: unknown } | undefined
      const links = Array.isArray(body?.links) ? (body.links as Link[]) : []
      const next = links.filter(({ rel, type = 'application/geo+json' }) => rel === 'next' && /json/i.test(type))[0]?.href
      return { ...answer, body: { ...body, next } }
    },
    records: (request, at, answered) => http.records(request, at, answered),
    resolve: (link, from) => http.resolve(link, from),
  }
}

interface Link {
  rel?: string
  type?: string
  href?: string
}

/** Some services take a filter that they do not know, and give everything. */
function refuseUnfiltered(
  records: readonly SourceRecord[],
  filter: { readonly [name: string]: string },
  { source, stream }: Context,
): void {
  const ignored = Object.keys(filter).find((name) => records.some((record) => String(record[name]) !== filter[name]))
  if (ignored !== undefined)
    throw new SourceRefused(
      `source '${source}', stream '${stream}': the service gives features that the filter on '${ignored}' leaves out, so that it does not filter on it. Remove it from sources/${source}.yaml, and select by 'where' in the contract.`,
    )
}
