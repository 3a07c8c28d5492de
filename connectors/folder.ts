/** A folder of this machine, which may be a share of another one, as the place of files. */
import { constants, type Dirent } from 'node:fs'
import { open, readdir, realpath, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import type { SourceFileFound } from './clients.js'
import { SourceRefused, SourceUnavailable } from './errors.js'
import { foldersOf, isPassedOver } from './file-pattern.js'
import { emptyFolder, FileChanged, type FilesView, type Place, whereIn } from './file-place.js'

export interface FolderOptions {
  /** Name of the source, for messages. */
  source: string
  /** Path of the folder. */
  folder: string
}

/** So many files are looked at together: enough to hide the way to a share, few enough for the threads of Node.js. */
const atOnce = 32

export function folderPlace(options: FolderOptions, view: FilesView): Place {
  const { signal } = view
  const where = (path: string) => whereIn(options.source, view, path, 'its folder')

  /** The real place of a path, which has to be in the folder. */
  const placeOf = async (path: string): Promise<string> => {
    signal?.throwIfAborted()
    const folder = await within(() => realpath(options.folder), where(''))
    const place = await within(() => realpath(join(folder, path)), where(path))
    if (relative(folder, place).split(sep)[0] === '..')
      throw new SourceRefused(`${where(path)}: it leads out of the folder of the source, where nothing is read. Put the file itself there.`)
    return place
  }

  /** Undefined for what is no file, such as a socket. */
  const fileAt = async (path: string): Promise<SourceFileFound | undefined> => {
    const facts = await within(async () => stat(await placeOf(path), { bigint: true }), where(path))
    return facts.isFile() ? { path, size: Number(facts.size), changedAt: facts.mtime, version: versionOf(facts) } : undefined
  }

  const entriesOf = (folder: string): Promise<Dirent[]> =>
    within(async () => readdir(await placeOf(folder), { withFileTypes: true }), where(folder))

  const walk = async (folder: string, entries: readonly Dirent[], depth: number): Promise<SourceFileFound[]> => {
    const found: SourceFileFound[] = []
    for (let at = 0; at < entries.length; at += atOnce) {
      const some = entries.slice(at, at + atOnce).map(async (entry): Promise<SourceFileFound[]> => {
        const path = folder === '' ? entry.name : `${folder}/${entry.name}`
        // One that is passed over may be gone by now: an upload that ended, a lock.
        if (isPassedOver(entry.name)) return []
        if (entry.isDirectory()) return depth > 1 ? walk(path, await entriesOf(path), depth - 1) : []
        const file = await fileAt(path)
        return file ? [file] : []
      })
      found.push(...(await Promise.all(some)).flat())
    }
    return found
  }

  return {
    showsHalf: true,
    unpacks: false,

    async list(patterns) {
      const found: SourceFileFound[] = []
      for (const { folder, depth } of foldersOf(patterns)) {
        const entries = await entriesOf(folder)
        if (entries.length === 0) throw emptyFolder(where(folder))
        found.push(...(await walk(folder, entries, depth)))
      }
      return found
    },

    async find(path) {
      const file = await fileAt(path)
      if (!file) throw new SourceRefused(`${where(path)}: it is no file.`)
      return file
    },

    async *read(file, start, end) {
      if (end !== undefined && end <= start) return
      const place = await placeOf(file.path)
      // A named pipe that took the place of a file would have us wait for a writer.
      const handle = await within(() => open(place, constants.O_RDONLY | constants.O_NONBLOCK), where(file.path))
      try {
        if (versionOf(await handle.stat({ bigint: true })) !== file.version) throw new FileChanged()
        // `end` of a stream is the last byte of it.
        const range = { start, ...(end !== undefined && { end: end - 1 }) }
        yield* handle.createReadStream({ ...range, autoClose: false, signal }) as AsyncIterable<Uint8Array>
        // Of a file that was replaced we still read the old one to its end; its name has another one now.
        const after = await within(() => stat(place, { bigint: true }), where(file.path))
        if (versionOf(after) !== file.version) throw new FileChanged()
      } catch (error) {
        signal?.throwIfAborted()
        throw errorOf(error, where(file.path))
      } finally {
        await handle.close()
      }
    },
  }
}

/** Another file under the same name has another inode or another time of change; `ctime` also moves where a copy keeps the time of the original. */
function versionOf({ size, mtimeNs, ctimeNs, ino }: { size: bigint; mtimeNs: bigint; ctimeNs: bigint; ino: bigint }): string {
  return [size, mtimeNs, ctimeNs, ino].map((part) => part.toString(36)).join('-')
}

async function within<T>(action: () => Promise<T>, where: string): Promise<T> {
  try {
    return await action()
  } catch (error) {
    throw errorOf(error, where)
  }
}

/** What an error of the file system means for the run; any other error stays what it is. */
function errorOf(error: unknown, where: string): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException
  if (code === undefined || syscall === undefined) return error
  if (code === 'EACCES' || code === 'EPERM')
    return new SourceRefused(`${where}: there is no right to read it. Grant it to the user that the worker runs as.`)
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return new SourceUnavailable(`${where}: it is not there. Check baseUrl in the source file, and whether the share is mounted.`)
  return new SourceUnavailable(`${where}: it cannot be read now (${code}).`)
}
