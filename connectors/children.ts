import { valueAt } from './body.js'
import type { Cursor, Key, ReadContext, Stream } from './connector.js'
import { listingOf } from './declared.js'
import type { Listing } from './listing.js'
import { readPages, type WalkedPage } from './paging.js'
import { fill, fillBody } from './template.js'

/** Reads a declared stream that has a list for each parent, parent after parent, each with a pager of its own. */

interface Saved {
  parent: Key
  /** Where the list of that parent is; left out: it is done. */
  list?: Cursor
}

/** Pages of parents that have few children are joined, so that a parent is not a batch of its own. */
const joined = { records: 500, parents: 50 }

/**
 * The pages of all parents: those that stand in the warehouse, or those that the source lists, where the warehouse does not hold them as the
 * source spells them.
 *
 * A parent that the source no longer has (404) has no children; it takes those that stand in the warehouse along when it is deleted itself.
 */
export async function* walkChildren(
  stream: Stream,
  parent: { name: string; stream: Stream },
  ctx: ReadContext,
  listing: Listing,
  cursor: Cursor | undefined,
): AsyncGenerator<WalkedPage, void, undefined> {
  const saved: Saved | undefined = cursor === undefined ? undefined : JSON.parse(cursor)
  let found = saved === undefined
  // The parent may be gone since: then nothing tells which ones were done, and all are read again.
  for (const skipping of saved === undefined ? [false] : [true, false]) {
    if (!skipping && found && saved !== undefined) return
    yield* joinPages(
      (async function* () {
        let resume = skipping ? saved : undefined
        for await (const key of parentKeys(parent, ctx)) {
          if (resume) {
            if (!sameKey(key, resume.parent)) continue
            found = true
            const list = resume.list
            resume = undefined
            if (list === undefined) continue
            yield* childrenOf(stream, ctx, listing, key, list)
          } else yield* childrenOf(stream, ctx, listing, key, undefined)
        }
      })(),
    )
  }
}

async function* childrenOf(
  stream: Stream,
  ctx: ReadContext,
  listing: Listing,
  parent: Key,
  list: Cursor | undefined,
): AsyncGenerator<WalkedPage, void, undefined> {
  const ofParent = (name: string) => parent[name.slice('parent.'.length)]
  const own: Listing = {
    ...listing,
    url: fill(listing.url, ofParent),
    params: Object.fromEntries(
      Object.entries(listing.params ?? {}).map(([name, value]) => [
        name,
        typeof value === 'string' ? fill(value, ofParent, String) : value,
      ]),
    ),
    ...(listing.body === undefined ? {} : { body: fillBody(listing.body, ofParent) }),
    onAnswer: [...(listing.onAnswer ?? []), { status: 404, means: 'empty' }],
  }
  const owner = Object.values(parent).length === 1 ? Object.values(parent)[0] : undefined
  const field = stream.parent?.field
  for await (const { cursor, total: _, ...page } of readPages(ctx.http, own, list)) {
    // Many lists of children do not repeat whose they are.
    if (field !== undefined && owner !== undefined)
      for (const record of page.records) if (valueAt(record, field) === undefined) record[field] = owner
    yield cursor === undefined ? page : { ...page, cursor: cursorOf({ parent, list: cursor }) }
  }
  yield { records: [], cursor: cursorOf({ parent }) }
}

const cursorOf = (saved: Saved): Cursor => JSON.stringify(saved) as Cursor

/** A page without a cursor lets the one before it stand: what it holds is then read again after a failure. */
async function* joinPages(pages: AsyncIterable<WalkedPage>): AsyncGenerator<WalkedPage, void, undefined> {
  let held: WalkedPage | undefined
  let count = 0
  for await (const page of pages) {
    count += 1
    if (held) {
      const { records, unreadable, cursor } = page
      held.records.push(...records)
      if (unreadable) held.unreadable = [...(held.unreadable ?? []), ...unreadable]
      if (cursor !== undefined) held.cursor = cursor
    } else held = { readAt: new Date(), ...page, records: [...page.records] }
    if (held.records.length >= joined.records || count >= joined.parents) {
      yield held
      held = undefined
      count = 0
    }
  }
  if (held) yield held
}

async function* parentKeys(parent: { name: string; stream: Stream }, ctx: ReadContext): AsyncGenerator<Key, void, undefined> {
  const known = ctx.known.keysOf(parent.name)
  if (known) {
    for await (const keys of known) yield* keys
    return
  }
  const fields = [parent.stream.key].flat()
  for await (const page of readPages(ctx.http, listingOf(parent.stream, ctx))) {
    for (const record of page.records) {
      const key = Object.fromEntries(fields.map((field) => [field, String(valueAt(record, field))]))
      // What is no text cannot stand in an address; the parent itself is refused for it.
      if (Object.values(key).every((value) => value.isWellFormed())) yield key
    }
  }
}

const sameKey = (a: Key, b: Key): boolean =>
  Object.keys(a).length === Object.keys(b).length && Object.entries(a).every(([field, value]) => b[field] === value)
