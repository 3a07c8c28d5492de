/** How a run ended, from what its streams and datasets say; and what those outside are told of it. */
import { sql } from 'kysely'
import type { Database, RunStatus } from './database.js'
import { endRun } from './runs.js'

/** With more in quarantine than both, a run counts as ended with quarantine. */
export const quarantineShare = 0.05
export const quarantineAtLeast = 20

/**
 * Ends a run with the worst of what happened in it; safe to repeat.
 *
 * @param cancelled a person or the server stopped it
 */
export async function closeRun(db: Database, runId: number, cancelled: boolean): Promise<RunStatus> {
  const { rows } = await sql<{ status: string; stream: string; message: string | null }>`
    select distinct on (source, stream) status, source || '/' || stream as stream, error_message as message
    from gemaal.stream_runs where run_id = ${runId} order by source, stream, id desc`.execute(db)
  const { rows: quarantined } = await sql<{ n: number }>`
    select count(*) as n from gemaal.dataset_runs d join gemaal.stream_runs s on s.id = d.stream_run_id
    where s.run_id = ${runId} and d.quarantined > ${quarantineAtLeast} and d.quarantined > ${quarantineShare}::float8 * d.read`.execute(db)
  const has = (status: string) => rows.find((r) => r.status === status)
  const failed = has('failed') ?? has('abandoned')
  const status: RunStatus = cancelled
    ? 'cancelled'
    : failed
      ? 'failed'
      : has('held')
        ? 'held'
        : has('incomplete')
          ? 'incomplete'
          : quarantined[0]!.n > 0
            ? 'quarantine'
            : 'synced'
  const told = failed ?? has('incomplete') ?? has('held')
  const before = await db
    .selectFrom('gemaal.runs')
    .select(['source', 'sync', 'status', 'ended_at'])
    .where('id', '=', runId)
    .executeTakeFirst()
  await endRun(db, runId, status, told ? [told.stream, told.message].filter(Boolean).join(': ') : null)
  if (before && !before.ended_at) await notice(db, runId, before.source, before.sync, status)
  const after = await db.selectFrom('gemaal.runs').select('status').where('id', '=', runId).executeTakeFirstOrThrow()
  return after.status
}

/** Puts in the outbox what the webhook tells: failed, held, and recovered where the run before it had failed or was late. */
async function notice(db: Database, runId: number, source: string, sync: string, status: RunStatus): Promise<void> {
  const previous = await db
    .selectFrom('gemaal.runs')
    .select('status')
    .where('source', '=', source)
    .where('sync', '=', sync)
    .where('id', '<', runId)
    .where('ended_at', 'is not', null)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  const bad = (s: string | undefined) => s === 'failed' || s === 'incomplete'
  const event = bad(status)
    ? 'failed'
    : status === 'held'
      ? 'held'
      : bad(previous?.status) && status !== 'cancelled'
        ? 'recovered'
        : undefined
  if (!event) return
  await db
    .insertInto('gemaal.notices')
    .values({ event, subject: `${source}/${sync}`, body: JSON.stringify({ event, source, sync, run: runId, status }) })
    .execute()
}
