/** What is known of datasets, readings, runs and workers at this moment, for `status` to say in a word. */
import { sql } from 'kysely'
import type { UpTo } from '../config/dataset-plan.js'
import type { Database } from './database.js'
import { quarantineAtLeast, quarantineShare } from './outcome.js'

export interface DatasetFacts {
  name: string
  /** `<source>/<stream>`, each that feeds it. */
  feeds: string[]
  /** When the last published reading of its source began; null before each feed was read. */
  as_of: Date | null
  /** By its contract: seconds after `as_of`, or after it was made, at which it is late. */
  fresh_within: number
  late: boolean
  /** Records in quarantine now. */
  quarantined: number
  /** The last reading of a feed refused more than the threshold. */
  over_threshold: boolean
  /** Rules by which more is found than the contract still takes. */
  over_bounds: { rule: string; records: number; of: number; upTo: UpTo }[]
  /** Rules that found something in the last reading and not in the one before. */
  new_findings: string[]
  /** Publications that wait for a person. */
  holds: { id: number; why: string }[]
}

/** The last reading of a feed that ended, but for re-reads of single keys and backfills of a window. */
export interface FeedFacts {
  feed: string
  run_id: number
  status: string
  error_code: string | null
  error_message: string | null
  ended_at: Date
}

export interface OpenRunFacts {
  id: number
  source: string
  sync: string
  status: string
  message: string | null
  started_at: Date
  workflow_run_id: string
  /** Its streams so far, the last account of each. */
  streams: { stream: string; reading: string; status: string; message: string | null; retry_at: string | null; ended: boolean }[]
}

export interface EndedRunFacts {
  id: number
  source: string
  sync: string
  status: string
  message: string | null
  error_code: string | null
  started_at: Date
  ended_at: Date
  /** False: it was refused before it came to a stream. */
  began: boolean
}

export interface StatusFacts {
  /** By the clock of the warehouse. */
  now: Date
  datasets: DatasetFacts[]
  feeds: FeedFacts[]
  open: OpenRunFacts[]
  /** The last one of each sync. */
  ended: EndedRunFacts[]
  workers: { alive: number; lastSeen: Date | null }
}

/** A worker beats every ten seconds; three that are missed are no hiccup. */
const aliveSeconds = 35

/** @param taskQueue that of the workers */
export async function statusFacts(db: Database, taskQueue: string): Promise<StatusFacts> {
  const [now, datasets, feeds, open, ended, workers] = await Promise.all([
    sql<{ now: Date }>`select clock_timestamp() as now`.execute(db),
    datasetFacts(db),
    feedFacts(db),
    openRunFacts(db),
    endedRunFacts(db),
    sql<{ alive: number; lastSeen: Date | null }>`
      select count(*) filter (where stopped_at is null and seen_at > clock_timestamp() - ${aliveSeconds} * interval '1 s') as alive,
        max(coalesce(stopped_at, seen_at)) as "lastSeen"
      from gemaal.workers where task_queue = ${taskQueue}`.execute(db),
  ])
  return { now: now.rows[0]!.now, datasets, feeds, open, ended, workers: workers.rows[0]! }
}

async function datasetFacts(db: Database): Promise<DatasetFacts[]> {
  const { rows } = await sql<DatasetFacts>`
    select d.name, d.sources as feeds, m.as_of, d.fresh_within,
      coalesce(m.as_of, d.created_at) + d.fresh_within * interval '1 s' < clock_timestamp() as late,
      (select count(*) from gemaal.quarantine q where q.dataset = d.name and q.closed_at is null) as quarantined,
      coalesce((select bool_or(l.quarantined > ${quarantineAtLeast} and l.quarantined > ${quarantineShare}::float8 * l.read) from (
        select distinct on (r.source, r.stream) r.quarantined, r.read
        from gemaal.dataset_runs r join gemaal.stream_runs s on s.id = r.stream_run_id
        where r.dataset = d.name and r.status = 'published' and s.reading in ('full', 'changes')
        order by r.source, r.stream, r.id desc) l), false) as over_threshold,
      (select coalesce(jsonb_agg(jsonb_build_object('rule', f.rule, 'records', f.records, 'of', f.of, 'upTo', f.up_to) order by f.rule), '[]')
        from meta.findings f where f.dataset = d.name and f.state <> 'resolved' and f.over_bound) as over_bounds,
      array(select distinct f.rule from meta.findings f where f.dataset = d.name and f.state = 'new' order by 1) as new_findings,
      (select coalesce(jsonb_agg(jsonb_build_object('id', h.id, 'why', h.why) order by h.id), '[]') from gemaal.holds h
        where h.dataset = d.name and h.status = 'open') as holds
    from gemaal.datasets d join meta.datasets m on m.name = d.name
    where d.retired_at is null order by d.name`.execute(db)
  return rows
}

async function feedFacts(db: Database): Promise<FeedFacts[]> {
  const { rows } = await sql<FeedFacts>`
    select f.feed, l.* from (select distinct unnest(sources) as feed from gemaal.datasets where retired_at is null) f, lateral (
      select s.run_id, s.status, s.error_code, s.error_message, s.ended_at from gemaal.stream_runs s
      where s.source = split_part(f.feed, '/', 1) and s.stream = split_part(f.feed, '/', 2) and s.ended_at is not null
        and s.reading in ('full', 'changes')
      order by s.id desc limit 1) l`.execute(db)
  return rows
}

async function openRunFacts(db: Database): Promise<OpenRunFacts[]> {
  const { rows } = await sql<OpenRunFacts>`
    select r.id, r.source, r.sync, r.status, r.message, r.started_at, r.workflow_run_id, (
      select coalesce(jsonb_agg(l), '[]') from (
        select distinct on (s.stream) s.stream, s.reading, s.status, s.error_message as message, s.retry_at, s.ended_at is not null as ended
        from gemaal.stream_runs s where s.run_id = r.id order by s.stream, s.id desc) l) as streams
    from gemaal.runs r where r.ended_at is null order by r.id`.execute(db)
  return rows
}

async function endedRunFacts(db: Database): Promise<EndedRunFacts[]> {
  // One look in the index for each sync there ever was, rather than all its runs.
  const { rows } = await sql<EndedRunFacts>`
    with recursive syncs as (
      (select source, sync from gemaal.runs order by source, sync limit 1)
      union all
      select n.source, n.sync from syncs s, lateral (
        select source, sync from gemaal.runs where (source, sync) > (s.source, s.sync) order by source, sync limit 1) n
    )
    select l.* from syncs, lateral (
      select r.id, r.source, r.sync, r.status, r.message, r.error_code, r.started_at, r.ended_at,
        exists (select from gemaal.stream_runs s where s.run_id = r.id) as began
      from gemaal.runs r where r.source = syncs.source and r.sync = syncs.sync and r.ended_at is not null order by r.id desc limit 1) l
    order by l.source, l.sync`.execute(db)
  return rows
}

/** Of these runs of workflows, those that are on record. */
export async function recordedRuns(db: Database, workflowRunIds: readonly string[]): Promise<Set<string>> {
  if (workflowRunIds.length === 0) return new Set()
  const rows = await db
    .selectFrom('gemaal.runs')
    .select('workflow_run_id')
    .where('workflow_run_id', 'in', [...workflowRunIds])
    .execute()
  return new Set(rows.map((r) => r.workflow_run_id))
}
