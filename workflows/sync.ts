/** One run of one sync: its streams, parents before children, each as a workflow of its own. One failing stream does not sink the others. */
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common'
import {
  CancellationScope,
  ChildWorkflowCancellationType,
  condition,
  executeChild,
  getExternalWorkflowHandle,
  isCancellation,
  ParentClosePolicy,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow'
import { short } from './activities.js'
import type { OpenedSync, StreamResult, SyncInput, SyncResult } from './messages.js'
import { endingOf, type stream, streamFree, waitFor } from './stream.js'

export async function sync(input: SyncInput): Promise<SyncResult> {
  const freed = new Set<string>()
  setHandler(streamFree, (name) => {
    freed.add(name)
  })
  const opened = await short.openSync(input)
  const streams: StreamResult[] = []
  let cancelled: unknown
  try {
    for (const level of opened.levels) {
      streams.push(...(await Promise.all(level.map(({ stream, reading }) => readStream(input, opened, stream, reading, freed)))))
    }
  } catch (error) {
    if (!isCancellation(error)) throw error
    cancelled = error
  }
  const { status } = await CancellationScope.nonCancellable(() =>
    short.closeSync({ runId: opened.runId, cancelled: cancelled !== undefined }),
  )
  if (cancelled !== undefined) throw cancelled
  return { runId: opened.runId, status, streams }
}

/** Waits of a queued stream, in seconds, should nobody tell that it is free. */
const longestWaitSeconds = 300

async function readStream(
  input: SyncInput,
  opened: OpenedSync,
  name: string,
  reading: 'full' | 'changes',
  freed: Set<string>,
): Promise<StreamResult> {
  const workflowId = `stream:${input.source}/${name}`
  for (let wait = 2; ; wait = Math.min(wait * 2, longestWaitSeconds)) {
    try {
      return await executeChild<typeof stream>('stream', {
        workflowId,
        args: [{ runId: opened.runId, source: input.source, stream: name, reading, giveUpAfterMs: opened.giveUpAfterMs }],
        parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
        cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
      })
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) {
        if (isCancellation(error)) throw error
        return { stream: name, status: endingOf(error instanceof Error && error.cause ? error.cause : error).status }
      }
    }
    await short.noteQueued({ runId: opened.runId, source: input.source, stream: name })
    freed.delete(name)
    try {
      await getExternalWorkflowHandle(workflowId).signal(waitFor, workflowInfo().workflowId)
    } catch (error) {
      if (isCancellation(error)) throw error
      continue // it ended just now
    }
    await condition(() => freed.has(name), wait * 1000)
  }
}
