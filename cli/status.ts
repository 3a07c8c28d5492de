/** `gemaal status`: how each dataset stands, in one word, and the syncs behind them. Does without Temporal, and says so. */
import { loadSnapshot } from '../config/load.js'
import { appliedFiles } from '../sql/config-versions.js'
import type { Database } from '../sql/database.js'
import { recordedRuns, type StatusFacts, statusFacts } from '../sql/status.js'
import { runningSyncs, type ScheduleState, scheduleStates } from '../worker/schedules.js'
import { type DatasetStatus, datasetStatuses, type Problem, problemKinds, scheduledSyncs, syncStatuses } from '../worker/status.js'
import type { CommandContext } from './context.js'
import { type ExitCode, exit, exitCodeOfRun } from './exit.js'
import { moment, relative } from './output.js'

export async function run(context: CommandContext, _args: string[], options: { check?: boolean }): Promise<number> {
  const { out } = context
  const warehouse = await context.standingWarehouse()
  if (!warehouse) {
    out.say('There is no warehouse to ask. `gemaal doctor` says where it was looked for; `gemaal dev` starts one on this machine.')
    return exit.warehouse
  }
  const files = await appliedFiles(warehouse.db)
  if (!files) {
    out.say('No project was applied yet. Run `gemaal apply` in its folder.')
    return exit.configuration
  }
  const { project } = loadSnapshot(files)
  // Temporal first: a run that it has begun is on record a moment later, never a moment before.
  const feeds = [...project.datasets.values()].map((d) => ({ feeds: d.from.map((f) => `${f.source}/${f.stream}`) }))
  const temporal = await askTemporal(context, scheduledSyncs(project, feeds))
  const facts = await statusFacts(warehouse.db, context.settings.taskQueue)
  const pending = 'failure' in temporal ? [] : await notTaken(warehouse.db, temporal.running)
  const around = { facts, project, schedules: 'failure' in temporal ? undefined : temporal.schedules, pending }
  const datasets = datasetStatuses(around)
  const failure = 'failure' in temporal ? temporal.failure : null
  if (options.check) return check(context, facts, datasets, failure)
  const syncs = syncStatuses(around)
  if (out.json) {
    out.data({ at: facts.now, datasets, syncs, workers: facts.workers, temporal: { answers: failure === null, failure } })
    return exit.good
  }
  out.table(
    datasets.map((d) => ({
      ...d,
      status: statusWords(d, facts.now),
      asOf: ago(d.asOf, facts.now),
      nextRun: shortMoment(d.nextRun, facts.now),
    })),
    [
      { name: 'dataset' },
      { name: 'status' },
      { name: 'asOf', title: 'as of' },
      { name: 'quarantined', title: 'quarantine', right: true },
      { name: 'lastRun', title: 'last run', right: true },
      { name: 'nextRun', title: 'next run' },
    ],
  )
  out.data('')
  out.table(
    syncs.map((s) => ({
      ...s,
      status: s.paused ? `${s.status}, paused${s.note ? `: ${s.note}` : ''}` : s.status,
      run: s.openRun ?? s.lastRun,
      ended: s.openRun ? null : ago(s.lastEnded, facts.now),
      nextRun: s.paused ? 'paused' : shortMoment(s.nextRun, facts.now),
    })),
    [{ name: 'sync' }, { name: 'status' }, { name: 'run', right: true }, { name: 'ended' }, { name: 'nextRun', title: 'next run' }],
  )
  tellWhy(context, datasets)
  tellNews(context, datasets)
  if (facts.workers.alive === 0) out.say(`No worker ${lastSeenWords(facts)}: \`gemaal worker\` starts one, \`gemaal dev\` everything.`)
  if (failure) out.say(`${failure}. When the next runs are, and which are paused, is not known.`)
  return exit.good
}

interface Answer {
  schedules: Map<string, ScheduleState>
  running: Map<string, { source: string; sync: string; since: Date }>
}

async function askTemporal(
  context: CommandContext,
  syncs: readonly { source: string; sync: string }[],
): Promise<Answer | { failure: string }> {
  const temporal = await context.standingTemporal()
  if (typeof temporal === 'string') return { failure: temporal }
  const { client } = temporal
  try {
    return await client.connection.withDeadline(Date.now() + 10_000, async () => ({
      schedules: await scheduleStates(client, syncs),
      running: await runningSyncs(client),
    }))
  } catch (error) {
    return { failure: `Temporal does not answer: ${error instanceof Error ? error.message : error}` }
  }
}

