/** Bytes of a file over HTTP, from a place in it on. */
import type { SourceFileFound } from './clients.js'
import { SourceRefused, SourceUnavailable } from './errors.js'
import type { BytesAnswer } from './http-answer.js'

/** What asks for a file as it is: packing of the transport would make sizes and places in it mean something else. */
export const asItIs = { Accept: '*/*', 'Accept-Encoding': 'identity' }

/** A file of this size is asked for whole as often as a part of it is needed, of a server that gives no parts. */
const wholeBytes = 16 * 1024 * 1024

/**
 * The bytes from `start` to before `end`, or to the end of the file.
 *
 * @param ask sends the request with this `Range` and answers with the version that is meant, or throws
 * @throws SourceUnavailable when fewer come than there are
 */
export async function* ranged(
  ask: (range?: string) => Promise<BytesAnswer>,
  { size }: Pick<SourceFileFound, 'size'>,
  start: number,
  end?: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (end !== undefined && end <= start) return
  const isPart = start > 0 || end !== undefined
  let answer = await ask(isPart ? `bytes=${start}-${end === undefined ? '' : end - 1}` : undefined)
  if (answer.status === 206 && isEncoded(answer)) {
    // A part of packed bytes cannot be unpacked.
    answer.discard()
    answer = await ask()
  }
  try {
    let skip = answer.status === 206 ? 0 : start
    if (end !== undefined && answer.status !== 206 && !(size <= wholeBytes))
      throw new SourceRefused(
        `${answer.where}: the server gives no parts of a file, as this format needs. Have it delivered by SFTP or S3, or as CSV or gzip.`,
      )
    let left = end === undefined ? Number.POSITIVE_INFINITY : end - start
    let came = 0
    for await (const piece of answer.body) {
      const from = Math.min(skip, piece.length)
      skip -= from
      const part = piece.subarray(from, from + Math.min(left, piece.length - from))
      if (part.length > 0) yield part
      left -= part.length
      came += part.length
      // A part ends by itself, and its connection goes for the next one.
      if (left === 0 && answer.status !== 206) return
    }
    if (!isEncoded(answer) && came < Math.min(end ?? size, size) - start)
      throw new SourceUnavailable(`${answer.where}: the file breaks off.`)
  } finally {
    answer.discard()
  }
}

export function isEncoded({ headers }: Pick<BytesAnswer, 'headers'>): boolean {
  return !['', 'identity'].includes((headers['content-encoding'] ?? '').trim().toLowerCase())
}
