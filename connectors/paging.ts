import { createHash } from 'node:crypto'
import { countAt, headerIn, nextOfLinkHeader, shows, textAt } from './body.js'
import type { Cursor, HttpAnswer, HttpClient, Page, Pages, SourceRecord } from './connector.js'
import { SourceRefused, SourceUnavailable, UnexpectedResponse } from './errors.js'
import { actOn, ask, firstPage, type Listing, meaningOf, recordsAt, streamedRequestOf } from './listing.js'
import { readAround } from './narrow.js'
import { shownUrl } from './redact.js'
import { httpDate } from './retry-after.js'

export type { Listing } from './listing.js'

/** Where a list is: the link to follow, the page or offset to ask for, the token to hand back. `read` counts the records before it. */
type Place = { next: string } | { page: number; read: number } | { offset: number } | { token: string } | { begin: true } | { end: true }

/** What a walk remembers of its list, which moves while it is read. */
interface Remembered {
  /** What the list counted on the page before. */
  total?: number
  /** The most records that a page gave: fewer than were asked for where the source cuts. */
  served?: number
  /** How often the walk turned back because rows were gone. */
  turns?: number
  /** Rows were gone, and a list of links or tokens has no way back but its beginning. */
  lost?: true
  /** The walk turned back from a page that is not there. */
  missed?: true
}

type Position = Place & Remembered

// Rows vanish one by one in a living system; a list whose count goes up and down this often is not telling the truth.
const mostTurns = 100
/** A list without a way back is walked again at most so often. */
const mostWalks = 3

/** A page, and what the clock of the source said when it answered. */
export interface WalkedPage extends Page {
  date?: Date
  /** The first page is as large as was asked for and leads nowhere, and nothing says how many records there are. */
  endsFull?: true
}

/** Cursors are kept with the rows that they cover; one that is longer is left out, and the list starts again after a failure. */
const longestCursor = 8 * 1024

/**
 * Reads a list page by page, from its beginning or from a cursor that an earlier reading gave; then the same pages follow. Every page,
 * also an empty one, has a cursor, except for a list that is one answer.
 *
 * A page that is empty or short ends nothing by itself; steps are as large as what came. A page that the source fails on (500) is read
 * around, where pages are counted by us: what stays unreadable is in `unreadable`.
 *
 * Where the list counts its records, a count that went down says that rows vanished and others slid onto what was read already: the walk goes
 * back by as many, or, where only links or tokens lead on, walks again from the beginning. So records can come more than once, and none that
 * stood still is left out.
 *
 * @throws UnexpectedResponse when a page repeats the one before it or a link was followed before: the list would not end
 */
export async function* readPages(http: HttpClient, listing: Listing, cursor?: Cursor): AsyncGenerator<WalkedPage, void, undefined> {
  if (isStreamed(listing)) {
    yield* readSingle(http, listing)
    return
  }
  const watch = new Watch()
  let position: Position = cursor === undefined ? beginOf(listing.pages) : positionOf(cursor, listing)
  while (!('end' in position)) {
    const readAt = new Date()
    const page = await readPage(http, listing, position)
    watch.page(page, position)
    const after = following(listing.pages, position, page)
    if (goesBack(position, after)) watch.forget()
    else if ('next' in after || 'token' in after) watch.follows(after, page.where)
    const text = JSON.stringify(after)
    yield {
      records: page.records,
      readAt,
      ...(Buffer.byteLength(text) <= longestCursor ? { cursor: text as Cursor } : {}),
      ...(page.total === undefined ? {} : { total: page.total }),
      ...(page.unreadable.length === 0 ? {} : { unreadable: page.unreadable }),
      ...(page.date === undefined ? {} : { date: page.date }),
      ...('begin' in position && 'end' in after && isFull(listing.pages, page) ? { endsFull: true } : {}),
    }
    position = after
  }
}

/** As many records as were asked for, and neither a total nor a sign by which to know whether that is all. */
const isFull = (pages: Pages, { served = 0, total }: ReadPage): boolean =>
  'size' in pages && pages.size?.value === served && total === undefined && pages.more === undefined && pages.by !== 'lastRecord'

/** A page with where it leads. */
interface ReadPage {
  records: SourceRecord[]
  unreadable: NonNullable<Page['unreadable']>
  total?: number | undefined
  after: Place
  /** How many records the source gave, where this page shows it: a page that was read around is made of several. */
  served?: number
  /** The page is not there, though it should be by what the list counted. */
  missing?: true
  date?: Date
  where: string
}

