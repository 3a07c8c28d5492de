/** One run of one sync: its streams, parents before children, each as a workflow of its own. One failing stream does not sink the others. */
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common'
import {
  CancellationScope,
  CancelledFailure,
  ChildWorkflowCancellationType,
  ChildWorkflowFailure,
  condition,
  executeChild,
  getExternalWorkflowHandle,
  isCancellation,
  ParentClosePolicy,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow'
import { short } from './activities.js'
import { endingOf, isCancelled } from './endings.js'
import type { OpenedSync, StreamInput, StreamResult, SyncInput, SyncResult } from './messages.js'
import { openRun } from './opening.js'
import { judgeReferences } from './references.js'
import { type stream, streamFree, waitFor } from './stream.js'

export async function sync(input: SyncInput): Promise<SyncResult> {
  const freed = new Set<string>()
  setHandler(streamFree, (name) => {
    freed.add(name)
  })
  const opened = await openRun(() => short.openSync(input))
  const streams: StreamResult[] = []
  // Each stream answers how it ended, also when it was cancelled: the run is closed when nothing of it goes on any more.
  for (const level of opened.levels) {
    if (isCancelled()) break
    streams.push(...(await Promise.all(level.map(({ stream, reading }) => readStream(input, opened, stream, reading, freed)))))
  }
  // A cancel that came when all was done already stopped nothing.
  const cancelled = isCancelled() && (streams.some((s) => s.status === 'cancelled') || streams.length < opened.levels.flat().length)
  if (!isCancelled() && streams.some((s) => s.status === 'published' || s.status === 'held')) await judgeReferences(input, opened)
  const { status } = await CancellationScope.nonCancellable(() => short.closeSync({ runId: opened.runId, cancelled }))
  if (cancelled) throw new CancelledFailure('the run was cancelled')
  return { runId: opened.runId, status, streams }
}

/** Waits of a queued stream, in seconds, should nobody tell that it is free. */
const longestWaitSeconds = 300

async function readStream(
  { source, window }: SyncInput,
  { runId, giveUpAfterMs }: OpenedSync,
  name: string,
  reading: 'full' | 'changes',
  freed: Set<string>,
): Promise<StreamResult> {
  const input: StreamInput = { runId, source, stream: name, reading, ...(window && { window }), giveUpAfterMs }
  try {
    for (let wait = 2; ; wait = Math.min(wait * 2, longestWaitSeconds)) {
      const result = await asOnlyReader(input)
      if (result) return result
      await short.noteQueued({ runId, source, stream: name })
      await untilFree(input, freed, wait)
    }
  } catch (error) {
    const ending = endingOf(error)
    // A workflow of a stream tells how it ended; one that was terminated, or never began, told nothing.
    const told = error instanceof ChildWorkflowFailure && error.cause instanceof CancelledFailure
    if (!told) await CancellationScope.nonCancellable(() => short.endStream({ runId, source, stream: name, reading, ...ending }))
    return { stream: name, status: ending.status }
  }
}

const readerOf = ({ source, stream }: StreamInput): string => `stream:${source}/${stream}`

/** @returns undefined when another run reads the stream */
async function asOnlyReader(input: StreamInput): Promise<StreamResult | undefined> {
  try {
    return await executeChild<typeof stream>('stream', {
      workflowId: readerOf(input),
      args: [input],
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
    })
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return undefined
    throw error
  }
}

async function untilFree(input: StreamInput, freed: Set<string>, atMostSeconds: number): Promise<void> {
  freed.delete(input.stream)
  try {
    await getExternalWorkflowHandle(readerOf(input)).signal(waitFor, workflowInfo().workflowId)
  } catch (error) {
    if (isCancellation(error)) throw error
    return // it ended just now
  }
  await condition(() => freed.has(input.stream), atMostSeconds * 1000)
}
