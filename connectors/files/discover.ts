import {
  type Context,
  type FilesClient,
  type JsonObject,
  type SourceFileFound,
  type SourceRecord,
  type StreamProposal,
  UnexpectedResponse,
} from '../connector.js'
import { Broken } from './broken.js'
import { filesOf } from './delivery.js'
import { type Guess, guessFields } from './guess.js'
import { folderOf, readers, whereOf } from './reading.js'
import { type Format, type StreamSettings, streamSettings } from './settings.js'
import { sniff } from './sniff.js'

const formatOf: { readonly [extension: string]: Format } = {
  csv: 'csv',
  tsv: 'csv',
  txt: 'csv',
  xlsx: 'xlsx',
  json: 'json',
  geojson: 'json',
  ndjson: 'ndjson',
  jsonl: 'ndjson',
  xml: 'xml',
  parquet: 'parquet',
}

/** Enough to tell a number from a text; the rest of a file is not read. */
const sample = 1000

/**
 * Proposes a stream for the files of one folder and format that no stream takes yet, and says what the newest file of a stated one holds. Forms are
 * guessed from the first records, for a person to look at.
 */
export async function discover(
  ctx: Context,
  stated: { readonly [stream: string]: JsonObject },
): Promise<{ [stream: string]: StreamProposal }> {
  const files = folderOf(ctx)
  const proposals: { [stream: string]: StreamProposal } = {}
  const taken = new Set<string>()
  for (const [name, written] of Object.entries(stated)) {
    const { success, data: settings } = streamSettings.safeParse(written)
    if (!success) continue
    const found = await filesOf(files, settings)
    for (const { path } of found) taken.add(path)
    const newest = found.at(-1)
    if (newest)
      proposals[name] = {
        settings: written,
        key: [settings.key].flat(),
        record: { properties: (await guessIn(files, newest, settings, ctx)).properties },
      }
  }
  for (const group of groupsOf((await files.list()).filter(({ path }) => !taken.has(path)))) {
    const name = nameOf(group, Object.keys(proposals))
    proposals[name] = await proposalOf(files, group, ctx)
  }
  return proposals
}

interface Group {
  folder: string
  extension: string
  format: Format
  newest: SourceFileFound
}

/** Files of one folder and extension; the last by name stands for the others. */
function groupsOf(files: readonly SourceFileFound[]): Group[] {
  const groups = new Map<string, Group>()
  for (const file of files) {
    const [, folder = '', extension = ''] = /^(.*\/)?[^/]*?\.([^./]+(?:\.gz)?)$/i.exec(file.path) ?? []
    const format = formatOf[extension.toLowerCase().replace(/\.gz$/, '')]
    if (format) groups.set(`${folder} ${extension}`, { folder, extension, format, newest: file })
  }
  return [...groups.values()]
}

/** The folder's name; of the folder of the source itself that of the file, without what counts or dates it. */
function nameOf({ folder, newest, extension }: Group, taken: readonly string[]): string {
  const base =
    folder === '' ? newest.path.slice(0, -extension.length - 1).replace(/[\d_\-. ]+$/, '') : folder.replace(/\/$/, '').replace(/^.*\//, '')
  const plain = base
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^[^a-z]+|_+$/g, '')
  const name = plain === '' ? 'bestanden' : plain
  if (!taken.includes(name)) return name
  const other = `${name}_${extension.toLowerCase().replace('.', '_')}`
  return taken.includes(other) ? `${other}_${taken.length}` : other
}

async function proposalOf(files: FilesClient, { folder, extension, format, newest }: Group, ctx: Context): Promise<StreamProposal> {
  const forms = await sniff(files, newest, format)
  const written = { files: `${folder}*.${extension}`, format, ...forms }
  const settings = { ...written, delivery: 'snapshot', order: 'name', key: '', record: {} } as StreamSettings
  const { properties, dates } = await guessIn(files, newest, settings, ctx)
  return { settings: { ...written, ...(dates && { dates }) }, key: [], record: { properties }, description: newest.path }
}

/** The fields of the first records of a file, each with a guess at its type. */
async function guessIn(files: FilesClient, { path }: SourceFileFound, settings: StreamSettings, ctx: Context): Promise<Guess> {
  const records: SourceRecord[] = []
  try {
    // Without a record of its own each value comes as it is written.
    for await (const { record } of readers[settings.format]({ files, path, where: whereOf(ctx, path), settings, schema: {} }, () => {})) {
      ctx.signal.throwIfAborted()
      if (record) records.push(record)
      if (records.length === sample) break
    }
  } catch (error) {
    if (!(error instanceof Broken || error instanceof UnexpectedResponse)) throw error
    ctx.log.warn({ file: path }, `this file cannot be read: ${error.message}`)
  }
  return guessFields(records, settings.decimal ?? '.')
}
