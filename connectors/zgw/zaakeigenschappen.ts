import { z } from 'zod'
import type { KeyAnswer, Page, ReadContext, Slice, SliceContext, SourceRecord, Stream } from '../connector.js'
import { field, SourceUnavailable, UnexpectedResponse } from '../connector.js'
import { inOrder } from '../in-order.js'
import { answerOf, cannotTell, packs, retention } from './child.js'
import { arrayOf } from './detail.js'
import * as is from './fields.js'
import { type Position, pageNumber, peek, sizeOf, walk, withPage } from './list.js'
import { emptyToNull, uuidOf } from './normalise.js'
import { momentOf, pageOf, pageOfParents, paramsOf, progressOf } from './pages.js'
import { type ChildrenOf, changedSince, childrenOfMany, zakenToRead } from './parents.js'
import { childrenThroughParents } from './through-parents.js'
import { paramsOfWindow, planZaken, type ZakenSlice } from './windows.js'

export const zaakeigenschap = z.object({
  url: is.ownUrl,
  uuid: is.ownUuid,
  // The address of a zaakeigenschap is below that of its zaak, and there is no other: without the zaak it cannot be read again.
  zaakUuid: field(z.uuid(), 'none', 'De zaak waarbij dit hoort', { reference: 'zaken', added: true }),
  zaak: is.link('none', 'Adres van de zaak; zie zaakUuid').meta({ lands: false }),
  eigenschap: is.reference('eigenschappen', 'De eigenschap in het zaaktype'),
  naam: is.text('none', 'Naam van de eigenschap'),
  waarde: is.text('vrije_tekst', 'Waarde als tekst; een datum als JJJJMMDD, een getal met een komma'),
})

/** Zaken that are expanded in one request. Expanding cost a real server 0.09 s a zaak, and its gateway may not wait long. */
const expandedAtOnce = 64
/** From here on the next page is asked half as large. */
const slowMs = 15_000
/** The zaken that one slice expands: a quarter of an hour. */
const zakenASlice = 5_000

const stream: Stream = {
  description: 'Eigenschappen van zaken: waarden die het zaaktype vraagt.',
  api: 'zaken',
  record: zaakeigenschap,
  key: ['zaakUuid', 'uuid'],
  parent: { stream: 'zaken', field: 'zaakUuid' },
  after: ['zaken'],
  defaults: { retention, packs },
  changesReading: {
    sees: { updates: true, deletes: true },
    blind:
      'Only the eigenschappen of zaken that changed or are open are read. One that is added, changed or removed on a closed zaak is not seen, ' +
      'because the zaak itself stays the same; the reading full finds it.',
  },
  slices: plan,
  prepare,
  async *read(ctx) {
    if (paramsOf(ctx).by === 'zaak') return yield* readByZaak(ctx)
    if (!progressOf(ctx).done) yield* readWhole(ctx)
    return { complete: 'all', ...momentOf(ctx) }
  },
  async *byKey(ctx, keys) {
    const byZaak = new Map<string, KeyAnswer['key'][]>()
    for (const key of keys) byZaak.set(key.zaakUuid ?? '', [...(byZaak.get(key.zaakUuid ?? '') ?? []), key])
    for await (const answers of inOrder([...byZaak], ([zaak, own]) => ofZaak(ctx, zaak, own), ctx)) yield* answers
  },
}
export default stream

async function ofZaak({ http }: Pick<ReadContext, 'http'>, zaak: string, keys: readonly KeyAnswer['key'][]): Promise<KeyAnswer[]> {
  const says = await arrayOf(http, 'zaken', pathOf(zaak))
  if (!('found' in says)) return Promise.all(keys.map((key) => answerOf(key, says, prepare)))
  const found = new Map(says.found.map((record) => [uuidOf(record.uuid ?? record.url), record]))
  return keys.map((key) => {
    const record = found.get(key.uuid?.toLowerCase())
    return record ? { key, found: prepare(record) } : { key, gone: true }
  })
}

const pathOf = (zaak: string): string => `zaken/${zaak}/zaakeigenschappen`

function prepare(record: SourceRecord): SourceRecord {
  emptyToNull(record)
  record.zaakUuid = uuidOf(record.zaak) ?? null
  return record
}

async function plan(ctx: SliceContext): Promise<Slice[]> {
  const moment = new Date().toISOString()
  if (ctx.reading === 'changes' && ctx.checkpoint !== undefined) {
    const since = changedSince(ctx.checkpoint)
    const { count, exact } = await peek(ctx.http, { api: 'zaken', path: 'zaken' })
    // A request for one zaak costs the source as much as a zaak in an expanded list, so that only reading nearly all of them is dearer.
    const zaken = await zakenToRead(ctx, since, exact ? count : undefined)
    if (zaken !== undefined) return [{ name: 'by zaak', params: { by: 'zaak', moment, since: since.toISOString() } }]
  }
  // The zaken of this list are those that we may see, whatever the datasets of zaken select.
  const slices = await planZaken({ ...ctx, where: [] }, zakenASlice)
  return slices.map((slice) => ({ ...slice, params: { ...slice.params, moment } }))
}

