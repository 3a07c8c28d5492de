/** How a run ended, from what its streams and datasets say; and what those outside are told of it. */
import { sql, type Transaction } from 'kysely'
import type { UpTo } from '../config/dataset-plan.js'
import type { Database, RunStatus, Tables } from './database.js'
import { endOpenStreams, endRun, findRun } from './runs.js'

/** With more in quarantine than both, a run counts as ended with quarantine. */
export const quarantineShare = 0.05
export const quarantineAtLeast = 20

/**
 * Ends a run with the worst of what happened in it; safe to repeat (the first end stands).
 *
 * @param cancelled a person or the server stopped it
 */
export async function closeRun(db: Database, runId: number, cancelled: boolean): Promise<RunStatus> {
  return db.transaction().execute(async (trx) => {
    await endOpenStreams(trx, runId, {
      status: cancelled ? 'cancelled' : 'abandoned',
      errorCode: null,
      errorMessage: cancelled ? null : 'its workflow ended before the stream did',
    })
    const { rows } = await sql<{ status: string; stream: string; code: string | null; message: string | null }>`
      select distinct on (source, stream) status, source || '/' || stream as stream, error_code as code, error_message as message
      from gemaal.stream_runs where run_id = ${runId} order by source, stream, id desc`.execute(trx)
    const { rows: quarantined } = await sql<{ n: number }>`
      select count(*) as n from gemaal.dataset_runs d join gemaal.stream_runs s on s.id = d.stream_run_id
      where s.run_id = ${runId} and d.quarantined > ${quarantineAtLeast} and d.quarantined > ${quarantineShare}::float8 * d.read`.execute(
      trx,
    )
    const { rows: over } = await sql<{ dataset: string; rule: string; records: number; of: number; upTo: UpTo }>`
      select s.dataset, s.rule, c.records, c.of, s.up_to as "upTo" from gemaal.rule_counts c join gemaal.finding_states s
        on s.dataset = c.dataset and s.source = c.source and s.stream = c.stream and s.rule = c.rule and s.resolved_at is null
      where c.run_id = ${runId} and c.over order by s.dataset, s.rule`.execute(trx)
    const has = (status: string) => rows.find((r) => r.status === status)
    const failed = has('failed') ?? has('abandoned')
    const status: RunStatus = cancelled
      ? 'cancelled'
      : failed
        ? 'failed'
        : has('cancelled')
          ? 'cancelled'
          : has('held')
            ? 'held'
            : has('incomplete')
              ? 'incomplete'
              : quarantined[0]!.n > 0
                ? 'quarantine'
                : over.length > 0
                  ? 'findings'
                  : 'synced'
    // A run that went well can have something to tell too, such as a listing that is short of keys.
    const told = failed ?? has('incomplete') ?? has('held') ?? rows.find((r) => r.message !== null)
    const words = [
      ...(told ? [[told.stream, told.message].filter(Boolean).join(': ')] : []),
      ...(over.length > 0
        ? [`over the threshold of the contract: ${over.map((o) => `${o.dataset} ${o.rule} ${overWords(o)}`).join('; ')}`]
        : []),
    ]
    return finishRun(trx, runId, status, words.length > 0 ? words.join('. ') : null, told?.code ?? null)
  })
}

/** `12 of 1,000, at most 0.5 %`: how many records break a rule, and how many its contract takes. */
export function overWords({ records, of, upTo }: { records: number; of: number; upTo: UpTo }): string {
  return `${records.toLocaleString('en')} of ${of.toLocaleString('en')}, at most ${boundWords(upTo)}`
}

export function boundWords(upTo: UpTo): string {
  return 'share' in upTo ? `${percentOf(upTo.share)} %` : upTo.count.toLocaleString('en')
}

/** A share as its contract wrote it: 0.005 is 0.5 %, and 0.07 times 100 is not 7. */
export function percentOf(share: number): number {
  return Number((share * 100).toFixed(6))
}

/** How a run ended whose workflow never got as far as its streams. */
export interface EarlyEnd {
  cancelled: boolean
  /** Name of the error, and its message for people. */
  code?: string | undefined
  message?: string | undefined
}

/** Ends the run of a workflow run that could not begin: what refused it is kept with it, and told. Does nothing when it was never on record. */
export async function endUnbegun(db: Database, workflowRunId: string, end: EarlyEnd): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const run = await trx.selectFrom('gemaal.runs').select('id').where('workflow_run_id', '=', workflowRunId).executeTakeFirst()
    if (!run) return
    await endOpenStreams(trx, run.id, {
      status: end.cancelled ? 'cancelled' : 'failed',
      errorCode: end.code ?? null,
      errorMessage: end.message ?? null,
    })
    await finishRun(trx, run.id, end.cancelled ? 'cancelled' : 'failed', end.message ?? null, end.code ?? null)
  })
}

/** Runs that have not ended; whether their workflows still go on only Temporal knows. */
export async function openRuns(db: Database): Promise<{ id: number; workflow_id: string; workflow_run_id: string }[]> {
  const open = db.selectFrom('gemaal.runs').select(['id', 'workflow_id', 'workflow_run_id']).where('ended_at', 'is', null)
  return open.where('workflow_id', '<>', '').orderBy('id').execute()
}

/** Ends a run whose workflow is gone, so that nobody else will. What it published stays, what it staged is dropped. */
export async function endLost(db: Database, runId: number): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const message =
      'Temporal does not know this run any more: it was terminated, or the database of Temporal was lost. The next run goes on'
    await endOpenStreams(trx, runId, { status: 'abandoned', errorCode: 'Lost', errorMessage: message })
    await finishRun(trx, runId, 'failed', message, 'Lost')
  })
}

async function finishRun(
  trx: Transaction<Tables>,
  runId: number,
  status: RunStatus,
  message: string | null,
  errorCode: string | null,
): Promise<RunStatus> {
  const ended = await endRun(trx, runId, status, message, errorCode)
  const run = await findRun(trx, runId)
  // What is asked beside the syncs is nobody's to mend: the next sync finds it. A hold waits for a person all the same.
  const beside = run?.trigger === 'references' || (run?.trigger === 'notificatie' && status !== 'held')
  if (ended && run && !beside) await notice(trx, runId, run.source, run.sync, status)
  return run?.status ?? status
}

/** Puts in the outbox what the webhook tells: failed, held, and recovered where the run before it had failed or was late. */
async function notice(db: Transaction<Tables>, runId: number, source: string, sync: string, status: RunStatus): Promise<void> {
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
