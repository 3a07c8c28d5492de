/**
 * Before the first page: which reading, from where, in which slices, and with which rights. What is decided here is kept, so that every
 * later attempt reads the same.
 */
import type { DayWindow } from '../../config/dataset-plan.js'
import type { Reading, Scope, SliceContext } from '../../connectors/connector.js'
import { checkpointsOf } from '../../sql/checkpoints.js'
import { warehouseClock } from '../../sql/clock.js'
import { type OpenedStreamRun, openStreamRun } from '../../sql/runs.js'
import { acceptFirstScope } from '../../sql/scopes.js'
import type { StreamSession } from '../session.js'
import type { ByKeyParameters } from './stage.js'
import { type Limit, limitOf, whereOf } from './window.js'

export interface OpenRequest {
  runId: number
  digest: string
  /** Reads only these days, where the source can select by them; the whole stream otherwise. */
  window?: DayWindow | undefined
  /** What was asked for; `changes` becomes `full` where changes would miss something, and the run says why. */
  reading: Reading
  /** Names the opening, so that one that is tried again goes on with what it made. */
  opening?: string
}

export interface Opened extends OpenedStreamRun {
  reading: Reading
}

/**
 * Opens a stream run. Another opening of the stream abandons this one; the same opening, asked again, finds it.
 *
 * @throws as the source: the rights are read and the slices are planned by it
 * @throws StaleAttempt when the run has ended, or a contract was changed since it began
 */
export async function openStream(session: StreamSession, request: OpenRequest, signal: AbortSignal): Promise<Opened> {
  const { db } = session.warehouse
  const { plan } = session
  const limit = request.window && limitOf(session, request.window)
  const choice = request.window ? windowChoice(limit) : await chooseReading(session, request.reading)
  const scope = await grantedScope(session, signal)
  if (scope) await acceptFirstScope(db, plan.source, scope)
  const listingBeganAt = (await warehouseClock(db))()
  const context: SliceContext = {
    ...session.context(signal),
    reading: choice.reading,
    checkpoint: choice.checkpoint,
    fields: session.fields,
    where: whereOf(session.pushed, limit),
    known: session.known,
  }
  const slices = await session.stream.slices(context)
  const opened = await openStreamRun(db, {
    runId: request.runId,
    source: plan.source,
    stream: plan.stream,
    digest: request.digest,
    reading: limit ? 'window' : choice.reading,
    whyReading: choice.why,
    checkpointFrom: choice.checkpoint ?? null,
    scope: scope ?? null,
    limitedTo: limit,
    slices: slices.map((s) => ({ name: s.name, params: s.params ?? {} })),
    datasets: plan.datasets,
    listingBeganAt,
    opening: request.opening,
  })
  return { ...opened, reading: choice.reading }
}

/** Opens a run that re-reads keys, beside whatever listing goes on. */
export async function openByKey(
  session: StreamSession,
  request: { runId: number; digest: string; keys: ByKeyParameters; opening?: string },
  signal: AbortSignal,
): Promise<OpenedStreamRun> {
  const { db } = session.warehouse
  // What was kept in quarantine is read without the source.
  const scope = request.keys.kept ? undefined : await grantedScope(session, signal)
  return openStreamRun(db, {
    runId: request.runId,
    source: session.plan.source,
    stream: session.plan.stream,
    digest: request.digest,
    reading: 'by-key',
    whyReading: request.keys.kept ? 'records that quarantine kept pass now' : 'single keys were asked for',
    checkpointFrom: null,
    scope: scope ?? null,
    slices: [{ name: 'keys', params: { ...request.keys } }],
    datasets: session.plan.datasets,
    listingBeganAt: (await warehouseClock(db))(),
    opening: request.opening,
  })
}

/** The rights of our token now; undefined where the source cannot say. */
async function grantedScope(session: StreamSession, signal: AbortSignal): Promise<Scope | undefined> {
  return session.connector.scope?.(session.context(signal))
}

interface Choice {
  reading: Reading
  why: string
  checkpoint?: string
}

function windowChoice(limit: Limit | undefined): Choice {
  if (!limit) return { reading: 'full', why: 'asked for by days, by which the source cannot select' }
  return {
    reading: 'full',
    why: [limit.column, limit.from && `from ${limit.from}`, limit.to && `up to ${limit.to}`].filter(Boolean).join(' '),
  }
}

/**
 * `changes` where it was asked for and is sound for every dataset of the stream; from the earliest of their checkpoints, since a dataset
 * that was held back is behind the others.
 */
export async function chooseReading(session: StreamSession, asked: Reading): Promise<Choice> {
  const { plan, stream } = session
  if (asked === 'full') return { reading: 'full', why: 'asked for' }
  if (!stream.changes) return { reading: 'full', why: 'the source offers no reading of changes' }
  const lacking = plan.datasets.flatMap((d) =>
    (stream.changes!.needs ?? []).filter((need) => !d.columns.some((c) => c.name === need)).map((need) => `${d.name} lacks ${need}`),
  )
  if (lacking.length > 0) return { reading: 'full', why: `changes cannot be told: ${lacking.join(', ')}` }
  const rows = await checkpointsOf(session.warehouse.db, plan.source, plan.stream)
  let checkpoint: string | undefined
  for (const dataset of plan.datasets) {
    const row = rows.find((r) => r.dataset === dataset.name)
    if (!row?.full_at)
      return { reading: 'full', why: `${dataset.name} has no full reading behind it: it is new, planned anew, or was reset` }
    if (row.checkpoint === null) return { reading: 'full', why: `${dataset.name} has no checkpoint to go on from` }
    if (checkpoint === undefined || stream.compare(row.checkpoint, checkpoint) < 0) checkpoint = row.checkpoint
  }
  return { reading: 'changes', why: 'asked for', ...(checkpoint !== undefined && { checkpoint }) }
}
