import type { z } from 'zod'
import {
  CheckpointExpired,
  type Context,
  type End,
  type KeyAnswer,
  type Page,
  type ReadContext,
  type Slice,
  type SliceContext,
  type SourceRecord,
  type Stream,
} from '../connector.js'
import { inOrder } from '../in-order.js'
import { filtersOnAddress } from './by-address.js'
import { type Catalogus, fewOfCatalogus, wholeCatalogus } from './catalogus.js'
import { type Detail, detailOf } from './detail.js'
import { type List, largestPage, peek, walk } from './list.js'
import { emptyToNull, prefixOf } from './normalise.js'
import { momentOf, type Prepare, pageOf, pageOfParents, paramsOf, progressOf } from './pages.js'
import { changedSince, childrenByFilter, childrenOfMany, knownRows, zakenToRead } from './parents.js'

/** What children of a zaak have in common: the list, the zaak that owns them, and what to do with a record. */
export interface Child<R extends z.ZodObject> {
  /** Name of the list in the Zaken API. */
  path: string
  description: string
  record: R
  /** Adds the readable columns. */
  make?: { fields: readonly (keyof z.infer<R> & string)[]; add(record: SourceRecord, catalogus: Catalogus): Promise<void> }
  /** Changes the form of a record before it is one of the stream. */
  form?(record: SourceRecord): void
  /** Reads the whole list. Left out: as one that is paged. */
  whole?(ctx: ReadContext, prepare: Prepare): AsyncGenerator<Page, void, undefined>
  /** False for a list that is one bare array, where asking for the count would be asking for all of it. */
  paged?: boolean
  /** What the whole list of so many records costs, in requests of one zaak. Left out: one a page. */
  cost?(records: number): number
}

export const retention = { follow: 'archiefactiedatum' } as const
export const packs = ['nl', 'zgw-zaken'] as const

/**
 * A stream of children that have a list of their own. The list knows neither order nor time, so that a reading takes it whole; or, for
 * `changes`, zaak by zaak, when fewer requests do it: the zaken that changed, and those that are open.
 */
export function childOfZaak<R extends z.ZodObject>(child: Child<R>): Stream {
  const list: List = { api: 'zaken', path: child.path, ...(child.paged === false ? { size: 'whole' } : {}) }
  return {
    description: child.description,
    api: 'zaken',
    record: child.record,
    key: 'uuid',
    parent: { stream: 'zaken', field: 'zaak' },
    after: ['zaken'],
    defaults: { retention, packs },
    changesReading: {
      sees: { updates: true, deletes: true },
      blind:
        'Where few zaken changed, only their children and those of open zaken are read. What is added, changed or removed below a closed zaak that itself ' +
        'stays the same is then not seen; the reading full finds it.',
    },
    slices: (ctx) => planChild(ctx, list, child),
    prepare: (record) => formed(record, child),
    async *read(ctx) {
      const prepare = preparation(ctx, child, wholeCatalogus(ctx))
      if (paramsOf(ctx).by === 'zaak') return yield* readByZaak(ctx, list, prepare)
      if (!progressOf(ctx).done) yield* child.whole ? child.whole(ctx, prepare) : readWhole(ctx, list, prepare)
      return { complete: 'all', ...momentOf(ctx) }
    },
    async *byKey(ctx, keys) {
      const prepare = preparation(ctx, child, fewOfCatalogus(ctx))
      yield* inOrder(keys, async (key) => answerOf(key, await detailOf(ctx.http, 'zaken', `${child.path}/${key.uuid}`), prepare), ctx)
    },
  }
}

/** A detail as the answer of a key. */
export async function answerOf(key: KeyAnswer['key'], says: Detail, prepare: Prepare): Promise<KeyAnswer> {
  return 'found' in says ? { key, found: await prepare(says.found) } : { key, ...says }
}

