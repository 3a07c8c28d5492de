import { createHash } from 'node:crypto'
import type { Stats } from 'node:fs'
import { open, readdir, realpath, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { type Clock, systemClock } from './clock.js'
import type { FilesClient, SourceFileFound } from './connector.js'
import { SourceRefused, SourceUnavailable } from './errors.js'

export interface FilesOptions {
  /** Name of the source, for messages. */
  source: string
  /** Path of the folder. */
  folder: string
  /** A file that was changed less long ago may still be written. Default 30 s. */
  settleMs?: number | undefined
  clock?: Clock | undefined
}

/** Opens the folder of a source. Nothing is read yet. */
export function openFiles(options: FilesOptions): FilesClient {
  const { source, settleMs = 30_000, clock = systemClock } = options
  const where = (path: string) => `source '${source}', file '${path}'`

  /** The real place of a path, which has to be in the folder. */
  const placeOf = async (path: string): Promise<string> => {
    const folder = await within(() => realpath(options.folder), `source '${source}'`)
    const place = await within(() => realpath(join(folder, path)), where(path))
    if (relative(folder, place).split(sep)[0] === '..') {
      throw new SourceRefused(`${where(path)}: it leads out of the folder of the source, where nothing is read. Put the file itself there.`)
    }
    return place
  }

  const changedMeanwhile = (path: string) => new SourceUnavailable(`${where(path)}: it was changed while it was read; it is read again.`)

  const checkUnchanged = async (path: string, place: string, before: Stats): Promise<void> => {
    const after = await within(() => stat(place), where(path))
    if (after.size !== before.size || after.mtimeMs !== before.mtimeMs || after.ino !== before.ino) throw changedMeanwhile(path)
  }

  const walk = async (folder: string): Promise<SourceFileFound[]> => {
    const entries = await within(async () => readdir(await placeOf(folder), { withFileTypes: true }), where(folder))
    const found = await Promise.all(
      entries
        .filter((entry) => !entry.name.startsWith('.'))
        .map(async (entry): Promise<SourceFileFound[]> => {
          const path = folder === '' ? entry.name : `${folder}/${entry.name}`
          if (entry.isDirectory()) return walk(path)
          const { size, mtime, isFile } = await within(async () => {
            const facts = await stat(await placeOf(path))
            return { size: facts.size, mtime: facts.mtime, isFile: facts.isFile() }
          }, where(path))
          return isFile ? [{ path, size, changedAt: mtime }] : []
        }),
    )
    return found.flat()
  }

  return {
    async list() {
      const files = await walk('')
      const now = clock.now().getTime()
      const unsettled = files.filter(({ changedAt }) => now - changedAt.getTime() < settleMs)
      if (unsettled.length > 0) {
        const last = Math.max(...unsettled.map(({ changedAt }) => changedAt.getTime()))
        throw new SourceUnavailable(
          `${where(unsettled[0]!.path)}: it was changed just now and may still be written; it is read when it has come to rest.`,
          {
            retryAt: new Date(last + settleMs),
          },
        )
      }
      return files.sort((a, b) => (a.path < b.path ? -1 : 1))
    },

    async checksum(path) {
      const hash = createHash('sha256')
      for await (const piece of this.read(path)) hash.update(piece)
      return hash.digest('hex')
    },

    async *read(path) {
      const place = await placeOf(path)
      const file = await within(() => open(place, 'r'), where(path))
      try {
        const before = await file.stat()
        yield* file.createReadStream({ autoClose: false }) as AsyncIterable<Uint8Array>
        // Of a file that was replaced we still read the old one to its end; its name has another one now.
        await checkUnchanged(path, place, before)
      } finally {
        await file.close()
      }
    },

    async open(path) {
      const place = await placeOf(path)
      const file = await within(() => open(place, 'r'), where(path))
      const before = await file.stat()
      return {
        size: before.size,
        async bytes(from, to) {
          const bytes = new Uint8Array(to - from)
          for (let at = 0; at < bytes.length; ) {
            const { bytesRead } = await within(() => file.read(bytes, at, bytes.length - at, from + at), where(path))
            if (bytesRead === 0) throw changedMeanwhile(path)
            at += bytesRead
          }
          await checkUnchanged(path, place, before)
          return bytes
        },
        close: () => file.close(),
      }
    },
  }
}

/** What an error of the file system means for the run. */
async function within<T>(action: () => Promise<T>, where: string): Promise<T> {
  try {
    return await action()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EACCES' || code === 'EPERM')
      throw new SourceRefused(`${where}: there is no right to read it. Grant it to the user that the worker runs as.`)
    if (code === 'ENOENT')
      throw new SourceUnavailable(`${where}: it is not there. Check baseUrl in the source file, and whether the share is mounted.`)
    if (code === undefined) throw error
    throw new SourceUnavailable(`${where}: it cannot be read now (${code}).`)
  }
}
