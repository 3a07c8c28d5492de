/** The files of a source: what holds at every place, over what each does by itself (`folder.ts`, `sftp.ts`, `s3.ts`, `web-files.ts`). */
import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { Archive } from './archive.js'
import type { Budget } from './budget.js'
import type { FilesClient, OpenFile, SourceFileFound } from './clients.js'
import { type Clock, systemClock } from './clock.js'
import { SourceRefused, SourceUnavailable } from './errors.js'
import { allFiles, alternatives, type FilePattern, filePattern, isPassedOver, splitAtArchive } from './file-pattern.js'
import { FileChanged, type FilesView, type Place, whereIn } from './file-place.js'
import { folderPlace } from './folder.js'
import type { SourceHttp } from './http.js'
import { unpackedGzip } from './packed.js'
import { s3Place } from './s3.js'
import { openSftp } from './sftp.js'
import { webPlace } from './web-files.js'

export interface FilesOptions {
  /** Name of the source, for messages. */
  source: string
  /** `file:///…`, `sftp://host/folder`, `s3://bucket/prefix`, or an address of HTTP. */
  baseUrl: string
  /** The client by which files come over HTTPS (its base URL is that of the files) and from S3 (its base URL is the endpoint). */
  http?: SourceHttp | undefined
  /** Gives the value of a credential each time that it is needed; undefined where there is none. */
  credentials?: ((field: string) => string | undefined) | undefined
  /** The setting in which a credential is found, for messages. */
  credentialSetting?: ((field: string) => string) | undefined
  /** SFTP: fingerprints of the host keys that are trusted, `SHA256:…`. */
  hostKeys?: readonly string[] | undefined
  /** S3: the region, which is part of the signature. */
  region?: string | undefined
  /** The path of the marker that says that a file is whole, with `{file}` for the path of the file: `{file}.ok`. */
  ready?: string | undefined
  /** Left out: no limit. What goes over `http` takes of the budget of that client. */
  budget?: Budget | undefined
  /** A file that was changed less long ago may still be written. Default 30 s. */
  settleMs?: number | undefined
  /** No byte for so long ends what goes on. Default 120 s. */
  idleTimeoutMs?: number | undefined
  clock?: Clock | undefined
}

/** The files of a source. Connections are shared by all views of it. */
export interface SourceFiles extends FilesClient {
  of(view: FilesView): FilesClient
  /** Closes the connections that are kept. What still reads fails. */
  close(): void
}

/**
 * Opens the place of files of a source. Nothing is read yet.
 *
 * @throws SourceRefused when its base URL cannot be one
 */
export function openFiles(options: FilesOptions): SourceFiles {
  const { placeOf, close } = placesOf(options)
  const seen: Seen = { unsettled: new Map(), sums: new Map() }
  const of = (view: FilesView) => new Files(options, placeOf(view), view, seen)
  return Object.assign(of({}), { of, close })
}

function placesOf(options: FilesOptions): { placeOf: (view: FilesView) => Place; close: () => void } {
  const { source, baseUrl, http } = options
  const { protocol } = new URL(baseUrl)
  const nothing = () => undefined
  if (protocol === 'file:') {
    const folder = fileURLToPath(baseUrl)
    return { placeOf: (view) => folderPlace({ source, folder }, view), close: nothing }
  }
  if (protocol === 'sftp:') {
    const sftp = openSftp(options)
    return { placeOf: (view) => sftp.of(view), close: () => sftp.close() }
  }
  // The client belongs to who opened it.
  if (protocol === 's3:' && http) return { placeOf: (view) => s3Place({ ...options, view, http: http.of(view) }), close: nothing }
  if (/^https?:$/.test(protocol) && http) return { placeOf: (view) => webPlace({ ...options, view, http: http.of(view) }), close: nothing }
  throw new SourceRefused(`source '${source}': baseUrl is no place of files; expected file:///…, sftp://…, s3://… or https://…`)
}

/** What all views know of files, by path. */
interface Seen {
  /** Those that may still be written: which version, and when it was first seen. */
  unsettled: Map<string, { version: string; since: number }>
  /** Checksums that were made, each of a version. */
  sums: Map<string, { version: string; sum: string }>
}

