/** How each dataset and each sync stands, in one word, from what the warehouse and Temporal know. Nothing is asked here. */
import type { Project } from '../config/project.js'
import { overWords } from '../sql/outcome.js'
import type { DatasetFacts, EndedRunFacts, FeedFacts, OpenRunFacts, StatusFacts } from '../sql/status.js'
import type { ScheduleState } from './schedules.js'

export type StatusWord =
  | 'Synced'
  | 'Synced with findings'
  | 'Synced with quarantine'
  | 'Running'
  | 'Queued'
  | 'Waiting'
  | 'Late'
  | 'Held'
  | 'Failed'
  | 'Incomplete'
  | 'No worker'
  | 'Paused'
  | 'Never read'

export interface Surroundings {
  facts: StatusFacts
  /** As it is applied. */
  project: Project
  /** By `<source>/<sync>`; undefined: Temporal did not answer. */
  schedules: ReadonlyMap<string, ScheduleState> | undefined
  /** Runs that Temporal has begun and no worker has taken. */
  pending: readonly { source: string; sync: string; since: Date }[]
}

/** What is wrong, for those who watch. The worst comes first in `problemKinds`. */
export interface Problem {
  kind: (typeof problemKinds)[number]
  /** Name of the error, where one stands behind it. */
  code: string | null
  words: string
}

export const problemKinds = ['failed', 'no worker', 'late', 'incomplete', 'held', 'quarantine', 'findings'] as const

export interface DatasetStatus {
  dataset: string
  status: StatusWord
  /** The word with its moment, short: `Incomplete (goes on at …)` without the reason. Moments are in `until`. */
  until: Date | null
  /** Why, and what a person can do; null where there is nothing to say. */
  why: string | null
  /** A command that goes on from here. */
  next: string | null
  asOf: Date | null
  late: boolean
  quarantined: number
  /** Rules that found something in the last reading and not in the one before. */
  newFindings: string[]
  lastRun: number | null
  nextRun: Date | null
  /** `<source>/<sync>` that bring it up to date. */
  syncs: string[]
  problems: Problem[]
}

export interface SyncStatus {
  sync: string
  status: string
  lastRun: number | null
  lastEnded: Date | null
  /** A run of it that is under way. */
  openRun: number | null
  nextRun: Date | null
  paused: boolean | null
  note: string | null
}

/** One a dataset, in order of name. */
export function datasetStatuses(around: Surroundings): DatasetStatus[] {
  return around.facts.datasets.map((dataset) => statusOf(dataset, around))
}

/** One a sync of the applied project, in its order. */
export function syncStatuses(around: Surroundings): SyncStatus[] {
  const { facts, project, schedules } = around
  return scheduledSyncs(project, facts.datasets).map(({ source, sync }) => {
    const last = facts.ended.find((r) => r.source === source && r.sync === sync)
    const open = facts.open.find((r) => r.source === source && r.sync === sync)
    const schedule = schedules?.get(`${source}/${sync}`)
    return {
      sync: `${source}/${sync}`,
      status: open?.status ?? last?.status ?? 'never run',
      lastRun: last?.id ?? null,
      lastEnded: last?.ended_at ?? null,
      openRun: open?.id ?? null,
      nextRun: (!schedule?.paused && schedule?.next[0]) || null,
      paused: schedules ? (schedule?.paused ?? null) : null,
      note: (schedule?.paused && schedule.note) || null,
    }
  })
}

/** The syncs that have a schedule: of sources from which a dataset takes. */
export function scheduledSyncs(project: Project, datasets: readonly Pick<DatasetFacts, 'feeds'>[]): { source: string; sync: string }[] {
  const used = new Set(datasets.flatMap((d) => d.feeds.map((feed) => partsOf(feed).source)))
  return [...project.sources.values()]
    .filter((source) => used.has(source.name))
    .flatMap((source) => Object.keys(source.syncs).map((sync) => ({ source: source.name, sync })))
}

type State = Pick<DatasetStatus, 'status' | 'until' | 'why' | 'next'>

