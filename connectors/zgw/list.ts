import { countAt } from '../body.js'
import type { Context, HttpAnswer, HttpClient, Page, SourceRecord } from '../connector.js'
import { SourceUnavailable, UnexpectedResponse } from '../connector.js'
import { problemOf } from '../failures.js'
import { recordsAt } from '../listing.js'
import { readAround } from '../narrow.js'
import type { Api } from './detail.js'

/** The greatest page that Open Zaak gives; asking for more is read as this. Servers before 1.15.0 know no size and give 100. */
export const largestPage = 500
const pageWithoutSize = 100

/** One list of a ZGW API. */
export interface List {
  api: Api
  path: string
  params?: { readonly [name: string]: string }
  /** Records a page. Default 500. `whole`: a list that is not paged, to which a size is an unknown parameter. */
  size?: number | 'whole'
}

/**
 * Where the walk of a list is. It holds no host: of a next link only the query counts, since path and host are those by which we reach the
 * server, whatever it thinks that it is called.
 */
export interface Position {
  /** Query of the page to read, as the server spelt it. */
  query: string
  /** What the list counted on the page before; absent when that page tells nothing of this one. */
  count?: number
  /** What the list counted at the start of the walk. */
  first?: number
  /** Records that the first page gave: fewer than asked for where a gateway cuts. */
  served?: number
  /** How often the walk went back because rows were gone. */
  back?: number
  /** The counts of the list are estimates. */
  fuzzy?: true
  /** The page before was full and had no next link: whether this page is there, is the question. */
  ifAny?: boolean
  /** Pages of the front that are still to be read again, after the end. */
  front?: number
}

export interface ListPage {
  records: SourceRecord[]
  unreadable: NonNullable<Page['unreadable']>
  /** Where the server counts exactly: how many records the list has, as of this page. */
  total?: number
  readAt: Date
  /** Where to go on; undefined at the end of the list. */
  next: Position | undefined
}

// Rows vanish one by one in a living case system; a list whose count goes up and down this often is not telling the truth.
const mostStepsBack = 100
// New rows at the front beyond this are a bulk load, and the next reading is for those.
const mostFrontPages = 20

/**
 * Walks a list that is paged by number, newest first, by the server's next links. Such a list moves while it is read; so:
 * - when rows vanished since the page before, others slid onto pages already read: the walk goes back by as many pages;
 * - when the count changed at all, the front is read again at the end, for what came in meanwhile;
 * - a page without a next link is not taken for the end where it is full or the server estimates its counts: FUZZY_PAGINATION of Open Zaak ends
 *   lists too early;
 * - a page past the end (404) after rows vanished means going back, not an end.
 *
 * Records can come more than once; none that stood still is left out. A page that fails for one bad record (500) is read around it.
 *
 * @throws UnexpectedResponse when a link leads to itself or back, or a page repeats the one before it
 */
export async function* walk(http: HttpClient, list: List, from?: Position): AsyncGenerator<ListPage, void, undefined> {
  let position: Position | undefined = from ?? { query: queryOf(list) }
  const watch = new Watch()
  while (position !== undefined) {
    const readAt = new Date()
    const page = await readPage(http, list, position)
    if (page === 'past the end') {
      position = beforeMissing(list, position)
      watch.forget()
      continue
    }
    watch.page(page, position)
    const next = after(list, position, page)
    if (next !== undefined && pageNumber(next.query) <= pageNumber(position.query)) watch.forget()
    yield {
      records: page.records,
      unreadable: page.unreadable,
      readAt,
      next,
      ...(page.exact && page.count !== undefined ? { total: page.count } : {}),
    }
    position = next
  }
}

/** What the first page of a list tells, at the price of one record. */
export interface Peek {
  count: number
  /** False where the server counts no further than some pages ahead. */
  exact: boolean
  first: SourceRecord | undefined
  /** The day at the source, in UTC, by its own clock where it tells. */
  day: string
}