/** A connection that breaks again and again without a megabyte in between is not resumed for ever. */
const resumptions = { atMost: 5, forgottenAfterBytes: 1024 * 1024 }

/** A workbook of 200,000 rows has 10 MB. */
const mostInMemory = 64 * 1024 * 1024

class Files implements FilesClient {
  readonly #options: FilesOptions
  readonly #place: Place
  readonly #view: FilesView
  readonly #seen: Seen
  readonly #clock: Clock
  /** The archive that was opened last: a listing and the reading of what it found need its directory both. */
  #archive: { file: SourceFileFound; archive: Archive } | undefined

  constructor(options: FilesOptions, place: Place, view: FilesView, seen: Seen) {
    this.#options = options
    this.#place = place
    this.#view = view
    this.#seen = seen
    this.#clock = options.clock ?? systemClock
  }

  list(texts?: readonly string[]): Promise<SourceFileFound[]> {
    return this.#steady('', async () => {
      const { source, ready } = this.#options
      const patterns = texts?.flatMap(alternatives).map((text) => filePattern(text, source)) ?? [allFiles]
      const found = new Map((await this.#place.list([...patterns, ...this.#markers(patterns)])).map((file) => [file.path, file]))
      const markers = new Set(ready === undefined ? [] : [...found.keys()].map((path) => markerOf(ready, path)))
      const wanted = [...found.values()].filter(
        ({ path }) => !isPassedOver(path) && !markers.has(path) && patterns.some((pattern) => pattern.matches(path)),
      )
      if (ready === undefined) this.#checkSettled(wanted)
      else this.#checkMarked(wanted, found, ready)
      const files = new Map<string, SourceFileFound>()
      for (const file of wanted) {
        const matching = patterns.filter((pattern) => pattern.matches(file.path))
        if (matching.some(({ inside }) => inside === undefined)) files.set(file.path, file)
        const insides = matching.flatMap(({ inside }) => inside ?? [])
        if (insides.length === 0) continue
        const archive = await this.#open(file)
        for (const inner of archive.files()) {
          const path = inner.path.slice(file.path.length + 1)
          if (!isPassedOver(path) && insides.some((matches) => matches(path))) files.set(inner.path, inner)
        }
      }
      return [...files.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
    })
  }

  checksum(path: string): Promise<string> {
    return this.#steady(path, async () => {
      const { version, content } = await this.#found(path)
      const known = this.#seen.sums.get(path)
      if (known?.version === version) return known.sum
      const hash = createHash('sha256')
      for await (const piece of content) hash.update(piece)
      const sum = hash.digest('hex')
      this.#seen.sums.set(path, { version, sum })
      return sum
    })
  }

  async *read(path: string): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield* (await this.#found(path)).content
    } catch (error) {
      throw this.#steadyError(error, path)
    }
  }

  open(path: string): Promise<OpenFile> {
    return this.#steady(path, async () => {
      if (splitAtArchive(path) || /\.gz$/i.test(path)) return this.#unpacked(path)
      const file = this.#sized(await this.#place.find(path))
      return {
        size: file.size,
        bytes: (from, to) =>
          this.#steady(path, async () => {
            const pieces: Uint8Array[] = []
            for await (const piece of this.#whole(file, from, to)) pieces.push(piece)
            return Buffer.concat(pieces)
          }),
      }
    })
  }

  /** A file that has its bytes in one order only, in memory. */
  async #unpacked(path: string): Promise<OpenFile> {
    const pieces: Uint8Array[] = []
    let size = 0
    for await (const piece of (await this.#found(path)).content) {
      size += piece.length
      if (size > mostInMemory)
        throw new SourceRefused(
          `${this.#where(path)}: it unpacks to more than ${mostInMemory / 1024 / 1024} MB, which a packed file of this format cannot. Have it delivered unpacked.`,
        )
      pieces.push(piece)
    }
    const bytes = Buffer.concat(pieces)
    return { size, bytes: async (from, to) => bytes.subarray(from, to) }
  }

  /** A file as it is now; nothing of its content is asked for until it is taken. */
  async #found(path: string): Promise<{ version: string; content: AsyncIterable<Uint8Array> }> {
    const split = splitAtArchive(path)
    const file = await this.#place.find(split?.archive ?? path)
    const archive = split && (await this.#open(file))
    const version = archive?.find(split!.inside).version ?? file.version
    const bytes = archive?.read(split!.inside) ?? this.#whole(file)
    const isGzip = /\.gz$/i.test(path)
    return { version, content: isGzip ? unpackedGzip(bytes, this.#where(path), { beUnpacked: this.#place.unpacks && !archive }) : bytes }
  }

  async #open(file: SourceFileFound): Promise<Archive> {
    this.#sized(file)
    if (this.#archive?.file.path !== file.path || this.#archive.file.version !== file.version)
      this.#archive = { file, archive: await Archive.open(file, (start, end) => this.#whole(file, start, end), this.#where(file.path)) }
    return this.#archive.archive
  }

  /** What is read by places in it has a size. */
  #sized(file: SourceFileFound): SourceFileFound {
    if (Number.isFinite(file.size)) return file
    throw new SourceRefused(
      `${this.#where(file.path)}: the server does not say how large it is, as this format needs. Have it delivered without a packing of the server's own, or as CSV or gzip.`,
    )
  }

  /** The bytes of one version; where a connection breaks, it goes on at the byte where it was. */
  async *#whole(file: SourceFileFound, from = 0, to?: number): AsyncGenerator<Uint8Array, void, undefined> {
    let at = from
    let resumed = { times: 0, at }
    for (;;) {
      const began = at
      try {
        for await (const piece of this.#place.read(file, at, to)) {
          at += piece.length
          yield piece
        }
        return
      } catch (error) {
        if (!(error instanceof SourceUnavailable) || error.retryAt !== undefined || at === began) throw error
        if (at - resumed.at > resumptions.forgottenAfterBytes) resumed = { times: 0, at }
        resumed.times += 1
        if (resumed.times > resumptions.atMost) throw error
      }
    }
  }

  #markers(patterns: readonly FilePattern[]): FilePattern[] {
    const { ready, source } = this.#options
    return ready === undefined ? [] : patterns.map(({ outer }) => filePattern(markerOf(ready, outer), source))
  }

  /** A file that was seen unchanged over the settle time has come to rest, also where the clock of its place is ahead of ours. */
  #checkSettled(files: readonly SourceFileFound[]): void {
    if (!this.#place.showsHalf) return
    const { settleMs = 30_000 } = this.#options
    const { unsettled } = this.#seen
    const now = this.#clock.now().getTime()
    const young = files.filter(({ path, version, changedAt }) => {
      const seen = unsettled.get(path)
      const rests = now - changedAt.getTime() >= settleMs || (seen?.version === version && now - seen.since >= settleMs)
      if (rests) unsettled.delete(path)
      else if (seen?.version !== version) unsettled.set(path, { version, since: now })
      return !rests
    })
    if (young.length === 0) return
    const last = Math.max(...young.map(({ changedAt }) => Math.min(changedAt.getTime(), now)))
    throw new SourceUnavailable(
      `${this.#where(young[0]!.path)}: it was changed just now and may still be written; it is read when it has come to rest.`,
      { retryAt: new Date(last + settleMs) },
    )
  }

  #checkMarked(files: readonly SourceFileFound[], found: ReadonlyMap<string, SourceFileFound>, ready: string): void {
    for (const { path, changedAt } of files) {
      const marker = found.get(markerOf(ready, path))
      // A marker that is older belongs to an earlier delivery of the same name.
      if (marker && marker.changedAt >= changedAt) continue
      throw new SourceUnavailable(
        `${this.#where(path)}: it is there, and the marker that says that it is whole, '${markerOf(ready, path)}', is ${marker ? 'older' : 'not'}; it is read when the marker comes.`,
      )
    }
  }

  #where(path: string): string {
    return whereIn(this.#options.source, this.#view, path, 'its files')
  }

  async #steady<T>(path: string, action: () => Promise<T>): Promise<T> {
    try {
      return await action()
    } catch (error) {
      throw this.#steadyError(error, path)
    }
  }

  #steadyError(error: unknown, path: string): unknown {
    return error instanceof FileChanged
      ? new SourceUnavailable(`${this.#where(path)}: it was changed while it was read; it is read again.`)
      : error
  }
}

const markerOf = (ready: string, path: string): string => ready.replaceAll('{file}', path)
