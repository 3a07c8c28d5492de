/** `gemaal runs cancel <run>`: stops a run at a safe point. Answers within ten seconds, whether or not it has stopped by then. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Client, WorkflowNotFoundError } from '@temporalio/client'
import { audit } from '../sql/audit.js'
import type { Database } from '../sql/database.js'
import { endLost } from '../sql/outcome.js'
import { type RunDetail, runDetail } from '../sql/run-details.js'
import type { CommandContext } from './context.js'
import { exit, UsageError } from './exit.js'
import { openHands } from './follow.js'
import { whoAsks } from './runs.js'
import { findRun, isWorkflowId } from './runs-show.js'

/** Of the ten seconds that a cancel may take, those that are left after the command has started. */
const answerWithinMs = 9_000

export async function cancel(context: CommandContext, [name = '']: string[]): Promise<number> {
  const { out } = context
  const { db } = await context.warehouse()
  if (isWorkflowId(name) && !(await runDetail(db, name))) return cancelUnbegun(context, name)
  const before = await findRun(db, name)
  if (before.ended) return tell(context, before, 'it had ended already: there is nothing to cancel')
  const { client } = await openHands(context)
  const deadline = Date.now() + answerWithinMs
  const known = await ask(client, before.workflowId, before.workflowRunId, deadline)
  await audit(db, { who: whoAsks(), action: 'run cancel', object: `${before.source}/${before.sync}`, detail: { run: before.id } })
  if (!known) {
    // Its workflow is gone: nobody else ends it.
    await endLost(db, before.id)
    return tell(context, (await runDetail(db, before.id))!, 'Temporal did not know it any more, so that it is closed here')
  }
  const run = await untilEnded(db, before, deadline)
  if (run.ended) return tell(context, run, 'what was published stays')
  out.say(`run ${run.id} is told to stop and has not stopped yet. It does at the next safe point, or when a worker is there to do it.`)
  if (out.json) out.data({ run: run.id, status: 'cancelling' })
  return exit.good
}

/** A run that no worker has taken is not on record: Temporal alone knows it. */
async function cancelUnbegun(context: CommandContext, workflowId: string): Promise<number> {
  const { out } = context
  const { client } = await context.temporal()
  if (!(await ask(client, workflowId, undefined, Date.now() + answerWithinMs)))
    throw new UsageError(`there is no run ${workflowId} that goes on`)
  out.say(`${workflowId} was taken by no worker yet: it ends as soon as one takes it, before it reads anything.`)
  if (out.json) out.data({ workflow: workflowId, status: 'cancelling' })
  return exit.good
}

/** @returns whether Temporal knows the workflow as one that runs */
async function ask(client: Client, workflowId: string, runId: string | undefined, deadline: number): Promise<boolean> {
  const handle = client.workflow.getHandle(workflowId, runId)
  try {
    return await client.connection.withDeadline(deadline, async () => {
      // A cancel of one that ended as cancelled is taken without a word.
      if ((await handle.describe()).status.name !== 'RUNNING') return false
      await handle.cancel()
      return true
    })
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false
    throw new Error(`Temporal did not take the cancel, and ${workflowId} goes on: ${error instanceof Error ? error.message : error}`)
  }
}

async function untilEnded(db: Database, run: RunDetail, deadline: number): Promise<RunDetail> {
  for (;;) {
    const now = (await runDetail(db, run.id))!
    if (now.ended || Date.now() > deadline) return now
    await sleep(200)
  }
}

function tell({ out }: CommandContext, run: RunDetail, words: string): number {
  out.say(`run ${run.id} of ${run.source}/${run.sync} is ${run.status}; ${words}`)
  if (out.json) out.data({ run: run.id, status: run.status })
  return exit.good
}