async function readPage(http: HttpClient, listing: Listing, position: Position): Promise<ReadPage> {
  const { pages } = listing
  const isFirst =
    'begin' in position || ('page' in position ? position.page === firstPage(pages) : 'offset' in position && position.offset === 0)
  const mayBeMissing = !isFirst && 'end' in pages && (pages.end === 'status' || pages.end === 'total')
  let answer: HttpAnswer
  try {
    answer = await ask(http, listing, paramsAt(pages, position), 'next' in position ? position.next : undefined, mayBeMissing)
  } catch (error) {
    if (!(error instanceof SourceUnavailable && error.status === 500)) throw error
    return readPageAround(http, listing, position, error)
  }
  const isMissing = mayBeMissing && answer.status === 404
  if (isMissing || meaningOf(answer, listing.onAnswer) === 'empty') {
    return { records: [], unreadable: [], after: { end: true }, where: answer.where, ...(isMissing ? { missing: true } : {}) }
  }
  const { records, unreadable } = recordsAt(answer, pages.records)
  const total = pages.estimated && shows(pages.estimated, answer) ? undefined : countAt(answer.body, pages.total)
  const read = records.length + unreadable.length
  const after = ended(pages, afterPage(http, pages, position, answer, { records, read }), total)
  refuseTooMany(pages, after, total, answer.where)
  const date = httpDate(answer.headers.date)
  return {
    records,
    unreadable,
    total,
    after,
    ...(read > 0 ? { served: read } : {}),
    ...(date === undefined ? {} : { date: new Date(date) }),
    where: answer.where,
  }
}

async function readPageAround(http: HttpClient, listing: Listing, position: Position, failure: SourceUnavailable): Promise<ReadPage> {
  const { pages } = listing
  if ((pages.by !== 'pageNumber' && pages.by !== 'offset') || pages.size === undefined) throw failure
  const size = Math.min(position.served ?? pages.size.value, sizeAt(pages, position))
  const first = firstPage(pages)
  const from = 'offset' in position ? position.offset : 'page' in position ? (position.page - first) * size : 0
  const around = await readAround(http, listing, { from, count: size }, failure)
  const reached = from + around.records.length + around.unreadable.length
  const cut = around.cut === undefined ? {} : { served: around.cut }
  return { ...around, ...cut, after: ended(pages, reached === from ? { end: true } : next(reached), around.total), where: listing.url }

  function next(reached: number): Place {
    if (!('page' in position)) return { offset: reached }
    if (around.cut === undefined) return { page: position.page + 1, read: position.read + reached - from }
    // Its pages are smaller than we took them for: on at the one that holds the next record.
    const pagesBefore = Math.floor(reached / around.cut)
    return { page: first + pagesBefore, read: pagesBefore * around.cut }
  }
}

const beginOf = (pages: Pages): Place =>
  pages.by === 'pageNumber' ? { page: firstPage(pages), read: 0 } : pages.by === 'offset' ? { offset: 0 } : { begin: true }

function positionOf(cursor: Cursor, { url, pages }: Listing): Position {
  let position: Position | undefined
  try {
    position = JSON.parse(cursor)
  } catch {
    // Falls through to the error below.
  }
  const wanted = { nextLink: 'next', pageNumber: 'page', offset: 'offset', cursorToken: 'token', lastRecord: 'token', single: 'begin' }[
    pages.by
  ]
  if (typeof position === 'object' && position !== null && (wanted in position || 'begin' in position || 'end' in position)) return position
  throw new UnexpectedResponse(`list '${url}': the cursor of an earlier attempt is of another form of paging. Reset the run.`)
}

function paramsAt(pages: Pages, position: Position): { [name: string]: string | number } {
  const size = 'size' in pages && pages.size !== undefined ? { [pages.size.param]: sizeAt(pages, position) } : {}
  if (pages.by === 'pageNumber' && 'page' in position) return { ...size, [pages.param]: position.page }
  if (pages.by === 'offset' && 'offset' in position) return { ...size, [pages.param]: position.offset }
  if (pages.by === 'cursorToken' && 'token' in position) return { ...size, [pages.param]: position.token }
  if (pages.by === 'lastRecord' && 'token' in position)
    return { ...size, [pages.param]: (pages.value ?? '{}').replaceAll('{}', () => position.token) }
  return size
}

