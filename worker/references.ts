/**
 * What the rows of a run's datasets refer to, when all its streams have ended: which records are missing, and what the rules on references say.
 * Each step finds what it needs by the id of the run, and may be called again.
 */
import type { DatasetPlan } from '../config/dataset-plan.js'
import type { Key } from '../connectors/connector.js'
import type { StreamReading } from '../sql/database.js'
import { keysAsSpelt } from '../sql/known.js'
import { keysToAsk, type Reference, streamsOfRun } from '../sql/missing-references.js'
import { judgeReferences, type ReferenceVerdict } from '../sql/reference-rules.js'
import { findRun, type Run } from '../sql/runs.js'
import { datasetsWithStanding } from '../sql/standing-findings.js'
import { streamsOfSource } from './planning/plan.js'
import { keyOfLanded, type StreamSession } from './session.js'
import { type LoadedProject, Workspace } from './workspace.js'

interface Ground {
  run: Run
  loaded: LoadedProject
  /** All that take from the source of the run, by name. */
  datasets: ReadonlyMap<string, DatasetPlan>
  published: ReadonlyMap<string, StreamReading>
  failed: ReadonlySet<string>
  /** Those that the run published, and those that refer to them. */
  judged: readonly DatasetPlan[]
}

/** Whether a dataset of the source has, or had, rules on references. */
export async function hasReferenceRules(workspace: Workspace, loaded: LoadedProject, source: string): Promise<boolean> {
  if ([...datasetsOf(loaded, source).values()].some((d) => d.referenceRules.length > 0)) return true
  return (await datasetsWithStanding(workspace.warehouse.db, source, 'reference')).length > 0
}

/**
 * @returns streams of the source of which rows refer to records that stand nowhere, and that can be asked for by key; and how long these may be
 *   on their way still
 */
export async function missingReferences(
  workspace: Workspace,
  runId: number,
  signal: AbortSignal,
): Promise<{ streams: string[]; waitMs: number }> {
  const ground = await groundOf(workspace, runId)
  const settle = settleOf(ground)
  const streams: string[] = []
  let waitMs = 0
  for (const [stream, references] of askable(ground)) {
    const { keys, age } = await keysToAsk(workspace.warehouse, references, signal)
    if (keys.length === 0) continue
    streams.push(stream)
    waitMs = Math.max(waitMs, Math.ceil((settle - age) * 1000))
  }
  return { streams, waitMs }
}

/** Seconds that a record may be on its way. */
function settleOf({ run, loaded }: Ground): number {
  const connector = streamsOfSource(loaded.plan, run.source)[0]?.connector
  return loaded.project.sources.get(run.source)?.settle ?? connector?.settleSeconds ?? 60
}

/** Keys of one stream to ask for, as the source spells them: those that rows of the run refer to and that stand nowhere now. At most 1,000. */
export async function keysOfMissing(workspace: Workspace, runId: number, session: StreamSession, signal: AbortSignal): Promise<Key[]> {
  const ground = await groundOf(workspace, runId)
  const references = askable(ground).get(session.plan.stream) ?? []
  return (await keysToAsk(workspace.warehouse, references, signal)).keys.map((key) => keyOfLanded(session.plan, [key]))
}

/** Judges the rules on references of all datasets that the run can have changed something for. */
export async function judgeRun(workspace: Workspace, runId: number, signal: AbortSignal): Promise<{ broken: number; unknown: number }> {
  const { run, loaded, datasets, published, failed, judged } = await groundOf(workspace, runId)
  const canAsk = new Set(
    streamsOfSource(loaded.plan, run.source)
      .filter((s) => s.stream.byKey)
      .map((s) => s.plan.stream),
  )
  const totals = { broken: 0, unknown: 0 }
  for (const plan of judged) {
    const verdicts = await judgeReferences(workspace.warehouse, { runId, plan, datasets, published, failed, askable: canAsk, signal })
    for (const verdict of verdicts ?? []) count(totals, verdict)
    for (const verdict of verdicts ?? [])
      if ('failed' in verdict)
        workspace.log.warn({ run: runId, dataset: plan.name, rule: verdict.rule.id }, `rule ${verdict.rule.id}: ${verdict.failed}`)
  }
  return totals
}

function count(totals: { broken: number; unknown: number }, verdict: ReferenceVerdict): void {
  if ('broken' in verdict) totals.broken += verdict.broken
  if ('unknown' in verdict && verdict.unknown !== 'all') totals.unknown += verdict.unknown
}

async function groundOf(workspace: Workspace, runId: number): Promise<Ground> {
  const { db } = workspace.warehouse
  const run = await findRun(db, runId)
  if (!run) throw new Error(`run ${runId} is gone`)
  const loaded = await workspace.load(run.digest)
  const datasets = datasetsOf(loaded, run.source)
  const streams = await streamsOfRun(db, runId)
  const published = new Map(streams.filter((s) => s.published).map((s) => [s.stream, s.reading]))
  const failed = new Set(streams.filter((s) => !s.published).map((s) => s.stream))
  const had = new Set(await datasetsWithStanding(db, run.source, 'reference'))
  const judged = [...datasets.values()].filter(
    (d) =>
      (d.referenceRules.length > 0 || had.has(d.name)) &&
      (published.has(d.stream) || d.referenceRules.some((rule) => Object.keys(rule.uses).some((stream) => published.has(stream)))),
  )
  return { run, loaded, datasets, published, failed, judged }
}

function datasetsOf({ plan }: LoadedProject, source: string): Map<string, DatasetPlan> {
  const plans = Workspace.plansOf(plan).filter((d) => d.source === source)
  return new Map(plans.map((d) => [d.name, d]))
}

/** References to what can be asked for by key, by the stream that it is in. */
function askable({ run, loaded, datasets, judged }: Ground): Map<string, Reference[]> {
  const references = new Map<string, Reference[]>()
  for (const from of judged) {
    for (const rule of from.referenceRules) {
      if (rule.check.name !== 'references') continue
      const [[stream, used] = []] = Object.entries(rule.uses)
      const to = used && datasets.get(used.dataset)
      if (!stream || !to || !keysAsSpelt(to) || !loaded.plan.streams.get(`${run.source}/${stream}`)?.stream.byKey) continue
      references.set(stream, [...(references.get(stream) ?? []), { rule, from, to }])
    }
  }
  return references
}
