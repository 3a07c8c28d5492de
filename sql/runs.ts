/** The life of a run in the control schema: runs of a sync, their streams, slices and datasets. */
import { sql, type Transaction } from 'kysely'
import type { DatasetPlan } from '../config/dataset-plan.js'
import {
  atomically,
  type Database,
  type DatasetStatus,
  type LimitedTo,
  type RunStatus,
  StaleAttempt,
  type StreamReading,
  type StreamStatus,
  type Tables,
  type Trigger,
} from './database.js'
import { shareDatasets } from './dataset-lock.js'
import { createStaging, dropStaging, parentsName, proofSlice } from './staging.js'

export interface NewRun {
  source: string
  sync: string
  trigger: Trigger
  askedBy: string
  digest: string
  productVersion: string
  /** Empty for a run without Temporal. */
  workflowId: string
  workflowRunId: string
  traceId: string
}

/**
 * Opens a run; safe to repeat for the same workflow run. Returns its id, and the digest that it pinned when it was first opened.
 */
export async function openRun(db: Database, run: NewRun): Promise<{ id: number; digest: string }> {
  const { rows } = await sql<{ id: number; digest: string }>`
    insert into gemaal.runs (source, sync, trigger, asked_by, digest, product_version, workflow_id, workflow_run_id, trace_id)
    values (${run.source}, ${run.sync}, ${run.trigger}, ${run.askedBy}, ${run.digest}, ${run.productVersion}, ${run.workflowId}, ${run.workflowRunId}, ${run.traceId})
    on conflict (workflow_run_id) do update set workflow_id = excluded.workflow_id returning id, digest`.execute(db)
  return rows[0]!
}

export interface Run {
  id: number
  source: string
  sync: string
  digest: string
  trigger: Trigger
  trace_id: string
  status: RunStatus
  ended_at: Date | null
}

export async function findRun(db: Database | Transaction<Tables>, id: number): Promise<Run | undefined> {
  return db
    .selectFrom('gemaal.runs')
    .select(['id', 'source', 'sync', 'digest', 'trigger', 'trace_id', 'status', 'ended_at'])
    .where('id', '=', id)
    .executeTakeFirst()
}

/**
 * Says which run a queued one waits for.
 *
 * @param reader workflow run for which the stream is being read, where that is known
 */
export async function noteQueued(
  db: Database,
  { runId, source, stream }: { runId: number; source: string; stream: string },
  reader: string | undefined,
): Promise<void> {
  const run = reader && (await db.selectFrom('gemaal.runs').select('id').where('workflow_run_id', '=', reader).executeTakeFirst())
  const message = `${waitsFor(source, stream)}${run ? `run ${run.id}` : 'another run'}, which reads it`
  await db.updateTable('gemaal.runs').set({ status: 'queued', message }).where('id', '=', runId).where('ended_at', 'is', null).execute()
}

/** A run that was queued for a stream goes on. One that is queued for another stays so: its message says for which. */
export async function noteRunning(
  db: Database,
  { runId, source, stream }: { runId: number; source: string; stream: string },
): Promise<void> {
  await db
    .updateTable('gemaal.runs')
    .set({ status: 'running', message: null })
    .where('id', '=', runId)
    .where('status', '=', 'queued')
    .where(sql<boolean>`starts_with(message, ${waitsFor(source, stream)})`)
    .execute()
}

const waitsFor = (source: string, stream: string) => `${source}/${stream} waits for `

export interface NewStreamRun {
  runId: number
  source: string
  stream: string
  digest: string
  reading: StreamReading
  whyReading: string
  checkpointFrom: string | null
  scope: { [grant: string]: number } | null
  /** What the reading `window` is limited to. */
  limitedTo?: LimitedTo | undefined
  slices: readonly { name: string; params: { [name: string]: unknown } }[]
  datasets: readonly DatasetPlan[]
  /** Moment before the first request, by the clock of the warehouse. */
  listingBeganAt: Date
  /** Names the opening, so that one that is tried again finds what it made. Left out: each call is an opening of its own. */
  opening?: string | undefined
}

export interface OpenedStreamRun {
  streamRunId: number
  slices: number
  datasetRuns: { dataset: string; datasetRunId: number }[]
}

