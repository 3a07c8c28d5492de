/** Where each dataset is in the streams that feed it; moved by publish, and by people who know better. */
import { sql } from 'kysely'
import { audit } from './audit.js'
import type { Database } from './database.js'
import { lockDataset } from './dataset-lock.js'

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

export interface CheckpointLine {
  dataset: string
  source: string
  stream: string
  /** In the source's own words; null: none was reached yet, or the stream has none. */
  checkpoint: string | null
  /** When the last full reading began that was published; null: the next reading is full. */
  fullAt: Date | null
  /** When the last reading began that was published; null before the first. */
  readAt: Date | null
  run: number | null
  movedAt: Date | null
}

/** One a dataset and stream that feeds it, also where it was never read; in order of name. */
export async function listCheckpoints(db: Database, dataset?: string): Promise<CheckpointLine[]> {
  const { rows } = await sql<CheckpointLine>`
    select d.name as dataset, split_part(f.feed, '/', 1) as source, split_part(f.feed, '/', 2) as stream,
      c.checkpoint, c.full_at as "fullAt", c.read_at as "readAt", c.run_id as run, c.moved_at as "movedAt"
    from gemaal.datasets d cross join unnest(d.sources) f (feed)
    left join gemaal.checkpoints c on c.dataset = d.name and c.source || '/' || c.stream = f.feed
    where d.retired_at is null and ${dataset === undefined ? sql`true` : sql`d.name = ${dataset}`}
    order by d.name, f.feed`.execute(db)
  return rows
}

/** A stream is read now, so that its checkpoint is about to move. */
export class BeingRead extends Error {
  override name = 'BeingRead'
}

export interface CheckpointOf {
  dataset: string
  source: string
  stream: string
}

/** What a person does to a checkpoint: moves it to a text of the source, or asks for a full reading. */
export type CheckpointChange = { to: string } | { full: true }

/**
 * Changes the checkpoint of a dataset by hand, with who and why in the audit trail.
 *
 * @returns false when there is none to change: the dataset was never read, and its first reading is full
 * @throws BeingRead
 */
export async function changeCheckpoint(
  db: Database,
  of: CheckpointOf,
  change: CheckpointChange,
  who: string,
  reason: string | undefined,
): Promise<boolean> {
  return db.transaction().execute(async (trx) => {
    // Publish moves it under the same lock, and a run begins under it.
    await lockDataset(trx, of.dataset)
    const reader = await trx
      .selectFrom('gemaal.stream_runs')
      .select('run_id')
      .where('source', '=', of.source)
      .where('stream', '=', of.stream)
      .where('reading', '<>', 'by-key')
      .where('ended_at', 'is', null)
      .executeTakeFirst()
    if (reader)
      throw new BeingRead(
        `run ${reader.run_id} reads ${of.source}/${of.stream} now, and moves its checkpoint; wait for its end, or \`gemaal runs cancel ${reader.run_id}\` first`,
      )
    const before = await trx
      .selectFrom('gemaal.checkpoints')
      .select(['checkpoint', 'full_at'])
      .where('dataset', '=', of.dataset)
      .where('source', '=', of.source)
      .where('stream', '=', of.stream)
      .forUpdate()
      .executeTakeFirst()
    if (!before) return false
    await trx
      .updateTable('gemaal.checkpoints')
      .set({ ...('to' in change ? { checkpoint: change.to, run_id: null } : { full_at: null }), moved_at: sql`clock_timestamp()` })
      .where('dataset', '=', of.dataset)
      .where('source', '=', of.source)
      .where('stream', '=', of.stream)
      .execute()
    await audit(trx, {
      who,
      action: 'to' in change ? 'checkpoint set' : 'checkpoint reset',
      object: of.dataset,
      detail: { stream: `${of.source}/${of.stream}`, from: before.checkpoint, ...('to' in change && { to: change.to }) },
      ...(reason !== undefined && { reason }),
    })
    return true
  })
}
