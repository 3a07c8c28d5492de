import { TokenParser } from '@streamparser/json'
import { LosslessNumber } from 'lossless-json'
import { charsetOf, type Decoder, decoderOf } from './charset.js'
import type { SourceRecord } from './connector.js'
import { ExactTokenizer, TextTokenizer } from './json-exact.js'
import { NotJson, wellFormed } from './json-text.js'

/** The text is JSON, but not what the caller expects of it. */
export class UnexpectedShape extends Error {}

export interface JsonStreamOptions {
  /** Dotted path of the array; left out: the body itself is the array. */
  at?: string | undefined
  exact: boolean
  contentType: string | undefined
  /** Most bytes that may pass without a record being finished. */
  maxRecordBytes: number
}

/** Chunks are no larger than this, so that a page downstream has a bound. */
const chunkSize = 500

/**
 * The objects of one array inside a JSON text, as its bytes come in: never more of them in memory than one piece of the body holds.
 *
 * @throws NotJson when the text is no JSON, or ends before it is complete
 * @throws UnexpectedShape when there is no such array, or something else than objects in it
 */
export async function* recordsOf(
  bytes: AsyncIterable<Uint8Array>,
  options: JsonStreamOptions,
): AsyncGenerator<SourceRecord[], void, undefined> {
  const where = options.at === undefined ? [] : options.at.split('.')
  const place = options.at === undefined ? 'the body is not an array' : `there is no array at '${options.at}'`
  const ready: SourceRecord[] = []
  let found = false
  let wrong: string | undefined

  const path = ['$', ...where].join('.')
  const parser = new TokenParser({ paths: [path, `${path}.*`], keepStack: false })
  parser.onValue = ({ value, parent, stack }) => {
    if (stack.length === where.length) {
      found = Array.isArray(value)
      return
    }
    if (!Array.isArray(parent)) return
    // The parser keeps what lies on a path that it was asked for; the array is emptied as it is read.
    parent.length = 0
    if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof LosslessNumber)
      wrong = 'an element of the array is not an object'
    else ready.push(value as SourceRecord)
  }
  const tokenizer = options.exact ? new ExactTokenizer() : new TextTokenizer()
  tokenizer.onToken = parser.write.bind(parser)
  let broken = false
  tokenizer.onError = () => {
    broken = true
  }
  parser.onError = () => {
    broken = true
  }

  let decoder: Decoder | undefined
  let sinceRecord = 0
  const feed = (text: string) => {
    if (text !== '') tokenizer.write(wellFormed(text))
    if (broken) throw new NotJson(false)
    if (wrong) throw new UnexpectedShape(wrong)
  }
  let start: Uint8Array = new Uint8Array()
  for await (const piece of bytes) {
    let part = piece
    if (!decoder) {
      // Two bytes decide the charset, and a first piece may hold one.
      start = Buffer.concat([start, piece])
      if (start.length < 2) continue
      decoder = decoderOf(charsetOf(start, options.contentType))
      part = start
    }
    feed(decoder.decode(part, { stream: true }))
    sinceRecord = ready.length > 0 ? 0 : sinceRecord + part.length
    if (sinceRecord > options.maxRecordBytes) throw new UnexpectedShape(`a record is larger than ${options.maxRecordBytes} bytes`)
    while (ready.length > 0) yield ready.splice(0, chunkSize)
  }
  feed(decoder ? decoder.decode() : '')
  tokenizer.end()
  if (!parser.isEnded) throw new NotJson(start.length > 0)
  if (ready.length > 0) yield ready.splice(0)
  if (!found) throw new UnexpectedShape(place)
}