export async function peek(http: HttpClient, list: List): Promise<Peek> {
  let failure: unknown
  // The first record may be one that the source fails on; the next one then tells as much.
  for (let page = 1; page <= mostBadInFront; page += 1) {
    try {
      const answered = await ask(http, list, { query: withPage(queryOf({ ...list, size: 1 }), page) })
      if (answered !== 'past the end') return peekOf(answered)
      if (page > 1) return { count: page - 1, exact: true, first: undefined, day: today(undefined) }
    } catch (error) {
      if (!(error instanceof SourceUnavailable && error.status === 500)) throw error
      failure = error
    }
  }
  throw failure
}

const mostBadInFront = 5

function peekOf({ count, records, exact, date }: Answered): Peek {
  return { count: count ?? records.length, exact, first: records[0], day: today(date) }
}

const today = (date: string | undefined): string => new Date(date ?? Date.now()).toISOString().slice(0, 10)

interface Answered {
  records: SourceRecord[]
  unreadable: NonNullable<Page['unreadable']>
  count: number | undefined
  exact: boolean
  /** Query of the server's next link. */
  link: string | undefined
  /** The page had as many records as a page can have. */
  full: boolean
  /** The server counts no further than some pages ahead, and gives no link to what it does not count. */
  estimates?: boolean
  where: string
  date?: string | undefined
}

async function readPage(http: HttpClient, list: List, position: Position): Promise<Answered | 'past the end'> {
  try {
    return await ask(http, list, position)
  } catch (error) {
    if (!(error instanceof SourceUnavailable && error.status === 500)) throw error
    return around(http, list, position, error)
  }
}

async function ask(http: HttpClient, list: List, position: Position): Promise<Answered | 'past the end'> {
  const accept = pageNumber(position.query) > 1 ? [400, 404] : [400]
  const answer = await http.request({ api: list.api, url: `${list.path}?${position.query}`, accept })
  if (answer.status === 404) return 'past the end'
  if (answer.status === 400) {
    const problem = problemOf(answer.body)
    // A server of before 1.15.0 does not know the size of a page.
    const sizeUnknown = problem.invalid.some((param) => /pageSize|unknown-parameters/.test(param))
    const plain = without(position.query, 'pageSize')
    if (sizeUnknown && plain !== position.query) return ask(http, list, { ...position, query: plain })
    // Asked again, the client says what the source has against it.
    return parse(await http.request({ api: list.api, url: `${list.path}?${position.query}` }), list, position)
  }
  return parse(answer, list, position)
}

function parse(answer: HttpAnswer, list: List, position: Position): Answered {
  const { body, where } = answer
  const date = answer.headers.date
  // Some lists, and some servers, give a bare array: that is the whole list.
  if (Array.isArray(body))
    return { ...recordsAt(answer, undefined), count: body.length, exact: true, link: undefined, full: false, where, date }
  const { results, next, countExact } = (body ?? {}) as { [name: string]: unknown }
  if (!Array.isArray(results)) {
    throw new UnexpectedResponse(`${where}: no list of results. Check baseUrl of '${list.api}': this is not a list of a ZGW API.`, {
      status: answer.status,
    })
  }
  const size = sizeOf(position.query)
  const count = countAt(body, 'count')
  const link = typeof next === 'string' && next !== '' ? queryOfLink(next) : undefined
  const full = results.length > 0 && results.length >= Math.min(size, position.served ?? size)
  return {
    ...recordsAt(answer, 'results'),
    count,
    exact: (countExact === undefined && !isFuzzy(position, count)) || (link === undefined && !full),
    link,
    full,
    estimates: countExact !== undefined && results.length > 0,
    where,
    date,
  }
}

/**
 * Open Zaak with FUZZY_PAGINATION counts up to 500 past the beginning of a page. It says so by a field `countExact`, whose value is true for
 * most sizes of a page without being so; a count that grows by a page each page is another sign. At its end such a list is counted exactly.
 */
