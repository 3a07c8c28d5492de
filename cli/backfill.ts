/** `gemaal backfill <target>`: reads streams whole again; with days, only those where the source can select by them. */
import { limitOf } from '../worker/pipeline/window.js'
import type { PlannedStream } from '../worker/planning/plan.js'
import { type Applied, appliedProject } from './applied.js'
import { day } from './arguments.js'
import type { CommandContext } from './context.js'
import { UsageError } from './exit.js'
import { startTargets } from './run.js'
import { type LoadedTarget, targetOf } from './targets.js'

export async function run(
  context: CommandContext,
  [name = '']: string[],
  options: { from?: string; to?: string; wait?: boolean },
): Promise<number> {
  const from = day('--from', options.from)
  const to = day('--to', options.to)
  if (from !== undefined && to !== undefined && from >= to)
    throw new UsageError(`--from ${from} is not before --to ${to}, which is the first day that is not read`)
  const warehouse = await context.warehouse()
  const applied = await appliedProject(context, warehouse)
  const targets = await targetOf(warehouse, name)
  if (from === undefined && to === undefined) {
    context.out.say(
      'Everything is read again; rows that did not change stay as they are, and rows that are gone are deleted as in every full reading.',
    )
    return startTargets(context, targets, { reading: 'full', trigger: 'backfill', wait: options.wait })
  }
  const window = { ...(from !== undefined && { from }), ...(to !== undefined && { to }) }
  tellWindow(context, applied, targets, window)
  return startTargets(context, targets, { reading: 'full', trigger: 'backfill', window, wait: options.wait })
}

/** What the days mean for each stream: a promise that the source cannot keep is not made. */
function tellWindow(
  { out }: CommandContext,
  { plan, project }: Applied,
  targets: readonly LoadedTarget[],
  window: { from?: string; to?: string },
): void {
  const streams = targets.flatMap(({ source, sync, streams: named }) => {
    const of = named ?? project.sources.get(source)?.syncs[sync]?.streams
    return [...plan.streams.values()].filter((s) => s.plan.source === source && (of === undefined || of.includes(s.plan.stream)))
  })
  const by = new Map<string, string[]>()
  const whole: string[] = []
  for (const planned of streams) {
    const limit = limitOf(planned, window)
    if (limit) by.set(limit.column, [...(by.get(limit.column) ?? []), nameOf(planned)])
    else whole.push(nameOf(planned))
  }
  const days = [window.from && `from ${window.from}`, window.to && `up to ${window.to}`].filter(Boolean).join(' ')
  for (const [column, names] of by)
    out.say(
      `${names.join(', ')}: records with ${column} ${days}. A record that is gone is not noticed by this, and the checkpoint stays: only a full reading does that.`,
    )
  if (whole.length > 0) out.say(`${whole.join(', ')}: everything, since the source cannot select by day.`)
}

const nameOf = ({ plan }: PlannedStream): string => `${plan.source}/${plan.stream}`
