/** How the workflows call Temporal activities: time-outs, retries and cancellation, said once. */
import { ActivityCancellationType, type ActivityOptions, proxyActivities } from '@temporalio/workflow'
import type { Activities } from './messages.js'

/** A person has to act, or trying again cannot help; the names of the classes in `connectors/errors.ts`, `sql/` and `worker/`. */
const lasting = [
  'SourceRefused',
  'UnexpectedResponse',
  'CheckpointExpired',
  'InvalidConnector',
  'StaleAttempt',
  'NotBalanced',
  'CheckpointMoved',
  'ConfigError',
  'ContractBroken',
  'RuleBroken',
  'NotAllowed',
]

const base: ActivityOptions = {
  // A worker that dies is noticed after this; the heartbeat goes by timer, five times as often.
  heartbeatTimeout: '10s',
  // The default answers a cancel before the Temporal activity has stopped, so that the account of the run would be wrong.
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1 minute', nonRetryableErrorTypes: lasting },
}

/** Steps that take seconds and speak to the warehouse alone; tried for as long as it takes. */
export const short = proxyActivities<Activities>({ ...base, startToCloseTimeout: '5 minutes' })

/** Steps that nothing waits for but the end of the run: when they fail, the run ends as it would have. */
export const judging = proxyActivities<Activities>({
  ...base,
  startToCloseTimeout: '30 minutes',
  retry: { ...base.retry, maximumAttempts: 5 },
})

/** Steps that read a source or publish: they may take days, and give up after the time that the source file states. */
export function long(giveUpAfterMs: number) {
  return proxyActivities<Activities>({ ...base, startToCloseTimeout: giveUpAfterMs, scheduleToCloseTimeout: giveUpAfterMs })
}
