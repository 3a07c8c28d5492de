/**
 * One reading of one stream: open, read the slices, verify, publish. Its workflow id is fixed (`stream:<source>/<stream>`), so that a stream
 * has one reader at a time, whoever asked.
 */
import { CancellationScope, CancelledFailure, defineSignal, getExternalWorkflowHandle, setHandler } from '@temporalio/workflow'
import { long, short } from './activities.js'
import { endingOf, isCancelled } from './endings.js'
import type { OpenedStream, Opening, StreamInput, StreamResult } from './messages.js'

/** A run that waits for this stream says so, to be told when it is free. */
export const waitFor = defineSignal<[string]>('waitFor')
/** Told to those who wait. */
export const streamFree = defineSignal<[string]>('streamFree')

export async function stream(input: StreamInput): Promise<StreamResult> {
  const waiting = new Set<string>()
  setHandler(waitFor, (workflowId) => {
    waiting.add(workflowId)
  })
  const result = await readStream(input, 1)
  await CancellationScope.nonCancellable(() => tellThoseWhoWait(waiting, input.stream))
  if (result.status === 'cancelled') throw new CancelledFailure(`the reading of ${input.source}/${input.stream} was cancelled`)
  return result
}

async function readStream(input: StreamInput, opening: Opening): Promise<StreamResult> {
  const { runId, source, stream, reading, giveUpAfterMs } = input
  const activities = long(giveUpAfterMs)
  let opened: OpenedStream | undefined
  try {
    opened = await activities.openStream({ ...input, opening })
    const { streamRunId } = opened
    await atOnce(opened.atOnce, opened.slices, (slice) => activities.readSlice({ streamRunId, slice }))
    const { held } = await activities.verifyAndPublish({ streamRunId })
    return { stream, status: held ? 'held' : 'published' }
  } catch (error) {
    const ending = endingOf(error)
    await CancellationScope.nonCancellable(() =>
      short.endStream({ streamRunId: opened?.streamRunId, opening, runId, source, stream, reading, ...ending }),
    )
    if (ending.errorCode === 'CheckpointExpired' && opening === 1 && !isCancelled()) return readStream({ ...input, reading: 'full' }, 2)
    return { stream, status: ending.status }
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

/** One that asks while others are told is told too. */
async function tellThoseWhoWait(waiting: Set<string>, stream: string): Promise<void> {
  while (waiting.size > 0) {
    const told = [...waiting]
    waiting.clear()
    await Promise.all(
      told.map(
        (id) =>
          getExternalWorkflowHandle(id)
            .signal(streamFree, stream)
            .catch(() => {}), // it waits no longer
      ),
    )
  }
}