/** Whole, or zaak by zaak when that takes fewer requests. */
async function planChild(
  ctx: SliceContext,
  list: List,
  { cost: costOf = onePerPage, paged = true }: Pick<Child<z.ZodObject>, 'cost' | 'paged'>,
): Promise<Slice[]> {
  const moment = new Date().toISOString()
  const whole: Slice[] = [{ name: 'all', params: { moment } }]
  if (ctx.reading === 'full' || ctx.checkpoint === undefined) return whole
  const since = changedSince(ctx.checkpoint)
  // A list without pages cannot be asked for one record. Statussen have the same filter, and nearly every zaak has one.
  const example = paged ? list : { api: 'zaken' as const, path: 'statussen' }
  const { count, exact, first } = await peek(ctx.http, example)
  const records = paged && exact ? count : await knownRows(ctx)
  const cost = costOf(records)
  const zaken = await zakenToRead(ctx, since, cost)
  const few = zaken !== undefined && zaken.length < cost
  // A filter on `zaak` compares addresses, so that ours has to be spelt as this server spells them: as in its records.
  const prefix = prefixOf(first?.zaak)
  const proven =
    few && prefix !== undefined && (zaken.length === 0 || (await filtersOnAddress(ctx.http, example, 'zaak', String(first!.zaak))))
  ctx.log.info(
    { source: ctx.source, stream: ctx.stream, records, requestsForAll: cost, zaken: zaken?.length ?? `more than ${cost}` },
    proven
      ? 'reads the children of the zaken that changed or are open'
      : few
        ? 'reads the whole list: the source does not find the children of a zaak by the address that its own records have'
        : 'reads the whole list, which takes fewer requests',
  )
  return proven ? [{ name: 'by zaak', params: { by: 'zaak', moment, since: since.toISOString(), prefix } }] : whole
}

const onePerPage = (records: number): number => Math.ceil(records / largestPage)

async function* readWhole(ctx: ReadContext, list: List, prepare: Prepare): AsyncGenerator<Page, void, undefined> {
  for await (const page of walk(ctx.http, list, progressOf(ctx).at)) {
    yield await pageOf(page, prepare)
    ctx.signal.throwIfAborted()
  }
}

async function* readByZaak(ctx: ReadContext, list: List, prepare: Prepare): AsyncGenerator<Page, End> {
  const { since, prefix } = paramsOf<{ since: string; prefix: string }>(ctx)
  const { after = '' } = progressOf<{ after: string }>(ctx)
  const zaken = await zakenToRead(ctx, new Date(since!))
  if (zaken === undefined) throw cannotTell(ctx)
  const left = zaken.filter((uuid) => uuid > after)
  for await (const page of childrenOfMany(ctx, left, (uuid) => childrenByFilter(ctx, list, `${prefix}${uuid}`))) {
    yield await pageOfParents(page, prepare)
  }
  return { complete: 'parents', ...momentOf(ctx) }
}

/** The warehouse no longer knows the zaken by which the slice was planned: a dataset changed meanwhile. */
export function cannotTell({ source, stream }: Context): CheckpointExpired {
  return new CheckpointExpired(
    `source '${source}', stream '${stream}': the datasets changed since this reading was planned; the stream is read full.`,
  )
}

/** What is done with each record without asking anyone. */
export function formed(record: SourceRecord, { form }: Pick<Child<z.ZodObject>, 'form'>): SourceRecord {
  emptyToNull(record)
  form?.(record)
  return record
}

/** What is done with each record. The catalogus is read only where a dataset takes what it gives. */
export function preparation(
  ctx: Pick<Context, 'source'> & { fields: ReadonlySet<string> },
  { make, form }: Pick<Child<z.ZodObject>, 'make' | 'form'>,
  catalogus: Catalogus,
): Prepare {
  const wanted = make?.fields.some((name) => ctx.fields.has(name)) ?? false
  return async (record) => {
    formed(record, { form })
    if (wanted) await make?.add(record, catalogus)
    return record
  }
}
