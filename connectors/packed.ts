/** Files that are packed: how far they may unpack, and gzip. */
import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { UnexpectedResponse } from './errors.js'

const megabyte = 1024 * 1024
/** Up to here any ratio is fine: a small file of one repeated line packs very well. */
const freeBytes = 64 * megabyte
/** DEFLATE reaches 1,032 to 1. Tables of a registration stay far under 100 to 1; what packs better was made to fill the reader. */
const maxRatio = 250
/** A file of this size takes a day to read; it is more likely made to never end. */
const maxBytes = 64 * 1024 * megabyte

/**
 * @throws UnexpectedResponse when so many bytes of so many packed ones are more than a delivery unpacks to
 */
export function checkExpansion(unpacked: number, packed: number, where: string): void {
  if (unpacked > maxBytes || (unpacked > freeBytes && unpacked > packed * maxRatio))
    throw new UnexpectedResponse(
      `${where}: it unpacks to ${Math.round(unpacked / megabyte)} MB or more, ${Math.round(unpacked / packed)} times its own size, which no delivery does. Ask its sender what it is.`,
    )
}

/**
 * The content of a gzip file, all of its members. Zeros after the last one, as tapes have them, are no member.
 *
 * @param may `beUnpacked`: it can come without its packing, as a server does that calls it the packing of the transport
 * @throws UnexpectedResponse when it is damaged, cut off, or no gzip
 */
export async function* unpackedGzip(
  bytes: AsyncIterable<Uint8Array>,
  where: string,
  may: { beUnpacked: boolean },
): AsyncGenerator<Uint8Array, void, undefined> {
  const pieces = bytes[Symbol.asyncIterator]()
  try {
    const { start, ended } = await beginning(pieces)
    // @see RFC 1952 §2.3.1
    const isGzip = start[0] === 0x1f && start[1] === 0x8b
    if (!isGzip && !may.beUnpacked)
      throw new UnexpectedResponse(`${where}: it is no gzip file, as its name says. Ask its sender to deliver it anew.`)
    const whole = (async function* () {
      if (start.length > 0) yield start
      if (!ended) yield* { [Symbol.asyncIterator]: () => pieces }
    })()
    yield* isGzip ? gunzip(whole, where) : whole
  } finally {
    await pieces.return?.()
  }
}

/** At least the first two bytes, as far as there are so many. */
async function beginning(pieces: AsyncIterator<Uint8Array>): Promise<{ start: Uint8Array; ended: boolean }> {
  let start: Uint8Array = new Uint8Array()
  while (start.length < 2) {
    const next = await pieces.next()
    if (next.done) return { start, ended: true }
    start = start.length === 0 ? next.value : Buffer.concat([start, next.value])
  }
  return { start, ended: false }
}

async function* gunzip(bytes: AsyncIterable<Uint8Array>, where: string): AsyncGenerator<Uint8Array, void, undefined> {
  let packed = 0
  let unpacked = 0
  async function* counted() {
    for await (const piece of bytes) {
      packed += piece.length
      yield piece
    }
  }
  const opener = createGunzip()
  let failure: unknown
  pipeline(Readable.from(counted(), { objectMode: false }), opener, (error) => {
    failure = error
  })
  try {
    for await (const piece of opener as AsyncIterable<Uint8Array>) {
      unpacked += piece.length
      checkExpansion(unpacked, packed, where)
      yield piece
    }
  } catch (error) {
    const cause = failure ?? error
    if (!String((cause as NodeJS.ErrnoException).code).startsWith('Z_')) throw cause
    throw new UnexpectedResponse(`${where}: it is damaged or cut off, so that it does not unpack. Ask its sender to deliver it anew.`, {
      cause,
    })
  } finally {
    opener.destroy()
  }
}
