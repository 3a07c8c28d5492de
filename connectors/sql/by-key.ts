import type { Context, Key, KeyAnswer, SqlRow } from '../connector.js'
import { canHold, spelt } from './forms.js'
import { every, joined, type Query, query, some } from './query.js'
import { zoneOf } from './read.js'
import type { StreamSettings } from './settings.js'
import { type OpenTable, openTable } from './table.js'
import { recordOf } from './values.js'

/**
 * Re-reads records by key. A key that is equal to the server and written otherwise (`a1` for `A1`) is another key: it is gone.
 *
 * A row that a view or row-level security hides from our login is gone too: nobody can tell the two apart.
 */
export async function* byKey(
  ctx: Context & { fields: ReadonlySet<string> },
  stream: StreamSettings,
  keys: readonly Key[],
): AsyncGenerator<KeyAnswer, void> {
  const open = await openTable(ctx, stream, ctx.fields)
  const { client, dialect, name, key, fields } = open
  const shown = joined(
    [...key, ...fields.map(({ column }) => column)].map((column) => dialect.shown(column)),
    ', ',
  )
  const askable = keys.filter((each) => key.every((column) => canHold(column.form, each[column.name] ?? '')))
  const most = Math.floor(dialect.mostValues / key.length)
  const found = new Map<string, SqlRow>()
  for (let at = 0; at < askable.length; at += most) {
    const condition = isOneOf(open, askable.slice(at, at + most))
    for (const row of await client.rows(query`select ${shown} from ${name} where ${condition}`)) found.set(textOf(open, row), row)
  }
  for (const each of keys) {
    const row = found.get(
      textOf(
        open,
        key.map((column) => each[column.name] ?? ''),
      ),
    )
    yield row ? { key: each, found: recordOf(fields, row.slice(key.length), zoneOf(ctx)) } : { key: each, gone: true }
  }
}

const textOf = ({ key }: OpenTable, row: SqlRow): string => JSON.stringify(key.map(({ form }, n) => spelt(form, row[n] ?? '')))

function isOneOf({ dialect, key }: OpenTable, keys: readonly Key[]): Query {
  const given = (column: (typeof key)[number], each: Key) => dialect.given(column, each[column.name]!)
  const [column, ...others] = key
  if (others.length === 0) {
    return query`${dialect.compared(column!)} in (${joined(
      keys.map((each) => given(column!, each)),
      ', ',
    )})`
  }
  return some(keys.map((each) => query`(${every(key.map((part) => query`${dialect.compared(part)} = ${given(part, each)}`))})`))
}
