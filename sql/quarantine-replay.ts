/** Refused records that are to be re-read, and what became of them. */
import { sql } from 'kysely'
import type { Database } from './database.js'
import { matching, type QuarantineFilter } from './quarantine.js'

export interface ReplayEntry {
  id: number
  dataset: string
  source: string
  stream: string
  /** Whether its key could be read. */
  hasKey: boolean
  /** Of the plan of its dataset when it was refused last. */
  fingerprint: string
}

/** Entries that are open, by number or by condition, at most `limit`, the oldest first. */
export async function replayEntries(
  db: Database,
  which: { ids: readonly number[] } | { filter: QuarantineFilter },
  limit: number,
): Promise<ReplayEntry[]> {
  const condition = 'ids' in which ? sql`q.closed_at is null and q.id = any(${[...which.ids]}::bigint[])` : matching(which.filter)
  const { rows } = await sql<ReplayEntry>`
    select q.id, q.dataset, q.source, q.stream, q.key is not null as "hasKey", q.fingerprint from gemaal.quarantine q
    where ${condition} order by q.id limit ${limit}`.execute(db)
  return rows
}

/** How entries were closed, in order of their numbers; null: they are open still. */
export async function outcomeOf(db: Database, ids: readonly number[]): Promise<{ id: number; dataset: string; how: string | null }[]> {
  const { rows } = await sql<{ id: number; dataset: string; how: string | null }>`
    select id, dataset, closed_how as how from gemaal.quarantine where id = any(${[...ids]}::bigint[]) order by id`.execute(db)
  return rows
}

/** A refused record as it is kept, with the configuration by which it was treated. */
export interface KeptEntry {
  id: number
  dataset: string
  source: string
  stream: string
  /** JSON, with numbers as they are written. */
  record: string
  fingerprint: string
  /** Of the project as the run that refused it last had it. */
  digest: string
  /** When the source gave it. */
  readAt: Date
}

/** Entries that are open and whose key could be read, in order of their numbers. */
export async function keptEntries(db: Database, ids: readonly number[]): Promise<KeptEntry[]> {
  const { rows } = await sql<KeptEntry>`
    select q.id, q.dataset, q.source, q.stream, q.record::text as record, q.fingerprint, r.digest, q.read_at as "readAt"
    from gemaal.quarantine q join gemaal.runs r on r.id = q.last_run_id
    where q.id = any(${[...ids]}::bigint[]) and q.closed_at is null and q.key is not null order by q.id`.execute(db)
  return rows
}
