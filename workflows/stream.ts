/**
 * One reading of one stream: open, read the slices, verify, publish. Its workflow id is fixed (`stream:<source>/<stream>`), so that a stream
 * has one reader at a time, whoever asked.
 */
import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  defineSignal,
  getExternalWorkflowHandle,
  isCancellation,
  setHandler,
  TimeoutFailure,
} from '@temporalio/workflow'
import { long, short } from './activities.js'
import type { OpenedStream, StreamInput, StreamResult } from './messages.js'

/** A run that waits for this stream says so, to be told when it is free. */
export const waitFor = defineSignal<[string]>('waitFor')
/** Told to those who wait. */
export const streamFree = defineSignal<[string]>('streamFree')

export async function stream(input: StreamInput): Promise<StreamResult> {
  const waiting = new Set<string>()
  setHandler(waitFor, (workflowId) => {
    waiting.add(workflowId)
  })
  try {
    return await readStream(input)
  } finally {
    await CancellationScope.nonCancellable(() =>
      Promise.all(
        [...waiting].map((id) =>
          getExternalWorkflowHandle(id)
            .signal(streamFree, input.stream)
            .catch(() => {}),
        ),
      ),
    )
  }
}

async function readStream(input: StreamInput, again = false): Promise<StreamResult> {
  const activities = long(input.giveUpAfterMs)
  let opened: OpenedStream | undefined
  try {
    opened = await activities.openStream(input)
    const { streamRunId } = opened
    await atOnce(opened.atOnce, opened.slices, (slice) => activities.readSlice({ streamRunId, slice }))
    const { held } = await activities.verifyAndPublish({ streamRunId })
    return { stream: input.stream, status: held ? 'held' : 'published' }
  } catch (error) {
    const ending = endingOf(error)
    const { runId, source, stream, reading } = input
    await CancellationScope.nonCancellable(() =>
      short.endStream({ streamRunId: opened?.streamRunId, runId, source, stream, reading, ...ending }),
    )
    if (ending.errorCode === 'CheckpointExpired' && !again) return readStream({ ...input, reading: 'full' }, true)
    if (ending.status === 'cancelled') throw error
    return { stream: input.stream, status: ending.status }
  }
}

/** Runs `work` for 0..count-1, at most `most` at the same time. The first failure cancels the others and waits for them. */
async function atOnce(most: number, count: number, work: (n: number) => Promise<unknown>): Promise<void> {
  let next = 0
  await CancellationScope.cancellable(async () => {
    const scope = CancellationScope.current()
    let failure: unknown
    const lane = async () => {
      while (next < count && failure === undefined) {
        try {
          await work(next++)
        } catch (error) {
          if (failure === undefined) {
            failure = error
            scope.cancel()
          }
        }
      }
    }
    await Promise.all(Array.from({ length: Math.min(most, count) }, lane))
    if (failure !== undefined) throw failure
  })
}

/** What an error means for the stream: its status, and the code and message that a person reads. */
export function endingOf(error: unknown): { status: StreamResult['status']; errorCode?: string; errorMessage?: string } {
  if (isCancellation(error)) return { status: 'cancelled' }
  const cause = error instanceof ActivityFailure ? error.cause : error
  if (cause instanceof TimeoutFailure) {
    const last = cause.cause instanceof ApplicationFailure ? cause.cause : undefined
    return {
      status: 'incomplete',
      errorCode: last?.type ?? 'TimedOut',
      errorMessage: last?.message ?? 'no worker finished the step in time',
    }
  }
  if (cause instanceof ApplicationFailure) {
    const code = cause.type ?? 'Error'
    // Retries of these ran out of time: it goes on at the next schedule.
    if (code === 'SourceUnavailable' || code === 'WarehouseUnavailable')
      return { status: 'incomplete', errorCode: code, errorMessage: cause.message }
    return { status: code === 'StaleAttempt' ? 'abandoned' : 'failed', errorCode: code, errorMessage: cause.message }
  }
  return { status: 'failed', errorCode: 'Error', errorMessage: error instanceof Error ? error.message : 'unknown failure' }
}