/**
 * Opens the run of a stream with its slices and staging. An earlier run of the same stream that never ended (its Temporal history was
 * lost) is abandoned: its attempts become stale, its staging goes. Runs by key go beside a listing and abandon nothing.
 *
 * Safe to repeat for the same opening: what was made before is answered, also to an attempt that was frozen and comes late.
 *
 * @throws StaleAttempt when the opening or the run has ended, or a contract was changed since the run began
 */
export async function openStreamRun(db: Database, run: NewStreamRun): Promise<OpenedStreamRun> {
  return db.transaction().execute(async (trx) => {
    await shareDatasets(
      trx,
      run.datasets.map((d) => d.name),
    )
    await lockStream(trx, run)
    const standing = await openingOf(trx, run)
    if (standing && standing.slices > 0) return standing
    if (run.reading !== 'by-key') await abandonOpen(trx, run, standing?.streamRunId)
    const account = {
      run_id: run.runId,
      source: run.source,
      stream: run.stream,
      digest: run.digest,
      reading: run.reading,
      why_reading: run.whyReading,
      checkpoint_from: run.checkpointFrom,
      scope: run.scope && JSON.stringify(run.scope),
      limited_to: run.limitedTo ? JSON.stringify(run.limitedTo) : null,
      listing_began_at: run.listingBeganAt,
      opening: run.opening ?? null,
    }
    // It had to wait for the source first, and its account begins with that.
    const waited = { status: 'reading' as const, retry_at: null, error_code: null, error_message: null }
    const { id: streamRunId } = await (standing
      ? trx
          .updateTable('gemaal.stream_runs')
          .set({ ...account, ...waited })
          .where('id', '=', standing.streamRunId)
          .returning('id')
          .executeTakeFirstOrThrow()
      : trx.insertInto('gemaal.stream_runs').values(account).returning('id').executeTakeFirstOrThrow())
    await trx
      .insertInto('gemaal.slices')
      .values(
        run.slices.map((slice, number) => ({ stream_run_id: streamRunId, number, name: slice.name, params: JSON.stringify(slice.params) })),
      )
      .execute()
    await sql`create table ${sql.table(`staging.${parentsName(streamRunId)}`)} (parent text primary key)`.execute(trx)
    const checkpoints = await trx
      .selectFrom('gemaal.checkpoints')
      .select(['dataset', 'checkpoint'])
      .where('source', '=', run.source)
      .where('stream', '=', run.stream)
      .execute()
    const from = new Map(checkpoints.map((c) => [c.dataset, c.checkpoint]))
    const datasetRuns: OpenedStreamRun['datasetRuns'] = []
    for (const plan of run.datasets) {
      // A run that is pinned to files from before a stricter contract may not stage by them.
      const applied = await trx
        .selectFrom('gemaal.datasets')
        .select('fingerprint')
        .where('name', '=', plan.name)
        .where('retired_at', 'is', null)
        .executeTakeFirst()
      if (!applied) throw new StaleAttempt(`${plan.name} left the project since this run began`)
      if (applied.fingerprint !== plan.fingerprint) {
        throw new StaleAttempt(`the contract of ${plan.name} was changed since this run began; run the sync again`)
      }
      const { id } = await trx
        .insertInto('gemaal.dataset_runs')
        .values({
          stream_run_id: streamRunId,
          dataset: plan.name,
          source: run.source,
          stream: run.stream,
          fingerprint: plan.fingerprint,
          version: plan.version,
          checkpoint_from: from.get(plan.name) ?? null,
        })
        .returning('id')
        .executeTakeFirstOrThrow()
      await createStaging(trx, plan, id)
      datasetRuns.push({ dataset: plan.name, datasetRunId: id })
    }
    return { streamRunId, slices: run.slices.length, datasetRuns }
  })
}

