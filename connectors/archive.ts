/** The files in a zip archive, read in place: its directory at its end, and then each file alone. Nothing is unpacked to disk. */
import { Readable } from 'node:stream'
import { crc32 } from 'node:zlib'
import { type Entry, fromRandomAccessReaderPromise, RandomAccessReader, type ZipFile } from 'yauzl'
import type { SourceFileFound } from './clients.js'
import { SourceRefused, SourceUnavailable, UnexpectedResponse } from './errors.js'
import { checkExpansion } from './packed.js'

/** The bytes of the archive from `start` to before `end`. */
export type Bytes = (start: number, end: number) => AsyncIterable<Uint8Array>

/** A delivery has tens of files; a directory that is larger is no delivery. */
const maxEntries = 100_000

export class Archive {
  readonly #file: SourceFileFound
  readonly #where: string
  readonly #zip: ZipFile
  readonly #entries: ReadonlyMap<string, Entry>

  private constructor(file: SourceFileFound, where: string, zip: ZipFile, entries: ReadonlyMap<string, Entry>) {
    this.#file = file
    this.#where = where
    this.#zip = zip
    this.#entries = entries
  }

  /**
   * Reads the directory of an archive.
   *
   * @throws UnexpectedResponse when it is damaged, holds a path that leads out of it, holds a path twice, or unpacks to more than a delivery does
   */
  static async open(file: SourceFileFound, bytes: Bytes, where: string): Promise<Archive> {
    const zip = await readable(where, () =>
      fromRandomAccessReaderPromise(new PlacedBytes(bytes, file.size), file.size, { lazyEntries: true, autoClose: false }),
    )
    if (zip.entryCount > maxEntries)
      throw new UnexpectedResponse(`${where}: it has ${zip.entryCount} files; at most ${maxEntries} are read.`)
    const entries = new Map<string, Entry>()
    let unpacked = 0
    await readable(where, async () => {
      for await (const entry of zip.eachEntry()) {
        if (entry.fileName.endsWith('/')) continue
        if (entries.has(entry.fileName))
          throw new UnexpectedResponse(`${where}: it holds two files of one path. Ask its sender to deliver it anew.`)
        entries.set(entry.fileName, entry)
        unpacked += entry.uncompressedSize
      }
    })
    // Files that share their packed bytes unpack to more than any one of them.
    checkExpansion(unpacked, file.size, where)
    return new Archive(file, where, zip, entries)
  }

  files(): SourceFileFound[] {
    return [...this.#entries.keys()].map((path) => this.find(path))
  }

  has(path: string): boolean {
    return this.#entries.has(path)
  }

  /**
   * @throws SourceUnavailable when there is none of this path
   */
  find(path: string): SourceFileFound {
    const entry = this.#entry(path)
    return {
      path: `${this.#file.path}/${path}`,
      size: entry.uncompressedSize,
      changedAt: this.#file.changedAt,
      version: `${this.#file.version}/${entry.crc32.toString(16)}`,
    }
  }

  /**
   * The content of one file.
   *
   * @throws SourceRefused when it is encrypted, or packed in a way that is not known
   * @throws UnexpectedResponse when it is damaged
   */
  async *read(path: string): AsyncGenerator<Uint8Array, void, undefined> {
    const entry = this.#entry(path)
    const where = `${this.#where}, in it '${path}'`
    if (entry.isEncrypted())
      throw new SourceRefused(
        `${where}: it is encrypted. Ask its sender for one without a password, over a connection that is encrypted itself.`,
      )
    if (!entry.canDecodeFileData())
      throw new SourceRefused(
        `${where}: it is packed by method ${entry.compressionMethod}, which is not read. Ask its sender to pack it by deflate, as zip does.`,
      )
    checkExpansion(entry.uncompressedSize, Math.max(entry.compressedSize, 1), where)
    const stream = await readable(where, () => this.#zip.openReadStreamPromise(entry))
    let sum = 0
    try {
      for await (const piece of stream as AsyncIterable<Buffer>) {
        sum = crc32(piece, sum)
        yield piece
      }
    } catch (error) {
      throw errorOf(error, where)
    } finally {
      stream.destroy()
    }
    if (sum !== entry.crc32)
      throw new UnexpectedResponse(`${where}: its content is not what its checksum says. Ask its sender to deliver it anew.`)
  }

  #entry(path: string): Entry {
    const entry = this.#entries.get(path)
    if (!entry) throw new SourceUnavailable(`${this.#where}: there is no '${path}' in it.`)
    return entry
  }
}

async function readable<T>(where: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action()
  } catch (error) {
    throw errorOf(error, where)
  }
}

/** What reading a zip ends in: an error of its place stays what it is, one of the format is the sender's to mend. */
function errorOf(error: unknown, where: string): unknown {
  const { message } = error as Error
  if (ofPlaces.has(error as Error) || error instanceof UnexpectedResponse) return error
  const what = /path|fileName/.test(message)
    ? 'it holds a path that leads out of it or cannot be one'
    : 'it cannot be read as a zip archive: it is damaged, cut off, or something else'
  return new UnexpectedResponse(`${where}: ${what}. Ask its sender to deliver it anew.`, { cause: error })
}

/** Small reads, of which a directory takes thousands, come out of blocks of this size: each is one request of a place far away. */
const blockBytes = 256 * 1024

/** Errors of the places from which archives are read, such as the reason of a signal: they say nothing of an archive. */
const ofPlaces = new WeakSet<Error>()

/** Gives yauzl the bytes of a file at its place. */
class PlacedBytes extends RandomAccessReader {
  readonly #bytes: Bytes
  readonly #size: number
  #block: { start: number; bytes: Uint8Array } | undefined

  constructor(bytes: Bytes, size: number) {
    super()
    this.#bytes = async function* (start, end) {
      try {
        yield* bytes(start, end)
      } catch (error) {
        ofPlaces.add(error as Error)
        throw error
      }
    }
    this.#size = size
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from(this.#bytes(start, end), { objectMode: false })
  }

  override read(buffer: Buffer, offset: number, length: number, position: number, callback: (error: Error | null) => void): void {
    this.#fill(buffer, offset, length, position).then(() => callback(null), callback)
  }

  override close(callback: (error: Error | null) => void): void {
    callback(null)
  }

  async #fill(buffer: Buffer, offset: number, length: number, position: number): Promise<void> {
    const end = position + length
    if (!this.#block || position < this.#block.start || end > this.#block.start + this.#block.bytes.length) {
      // A directory is read onwards, and stands at the end: the last block begins before it.
      const start = Math.max(0, Math.min(position, this.#size - blockBytes))
      const pieces: Uint8Array[] = []
      for await (const piece of this.#bytes(start, Math.min(this.#size, Math.max(end, start + blockBytes)))) pieces.push(piece)
      this.#block = { start, bytes: Buffer.concat(pieces) }
    }
    const from = position - this.#block.start
    if (from + length > this.#block.bytes.length) throw new RangeError('the directory says that there is more than there is')
    buffer.set(this.#block.bytes.subarray(from, from + length), offset)
  }
}
