/** Readings of a source that is open, slice by slice, and what stands in a warehouse after them. */

import { isLosslessNumber } from 'lossless-json'
import { valueAt } from '../body.js'
import { columnOf } from '../column.js'
import type { Checkpoint, Cursor, End, Key, Known, Page, Reading, Slice, SliceContext, SourceRecord } from '../connector.js'
import type { RecordField } from '../record.js'
import type { OpenStream } from '../stream.js'
import type { OpenSource } from './open.js'

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

export function sliceContext(
  source: OpenSource,
  name: string,
  { reading = 'full', checkpoint, warehouse = new Warehouse(source) }: Asked,
): SliceContext {
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

function fieldOfColumn(fields: readonly RecordField[], column: string, record: SourceRecord): unknown {
  const field = fields.find(({ path, value }) => columnOf(path, value) === column)
  if (!field) throw new Error(`there is no column '${column}'`)
  const value = valueAt(record, field.path.join('.'))
  return field.value === 'reference' && typeof value === 'string' ? value.split('/').at(-1) : value
}
