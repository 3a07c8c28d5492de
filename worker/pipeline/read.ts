/**
 * Stop 1, read: asks the connector for pages, one ahead of the stops that follow. It knows nothing of rules or Postgres.
 */
import type { Cursor, End, Page, ReadContext } from '../../connectors/connector.js'
import type { OpenStream } from '../../connectors/stream.js'

/** A page with the moment before its request, by the clock of the warehouse. */
export interface TimedPage extends Page {
  readAt: Date
}

/**
 * Pages of one slice in their order. While one is worked on, the next is fetched.
 *
 * @param clock the clock of the warehouse
 */
export async function* readPages(stream: OpenStream, ctx: ReadContext, clock: () => Date): AsyncGenerator<TimedPage, End> {
  const pages = stream.read(ctx)
  const next = () => {
    const readAt = clock() // before the request: a change at the source after this moment may be missed, one before it is not
    return pages.next().then((result) => ({ result, readAt }))
  }
  let ahead = next()
  try {
    for (;;) {
      const { result, readAt } = await ahead
      if (result.done) return result.value
      ahead = next()
      ahead.catch(() => {}) // its failure is met by the await above, after this page is staged
      yield { ...result.value, readAt: earliest(readAt, result.value.readAt, clock) }
    }
  } finally {
    await pages.return?.({ complete: false }).catch(() => {})
  }
}

/** A connector that fetches ahead itself says when it asked, by its own clock: brought to the clock of the warehouse. */
function earliest(readAt: Date, said: Date | undefined, clock: () => Date): Date {
  if (!said) return readAt
  const there = new Date(said.getTime() + clock().getTime() - Date.now())
  return there < readAt ? there : readAt
}

/** Several small pages as one batch, so that a commit is not paid for each. */
export interface PageGroup {
  pages: TimedPage[]
  count: number
  cursor: Cursor | null
  total: number | undefined
  parents: string[]
}

/** Groups pages up to `most` records; a page is never split. */
export async function* groupPages(pages: AsyncGenerator<TimedPage, End>, most: number): AsyncGenerator<PageGroup, End> {
  let group = emptyGroup()
  for (;;) {
    const { done, value } = await pages.next()
    if (done) {
      if (group.pages.length > 0) yield group
      return value
    }
    const count = value.records.length + (value.removed?.length ?? 0) + (value.unreadable?.length ?? 0)
    group.pages.push(value)
    group.count += count
    group.cursor = value.cursor ?? null
    group.total = value.total ?? group.total
    group.parents.push(...(value.completeParents ?? []))
    // Without a cursor nothing can be resumed, but the rows are staged all the same: memory stays flat.
    if (group.count >= most) {
      yield group
      group = emptyGroup()
    }
  }
}

function emptyGroup(): PageGroup {
  return { pages: [], count: 0, cursor: null, total: undefined, parents: [] }
}