function isFuzzy({ query, count: before, fuzzy }: Position, count: number | undefined): boolean {
  const size = sizeOf(query)
  // On small pages as many rows may well have come in.
  return fuzzy === true || (before !== undefined && count !== undefined && count - before === size && size >= telling)
}

const telling = 50

/** Reads what can be read of a page that the source answers with 500. */
async function around(http: HttpClient, list: List, position: Position, failure: SourceUnavailable): Promise<Answered> {
  // A server that knows no size of a page cannot be asked for less.
  if (!new URLSearchParams(position.query).has('pageSize')) throw failure
  const size = Math.min(sizeOf(position.query), position.served ?? largestPage)
  const number = pageNumber(position.query)
  const params = Object.fromEntries(new URLSearchParams(without(without(position.query, 'page'), 'pageSize')))
  const listing = {
    url: list.path,
    api: list.api,
    params,
    pages: { by: 'pageNumber', param: 'page', records: 'results', total: 'count', size: { param: 'pageSize', value: size } },
  } as const
  const { records, unreadable, total } = await readAround(http, listing, { from: (number - 1) * size, count: size }, failure)
  const read = records.length + unreadable.length
  // A gateway that cuts pages below what was asked makes parts that do not fit together.
  if (read < size && total !== undefined && total > (number - 1) * size + read) throw failure
  // No link tells what comes after such a page, so that whether there is another is asked.
  return { records, unreadable, count: undefined, exact: false, link: undefined, full: read >= size, where: `list '${list.path}'` }
}

/** Where to go after a page. */
function after(list: List, position: Position, page: Answered): Position | undefined {
  const { count, exact, link } = page
  const number = pageNumber(position.query)
  const served =
    position.served ?? (link !== undefined && page.records.length > 0 ? page.records.length + page.unreadable.length : undefined)
  const counted = exact ? count : undefined
  const latest = counted ?? position.count
  const fuzzy = position.fuzzy ?? (count !== undefined && !exact ? (true as const) : undefined)
  // What an estimate said at first is no count to compare with.
  const start = fuzzy ? undefined : (position.first ?? counted)
  const kept = {
    ...(start === undefined ? {} : { first: start }),
    ...(fuzzy === undefined ? {} : { fuzzy }),
    ...(latest === undefined ? {} : { count: latest }),
    ...(served === undefined ? {} : { served }),
    ...(position.back === undefined ? {} : { back: position.back }),
  }
  if (position.front !== undefined) {
    if (position.front <= 1 || link === undefined) return undefined
    return { ...kept, query: link, front: position.front - 1 }
  }
  const gone = counted === undefined || position.count === undefined ? 0 : position.count - counted
  if (gone > 0 && number > 1 && (position.back ?? 0) < mostStepsBack) {
    const back = Math.ceil(gone / (served ?? sizeOf(position.query)))
    return { ...kept, query: withPage(position.query, Math.max(1, number - back)), back: (position.back ?? 0) + 1 }
  }
  if (link !== undefined) return { ...kept, query: link }
  if (page.full || page.estimates) return { ...kept, query: withPage(position.query, number + 1), ifAny: true }
  return frontAgain(list, kept, position)
}

/** The end of the list: over, or the front once more when rows came or went meanwhile. */
function frontAgain(list: List, { first, count, served, back }: Omit<Position, 'query'>, { query }: Position): Position | undefined {
  const moved = back !== undefined || (count !== undefined && first !== undefined && count !== first)
  // What came in while the one page was made, is on it.
  if (!moved || (pageNumber(query) === 1 && back === undefined)) return undefined
  const more = Math.max(0, (count ?? 0) - (first ?? count ?? 0))
  const pages = Math.min(mostFrontPages, Math.max(1, Math.ceil(more / (served ?? sizeOf(query)))))
  const start = new URLSearchParams(query).has('pageSize') ? queryOf(list) : without(queryOf(list), 'pageSize')
  return { query: start, front: pages, ...(served === undefined ? {} : { served }), ...(back === undefined ? {} : { back }) }
}

