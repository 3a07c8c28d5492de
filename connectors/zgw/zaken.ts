import type { Checkpoint, Context, End, Key, Page, ReadContext, Slice, SliceContext, SourceRecord, Stream } from '../connector.js'
import { CheckpointExpired } from '../connector.js'
import { type Catalogus, fewOfCatalogus, wholeCatalogus } from './catalogus.js'
import { answerOf, formed, packs, preparation, retention } from './child.js'
import { type List, peek, walk } from './list.js'
import { uuidOf } from './normalise.js'
import { cursorOf, type Prepare, pageOf, paramsOf, progressOf } from './pages.js'
import { addDays, filtersOf, isDay, paramsOfWindow, planZaken, type Window, windowOf, type ZakenSlice } from './windows.js'
import { zaak } from './zaak.js'
import { zakenByUuid } from './zoek.js'

const ofZaak = {
  // Some versions show it empty when nothing was expanded.
  form: (record: SourceRecord): void => {
    delete record._expand
  },
  make: {
    fields: ['zaaktypeIdentificatie', 'zaaktypeOmschrijving'],
    async add(record: SourceRecord, catalogus: Catalogus): Promise<void> {
      const zaaktype = await catalogus.zaaktype(record.zaaktype)
      record.zaaktypeIdentificatie = zaaktype?.identificatie ?? null
      record.zaaktypeOmschrijving = zaaktype?.omschrijving ?? null
    },
  },
}

/**
 * Zaken. `full` lists them by windows of registration days. `changes` does what the API allows, which has no "changed since":
 * - slice `open`: the list of open zaken, and after it the zaken that are open in the datasets and absent from that list, re-read by uuid;
 *   these were closed, or are gone;
 * - slice `registered`: those registered since the day before the checkpoint, for what was registered and closed in between.
 *
 * The checkpoint is a day of registration, as the source writes it.
 */
const stream: Stream = {
  description: 'Zaken, met hun zaaktype in woorden.',
  api: 'zaken',
  record: zaak,
  key: 'uuid',
  defaults: { retention, packs },
  pushDown: {
    registratiedatum: ['range'],
    einddatum: ['null'],
    vertrouwelijkheidaanduiding: ['atMost'],
    zaaktype_identificatie: ['in'],
  },
  changesReading: {
    sees: { updates: true, deletes: true },
    blind:
      'The source has no filter on change. Not seen: a closed zaak that is changed, or removed, after it was closed; a zaak that is reopened and closed again, or ' +
      'entered with an earlier day of registration and closed, between two readings. The reading full finds them; let it run weekly.',
    // Days as `2026-11-25`: their order is that of their text.
    compare: (a, b) => (a < b ? -1 : a > b ? 1 : 0),
    needs: ['einddatum'],
  },
  slices: plan,
  prepare: (record) => formed(record, ofZaak),
  async *read(ctx) {
    const prepare = preparation(ctx, ofZaak, wholeCatalogus(ctx))
    switch (ctx.slice.name) {
      case 'open':
        return yield* readOpen(ctx, prepare)
      case 'registered':
        return yield* readRegistered(ctx, prepare)
      default:
        return yield* readWindow(ctx, prepare)
    }
  },
  async *byKey(ctx, keys) {
    const prepare = preparation(ctx, ofZaak, fewOfCatalogus(ctx))
    const asked = new Map(keys.map((key) => [key.uuid?.toLowerCase() ?? '', key]))
    for await (const { uuid, says } of zakenByUuid(ctx, [...asked.keys()])) yield await answerOf(asked.get(uuid)!, says, prepare)
  },
  proveFilter,
}
export default stream

async function plan(ctx: SliceContext): Promise<Slice[]> {
  if (ctx.reading === 'full' || ctx.checkpoint === undefined) return planZaken(ctx)
  const { day } = await peek(ctx.http, openZaken(ctx))
  const slices: Slice[] = [{ name: 'open', params: { day } }]
  // Where the datasets take open zaken alone, the list of these is all that there is to see.
  const openAlone = ctx.where.some((condition) => condition.column === 'einddatum' && 'is' in condition)
  return openAlone ? slices : [...slices, { name: 'registered', params: { day } }]
}

/** The greatest day of registration that was seen, for the checkpoint. */
type Seen = { seen?: string }

async function* readWindow(ctx: ReadContext, prepare: Prepare): AsyncGenerator<Page, End> {
  const { window = {}, zaaktype } = paramsOf<ZakenSlice>(ctx)
  const params = { ...filtersOf(ctx.where), ...(zaaktype ? { zaaktype } : {}), ...paramsOfWindow(window) }
  const seen = yield* readList(ctx, { api: 'zaken', path: 'zaken', params }, prepare)
  return { complete: 'all', ...checkpointOf(ctx, seen) }
}

async function* readRegistered(ctx: ReadContext, prepare: Prepare): AsyncGenerator<Page, End> {
  const asked = windowOf(ctx.where)
  // `__gt` the day before, since the day itself was not over; a window of the datasets that begins later goes first.
  const since = ctx.checkpoint === undefined ? undefined : addDays(ctx.checkpoint, -1)
  const after = [asked.after, since]
    .filter((day) => day !== undefined)
    .sort()
    .at(-1)
  const window: Window = { ...asked, ...(after ? { after } : {}) }
  const params = { ...filtersOf(ctx.where), ...paramsOfWindow(window) }
  const seen = yield* readList(ctx, { api: 'zaken', path: 'zaken', params }, prepare)
  return { complete: false, ...checkpointOf(ctx, seen) }
}

