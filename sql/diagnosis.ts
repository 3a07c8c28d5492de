/** What `doctor` asks of the warehouse: what our login may do, its clock, and whether a worker was seen. Changes nothing. */
import { sql } from 'kysely'
import type { Database } from './database.js'

export interface WarehouseFacts {
  /** `18.4`. */
  version: string
  database: string
  login: string
  mayCreateRole: boolean
  mayCreateSchema: boolean
  /** Temporary tables, which publish merges through. */
  mayUseTemp: boolean
  readOnly: boolean
  /** The moment by its clock. */
  now: Date
}

export async function warehouseFacts(db: Database): Promise<WarehouseFacts> {
  const { rows } = await sql<WarehouseFacts>`
    select split_part(current_setting('server_version'), ' ', 1) as version, current_database()::text as database, current_user::text as login,
      r.rolsuper or r.rolcreaterole as "mayCreateRole",
      has_database_privilege(current_database(), 'create') as "mayCreateSchema",
      has_database_privilege(current_database(), 'temporary') as "mayUseTemp",
      pg_is_in_recovery() or current_setting('default_transaction_read_only')::boolean as "readOnly",
      clock_timestamp() as now
    from pg_roles r where r.rolname = current_user`.execute(db)
  return rows[0]!
}

export interface SeenWorker {
  id: string
  version: string
  seenAt: Date
  /** Seconds since, by the clock of the warehouse. */
  secondsAgo: number
  stopped: boolean
}

/** The worker of a task queue that was seen last; undefined when there never was one. */
export async function lastWorker(db: Database, taskQueue: string): Promise<SeenWorker | undefined> {
  const { rows } = await sql<SeenWorker>`
    select id, product_version as version, seen_at as "seenAt", stopped_at is not null as stopped,
      extract(epoch from clock_timestamp() - seen_at)::float8 as "secondsAgo"
    from gemaal.workers where task_queue = ${taskQueue} order by stopped_at is null desc, seen_at desc limit 1`.execute(db)
  return rows[0]
}
