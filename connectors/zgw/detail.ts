import type { HttpAnswer, HttpClient, SourceRecord } from '../connector.js'
import { SourceUnavailable, UnexpectedResponse } from '../connector.js'
import { problemOf } from '../failures.js'

export type Api = 'zaken' | 'catalogi' | 'documenten' | 'besluiten' | 'autorisaties'

/** What the source says of one address. */
export type Detail = { found: SourceRecord } | { gone: true } | { forbidden: true } | { unreadable: string }

/**
 * Reads one record by its path.
 *
 * `gone` and `forbidden` are taken only from the server itself: an error body of the standard (`code`, `status`). A 404 of a gateway says
 * nothing of the record, and a 403 for a token that is out of time or unknown nothing of the right to it; these end in an error.
 *
 * @throws SourceRefused, SourceUnavailable, UnexpectedResponse as the client does
 */
export async function detailOf(http: HttpClient, api: Api, path: string): Promise<Detail> {
  const answer = await answerOrFault(http, api, path)
  if ('unreadable' in answer) return answer
  const { status, body, where } = answer
  if (status === 404 || status === 410) return { gone: true }
  if (status === 403) return { forbidden: true }
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return { found: body as SourceRecord }
  throw new UnexpectedResponse(`${where}: the answer is not a record. Check baseUrl of '${api}'.`, { status })
}

/** The same for a path that gives a bare array, such as the eigenschappen of one zaak. */
export async function arrayOf(
  http: HttpClient,
  api: Api,
  path: string,
): Promise<{ found: SourceRecord[] } | Exclude<Detail, { found: SourceRecord }>> {
  const answer = await answerOrFault(http, api, path)
  if ('unreadable' in answer) return answer
  const { status, body, where } = answer
  if (status === 404 || status === 410) return { gone: true }
  if (status === 403) return { forbidden: true }
  if (Array.isArray(body)) return { found: body as SourceRecord[] }
  throw new UnexpectedResponse(`${where}: the answer is not a list. Check baseUrl of '${api}'.`, { status })
}

async function answerOrFault(http: HttpClient, api: Api, path: string): Promise<HttpAnswer | { unreadable: string }> {
  try {
    const answer = await http.request({ api, url: path, accept: [403, 404, 410] })
    if (answer.status < 400 || isOfTheStandard(answer)) return answer
    // Asked again, the client says what is the matter: a clock, a credential, a gateway.
    return await http.request({ api, url: path })
  } catch (error) {
    if (error instanceof SourceUnavailable && error.status === 500) return { unreadable: 'the source answers 500 on this record' }
    throw error
  }
}

/**
 * Whether an error is one that the server itself gave about this record.
 *
 * @see Zaken API 1.5.1, components/schemas/Fout: code, title, status, detail, instance
 */
function isOfTheStandard({ status, body }: HttpAnswer): boolean {
  const fault = (body ?? {}) as { [name: string]: unknown }
  const { code } = problemOf(body)
  if (code === undefined || String(fault.status) !== String(status)) return false
  // Open Zaak never answers 401: a token that it does not take is a 403 too, told apart by its code alone.
  return status !== 403 || code === 'permission_denied'
}
