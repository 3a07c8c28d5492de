import {
  type Context,
  type End,
  type HttpClient,
  type Key,
  type KeyAnswer,
  type Page,
  type ReadContext,
  type Slice,
  type SourceRecord,
  SourceRefused,
  UnexpectedResponse,
} from '../connector.js'
import { inOrder } from '../in-order.js'
import { type Listing, readPages } from '../paging.js'
import { pages } from './pages.js'
import { flattened, ofObjectUuid } from './record.js'
import { permissionsOf } from './rights.js'
import type { StreamSettings } from './settings.js'
import { refusingWithheld } from './withheld.js'

const api = 'objecten'
const dayMs = 86_400_000

/**
 * All objects of a type, each with the record that was registered last.
 *
 * Without a date the list shows what is valid today: an object that begins tomorrow, or ended yesterday, is absent, which is no delete. By day of
 * registration it shows all. The day is tomorrow's, since that of the source may have begun already.
 *
 * @see Objects API 2.4, parameters date and registrationDate, which exclude each other
 */
const listingOf = (type: string): Listing => ({
  api,
  url: 'objects',
  params: { type, registrationDate: tomorrow() },
  pages,
})

const tomorrow = (): string => new Date(Date.now() + dayMs).toISOString().slice(0, 10)

/** One slice, with the address by which this source filters on the objecttype. */
export async function slices(ctx: Context, { objecttype }: StreamSettings): Promise<Slice[]> {
  return [{ name: 'all', params: { type: await addressOf(ctx, objecttype) } }]
}

/**
 * The address of an objecttype as this source has it: before 4.0 the types were of another host, and the filter compares the address whole.
 *
 * @throws SourceRefused when there is no such objecttype, or we may not see it
 */
async function addressOf(ctx: Context, objecttype: string): Promise<string> {
  for await (const { type } of permissionsOf(ctx.http)) if (String(type).toLowerCase().endsWith(objecttype)) return String(type)
  // A token with all rights has none for each type.
  const { status, body } = await ctx.http.request({ api: 'objecttypen', url: `objecttypes/${objecttype}`, accept: [401, 403, 404] })
  if (status < 400) return String((body as SourceRecord).url)
  throw new SourceRefused(
    `source '${ctx.source}', stream '${ctx.stream}': there is no objecttype ${objecttype} that our token may see. Check 'objecttype' in sources/${ctx.source}.yaml, or request the right from the administrator of the Objecten API.`,
  )
}

export async function* read(ctx: ReadContext, stream: StreamSettings): AsyncGenerator<Page, End> {
  const http = refusingWithheld(ctx.http, ctx.fields)
  const { type } = ctx.slice.params as { type: string }
  for await (const { date: _, ...page } of readPages(http, listingOf(type), ctx.cursor)) {
    ctx.signal.throwIfAborted()
    if (stream.records === 'latest') yield { ...page, records: page.records.map(flattened) }
    else {
      // The total counts objects, and says nothing of their records.
      const { total: __, ...rest } = page
      yield { ...rest, records: await historiesOf(http, page.records, ctx.signal) }
    }
  }
  return { complete: 'all' }
}

async function historiesOf(http: HttpClient, objects: readonly SourceRecord[], signal: AbortSignal): Promise<SourceRecord[]> {
  const records: SourceRecord[] = []
  for await (const found of inOrder(objects, ({ uuid }) => historyOf(http, String(uuid)), { signal })) records.push(...(found ?? []))
  return records
}

/** All records of an object; undefined when it is gone, and its history with it. */
async function historyOf(http: HttpClient, uuid: string): Promise<SourceRecord[] | undefined> {
  const { status, body, where } = await http.request({ api, url: `objects/${encodeURIComponent(uuid)}/history`, accept: [404] })
  if (status === 404) return undefined
  if (!Array.isArray(body)) throw new UnexpectedResponse(`${where}: a history is no list of records. Ask the supplier what changed.`)
  return body.map((record) => ofObjectUuid(uuid, record))
}

/** By its address an object shows the record of today, and one that begins later is 404; by day of registration it is there. */
export async function* byKey(
  ctx: Context & { fields: ReadonlySet<string> },
  keys: readonly Key[],
): AsyncGenerator<KeyAnswer, void, undefined> {
  const http = refusingWithheld(ctx.http, ctx.fields)
  for (const key of keys) {
    ctx.signal.throwIfAborted()
    const { status, body } = await http.request({
      api,
      url: `objects/${encodeURIComponent(key.uuid!)}`,
      params: { registrationDate: tomorrow() },
      accept: [403, 404],
    })
    if (status === 404) yield { key, gone: true }
    else if (status === 403) yield { key, forbidden: true }
    else yield { key, found: flattened(body as SourceRecord) }
  }
}
