import type { Page, ReadContext, SourceRecord } from '../connector.js'
import { SourceUnavailable, UnexpectedResponse } from '../connector.js'
import { type List, walk } from './list.js'
import { cursorOf, type Prepare, pageOf, progressOf } from './pages.js'
import { childrenByFilter, type Owner } from './parents.js'
import { childrenThroughParents } from './through-parents.js'

/** A list that gives its whole table as one bare array, and how it is read in parts where that is too much. */
export interface BareArray {
  list: Pick<List, 'api' | 'path'>
  owner: Owner
  /** What a parent is called, for messages. */
  parent: string
  /** Whether a parent has children, by what it shows of itself; unknown counts as yes. Left out: each is asked. */
  has?(parent: SourceRecord): boolean
}

// A real server made 4,000 of them in 32 seconds before the first byte came; at ten times as many it needs this.
const idleTimeoutMs = 15 * 60_000

/**
 * The whole table is one bare array, however long; it is read as a stream. Where the source, or a gateway before it, does not last that long,
 * the parents are walked instead, and the children asked for of each parent that has some.
 */
export async function* readArray(ctx: ReadContext, prepare: Prepare, array: BareArray): AsyncGenerator<Page, void, undefined> {
  const list = { ...array.list, size: 'whole' } as const
  const progress = progressOf<{ through: true; found?: boolean }>(ctx)
  if (progress.at && !progress.through) return yield* readPaged(ctx, prepare, list)
  if (!progress.through) {
    const how = yield* readStream(ctx, prepare, list)
    if (how === 'read') return
    if (how === 'paged') return yield* readPaged(ctx, prepare, list)
    ctx.log.warn(
      { source: ctx.source, stream: ctx.stream },
      `the whole list is too much for the source: it is read ${array.parent} by ${array.parent}`,
    )
  }
  const { api, path } = array.owner
  const own: { through: true; found?: boolean } = { through: true, ...(progress.found ? { found: true } : {}) }
  yield* childrenThroughParents(ctx, {
    prepare,
    parents: { api, path },
    parent: array.parent,
    at: progress.through ? progress.at : undefined,
    own,
    has: array.has ?? (() => true),
    childrenOf: async (parent) => {
      const children = await childrenByFilter(ctx, list, String(parent.url), array.owner)
      if (typeof children === 'object' && children.records.length > 0) own.found = true
      return children
    },
  })
  if (!own.found) throw nothingByFilter(ctx, array)
}

/** A list that is too much for the source is not empty: a filter that finds nothing of it does not do what it says. */
function nothingByFilter({ source, stream }: ReadContext, { parent, owner }: BareArray): SourceUnavailable {
  return new SourceUnavailable(
    `source '${source}', stream '${stream}': the whole list is too much for the source, and asked for each ${parent} it gives nothing. A gateway that rewrites addresses in answers has to rewrite them in the parameter '${owner.param}' too, or to let the whole list through.`,
  )
}

async function* readStream(
  ctx: ReadContext,
  prepare: Prepare,
  { api, path }: List,
): AsyncGenerator<Page, 'read' | 'paged' | 'too much', undefined> {
  const readAt = new Date()
  let read = 0
  let waiting: Page | undefined
  try {
    for await (const records of ctx.http.records({ api, url: path, idleTimeoutMs })) {
      if (waiting) yield waiting
      read += records.length
      // One request cannot be resumed, so that only its last page says where to go on: at the end.
      waiting = { records: await Promise.all(records.map(prepare)), readAt }
      ctx.signal.throwIfAborted()
    }
  } catch (error) {
    ctx.signal.throwIfAborted()
    if (error instanceof SourceUnavailable && error.retryAt === undefined) return 'too much'
    // Newer versions of the standard page this list.
    if (error instanceof UnexpectedResponse && read === 0) return 'paged'
    throw error
  }
  yield { records: [], ...waiting, readAt, total: read, cursor: cursorOf({ done: true }) }
  return 'read'
}

async function* readPaged(ctx: ReadContext, prepare: Prepare, list: List): AsyncGenerator<Page, void, undefined> {
  for await (const page of walk(ctx.http, list, progressOf(ctx).at)) yield await pageOf(page, prepare)
}
