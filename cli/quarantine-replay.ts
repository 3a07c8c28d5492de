/** `gemaal quarantine replay`: re-reads refused records by key, now, rather than with the next reading. */
import { randomUUID } from 'node:crypto'
import { keysAsSpelt } from '../sql/known.js'
import { outcomeOf, type ReplayEntry, replayEntries } from '../sql/quarantine-replay.js'
import type { ByKeyInput } from '../workflows/messages.js'
import { type Applied, appliedProject } from './applied.js'
import { idOf } from './arguments.js'
import type { CommandContext } from './context.js'
import { type ExitCode, exit, UsageError } from './exit.js'
import { followAll, type Hands, openHands } from './follow.js'
import { entries, type FilterOptions, filterOf } from './quarantine.js'
import { whoAsks } from './runs.js'

/** Entries in one run: the payload of a workflow stays far below its limit. */
const mostARun = 5_000
const mostAtOnce = 50_000

export async function replay(
  context: CommandContext,
  numbers: string[],
  options: FilterOptions & { all?: boolean; wait?: boolean },
): Promise<number> {
  const { out } = context
  const filter = filterOf(options)
  const named = numbers.map((n) => idOf('entry', n))
  const filtered = Object.values(filter).some((v) => v !== undefined)
  if (named.length > 0 && (filtered || options.all)) throw new UsageError('give numbers of entries, or conditions; not both')
  if (named.length === 0 && !filtered && !options.all)
    throw new UsageError('say which: numbers of entries, or --dataset, --rule, --source, --since, or --all')
  const warehouse = await context.warehouse()
  const found = await replayEntries(warehouse.db, named.length > 0 ? { ids: named } : { filter }, mostAtOnce)
  const unknown = named.filter((id) => !found.some((e) => e.id === id))
  if (unknown.length > 0) out.say(`Not in quarantine, or closed before: ${unknown.join(', ')}.`)
  const applied = await appliedProject(context, warehouse)
  const groups = groupedBy(found, (entry) => whyNot(entry, applied) ?? '')
  for (const [why, waiting] of groups)
    if (why)
      out.say(`${entries(waiting.length)} of ${namesOf(waiting)} ${waiting.length === 1 ? 'waits' : 'wait'} for the next reading: ${why}.`)
  const again = groups.get('') ?? []
  if (again.length === 0) {
    out.say('Nothing can be re-read by key.')
    if (out.json) out.data({ replayed: [], waiting: found.map((e) => e.id), unknown })
    return exit.usage
  }
  out.say(`Re-reading ${entries(again.length)} of ${namesOf(again)}.`)
  const hands = await openHands(context)
  const started = await start(context, hands, again)
  if (options.wait === false) {
    if (out.json) out.data({ workflows: started })
    else for (const id of started) out.data(id)
    return exit.good
  }
  const { code } = await followAll(context, hands, started, ({ run, status, message }) =>
    out.say(`run ${run}: ${status}${message ? ` (${message})` : ''}`),
  )
  return tell(context, hands, again, code, { waiting: found.length - again.length, unknown })
}

/** Why an entry cannot be re-read by key; undefined when it can. */
function whyNot(entry: ReplayEntry, { plan }: Applied): string | undefined {
  const planned = plan.streams.get(`${entry.source}/${entry.stream}`)
  const dataset = planned?.plan.datasets.find((d) => d.name === entry.dataset)
  if (!planned || !dataset) return `the applied project takes no more from ${entry.source}/${entry.stream} for it`
  if (!planned.stream.byKey) return `${entry.source}/${entry.stream} cannot be asked for single records`
  if (!entry.hasKey) return 'their key could not be read'
  if (!keysAsSpelt(dataset)) return 'their key is kept as a pseudonym, by which the source cannot be asked'
  return undefined
}

async function start(context: CommandContext, { client }: Hands, again: readonly ReplayEntry[]): Promise<string[]> {
  const started: string[] = []
  for (const [stream, of] of groupedBy(again, (e) => `${e.source}/${e.stream}`)) {
    for (let at = 0; at < of.length; at += mostARun) {
      const input: ByKeyInput = {
        source: of[0]!.source,
        stream: of[0]!.stream,
        from: { quarantine: of.slice(at, at + mostARun).map((e) => e.id) },
        trigger: 'replay',
        askedBy: whoAsks(),
      }
      const workflowId = `by-key:${stream}:${randomUUID()}`
      await client.workflow.start('byKey', { workflowId, taskQueue: context.settings.taskQueue, args: [input] })
      started.push(workflowId)
    }
  }
  return started
}

async function tell(
  context: CommandContext,
  { warehouse }: Hands,
  again: readonly ReplayEntry[],
  code: ExitCode,
  rest: { waiting: number; unknown: number[] },
): Promise<ExitCode> {
  const { out } = context
  const outcome = await outcomeOf(
    warehouse.db,
    again.map((e) => e.id),
  )
  const counts = new Map<string, number>()
  for (const { how } of outcome) counts.set(how ?? 'still refused', (counts.get(how ?? 'still refused') ?? 0) + 1)
  if (out.json) out.data({ replayed: outcome, ...rest })
  else out.data([...counts].map(([how, n]) => `${n} ${words[how] ?? how}`).join('\n'))
  return code
}

const words: { readonly [how: string]: string } = {
  passed: 'passed and landed',
  gone: 'gone at the source',
  outside: 'outside what the dataset takes now',
  'still refused': 'still refused: gemaal quarantine show <entry> says by which rule',
}

function namesOf(of: readonly ReplayEntry[]): string {
  return [...new Set(of.map((e) => e.dataset))].join(', ')
}

function groupedBy<T, K>(all: readonly T[], keyOf: (one: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>()
  for (const one of all) {
    const group = groups.get(keyOf(one))
    if (group) group.push(one)
    else groups.set(keyOf(one), [one])
  }
  return groups
}
