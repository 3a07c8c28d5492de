/** Stop 7, publish: each dataset of a stream run in one transaction of its own, then the run's account of it. */
import type { Balance } from '../../sql/database.js'
import { type PublishAnswer, type PublishRequest, publishDataset } from '../../sql/publish.js'
import { findStreamRun, type StreamRun, slicesOf } from '../../sql/runs.js'
import type { StreamSession } from '../session.js'
import { type Target, targetsOf } from './stage.js'
import type { Verified } from './verify.js'

export interface PublishedDataset {
  dataset: string
  outcome: 'published' | 'held' | 'failed'
  balance?: Balance
  hold?: number
}

/**
 * Publishes what verify let through. Safe to repeat: a dataset that was published answers what was done.
 *
 * @throws WarehouseUnavailable, StaleAttempt, NotBalanced, CheckpointMoved
 */
export async function publishStream(
  session: StreamSession,
  streamRunId: number,
  verified: Verified,
  signal: AbortSignal,
): Promise<PublishedDataset[]> {
  const run = await findStreamRun(session.warehouse.db, streamRunId)
  const targets = await targetsOf(session, streamRunId)
  const published: PublishedDataset[] = []
  for (const { dataset, outcome, hold } of verified.datasets) {
    const target = targets.find((t) => t.plan.name === dataset)!
    if (outcome === 'fail') {
      published.push({ dataset, outcome: 'failed' })
      continue
    }
    if (outcome === 'hold') {
      published.push({ dataset, outcome: 'held', ...(hold !== undefined && { hold }) })
      continue
    }
    const { balance } = await publishTarget(session, run, target, verified.listedAll, signal)
    published.push({ dataset, outcome: 'published', balance, ...(hold !== undefined && { hold }) })
  }
  return published
}

/** Publishes one dataset run as it is staged; also what releases a hold. */
export async function publishTarget(
  session: StreamSession,
  run: StreamRun,
  target: Target,
  listedAll: boolean,
  signal: AbortSignal,
): Promise<PublishAnswer> {
  const slices = await slicesOf(session.warehouse.db, run.id)
  const short = slices.some((s) => (s.short_by ?? 0) > 0)
  return publishDataset(session.warehouse, {
    plan: target.plan,
    datasetRunId: target.datasetRunId,
    streamRunId: run.id,
    runId: run.run_id,
    connector: session.connectorVersion,
    reading: run.reading,
    byKey: run.reading === 'by-key',
    listedAll,
    signal,
    toTheEnd: run.reading === 'full' && !short,
    // A listing that is short of keys is no ground to go on from.
    checkpoint:
      run.reading === 'by-key' || run.reading === 'window' || short ? undefined : checkpointOf(session, run, target, slices, listedAll),
  })
}

function checkpointOf(
  session: StreamSession,
  run: StreamRun,
  target: Target,
  slices: readonly { checkpoint: string | null; complete: string | null }[],
  listedAll: boolean,
): NonNullable<PublishRequest['checkpoint']> {
  let to = target.checkpointFrom
  for (const { checkpoint } of slices)
    if (checkpoint !== null && (to === null || session.stream.compare(checkpoint, to) > 0)) to = checkpoint
  const readAll = listedAll || slices.every(({ complete }) => complete === 'appended')
  return { from: target.checkpointFrom, to, full: run.reading === 'full' && readAll, readAt: run.listing_began_at }
}
