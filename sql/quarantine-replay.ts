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
}

/** Entries that are open, by number or by condition, at most `limit`, the oldest first. */
export async function replayEntries(
  db: Database,
  which: { ids: readonly number[] } | { filter: QuarantineFilter },
  limit: number,
): Promise<ReplayEntry[]> {
  const condition = 'ids' in which ? sql`q.closed_at is null and q.id = any(${[...which.ids]}::bigint[])` : matching(which.filter)
  const { rows } = await sql<ReplayEntry>`
    select q.id, q.dataset, q.source, q.stream, q.key is not null as "hasKey" from gemaal.quarantine q
    where ${condition} order by q.id limit ${limit}`.execute(db)
  return rows
}

/** How entries were closed, in order of their numbers; null: they are open still. */
export async function outcomeOf(db: Database, ids: readonly number[]): Promise<{ id: number; dataset: string; how: string | null }[]> {
  const { rows } = await sql<{ id: number; dataset: string; how: string | null }>`
    select id, dataset, closed_how as how from gemaal.quarantine where id = any(${[...ids]}::bigint[]) order by id`.execute(db)
  return rows
}
