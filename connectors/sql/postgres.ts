import type { Column, Dialect } from './dialect.js'
import type { Form } from './forms.js'
import { every, limited, type Query, query, text, value } from './query.js'

const name = (of: string): Query => text(`"${of.replaceAll('"', '""')}"`)
const at = (column: Column): Query => query`t.${name(column.name)}`

/** PostgreSQL 12 or later. @see https://www.postgresql.org/docs/current/catalogs.html */
export const postgres: Dialect = {
  comparesRows: true,
  mostValues: 60_000,
  name,
  column: at,
  compared: (column) => at(column),
  shown: (column, expression = at(column)) =>
    column.type === 'money'
      ? query`(${expression})::numeric::text` // its text is in the currency of the server
      : column.form === 'list'
        ? query`array_to_json((${expression})::text[])::text`
        : query`(${expression})::text`,
  given(column, written) {
    if (column.type === 'money') return query`${value(written)}::numeric::money`
    // A number that no whole number of the server can be is an error to it, and equal to none of them.
    if (column.form === 'integer') return isBigint(written) ? query`${value(written)}::bigint` : text('null::bigint')
    return value(written)
  },
  exact: (column) => query`${at(column)}::text collate "C"`,
  exactGiven: (_, written) => query`${value(written)}::text collate "C"`,
  isNull: (column) => query`${at(column)} is null`,
  select: limited,
  now: text(`select to_char(clock_timestamp() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US')`),
  columns: (of) => query`
    select n.nspname, c.relname, case when c.relkind in ('v', 'm') then 'view' else 'table' end, obj_description(c.oid, 'pg_class'),
      case when c.reltuples >= 0 and c.relkind <> 'v' then c.reltuples::bigint end, a.attname,
      format_type(b.oid, case t.typtype when 'd' then t.typtypmod else a.atttypmod end),
      case when b.typcategory = 'A' then 'array' when b.typtype = 'e' then 'enum' else b.typname end, not (a.attnotnull or t.typnotnull),
      b.typname = 'citext' or exists (select from pg_collation o where o.oid = a.attcollation and not o.collisdeterministic),
      col_description(c.oid, a.attnum)
    from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
      join pg_type t on t.oid = a.atttypid join pg_type b on b.oid = case t.typtype when 'd' then t.typbasetype else t.oid end
    where ${every([readable, ofTable(of, text('not c.relispartition'))])} order by 1, 2, a.attnum`,
  indexes: (of) => query`
    select n.nspname, c.relname, i.relname, x.indisunique and x.indimmediate, x.indisprimary, a.attname
    from pg_index x join pg_class c on c.oid = x.indrelid join pg_namespace n on n.oid = c.relnamespace
      join pg_class i on i.oid = x.indexrelid cross join lateral unnest(x.indkey) with ordinality k (number, place)
      left join pg_attribute a on a.attrelid = c.oid and a.attnum = k.number and k.number > 0
    where x.indisvalid and x.indpred is null and k.place <= x.indnkeyatts and ${ofTable(of, text("n.nspname <> 'pg_catalog'"))}
    order by 1, 2, 3, k.place`,
  formOf,
  version: text("select 'PostgreSQL ' || current_setting('server_version')"),
  roles: text(`select rolname from pg_roles where pg_has_role(current_user, oid, 'usage') and rolname <> current_user
    and not (select rolsuper from pg_roles where rolname = current_user) order by 1`),
  filtered: ({ schema, table }) => query`
    select row_security_active(c.oid) from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = ${value(schema)} and c.relname = ${value(table)}`,
  writable: text(`
    select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p') and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname not like 'pg\\_t%'
      and has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'insert, update, delete, truncate')
    order by 1, 2 limit 3`),
}

const isBigint = (written: string): boolean => BigInt.asIntN(64, BigInt(written)) === BigInt(written)

const readable = text(`c.relkind in ('r', 'p', 'v', 'm', 'f') and a.attnum > 0 and not a.attisdropped
  and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname not like 'pg\\_t%'
  and has_schema_privilege(n.oid, 'usage') and has_column_privilege(c.oid, a.attnum, 'select')`)

function ofTable(of: { schema: string; table: string } | undefined, otherwise: Query): Query {
  return of ? query`n.nspname = ${value(of.schema)} and c.relname = ${value(of.table)}` : otherwise
}

const forms: { readonly [base: string]: Form } = {
  int2: 'integer',
  int4: 'integer',
  int8: 'integer',
  oid: 'integer',
  numeric: 'decimal',
  float4: 'decimal',
  float8: 'decimal',
  money: 'decimal',
  bool: 'boolean',
  date: 'date',
  timestamp: 'datetime',
  timestamptz: 'moment',
  time: 'time',
  interval: 'duration',
  uuid: 'uuid',
  json: 'json',
  jsonb: 'json',
  bpchar: 'char',
  array: 'list',
  bytea: 'bytes',
  geometry: 'other',
  geography: 'other',
}

/** Every type has a text: what is not named lands as that. */
function formOf(_: string, base: string): Form {
  return forms[base] ?? 'text'
}
