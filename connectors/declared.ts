import { textAt, withValues } from './body.js'
import type {
  Changes,
  ChangesReading,
  Checkpoint,
  Context,
  Cursor,
  End,
  HttpAnswer,
  Key,
  KeyAnswer,
  Page,
  ReadContext,
  Stream,
} from './connector.js'
import { SourceRefused, SourceUnavailable, UnexpectedResponse } from './errors.js'
import { inOrder } from './in-order.js'
import { compareGrowing, earlier, isDecimal, isInstant, secondsOf } from './instants.js'
import { judgedBy, type Listing } from './listing.js'
import { readPages, type WalkedPage } from './paging.js'
import { fill, fillBody, later } from './template.js'

/** Reads the streams that are data: a path, pages and a key. Streams with a parent are in `children.ts`. */

/** What is kept in a cursor beside the position in the list. */
interface Saved {
  list?: Cursor
  seen?: string
  began?: string
  holes?: true
}

/** Reads a declared stream. The pages of `walk` are those of its list, from the cursor that it is given. */
export async function* readDeclared(
  stream: Stream,
  ctx: ReadContext,
  walk: (listing: Listing, cursor: Cursor | undefined) => AsyncIterable<WalkedPage>,
): AsyncGenerator<Page, End, undefined> {
  const since = ctx.reading === 'changes' ? ctx.checkpoint : undefined
  const { list, ...saved }: Saved = ctx.cursor === undefined ? {} : JSON.parse(ctx.cursor)
  const growth = new Growth(stream.changes, saved)
  let holes = saved.holes === true
  for await (const { date, endsFull, ...page } of walk(listingOf(stream, ctx, since), list)) {
    growth.see(page, date)
    // A place that is misspelt is never there, and a link that is absent is how most lists end.
    if (endsFull)
      ctx.log.warn(
        { source: ctx.source, stream: ctx.stream },
        "the list ends with its first page, which is as large as was asked for: if there is more, 'pages' of the connector looks for the next page in the wrong place",
      )
    // A record that could not be read has no key here: the list shows less than the source has.
    holes ||= (page.unreadable?.length ?? 0) > 0
    const { cursor, ...rest } = page
    const kept: Saved | undefined = cursor && { list: cursor, ...growth.saved, ...(holes ? { holes } : {}) }
    yield kept ? { ...rest, cursor: JSON.stringify(kept) as Cursor } : rest
  }
  const checkpoint = growth.greatest(ctx.checkpoint)
  // What could not be read is absent; where it can be asked for by key, that tells it from what is gone.
  const whole = since === undefined && (!holes || stream.byKeyPath !== undefined)
  return { complete: whole ? 'all' : false, ...(checkpoint === undefined ? {} : { checkpoint }) }
}

/** The list of a declared stream, from a checkpoint on where there is one. */
export function listingOf(stream: Stream, ctx: Context, since?: Checkpoint): Listing {
  const { changes } = stream
  const order = changes?.order && since !== undefined ? { [changes.order.param]: changes.order.value } : {}
  return withFilter(wholeListingOf(stream, ctx), {
    ...order,
    ...(changes && since !== undefined ? { [changes.param]: filterValue(changes, since) } : {}),
  })
}

function wholeListingOf(stream: Stream, ctx: Context): Listing {
  const { path, pages, params, api, headers, method, body, onAnswer } = stream
  if (path === undefined || pages === undefined)
    throw new UnexpectedResponse(`stream '${ctx.stream}': its connector has no path and pages to read it by.`)
  const value = (name: string) => (name.startsWith('parent.') ? later : settingOf(ctx, name))
  const filled = <T>(fillIn: () => T): T => orRefused(ctx, fillIn)
  return {
    url: filled(() => fill(path, value)),
    pages,
    api,
    headers,
    method,
    onAnswer,
    params: filled(() => Object.fromEntries(Object.entries(params ?? {}).map(([name, template]) => [name, fill(template, value, String)]))),
    ...(body === undefined ? {} : { body: filled(() => fillBody(body, value)) }),
  }
}

/** A list with what filters and orders it: in its query, or in the body that is posted. */
function withFilter(listing: Listing, filter: { [param: string]: string }): Listing {
  return listing.method === 'POST'
    ? { ...listing, body: withValues(listing.body ?? {}, filter) }
    : { ...listing, params: { ...listing.params, ...filter } }
}

/** @throws SourceRefused when there is no value for a name in a template */
function orRefused<T>(ctx: Context, fillIn: () => T): T {
  try {
    return fillIn()
  } catch (error) {
    throw new SourceRefused(
      `source '${ctx.source}', stream '${ctx.stream}': ${(error as Error).message}. Add it to sources/${ctx.source}.yaml.`,
    )
  }
}

function settingOf(ctx: Context, name: string): string | undefined {
  const [group, field] = name.split('.', 2) as [string, string | undefined]
  const value =
    group === 'settings' && field !== undefined
      ? ctx.settings[field]
      : group === 'organisation'
        ? ctx.organisation[field as 'code' | 'rsin']
        : undefined
  return value === undefined || value === null ? undefined : String(value)
}

