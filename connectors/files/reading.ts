import {
  type Cursor,
  type End,
  type FilesClient,
  type Key,
  type Page,
  type ReadContext,
  type RecordSchema,
  type SourceRecord,
  SourceRefused,
  UnexpectedResponse,
} from '../connector.js'
import { Broken } from './broken.js'
import { readCsv } from './csv.js'
import { choose } from './delivery.js'
import type { Line, ReadFormat } from './format.js'
import { readJson, readNdjson } from './json.js'
import { readParquet } from './parquet.js'
import type { Format, StreamSettings } from './settings.js'
import { readXlsx } from './xlsx.js'
import { readXml } from './xml.js'

export const readers: { readonly [format in Format]: ReadFormat } = {
  csv: readCsv,
  xlsx: readXlsx,
  json: readJson,
  ndjson: readNdjson,
  xml: readXml,
  parquet: readParquet,
}

/** Where a reading is. Of other files than those it was reading, it tells nothing, and they are read from the first. */
interface Saved {
  digest: string
  path: string
  /** Lines of this file that were read. */
  read: number
  /** A record could not be read and has no key: the files show less than they hold. */
  holes: boolean
  /** Stated columns that no file has had yet; undefined while none had a header. */
  missing?: readonly string[] | undefined
}

const pageSize = 500

/** Reads the files of a stream in their order. */
export async function* readFiles(ctx: ReadContext, settings: StreamSettings, schema: RecordSchema): AsyncGenerator<Page, End, undefined> {
  const files = folderOf(ctx)
  const { files: chosen, complete, digest, checkpoint } = await choose(ctx, files, settings)
  const saved: Saved | undefined = ctx.cursor === undefined ? undefined : JSON.parse(ctx.cursor)
  const resumed = saved?.digest === digest ? saved : undefined
  const columns = new Columns(settings, schema, resumed?.missing)
  let holes = resumed?.holes ?? false
  const start = resumed ? chosen.findIndex(({ path }) => path === resumed.path) : 0
  for (const { path } of chosen.slice(start)) {
    const skip = path === resumed?.path ? resumed.read : 0
    let read = 0
    const lines: Line[] = []
    const where = whereOf(ctx, path)
    const page = (): Page => {
      const made = pageOf(lines.splice(0), path, settings)
      holes ||= made.unreadable.some(({ key }) => key === null)
      return { ...made, cursor: JSON.stringify({ digest, path, read, holes, missing: columns.missing } satisfies Saved) as Cursor }
    }
    try {
      for await (const line of readers[settings.format]({ files, path, where, settings, schema }, (names) => columns.see(names))) {
        read += 1
        if (read > skip) lines.push(line)
        if (lines.length === pageSize) yield page()
      }
    } catch (error) {
      if (error instanceof Broken) throw refused(where, error)
      throw error
    }
    yield page()
  }
  if (chosen.length > 0 && columns.missing && columns.missing.length > 0) {
    throw new UnexpectedResponse(
      `source '${ctx.source}', stream '${ctx.stream}': no file has ${listOf(columns.missing)}. Where it has another name now or is gone, say so under 'record' in sources/${ctx.source}.yaml.`,
    )
  }
  return { complete: complete === 'all' && holes ? false : complete, checkpoint }
}

/** The folder of a source. */
export function folderOf(ctx: Pick<ReadContext, 'source' | 'files'>): FilesClient {
  if (ctx.files) return ctx.files
  throw new SourceRefused(
    `source '${ctx.source}': its baseUrl is no place with files. Give one such as file:///data/leverancier in sources/${ctx.source}.yaml.`,
  )
}

const listOf = (names: readonly string[]): string =>
  `${names.length === 1 ? 'a column' : 'columns'} ${names.map((name) => `'${name}'`).join(', ')}`

export const whereOf = (ctx: Pick<ReadContext, 'source' | 'stream'>, path: string): string =>
  `source '${ctx.source}', stream '${ctx.stream}', file '${path}'`

function refused(where: string, { message, at }: Broken): UnexpectedResponse {
  return new UnexpectedResponse(
    `${where}${at === undefined ? '' : `, ${at}`}: ${message}. Nothing of it lands. Ask whoever delivers it for a whole one, or take it out of the folder.`,
  )
}

function pageOf(
  lines: readonly Line[],
  path: string,
  { key }: StreamSettings,
): { records: SourceRecord[]; unreadable: NonNullable<Page['unreadable']> } {
  const records: SourceRecord[] = []
  const unreadable: NonNullable<Page['unreadable']> = []
  for (const { at, record, unreadable: reason } of lines) {
    if (reason !== undefined) unreadable.push({ key: record ? keyOf(record, [key].flat()) : null, reason: `${path}, ${at}: ${reason}` })
    else if (record) records.push(record)
  }
  return { records, unreadable }
}

/** The key of a record that could be read in part; null where the key could not. */
function keyOf(record: SourceRecord, names: readonly string[]): Key | null {
  const values = names.map((name) => record[name])
  if (values.some((value) => typeof value !== 'string' || value === '')) return null
  return Object.fromEntries(names.map((name, at) => [name, values[at] as string]))
}

/** Follows which of the stated columns the files have. A column that one file lacks is null there; one that all lack is a mistake of somebody. */
class Columns {
  missing: readonly string[] | undefined
  readonly #stated: readonly string[]
  readonly #key: readonly string[]

  constructor({ key }: StreamSettings, { properties }: RecordSchema, missing: readonly string[] | undefined) {
    this.#stated = Object.keys(properties ?? {})
    this.#key = [key].flat()
    this.missing = missing
  }

  /** @throws Broken when the key is not among them */
  see(names: readonly string[]): void {
    const key = this.#key.filter((name) => !names.includes(name))
    if (key.length > 0) throw new Broken(`it has no column '${key[0]}', which is the key`)
    this.missing = (this.missing ?? this.#stated).filter((name) => !names.includes(name))
  }
}
