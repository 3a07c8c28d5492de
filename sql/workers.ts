/** Workers that live, as `status` sees them. */
import { sql } from 'kysely'
import type { Database } from './database.js'

/** Says that a worker lives; the first time makes it known. */
export async function beatWorker(db: Database, worker: { id: string; version: string; taskQueue: string }): Promise<void> {
  await db
    .insertInto('gemaal.workers')
    .values({ id: worker.id, product_version: worker.version, task_queue: worker.taskQueue })
    .onConflict((c) => c.column('id').doUpdateSet({ seen_at: sql`clock_timestamp()` }))
    .execute()
}

export async function endWorker(db: Database, id: string): Promise<void> {
  await db.updateTable('gemaal.workers').set({ stopped_at: sql`clock_timestamp()` }).where('id', '=', id).execute()
}

/** @throws when the warehouse does not answer */
export async function ping(db: Database): Promise<void> {
  await sql`select 1`.execute(db)
}
