import type { Column, Dialect } from './dialect.js'
import type { Form } from './forms.js'
import { every, type Query, query, text, value } from './query.js'

const name = (of: string): Query => text(`[${of.replaceAll(']', ']]')}]`)
const at = (column: Column): Query => query`t.${name(column.name)}`
const baseOf = ({ type }: Column): string => type.replace(/\(.*/, '')

/**
 * Styles of `convert` in which no digit is lost: by default money has 2 of its 4, a float 6, and a moment is written for people.
 *
 * @see https://learn.microsoft.com/en-us/sql/t-sql/functions/cast-and-convert-transact-sql
 */
const styles: { readonly [base: string]: number } = {
  money: 2,
  smallmoney: 2,
  float: 3,
  real: 3,
  date: 23,
  datetime: 121,
  datetime2: 121,
  smalldatetime: 121,
  time: 121,
  datetimeoffset: 127,
}

/** SQL Server 2016 or later, and Azure SQL. */
export const sqlserver: Dialect = {
  comparesRows: false,
  mostValues: 2_000,
  name,
  column: at,
  compared: (column) => at(column),
  shown(column, expression = at(column)) {
    if (baseOf(column) === 'rowversion') return query`convert(nvarchar(20), convert(bigint, ${expression}))`
    const style = styles[baseOf(column)]
    return query`convert(nvarchar(max), ${expression}${text(style === undefined ? '' : `, ${style}`)})`
  },
  // Of the type of the column: compared with another one, the column would be converted row by row, past its index.
  given(column, written) {
    const base = baseOf(column)
    if (base === 'rowversion') return query`convert(binary(8), convert(bigint, ${value(written)}))`
    // Numbers in the styles of money and float are read without one.
    const style = column.form === 'decimal' ? undefined : styles[base]
    return query`convert(${text(column.type)}, ${value(written)}${text(style === undefined ? '' : `, ${style}`)})`
  },
  // Spaces at the end are ignored by every collation.
  exact: (column) => query`convert(varbinary(8000), convert(nvarchar(4000), ${at(column)}))`,
  exactGiven: (_, written) => query`convert(varbinary(8000), convert(nvarchar(4000), ${value(written)}))`,
  isNull: (column) => query`${at(column)} is null`,
  select: (what, from, where, { order, most, skip = 0 }) =>
    query`select ${what} from ${from} where ${where} order by ${order} offset ${text(String(skip))} rows fetch next ${text(String(most))} rows only`,
  now: text('select convert(nvarchar(40), sysutcdatetime(), 126)'),
  columns: (of) => query`
    select s.name, o.name, case o.type when 'V' then 'view' else 'table' end, ${comment(text('0'))},
      (select convert(nvarchar(20), sum(p.rows)) from sys.partitions p where p.object_id = o.object_id and p.index_id in (0, 1)),
      c.name, ${typeText}, ${base}, case c.is_nullable when 1 then 't' else 'f' end,
      case when c.collation_name is null then 'f' else 't' end, ${comment(text('c.column_id'))}
    from sys.columns c join sys.objects o on o.object_id = c.object_id join sys.schemas s on s.schema_id = o.schema_id
    where ${every([readable, ofTable(of)])} order by s.name, o.name, c.column_id`,
  indexes: (of) => query`
    select s.name, o.name, i.name, case i.is_unique when 1 then 't' else 'f' end, case i.is_primary_key when 1 then 't' else 'f' end, c.name
    from sys.indexes i join sys.index_columns k on k.object_id = i.object_id and k.index_id = i.index_id and k.is_included_column = 0
      join sys.columns c on c.object_id = k.object_id and c.column_id = k.column_id
      join sys.objects o on o.object_id = i.object_id join sys.schemas s on s.schema_id = o.schema_id
    where ${every([text('i.type in (1, 2) and i.is_disabled = 0 and i.has_filter = 0 and o.is_ms_shipped = 0'), ofTable(of)])}
    order by s.name, o.name, i.name, k.key_ordinal`,
  formOf,
  version: text("select concat('SQL Server ', convert(nvarchar(60), serverproperty('ProductVersion')))"),
  roles: text("select name from sys.database_principals where type = 'R' and name <> 'public' and is_member(name) = 1 order by name"),
  filtered: ({ schema, table }) => query`
    select case when exists (select 1 from sys.security_predicates p join sys.security_policies y on y.object_id = p.object_id
      join sys.objects o on o.object_id = p.target_object_id join sys.schemas s on s.schema_id = o.schema_id
      where y.is_enabled = 1 and p.predicate_type = 0 and s.name = ${value(schema)} and o.name = ${value(table)}) then 't' else 'f' end`,
  writable: text(`
    select top 3 s.name, o.name from sys.objects o join sys.schemas s on s.schema_id = o.schema_id
    where o.type = 'U' and o.is_ms_shipped = 0 and (${['insert', 'update', 'delete']
      .map((right) => `has_perms_by_name(quotename(s.name) + '.' + quotename(o.name), 'object', '${right}') = 1`)
      .join(' or ')}) order by s.name, o.name`),
}

const readable = text(`o.type in ('U', 'V') and o.is_ms_shipped = 0
  and has_perms_by_name(quotename(s.name) + '.' + quotename(o.name), 'object', 'select', c.name, 'column') = 1`)

function ofTable(of: { schema: string; table: string } | undefined): Query {
  return of ? query`s.name = ${value(of.schema)} and o.name = ${value(of.table)}` : text('1 = 1')
}

/** The type below an alias of the database's own; `timestamp` by the name that tells what it is. */
const base = text("case type_name(c.system_type_id) when 'timestamp' then 'rowversion' else type_name(c.system_type_id) end")

const typeText = query`${base} + case
  when type_name(c.system_type_id) in ('varchar', 'char', 'binary', 'varbinary') then '(' + case c.max_length when -1 then 'max' else convert(nvarchar(10), c.max_length) end + ')'
  when type_name(c.system_type_id) in ('nvarchar', 'nchar') then '(' + case c.max_length when -1 then 'max' else convert(nvarchar(10), c.max_length / 2) end + ')'
  when type_name(c.system_type_id) in ('decimal', 'numeric') then concat('(', c.precision, ',', c.scale, ')')
  when type_name(c.system_type_id) in ('datetime2', 'datetimeoffset', 'time') then concat('(', c.scale, ')')
  else '' end`

const comment = (column: Query): Query =>
  query`(select convert(nvarchar(4000), e.value) from sys.extended_properties e where e.class = 1 and e.major_id = o.object_id and e.minor_id = ${column} and e.name = 'MS_Description')`

const forms: { readonly [base: string]: Form } = {
  tinyint: 'integer',
  smallint: 'integer',
  int: 'integer',
  bigint: 'integer',
  rowversion: 'integer',
  decimal: 'decimal',
  numeric: 'decimal',
  money: 'decimal',
  smallmoney: 'decimal',
  float: 'decimal',
  real: 'decimal',
  bit: 'boolean',
  date: 'date',
  datetime: 'datetime',
  datetime2: 'datetime',
  smalldatetime: 'datetime',
  datetimeoffset: 'moment',
  time: 'time',
  uniqueidentifier: 'uuid',
  char: 'char',
  nchar: 'char',
  varchar: 'text',
  nvarchar: 'text',
  text: 'text',
  ntext: 'text',
  xml: 'text',
  json: 'json',
  binary: 'bytes',
  varbinary: 'bytes',
  image: 'bytes',
}

function formOf(_: string, of: string): Form {
  return forms[of] ?? 'other'
}
