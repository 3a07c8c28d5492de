import { z } from 'zod'
import { valueAt } from '../../../../connectors/body.js'
import {
  type Checkpoint,
  CheckpointExpired,
  type Context,
  type Cursor,
  connector,
  type End,
  field,
  type Key,
  type KeyAnswer,
  type Page,
  type ReadContext,
  type SourceRecord,
} from '../../../../connectors/connector.js'

/** Where a round goes on, and when it began. Tokens have no order of their own; rounds have. */
interface Place {
  link: string
  began: string
  done?: true
}

const begins = (checkpoint: Checkpoint): string => (JSON.parse(checkpoint) as Place).began

/** Employees, told by what changed since a token. */
export default connector({
  docs: 'https://learn.microsoft.com/graph/delta-query-overview',
  authentication: { by: 'apiKey', header: 'Ocp-Apim-Subscription-Key' },
  streams: {
    medewerkers: {
      description: 'Employees by department',
      key: 'id',
      record: z.object({
        id: field(z.string(), 'none', 'Id in the directory'),
        naam: field(z.string(), 'naam', 'Name'),
        afdeling: field(z.string().nullable(), 'none', 'Department'),
        telefoon: field(z.string().nullable(), 'contact', 'Telephone number'),
      }),
      changesReading: {
        sees: { updates: true, deletes: true },
        blind: 'Nothing; a token lives seven days, after which everything is read again.',
        compare: (a, b) => (begins(a) < begins(b) ? -1 : begins(a) > begins(b) ? 1 : 0),
      },
      read: readRound,
      byKey,
    },
  },
})

/**
 * A change holds only the fields that changed, and merging it needs what stood before, which a connector does not have: so the changed items are
 * read again whole, by key. One that is gone by then was removed.
 */
async function* readRound(ctx: ReadContext): AsyncGenerator<Page, End> {
  const checkpoint = ctx.reading === 'changes' ? ctx.checkpoint : undefined
  const from: Place | undefined = checkpoint && JSON.parse(checkpoint)
  const isFirst = from === undefined
  const began = new Date().toISOString()
  let place: Place = ctx.cursor ? JSON.parse(ctx.cursor) : { link: from?.link ?? 'items/delta', began }
  while (!place.done) {
    const answer = await ctx.http.request({ url: place.link, accept: [410] })
    if (answer.status === 410)
      throw new CheckpointExpired(`${answer.where}: the source no longer knows this token. Everything is read again.`)
    const value = valueAt(answer.body, 'value') as SourceRecord[]
    const next = valueAt(answer.body, '@odata.nextLink')
    const link = ctx.http.resolve(String(next ?? valueAt(answer.body, '@odata.deltaLink')), answer.url)
    const ids = [...new Set(value.map(({ id }) => String(id)))]
    const page = isFirst
      ? { records: value }
      : await reRead(
          ctx,
          ids.map((id) => ({ id })),
        )
    // The last page keeps where the round ended, for an attempt that stops between it and the end.
    place = { link, began: place.began, ...(next === undefined ? { done: true } : {}) }
    yield { ...page, cursor: JSON.stringify(place) as Cursor }
  }
  const reached: Place = { link: place.link, began: place.began }
  return { complete: isFirst ? 'all' : false, checkpoint: JSON.stringify(reached) as Checkpoint }
}

async function reRead(ctx: Context, keys: Key[]): Promise<Pick<Page, 'records' | 'removed'>> {
  const page = { records: [] as SourceRecord[], removed: [] as Key[] }
  for await (const answer of byKey(ctx, keys)) {
    if ('found' in answer) page.records.push(answer.found)
    else page.removed.push(answer.key)
  }
  return page
}

async function* byKey(ctx: Context, keys: readonly Key[]): AsyncGenerator<KeyAnswer> {
  for (let at = 0; at < keys.length; at += 20) {
    const part = keys.slice(at, at + 20)
    const answer = await ctx.http.request({ url: 'items', params: { ids: part.map(({ id }) => id!).join(',') } })
    const found = new Map((valueAt(answer.body, 'value') as SourceRecord[]).map((record) => [String(record.id), record]))
    for (const key of part) yield found.has(key.id!) ? { key, found: found.get(key.id!)! } : { key, gone: true }
  }
}
