/**
 * The path of a record, joined: read → shape → check → shield → stage → verify → publish. Runs without Temporal; the Temporal activities call
 * the same functions one by one, so that a kill costs no more than a batch.
 */
import { endStreamRun, setStreamStatus } from '../../sql/runs.js'
import { RuleBroken } from '../errors.js'
import type { StreamSession } from '../session.js'
import { type OpenRequest, openStream } from './open.js'
import { type PublishedDataset, publishStream } from './publish.js'
import { type SliceProgress, stageSlice } from './stage.js'
import { type Verified, verifyStream } from './verify.js'

export interface StreamOutcome {
  streamRunId: number
  verified: Verified
  datasets: PublishedDataset[]
}

/** Brings one stream up to date, from source to dataset. */
export async function runStream(
  session: StreamSession,
  request: OpenRequest,
  signal: AbortSignal,
  tell: (progress: SliceProgress) => void = () => {},
): Promise<StreamOutcome> {
  const { streamRunId, slices } = await openStream(session, request, signal)
  for (let slice = 0; slice < slices; slice++) await stageSlice(session, streamRunId, slice, signal, tell) //  read → shape → check → shield → stage
  const outcome = await verifyAndPublish(session, streamRunId, signal) //                                     verify → publish
  return { streamRunId, ...outcome }
}

/**
 * The end of the path: what was staged is verified, and published as far as nothing has to wait for a person.
 *
 * @throws RuleBroken when a rule that must hold does not of some dataset; the others are published
 */
export async function verifyAndPublish(
  session: StreamSession,
  streamRunId: number,
  signal: AbortSignal,
  tell: (checked: number) => void = () => {},
): Promise<{ verified: Verified; datasets: PublishedDataset[] }> {
  const { db } = session.warehouse
  await setStreamStatus(db, streamRunId, 'verifying')
  const verified = await verifyStream(session, streamRunId, signal, tell)
  await setStreamStatus(db, streamRunId, 'publishing')
  const datasets = await publishStream(session, streamRunId, verified, signal)
  const failed = verified.datasets.flatMap((d) => (d.outcome === 'fail' ? [d.why ?? `${d.dataset} failed`] : []))
  if (failed.length > 0) {
    const error = new RuleBroken(failed.join('\n'))
    await endStreamRun(db, streamRunId, { status: 'failed', errorCode: error.name, errorMessage: error.message })
    throw error
  }
  const held = verified.datasets.some((d) => d.hold !== undefined)
  await endStreamRun(db, streamRunId, { status: held ? 'held' : 'published', errorCode: null, errorMessage: noteOf(verified) })
  return { verified, datasets }
}

/** What a person should know of a run that went well. */
function noteOf(verified: Verified): string | null {
  const notes = [
    ...(verified.shortBy > 0
      ? [`the listing is short of ${verified.shortBy} keys by the source's own count, so that nothing was deleted`]
      : []),
    ...(verified.forbidden > 0
      ? [
          verified.forbidden === 1
            ? '1 absent key may not be re-read by our token; it stays'
            : `${verified.forbidden} absent keys may not be re-read by our token; they stay`,
        ]
      : []),
  ]
  return notes.length > 0 ? notes.join('; ') : null
}