function statusOf(dataset: DatasetFacts, around: Surroundings): DatasetStatus {
  const { facts, schedules } = around
  const syncs = dataset.feeds.flatMap((feed) => syncsOfFeed(around.project, feed))
  const standing = [...new Set(syncs)].map((sync) => schedules?.get(sync)).filter((s) => s !== undefined)
  const nextRun = earliest(standing.filter((s) => !s.paused).flatMap((s) => s.next.slice(0, 1)))
  const paused = standing.length > 0 && standing.every((s) => s.paused) ? standing[0] : undefined
  const failed = failureOf(dataset, around)
  const incomplete = lastOf(dataset, facts).find((f) => f.status === 'incomplete')
  const active = activityOf(dataset, around)
  const unattended = facts.workers.alive === 0 && (active !== undefined || dataset.late)
  const lastRuns = [...lastOf(dataset, facts).map((f) => f.run_id), ...openOf(dataset, around).map((r) => r.id)]
  const problems: Problem[] = [
    ...(failed && !active ? [{ kind: 'failed' as const, code: failed.code, words: failed.why }] : []),
    ...(unattended ? [{ kind: 'no worker' as const, code: null, words: noWorker(facts).why! }] : []),
    ...(dataset.late ? [{ kind: 'late' as const, code: null, words: lateWords(dataset) }] : []),
    ...(incomplete && !active ? [{ kind: 'incomplete' as const, code: incomplete.error_code, words: incomplete.error_message ?? '' }] : []),
    ...dataset.holds.map((h) => ({ kind: 'held' as const, code: null, words: `hold ${h.id} (${h.why}) waits for a person` })),
    ...(dataset.over_threshold
      ? [{ kind: 'quarantine' as const, code: null, words: 'its last reading refused more records than the threshold' }]
      : []),
    ...dataset.over_bounds.map((o) => ({
      kind: 'findings' as const,
      code: null,
      words: `more findings than its contract takes: ${boundOf(o)}`,
    })),
  ]
  const state = ((): State => {
    const held = dataset.holds[0]
    if (held)
      return {
        status: 'Held',
        until: null,
        why: `${dataset.holds.map((h) => `hold ${h.id} (${h.why})`).join(', ')}: a person must decide`,
        next: `gemaal holds show ${held.id}`,
      }
    if (unattended) return noWorker(facts)
    if (active) return active
    if (failed) return { status: 'Failed', until: null, why: failed.why, next: `gemaal runs show ${failed.run}` }
    if (paused) return { status: 'Paused', until: null, why: paused.note || null, next: `gemaal schedules resume ${syncs[0]}` }
    if (incomplete)
      return { status: 'Incomplete', until: nextRun, why: incomplete.error_message, next: `gemaal runs show ${incomplete.run_id}` }
    if (dataset.as_of === null)
      return { status: 'Never read', until: null, why: dataset.late ? lateWords(dataset) : null, next: `gemaal run ${dataset.name}` }
    if (dataset.late) return { status: 'Late', until: null, why: lateWords(dataset), next: `gemaal run ${dataset.name}` }
    if (dataset.over_threshold)
      return { status: 'Synced with quarantine', until: null, why: null, next: `gemaal quarantine list --dataset ${dataset.name}` }
    if (dataset.over_bounds.length > 0)
      return {
        status: 'Synced with findings',
        until: null,
        why: `more findings than its contract takes: ${dataset.over_bounds.map(boundOf).join('; ')}`,
        next: `gemaal findings --dataset ${dataset.name}`,
      }
    return { status: 'Synced', until: null, why: null, next: null }
  })()
  return {
    dataset: dataset.name,
    ...state,
    asOf: dataset.as_of,
    late: dataset.late,
    quarantined: dataset.quarantined,
    newFindings: dataset.new_findings,
    lastRun: lastRuns.length > 0 ? Math.max(...lastRuns) : null,
    nextRun: nextRun ?? null,
    syncs: [...new Set(syncs)],
    problems,
  }
}

function noWorker({ workers, now }: StatusFacts): State {
  const why = workers.lastSeen
    ? 'no worker has been seen since; what was begun goes on when one is started'
    : 'no worker was ever seen; what was begun goes on when one is started'
  return { status: 'No worker', until: workers.lastSeen ?? now, why, next: 'gemaal worker' }
}

const boundOf = (bound: DatasetFacts['over_bounds'][number]): string => `${bound.rule} ${overWords(bound)}`

function lateWords(dataset: DatasetFacts): string {
  return `its contract allows ${duration(dataset.fresh_within)} after the reading that it is of`
}

