/** Runs whose workflow is gone: terminated, or lost with the database of Temporal. Nobody else would end them. */
import { type Client, WorkflowNotFoundError } from '@temporalio/client'
import type { Database } from '../sql/database.js'
import { endLost, openRuns } from '../sql/outcome.js'

const answerWithinMs = 5_000

/**
 * Ends them; safe to run on several workers at once.
 *
 * @returns their ids
 * @throws when Temporal does not answer
 */
export async function endLostRuns(db: Database, client: Client): Promise<number[]> {
  const lost: number[] = []
  for (const run of await openRuns(db)) {
    if (await goesOn(client, run.workflow_id, run.workflow_run_id)) continue
    // A workflow closes its run before it ends itself: one that closed since we looked is left as it ended.
    await endLost(db, run.id)
    lost.push(run.id)
  }
  return lost
}

async function goesOn(client: Client, workflowId: string, workflowRunId: string): Promise<boolean> {
  try {
    const { status } = await client.withDeadline(Date.now() + answerWithinMs, () =>
      client.workflow.getHandle(workflowId, workflowRunId).describe(),
    )
    return status.name === 'RUNNING'
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false
    throw error
  }
}
