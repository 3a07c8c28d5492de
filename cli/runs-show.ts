/** `gemaal runs show <run>`: what a run did, stream by stream and dataset by dataset, and what to do next. */

import type { Database } from '../sql/database.js'
import { findingLines, findingsNewIn } from '../sql/finding-views.js'
import { childLines, holdsOfRun, newestRuns, type RunDetail, runDetail, type StreamDetail, streamDetails } from '../sql/run-details.js'
import { type DatasetLine, datasetLines } from '../sql/run-views.js'
import { idOf } from './arguments.js'
import type { CommandContext } from './context.js'
import { exit } from './exit.js'
import { newsOf } from './follow.js'
import { moment, relative, tableText } from './output.js'
import { notThere } from './project-here.js'
import { balanceColumns } from './runs.js'

/** Findings that are shown; `gemaal findings --run` has the rest. */
const mostFindings = 10

export async function show(context: CommandContext, [number = '']: string[]): Promise<number> {
  const { out } = context
  const { db } = await context.warehouse()
  const run = await findRun(db, number)
  const [streams, datasets, children, findings, newFindings, holds] = await Promise.all([
    streamDetails(db, run.id),
    datasetLines(db, run.id),
    childLines(db, run.id),
    findingLines(db, { run: run.id }),
    findingsNewIn(db, run.id),
    holdsOfRun(db, run.id),
  ])
  const next = nextSteps(run, streams, datasets, holds)
  const link = await temporalLink(context, run)
  if (out.json) {
    out.data({ ...run, streams, datasets, children, findings, newFindings, holds, next, temporal: link })
    return exit.good
  }
  out.data(`run ${run.id} of ${run.source}/${run.sync}: ${run.status}`)
  if (run.message) out.data(`  ${run.message}`)
  out.data(`  ${run.trigger} by ${run.askedBy}, began ${moment(run.began)} (${relative(run.began)}), ${lasted(run)}`)
  out.data(`  configuration ${run.digest.slice(0, 12)}, Gemaal ${run.productVersion}, trace ${run.traceId}`)
  const table = (...[rows, columns]: Parameters<typeof tableText>) => rows.length > 0 && out.data(`\n${tableText(rows, columns).trimEnd()}`)
  table(
    streams.map((s) => ({
      ...s,
      slices: `${s.done}/${s.slices}`,
      read: s.total === null ? s.read : `${s.read} of ${s.total}`,
      status: s.status === 'waiting' && s.retryAt ? `waiting until ${moment(s.retryAt).slice(11)}` : s.status,
    })),
    [
      { name: 'stream' },
      { name: 'status' },
      { name: 'reading' },
      { name: 'why' },
      { name: 'slices', right: true },
      { name: 'pages', right: true },
      { name: 'read', right: true },
      { name: 'seconds', right: true },
    ],
  )
  for (const s of streams) if (s.message) out.data(`${s.stream}: ${s.errorCode ? `${s.errorCode}: ` : ''}${s.message}`)
  table(datasets, [balanceColumns[0]!, { name: 'status' }, ...balanceColumns.slice(1), { name: 'balanced' }])
  table(children, [{ name: 'table' }, ...balanceColumns.slice(1, -1)])
  table(
    findings.slice(0, mostFindings).map((f) => ({ ...f, example: f.examples[0] })),
    [
      { name: 'dataset' },
      { name: 'rule' },
      { name: 'severity' },
      { name: 'count', right: true },
      { name: 'of', right: true },
      { name: 'example' },
    ],
  )
  table(holds, [{ name: 'id', title: 'hold', right: true }, { name: 'dataset' }, { name: 'why' }, { name: 'status' }])
  out.say()
  if (findings.length > mostFindings) out.say(`${findings.length - mostFindings} more findings: gemaal findings --run ${run.id}`)
  for (const line of newsOf(newFindings)) out.say(line)
  out.say(link ? `Temporal: ${link}` : `Temporal: workflow ${run.workflowId}, run ${run.workflowRunId}`)
  for (const line of next) out.say(`Next: ${line}`)
  return exit.good
}

/**
 * @param name number of the run, or the id of its workflow, as `gemaal run --no-wait` gives it
 * @throws UsageError with the newest ones, where there is none of that name
 */
export async function findRun(db: Database, name: string): Promise<RunDetail> {
  const run = await runDetail(db, isWorkflowId(name) ? name : idOf('run', name))
  if (run) return run
  throw notThere('run', name, (await newestRuns(db, 5)).map(String))
}

export const isWorkflowId = (name: string): boolean => /^(sync|by-key|publish):/.test(name)

function lasted({ began, ended }: RunDetail): string {
  const seconds = (((ended ?? new Date()).getTime() - began.getTime()) / 1000).toFixed(1)
  return ended ? `took ${seconds} s` : `under way for ${seconds} s`
}

/** What a person can do, in the order of what helps most. */
export function nextSteps(
  run: RunDetail,
  streams: readonly StreamDetail[],
  datasets: readonly DatasetLine[],
  holds: readonly { id: number; status: string }[],
): string[] {
  const steps: string[] = []
  const red = datasets.filter((d) => d.balanced === false)
  if (red.length > 0)
    steps.push(`report that ${red.map((d) => d.dataset).join(', ')} did not balance: nothing may be lost, and here something was`)
  if (run.ended === null) {
    const waits = streams.find((s) => s.status === 'waiting')
    steps.push(
      waits
        ? `nothing: it goes on by itself${waits.retryAt ? ` at ${moment(waits.retryAt)}` : ''}. \`gemaal runs cancel ${run.id}\` stops it`
        : `gemaal runs cancel ${run.id} stops it at a safe point; what was published stays`,
    )
    return steps
  }
  for (const hold of holds.filter((h) => h.status === 'open')) steps.push(`gemaal holds show ${hold.id}, then accept, freeze or reject it`)
  if (run.status === 'failed') steps.push(`mend what the message says, then gemaal runs retry ${run.id}`)
  if (run.status === 'incomplete' || run.status === 'cancelled')
    steps.push(`nothing, since the next run goes on; or gemaal runs retry ${run.id} to go on now`)
  const refused = datasets.find((d) => (d.quarantined ?? 0) > 0)
  if (refused) steps.push(`gemaal quarantine list --dataset ${refused.dataset}`)
  return steps
}

/** Where the web UI of Temporal shows the run, where that is known. */
async function temporalLink(context: CommandContext, run: RunDetail): Promise<string | null> {
  const temporal = await context.standingTemporal()
  if (typeof temporal === 'string' || !temporal.server.uiUrl) return null
  const { uiUrl, namespace } = temporal.server
  return `${uiUrl}/namespaces/${namespace}/workflows/${encodeURIComponent(run.workflowId)}/${run.workflowRunId}`
}
