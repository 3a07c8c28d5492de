import { isLosslessNumber } from 'lossless-json'
import { valueAt } from '../../connectors/body.js'
import type {
  Checkpoint,
  Connector,
  Context,
  Cursor,
  End,
  FilesClient,
  JsonObject,
  Key,
  Known,
  Page,
  Reading,
  Slice,
  SourceRecord,
  Stream,
} from '../../connectors/connector.js'
import { type HttpOptions, openHttp, type SourceHttp } from '../../connectors/http.js'
import { streamsOf } from '../../connectors/load.js'
import type { RecordField } from '../../connectors/record.js'
import type { SourceSql } from '../../connectors/sql-client.js'
import { type OpenStream, openStream } from '../../connectors/stream.js'
import { impatientClock, keptLog } from './loopback.js'

/** A source as a worker opens it, with a warehouse in memory. */
export interface OpenSource {
  connector: Connector
  streams: { readonly [name: string]: Stream }
  http: SourceHttp
  log: ReturnType<typeof keptLog>
  stream(name: string): OpenStream
  context(stream: string, warehouse?: Warehouse): Context & { fields: ReadonlySet<string> }
  close(): void
}

export interface SourceOptions {
  baseUrl: HttpOptions['baseUrl']
  credentials?: { [field: string]: string }
  http?: Partial<HttpOptions>
  files?: FilesClient
  sql?: SourceSql
  settings?: JsonObject
  streams?: { [name: string]: JsonObject }
}

export function openSource(connector: Connector, options: SourceOptions): OpenSource {
  const { credentials = {}, settings = {}, streams: stated = {} } = options
  const streams = streamsOf(connector, { settings, streams: stated })
  const log = keptLog()
  const http = openHttp({
    source: 'probe',
    version: '0.0.0',
    baseUrl: options.baseUrl,
    apis: connector.apis,
    authentication: connector.authentication,
    headers: connector.headers,
    credentials: (field) => credentials[field] ?? '',
    clock: impatientClock,
    log,
    ...options.http,
  })
  const signal = new AbortController().signal
  return {
    connector,
    streams,
    http,
    log,
    stream: (name) => openStream(name, streams),
    context: (stream) => ({
      source: 'probe',
      stream,
      http: http.of({ stream, signal, exact: openStream(stream, streams).exact }),
      files: options.files,
      sql: options.sql?.of({ stream, signal }),
      settings,
      streams: stated,
      organisation: { code: '0363', rsin: '002564440' },
      clientId: credentials.clientId,
      signal,
      log,
      fields: new Set(openStream(stream, streams).fields.map(({ path }) => path[0]!)),
    }),
    close() {
      http.close()
      options.sql?.close()
    },
  }
}

export interface Asked {
  reading?: Reading
  checkpoint?: string | undefined
  warehouse?: Warehouse
}

/** What one slice gave, page by page. */
export interface SliceRead {
  slice: Slice
  pages: Page[]
  end: End
}

/** Reads one slice, from a cursor where one is given. */
export async function readSlice(
  source: OpenSource,
  name: string,
  slice: Slice,
  asked: Asked = {},
  cursor?: Cursor,
  onPage?: (page: Page) => void,
): Promise<SliceRead> {
  const reading = source.stream(name).read({ ...sliceContext(source, name, asked), slice, cursor })
  const pages: Page[] = []
  for (;;) {
    const next = await reading.next()
    if (next.done) return { slice, pages, end: next.value }
    pages.push(next.value)
    onPage?.(next.value)
  }
}

/** Reads a stream whole: every slice of its plan. */
export async function readStream(source: OpenSource, name: string, asked: Asked = {}): Promise<SliceRead[]> {
  const slices = await source.stream(name).slices(sliceContext(source, name, asked))
  const result: SliceRead[] = []
  for (const slice of slices) result.push(await readSlice(source, name, slice, asked))
  return result
}

export function sliceContext(source: OpenSource, name: string, { reading = 'full', checkpoint, warehouse = new Warehouse(source) }: Asked) {
  return { ...source.context(name), reading, checkpoint: checkpoint as Checkpoint | undefined, where: [], known: warehouse.known(name) }
}

