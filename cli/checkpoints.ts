/** `gemaal checkpoints`: where each dataset is in the streams that feed it; to be moved by hand only by who knows the source. */
import { type CheckpointLine, changeCheckpoint, listCheckpoints } from '../sql/checkpoints.js'
import type { Warehouse } from '../sql/database.js'
import type { PlannedStream } from '../worker/planning/plan.js'
import { type Applied, appliedProject, streamsOfDataset } from './applied.js'
import { confirm } from './confirm.js'
import type { CommandContext } from './context.js'
import { exit, UsageError } from './exit.js'
import { relative } from './output.js'
import { whoAsks } from './runs.js'

export async function show(context: CommandContext, [name]: string[]): Promise<number> {
  const { out } = context
  const warehouse = await context.warehouse()
  const applied = await appliedProject(context, warehouse)
  if (name !== undefined) streamsOfDataset(applied, name)
  const lines = (await listCheckpoints(warehouse.db, name)).map((line) => ({ ...line, next: nextReading(line, applied) }))
  if (out.json) {
    out.data(lines)
    return exit.good
  }
  out.table(
    lines.map((l) => ({
      ...l,
      from: `${l.source}/${l.stream}`,
      full: l.fullAt && relative(l.fullAt),
      read: l.readAt && relative(l.readAt),
    })),
    [
      { name: 'dataset' },
      { name: 'from' },
      { name: 'checkpoint' },
      { name: 'full', title: 'read in full' },
      { name: 'read', title: 'read last' },
      { name: 'run', right: true },
      { name: 'next', title: 'next reading of changes' },
    ],
  )
  return exit.good
}

/** What a sync that reads changes would do. The streams' other datasets have a say too: one that was never read makes it full for all. */
function nextReading(line: CheckpointLine, { plan }: Applied): string {
  const planned = plan.streams.get(`${line.source}/${line.stream}`)
  if (!planned) return 'none: the applied project takes no more from it'
  if (!planned.stream.changes) return 'full: the source offers no other'
  if (line.readAt === null) return 'full: it was never read'
  if (line.fullAt === null) return 'full: it was reset, or planned anew'
  if (line.checkpoint === null) return 'full: there is nothing to go on from'
  return 'changes'
}

export async function set(
  context: CommandContext,
  [name = '', to = '']: string[],
  options: { from?: string; reason: string; yes?: boolean },
): Promise<number> {
  const warehouse = await context.warehouse()
  const { planned, line } = await pick(context, warehouse, name, options.from)
  if (!planned.stream.changes) throw new UsageError(`${line.source}/${line.stream} is always read in full, and goes on from no checkpoint`)
  if (line.readAt === null)
    throw new UsageError(
      `${name} was never read from ${line.source}/${line.stream}; its first reading is full, and there is nothing to set`,
    )
  const forward = line.checkpoint !== null && compare(planned, to, line.checkpoint) > 0
  await confirm(
    context,
    forward
      ? `${name} will go on from ${to}, which is after ${line.checkpoint}: what changed between them is not seen before the next full reading.`
      : `${name} will go on from ${to} rather than ${line.checkpoint}: what changed since is read again, which does no harm.`,
    options.yes,
  )
  return change(context, warehouse, line, { to }, options.reason)
}

function compare(planned: PlannedStream, a: string, b: string): number {
  try {
    return planned.stream.compare(a, b)
  } catch (error) {
    throw new UsageError(`'${a}' is no checkpoint of this stream: ${error instanceof Error ? error.message : error}`)
  }
}

export async function reset(context: CommandContext, [name = '']: string[], options: { from?: string; reason?: string }): Promise<number> {
  const warehouse = await context.warehouse()
  const { line } = await pick(context, warehouse, name, options.from)
  return change(context, warehouse, line, { full: true }, options.reason)
}

/** The one stream that a dataset takes from, or the one that was named. @throws UsageError */
async function pick(
  context: CommandContext,
  warehouse: Warehouse,
  name: string,
  from: string | undefined,
): Promise<{ planned: PlannedStream; line: CheckpointLine }> {
  const applied = await appliedProject(context, warehouse)
  const streams = streamsOfDataset(applied, name, from?.split('/')[0])
  if (streams.length > 1)
    throw new UsageError(`${name} takes from ${streams.map((s) => `${s.plan.source}/${s.plan.stream}`).join(', ')}; say which with --from`)
  const planned = streams[0]!
  const lines = await listCheckpoints(warehouse.db, name)
  const line = lines.find((l) => l.source === planned.plan.source && l.stream === planned.plan.stream)
  if (!line) throw new UsageError(`${name} is not in the warehouse as the applied project has it; run \`gemaal apply\``)
  return { planned, line }
}

async function change(
  context: CommandContext,
  warehouse: Warehouse,
  line: CheckpointLine,
  to: { to: string } | { full: true },
  reason: string | undefined,
): Promise<number> {
  const { out } = context
  const changed = await changeCheckpoint(warehouse.db, line, to, whoAsks(), reason)
  const after = (await listCheckpoints(warehouse.db, line.dataset)).find((l) => l.source === line.source && l.stream === line.stream)
  if (out.json) out.data(after)
  const of = `${line.dataset} from ${line.source}/${line.stream}`
  out.say(
    !changed
      ? `${of} was never read: its first reading is full as it is.`
      : 'to' in to
        ? `${of} goes on from ${to.to}.`
        : `The next reading of ${of} is full. Now: gemaal run ${line.dataset}`,
  )
  return exit.good
}