async function notTaken(db: Database, running: Answer['running']): Promise<{ source: string; sync: string; since: Date }[]> {
  const recorded = await recordedRuns(db, [...running.keys()])
  return [...running].filter(([id]) => !recorded.has(id)).map(([, run]) => run)
}

/** For monitoring: one line a problem on stdout, and an exit code for the worst. */
function check(context: CommandContext, facts: StatusFacts, datasets: readonly DatasetStatus[], failure: string | null): ExitCode {
  const { out } = context
  const problems = datasets.flatMap((d) => d.problems.map((p) => ({ dataset: d.dataset, ...p })))
  problems.sort((a, b) => problemKinds.indexOf(a.kind) - problemKinds.indexOf(b.kind))
  const worst = problems[0]
  const idle = facts.workers.alive === 0
  const code = worst ? codeOf(worst) : idle || failure !== null ? exit.failed : exit.good
  if (out.json) {
    out.data({ at: facts.now, ok: code === exit.good, problems, workers: facts.workers, temporal: { answers: failure === null, failure } })
    return code
  }
  for (const { kind, dataset, words } of problems) out.data(`${kind}: ${dataset}: ${words}`)
  if (idle) out.data(`worker: none ${lastSeenWords(facts)}; nothing is read before one is started`)
  if (failure !== null) out.data(`temporal: ${failure}; no schedule begins a run`)
  if (code === exit.good) out.data(`ok: ${datasets.length} datasets, none late, failed or held`)
  return code
}

function codeOf({ kind, code }: Problem): ExitCode {
  switch (kind) {
    case 'held':
      return exit.held
    case 'quarantine':
    case 'findings':
      return exit.quarantine
    case 'failed':
    case 'incomplete':
      return exitCodeOfRun({ status: kind, errorCode: code })
    default:
      return exit.failed
  }
}

/** The word as people read it, with its moment. */
export function statusWords(d: DatasetStatus, now: Date): string {
  const at = d.until && shortMoment(d.until, now)
  switch (d.status) {
    case 'Waiting':
      return at ? `Waiting until ${at}` : 'Waiting'
    case 'Queued':
      return `Queued (waits for ${/\brun \d+/.exec(d.why ?? '')?.[0] ?? 'a worker'})`
    case 'Failed':
      return 'Failed (a person must act)'
    case 'Incomplete':
      return `Incomplete (goes on ${at ? `at ${at}` : 'with the next run'})`
    case 'No worker':
      return `No worker since ${at}`
    default:
      return d.late && d.status !== 'Late' ? `${d.status}, late` : d.status
  }
}

/** Each reason once, with the datasets that it holds for. */
function tellWhy({ out }: CommandContext, datasets: readonly DatasetStatus[]): void {
  const groups = new Map<string, DatasetStatus[]>()
  for (const d of datasets) {
    if (d.why === null && d.next === null) continue
    if (d.status === 'Running' || d.status === 'Synced with quarantine') continue
    // Streams of one run fail for one cause, each with its own address in the message.
    const key = d.status === 'Late' || d.status === 'Never read' ? `${d.status} ${d.why}` : `${d.status} ${d.next}`
    groups.set(key, [...(groups.get(key) ?? []), d])
  }
  for (const group of groups.values()) {
    const [first] = group
    const names = group.map((d) => d.dataset)
    out.say()
    out.say(`${first!.status}: ${names.slice(0, 4).join(', ')}${names.length > 4 ? ` and ${names.length - 4} more` : ''}`)
    if (first!.why) out.say(`  ${first!.why}`)
    if (first!.next) out.say(`  Next: ${first!.next}`)
  }
  if (groups.size > 0) out.say()
}

/** Findings that the run before did not have. */
function tellNews({ out }: CommandContext, datasets: readonly DatasetStatus[]): void {
  const news = datasets.filter((d) => d.newFindings.length > 0)
  if (news.length === 0) return
  out.say()
  out.say('New findings since the run before:')
  for (const { dataset, newFindings } of news)
    out.say(`  ${dataset}: ${newFindings.slice(0, 5).join(', ')}${newFindings.length > 5 ? ` and ${newFindings.length - 5} more` : ''}`)
  out.say('  Next: gemaal findings --state new')
}

function lastSeenWords({ workers }: StatusFacts): string {
  return workers.lastSeen ? `since ${moment(workers.lastSeen)}` : 'so far'
}

function ago(date: Date | null, now: Date): string | null {
  return date && relative(date, now)
}

/** Of today the time alone. */
function shortMoment(date: Date | null, now: Date): string | null {
  if (!date) return null
  const text = moment(date)
  return text.slice(0, 10) === moment(now).slice(0, 10) ? text.slice(11) : text.slice(0, 16)
}
