/** The tables of a dataset as SQL. Names are always quoted: a municipality may call a column `order` or a schema `user`. */
import { type RawBuilder, sql } from 'kysely'
import type { DatasetTable, TableColumn, TableIndex } from './dataset-tables.js'

/** A change of a table in place. */
export type Alteration =
  | { do: 'add column'; column: TableColumn }
  | { do: 'drop column'; name: string }
  | { do: 'cast column'; name: string; type: string }
  /** All values leave the column; it keeps its place, indexes and comment. */
  | { do: 'empty column'; name: string; type: string }
  /** The content hash is derived from the values: where those leave, it leaves too. Also makes the next reading write every row. */
  | { do: 'reset hash' }

/** The hash of a row whose content is not known. */
export const noHash = '00000000-0000-0000-0000-000000000000'

export function createTable(table: DatasetTable): RawBuilder<unknown>[] {
  const parts = table.columns.map(columnOf)
  if (table.key.length > 0) parts.push(sql`primary key (${sql.join(table.key.map((c) => sql.id(c)))})`)
  if (table.parent !== undefined) parts.push(parentOf(table))
  return [
    sql`create table ${tableId(table)} (${sql.join(parts)})`,
    ...table.indexes.map((index) => createIndex(table, index)),
    ...commentOn(table),
  ]
}

/**
 * One statement for all of it, so that the table is rewritten at most once. Emptying a column and resetting the hash write a new file
 * without the old values and drop the old one at commit; setting them to null would leave them in dead rows, and dropping a column
 * leaves them in the rows themselves.
 */
export function alterTable(table: { schema: string; name: string }, alterations: readonly Alteration[]): RawBuilder<unknown> {
  return sql`alter table ${tableId(table)} ${sql.join(alterations.map(alteration))}`
}

/** Makes `_source` the first column of the key of a table that held one source until now. */
export function addSourceToKey(table: DatasetTable, column: TableColumn, source: string): RawBuilder<unknown>[] {
  const id = tableId(table)
  const key = sql.join(table.key.map((c) => sql.id(c)))
  return [
    sql`alter table ${id} add column ${sql.id(column.name)} ${sql.raw(column.type)} not null default ${sql.lit(source)}`,
    sql`alter table ${id} alter column ${sql.id(column.name)} drop default`,
    ...(table.key.length > 0 ? [sql`alter table ${id} add primary key (${key})`] : []),
    ...(table.parent === undefined ? [] : [sql`alter table ${id} add ${parentOf(table)}`]),
  ]
}

/** Drops a constraint by its catalogue name. */
export function dropConstraint(table: { schema: string; name: string }, name: string): RawBuilder<unknown> {
  return sql`alter table ${tableId(table)} drop constraint ${sql.id(name)}`
}

export function dropTable(schema: string, name: string): RawBuilder<unknown> {
  return sql`drop table if exists ${sql.id(schema, name)}`
}

export function createIndex(table: { schema: string; name: string }, index: TableIndex): RawBuilder<unknown> {
  const where = index.uniqueWhere ?? index.where
  return sql`create ${sql.raw(index.uniqueWhere ? 'unique ' : '')}index on ${tableId(table)} using ${sql.raw(index.gin ? 'gin' : 'btree')}
    (${sql.join(index.columns.map((c) => sql.id(c)))}) ${sql.raw(where ? `where ${where}` : '')}`
}

export function dropIndex(schema: string, name: string): RawBuilder<unknown> {
  return sql`drop index if exists ${sql.id(schema, name)}`
}

/** Comments of the table and its columns; a column without one loses what it had. */
export function commentOn(table: DatasetTable): RawBuilder<unknown>[] {
  return [
    sql`comment on table ${tableId(table)} is ${sql.lit(table.comment)}`,
    ...table.columns.map(
      (c) => sql`comment on column ${sql.id(table.schema, table.name, c.name)} is ${c.comment ? sql.lit(c.comment) : sql.raw('null')}`,
    ),
  ]
}

function tableId(table: { schema: string; name: string }): RawBuilder<unknown> {
  return sql.id(table.schema, table.name)
}

function columnOf(column: TableColumn): RawBuilder<unknown> {
  const rest = `${column.required ? ' not null' : ''}${column.default === undefined ? '' : ` default ${column.default}`}`
  return sql`${sql.id(column.name)} ${sql.raw(column.type + rest)}`
}

function parentOf(table: DatasetTable): RawBuilder<unknown> {
  const columns = sql.join(table.key.slice(0, -1).map((c) => sql.id(c)))
  return sql`foreign key (${columns}) references ${sql.id(table.schema, table.parent ?? '')} (${columns}) on delete cascade`
}

function alteration(a: Alteration): RawBuilder<unknown> {
  switch (a.do) {
    case 'add column':
      return sql`add column ${columnOf(a.column)}`
    case 'drop column':
      return sql`drop column ${sql.id(a.name)}`
    case 'cast column':
      return sql`alter column ${sql.id(a.name)} type ${sql.raw(a.type)} using ${sql.id(a.name)}::${sql.raw(a.type)}`
    case 'empty column':
      return sql`alter column ${sql.id(a.name)} type ${sql.raw(a.type)} using null`
    case 'reset hash':
      return sql`alter column _hash type uuid using ${sql.lit(noHash)}::uuid`
  }
}
