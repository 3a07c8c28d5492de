/**
 * The pipeline as Temporal activities: heartbeat by timer, cancellation, errors as Temporal takes them. Payloads hold ids, counts and names.
 */
import { ApplicationFailure, activityInfo, CancelledFailure, Context } from '@temporalio/activity'
import type { Client } from '@temporalio/client'
import { ApplicationFailureCategory } from '@temporalio/common'
import type { Log } from '../connectors/connector.js'
import { SourceUnavailable } from '../connectors/errors.js'
import { WarehouseUnavailable, warehouseError } from '../sql/database.js'
import { noteQueued, setStreamStatus } from '../sql/runs.js'
import type { Activities } from '../workflows/messages.js'
import { toldError } from './faults.js'
import { notifiedStreams } from './notified.js'
import * as references from './references.js'
import * as steps from './steps.js'
import type { Workspace } from './workspace.js'

/** Five beats a time-out: one that is late does not look like a dead worker. */
const beatMs = 2_000

export interface ActivityOptions {
  workspace: Workspace
  /** Tells who reads a stream. */
  client: Client
  /** On a developer's machine an approval that is missing is a warning. */
  dev: boolean
}

export function temporalActivities(options: ActivityOptions): Activities {
  const { workspace } = options
  const { db } = workspace.warehouse
  const guarded = <T>(doing: string, step: Step<T>, guard?: GuardOptions) => guardedBy(workspace.log, doing, step, guard)
  return {
    openSync: (input) => guarded('opening the run', () => steps.openSync(options, input, execution())),
    noteQueued: (input) => guarded('noting a wait', async () => noteQueued(db, input, await readerOf(options.client, input))),
    openStream: (input) =>
      guarded(`opening ${input.source}/${input.stream}`, (signal) => steps.openStreamOf(options, input, execution(), signal), {
        waits: (error, retryAt) => steps.noteOpeningWait(workspace, input, execution(), error, retryAt).catch(() => {}),
      }),
    readSlice: ({ streamRunId, slice }) =>
      guarded(
        `reading slice ${slice} of stream run ${streamRunId}`,
        (signal, beat) => steps.readSlice(workspace, streamRunId, slice, signal, beat),
        {
          waits: (error, retryAt) => noteWait(streamRunId, error, retryAt),
        },
      ),
    verifyAndPublish: ({ streamRunId }) =>
      guarded(`publishing stream run ${streamRunId}`, (signal, beat) => steps.verifyAndPublishOf(workspace, streamRunId, signal, beat), {
        waits: (error, retryAt) => noteWait(streamRunId, error, retryAt),
      }),
    endStream: (input) => guarded('ending a stream', () => steps.endStream(workspace, input, execution())),
    endUnbegun: (input) => guarded('ending the run', () => steps.endUnbegun(workspace, input, execution())),
    closeSync: ({ runId, cancelled }) =>
      guarded('closing the run', async () => ({ status: await steps.closeSync(workspace, runId, cancelled) })),
    openByKey: (input) =>
      guarded(`opening ${input.source}/${input.stream} by key`, (signal) => steps.openByKeyOf(options, input, execution(), signal)),
    missingReferences: ({ runId }) =>
      guarded(`looking for what rows of run ${runId} refer to`, (signal) => references.missingReferences(workspace, runId, signal)),
    judgeReferences: ({ runId }) =>
      guarded(`judging references of run ${runId}`, (signal) => references.judgeRun(workspace, runId, signal)),
    notifiedStreams: ({ source }) =>
      guarded(`looking for what ${source} said has changed`, async () => ({ streams: await notifiedStreams(workspace, source) })),
    publishHeld: (input) => guarded(`releasing hold ${input.hold}`, (signal) => steps.publishHeld(options, input, signal)),
  }

  async function noteWait(streamRunId: number, error: Error, retryAt: Date | undefined): Promise<void> {
    await setStreamStatus(db, streamRunId, 'waiting', {
      retryAt: retryAt ?? null,
      errorCode: error.name,
      errorMessage: error.message,
    }).catch(() => {})
  }
}

/** The workflow run for which a stream is being read; undefined when it ended just now, or Temporal does not tell. */
async function readerOf(client: Client, { source, stream }: { source: string; stream: string }): Promise<string | undefined> {
  const reader = await client.workflow
    .getHandle(`stream:${source}/${stream}`)
    .describe()
    .catch(() => undefined)
  return reader?.status.name === 'RUNNING' ? reader.parentExecution?.runId || undefined : undefined
}

/** The workflow run that asks. */
const execution = () => activityInfo().workflowExecution!

type Step<T> = (signal: AbortSignal, beat: (details: object) => void) => Promise<T>

interface GuardOptions {
  /** Told when the step will be tried again, for `status`. */
  waits?: (error: Error, retryAt: Date | undefined) => Promise<void>
}

/** Runs a step with a heartbeat, and turns what it throws into what Temporal retries, or not, by name. */
async function guardedBy<T>(log: Log, doing: string, step: Step<T>, options: GuardOptions = {}): Promise<T> {
  const context = Context.current()
  let details: object = {}
  const timer = setInterval(() => context.heartbeat(details), beatMs)
  try {
    return await step(context.cancellationSignal, (now) => {
      details = now
    })
  } catch (error) {
    throw await failureOf(error, doing, context, options, log)
  } finally {
    clearInterval(timer)
  }
}

async function failureOf(error: unknown, doing: string, context: Context, { waits }: GuardOptions, log: Log): Promise<Error> {
  if (context.cancellationSignal.aborted)
    return context.cancellationSignal.reason instanceof CancelledFailure
      ? context.cancellationSignal.reason
      : new CancelledFailure('cancelled')
  const ours = toldError(warehouseError(error, doing), doing)
  const retryAt = ours instanceof SourceUnavailable ? ours.retryAt : undefined
  const passing = ours instanceof SourceUnavailable || ours instanceof WarehouseUnavailable
  // One of our own is tried again as well, and must not look like work that goes on.
  if (passing || ours.name === 'Error') await waits?.(ours, retryAt)
  log.warn({ attempt: context.info.attempt, code: ours.name, ...(retryAt && { retryAt }) }, ours.message)
  // Built anew: a cause can hold a request with its headers, and histories are kept.
  return ApplicationFailure.create({
    type: ours.name === 'Error' ? 'Fault' : ours.name,
    message: ours.message,
    ...(retryAt && { nextRetryDelay: Math.max(1_000, retryAt.getTime() - Date.now()) }),
    ...(passing && { category: ApplicationFailureCategory.BENIGN }),
  })
}
