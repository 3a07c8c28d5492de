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

/** Rows of one statement. Some MB of wide rows at most, and some milliseconds by an index. */
export const chunk = 2_000

/** A slice has so many rows or more; a table has at most so many slices. */
const sliceRows = 250_000
const mostSlices = 64

export const zoneOf = ({ settings }: { readonly settings: { readonly [name: string]: unknown } }): Zone => settings.zone as Zone

/** What a slice is: a range of keys, or what changed from a cursor on, or what has no cursor. */
interface Part {
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
  const slice = (name: string, part: Part): Slice => ({
    name,
    params: { ...(checkpoint !== undefined && { checkpoint }), ...part } as unknown as JsonObject,
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
  const part = (ctx.slice.params ?? {}) as unknown as Part
  const open = await openTable(ctx, stream, ctx.fields)
  const { client, dialect, name, key, cursor, fields, keyIsUnique } = open
  const order = new Order(dialect, part.since === undefined || !cursor ? key : [cursor, ...key], keyIsUnique)
  const conditions = [...hasKey(open), ...scopeOf(part, order, open), ...pushed(ctx.where, open, zoneOf(ctx))]
  const shown = columns([...order.columns, ...fields.map(({ column }) => column)].map((column) => dialect.shown(column)))
  if (part.first) yield* withoutKey(ctx, open)
  let after: string[] | undefined = ctx.cursor === undefined ? part.from : JSON.parse(ctx.cursor)
  for (;;) {
    const where = every([...conditions, ...(after ? [order.after(after)] : [])])
    const rows = await client.rows(dialect.select(shown, name, where, { order: order.by, most: chunk + 1 }))
    const whole = rows.length > chunk ? untilKeyEnds(ctx, rows, order) : rows
    const last = whole.at(-1)
    if (last) {
      after = last.slice(0, order.columns.length) as string[]
      const records = whole.map((row) => recordOf(fields, row.slice(order.columns.length), zoneOf(ctx)))
      yield { records, cursor: JSON.stringify(after) as Cursor }
    }
    if (rows.length <= chunk) break
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

/** One row more than a chunk was read. Rows of one key stay together: what stands behind a key is asked for next. */
function untilKeyEnds(ctx: ReadContext, rows: readonly SqlRow[], { columns }: Order): readonly SqlRow[] {
  const next = rows.at(-1)!
  const isSameKey = (row: SqlRow) => columns.every(({ form }, n) => spelt(form, row[n]!) === spelt(form, next[n]!))
  const whole = rows.slice(0, rows.findLastIndex((row) => !isSameKey(row)) + 1)
  if (whole.length > 0) return whole
  throw new SourceRefused(
    `source '${ctx.source}', stream '${ctx.stream}': more than ${chunk} rows have one key, so that it is none. State further columns under 'key' in sources/${ctx.source}.yaml.`,
  )
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
