/** What an error means for the reading of a stream. */
import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  ChildWorkflowFailure,
  isCancellation,
  TerminatedFailure,
  TimeoutFailure,
} from '@temporalio/workflow'
import type { StreamResult } from './messages.js'

export interface Ending {
  status: StreamResult['status']
  /** Name of the error, and its message for people. */
  errorCode?: string
  errorMessage?: string
}

/** Whether somebody asked this workflow to stop. */
export function isCancelled(): boolean {
  return CancellationScope.current().consideredCancelled
}

/** How a stream ends that met this error. In a workflow that was asked to stop it is cancelled, whatever the step said last. */
export function endingOf(error: unknown): Ending {
  // A worker that died with the step cannot answer a cancel: Temporal tells of a time-out then.
  if (isCancellation(error) || isCancelled()) return { status: 'cancelled' }
  const cause = error instanceof ActivityFailure || error instanceof ChildWorkflowFailure ? error.cause : error
  if (cause instanceof TerminatedFailure)
    return { status: 'failed', errorCode: 'Terminated', errorMessage: 'its workflow was terminated in Temporal; the next run goes on' }
  if (cause instanceof TimeoutFailure) {
    const last = cause.cause instanceof ApplicationFailure ? cause.cause : undefined
    return {
      status: 'incomplete',
      errorCode: last?.type ?? 'TimedOut',
      errorMessage: last?.message ?? 'no worker finished the step in time',
    }
  }
  if (cause instanceof ApplicationFailure) {
    const errorCode = cause.type ?? 'Error'
    // Retries of these ran out of time: it goes on at the next schedule.
    const passing = errorCode === 'SourceUnavailable' || errorCode === 'WarehouseUnavailable'
    const status = passing ? 'incomplete' : errorCode === 'StaleAttempt' ? 'abandoned' : 'failed'
    return { status, errorCode, errorMessage: cause.message }
  }
  return { status: 'failed', errorCode: 'Error', errorMessage: error instanceof Error ? error.message : 'unknown failure' }
}
