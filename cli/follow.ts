/** Follows runs that a command started, to their end, and tells how they ended. */
import type { Client } from '@temporalio/client'
import type { Warehouse } from '../sql/database.js'
import { findingsNewIn, type NewFinding } from '../sql/finding-views.js'
import { type DatasetLine, datasetLines } from '../sql/run-views.js'
import type { CommandContext } from './context.js'
import { type ExitCode, exit, exitCodeOfRun } from './exit.js'
import { workerHere } from './local.js'
import { balanceColumns, follow } from './runs.js'

/** What carries out work: Temporal, and a worker in this process where the server is one that this command started. */
export interface Hands {
  warehouse: Warehouse
  client: Client
}

export async function openHands(context: CommandContext): Promise<Hands> {
  const warehouse = await context.warehouse()
  const { client, server } = await context.temporal()
  // A dev server that this command started has no worker yet.
  if (server.kind !== 'external' && !server.shared) await workerHere(context, warehouse, server, true)
  return { warehouse, client }
}

/** A run as a script reads it. */
export interface FollowedRun {
  run: number
  sync: string
  status: string
  message: string | null
  datasets: DatasetLine[]
  /** Rules that found something in this run first. */
  newFindings: NewFinding[]
}

/** Follows runs, tells how each ended with its balances, and says what to do next. Returns the code of the one that ended worst. */
export async function followRuns(context: CommandContext, hands: Hands, workflowIds: readonly string[]): Promise<ExitCode> {
  const { out } = context
  const { code, ended } = await followAll(context, hands, workflowIds, ({ run, sync, status, message, datasets, newFindings }) => {
    if (!out.json && datasets.length > 0) out.table(datasets, balanceColumns)
    out.say(`run ${run} of ${sync}: ${status}${message ? ` (${message})` : ''}`)
    for (const line of newsOf(newFindings)) out.say(line)
    if (status === 'quarantine' || datasets.some((l) => (l.quarantined ?? 0) > 0)) out.say('Next: gemaal quarantine list')
    if (status === 'findings') out.say('Next: gemaal findings')
    if (status === 'held') out.say('Next: gemaal holds list')
    if (status === 'failed' || status === 'incomplete') out.say(`Next: gemaal runs show ${run}`)
  })
  if (out.json) out.data(ended)
  return code
}

/** What a run found that the one before did not, for people. */
export function newsOf(news: readonly NewFinding[]): string[] {
  if (news.length === 0) return []
  const told = news
    .slice(0, mostNews)
    .map((f) => `  ${f.dataset}: ${f.rule}, ${f.records.toLocaleString('en')} of ${f.of.toLocaleString('en')}`)
  const more = news.length > mostNews ? [`  and ${news.length - mostNews} more`] : []
  return ['New findings since the run before:', ...told, ...more, 'Next: gemaal findings --state new']
}

const mostNews = 5

/**
 * Follows runs by the ids of their workflows, one after the other. Ctrl-C cancels what still runs.
 *
 * @param tell is told of each when it has ended
 */
export async function followAll(
  context: CommandContext,
  { warehouse, client }: Hands,
  workflowIds: readonly string[],
  tell: (run: FollowedRun) => void = () => {},
): Promise<{ code: ExitCode; ended: FollowedRun[] }> {
  const { out } = context
  const stop = new AbortController()
  const interrupt = () => stop.abort()
  process.once('SIGINT', interrupt)
  const ended: FollowedRun[] = []
  let code: ExitCode = exit.good
  try {
    for (const workflowId of workflowIds) {
      const summary = await follow(warehouse.db, client, workflowId, out, stop.signal)
      if (!summary) {
        await Promise.allSettled(workflowIds.map((id) => client.workflow.getHandle(id).cancel()))
        out.say('Cancelling; what was published stays. `gemaal runs list` shows how it ends.')
        return { code: exit.interrupted, ended }
      }
      const { id, source, sync, status, message } = summary
      const run = {
        run: id,
        sync: `${source}/${sync}`,
        status,
        message,
        datasets: await datasetLines(warehouse.db, id),
        newFindings: await findingsNewIn(warehouse.db, id),
      }
      ended.push(run)
      tell(run)
      code = Math.max(code, exitCodeOfRun(summary)) as ExitCode
    }
    return { code, ended }
  } finally {
    process.off('SIGINT', interrupt)
  }
}
