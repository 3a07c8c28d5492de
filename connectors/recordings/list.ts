/** A list of recorded records as the source of a declared stream would give it, page by page. */
import { textAt } from '../body.js'
import type { Changes, Json, Pages, Sign, SourceRecord, Stream } from '../connector.js'
import { compareGrowing, isDecimal, isInstant } from '../instants.js'
import { putAt } from './places.js'

export interface Given {
  status: number
  headers: { [name: string]: string }
  body: unknown
}

/** What a request asks of a list: by the name of a parameter, or by the place in the body that is posted. */
export type Asked = (param: string) => string | undefined

/** Where a link or token of ours leads: how many records came before it. */
const placeParam = 'recorded-after'

/** Enough pages to go on from several cursors, whatever the number of records. */
const pagesInAll = 3

export interface List {
  stream: Stream
  pages: Pages
  records: readonly SourceRecord[]
  asked: Asked
  /** The address of the request with another value of a parameter: for a link to the next page. */
  link(param: string, value: string): string
}

/** The page that is asked for. A list that is over is an empty page, or a 404 where the connector says so. */
export function pageAt(list: List): Given {
  const { pages, asked } = list
  const records = inOrder(filtered(list), list)
  const size = Math.max(1, Math.ceil(list.records.length / pagesInAll))
  const from = startOf(pages, asked, records, size)
  const page = pages.by === 'single' ? records : records.slice(from, from + size)
  const isLast = pages.by === 'single' || from + page.length >= records.length
  if ('end' in pages && pages.end === 'status' && from > 0 && page.length === 0) return { status: 404, headers: {}, body: {} }

  const given: Given = { status: 200, headers: {}, body: page }
  const put = (place: string, value: unknown, inHeader = false) => {
    if (inHeader) given.headers[place] = String(value)
    else if (!Array.isArray(given.body)) putAt(given.body as SourceRecord, place, value)
  }
  if (pages.records !== undefined) {
    given.body = {}
    put(pages.records, page)
  }
  if (pages.total !== undefined) put(pages.total, records.length)
  const next = String(from + page.length)
  if (pages.by === 'nextLink' && !isLast) {
    const link = list.link(placeParam, next)
    put(pages.next, pages.header && pages.next.toLowerCase() === 'link' ? `<${link}>; rel="next"` : link, pages.header)
  }
  if (pages.by === 'cursorToken' && !isLast) put(pages.token, `${tokenStart}${next}`, pages.header)
  if (pages.more) sign(pages.more, !isLast, given, put)
  return given
}

const tokenStart = 'na-'

function startOf(pages: Pages, asked: Asked, records: readonly SourceRecord[], size: number): number {
  switch (pages.by) {
    case 'nextLink':
      return Number(asked(placeParam) ?? 0)
    case 'pageNumber':
      return (Number(asked(pages.param) ?? pages.first ?? 1) - (pages.first ?? 1)) * size
    case 'offset':
      return Number(asked(pages.param) ?? 0)
    case 'cursorToken':
      return Number((asked(pages.param) || `${tokenStart}0`).slice(tokenStart.length))
    case 'lastRecord': {
      const after = withoutTemplate(pages.value, asked(pages.param))
      const at = after === undefined ? 0 : records.findIndex((record) => compareKeys(textAt(record, pages.field) ?? '', after) > 0)
      return at === -1 ? records.length : at
    }
    case 'single':
      return 0
  }
}

function sign(
  { status, header, body, is }: Sign,
  more: boolean,
  given: Given,
  put: (place: string, value: Json, inHeader?: boolean) => void,
): void {
  const value = [is ?? true].flat()[0]!
  if (status !== undefined && more) given.status = status
  if (header !== undefined && more) put(header, String(value), true)
  if (body !== undefined) put(body, more ? (value === 'true' ? true : value) : false)
}

function filtered({ stream: { changes }, records, asked }: List): readonly SourceRecord[] {
  const since = changes && withoutTemplate(changes.value, asked(changes.param))
  return since === undefined ? records : records.filter((record) => grewTo(record, changes!, since))
}

function grewTo(record: SourceRecord, { cursor }: Changes, since: string): boolean {
  const value = textAt(record, cursor)
  return value !== undefined && compareGrowing(value, since) >= 0
}

function inOrder(records: readonly SourceRecord[], { stream: { changes }, pages, asked }: List): SourceRecord[] {
  const field =
    pages.by === 'lastRecord' ? pages.field : changes?.order && asked(changes.order.param) !== undefined ? changes.cursor : undefined
  return field === undefined ? [...records] : [...records].sort((a, b) => compareKeys(textAt(a, field) ?? '', textAt(b, field) ?? ''))
}

function compareKeys(a: string, b: string): number {
  const grows = (text: string) => isDecimal(text) || isInstant(text)
  return grows(a) && grows(b) ? compareGrowing(a, b) : a < b ? -1 : a > b ? 1 : 0
}

/** What stands where `{}` does. */
function withoutTemplate(template: string | undefined, text: string | undefined): string | undefined {
  if (template === undefined || text === undefined) return text
  const [before = '', after = ''] = template.split('{}')
  return text.startsWith(before) && text.endsWith(after) ? text.slice(before.length, text.length - after.length) : undefined
}
