/** What each place of files does by itself: list, find and read. What all of them have in common is in `source-files.ts`. */
import type { SourceFileFound } from './clients.js'
import { SourceUnavailable } from './errors.js'
import type { FilePattern } from './file-pattern.js'
import { shownPath } from './redact.js'

export interface Place {
  /**
   * The files under the folders that the patterns name, with or without hidden ones, in any order.
   *
   * @throws SourceUnavailable when there is nothing at all in one of these folders
   */
  list(patterns: readonly FilePattern[]): Promise<SourceFileFound[]>
  /**
   * One file as it is now.
   *
   * @throws SourceUnavailable when it is not there
   */
  find(path: string): Promise<SourceFileFound>
  /**
   * The bytes of this version from `start` to before `end`, or to its end.
   *
   * @throws FileChanged when it is another version by now, at the latest at the end
   * @throws SourceUnavailable when the bytes break off; those that came are right
   */
  read(file: SourceFileFound, start: number, end?: number): AsyncIterable<Uint8Array>
  /** A file can be seen there that is still being written. */
  readonly showsHalf: boolean
  /** A `.gz` can come unpacked, since the place may call its packing that of the transport. */
  readonly unpacks: boolean
}

/** What a run sees of a place. */
export interface FilesView {
  /** Name of the stream, for messages. */
  stream?: string | undefined
  /** Ends what goes on; it then throws its reason. */
  signal?: AbortSignal | undefined
}

/**
 * Where something happened, for messages.
 *
 * @param path of the file; empty: the place itself, as `whole` names it
 */
export function whereIn(source: string, { stream }: FilesView, path: string, whole: string): string {
  return `source '${source}'${stream === undefined ? '' : `, stream '${stream}'`}, ${path === '' ? whole : `file '${shownPath(path)}'`}`
}

/** A file is another one than the one that was asked for. Becomes SourceUnavailable: it is read again. */
export class FileChanged extends Error {
  override name = 'FileChanged'
}

/** Nothing at all is there: a share that is not mounted, or a folder that is misspelt, must not pass for files that are gone. */
export function emptyFolder(where: string): SourceUnavailable {
  return new SourceUnavailable(
    `${where}: there is nothing in it, not even a hidden file. A share that is not mounted looks so too, and its absence would delete what was read before. ` +
      `Check baseUrl and the pattern of the files in the source file; a folder that is meant to be empty holds a file '.keep'.`,
  )
}
