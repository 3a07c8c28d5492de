/** What a mart reads, and so who may read it: from Postgres' catalogue, since the text of its SQL can hide it and the parsed view cannot. */
import { type Kysely, sql } from 'kysely'
import type { DatasetPlan } from '../config/dataset-plan.js'
import type { Tables } from './database.js'
import { type DatasetTable, saysOfPersons, tablesOf } from './dataset-tables.js'
import { type RoleNames, readersOf } from './roles.js'

/** A relation under a view, through other views too. */
interface Use {
  schema: string
  relation: string
  /** Columns that are used by name. */
  columns: string[]
  /** A row is used as a whole somewhere (`to_jsonb(t)`): each of its columns may be. */
  whole: boolean
}

export interface MartUses {
  /** Names of the datasets under the mart. */
  datasets: string[]
  /** Roles that may read it. */
  roles: string[]
  /** Why nobody may read it, where that is so. */
  closed: string | undefined
  /** Tables of our own that it reads: no mart may. */
  forbidden: string[]
}

/**
 * A mart may be read by a role that may read all datasets under it, or by every reader where no column that it uses says something of a
 * person. What is under it and is no dataset, the role must have the right to read by itself.
 *
 * @param plans of all datasets of the project
 */
export async function martUses(
  db: Kysely<Tables>,
  mart: { schema: string; view: string },
  plans: readonly DatasetPlan[],
  names: RoleNames,
): Promise<MartUses> {
  const datasets = new Map<string, DatasetPlan>()
  const others: Use[] = []
  let personal = false
  for (const use of await relationsUnder(db, mart)) {
    const plan = plans.find((p) => p.schema === use.schema && tablesOf(p).some((t) => t.name === use.relation))
    if (!plan) others.push(use)
    else {
      datasets.set(plan.name, plan)
      personal ||= usesPersons(plan, use)
    }
  }
  const forbidden = others.filter((o) => o.schema === 'gemaal' || o.schema === 'staging').map((o) => `${o.schema}.${o.relation}`)
  const candidates = [...new Set([names.reader, ...plans.flatMap((p) => readersOf(p, names))])]
  const below = [...datasets.values()]
  const entitled = candidates.filter(
    (role) => !personal || below.every((d) => readersOf(d, names).some((r) => r === role || r === names.reader)),
  )
  const allowed = await withRights(db, entitled, others)
  // The role of an activity has what the reader has.
  const roles = allowed.includes(names.reader) ? [names.reader] : allowed
  return { datasets: [...datasets.keys()].sort(), roles, closed: roles.length > 0 ? undefined : whyClosed(below, others), forbidden }
}

async function relationsUnder(db: Kysely<Tables>, mart: { schema: string; view: string }): Promise<Use[]> {
  // The meta views and Postgres' own have their own rights and are not looked into. Two things are no dependency and show in the parsed
  // query only: a whole row (a variable with attribute number 0) and a table of Postgres itself.
  const { rows } = await sql<Use>`
    with recursive views (oid) as (
      select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = ${mart.schema} and c.relname = ${mart.view}
      union
      select c.oid from views v join pg_rewrite r on r.ev_class = v.oid
      join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid and d.refclassid = 'pg_class'::regclass
      join pg_class c on c.oid = d.refobjid join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('v', 'm') and n.nspname not in ('pg_catalog', 'information_schema', 'meta')
    ), used (oid, attribute, whole) as (
      select d.refobjid, d.refobjsubid, r.ev_action::text ~ '\\{VAR :varno \\d+ :varattno 0 '
      from views v join pg_rewrite r on r.ev_class = v.oid
      join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid and d.refclassid = 'pg_class'::regclass
      union
      select m.found[1]::oid, 0, false
      from views v join pg_rewrite r on r.ev_class = v.oid, regexp_matches(r.ev_action::text, ':relid (\\d+)', 'g') m (found)
    )
    select n.nspname as schema, c.relname as relation, bool_or(u.whole) as whole,
      coalesce(array_agg(distinct a.attname::text) filter (where a.attname is not null), '{}') as columns
    from used u join pg_class c on c.oid = u.oid join pg_namespace n on n.oid = c.relnamespace
    left join pg_attribute a on a.attrelid = c.oid and a.attnum = u.attribute and a.attnum <> 0
    where c.oid not in (select oid from views) and c.relkind in ('r', 'p', 'v', 'm', 'f')
    group by 1, 2 order by 1, 2`.execute(db)
  return rows
}

function usesPersons(plan: DatasetPlan, use: Use): boolean {
  const table = tablesOf(plan).find((t) => t.name === use.relation)
  if (!table) return false
  const personal = personalColumns(plan, table)
  return use.whole ? personal.size > 0 : use.columns.some((c) => personal.has(c))
}

function personalColumns(plan: DatasetPlan, table: DatasetTable): Set<string> {
  const child = plan.children.find((c) => c.table === table.name)
  const columns = [...plan.columns, ...(child?.columns ?? [])].filter(saysOfPersons).map((c) => c.name)
  const here = columns.filter((name) => table.columns.some((c) => c.name === name))
  // The hash is made from the values of the row and can be searched for them.
  const hashed = table.columns.some((c) => c.name === '_hash') && (columns.length > 0 || plan.personal)
  return new Set(hashed ? [...here, '_hash'] : here)
}

/** The roles that have the right to read each relation. */
async function withRights(db: Kysely<Tables>, roles: readonly string[], relations: readonly Use[]): Promise<string[]> {
  if (relations.length === 0) return [...roles]
  const { rows } = await sql<{ role: string }>`
    select r.rolname as role from pg_roles r
    where r.rolname = any(${[...roles]}::text[]) and not exists (
      select from pg_class c join pg_namespace n on n.oid = c.relnamespace
      join json_to_recordset(${JSON.stringify(relations)}::json) u (schema text, relation text) on u.schema = n.nspname and u.relation = c.relname
      where not has_table_privilege(r.oid, c.oid, 'select'))`.execute(db)
  return roles.filter((role) => rows.some((r) => r.role === role))
}

function whyClosed(datasets: readonly DatasetPlan[], others: readonly Use[]): string {
  const activities = [...new Set(datasets.filter((d) => d.access === 'activity').map((d) => d.activity ?? d.name))].sort()
  if (activities.length > 1)
    return `it uses personal columns and reads datasets of ${activities.join(' and ')}, and no role may read all of them`
  return `no role of the project may read ${others.map((o) => `${o.schema}.${o.relation}`).join(', ')}; a DBA grants it, or the mart does without`
}
