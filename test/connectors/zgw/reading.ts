import type { Clock } from '../../../connectors/clock.js'
import type {
  Checkpoint,
  Context,
  End,
  Key,
  KeyAnswer,
  Known,
  Log,
  Page,
  PushedCondition,
  Reading,
  Slice,
  SliceContext,
  SourceRecord,
} from '../../../connectors/connector.js'
import { type HttpOptions, openHttp, type SourceHttp } from '../../../connectors/http.js'
import { type OpenStream, openStream } from '../../../connectors/stream.js'
import zgw from '../../../connectors/zgw/connector.js'
import { keptLog } from '../loopback.js'

export type StreamName = keyof typeof zgw.streams

/** The real time, so that tokens hold, without the waits between two attempts. */
const impatient: Clock = { now: () => new Date(), random: () => 0, sleep: () => new Promise((resolve) => setImmediate(resolve)) }

export interface ZgwSource {
  http: SourceHttp
  log: Log & { lines: string[] }
  clientId: string
}

/** Opens the client of a ZGW server as a worker does: with the credentials, headers and APIs of the connector. */
export function openSource(
  baseUrl: HttpOptions['baseUrl'],
  credentials: { clientId: string; secret: string },
  more: Partial<HttpOptions> = {},
): ZgwSource {
  const log = keptLog()
  const http = openHttp({
    source: 'open-zaak',
    version: '0.0.0',
    baseUrl,
    apis: zgw.apis,
    authentication: zgw.authentication,
    headers: zgw.headers,
    credentials: (field) => credentials[field as keyof typeof credentials],
    log,
    clock: impatient,
    ...more,
  })
  return { http, log, clientId: credentials.clientId }
}

export function contextOf({ http, log, clientId }: ZgwSource, stream: string): Context {
  const signal = new AbortController().signal
  const exact = stream in zgw.streams && streamOf(stream as StreamName).exact
  return {
    source: 'open-zaak',
    stream,
    http: http.of({ stream, signal, exact }),
    settings: {},
    streams: {},
    organisation: { code: '0363' },
    clientId,
    signal,
    log,
  }
}

export interface Asked {
  reading?: Reading
  checkpoint?: string | undefined
  where?: readonly PushedCondition[]
  known?: Known
  /** Fields that a dataset lands. Left out: all. */
  fields?: ReadonlySet<string>
}

/** What a whole reading gave. */
export interface Read {
  records: SourceRecord[]
  removed: Key[]
  unreadable: NonNullable<Page['unreadable']>
  /** Parents that were listed whole. */
  parents: string[]
  /** Pages by slice, in order. */
  pages: Map<string, Page[]>
  slices: Slice[]
  ends: End[]
  /** The greatest checkpoint of the slices, as publish keeps it. */
  checkpoint: Checkpoint | undefined
}

/** Plans a reading and reads each of its slices, as the pipeline does. */
export async function readAll(source: ZgwSource, name: StreamName, asked: Asked = {}): Promise<Read> {
  const stream = streamOf(name)
  const ctx = sliceContext(source, name, asked)
  const read: Read = {
    records: [],
    removed: [],
    unreadable: [],
    parents: [],
    pages: new Map(),
    slices: await stream.slices(ctx),
    ends: [],
    checkpoint: undefined,
  }
  for (const slice of read.slices) {
    const { pages, end } = await readSlice(source, name, slice, asked)
    read.pages.set(slice.name, pages)
    for (const page of pages) {
      read.records.push(...page.records)
      read.removed.push(...(page.removed ?? []))
      read.unreadable.push(...(page.unreadable ?? []))
      read.parents.push(...(page.completeParents ?? []))
    }
    read.ends.push(end)
    if (end.checkpoint !== undefined && (read.checkpoint === undefined || stream.compare(end.checkpoint, read.checkpoint) > 0))
      read.checkpoint = end.checkpoint
  }
  return read
}

/** Reads one slice from a cursor, or from its beginning. */
export async function readSlice(
  source: ZgwSource,
  name: StreamName,
  slice: Slice,
  asked: Asked = {},
  cursor?: string,
): Promise<{ pages: Page[]; end: End }> {
  const { pages, end, failure } = await readAsFar(source, name, slice, asked, cursor)
  if (end === undefined) throw failure
  return { pages, end }
}

/** Reads one slice until its end, or until it fails. */
export async function readAsFar(
  source: ZgwSource,
  name: StreamName,
  slice: Slice,
  asked: Asked = {},
  cursor?: string,
): Promise<{ pages: Page[]; end?: End; failure?: unknown }> {
  const reading = streamOf(name).read({ ...sliceContext(source, name, asked), slice, cursor })
  const pages: Page[] = []
  try {
    for (;;) {
      const next = await reading.next()
      if (next.done) return { pages, end: next.value }
      pages.push(next.value)
    }
  } catch (failure) {
    return { pages, failure }
  }
}

export async function readKeys(source: ZgwSource, name: StreamName, keys: readonly Key[]): Promise<KeyAnswer[]> {
  const answers: KeyAnswer[] = []
  const ctx = { ...contextOf(source, name), fields: fieldNames(name) }
  for await (const answer of streamOf(name).byKey!(ctx, keys)) answers.push(answer)
  return answers
}

function sliceContext(
  source: ZgwSource,
  name: StreamName,
  { reading = 'full', checkpoint, where = [], known = nothingKnown, fields }: Asked,
): SliceContext {
  return {
    ...contextOf(source, name),
    reading,
    checkpoint: checkpoint as Checkpoint | undefined,
    where,
    known,
    fields: fields ?? fieldNames(name),
  }
}

const opened = new Map<StreamName, OpenStream>()

export function streamOf(name: StreamName): OpenStream {
  const stream = opened.get(name) ?? openStream(name, zgw.streams)
  opened.set(name, stream)
  return stream
}

export const fieldNames = (name: StreamName): ReadonlySet<string> => new Set(streamOf(name).fields.map((field) => field.path[0]!))

/** A warehouse in which nothing stands that a reading could build on. */
export const nothingKnown: Known = { keys: () => undefined, keysOf: () => undefined }

/** A row of a dataset, for as far as a connector asks: its key, and the columns of its conditions. */
export interface KnownRow {
  key: Key
  columns?: { [column: string]: string | null }
  changedAt?: Date
}

/** What stands in the datasets of a source, by stream. */
export function knownOf(stream: string, rows: { readonly [stream: string]: readonly KnownRow[] }): Known {
  async function* keysOf(name: string, conditions: { [column: string]: string | null } = {}, changedSince?: Date): AsyncGenerator<Key[]> {
    const matches = (rows[name] ?? [])
      .filter((row) => Object.entries(conditions).every(([column, value]) => (row.columns?.[column] ?? null) === value))
      .filter((row) => changedSince === undefined || (row.changedAt ?? new Date(0)) >= changedSince)
      .map((row) => row.key)
      .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
    for (let at = 0; at < matches.length; at += 1000) yield matches.slice(at, at + 1000)
  }
  return {
    keys: (conditions) => (rows[stream] ? keysOf(stream, conditions) : undefined),
    keysOf: (name, conditions, changedSince) => (rows[name] ? keysOf(name, conditions, changedSince) : undefined),
  }
}
