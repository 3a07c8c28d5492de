/** What a source turned out to hold beside what its stream describes: names of fields, never values. */
import { sql } from 'kysely'
import type { Database } from './database.js'

/** Notes fields that records have and the stream does not describe. They do not land. */
export async function noteNewFields(db: Database, source: string, stream: string, paths: readonly string[], runId: number): Promise<void> {
  if (paths.length === 0) return
  await db
    .insertInto('gemaal.schema_changes')
    .values(paths.map((path) => ({ source, stream, path, what: 'new field', first_run_id: runId })))
    .onConflict((c) => c.columns(['source', 'stream', 'path', 'what']).doUpdateSet({ last_seen_at: sql`clock_timestamp()` }))
    .execute()
}
