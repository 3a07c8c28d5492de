import { Readable } from 'node:stream'
import { crc32 } from 'node:zlib'
import { type Entry, fromRandomAccessReaderPromise, RandomAccessReader, type ZipFile } from 'yauzl'
import type { OpenFile } from '../connector.js'
import { Broken } from './broken.js'

/** The parts of a zip archive, by path. */
export interface Parts {
  has(path: string): boolean
  /**
   * The bytes of a part.
   *
   * @throws Broken when there is no such part, or it is damaged: at the latest at its end
   */
  read(path: string): AsyncIterable<Uint8Array>
}

const pieceSize = 256 * 1024

/** The file as yauzl wants to read it. */
class Ranges extends RandomAccessReader {
  readonly #file: OpenFile
  constructor(file: OpenFile) {
    super()
    this.#file = file
  }

  override _readStreamForRange(start: number, end: number): Readable {
    const file = this.#file
    return Readable.from(
      (async function* () {
        for (let at = start; at < end; at += pieceSize) yield file.bytes(at, Math.min(at + pieceSize, end))
      })(),
      { objectMode: false },
    )
  }
}

/** What an error of reading means: one of the source goes on as it is, any other is about the form of the archive. */
function damaged(error: unknown, what: string): unknown {
  const { name, code } = error as NodeJS.ErrnoException
  return error instanceof Broken || name === 'SourceUnavailable' || name === 'SourceRefused' || code === 'ENOENT' ? error : new Broken(what)
}

/**
 * The directory of a zip archive.
 *
 * @throws Broken when it is none
 */
export async function openZip(file: OpenFile): Promise<Parts> {
  const entries = new Map<string, Entry>()
  let zip: ZipFile
  try {
    zip = await fromRandomAccessReaderPromise(new Ranges(file), file.size, { autoClose: false })
    for await (const entry of zip.eachEntry()) entries.set(entry.fileName, entry)
  } catch (error) {
    throw damaged(error, 'it is not a zip archive, as this format is, or it is cut off')
  }
  return {
    has: (path) => entries.has(path),
    async *read(path) {
      const entry = entries.get(path)
      if (!entry) throw new Broken(`the part ${path} is not in it`)
      let sum = 0
      try {
        for await (const piece of await zip.openReadStreamPromise(entry)) {
          sum = crc32(piece, sum)
          yield piece
        }
      } catch (error) {
        throw damaged(error, `the part ${path} is damaged`)
      }
      if (sum !== entry.crc32) throw new Broken(`the part ${path} is damaged`)
    },
  }
}
