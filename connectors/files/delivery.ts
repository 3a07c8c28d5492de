/**
 * Which files a reading reads, and how a checkpoint knows what was read. A checkpoint has a bound of 8 KB, however many files there are.
 *
 * What files together are (`snapshot`, `newest`) is known by one digest: where something changed, all of it is read again, so that what is gone is
 * seen. Files that add (`append`) are known one by one: those that come last in their order by digest of their content, older ones by when they
 * were changed. Names alone tell nothing, since the same name can be delivered again.
 */

import { createHash } from 'node:crypto'
import { type Checkpoint, type FilesClient, type ReadContext, type SourceFileFound, SourceUnavailable } from '../connector.js'
import { compareGrowing } from '../instants.js'
import type { StreamSettings } from './settings.js'

/** Files to read, in their order. */
export interface Chosen {
  files: readonly SourceFileFound[]
  /** What a reading of them has listed, where each record could be read. */
  complete: 'all' | 'appended' | false
  /** Tells this choice from another, without reading the files. */
  digest: string
  checkpoint: Checkpoint
}

interface Whole {
  /** When the folder was listed, by our clock. */
  at: string
  /** Over path and version. */
  quick: string
  /** Over path, size and SHA-256 of the content. */
  sums: string
}

interface Added {
  at: string
  /** Where the files begin that are known by their content; empty: all are. */
  from: string
  /** The latest change of any file. */
  until: string
  /** Of each file a token of path and version, and one of path, size and content, behind each other. */
  seen: string
}

/** Characters of base64url, six bits each: one by chance in 2^48 files and in 2^66. */
const quickLength = 8
const sumLength = 11
/** So that a checkpoint stays under 8 KB, with room for a long path. */
const mostTokens = 380

const momentOf = (checkpoint: Checkpoint): string => (JSON.parse(checkpoint) as Whole | Added).at
export const compareCheckpoints = (a: Checkpoint, b: Checkpoint): number => compareGrowing(momentOf(a), momentOf(b))

/** The files of a stream, in their order. */
export async function filesOf(
  files: FilesClient,
  { files: pattern, order }: Pick<StreamSettings, 'files' | 'order'>,
): Promise<SourceFileFound[]> {
  const place = placeOf(order)
  return (await files.list([pattern])).sort((a, b) => (place(a) < place(b) ? -1 : 1))
}

/** What files are ordered by. */
function placeOf(order: StreamSettings['order']): (file: SourceFileFound) => string {
  return order === 'time' ? ({ changedAt, path }) => `${changedAt.toISOString()} ${path}` : ({ path }) => path
}

/**
 * Chooses what a reading reads. Nothing is chosen where nothing changed.
 *
 * @throws SourceUnavailable when there is no file of what would be a whole: that it is empty, only a file can say
 */
export async function choose(
  ctx: Pick<ReadContext, 'source' | 'stream' | 'reading' | 'checkpoint'>,
  client: FilesClient,
  settings: StreamSettings,
): Promise<Chosen> {
  const at = new Date().toISOString()
  const found = await filesOf(client, settings)
  const known = ctx.reading === 'changes' && ctx.checkpoint !== undefined ? (JSON.parse(ctx.checkpoint) as Whole | Added) : undefined
  if (settings.delivery === 'append') return chooseAdded(found, client, settings, at, known && 'seen' in known ? known : undefined)
  if (found.length === 0)
    throw new SourceUnavailable(
      `source '${ctx.source}', stream '${ctx.stream}': there is no file '${settings.files}'; it is waited for. Check the pattern in sources/${ctx.source}.yaml, and whether it was delivered.`,
    )
  const files = settings.delivery === 'newest' ? found.slice(-1) : found
  return chooseWhole(files, client, at, known && 'sums' in known ? known : undefined)
}

async function chooseWhole(files: readonly SourceFileFound[], client: FilesClient, at: string, known: Whole | undefined): Promise<Chosen> {
  const quick = digestOf(files.map(quickText))
  const sums = known?.quick === quick ? known.sums : await sumsOf(files, client)
  const checkpoint = JSON.stringify({ at, quick, sums } satisfies Whole) as Checkpoint
  return known?.sums === sums
    ? { files: [], complete: false, digest: quick, checkpoint }
    : { files, complete: 'all', digest: quick, checkpoint }
}

async function sumsOf(files: readonly SourceFileFound[], client: FilesClient): Promise<string> {
  const texts: string[] = []
  for (const file of files) texts.push(await sumText(file, client))
  return digestOf(texts)
}

/** From the first file on that is new or has other content: the files behind it may say something later of the same keys. */
async function chooseAdded(
  found: readonly SourceFileFound[],
  client: FilesClient,
  { order }: StreamSettings,
  at: string,
  known: Added | undefined,
): Promise<Chosen> {
  const place = placeOf(order)
  const tokens = new Map<string, string>()
  for (let start = 0; known && start < known.seen.length; start += quickLength + sumLength)
    tokens.set(known.seen.slice(start, start + quickLength), known.seen.slice(start + quickLength, start + quickLength + sumLength))
  const sums = new Set(tokens.values())
  const recent = Math.max(0, found.length - mostTokens)
  const seen: string[] = []
  let first = found.length
  for (const [index, file] of found.entries()) {
    const quick = digestOf([quickText(file)]).slice(0, quickLength)
    const isOld = known !== undefined && place(file) < known.from && file.changedAt.toISOString() <= known.until
    const isFresh = known === undefined || (!isOld && !tokens.has(quick))
    const needed = index >= recent || (isFresh && known !== undefined)
    const sum = needed ? (tokens.get(quick) ?? digestOf([await sumText(file, client)]).slice(0, sumLength)) : undefined
    if (isFresh && (sum === undefined || !sums.has(sum))) first = Math.min(first, index)
    if (index >= recent) seen.push(`${quick}${sum}`)
  }
  const until = new Date(found.reduce((latest, { changedAt }) => Math.max(latest, changedAt.getTime()), 0)).toISOString()
  const checkpoint: Added = { at, from: recent > 0 ? place(found[recent]!) : '', until, seen: seen.join('') }
  const files = found.slice(first)
  return {
    files,
    complete: known === undefined ? 'appended' : false,
    digest: digestOf(files.map(quickText)),
    checkpoint: JSON.stringify(checkpoint) as Checkpoint,
  }
}

const quickText = ({ path, version }: SourceFileFound): string => JSON.stringify([path, version])
const sumText = async ({ path, size }: SourceFileFound, client: FilesClient): Promise<string> =>
  JSON.stringify([path, size, await client.checksum(path)])

function digestOf(texts: readonly string[]): string {
  const hash = createHash('sha256')
  for (const text of texts) hash.update(`${text}\n`)
  return hash.digest('base64url')
}
