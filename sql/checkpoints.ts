/** Where each dataset is in the streams that feed it; moved by publish. */
import type { Database } from './database.js'

export interface StandingCheckpoint {
  dataset: string
  checkpoint: string | null
  /** When the last full reading began that was published; null: the next reading is full. */
  full_at: Date | null
}

export async function checkpointsOf(db: Database, source: string, stream: string): Promise<StandingCheckpoint[]> {
  return db
    .selectFrom('gemaal.checkpoints')
    .select(['dataset', 'checkpoint', 'full_at'])
    .where('source', '=', source)
    .where('stream', '=', stream)
    .execute()
}
