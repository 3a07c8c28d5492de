/** A folder of an SFTP server as the place of files. */
import { posix } from 'node:path'
import type { FileEntryWithStats, SFTPWrapper, Stats } from 'ssh2'
import { type Budget, memoryBudget } from './budget.js'
import type { SourceFileFound } from './clients.js'
import { SourceRefused, SourceUnavailable } from './errors.js'
import { foldersOf, isPassedOver } from './file-pattern.js'
import { emptyFolder, FileChanged, type FilesView, type Place, whereIn } from './file-place.js'
import { callSftp, SftpConnection, type SftpConnectionOptions } from './sftp-connection.js'

export interface SftpOptions extends SftpConnectionOptions {
  budget?: Budget | undefined
}

/** ssh2 asks for at most 31,952 bytes at once, so that each server can answer in one packet; 16 on their way hide the time of the road. */
const readBytes = 30 * 1024
const readsAhead = 16

/** Opens the client of an SFTP server. Nothing is sent yet. */
export function openSftp(options: SftpOptions): { of(view: FilesView): Place; close(): void } {
  const connection = new SftpConnection(options)
  const budget = options.budget ?? memoryBudget({ name: options.source })
  return { of: (view) => new SftpPlace(options, connection, budget, view), close: () => connection.close() }
}

class SftpPlace implements Place {
  readonly showsHalf = true
  readonly unpacks = false
  readonly #source: string
  readonly #folder: string
  readonly #connection: SftpConnection
  readonly #budget: Budget
  readonly #view: FilesView

  constructor({ source, baseUrl }: SftpOptions, connection: SftpConnection, budget: Budget, view: FilesView) {
    this.#source = source
    this.#folder = posix.normalize(`/${decodeURIComponent(new URL(baseUrl).pathname)}`)
    this.#connection = connection
    this.#budget = budget
    this.#view = view
  }

  async list(patterns: Parameters<Place['list']>[0]): Promise<SourceFileFound[]> {
    const found: SourceFileFound[] = []
    for (const { folder, depth } of foldersOf(patterns)) {
      const entries = await this.#entries(folder)
      if (entries.length === 0) throw emptyFolder(this.#where(folder))
      found.push(...(await this.#walk(folder, entries, depth)))
    }
    return found
  }

  find(path: string): Promise<SourceFileFound> {
    return this.#asked((sftp) => this.#find(sftp, path))
  }

  async *read(file: SourceFileFound, start: number, end = file.size): AsyncGenerator<Uint8Array, void, undefined> {
    const release = await this.#budget.acquire(this.#view.signal)
    try {
      const sftp = await this.#connection.sftp(this.#view.signal)
      const place = await this.#placeOf(sftp, file.path)
      const handle = await this.#call<Buffer>(sftp, file.path, (done) => sftp.open(place, 'r', done))
      try {
        if (versionOf(await this.#call<Stats>(sftp, file.path, (done) => sftp.fstat(handle, done))) !== file.version)
          throw new FileChanged()
        yield* this.#bytes(sftp, file.path, handle, start, Math.min(end, file.size))
        // One that was put in its place while we read the old one, or that grew.
        if (versionOf(await this.#call<Stats>(sftp, file.path, (done) => sftp.stat(place, done))) !== file.version) throw new FileChanged()
      } finally {
        // Where the connection is gone, so is the handle.
        sftp.close(handle, () => undefined)
      }
    } finally {
      release()
    }
  }

  async *#bytes(sftp: SFTPWrapper, path: string, handle: Buffer, start: number, end: number): AsyncGenerator<Uint8Array, void, undefined> {
    const coming: Promise<Uint8Array>[] = []
    try {
      for (let at = start; at < end || coming.length > 0; ) {
        for (; at < end && coming.length < readsAhead; at += readBytes) {
          const piece = this.#piece(sftp, path, handle, at, Math.min(readBytes, end - at))
          // It is awaited in its turn; a failure before that is not without someone to go to.
          piece.catch(() => undefined)
          coming.push(piece)
        }
        yield (await coming.shift()) as Uint8Array
      }
    } finally {
      await Promise.allSettled(coming)
    }
  }

  /** A server may give fewer bytes than it is asked for. */
  async #piece(sftp: SFTPWrapper, path: string, handle: Buffer, start: number, length: number): Promise<Uint8Array> {
    const bytes = Buffer.alloc(length)
    for (let at = 0; at < length; ) {
      const came = await this.#call<number>(sftp, path, (done) => sftp.read(handle, bytes, at, length - at, start + at, done))
      if (came === 0) throw new FileChanged()
      at += came
    }
    return bytes
  }

  async #walk(folder: string, entries: readonly FileEntryWithStats[], depth: number): Promise<SourceFileFound[]> {
    const found: SourceFileFound[] = []
    for (const { filename, attrs } of entries) {
      const path = folder === '' ? filename : `${folder}/${filename}`
      if (isPassedOver(filename)) continue
      if (attrs.isDirectory()) {
        if (depth > 1) found.push(...(await this.#walk(path, await this.#entries(path), depth - 1)))
      } else if (attrs.isSymbolicLink()) {
        const target = await this.#asked(async (sftp) => {
          const place = await this.#placeOf(sftp, path)
          return this.#call<Stats>(sftp, path, (done) => sftp.stat(place, done))
        })
        if (target.isFile()) found.push(fileOf(path, target))
      } else if (isFile(attrs)) found.push(fileOf(path, attrs))
    }
    return found
  }

  #entries(folder: string): Promise<FileEntryWithStats[]> {
    return this.#asked(async (sftp) => {
      const place = await this.#placeOf(sftp, folder)
      return this.#call<FileEntryWithStats[]>(sftp, folder, (done) => sftp.readdir(place, done))
    })
  }

  async #find(sftp: SFTPWrapper, path: string): Promise<SourceFileFound> {
    const place = await this.#placeOf(sftp, path)
    const attrs = await this.#call<Stats>(sftp, path, (done) => sftp.stat(place, done))
    if (!isFile(attrs)) throw new SourceRefused(`${this.#where(path)}: it is no file.`)
    return fileOf(path, attrs)
  }