export const recordsIn = (read: readonly SliceRead[]): SourceRecord[] =>
  read.flatMap(({ pages }) => pages.flatMap(({ records }) => records))
export const removedIn = (read: readonly SliceRead[]): Key[] => read.flatMap(({ pages }) => pages.flatMap(({ removed = [] }) => removed))

/** The greatest checkpoint of the slices, as publish keeps it. */
export function checkpointOf(stream: OpenStream, read: readonly SliceRead[]): Checkpoint | undefined {
  return read
    .map(({ end }) => end.checkpoint)
    .reduce((a, b) => (a === undefined || (b !== undefined && stream.compare(b, a) > 0) ? b : a), undefined)
}

/** The key of a record, as text. */
export const keyOf = (stream: OpenStream, record: SourceRecord): Key =>
  Object.fromEntries(stream.key.map((field) => [field, textOf(valueAt(record, field)) ?? '']))

const textOf = (value: unknown): string | null =>
  value === null || value === undefined ? null : isLosslessNumber(value) ? value.value : String(value)

/** What stands in the datasets of a source, by stream: enough of a warehouse for a reader to ask. */
export class Warehouse {
  readonly #rows = new Map<string, Map<string, { key: Key; record: SourceRecord; changedAt: Date }>>()
  readonly #source: OpenSource

  constructor(source: OpenSource) {
    this.#source = source
  }

  /** Publishes a reading: what came is put in, what was removed leaves; a whole listing takes away what it lacks. */
  publish(name: string, read: readonly SliceRead[]): void {
    const stream = this.#source.stream(name)
    const isWhole = read.every(({ end }) => end.complete === 'all')
    const before = this.#of(name)
    const rows = isWhole ? new Map<string, { key: Key; record: SourceRecord; changedAt: Date }>() : before
    for (const { pages } of read) {
      for (const { records, removed = [] } of pages) {
        for (const record of records) {
          const key = keyOf(stream, record)
          const old = before.get(JSON.stringify(key))
          const same = old && JSON.stringify(old.record) === JSON.stringify(record)
          rows.set(JSON.stringify(key), same ? old : { key, record, changedAt: new Date() })
        }
        for (const key of removed) rows.delete(JSON.stringify(key))
      }
    }
    this.#rows.set(name, rows)
  }

  keys(name: string): string[] {
    return [...this.#of(name).keys()].sort()
  }

  records(name: string): SourceRecord[] {
    return [...this.#of(name).entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, { record }]) => record)
  }

  known(own: string): Known {
    return {
      keys: (conditions) => this.#select(own, conditions),
      keysOf: (name, conditions, changedSince) => (this.#rows.has(name) ? this.#select(name, conditions, changedSince) : undefined),
    }
  }

  async *#select(
    name: string,
    conditions: { [column: string]: string | null } = {},
    changedSince = new Date(0),
  ): AsyncGenerator<Key[], void, undefined> {
    const { fields } = this.#source.stream(name)
    const holds = ({ record, changedAt }: { record: SourceRecord; changedAt: Date }) =>
      changedAt >= changedSince &&
      Object.entries(conditions).every(([column, wanted]) => textOf(fieldOfColumn(fields, column, record)) === wanted)
    const keys = [...this.#of(name).entries()].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, row]) => (holds(row) ? [row.key] : []))
    for (let at = 0; at < keys.length; at += 1000) yield keys.slice(at, at + 1000)
  }

  #of(name: string) {
    return this.#rows.get(name) ?? new Map<string, { key: Key; record: SourceRecord; changedAt: Date }>()
  }
}

const snake = (path: readonly string[]): string =>
  path
    .join('_')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()

function fieldOfColumn(fields: readonly RecordField[], column: string, record: SourceRecord): unknown {
  const field = fields.find(({ path, value }) => (value === 'reference' ? `${snake(path)}_uuid` : snake(path)) === column)
  if (!field) throw new Error(`there is no column '${column}'`)
  const value = field.path.reduce<unknown>(
    (at, name) => (typeof at === 'object' && at !== null ? (at as { [name: string]: unknown })[name] : undefined),
    record,
  )
  return field.value === 'reference' && typeof value === 'string' ? value.split('/').at(-1) : value
}