async function* readList(
  ctx: ReadContext,
  list: List,
  prepare: Prepare,
  visit?: (record: SourceRecord) => void,
): AsyncGenerator<Page, string | undefined> {
  const progress = progressOf<Seen>(ctx)
  let { seen } = progress
  if (progress.done) return seen
  for await (const page of walk(ctx.http, list, progress.at)) {
    for (const record of page.records) {
      visit?.(record)
      const { registratiedatum: day } = record
      if (isDay(day) && (seen === undefined || day > seen)) seen = day
    }
    yield await pageOf(page, prepare, seen === undefined ? {} : { seen })
    ctx.signal.throwIfAborted()
  }
  return seen
}

/**
 * The checkpoint after a slice: the greatest day of registration that the source showed, though not after today by its own clock, since one
 * zaak with a day far ahead would hide all that is registered until then.
 */
function checkpointOf(ctx: ReadContext, seen: string | undefined): { checkpoint?: Checkpoint } {
  const { day } = paramsOf<{ day: string }>(ctx)
  const days = [seen, ctx.checkpoint].filter((each) => each !== undefined).sort()
  const greatest = days.at(-1)
  if (greatest === undefined) return {}
  return { checkpoint: (day !== undefined && greatest > day ? day : greatest) as Checkpoint }
}

const openZaken = ({ where }: Pick<SliceContext, 'where'>): List => ({
  api: 'zaken',
  path: 'zaken',
  params: { ...filtersOf(where), ...paramsOfWindow(windowOf(where)), einddatum__isnull: 'true' },
})

/** After the list: the uuid up to which the absent ones were re-read. */
type Recheck = Seen & { after?: string }

async function* readOpen(ctx: ReadContext, prepare: Prepare): AsyncGenerator<Page, End> {
  const progress = progressOf<Recheck>(ctx)
  const open = new Set<string>()
  let { seen } = progress
  if (progress.after === undefined) {
    seen = yield* readList(ctx, openZaken(ctx), prepare, (record) => {
      const uuid = uuidOf(record.uuid ?? record.url)
      if (uuid !== undefined) open.add(uuid)
    })
  }
  // An attempt that took over half way does not know what the list showed before: it re-reads more, and is as right.
  yield* recheck(ctx, prepare, open, { ...(seen === undefined ? {} : { seen }), after: progress.after ?? '' })
  return { complete: false, ...checkpointOf(ctx, seen) }
}

/** Zaken re-read in one page. */
const recheckedAtOnce = 500

async function* recheck(
  ctx: ReadContext,
  prepare: Prepare,
  open: ReadonlySet<string>,
  { seen, after = '' }: Recheck,
): AsyncGenerator<Page, void> {
  const keys = ctx.known.keys({ einddatum: null })
  if (keys === undefined) {
    throw new CheckpointExpired(
      `source '${ctx.source}', stream '${ctx.stream}': the datasets do not tell which zaken are open; the stream is read full.`,
    )
  }
  let absent: string[] = []
  const next = async (): Promise<Page> => {
    const page = await reread(ctx, prepare, absent)
    const last = absent.at(-1)!
    absent = []
    return { ...page, cursor: cursorOf<Recheck>({ ...(seen === undefined ? {} : { seen }), after: last }) }
  }
  for await (const chunk of keys) {
    for (const { uuid = '' } of chunk) if (uuid > after && !open.has(uuid.toLowerCase())) absent.push(uuid)
    if (absent.length >= recheckedAtOnce) yield await next()
  }
  if (absent.length > 0) yield await next()
}

async function reread(ctx: ReadContext, prepare: Prepare, uuids: readonly string[]): Promise<Page> {
  const readAt = new Date()
  const records: SourceRecord[] = []
  const removed: Key[] = []
  const unreadable: NonNullable<Page['unreadable']> = []
  let forbidden = 0
  for await (const { uuid, says } of zakenByUuid(ctx, uuids)) {
    if ('found' in says) records.push(await prepare(says.found))
    else if ('gone' in says) removed.push({ uuid })
    else if ('unreadable' in says) unreadable.push({ key: { uuid }, reason: says.unreadable })
    else forbidden += 1
  }
  // What we may no longer see is not gone. The rights at the start of the run tell that they changed.
  if (forbidden > 0)
    ctx.log.warn(
      { source: ctx.source, stream: ctx.stream, forbidden },
      'open zaken are no longer visible to our token; they stay as they are',
    )
  return { records, removed, readAt, ...(unreadable.length === 0 ? {} : { unreadable }) }
}

/** Servers ignore a filter that they do not know, and then `registered` would read everything: a day in the far future has no zaken. */
async function proveFilter({ http }: Context): Promise<{ ok: boolean; message: string }> {
  const { count } = await peek(http, { api: 'zaken', path: 'zaken', params: { registratiedatum__gt: '9999-12-30' } })
  return count === 0
    ? { ok: true, message: 'registratiedatum__gt is honoured: no zaken after the year 9999.' }
    : {
        ok: false,
        message: `registratiedatum__gt is ignored: ${count} zaken after the year 9999. The reading changes would read everything; ask the supplier.`,
      }
}