/** The size to ask for: on the last page that the source gives no more than what is left up to it. */
function sizeAt(pages: Pages, position: Position): number {
  const size = 'size' in pages ? (pages.size?.value ?? 0) : 0
  if (pages.by !== 'offset' || pages.most === undefined || !('offset' in position)) return size
  return Math.max(1, Math.min(size, pages.most - position.offset))
}

function afterPage(
  http: HttpClient,
  pages: Pages,
  position: Position,
  answer: HttpAnswer,
  { records, read }: { records: readonly SourceRecord[]; read: number },
): Place {
  const goesOn = pages.more && shows(pages.more, answer)
  const last = (): Place => {
    if (goesOn !== true) return { end: true }
    throw new UnexpectedResponse(
      `${answer.where}: the answer says that there is more, and does not lead there. Check 'pages' of the connector against the version of the source.`,
      { status: answer.status },
    )
  }
  switch (pages.by) {
    case 'nextLink': {
      const header = headerIn(answer, pages.next)
      const link = !pages.header ? textAt(answer.body, pages.next) : pages.next.toLowerCase() === 'link' ? nextOfLinkHeader(header) : header
      return link ? { next: http.resolve(link, answer.url) } : last()
    }
    case 'cursorToken': {
      const token = pages.header ? headerIn(answer, pages.token) || undefined : textAt(answer.body, pages.token)
      return token === undefined ? last() : goesOn === false ? { end: true } : { token }
    }
    case 'lastRecord': {
      const record = records.at(-1)
      if (record === undefined) return last()
      const token = textAt(record, pages.field)
      if (token !== undefined) return goesOn === false ? { end: true } : { token }
      throw new UnexpectedResponse(`${answer.where}: the last record of the page has no '${pages.field}' to go on behind.`)
    }
    case 'single':
      return last()
    case 'pageNumber':
      if (!('page' in position) || goesOn === false || (read === 0 && goesOn !== true)) return { end: true }
      return { page: position.page + 1, read: position.read + read }
    case 'offset':
      if (!('offset' in position) || goesOn === false || (read === 0 && goesOn !== true)) return { end: true }
      // A page without records that is not the last was looked through for nothing: as many positions as a page has.
      return { offset: position.offset + (read > 0 ? read : (position.served ?? sizeAt(pages, position))) }
  }
}

/** What lies beyond the most that a source gives cannot be read: said as soon as it shows, before a listing that cannot become whole. */
function refuseTooMany(pages: Pages, after: Place, total: number | undefined, where: string): void {
  const most = 'most' in pages ? pages.most : undefined
  if (most === undefined) return
  const tooMany = total !== undefined ? total > most : !('end' in after) && readBefore(after) >= most
  if (!tooMany) return
  throw new SourceRefused(
    `${where}: the source gives at most ${most} records of a list, and this one has ${total ?? 'more'}. ` +
      'Its connector has to read it in smaller lists, such as one for each parent, or behind the last record of each page.',
  )
}

/** A list that counts its records ends when as many were read, by what the last page says: rows come and go meanwhile. */
function ended(pages: Pages, after: Place, total: number | undefined): Place {
  if (!('end' in pages) || pages.end !== 'total' || total === undefined) return after
  return readBefore(after) >= total ? { end: true } : after
}

const readBefore = (place: Place): number => ('page' in place ? place.read : 'offset' in place ? place.offset : 0)

/** Where the walk goes after a page: on, or back to what slid onto pages that were read already. */
function following(pages: Pages, position: Position, page: ReadPage): Position {
  const { turns = 0 } = position
  const total = page.total ?? position.total
  const served = Math.max(page.served ?? 0, position.served ?? 0)
  const gone = page.total === undefined || position.total === undefined ? 0 : position.total - page.total
  const kept: Remembered = {
    ...(total === undefined ? {} : { total }),
    ...(served === 0 ? {} : { served }),
    ...(turns === 0 ? {} : { turns }),
    ...(position.lost ? { lost: true } : {}),
    ...(position.missed && gone <= 0 ? { missed: true } : {}),
  }
  const isMissing = page.missing && !position.missed && total !== undefined && readBefore(position) < total
  if (('page' in position || 'offset' in position) && (gone > 0 || isMissing) && turns < mostTurns) {
    const back = stepBack(pages, position, isMissing ? Math.max(1, served) : gone, served)
    if (back) return { ...kept, ...back, turns: turns + 1, ...(isMissing ? { missed: true } : {}) }
  }
  if ('page' in position || 'offset' in position) return { ...kept, ...page.after }
  const lost = position.lost || gone > 0
  if (lost && 'end' in page.after && turns < mostWalks - 1)
    return { begin: true, ...(total === undefined ? {} : { total }), turns: turns + 1 }
  return { ...kept, ...(lost ? { lost: true } : {}), ...page.after }
}

