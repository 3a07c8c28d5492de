/** `gemaal runs retry <run>`: reads again what a run did not bring to its end, in a run of its own. */
import { loadSnapshot } from '../config/load.js'
import type { Project } from '../config/project.js'
import { appliedFiles } from '../sql/config-versions.js'
import { type RunDetail, type StreamDetail, streamDetails } from '../sql/run-details.js'
import type { CommandContext } from './context.js'
import { exit, UsageError } from './exit.js'
import { startTargets } from './run.js'
import { findRun } from './runs-show.js'

export async function retry(context: CommandContext, [number = '']: string[], options: { wait?: boolean }): Promise<number> {
  const { out } = context
  const { db } = await context.warehouse()
  const run = await findRun(db, number)
  if (!run.ended) throw new UsageError(`run ${run.id} is ${run.status}; \`gemaal runs cancel ${run.id}\` stops it`)
  if (run.trigger === 'backfill') throw new UsageError(`run ${run.id} was a backfill; give that command again, with its days`)
  if (run.trigger === 'replay') throw new UsageError(`run ${run.id} re-read single keys; \`gemaal quarantine replay\` does so again`)
  if (run.trigger === 'references')
    throw new UsageError(`run ${run.id} asked for what rows refer to; the next run of a sync does so again, a day after the last time`)
  if (run.trigger === 'notificatie')
    throw new UsageError(`run ${run.id} read again what the source said had changed; the next sync of the source finds what it missed`)
  if (run.trigger === 'release')
    throw new UsageError(
      `run ${run.id} carried out a decision; \`gemaal holds list\` shows which are left, and accepting one again goes on`,
    )
  const files = await appliedFiles(db)
  if (!files) throw new UsageError('No project is applied. Run `gemaal apply` in its folder.')
  const accounts = await streamDetails(db, run.id)
  const streams = leftOf(run, accounts, loadSnapshot(files).project)
  if (streams.length === 0) {
    out.say(`run ${run.id} is ${run.status}: each of its streams came to its end, so that there is nothing to read again.`)
    return exit.good
  }
  out.say(`Reading again: ${streams.join(', ')}.`)
  const full = lastAccounts(accounts).some((s) => streams.includes(s.stream) && s.reading === 'full' && s.why === 'asked for')
  return startTargets(context, [{ source: run.source, sync: run.sync, streams }], {
    reading: full ? 'full' : undefined,
    wait: options.wait,
  })
}

/** The streams of a run that were neither published nor held, and those that it did not come to, as far as a dataset takes them still. */
function leftOf(run: RunDetail, accounts: readonly StreamDetail[], project: Project): string[] {
  const last = new Map(lastAccounts(accounts).map((s) => [s.stream, s.status]))
  const meant = new Set([...last.keys(), ...(run.status === 'synced' ? [] : streamsOf(run, project))])
  const taken = takenFrom(run.source, project)
  return [...meant].filter((stream) => taken.has(stream) && !['published', 'held'].includes(last.get(stream) ?? ''))
}

/** One account a stream: where it was read twice, the later one. */
function lastAccounts(accounts: readonly StreamDetail[]): StreamDetail[] {
  return [...new Map(accounts.map((s) => [s.stream, s])).values()]
}

function streamsOf(run: RunDetail, project: Project): readonly string[] {
  const named = project.datasets.get(run.sync.replace(/^dataset /, ''))
  if (named && run.sync.startsWith('dataset ')) return named.from.filter((f) => f.source === run.source).map((f) => f.stream)
  return project.sources.get(run.source)?.syncs[run.sync]?.streams ?? [...takenFrom(run.source, project)]
}

function takenFrom(source: string, project: Project): Set<string> {
  return new Set([...project.datasets.values()].flatMap((d) => d.from.filter((f) => f.source === source).map((f) => f.stream)))
}
