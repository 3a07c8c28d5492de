import type { Column, Dialect } from './dialect.js'
import type { Form } from './forms.js'
import { every, limited, type Query, query, text, value } from './query.js'

const name = (of: string): Query => text(`\`${of.replaceAll('`', '``')}\``)
const at = (column: Column): Query => query`t.${name(column.name)}`
const isUuidInBytes = ({ type }: Column): boolean => type === 'binary(16)'
const isCode = ({ type }: Column): boolean => /^(enum|set)\(/.test(type)
const isFloat = ({ type }: Column): boolean => /^(float|double|real)/.test(type)
const isDay = ({ form }: Column): boolean => form === 'date' || form === 'datetime' || form === 'moment'

/** MariaDB 10.5 or later, and MySQL 8. @see https://mariadb.com/kb/en/information-schema-tables/ */
export const mysql: Dialect = {
  comparesRows: false,
  mostValues: 60_000,
  name,
  column: at,
  // A code is ordered by its place in the list and compared by its text.
  compared: (column) => (isCode(column) ? query`cast(${at(column)} as char)` : at(column)),
  shown(column, expression = at(column)) {
    if (isUuidInBytes(column)) {
      const digits = query`lower(hex(${expression}))`
      const part = (from: number, length: number) => query`substr(${digits}, ${text(`${from}, ${length}`)})`
      return query`concat_ws('-', ${part(1, 8)}, ${part(9, 4)}, ${part(13, 4)}, ${part(17, 4)}, ${part(21, 12)})`
    }
    // A float is shown with 6 digits, which is fewer than it has; a bit as a byte.
    if (isFloat(column)) return query`cast(${expression} + 0e0 as char)`
    if (column.type.startsWith('bit')) return query`cast(${expression} + 0 as char)`
    return query`cast(${expression} as char)`
  },
  // Text and a number are compared as floats, which are equal where long numbers differ.
  given(column, written) {
    const as = (type: string) => query`cast(${value(written)} as ${text(type)})`
    if (isUuidInBytes(column)) return query`unhex(replace(${value(written)}, '-', ''))`
    switch (column.form) {
      case 'integer':
      case 'boolean':
        return as(/unsigned|^bit|^year/.test(column.type) ? 'unsigned' : 'signed')
      case 'decimal':
        return isFloat(column) ? query`(${value(written)} + 0e0)` : as('decimal(65,30)')
      case 'date':
        return as('date')
      case 'datetime':
      case 'moment':
        return as('datetime(6)')
      case 'time':
        return as('time(6)')
      default:
        return value(written)
    }
  },
  exact: (column) => query`cast(convert(${at(column)} using utf8mb4) as binary)`,
  exactGiven: (_, written) => query`cast(convert(${value(written)} using utf8mb4) as binary)`,
  isNull: (column) => (isDay(column) ? query`(${at(column)} is null or ${at(column)} = 0)` : query`${at(column)} is null`),
  select: limited,
  now: text("select date_format(utc_timestamp(6), '%Y-%m-%dT%H:%i:%s.%f')"),
  columns: (of) => query`
    select c.table_schema, c.table_name, if(t.table_type like '%VIEW', 'view', 'table'), nullif(t.table_comment, 'VIEW'),
      cast(t.table_rows as char), c.column_name, c.column_type, c.data_type, if(c.is_nullable = 'YES', 't', 'f'),
      if(c.collation_name is null, 'f', 't'), c.column_comment
    from information_schema.columns c join information_schema.tables t on t.table_schema = c.table_schema and t.table_name = c.table_name
    where ${every([text("c.privileges like '%select%'"), ofTable('c', of)])} order by 1, 2, c.ordinal_position`,
  indexes: (of) => query`
    select s.table_schema, s.table_name, s.index_name, if(s.non_unique = 0, 't', 'f'), if(s.index_name = 'PRIMARY', 't', 'f'),
      if(s.sub_part is null, s.column_name, null)
    from information_schema.statistics s where ${every([text("s.index_type = 'BTREE'"), ofTable('s', of)])} order by 1, 2, 3, s.seq_in_index`,
  formOf,
  version: text("select concat(if(version() like '%MariaDB%', 'MariaDB ', 'MySQL '), version())"),
  roles: text('select distinct role_name from information_schema.applicable_roles order by 1'),
  writable: text(`
    select '*', '*' from information_schema.user_privileges where privilege_type in ('INSERT', 'UPDATE', 'DELETE')
    union select table_schema, '*' from information_schema.schema_privileges where privilege_type in ('INSERT', 'UPDATE', 'DELETE')
    union select table_schema, table_name from information_schema.table_privileges where privilege_type in ('INSERT', 'UPDATE', 'DELETE')
    limit 3`),
}

function ofTable(alias: string, of: { schema: string; table: string } | undefined): Query {
  const [schema, table] = [text(`${alias}.table_schema`), text(`${alias}.table_name`)]
  return of
    ? query`${schema} = ${value(of.schema)} and ${table} = ${value(of.table)}`
    : query`${schema} not in ('information_schema', 'mysql', 'performance_schema', 'sys')`
}

const forms: { readonly [base: string]: Form } = {
  tinyint: 'integer',
  smallint: 'integer',
  mediumint: 'integer',
  int: 'integer',
  bigint: 'integer',
  year: 'integer',
  bit: 'integer',
  decimal: 'decimal',
  float: 'decimal',
  double: 'decimal',
  date: 'date',
  datetime: 'datetime',
  timestamp: 'moment',
  time: 'time',
  uuid: 'uuid',
  json: 'json',
  char: 'char',
  varchar: 'text',
  tinytext: 'text',
  text: 'text',
  mediumtext: 'text',
  longtext: 'text',
  enum: 'text',
  set: 'text',
  inet4: 'text',
  inet6: 'text',
}

function formOf(type: string, base: string): Form {
  // What people declare as boolean.
  if (type === 'tinyint(1)' || type === 'bit(1)') return 'boolean'
  if (type === 'binary(16)') return 'uuid'
  if (/^(var)?binary|blob$/.test(base)) return 'bytes'
  return forms[base] ?? 'other'
}