/** The place as many records before a page, on whole pages where pages are numbered; undefined where nothing is before it. */
function stepBack(
  pages: Pages,
  position: { page: number; read: number } | { offset: number },
  count: number,
  served?: number,
): Place | undefined {
  if ('offset' in position) return position.offset === 0 ? undefined : { offset: Math.max(0, position.offset - count) }
  const before = position.page - firstPage(pages)
  if (before <= 0) return undefined
  const size = Math.max(1, Math.min(served ?? 1, ('size' in pages && pages.size?.value) || Number.POSITIVE_INFINITY))
  const back = Math.min(before, Math.ceil(count / size))
  return { page: position.page - back, read: Math.max(0, position.read - back * size) }
}

/** Whether a walk turns back by itself, so that what was read may be read again. */
function goesBack(from: Position, to: Position): boolean {
  return (to.turns ?? 0) > (from.turns ?? 0)
}

/** A list that is one answer need not be in memory whole, where all else that has a meaning is the status of an error. */
function isStreamed({ pages, onAnswer = [] }: Listing): boolean {
  const byStatus = onAnswer.every(({ status = 0, header, body, means }) => status >= 400 && !header && !body && means !== 'renew')
  return pages.by === 'single' && pages.total === undefined && pages.more === undefined && byStatus
}

async function* readSingle(http: HttpClient, listing: Listing): AsyncGenerator<WalkedPage, void, undefined> {
  const readAt = new Date()
  let date: number | undefined
  const chunks = http.records(streamedRequestOf(listing), listing.pages.records, (answer) => {
    actOn(answer, meaningOf({ ...answer, body: undefined }, listing.onAnswer))
    date = httpDate(answer.headers.date)
  })
  for await (const records of chunks) yield { records, readAt, ...(date === undefined ? {} : { date: new Date(date) }) }
}

/** So many pages in a row may hold nothing. A source that filters after it pages gives tens of them. */
const mostEmpty = 1000
/** So many pages may be there again, further back than the page before: small ones can be alike. */
const mostAgain = 20

/** Sees that a list gets on: real servers loop, by a cache that ignores a parameter, a link that leads back, or tokens without an end. */
class Watch {
  readonly #followed = new Set<string>()
  readonly #pages = new Set<string>()
  #last: string | undefined
  #repeats = 0
  #again = 0
  #empty = 0

  page({ records, unreadable, total, where }: ReadPage, before: Position): void {
    this.#empty = records.length + unreadable.length === 0 ? this.#empty + 1 : 0
    if (this.#empty > mostEmpty) this.#fail(where, `${mostEmpty} pages in a row hold nothing`)
    if (records.length === 0) return
    const content = createHash('sha256').update(JSON.stringify(records)).digest('base64')
    // Rows that came in at the front push a whole page onto the next one.
    const pushed = total !== undefined && before.total !== undefined && total > before.total
    this.#repeats = content === this.#last && !pushed ? this.#repeats + 1 : 0
    this.#last = content
    if (this.#pages.has(content)) this.#again += 1
    this.#pages.add(content)
    // A row that is inserted at the front pushes the only record of a page onto the next one: that is no loop yet.
    if (this.#repeats > (records.length === 1 ? 2 : 0)) this.#fail(where, 'this page repeats the one before it')
    if (this.#again > mostAgain) this.#fail(where, 'pages that were read before come again')
  }

  /** The walk turns back by itself: what was read may be read again. */
  forget(): void {
    this.#followed.clear()
    this.#pages.clear()
    this.#last = undefined
    this.#repeats = 0
  }

  follows(after: Place, where: string): void {
    const target = 'next' in after ? after.next : JSON.stringify(after)
    if (this.#followed.has(target)) {
      const link = 'next' in after ? shownUrl(after.next) : 'its token'
      this.#fail(where, `leads to ${link}, which was followed before`)
    }
    this.#followed.add(target)
  }

  #fail(where: string, what: string): never {
    throw new UnexpectedResponse(`${where}: ${what}, so the list would not end. Report it to the supplier of the source.`)
  }
}