/** `90 minutes`, `2 days`: exact where a unit fits, else in the unit below. */
function duration(seconds: number): string {
  const [size, unit] = (
    [
      [86_400, 'day'],
      [3_600, 'hour'],
      [60, 'minute'],
      [1, 'second'],
    ] as const
  ).find(([size]) => seconds % size === 0)!
  const n = seconds / size
  return `${n} ${unit}${n === 1 ? '' : 's'}`
}

/** The reading that goes on for a dataset now; one that reads says more than one that waits for its turn. */
function activityOf(dataset: DatasetFacts, around: Surroundings): State | undefined {
  const states = dataset.feeds.flatMap((feed) => openOf(dataset, around).map((run) => activityIn(run, feed)))
  const known = states.filter((s) => s !== undefined)
  const found = known.find((s) => s.status === 'Waiting') ?? known.find((s) => s.status === 'Running') ?? known[0]
  if (found) return found
  const waits = around.pending.find((p) => dataset.feeds.some((feed) => covers(around, p, feed)))
  return waits && { status: 'Queued', until: null, why: 'no worker has taken its run yet', next: null }
}

function activityIn(run: OpenRunFacts, feed: string): State | undefined {
  const next = `gemaal runs show ${run.id}`
  const { stream } = partsOf(feed)
  const account = run.streams.find((s) => s.stream === stream && s.reading !== 'by-key')
  if (account?.ended) return undefined
  if (account?.status === 'waiting')
    return { status: 'Waiting', until: account.retry_at === null ? null : new Date(account.retry_at), why: account.message, next }
  if (account === undefined && run.status === 'queued') return { status: 'Queued', until: null, why: run.message, next }
  return { status: 'Running', until: null, why: null, next }
}

interface Failure {
  run: number
  code: string | null
  why: string
}

/** The failure that stands: of the last reading of a feed, or of a later run that was refused before it came to it. */
function failureOf(dataset: DatasetFacts, around: Surroundings): Failure | undefined {
  for (const feed of dataset.feeds) {
    const last = around.facts.feeds.find((f) => f.feed === feed)
    const refused = around.facts.ended
      .filter((r) => r.status === 'failed' && !r.began && r.id > (last?.run_id ?? 0) && covers(around, r, feed))
      .at(-1)
    if (refused) return { run: refused.id, code: refused.error_code, why: whyOf(refused) }
    if (last && (last.status === 'failed' || last.status === 'abandoned'))
      return { run: last.run_id, code: last.error_code, why: last.error_message ?? `run ${last.run_id} failed` }
  }
  return undefined
}

const whyOf = (run: EndedRunFacts) => run.message ?? `run ${run.id} was refused`

function lastOf(dataset: DatasetFacts, facts: StatusFacts): FeedFacts[] {
  return facts.feeds.filter((f) => dataset.feeds.includes(f.feed))
}

function openOf(dataset: DatasetFacts, around: Surroundings): OpenRunFacts[] {
  return around.facts.open.filter((run) => dataset.feeds.some((feed) => covers(around, run, feed)))
}

/** Whether a run of this sync reads a feed. */
function covers({ facts, project }: Surroundings, run: { source: string; sync: string }, feed: string): boolean {
  const { source, stream } = partsOf(feed)
  if (run.source !== source) return false
  const sync = project.sources.get(source)?.syncs[run.sync]
  if (sync) return sync.streams === undefined || sync.streams.includes(stream)
  // One of a dataset, by hand: `dataset zaken.rollen`.
  const named = facts.datasets.find((d) => run.sync === `dataset ${d.name}`)
  return named?.feeds.includes(feed) ?? false
}

function syncsOfFeed(project: Project, feed: string): string[] {
  const { source, stream } = partsOf(feed)
  return Object.entries(project.sources.get(source)?.syncs ?? {})
    .filter(([, sync]) => sync.streams === undefined || sync.streams.includes(stream))
    .map(([name]) => `${source}/${name}`)
}

function partsOf(feed: string): { source: string; stream: string } {
  const [source = '', stream = ''] = feed.split('/')
  return { source, stream }
}

function earliest(moments: readonly Date[]): Date | null {
  return moments.length === 0 ? null : new Date(Math.min(...moments.map((m) => m.getTime())))
}