/** What an opening made when it was tried before: no slices when it had to wait for the source; undefined when it is new. */
async function openingOf(trx: Transaction<Tables>, run: NewStreamRun): Promise<OpenedStreamRun | undefined> {
  const of = await trx.selectFrom('gemaal.runs').select('ended_at').where('id', '=', run.runId).forShare().executeTakeFirst()
  if (!of || of.ended_at) throw new StaleAttempt(`run ${run.runId} has ended; ${run.source}/${run.stream} is not read for it any more`)
  if (run.opening === undefined) return undefined
  const made = await trx.selectFrom('gemaal.stream_runs').select(['id', 'ended_at']).where('opening', '=', run.opening).executeTakeFirst()
  if (!made) return undefined
  if (made.ended_at) throw new StaleAttempt(`stream run ${made.id} of ${run.source}/${run.stream} has ended`)
  const slices = (await slicesOf(trx, made.id)).filter((s) => s.name !== proofSlice)
  const datasetRuns = (await datasetRunsOf(trx, made.id)).map(({ id, dataset }) => ({ dataset, datasetRunId: id }))
  return { streamRunId: made.id, slices: slices.length, datasetRuns }
}

async function abandonOpen(trx: Transaction<Tables>, run: NewStreamRun, own: number | undefined): Promise<void> {
  const open = await trx
    .selectFrom('gemaal.stream_runs')
    .select('id')
    .where('source', '=', run.source)
    .where('stream', '=', run.stream)
    .where('reading', '<>', 'by-key')
    .where('ended_at', 'is', null)
    .forUpdate()
    .execute()
  for (const { id } of open.filter((o) => o.id !== own))
    await endStreamRun(trx, id, { status: 'abandoned', errorCode: null, errorMessage: 'a newer run of the stream began' })
}

export interface StreamRun {
  id: number
  run_id: number
  source: string
  stream: string
  digest: string
  reading: StreamReading
  status: StreamStatus
  checkpoint_from: string | null
  scope: { [grant: string]: number } | null
  limited_to: LimitedTo | null
  listing_began_at: Date
  ended_at: Date | null
  trigger: Trigger
  trace_id: string
}

/** @throws StaleAttempt when there is no such run */
export async function findStreamRun(db: Database | Transaction<Tables>, id: number): Promise<StreamRun> {
  const found = await db
    .selectFrom('gemaal.stream_runs as s')
    .innerJoin('gemaal.runs as r', 'r.id', 's.run_id')
    .select([
      's.id',
      's.run_id',
      's.source',
      's.stream',
      's.digest',
      's.reading',
      's.status',
      's.checkpoint_from',
      's.scope',
      's.limited_to',
      's.listing_began_at',
      's.ended_at',
    ])
    .select(['r.trigger', 'r.trace_id'])
    .where('s.id', '=', id)
    .executeTakeFirst()
  if (!found) throw new StaleAttempt(`stream run ${id} is gone`)
  return found
}

export async function datasetRunsOf(
  db: Database | Transaction<Tables>,
  streamRunId: number,
): Promise<{ id: number; dataset: string; status: DatasetStatus; fingerprint: string; checkpoint_from: string | null }[]> {
  return db
    .selectFrom('gemaal.dataset_runs')
    .select(['id', 'dataset', 'status', 'fingerprint', 'checkpoint_from'])
    .where('stream_run_id', '=', streamRunId)
    .orderBy('id')
    .execute()
}

export async function slicesOf(db: Database | Transaction<Tables>, streamRunId: number) {
  return db
    .selectFrom('gemaal.slices')
    .select(['number', 'name', 'done', 'read', 'total', 'short_by', 'complete', 'checkpoint', 'pass'])
    .where('stream_run_id', '=', streamRunId)
    .orderBy('number')
    .execute()
}

/** A stream that waited for its source is being read again. */
export async function noteReading(db: Database, id: number): Promise<void> {
  await db
    .updateTable('gemaal.stream_runs')
    .set({ status: 'reading', retry_at: null, error_code: null, error_message: null })
    .where('id', '=', id)
    .where('status', '=', 'waiting')
    .execute()
}

/** Says where a stream run is, for `status`; ignored once it has ended. */
export async function setStreamStatus(
  db: Database,
  id: number,
  status: StreamStatus,
  more: { retryAt?: Date | null; errorCode?: string | null; errorMessage?: string | null } = {},
): Promise<void> {
  await db
    .updateTable('gemaal.stream_runs')
    .set({ status, retry_at: more.retryAt ?? null, error_code: more.errorCode ?? null, error_message: more.errorMessage ?? null })
    .where('id', '=', id)
    .where('ended_at', 'is', null)
    .execute()
}

