/** The time in the warehouse. */
import { sql } from 'kysely'
import type { Database } from './database.js'

/** The clock of the warehouse: workers order their reads by it, whatever their own clocks say. */
export async function warehouseClock(db: Database): Promise<() => Date> {
  const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(db)
  const began = performance.now()
  const base = rows[0]!.now.getTime()
  return () => new Date(base + (performance.now() - began))
}
