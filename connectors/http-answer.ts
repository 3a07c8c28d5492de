import { decodeText } from './charset.js'
import type { HttpAnswer, HttpClient, HttpRequest } from './connector.js'
import { UnexpectedResponse } from './errors.js'
import { type Failure, type FailureContext, failureOfConnection, problemOf, type RefusedAnswer } from './failures.js'
import { UnexpectedShape } from './json-stream.js'
import { NotJson, parseJson } from './json-text.js'
import { retryAfter } from './retry-after.js'
import { BrokenOff, type WireAnswer } from './wire.js'

/** An answer whose bytes are still on their way. Its reader takes them, or calls `discard`: until then it holds a place of the budget. */
export interface BytesAnswer extends Omit<HttpAnswer, 'body'> {
  /** As they come, unpacked where `Content-Encoding` says that they are packed. May be taken once. */
  body: AsyncIterable<Uint8Array>
  discard(): void
}

/** The client of a source for what is no JSON: a file. */
export interface BytesClient extends HttpClient {
  /** As `request`, and the answer is not read: it can have any size. */
  bytes(request: HttpRequest): Promise<BytesAnswer>
}

/** Of the body of an error no more is read than this: a page of HTML, or megabytes of somebody's data. */
const errorBodyBytes = 64 * 1024

/** Why an answer is none that the caller asked for; undefined when it is one, with its body still unread. */
export async function refusalOf(answer: WireAnswer, { accept = [] }: HttpRequest, now: Date): Promise<RefusedAnswer | undefined> {
  const { status, headers } = answer
  const html = /\bhtml\b/i.test(headers['content-type'] ?? '')
  // A gateway's page says nothing of a record: taken for "gone" it would delete the record. Nor does FSC speak for the source.
  const accepted = (status >= 200 && status < 300) || (accept.includes(status) && !html)
  if (accepted && headers['fsc-error-code'] === undefined) return undefined
  return {
    status,
    headers,
    html,
    problem: problemOf(await bodyOfError(answer)),
    retryAt: retryAfter(headers['retry-after'], now, headers.date),
  }
}

/** The JSON of an error, undefined when it has none: the status says enough, and an error on the way to its explanation must not replace it. */
async function bodyOfError(answer: WireAnswer): Promise<unknown> {
  try {
    const bytes = await bytesOf(answer, errorBodyBytes)
    return parseJson(decodeText(bytes, answer.headers['content-type']), false)
  } catch {
    return undefined
  }
}

/**
 * The parsed body of an answer; undefined where it is empty. `damaged`: some bytes are not in its charset, and are no text in it.
 *
 * @throws NotJson, UnexpectedShape or BrokenOff when it cannot be read whole
 */
export async function bodyOf(
  answer: WireAnswer,
  limits: { bytes: number; exact: boolean; text: boolean },
): Promise<{ body: unknown; damaged: boolean }> {
  if (answer.status >= 400) return { body: await bodyOfError(answer), damaged: false }
  const text = decodeText(await bytesOf(answer, limits.bytes), answer.headers['content-type'])
  const read = (): unknown => (limits.text ? text : parseJson(text, limits.exact))
  return { body: text.trim() === '' ? undefined : read(), damaged: !text.isWellFormed() }
}

async function bytesOf(answer: WireAnswer, limit: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  let size = 0
  try {
    for await (const piece of answer.body) {
      size += piece.length
      if (size > limit) throw new UnexpectedShape(`the answer is larger than ${Math.round(limit / 1024)} kB`)
      pieces.push(piece)
    }
  } finally {
    answer.discard()
  }
  return Buffer.concat(pieces)
}

/** What an error of an attempt means; undefined for one that is not the source's, such as the reason of a signal. */
export function failureOf(error: unknown, context: FailureContext): Failure | undefined {
  const unexpected = (what: string, attempts: number): Failure => ({
    error: new UnexpectedResponse(`${context.where}: ${what}`, { cause: error }),
    attempts,
  })
  if (error instanceof BrokenOff) return failureOfConnection(error.code, context)
  if (error instanceof NotJson) {
    return error.cutOff
      ? unexpected('the answer breaks off half way in its JSON.', 3)
      : unexpected(`the answer is not JSON. Check baseUrl in sources/${context.source}.yaml: this may be a page for people.`, 1)
  }
  if (error instanceof UnexpectedShape) return unexpected(`${error.message}.`, 1)
  return undefined
}
