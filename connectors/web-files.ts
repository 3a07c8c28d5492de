/** A web server as the place of files. It has no listing: each file is named, and a page of links is not read. */
import { createHash } from 'node:crypto'
import type { SourceFileFound } from './clients.js'
import { type Clock, systemClock } from './clock.js'
import { SourceRefused, SourceUnavailable, UnexpectedResponse } from './errors.js'
import { FileChanged, type FilesView, type Place, whereIn } from './file-place.js'
import type { BytesAnswer, BytesClient } from './http-answer.js'
import { asItIs, isEncoded, ranged } from './ranged.js'
import { httpDate } from './retry-after.js'

export interface WebOptions {
  /** Name of the source, for messages. */
  source: string
  /** Address of the folder in which the files are. */
  baseUrl: string
  http: BytesClient
  view: FilesView
  clock?: Clock | undefined
}

export function webPlace({ source, baseUrl, http, view, clock = systemClock }: WebOptions): Place {
  const where = (path: string) => whereIn(source, view, path, 'its files')
  const base = new URL(baseUrl)
  if (!base.pathname.endsWith('/')) base.pathname += '/'

  const urlOf = (path: string): string => {
    const url = new URL(`./${path.replaceAll('#', '%23').replaceAll('?', '%3F')}`, base)
    if (url.href.startsWith(base.href)) return url.href
    throw new SourceRefused(`${where(path)}: it leads out of baseUrl, where nothing is read.`)
  }

  const ask = async (path: string, range: string | undefined): Promise<BytesAnswer> => {
    const headers = { ...asItIs, ...(range !== undefined && { Range: range }) }
    let answer: BytesAnswer
    try {
      answer = await http.bytes({ url: urlOf(path), headers, accept: [416] })
    } catch (error) {
      if (!(error instanceof UnexpectedResponse) || (error.status !== 404 && error.status !== 410)) throw error
      throw new SourceUnavailable(
        `${where(path)}: it is not there (${error.status}). If it is no longer delivered, take its name out of the source file; what was read of it stays until then.`,
        { status: error.status },
      )
    }
    if (!/\bhtml\b/i.test(answer.headers['content-type'] ?? '') || /\.html?$/i.test(path)) return answer
    answer.discard()
    throw new UnexpectedResponse(
      `${answer.where}: a page for people comes in place of the file, such as one to sign in. Check baseUrl and the names of the files in sources/${source}.yaml.`,
    )
  }

  /** Undefined where the server says nothing that changes with the content. */
  const versionOf = (answer: BytesAnswer): string | undefined => {
    const { etag, 'last-modified': modified } = answer.headers
    return etag ?? (modified === undefined ? undefined : `${modified}, ${sizeOf(answer)}`)
  }

  /** Of a server that says nothing of its files, the content itself has to tell one version from another. */
  const versionByContent = async (path: string, { size }: { size: number }): Promise<string> => {
    const hash = createHash('sha256')
    for await (const piece of ranged((range) => ask(path, range), { size }, 0)) hash.update(piece)
    return `sha256-${hash.digest('hex')}`
  }

  const changedAt = ({ headers }: BytesAnswer): Date => {
    const modified = httpDate(headers['last-modified'])
    if (modified === undefined) return new Date(0)
    // How long ago by its own clock: ours may differ.
    const ago = (httpDate(headers.date) ?? clock.now().getTime()) - modified
    return new Date(clock.now().getTime() - ago)
  }

  const find = async (path: string): Promise<SourceFileFound> => {
    // One byte tells as much as HEAD does, which not every server answers.
    let answer = await ask(path, 'bytes=0-0')
    answer.discard()
    if (answer.status === 416) {
      // An empty file has no first byte.
      answer = await ask(path, undefined)
      answer.discard()
    }
    const size = sizeOf(answer)
    return { path, size, changedAt: changedAt(answer), version: versionOf(answer) ?? (await versionByContent(path, { size })) }
  }

  return {
    showsHalf: true,
    unpacks: true,
    find,

    async list(patterns) {
      const unnamed = patterns.find(({ isPath }) => !isPath)
      if (unnamed)
        throw new SourceRefused(
          `${where('')}: '${unnamed.outer}' names no single file, and a web server has no listing. Name each file in sources/${source}.yaml.`,
        )
      const files: SourceFileFound[] = []
      for (const { outer } of patterns) files.push(await find(outer))
      return files
    },

    async *read(file, start, end) {
      const hash = createHash('sha256')
      const isWhole = start === 0 && end === undefined
      let says = true
      const asked = async (range?: string) => {
        const answer = await ask(file.path, range)
        const version = versionOf(answer)
        says = version !== undefined
        // Nor can one be resumed of which nothing tells that it is the same.
        const isSame = version === undefined ? start === 0 || end !== undefined : version === file.version
        if (answer.status !== 416 && isSame) return answer
        answer.discard()
        throw new FileChanged()
      }
      for await (const piece of ranged(asked, file, start, end)) {
        if (isWhole && !says) hash.update(piece)
        yield piece
      }
      // A server can read on in a file that is being overwritten.
      if (
        says
          ? end === undefined && (await find(file.path)).version !== file.version
          : isWhole && `sha256-${hash.digest('hex')}` !== file.version
      )
        throw new FileChanged()
    },
  }
}

/** The size of the whole file; not a number where it is not said, or is that of its packing. */
function sizeOf(answer: BytesAnswer): number {
  if (isEncoded(answer)) return Number.NaN
  const { 'content-range': range, 'content-length': length } = answer.headers
  return answer.status === 200 ? Number(length ?? Number.NaN) : Number(/\/(\d+)$/.exec(range ?? '')?.[1] ?? Number.NaN)
}
