import {
  type Checkpoint,
  type Cursor,
  type End,
  type JsonObject,
  type Page,
  type ReadContext,
  type Slice,
  type SliceContext,
  SourceRefused,
  type SqlRow,
} from '../connector.js'
import { beginning, checkpointBefore, later } from './checkpoint.js'
import { spelt } from './forms.js'
import { Order } from './order.js'
import { pushed } from './pushed.js'
import { every, joined, type Query, query, some } from './query.js'
import type { StreamSettings, Zone } from './settings.js'
import { type OpenTable, oneValue, openTable } from './table.js'
import { recordOf } from './values.js'

/** Rows of one statement, at most and at first: how wide they are shows in what came. */
export const chunk = 2_000
const firstChunk = 500
/** Characters of one statement, about. */
const chunkLength = 8_000_000

/** A slice has so many rows or more; a table has at most so many slices. */
const sliceRows = 250_000
const mostSlices = 64

export const zoneOf = ({ settings }: { readonly settings: { readonly [name: string]: unknown } }): Zone => settings.zone as Zone

/** What a slice is: a range of keys, or what changed from a cursor on, or what has no cursor. */
interface Part {
  /** Columns of the key in the order in which it is walked, which an index that comes or goes meanwhile must not change. */
  by: string[]
  /** Where the stream was before the reading began. */
  checkpoint?: string
  /** Keys behind the first and up to the second. */
  from?: string[]
  to?: string[]
  /** Rows whose cursor is this or greater. */
  since?: string
  /** Rows without a cursor. */
  without?: true
  /** The slice that tells of rows without a key. */
  first?: true
}

/**
 * The slices of a reading. A table is cut by its key, at every 250,000th row or so, which the server finds in its index: even parts for any
 * distribution of keys, in the server's own order.
 */
export async function slices(ctx: SliceContext, stream: StreamSettings): Promise<Slice[]> {
  const open = await openTable(ctx, stream, new Set())
  const { cursor } = open
  const before = cursor && (await checkpointBefore(ctx, open, cursor, zoneOf(ctx)))
  const checkpoint = ctx.reading === 'changes' ? later(ctx.checkpoint, before) : before
  const by = open.key.map((column) => column.name)
  const slice = (name: string, part: Omit<Part, 'by' | 'checkpoint'>): Slice => ({
    name,
    params: { by, ...(checkpoint !== undefined && { checkpoint }), ...part } as unknown as JsonObject,
  })
  if (ctx.reading === 'changes' && cursor && ctx.checkpoint !== undefined) {
    const changed = slice('changed', { since: beginning(ctx, stream, cursor, ctx.checkpoint, zoneOf(ctx)) })
    return cursor.nullable ? [changed, slice('without a cursor', { without: true })] : [changed]
  }
  const bounds = await boundsOf(open, stream)
  return [...bounds, undefined].map((to, n) =>
    slice(bounds.length === 0 ? 'all' : `part ${n + 1}`, {
      ...(n === 0 ? { first: true as const } : { from: bounds[n - 1]! }),
      ...(to && { to }),
    }),
  )
}

/** Keys at which to cut. None where the key says something of a person: slices are kept as they are. */
async function boundsOf(open: OpenTable, stream: StreamSettings): Promise<string[][]> {
  const { client, dialect, table, key, name, keyIsUnique } = open
  if (!keyIsUnique || key.some((column) => stream.record[column.name]?.kind !== 'none')) return []
  const order = new Order(dialect, key, true)
  const skip = Math.max(sliceRows, Math.ceil((table.estimate ?? 0) / mostSlices)) - 1
  const bounds: string[][] = []
  while (bounds.length < mostSlices - 1) {
    const last = bounds.at(-1)
    const where = every([...hasKey(open), ...(last ? [order.after(last)] : [])])
    const statement = dialect.select(columns(key.map((column) => dialect.shown(column))), name, where, { order: order.by, most: 1, skip })
    const [row] = await client.rows(statement)
    if (!row) break
    bounds.push(row as string[])
  }
  return bounds
}

const columns = (each: readonly Query[]): Query => joined(each, ', ')
const hasKey = ({ dialect, key }: OpenTable): Query[] =>
  key.filter(({ nullable }) => nullable).map((column) => query`${dialect.column(column)} is not null`)

