import { valueAt } from './body.js'
import type { HttpAnswer, HttpClient, HttpRequest, Page, Pages, SourceRecord, StatusMeaning } from './connector.js'
import { CheckpointExpired, SourceRefused, SourceUnavailable, UnexpectedResponse } from './errors.js'

/** One list of a source and how to walk it. */
export interface Listing {
  /** Path under the base URL, or an absolute link of the source. */
  url: string
  pages: Pages
  api?: string | undefined
  params?: HttpRequest['params']
  headers?: { [name: string]: string } | undefined
  /** A list that is asked for by POST sends its body with each page. */
  method?: 'GET' | 'POST' | undefined
  body?: HttpRequest['body']
  onStatus?: { readonly [status: string]: StatusMeaning } | undefined
}

/**
 * Sends the request of one page and judges its status by `onStatus`.
 *
 * @param link the link that the source gave for this page; nothing is added to it
 */
export async function ask(
  http: HttpClient,
  listing: Listing,
  params: HttpRequest['params'],
  link?: string,
  acceptMissing = false,
): Promise<HttpAnswer> {
  const answer = await http.request(requestOf(listing, params, link, acceptMissing))
  actOn(answer, listing)
  return answer
}

export function requestOf(listing: Listing, params?: HttpRequest['params'], link?: string, acceptMissing = false): HttpRequest {
  const { api, headers, method = 'GET', body, onStatus = {} } = listing
  return {
    ...(link === undefined ? { url: listing.url, api, params: { ...listing.params, ...params } } : { url: link }),
    accept: [...Object.keys(onStatus).map(Number), ...(acceptMissing ? [404] : [])],
    method,
    ...(headers === undefined ? {} : { headers }),
    ...(body === undefined ? {} : { body }),
  }
}

/** Throws what a status means by `onStatus`, where that is an error. */
export function actOn(answer: Pick<HttpAnswer, 'status' | 'where'>, { onStatus = {} }: Listing): void {
  const meaning = onStatus[answer.status]
  const said = `${answer.where}: ${answer.status}`
  if (meaning === 'expired') throw new CheckpointExpired(`${said}. The source no longer knows where we were; the stream is read full.`)
  if (meaning === 'unavailable')
    throw new SourceUnavailable(`${said}. By its connector this passes; it is tried again.`, { status: answer.status })
  if (meaning === 'refused')
    throw new SourceRefused(`${said}. By its connector a person has to act: check the rights and settings of the source.`)
}

/** Number of the first page: 1, where the connector does not say 0. */
export const firstPage = (pages: Pages): number => (pages.by === 'pageNumber' ? (pages.first ?? 1) : 0)

/** The list in an answer. An element that is no object cannot be a record; its neighbours can. */
export function recordsAt(
  answer: HttpAnswer,
  place: string | undefined,
): { records: SourceRecord[]; unreadable: NonNullable<Page['unreadable']> } {
  const list = place === undefined ? answer.body : valueAt(answer.body, place)
  if (!Array.isArray(list)) {
    const what = place === undefined ? 'the body is not a list' : `there is no list at '${place}'`
    throw new UnexpectedResponse(`${answer.where}: ${what}. Check 'records' of the connector against the documentation of the source.`, {
      status: answer.status,
    })
  }
  const unreadable: NonNullable<Page['unreadable']> = []
  const records = list.filter((element, index) => {
    const isObject = typeof element === 'object' && element !== null && !Array.isArray(element)
    if (!isObject) unreadable.push({ key: null, reason: `element ${index + 1} of the page is not an object` })
    return isObject
  })
  return { records, unreadable }
}
