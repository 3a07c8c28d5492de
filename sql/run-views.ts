/** Runs as people look at them. */
import { sql } from 'kysely'
import type { Database } from './database.js'

export interface RunSummary {
  id: number
  source: string
  sync: string
  status: string
  message: string | null
  started_at: Date
  ended_at: Date | null
  errorCode: string | null
}

export async function findRun(db: Database, by: { id: number } | { workflowId: string }): Promise<RunSummary | undefined> {
  const query = db
    .selectFrom('gemaal.runs as r')
    .select(['r.id', 'r.source', 'r.sync', 'r.status', 'r.message', 'r.started_at', 'r.ended_at', 'r.error_code as errorCode'])
  return ('id' in by ? query.where('r.id', '=', by.id) : query.where('r.workflow_id', '=', by.workflowId))
    .orderBy('r.id', 'desc')
    .executeTakeFirst()
}

export interface DatasetLine {
  dataset: string
  stream: string
  reading: string
  status: string
  read: number | null
  new: number | null
  changed: number | null
  unchanged: number | null
  duplicate: number | null
  superseded: number | null
  removed: number | null
  quarantined: number | null
  outside: number | null
  deleted: number | null
  balanced: boolean | null
  seconds: number | null
}

/** One line a dataset of a run; seconds are those of the whole reading of its stream. */
export async function datasetLines(db: Database, runId: number): Promise<DatasetLine[]> {
  const { rows } = await sql<DatasetLine>`
    select d.dataset, s.source || '/' || s.stream as stream, s.reading, d.status, d.read, d.new, d.changed, d.unchanged, d.duplicate, d.superseded, d.removed,
      d.quarantined, d.outside, d.deleted, d.balanced,
      round(extract(epoch from coalesce(d.published_at, s.ended_at, clock_timestamp()) - s.listing_began_at)::numeric, 1)::float8 as seconds
    from gemaal.dataset_runs d join gemaal.stream_runs s on s.id = d.stream_run_id
    where s.run_id = ${runId} order by d.dataset, d.id`.execute(db)
  return rows
}

export interface StreamLine {
  stream: string
  reading: string
  status: string
  read: number
  pages: number
  total: number | null
  retry_at: Date | null
  error_message: string | null
}

export async function streamLines(db: Database, runId: number): Promise<StreamLine[]> {
  const { rows } = await sql<StreamLine>`
    select s.stream, s.reading, s.status, coalesce(sum(l.read), 0)::bigint as read, coalesce(sum(l.pages), 0)::bigint as pages, sum(l.total)::bigint as total,
      s.retry_at, s.error_message
    from gemaal.stream_runs s left join gemaal.slices l on l.stream_run_id = s.id
    where s.run_id = ${runId} group by s.id order by s.id`.execute(db)
  return rows
}

export interface FindingLine {
  dataset: string
  rule: string
  severity: string
  count: number
  of: number
  examples: string[]
}

/** The rules that found most in a run, each in the dataset where it found most. */
export async function largestFindings(db: Database, runId: number, limit: number): Promise<FindingLine[]> {
  const { rows } = await sql<FindingLine>`
    select dataset, rule, severity, count, of, examples from (
      select distinct on (rule) * from gemaal.findings where run_id = ${runId} order by rule, count desc) f
    order by count desc, rule limit ${limit}`.execute(db)
  return rows
}
