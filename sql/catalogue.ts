/** What stands in Postgres, read from its catalogue. */
import { type Kysely, sql } from 'kysely'
import type { Tables } from './database.js'

export interface StandingColumn {
  name: string
  /** As `format_type` writes it, with `timestamptz` for its long form. */
  type: string
  comment: string | null
}

export interface StandingIndex {
  name: string
  columns: string[]
  unique: boolean
  /** Of some rows only. */
  partial: boolean
  primary: boolean
  /** A primary key or another constraint owns it: it is no index to drop. */
  owned: boolean
}

export interface StandingTable {
  name: string
  /** `r` table, `v` view, and the other letters of `pg_class.relkind`. */
  kind: string
  comment: string | null
  columns: StandingColumn[]
  indexes: StandingIndex[]
}

/** The relations of a schema that bear one of the names, by name. */
export async function standingTables(db: Kysely<Tables>, schema: string, names: readonly string[]): Promise<Map<string, StandingTable>> {
  const { rows } = await sql<StandingTable>`
    select c.relname as name, c.relkind::text as kind, obj_description(c.oid, 'pg_class') as comment,
      coalesce((
        select json_agg(json_build_object(
          'name', a.attname,
          'type', replace(format_type(a.atttypid, a.atttypmod), 'timestamp with time zone', 'timestamptz'),
          'comment', col_description(c.oid, a.attnum)) order by a.attnum)
        from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped), '[]') as columns,
      coalesce((
        select json_agg(json_build_object(
          'name', x.relname, 'unique', i.indisunique, 'partial', i.indpred is not null, 'primary', i.indisprimary,
          'owned', exists (select from pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x')),
          'columns', array(
            select a.attname::text from unnest(i.indkey::int2[]) with ordinality k (attnum, place)
            join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum order by k.place)))
        from pg_index i join pg_class x on x.oid = i.indexrelid where i.indrelid = c.oid and i.indisvalid), '[]') as indexes
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = ${schema} and c.relname = any(${names}::text[]) and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')`.execute(db)
  return new Map(rows.map((r) => [r.name, r]))
}

export interface DependentView {
  /** `<schema>.<view>`. */
  view: string
  owner: string
  table: string
  /** Undefined: it needs the table, not one column of it. */
  column: string | undefined
}

/** The views that read tables of a schema, and which columns of them. */
export async function viewsOn(db: Kysely<Tables>, schema: string, tables: readonly string[]): Promise<DependentView[]> {
  const { rows } = await sql<DependentView & { column: string | null }>`
    select distinct vn.nspname || '.' || v.relname as view, pg_get_userbyid(v.relowner) as owner, t.relname as table, a.attname as column
    from pg_depend d
    join pg_rewrite r on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid
    join pg_class v on v.oid = r.ev_class join pg_namespace vn on vn.oid = v.relnamespace
    join pg_class t on d.refclassid = 'pg_class'::regclass and d.refobjid = t.oid join pg_namespace tn on tn.oid = t.relnamespace
    left join pg_attribute a on a.attrelid = t.oid and a.attnum = d.refobjsubid and d.refobjsubid > 0
    where tn.nspname = ${schema} and t.relname = any(${tables}::text[]) and v.oid <> t.oid
    order by 1, 3, 4 nulls first`.execute(db)
  return rows.map((r) => ({ ...r, column: r.column ?? undefined }))
}
