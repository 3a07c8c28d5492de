import { type Context, SourceRefused, type SqlClient, UnexpectedResponse } from '../connector.js'
import type { StatedField, StatedType } from '../stated-record.js'
import type { Column, Dialect } from './dialect.js'
import { type Form, grows, ordered } from './forms.js'
import { mysql } from './mysql.js'
import { postgres } from './postgres.js'
import { type Query, query, text } from './query.js'
import type { StreamSettings } from './settings.js'
import { sqlserver } from './sqlserver.js'

/** A table or view, as far as the login may read it. */
export interface Table {
  schema: string
  name: string
  isView: boolean
  comment: string | undefined
  /** About how many rows, by the statistics of the server. */
  estimate: number | undefined
  columns: Column[]
  indexes: Index[]
}

export interface Index {
  unique: boolean
  primary: boolean
  /** Undefined for an expression, or the beginning of a text. */
  columns: (string | undefined)[]
}

/** A server with its way to say things. */
export interface Server {
  client: SqlClient
  dialect: Dialect
}

const dialects: { readonly [server in SqlClient['server']]: Dialect } = { postgres, mysql, sqlserver }

/** @throws SourceRefused when the base URL of the source is none of a database */
export function serverOf({ sql, source }: Context): Server {
  if (!sql)
    throw new SourceRefused(
      `source '${source}': baseUrl is not the address of a database. Give one such as postgres://host/database in sources/${source}.yaml; it can be mariadb:, mysql: and sqlserver: too.`,
    )
  return { client: sql, dialect: dialects[sql.server] }
}

/** Tables and views that the login may read: one, or all that are not the server's own. */
export async function tablesOf({ client, dialect }: Server, of?: { schema: string; table: string }): Promise<Table[]> {
  const tables = new Map<string, Table>()
  for (const [schema, name, kind, tableComment, estimate, column, type, base, nullable, loose, comment] of await client.rows(
    dialect.columns(of),
  )) {
    const place = JSON.stringify([schema, name])
    const table = tables.get(place) ?? {
      schema: schema!,
      name: name!,
      isView: kind === 'view',
      comment: tableComment || undefined,
      estimate: estimate ? Number(estimate) : undefined,
      columns: [],
      indexes: [],
    }
    tables.set(place, table)
    table.columns.push({
      name: column!,
      type: type!,
      form: dialect.formOf(type!, base!),
      nullable: nullable === 't',
      loose: loose === 't',
      comment: comment || undefined,
    })
  }
  const indexes = new Map<string, Index>()
  for (const [schema, name, index, unique, primary, column] of await client.rows(dialect.indexes(of))) {
    const place = JSON.stringify([schema, name])
    const found = indexes.get(`${place} ${index}`) ?? { unique: unique === 't', primary: primary === 't', columns: [] }
    if (!indexes.has(`${place} ${index}`)) tables.get(place)?.indexes.push(found)
    indexes.set(`${place} ${index}`, found)
    found.columns.push(column ?? undefined)
  }
  return [...tables.values()]
}

/** A table with what a stream takes from it. */
export interface OpenTable extends Server {
  table: Table
  /** For a `from`, as `t`. */
  name: Query
  key: Column[]
  /** The server sees to it that no two rows have the same key. */
  keyIsUnique: boolean
  /** The column of `changes`. */
  cursor: Column | undefined
  /** Columns that become fields, by the name of the field. */
  fields: { name: string; column: Column; stated: StatedField }[]
}

/** Schema and name of a table, as a source file states them together. */
export const placeOf = (table: string) => {
  const [schema = '', name = ''] = table.split('.')
  return { schema, table: name }
}

/**
 * Opens the table of a stream.
 *
 * @param wanted names of fields that somebody wants; the key always comes along
 * @throws SourceRefused when the table, or one of the columns, is not there or may not be read, or a column cannot be what it is stated to be
 */
export async function openTable(ctx: Context, stream: StreamSettings, wanted: ReadonlySet<string>): Promise<OpenTable> {
  const server = serverOf(ctx)
  const [table] = await tablesOf(server, placeOf(stream.table))
  const where = `source '${ctx.source}', stream '${ctx.stream}'`
  const mend = `Ask the administrator of the database, or correct sources/${ctx.source}.yaml; \`gemaal discover ${ctx.source}\` shows what may be read.`
  if (!table) throw new SourceRefused(`${where}: there is no table or view '${stream.table}' that the login may read. ${mend}`)
  const columnOf = (column: string): Column => {
    const found = table.columns.find((each) => each.name === column)
    if (!found) throw new SourceRefused(`${where}: '${stream.table}' has no column '${column}' that the login may read. ${mend}`)
    return found
  }
  const keyNames = [stream.key].flat()
  const unique = uniqueIndexOf(table, keyNames)
  // In the order of the index, so that a list by key is read along it.
  const key = [...new Set([...((unique?.columns as string[] | undefined) ?? []), ...keyNames])].map(columnOf)
  for (const column of key) {
    if (!ordered.has(column.form))
      throw new SourceRefused(`${where}: column '${column.name}' is ${column.type}, by which a list cannot be walked. State another key.`)
    const stated = stream.record[column.name]?.type ?? 'text'
    if (!(keyForms[stated]?.includes(column.form) ?? true))
      throw new SourceRefused(
        `${where}: the key '${column.name}' is stated as ${stated}, and is ${column.type} at the source: it would land in another spelling than it can be asked for. State it as text.`,
      )
  }
  const cursor = stream.changes && columnOf(stream.changes.cursor)
  if (cursor && !grows.has(cursor.form))
    throw new SourceRefused(
      `${where}: column '${cursor.name}' is ${cursor.type}, and no moment, date or number. State another cursor under 'changes'.`,
    )
  const fields = Object.entries(stream.record)
    .filter(([field, { kind, fields: inside }]) => (kind !== undefined || inside) && (wanted.has(field) || keyNames.includes(field)))
    .map(([field, stated]) => ({ name: field, column: columnOf(field), stated }))
  for (const { column } of fields)
    if (column.form === 'bytes' || column.form === 'other')
      throw new SourceRefused(
        `${where}: column '${column.name}' is ${column.type}, which has no text. Leave it out of 'record', or have a view made in which it is text.`,
      )
  return {
    ...server,
    table,
    name: query`${server.dialect.name(table.schema)}${text('.')}${server.dialect.name(table.name)} as t`,
    key,
    keyIsUnique: unique !== undefined,
    cursor,
    fields,
  }
}

/** What a key can be stated as without landing in another spelling than the server has: `007` as a number is 7. Text can be all of them. */
const keyForms: { readonly [type in StatedType]?: readonly Form[] } = {
  integer: ['integer', 'decimal'],
  decimal: ['integer', 'decimal'],
  uuid: ['uuid'],
  date: ['date'],
  datetime: ['datetime', 'moment'],
  boolean: [],
  duration: [],
  geometry: [],
}

/** An index by which no two rows have the same values in these columns. */
export const uniqueIndexOf = ({ indexes }: Table, names: readonly string[]): Index | undefined =>
  indexes.find(({ unique, columns }) => unique && columns.every((column) => column !== undefined && names.includes(column)))

/** The one value of a statement that gives one. */
export async function oneValue({ client }: Server, statement: Query, where: string): Promise<string | null> {
  const row = (await client.rows(statement))[0]
  if (row?.[0] === undefined) throw new UnexpectedResponse(`${where}: the database gave no row where it has one. Report it.`)
  return row[0]
}