export interface StreamEnd {
  status: StreamStatus
  errorCode: string | null
  errorMessage: string | null
  retryAt?: Date | null
}

/** Ends a stream run; safe to repeat (the first end stands). What it staged and neither published nor held is dropped. */
export async function endStreamRun(db: Database | Transaction<Tables>, id: number, end: StreamEnd): Promise<void> {
  // At once or not at all: a kill half way would leave staging that nobody sweeps.
  await atomically(db, async (trx) => {
    const ended = await trx
      .updateTable('gemaal.stream_runs')
      .set({
        status: end.status,
        error_code: end.errorCode,
        error_message: end.errorMessage,
        retry_at: end.retryAt ?? null,
        ended_at: sql`clock_timestamp()`,
      })
      .where('id', '=', id)
      .where('ended_at', 'is', null)
      .returning('id')
      .executeTakeFirst()
    if (!ended) return
    const left = await trx
      .updateTable('gemaal.dataset_runs')
      .set({ status: end.status === 'failed' ? 'failed' : 'discarded' })
      .where('stream_run_id', '=', id)
      .where('status', '=', 'staging')
      .returning(['id', 'dataset'])
      .execute()
    for (const run of left) {
      const standing = await trx.selectFrom('gemaal.datasets').select('plan').where('name', '=', run.dataset).executeTakeFirst()
      await dropStaging(trx, { children: standing?.plan.children ?? [] }, run.id)
    }
    await sql`drop table if exists ${sql.table(`staging.${parentsName(id)}`)}`.execute(trx)
  })
}

/** Ends the streams of a run that are still open: nobody reads them any more. */
export async function endOpenStreams(trx: Transaction<Tables>, runId: number, end: StreamEnd): Promise<void> {
  const open = await trx.selectFrom('gemaal.stream_runs').select('id').where('run_id', '=', runId).where('ended_at', 'is', null).execute()
  for (const { id } of open) await endStreamRun(trx, id, end)
}

/** Ends a run whose streams have ended. @returns false when it had ended already, and that end stands */
export async function endRun(
  trx: Transaction<Tables>,
  id: number,
  status: RunStatus,
  message: string | null,
  errorCode: string | null = null,
): Promise<boolean> {
  const ended = await trx
    .updateTable('gemaal.runs')
    .set({ status, message, error_code: errorCode, ended_at: sql`clock_timestamp()` })
    .where('id', '=', id)
    .where('ended_at', 'is', null)
    .returning('id')
    .executeTakeFirst()
  return ended !== undefined
}

/**
 * The account of a stream that waits or ended before its workflow knew one: what its opening made, else one that says that it could not be opened.
 * Safe to repeat.
 *
 * @param opening names the opening; left out: the last account of the stream in this run
 */
export async function accountOf(
  db: Database,
  stream: { runId: number; source: string; stream: string; reading: StreamReading },
  opening?: string,
): Promise<number> {
  return db.transaction().execute(async (trx) => {
    await lockStream(trx, stream)
    const of = trx.selectFrom('gemaal.stream_runs').select('id').where('source', '=', stream.source).where('stream', '=', stream.stream)
    const made = await (opening === undefined ? of.where('run_id', '=', stream.runId) : of.where('opening', '=', opening))
      .orderBy('id', 'desc')
      .executeTakeFirst()
    if (made) return made.id
    const { rows } = await sql<{ id: number }>`
      insert into gemaal.stream_runs (run_id, source, stream, digest, reading, why_reading, opening)
      select id, ${stream.source}, ${stream.stream}, digest, ${stream.reading}, 'it could not be opened', ${opening ?? null} from gemaal.runs where id = ${stream.runId}
      returning id`.execute(trx)
    return rows[0]!.id
  })
}

/** Openings of one stream go one at a time. */
async function lockStream(trx: Transaction<Tables>, { source, stream }: { source: string; stream: string }): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`gemaal.stream:${source}/${stream}`}, 0))`.execute(trx)
}
