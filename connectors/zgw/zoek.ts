import type { Context, HttpClient, Json, SourceRecord } from '../connector.js'
import { SourceRefused, SourceUnavailable, UnexpectedResponse } from '../connector.js'
import { inOrder } from '../in-order.js'
import { type Api, type Detail, detailOf } from './detail.js'
import { uuidOf } from './normalise.js'
import { versieOf } from './versions.js'

/** One page of `_zoek` holds this many at least, on every version of the server. */
const group = 100

/** A list that can be asked for records by their uuid. */
interface Searched {
  api: Api
  path: string
  headers?: { [name: string]: string }
}

const zaken: Searched = { api: 'zaken', path: 'zaken', headers: { 'Content-Crs': 'EPSG:4326' } }
const documents: Searched = { api: 'documenten', path: 'enkelvoudiginformatieobjecten' }

type Asking = Pick<Context, 'http' | 'signal' | 'log' | 'source'>

/** Re-reads zaken by uuid. @see byUuid */
export const zakenByUuid = (ctx: Asking, uuids: readonly string[]) => byUuid(ctx, zaken, uuids)

/** Re-reads documents by uuid, each in its newest version. @see byUuid */
export const documentsByUuid = (ctx: Asking, uuids: readonly string[]) => byUuid(ctx, documents, uuids)

/**
 * Re-reads records by uuid: a hundred at a time by `POST …/_zoek`, and one by one those that it does not give, because it leaves out alike
 * what is gone and what we may not see. Where `_zoek` is refused, all are read one by one.
 *
 * @param uuids lower case; each is answered once, in no particular order
 */
async function* byUuid(ctx: Asking, of: Searched, uuids: readonly string[]): AsyncGenerator<{ uuid: string; says: Detail }> {
  let refused = false
  for (let at = 0; at < uuids.length; at += group) {
    ctx.signal.throwIfAborted()
    const asked = uuids.slice(at, at + group)
    const found = refused ? undefined : await zoek(ctx.http, of, asked)
    if (found === undefined && !refused) {
      refused = true
      ctx.log.warn({ source: ctx.source }, `${of.path}/_zoek is refused: they are read again one by one`)
    }
    for (const [uuid, record] of found ?? []) yield { uuid, says: { found: record } }
    const left = asked.filter((uuid) => !found?.has(uuid))
    yield* inOrder(left, async (uuid) => ({ uuid, says: await detailOf(ctx.http, of.api, `${of.path}/${uuid}`) }), ctx)
  }
}

/** @returns the records by uuid; undefined when the source does not take the question */
async function zoek(http: HttpClient, of: Searched, uuids: readonly string[]): Promise<Map<string, SourceRecord> | undefined> {
  const asked = new Set(uuids)
  const found = new Map<string, SourceRecord>()
  let query = ''
  do {
    const body: Json = { uuid__in: [...uuids] }
    // `next` of _zoek leads to an address that takes POST alone.
    const answer = await post(http, of, `${of.path}/_zoek${query}`, body)
    const { results, next } = (answer ?? {}) as { results?: unknown; next?: unknown }
    if (!Array.isArray(results)) return undefined
    for (const record of results as SourceRecord[]) {
      const uuid = uuidOf(record.uuid ?? record.url)
      // Servers before the advisories of 2026 could give more than was asked for, and than we may see.
      if (uuid === undefined || !asked.has(uuid)) continue
      const known = found.get(uuid)
      if (known === undefined || versieOf(record) >= versieOf(known)) found.set(uuid, record)
    }
    const link = typeof next === 'string' && next.includes('?') ? next.slice(next.indexOf('?')) : ''
    if (link === query) break
    query = link
  } while (query !== '')
  return found
}

async function post(http: HttpClient, { api, headers = {} }: Searched, url: string, body: Json): Promise<unknown> {
  try {
    const answer = await http.request({
      api,
      url,
      method: 'POST',
      body,
      headers,
      accept: [400, 403, 404, 405],
    })
    return answer.status < 400 ? answer.body : undefined
  } catch (error) {
    // One bad record among the hundred; one by one they tell which.
    if (error instanceof SourceUnavailable && error.status === 500) return { results: [] }
    // A gateway that lets no POST through. If it lets nothing through, the requests one by one say so.
    if (error instanceof SourceRefused || error instanceof UnexpectedResponse) return undefined
    throw error
  }
}
