/** How a run ended, from what its streams and datasets say; and what those outside are told of it. */
import { sql } from 'kysely'
import type { Database, RunStatus } from './database.js'
import { endRun, findRun } from './runs.js'

/** With more in quarantine than both, a run counts as ended with quarantine. */
export const quarantineShare = 0.05
export const quarantineAtLeast = 20

/**
 * Ends a run with the worst of what happened in it; safe to repeat.
 *
 * @param cancelled a person or the server stopped it
 */
export async function closeRun(db: Database, runId: number, cancelled: boolean): Promise<RunStatus> {
  const { rows } = await sql<{ status: string; stream: string; code: string | null; message: string | null }>`
    select distinct on (source, stream) status, source || '/' || stream as stream, error_code as code, error_message as message
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
  return finishRun(db, runId, status, told ? [told.stream, told.message].filter(Boolean).join(': ') : null, told?.code ?? null)
}

/** Ends a run that could not begin: what refused it is kept with it, and told. */
export async function refuseRun(db: Database, runId: number, error: Error): Promise<void> {
  await finishRun(db, runId, 'failed', error.message, error.name)
}

async function finishRun(
  db: Database,
  runId: number,
  status: RunStatus,
  message: string | null,
  errorCode: string | null,
): Promise<RunStatus> {
  const before = await findRun(db, runId)
  await endRun(db, runId, status, message, errorCode)
  if (before && !before.ended_at) await notice(db, runId, before.source, before.sync, status)
  return (await findRun(db, runId))?.status ?? status
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

export interface RunTotals {
  source: string
  sync: string
  trace_id: string
  totals: { [part: string]: number }
  durationMs: number | undefined
}

/** What one line of a log says of a run: its balance over all datasets, and how long it took. */
export async function runTotals(db: Database, runId: number): Promise<RunTotals> {
  const { rows } = await sql<{ source: string; sync: string; trace_id: string; ms: number | null; totals: { [part: string]: number } }>`
    select r.source, r.sync, r.trace_id, (extract(epoch from r.ended_at - r.started_at) * 1000)::float8 as ms, (
      select jsonb_build_object('read', coalesce(sum(d.read), 0), 'new', coalesce(sum(d.new), 0), 'changed', coalesce(sum(d.changed), 0),
        'unchanged', coalesce(sum(d.unchanged), 0), 'duplicate', coalesce(sum(d.duplicate), 0), 'superseded', coalesce(sum(d.superseded), 0),
        'removed', coalesce(sum(d.removed), 0), 'quarantined', coalesce(sum(d.quarantined), 0), 'outside', coalesce(sum(d.outside), 0),
        'deleted', coalesce(sum(d.deleted), 0))
      from gemaal.dataset_runs d join gemaal.stream_runs s on s.id = d.stream_run_id where s.run_id = r.id) as totals
    from gemaal.runs r where r.id = ${runId}`.execute(db)
  const { source, sync, trace_id, ms, totals } = rows[0]!
  return { source, sync, trace_id, totals, durationMs: ms === null ? undefined : Math.round(ms) }
}
