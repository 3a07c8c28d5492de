/**
 * What a run does when all its streams have ended: the rules on references. What rows refer to and no listing showed may be on its way still; it
 * is waited for, then asked for by key once, and then judged. Nothing of this changes how the run ended.
 */
import { ChildWorkflowCancellationType, executeChild, log, ParentClosePolicy, sleep } from '@temporalio/workflow'
import { judging } from './activities.js'
import type { byKey } from './by-key.js'
import { isCancelled } from './endings.js'
import type { OpenedSync, SyncInput } from './messages.js'

/** A source that is away is not waited for: what it was asked stays unknown until the next run. */
const giveUpAfterMs = 10 * 60_000

/** Ends at once when the run is cancelled; the next run judges then. */
export async function judgeReferences({ source, askedBy }: SyncInput, { runId, references }: OpenedSync): Promise<void> {
  if (!references) return
  try {
    const { streams, waitMs } = await judging.missingReferences({ runId })
    if (streams.length > 0) {
      if (waitMs > 0) await sleep(waitMs)
      await Promise.all(streams.map((stream) => askFor(source, stream, runId, askedBy)))
    }
    await judging.judgeReferences({ runId })
  } catch (error) {
    if (!isCancelled())
      log.warn('the rules on references were not judged', { runId, error: error instanceof Error ? error.message : undefined })
  }
}

async function askFor(source: string, stream: string, references: number, askedBy: string): Promise<void> {
  try {
    await executeChild<typeof byKey>('byKey', {
      workflowId: `references:${references}/${stream}`,
      args: [{ source, stream, from: { references }, trigger: 'references', askedBy, giveUpAfterMs }],
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
    })
  } catch (error) {
    // Its own run says what went wrong.
    if (isCancelled()) throw error
  }
}