/** Rows by key, or by cursor and then by key, from behind the last one that was read: rows that come and go meanwhile move no others. */
export async function* read(ctx: ReadContext, stream: StreamSettings): AsyncGenerator<Page, End> {
  const part = ctx.slice.params as unknown as Part
  const open = await openTable(ctx, stream, ctx.fields)
  const { client, dialect, name, cursor, fields, keyIsUnique } = open
  const key = part.by.map((each) => open.key.find((column) => column.name === each)!)
  const order = new Order(dialect, part.since === undefined || !cursor ? key : [cursor, ...key], keyIsUnique)
  const conditions = [...hasKey(open), ...scopeOf(part, order, open), ...pushed(ctx.where, open, zoneOf(ctx))]
  const shown = columns([...order.columns, ...fields.map(({ column }) => column)].map((column) => dialect.shown(column)))
  if (part.first) yield* withoutKey(ctx, open)
  let after: string[] | undefined = ctx.cursor === undefined ? part.from : JSON.parse(ctx.cursor)
  let most = firstChunk
  for (;;) {
    const where = every([...conditions, ...(after ? [order.after(after)] : [])])
    // One more than is taken tells whether there are more.
    const rows = await client.rows(dialect.select(shown, name, where, { order: order.by, most: most + 1 }))
    const isLast = rows.length <= most
    const whole = isLast ? rows : untilKeyEnds(rows, order)
    if (!isLast && whole.length === 0 && most === chunk)
      throw new SourceRefused(
        `source '${ctx.source}', stream '${ctx.stream}': more than ${chunk} rows have one key, so that it is none. State further columns under 'key' in sources/${ctx.source}.yaml.`,
      )
    if (whole.length > 0) {
      after = whole.at(-1)!.slice(0, order.columns.length) as string[]
      const records = whole.map((row) => recordOf(fields, row.slice(order.columns.length), zoneOf(ctx)))
      yield { records, cursor: JSON.stringify(after) as Cursor }
    }
    if (isLast) break
    most = whole.length === 0 ? chunk : chunkFor(rows)
  }
  return {
    complete: ctx.reading === 'full' ? 'all' : false,
    ...(part.checkpoint !== undefined && { checkpoint: part.checkpoint as Checkpoint }),
  }
}

function scopeOf({ to, since, without }: Part, order: Order, { dialect, cursor }: OpenTable): Query[] {
  if (to) return [order.upTo(to)]
  if (!cursor) return []
  if (since !== undefined) return [query`${dialect.compared(cursor)} >= ${dialect.given(cursor, since)}`]
  return without ? [dialect.isNull(cursor)] : []
}

/** Of rows that go on behind the last one those whose keys it does not share: what stands behind a key is asked for next. */
function untilKeyEnds(rows: readonly SqlRow[], { columns }: Order): readonly SqlRow[] {
  const next = rows.at(-1)!
  const isSameKey = (row: SqlRow) => columns.every(({ form }, n) => spelt(form, row[n]!) === spelt(form, next[n]!))
  return rows.slice(0, rows.findLastIndex((row) => !isSameKey(row)) + 1)
}

/** How many rows such as these are asked for at a time. */
function chunkFor(rows: readonly SqlRow[]): number {
  const length = rows.reduce((total, row) => row.reduce((sum, each) => sum + (each?.length ?? 0), total), 0)
  return Math.max(1, Math.min(chunk, Math.floor((chunkLength * rows.length) / Math.max(1, length))))
}

/** Rows without a key are in no order; a view can have them. */
async function* withoutKey(ctx: ReadContext, open: OpenTable): AsyncGenerator<Page, void> {
  const { dialect, name, key } = open
  const nullable = key.filter((column) => column.nullable)
  if (nullable.length === 0 || ctx.cursor !== undefined) return
  const condition = some(nullable.map((column) => query`${dialect.column(column)} is null`))
  const counted = await oneValue(
    open,
    query`select cast(count(*) as char(20)) from ${name} where ${condition}`,
    `source '${ctx.source}', stream '${ctx.stream}'`,
  )
  const count = Number(counted)
  if (count > 0)
    yield {
      records: [],
      unreadable: [
        { key: null, reason: `${count} ${count === 1 ? 'row has' : 'rows have'} no ${nullable.map((c) => c.name).join(' or no ')}` },
      ],
    }
}
