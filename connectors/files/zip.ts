import { Archive } from '../archive.js'
import type { OpenFile } from '../connector.js'
import { Broken } from './broken.js'

/** The parts of a file that is a zip archive, by path. */
export interface Parts {
  has(path: string): boolean
  /**
   * The bytes of a part.
   *
   * @throws Broken when there is no such part
   * @throws UnexpectedResponse when it is damaged: at the latest at its end
   */
  read(path: string): AsyncIterable<Uint8Array>
}

/** From afar each piece is a request. */
const pieceBytes = 1024 * 1024

/**
 * @param where what the file is, for messages
 * @throws UnexpectedResponse when it is no zip archive, or is damaged
 */
export async function openParts(file: OpenFile, where: string): Promise<Parts> {
  const archive = await Archive.open(
    { path: '', size: file.size, changedAt: new Date(0), version: '' },
    async function* (start, end) {
      for (let at = start; at < end; at += pieceBytes) yield await file.bytes(at, Math.min(at + pieceBytes, end))
    },
    where,
  )
  return {
    has: (path) => archive.has(path),
    read(path) {
      if (!archive.has(path)) throw new Broken(`the part ${path} is not in it`)
      return archive.read(path)
    },
  }
}
