/**
 * `gemaal quarantine replay`: whether refused records pass, now rather than with the next reading. Each takes the shortest way that can tell: it is
 * judged as it was kept, read again by key, or lands from what was kept.
 */
import { randomUUID } from 'node:crypto'
import { keysAsSpelt } from '../sql/known.js'
import { outcomeOf, type ReplayEntry, replayEntries } from '../sql/quarantine-replay.js'
import { judgeKept, type KeptVerdict } from '../worker/kept.js'
import type { ByKeyInput } from '../workflows/messages.js'
import { type Applied, appliedProject, projectsApplied } from './applied.js'
import { idOf } from './arguments.js'
import type { CommandContext } from './context.js'
import { type ExitCode, exit, UsageError } from './exit.js'
import { followAll, type Hands, openHands } from './follow.js'
import { entries, type FilterOptions, filterOf } from './quarantine.js'
import { whoAsks } from './runs.js'

export interface ReplayOptions extends FilterOptions {
  all?: boolean
  wait?: boolean
  askSource?: boolean
}

/** What is done about an entry. */
type Way = { entry: ReplayEntry } /** Still refused as it was kept, by rules that changed since: the source is not asked. */ & (
  | { way: 'judged'; refusedBy: readonly string[] }
  /** Read again by key. */
  | { way: 'asked' }
  /** It passes as it was kept, and lands from there, since the source cannot be asked. */
  | { way: 'kept' }
  | { way: 'waits'; why: string; refusedBy: readonly string[] }
)

/** Entries in one run: the payload of a workflow stays far below its limit. */
const mostARun = 5_000
const mostAtOnce = 50_000

export async function replay(context: CommandContext, numbers: string[], options: ReplayOptions): Promise<number> {
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
  const verdicts = await judgeAll(context, applied, found)
  const ways = found.map((entry) => wayOf(entry, applied, verdicts.get(entry.id), options.askSource === true))
  tellWays(context, ways)
  const going = ways.filter((w) => w.way === 'asked' || w.way === 'kept')
  if (going.length === 0) {
    const judged = ways.some((w) => w.way === 'judged')
    if (!judged) out.say('Nothing can be re-read by key.')
    if (out.json) out.data(answerOf(ways, new Map(), unknown))
    else tellEach(context, ways, new Map())
    return judged ? exit.good : exit.usage
  }
  const hands = await openHands(context)
  const started = await start(context, hands, going)
  if (options.wait === false) {
    if (out.json) out.data({ workflows: started })
    else for (const id of started) out.data(id)
    return exit.good
  }
  const { code } = await followAll(context, hands, started, ({ run, status, message }) =>
    out.say(`run ${run}: ${status}${message ? ` (${message})` : ''}`),
  )
  return tell(context, hands, ways, code, unknown)
}

/** What the rules of now say of each entry as it was kept. */
async function judgeAll(context: CommandContext, { plan }: Applied, found: readonly ReplayEntry[]): Promise<Map<number, KeptVerdict>> {
  const warehouse = await context.warehouse()
  const projects = projectsApplied(context, warehouse)
  const verdicts = new Map<number, KeptVerdict>()
  for (const [stream, of] of groupedBy(found, (e) => `${e.source}/${e.stream}`)) {
    const planned = plan.streams.get(stream)
    if (!planned) continue
    const ids = of.map((e) => e.id)
    for (const verdict of await judgeKept(warehouse.db, projects, planned.plan, ids)) verdicts.set(verdict.id, verdict)
  }
  return verdicts
}

function wayOf(entry: ReplayEntry, { plan }: Applied, verdict: KeptVerdict | undefined, askSource: boolean): Way {
  const planned = plan.streams.get(`${entry.source}/${entry.stream}`)
  const dataset = planned?.plan.datasets.find((d) => d.name === entry.dataset)
  const refusedBy = verdict?.judged ? verdict.refusedBy : []
  const waits = (why: string): Way => ({ entry, way: 'waits', why, refusedBy })
  if (!planned || !dataset) return waits(`the applied project takes no more from ${entry.source}/${entry.stream} for it`)
  const why = !planned.stream.byKey
    ? `${entry.source}/${entry.stream} cannot be asked for single records`
    : !entry.hasKey
      ? 'their key could not be read'
      : keysAsSpelt(dataset)
        ? undefined
        : 'their key is kept as a pseudonym, by which the source cannot be asked'
  if (why === undefined) {
    // By the same rules a record is refused as before; only the source can have changed it.
    const changed = entry.fingerprint !== dataset.fingerprint
    return refusedBy.length > 0 && changed && !askSource ? { entry, way: 'judged', refusedBy } : { entry, way: 'asked' }
  }
  return verdict?.judged && verdict.whole && refusedBy.length === 0 ? { entry, way: 'kept' } : waits(why)
}