/** A page is not there: the question was whether it is, or the list became shorter than the pages that were read of it. */
function beforeMissing(list: List, { ifAny, ...position }: Position): Position | undefined {
  if (position.front !== undefined) return undefined
  if (ifAny) return frontAgain(list, position, position)
  if ((position.back ?? 0) >= mostStepsBack)
    throw new UnexpectedResponse(`list '${list.path}': the source leads to pages that it does not have (404). Report it to its supplier.`, {
      status: 404,
    })
  return { ...position, query: withPage(position.query, pageNumber(position.query) - 1), back: (position.back ?? 0) + 1 }
}

// A page of a few records can come again because as many came in at the front as vanished; this often in a row it is a loop.
const mostRepeats = 5
const few = 10
/** So many pages in a row may hold nothing and lead on. */
const mostEmpty = 1000

/** Sees that a list gets on. */
class Watch {
  #last: string | undefined
  #repeats = 0
  #empty = 0

  page(page: Answered, { query, count }: Position): void {
    this.#empty = page.records.length + page.unreadable.length === 0 ? this.#empty + 1 : 0
    if (this.#empty > mostEmpty) this.#fail(page, `${mostEmpty} pages in a row hold nothing`)
    if (page.link !== undefined && pageNumber(page.link) <= pageNumber(query))
      this.#fail(page, 'its next link leads to a page that was read before')
    const keys = page.records.length === 0 ? undefined : page.records.map((record) => record.uuid ?? record.url).join()
    // Rows that came in at the front push a whole page onto the next one.
    const pushed = page.count !== undefined && count !== undefined && page.count > count
    this.#repeats = keys !== undefined && keys === this.#last && !pushed ? this.#repeats + 1 : 0
    if (this.#repeats > (page.records.length < few ? mostRepeats : 0)) this.#fail(page, 'this page repeats the one before it')
    this.#last = keys
  }

  /** The walk turns back by itself: what was read may be read again. */
  forget(): void {
    this.#last = undefined
    this.#repeats = 0
  }

  #fail({ where }: Answered, what: string): never {
    throw new UnexpectedResponse(`${where}: ${what}, so the list would not end. Report it to the supplier of the source.`)
  }
}

function queryOf({ params, size = largestPage }: List): string {
  return new URLSearchParams({ ...params, ...(size === 'whole' ? {} : { pageSize: String(size) }) }).toString()
}

/** The query of a link, as it is spelt there. */
function queryOfLink(link: string): string {
  const at = link.indexOf('?')
  return at === -1 ? '' : link.slice(at + 1).replace(/#.*$/, '')
}

export function pageNumber(query: string): number {
  const number = Number(new URLSearchParams(query).get('page') ?? 1)
  return Number.isInteger(number) && number > 0 ? number : 1
}

/** Records that a page of this query can have. */
export function sizeOf(query: string): number {
  const size = Number(new URLSearchParams(query).get('pageSize') ?? pageWithoutSize)
  return Number.isInteger(size) && size > 0 ? Math.min(size, largestPage) : pageWithoutSize
}

export function withPage(query: string, page: number, size?: number): string {
  const params = new URLSearchParams(query)
  params.set('page', String(page))
  if (size !== undefined) params.set('pageSize', String(size))
  return params.toString()
}

function without(query: string, name: string): string {
  const params = new URLSearchParams(query)
  params.delete(name)
  return params.toString()
}

/** All records of a list that fits in memory, such as a catalogus. */
export async function allOf(ctx: Pick<Context, 'http'>, list: List): Promise<SourceRecord[]> {
  const records: SourceRecord[] = []
  for await (const page of walk(ctx.http, list)) records.push(...page.records)
  return records
}