  /** The real place of a path, which has to be in the folder: a link can lead out of it. */
  async #placeOf(sftp: SFTPWrapper, path: string): Promise<string> {
    const real = (place: string) => this.#call<string>(sftp, path, (done) => sftp.realpath(place, done))
    const folder = await real(this.#folder)
    const place = await real(posix.join(this.#folder, path))
    if (posix.relative(folder, place).split('/')[0] === '..')
      throw new SourceRefused(
        `${this.#where(path)}: it leads out of the folder of the source, where nothing is read. Put the file itself there.`,
      )
    return place
  }

  async #asked<T>(work: (sftp: SFTPWrapper) => Promise<T>): Promise<T> {
    const release = await this.#budget.acquire(this.#view.signal)
    try {
      return await work(await this.#connection.sftp(this.#view.signal))
    } finally {
      release()
    }
  }

  async #call<T>(sftp: SFTPWrapper, path: string, send: (done: (error: Error | null | undefined, value: T) => void) => void): Promise<T> {
    try {
      return await callSftp<T>(sftp, send, { signal: this.#view.signal, idleTimeoutMs: this.#connection.idleTimeoutMs })
    } catch (error) {
      this.#view.signal?.throwIfAborted()
      throw this.#errorOf(error, path)
    }
  }

  /** @see draft-ietf-secsh-filexfer-02 §7: the codes of a status */
  #errorOf(error: unknown, path: string): unknown {
    const { code } = error as { code?: unknown }
    const where = this.#where(path)
    if (code === 1) return new FileChanged()
    if (code === 2)
      return new SourceUnavailable(
        `${where}: it is not there. Check baseUrl in sources/${this.#source}.yaml, and whether the server has its disk.`,
      )
    if (code === 3)
      return new SourceRefused(`${where}: we have no right to read it. Request the right from the administrator of the server.`)
    if (typeof code === 'number') return new SourceUnavailable(`${where}: the server fails on it (status ${code} of SFTP).`)
    return this.#connection.errorOf(error, where)
  }

  #where(path: string): string {
    return whereIn(this.#source, this.#view, path, `folder '${this.#folder}'`)
  }
}

/** What a server tells of a file: each of it may be left out. @see draft-ietf-secsh-filexfer-02 §5 */
type Told = Partial<Stats> & Pick<Stats, 'isFile'>

/** Servers that do not tell what an entry is tell its size. */
function isFile(attrs: Told): boolean {
  return attrs.mode === undefined ? attrs.size !== undefined : attrs.isFile()
}

function fileOf(path: string, attrs: Told): SourceFileFound {
  const { size = Number.NaN, mtime = 0 } = attrs
  return { path, size, changedAt: new Date(mtime * 1000), version: versionOf(attrs) }
}

/** SFTP tells no more of a file; its times have whole seconds. */
function versionOf({ size, mtime }: Told): string {
  return `${size?.toString(36)}-${mtime?.toString(36)}`
}
