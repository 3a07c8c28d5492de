/** Staging that nobody waits for. */
import { sql } from 'kysely'
import type { Database } from './database.js'

/** Tables in schema `staging` whose run is gone or has neither publication nor hold to wait for; dropped. Returns their names. */
export async function sweepStaging(db: Database): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'staging' and c.relkind = 'r' and (
      (c.relname ~ '^d[0-9]+(_|$)' and not exists (
        select from gemaal.dataset_runs d where d.id = substring(c.relname from '^d([0-9]+)')::bigint and d.status in ('staging', 'held')))
      or (c.relname ~ '^s[0-9]+_' and not exists (
        select from gemaal.stream_runs s where s.id = substring(c.relname from '^s([0-9]+)')::bigint and s.ended_at is null)))`.execute(db)
  for (const { name } of rows) await sql`drop table if exists ${sql.table(`staging.${name}`)}`.execute(db)
  return rows.map((r) => r.name)
}
