import { shows, valueAt, withValues } from './body.js'
import type { AnswerRule, HttpAnswer, HttpClient, HttpRequest, JsonObject, Meaning, Page, Pages, SourceRecord } from './connector.js'
import { CheckpointExpired, SourceRefused, SourceUnavailable, UnexpectedResponse } from './errors.js'
import { retryAfter } from './retry-after.js'

/** One list of a source and how to walk it. */
export interface Listing {
  /** Path under the base URL, or an absolute link of the source. */
  url: string
  pages: Pages
  api?: string | undefined
  params?: HttpRequest['params']
  headers?: { readonly [name: string]: string } | undefined
  /** A list that is asked for by POST sends its body with each page; what paging adds goes into it. */
  method?: 'GET' | 'POST' | undefined
  body?: JsonObject | undefined
  onAnswer?: readonly AnswerRule[] | undefined
}

/**
 * Sends the request of one page and judges its answer by `onAnswer`.
 *
 * @param added what paging gives with the request: in its query, or in the body that is posted
 * @param link the link that the source gave for this page; nothing is added to it
 */
export async function ask(
  http: HttpClient,
  listing: Listing,
  added: HttpRequest['params'],
  link?: string,
  acceptMissing = false,
): Promise<HttpAnswer> {
  return http.request({ ...requestOf(listing, added, link), ...judgedBy(listing.onAnswer, acceptMissing ? [404] : []) })
}

function requestOf(
  { url, api, params, headers, method = 'GET', body }: Listing,
  added: HttpRequest['params'] = {},
  link?: string,
): HttpRequest {
  const inBody = method === 'POST'
  return {
    ...(link === undefined ? { url, api, params: { ...params, ...(inBody ? {} : added) } } : { url: link }),
    method,
    ...(headers === undefined ? {} : { headers: { ...headers } }),
    ...(inBody ? { body: withValues(body ?? {}, added) } : {}),
  }
}

/** The request for a list that is one answer and read as a stream. */
export function streamedRequestOf(listing: Listing): HttpRequest {
  return { ...requestOf(listing), accept: judgedBy(listing.onAnswer).accept ?? [] }
}

/**
 * The part of a request that judges its answer by rules.
 *
 * @param taken statuses of errors that the caller deals with itself, where no rule says what they mean
 */
export function judgedBy(rules: readonly AnswerRule[] = [], taken: readonly number[] = []): Pick<HttpRequest, 'accept' | 'judge'> {
  return {
    accept: [...taken, ...rules.flatMap(({ status }) => (status === undefined ? [] : [status]))],
    judge(answer) {
      const meaning = meaningOf(answer, rules)
      actOn(answer, meaning)
      if (meaning === 'renew') return 'renew'
      return meaning === undefined && answer.status >= 400 && !taken.includes(answer.status) ? 'refuse' : undefined
    },
  }
}

/** What an answer means by the first rule whose sign it shows. A rule without a status is for answers that are no error. */
export function meaningOf(answer: Pick<HttpAnswer, 'status' | 'headers' | 'body'>, rules: readonly AnswerRule[] = []): Meaning | undefined {
  return rules.find((rule) => (rule.status !== undefined || answer.status < 300) && shows(rule, answer) === true)?.means
}

/** Throws what an answer means, where that is an error. */
export function actOn({ status, headers, where }: Omit<HttpAnswer, 'body'>, meaning: Meaning | undefined): void {
  const said = `${where}: ${status}`
  if (meaning === 'expired') throw new CheckpointExpired(`${said}. The source no longer knows where we were; the stream is read full.`)
  if (meaning === 'unavailable') {
    const retryAt = retryAfter(headers['retry-after'], new Date(), headers.date)
    throw new SourceUnavailable(`${said}. By its connector this passes; it is tried again.`, { status, ...(retryAt ? { retryAt } : {}) })
  }
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
  // No content: no records.
  if (answer.status === 204) return { records: [], unreadable: [] }
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