async function* readByZaak(ctx: ReadContext): ReturnType<NonNullable<Stream['read']>> {
  const { since } = paramsOf<{ since: string }>(ctx)
  const { after = '' } = progressOf<{ after: string }>(ctx)
  const zaken = await zakenToRead(ctx, new Date(since!))
  if (zaken === undefined) throw cannotTell(ctx)
  const left = zaken.filter((uuid) => uuid > after)
  for await (const page of childrenOfMany(ctx, left, (uuid) => childrenOf(ctx, uuid))) {
    yield await pageOfParents(page, prepare)
  }
  return { complete: 'parents', ...momentOf(ctx) }
}

async function childrenOf({ http }: Pick<ReadContext, 'http'>, zaak: string): Promise<ChildrenOf> {
  const says = await arrayOf(http, 'zaken', pathOf(zaak))
  if ('found' in says) return { records: says.found, unreadable: [] }
  if ('forbidden' in says) return 'forbidden'
  return 'gone' in says ? { records: [], unreadable: [] } : 'unreadable'
}

/** How the zaken of a slice are read: expanded, or one by one where the source expands nothing or is too slow for it. */
type Own = { size?: number; single?: true }

/**
 * Reads the eigenschappen of all zaken of the slice. There is no list of them; a zaak shows them when it is expanded. That is slow at the
 * source: the page becomes half as large each time that it takes too long. A source that expands nothing (400) is asked zaak by zaak.
 */
async function* readWhole(ctx: ReadContext): AsyncGenerator<Page, void, undefined> {
  const { window = {} } = paramsOf<ZakenSlice>(ctx)
  const params = paramsOfWindow(window)
  const progress = progressOf<Own>(ctx)
  let { at } = progress
  let size = progress.size ?? expandedAtOnce
  let single = progress.single ?? false
  while (!single) {
    const outcome = yield* readExpanded(ctx, params, size, at)
    if (outcome === 'end') return
    at = outcome.at
    if (outcome.because === 'refused' || size === 1) single = true
    else size = Math.max(1, size / 2)
    if (single) {
      ctx.log.warn(
        { source: ctx.source, stream: ctx.stream, because: outcome.because },
        'the source does not expand zaken: it is asked zaak by zaak',
      )
      at = at && largePage(at)
    } else at = at && smallerPage(at, size)
  }
  yield* childrenThroughParents(ctx, {
    prepare,
    parents: { api: 'zaken', path: 'zaken', params },
    parent: 'zaak',
    at,
    own: { single: true as const },
    has: (zaak) => !Array.isArray(zaak.eigenschappen) || zaak.eigenschappen.length > 0,
    childrenOf: (zaak) => childrenOf(ctx, uuidOf(zaak.uuid ?? zaak.url) ?? ''),
  })
}

type Outcome = 'end' | { at: Position | undefined; because: 'slow' | 'refused' }

async function* readExpanded(
  ctx: ReadContext,
  params: { [name: string]: string },
  size: number,
  from: Position | undefined,
): AsyncGenerator<Page, Outcome> {
  let at = from
  const list = { api: 'zaken', path: 'zaken', params: { ...params, expand: 'eigenschappen' }, size } as const
  try {
    let begunAt = Date.now()
    for await (const page of walk(ctx.http, list, at)) {
      const tookMs = Date.now() - begunAt
      const records = page.records.flatMap(expandedOf)
      const { total: _, ...rest } = await pageOf({ ...page, records }, prepare, { size })
      yield rest
      at = page.next
      if (at === undefined) return 'end'
      if (tookMs > slowMs && size > 1) return { at, because: 'slow' }
      begunAt = Date.now()
      ctx.signal.throwIfAborted()
    }
    return 'end'
  } catch (error) {
    ctx.signal.throwIfAborted()
    // Too slow for us, or for the gateway in between; a source that asks to wait is left alone.
    if (error instanceof SourceUnavailable && error.retryAt === undefined && [undefined, 408, 502, 504].includes(error.status)) {
      return { at, because: 'slow' }
    }
    if (error instanceof UnexpectedResponse && error.status === 400) return { at, because: 'refused' }
    throw error
  }
}

function expandedOf(zaak: SourceRecord): SourceRecord[] {
  const { eigenschappen } = (zaak._expand ?? {}) as { eigenschappen?: unknown }
  return Array.isArray(eigenschappen) ? (eigenschappen as SourceRecord[]) : []
}

/** The same place in a list of smaller pages. Sizes are powers of two, so that a page begins there. */
function smallerPage(at: Position, size: number): Position {
  const before = (pageNumber(at.query) - 1) * sizeOf(at.query)
  const { served: _, ...rest } = at
  return { ...rest, query: withPage(at.query, before / size + 1, size) }
}

/** The page of full size that holds this place, without expanding. */
function largePage(at: Position): Position {
  const before = (pageNumber(at.query) - 1) * sizeOf(at.query)
  const { served: _, ...rest } = at
  const plain = new URLSearchParams(at.query)
  plain.delete('expand')
  return { ...rest, query: withPage(plain.toString(), Math.floor(before / 500) + 1, 500) }
}
