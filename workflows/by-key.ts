/** Re-reads keys of one stream: replay of quarantine, deletes that a person let through, notifications. Goes beside a listing of the stream. */
import { CancellationScope, isCancellation } from '@temporalio/workflow'
import { long, short } from './activities.js'
import type { ByKeyInput, SyncResult } from './messages.js'
import { endingOf } from './stream.js'

const giveUpAfterMs = 24 * 3600 * 1000

export async function byKey(input: ByKeyInput): Promise<SyncResult | undefined> {
  const opened = await short.openByKey(input)
  return opened && readByKey(input.source, input.stream, opened)
}

export async function readByKey(
  source: string,
  stream: string,
  { runId, streamRunId }: { runId: number; streamRunId: number },
): Promise<SyncResult> {
  const activities = long(giveUpAfterMs)
  let status: SyncResult['streams'][number]['status']
  let cancelled: unknown
  try {
    await activities.readSlice({ streamRunId, slice: 0 })
    status = (await activities.verifyAndPublish({ streamRunId })).held ? 'held' : 'published'
  } catch (error) {
    const ending = endingOf(error)
    status = ending.status
    if (isCancellation(error)) cancelled = error
    await CancellationScope.nonCancellable(() => short.endStream({ streamRunId, runId, source, stream, reading: 'by-key', ...ending }))
  }
  const closed = await CancellationScope.nonCancellable(() => short.closeSync({ runId, cancelled: cancelled !== undefined }))
  if (cancelled !== undefined) throw cancelled
  return { runId, status: closed.status, streams: [{ stream, status }] }
}
