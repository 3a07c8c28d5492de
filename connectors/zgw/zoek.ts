import type { Context, HttpClient, Json, SourceRecord } from '../connector.js'
import { SourceRefused, SourceUnavailable, UnexpectedResponse } from '../connector.js'
import { type Detail, detailOf, inOrder } from './detail.js'
import { uuidOf } from './normalise.js'

/** One page of `_zoek` holds this many at least, on every version of the server. */
const group = 100

/**
 * Re-reads zaken by uuid: a hundred at a time by `POST /zaken/_zoek`, and one by one those that it does not give, because it leaves out alike
 * what is gone and what we may not see. Where `_zoek` is refused, all are read one by one.
 *
 * @param uuids lower case; each is answered once, in no particular order
 */
export async function* zakenByUuid(
  ctx: Pick<Context, 'http' | 'signal' | 'log' | 'source'>,
  uuids: readonly string[],
): AsyncGenerator<{ uuid: string; says: Detail }> {
  let refused = false
  for (let at = 0; at < uuids.length; at += group) {
    ctx.signal.throwIfAborted()
    const asked = uuids.slice(at, at + group)
    const found = refused ? undefined : await zoek(ctx.http, asked)
    if (found === undefined && !refused) {
      refused = true
      ctx.log.warn({ source: ctx.source }, 'zaken/_zoek is refused: zaken are read again one by one')
    }
    for (const [uuid, record] of found ?? []) yield { uuid, says: { found: record } }
    const left = asked.filter((uuid) => !found?.has(uuid))
    yield* inOrder(left, async (uuid) => ({ uuid, says: await detailOf(ctx.http, 'zaken', `zaken/${uuid}`) }), ctx)
  }
}

/** @returns the zaken by uuid; undefined when the source does not take the question */
async function zoek(http: HttpClient, uuids: readonly string[]): Promise<Map<string, SourceRecord> | undefined> {
  const asked = new Set(uuids)
  const found = new Map<string, SourceRecord>()
  let query = ''
  do {
    const body: Json = { uuid__in: [...uuids] }
    // `next` of _zoek leads to an address that takes POST alone.
    const answer = await post(http, `zaken/_zoek${query}`, body)
    const { results, next } = (answer ?? {}) as { results?: unknown; next?: unknown }
    if (!Array.isArray(results)) return undefined
    for (const record of results as SourceRecord[]) {
      const uuid = uuidOf(record.uuid ?? record.url)
      // Servers before the advisories of 2026 could give more than was asked for, and than we may see.
      if (uuid !== undefined && asked.has(uuid)) found.set(uuid, record)
    }
    const link = typeof next === 'string' && next.includes('?') ? next.slice(next.indexOf('?')) : ''
    if (link === query) break
    query = link
  } while (query !== '')
  return found
}

async function post(http: HttpClient, url: string, body: Json): Promise<unknown> {
  try {
    const answer = await http.request({
      api: 'zaken',
      url,
      method: 'POST',
      body,
      headers: { 'Content-Crs': 'EPSG:4326' },
      accept: [400, 403, 404, 405],
    })
    return answer.status < 400 ? answer.body : undefined
  } catch (error) {
    // One bad zaak among the hundred; one by one they tell which.
    if (error instanceof SourceUnavailable && error.status === 500) return { results: [] }
    // A gateway that lets no POST through. If it lets nothing through, the requests one by one say so.
    if (error instanceof SourceRefused || error instanceof UnexpectedResponse) return undefined
    throw error
  }
}