/** What the parameter of the filter is given for a checkpoint. */
export function filterValue(changes: Changes, checkpoint: string): string {
  const from = overlapped(checkpoint, changes.overlap)
  return changes.value === undefined ? from : changes.value.replaceAll('{}', from)
}

const dateOnly = /^\d{4}-\d{2}-\d{2}$/

/**
 * Where a reading of changes begins for a checkpoint. Left out, an overlap is as long as servers commonly take to commit what they stamped; a
 * date covers its whole day.
 */
export function overlapped(checkpoint: string, overlap: string | undefined): string {
  if (isDecimal(checkpoint)) {
    return overlap !== undefined && /^\d+$/.test(overlap) && /^-?\d+$/.test(checkpoint)
      ? String(BigInt(checkpoint) - BigInt(overlap))
      : checkpoint
  }
  return earlier(checkpoint, secondsOf(overlap ?? (dateOnly.test(checkpoint) ? '1 day' : '5 minutes')))
}

/** Follows the field that grows over the pages of a reading. */
class Growth {
  readonly #changes: Changes | undefined
  #seen: string | undefined
  /** When the reading began, on the clock of the source where it shows one. */
  #began: string | undefined

  constructor(changes: Changes | undefined, saved: Saved) {
    this.#changes = changes
    this.#seen = saved.seen
    this.#began = saved.began
  }

  get saved(): Pick<Saved, 'seen' | 'began'> {
    return { ...(this.#seen === undefined ? {} : { seen: this.#seen }), ...(this.#began === undefined ? {} : { began: this.#began }) }
  }

  see(page: Page, date: Date | undefined): void {
    if (!this.#changes) return
    this.#began ??= (date ?? page.readAt ?? new Date()).toISOString()
    for (const record of page.records) {
      const value = textAt(record, this.#changes.cursor)
      if (value === undefined || !(isDecimal(value) || isInstant(value))) continue
      // A later value was stamped while we read. Another record may have been stamped before it and after we passed.
      if (isInstant(value) && compareGrowing(value, this.#began) > 0) continue
      if (this.#seen === undefined || compareGrowing(value, this.#seen) > 0) this.#seen = value
    }
  }

  /** A checkpoint never goes back: a source that answers with older records only has no news. */
  greatest(before: Checkpoint | undefined): Checkpoint | undefined {
    if (!this.#changes || this.#seen === undefined) return before
    return before === undefined || compareGrowing(this.#seen, before) > 0 ? (this.#seen as Checkpoint) : before
  }
}

/** What the `changes` reading of a declared stream can be trusted with. */
export const changesReadingOf = (changes: Changes): ChangesReading => ({
  sees: changes.sees ?? { updates: true, deletes: false },
  blind: changes.blind ?? 'Records that were deleted at the source; a full reading finds them.',
  compare: compareGrowing,
})

/** Re-reads records by the path of each. A page of HTML is never "gone": it is what a wrong address gets. */
export async function* byKeyPath(
  stream: Stream,
  path: string,
  ctx: Context,
  keys: readonly Key[],
): AsyncGenerator<KeyAnswer, void, undefined> {
  yield* inOrder(keys, (key) => askOne(stream, path, ctx, key), ctx)
}

async function askOne(stream: Stream, path: string, ctx: Context, key: Key): Promise<KeyAnswer> {
  const url = orRefused(ctx, () => fill(path, (name) => key[name] ?? settingOf(ctx, name)))
  let answer: HttpAnswer
  try {
    const { api, headers, onAnswer } = stream
    answer = await ctx.http.request({ url, api, ...(headers && { headers: { ...headers } }), ...judgedBy(onAnswer, [403, 404, 410]) })
  } catch (error) {
    if (error instanceof SourceUnavailable && error.status === 500) return { key, unreadable: 'the source answers 500 on this record' }
    throw error
  }
  if (answer.status === 403) return { key, forbidden: true }
  if (answer.status === 404 || answer.status === 410) return { key, gone: true }
  const { body } = answer
  const isRecord = typeof body === 'object' && body !== null && !Array.isArray(body)
  if (!isRecord || Object.entries(key).some(([field, value]) => textAt(body, field) !== value)) {
    throw new UnexpectedResponse(`${answer.where}: it is not the record with the key that was asked for. Check byKeyPath of the connector.`)
  }
  return { key, found: body as { [name: string]: unknown } }
}

/** A request that must give no records if the source honours the filter of `changes`: it asks for what changed after a moment to come. */
export async function proveDeclaredFilter(
  stream: Stream,
  changes: Changes,
  ctx: Context,
  sample: string,
): Promise<{ ok: boolean; message: string }> {
  const value = changes.value === undefined ? sample : changes.value.replaceAll('{}', sample)
  for await (const page of readPages(ctx.http, withFilter(wholeListingOf(stream, ctx), { [changes.param]: value }))) {
    if (page.records.length > 0) {
      return {
        ok: false,
        message: `${changes.param}=${sample} gives records, though none can be that new: the source ignores this filter, so changes cannot be read by it`,
      }
    }
  }
  return { ok: true, message: `${changes.param}=${sample} gives no records, as it should` }
}
