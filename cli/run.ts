/** `gemaal run <source>[/<sync>] | <schema>.<dataset>`: starts a run through Temporal and follows it. */

import { datasetLines } from '../sql/run-views.js'
import type { CommandContext } from './context.js'
import { exit, exitCodeOfRun } from './exit.js'
import { workerHere } from './local.js'
import { balanceColumns, follow, startSync, whoAsks } from './runs.js'
import type { LoadedTarget } from './targets.js'
import { targetOf } from './targets.js'

export async function run(context: CommandContext, [name]: string[], options: { full?: boolean; wait?: boolean }): Promise<number> {
  const { out } = context
  const warehouse = await context.warehouse()
  const { client, server } = await context.temporal()
  const targets: LoadedTarget[] = await targetOf(warehouse, name!)
  // A dev server that this command started has no worker yet.
  if (server.kind !== 'external' && !server.shared) await workerHere(context, warehouse, server, true)
  let code: number = exit.good
  for (const target of targets) {
    const workflowId = await startSync(client, context.settings.taskQueue, {
      ...target,
      ...(options.full && { reading: 'full' as const }),
      trigger: 'manual',
      askedBy: whoAsks(),
    })
    if (options.wait === false) {
      out.data(workflowId)
      continue
    }
    const stop = new AbortController()
    process.once('SIGINT', () => stop.abort())
    const summary = await follow(warehouse.db, client, workflowId, out, stop.signal)
    if (!summary) {
      await client.workflow.getHandle(workflowId).cancel()
      out.say(`Cancelling; what was published stays. \`gemaal runs list\` shows how it ends.`)
      return exit.interrupted
    }
    const lines = await datasetLines(warehouse.db, summary.id)
    out.table(lines, balanceColumns)
    out.say(`run ${summary.id} of ${summary.source}/${summary.sync}: ${summary.status}${summary.message ? ` (${summary.message})` : ''}`)
    if (summary.status === 'quarantine' || lines.some((l) => (l.quarantined ?? 0) > 0)) out.say('Next: gemaal quarantine list')
    if (summary.status === 'held') out.say('Next: gemaal holds list')
    code = Math.max(code, exitCodeOfRun(summary))
  }
  return code
}