function tellWays({ out }: CommandContext, ways: readonly Way[]): void {
  for (const [why, waiting] of groupedBy(
    ways.filter((w) => w.way === 'waits'),
    (w) => (w.way === 'waits' ? w.why : ''),
  )) {
    const still = [...new Set(waiting.flatMap((w) => (w.way === 'waits' ? w.refusedBy : [])))]
    const also = still.length > 0 ? ` As they were kept they are still refused by ${still.join(', ')}.` : ''
    out.say(
      `${entries(waiting.length)} of ${namesOf(waiting)} ${waiting.length === 1 ? 'waits' : 'wait'} for the next reading: ${why}.${also}`,
    )
  }
  const judged = ways.filter((w) => w.way === 'judged')
  if (judged.length > 0) {
    const rules = [...new Set(judged.flatMap((w) => (w.way === 'judged' ? w.refusedBy : [])))]
    out.say(
      `${entries(judged.length)} of ${namesOf(judged)}: still refused by ${rules.join(', ')}, judged as kept by the rules of now. \`--ask-source\` asks whether the source mended them.`,
    )
  }
  const asked = ways.filter((w) => w.way === 'asked')
  if (asked.length > 0) out.say(`Re-reading ${entries(asked.length)} of ${namesOf(asked)}.`)
  const kept = ways.filter((w) => w.way === 'kept')
  if (kept.length > 0)
    out.say(`Landing ${entries(kept.length)} of ${namesOf(kept)} as they were kept: the source cannot be asked for them.`)
}

async function start(context: CommandContext, { client }: Hands, going: readonly Way[]): Promise<string[]> {
  const started: string[] = []
  const groups = groupedBy(going, ({ way, entry: e }) =>
    way === 'kept' ? `kept ${e.source}/${e.stream} ${e.dataset}` : `${e.source}/${e.stream}`,
  )
  for (const of of groups.values()) {
    const { source, stream, dataset } = of[0]!.entry
    for (let at = 0; at < of.length; at += mostARun) {
      const ids = of.slice(at, at + mostARun).map((w) => w.entry.id)
      const from: ByKeyInput['from'] = of[0]!.way === 'kept' ? { kept: ids, dataset } : { quarantine: ids }
      const input: ByKeyInput = { source, stream, from, trigger: 'replay', askedBy: whoAsks() }
      const workflowId = `by-key:${source}/${stream}:${randomUUID()}`
      await client.workflow.start('byKey', { workflowId, taskQueue: context.settings.taskQueue, args: [input] })
      started.push(workflowId)
    }
  }
  return started
}

async function tell(
  context: CommandContext,
  { warehouse }: Hands,
  ways: readonly Way[],
  code: ExitCode,
  unknown: number[],
): Promise<ExitCode> {
  const { out } = context
  const going = ways.filter((w) => w.way === 'asked' || w.way === 'kept').map((w) => w.entry.id)
  const outcome = new Map((await outcomeOf(warehouse.db, going)).map((o) => [o.id, o.how]))
  if (out.json) {
    out.data(answerOf(ways, outcome, unknown))
    return code
  }
  tellEach(context, ways, outcome)
  const counts = groupedBy([...outcome.values()], (how) => how ?? 'still refused')
  out.data([...counts].map(([how, of]) => `${of.length} ${words[how] ?? how}`).join('\n'))
  return code
}

/** Each entry with its way and what came of it, where they are few enough to read. */
function tellEach({ out }: CommandContext, ways: readonly Way[], outcome: ReadonlyMap<number, string | null>): void {
  if (ways.length === 0 || ways.length > mostTold) return
  const lines = ways.map((w) => {
    const still = 'refusedBy' in w && w.refusedBy.length > 0 ? `still refused by ${w.refusedBy.join(', ')}` : 'still refused'
    return { entry: w.entry.id, dataset: w.entry.dataset, way: wayWords[w.way], outcome: outcome.get(w.entry.id) ?? still }
  })
  out.table(lines, [{ name: 'entry', right: true }, { name: 'dataset' }, { name: 'way' }, { name: 'outcome' }])
}

const mostTold = 20
const wayWords: { readonly [way in Way['way']]: string } = {
  judged: 'judged as kept',
  asked: 'read again by key',
  kept: 'landed from what was kept',
  waits: 'waits for the next reading',
}

/** For a script: what was done about each entry, and what became of it. */
function answerOf(ways: readonly Way[], outcome: ReadonlyMap<number, string | null>, unknown: number[]) {
  const replayed = ways.filter((w) => outcome.has(w.entry.id))
  return {
    replayed: replayed.map(({ entry }) => ({ id: entry.id, dataset: entry.dataset, how: outcome.get(entry.id) ?? null })),
    waiting: ways.length - replayed.length,
    unknown,
    entries: ways.map(({ entry, ...way }) => ({
      id: entry.id,
      dataset: entry.dataset,
      way: way.way,
      refusedBy: 'refusedBy' in way ? way.refusedBy : [],
      why: 'why' in way ? way.why : null,
      how: outcome.get(entry.id) ?? null,
    })),
  }
}

const words: { readonly [how: string]: string } = {
  passed: 'passed and landed',
  gone: 'gone at the source',
  outside: 'outside what the dataset takes now',
  'still refused': 'still refused: gemaal quarantine show <entry> says by which rule',
}

function namesOf(of: readonly Way[]): string {
  return [...new Set(of.map((w) => w.entry.dataset))].join(', ')
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
