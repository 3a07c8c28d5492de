/** `gemaal run <source>[/<sync>] | <schema>.<dataset>`: starts a run through Temporal and follows it. */

import type { SyncInput } from '../workflows/messages.js'
import type { CommandContext } from './context.js'
import { exit } from './exit.js'
import { followRuns, openHands } from './follow.js'
import { startSync, whoAsks } from './runs.js'
import { type LoadedTarget, targetOf } from './targets.js'

export async function run(context: CommandContext, [name]: string[], options: { full?: boolean; wait?: boolean }): Promise<number> {
  const warehouse = await context.warehouse()
  const targets = await targetOf(warehouse, name!)
  return startTargets(context, targets, { reading: options.full ? 'full' : undefined, wait: options.wait })
}

/** Starts the syncs of targets by hand, and follows them unless `wait` is false. */
export async function startTargets(
  context: CommandContext,
  targets: readonly LoadedTarget[],
  options: {
    reading?: 'full' | 'changes' | undefined
    window?: SyncInput['window']
    trigger?: SyncInput['trigger']
    wait?: boolean | undefined
  },
): Promise<number> {
  const { out } = context
  const hands = await openHands(context)
  const started: string[] = []
  for (const target of targets) {
    const { reading, window, trigger = 'manual' } = options
    const input = { ...target, ...(reading && { reading }), ...(window && { window }), trigger, askedBy: whoAsks() }
    started.push(await startSync(hands.client, context.settings.taskQueue, input))
  }
  if (options.wait !== false) return followRuns(context, hands, started)
  if (out.json) out.data(started)
  else for (const workflowId of started) out.data(workflowId)
  return exit.good
}
