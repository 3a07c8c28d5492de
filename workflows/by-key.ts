/** Re-reads keys of one stream: replay of quarantine, deletes that a person let through, records that others refer to. Goes beside a listing of the stream. */
import { CancellationScope, CancelledFailure } from '@temporalio/workflow'
import { long, short } from './activities.js'
import { endingOf } from './endings.js'
import type { ByKeyInput, StreamResult, SyncResult } from './messages.js'
import { openRun } from './opening.js'

const day = 24 * 3600 * 1000

/** @returns undefined when none of the keys can be re-read; they wait for the next reading */
export async function byKey(input: ByKeyInput): Promise<SyncResult | undefined> {
  const { giveUpAfterMs = day } = input
  const opened = await openRun(() => (giveUpAfterMs < day ? long(giveUpAfterMs) : short).openByKey(input))
  if (!opened) return undefined
  const { source, stream } = input
  const { runId, streamRunId } = opened
  const activities = long(giveUpAfterMs)
  let status: StreamResult['status']
  try {
    await activities.readSlice({ streamRunId, slice: 0 })
    status = (await activities.verifyAndPublish({ streamRunId })).held ? 'held' : 'published'
  } catch (error) {
    const ending = endingOf(error)
    status = ending.status
    await CancellationScope.nonCancellable(() => short.endStream({ streamRunId, runId, source, stream, reading: 'by-key', ...ending }))
  }
  const cancelled = status === 'cancelled'
  const closed = await CancellationScope.nonCancellable(() => short.closeSync({ runId, cancelled }))
  if (cancelled) throw new CancelledFailure('the run was cancelled')
  return { runId, status: closed.status, streams: [{ stream, status }] }
}
