/** Runs in a list, and one of them with all that is on record of it. */
import { type RawBuilder, sql } from 'kysely'
import type { Balance, Database } from './database.js'

export interface RunFilter {
  source?: string | undefined
  sync?: string | undefined
  status?: string | undefined
  /** Runs that did something with this dataset. */
  dataset?: string | undefined
}

export interface RunLine {
  id: number
  /** `<source>/<sync>` */
  sync: string
  trigger: string
  askedBy: string
  status: string
  message: string | null
  began: Date
  ended: Date | null
  /** So far, where it has not ended. */
  seconds: number
  /** Over all its datasets that are published. */
  read: number
  new: number
  changed: number
  deleted: number
  quarantined: number
}

/**
 * The newest first.
 *
 * @param page `limit` 1..1000, default 20; `before` the `next` of the page before
 */
export async function listRuns(
  db: Database,
  filter: RunFilter = {},
  page: { before?: number | undefined; limit?: number | undefined } = {},
): Promise<{ runs: RunLine[]; next: number | undefined }> {
  const limit = Math.min(Math.max(page.limit ?? 20, 1), 1000)
  const all: RawBuilder<unknown>[] = [sql`true`]
  if (filter.source !== undefined) all.push(sql`r.source = ${filter.source}`)
  if (filter.sync !== undefined) all.push(sql`r.sync = ${filter.sync}`)
  if (filter.status !== undefined) all.push(sql`r.status = ${filter.status}`)
  if (filter.dataset !== undefined) {
    all.push(sql`exists (select from gemaal.stream_runs s join gemaal.dataset_runs d on d.stream_run_id = s.id
      where s.run_id = r.id and d.dataset = ${filter.dataset})`)
  }
  if (page.before !== undefined) all.push(sql`r.id < ${page.before}`)
  const { rows } = await sql<RunLine>`
    select r.id, r.source || '/' || r.sync as sync, r.trigger, r.asked_by as "askedBy", r.status, r.message, r.started_at as began,
      r.ended_at as ended, round(extract(epoch from coalesce(r.ended_at, clock_timestamp()) - r.started_at)::numeric, 1)::float8 as seconds,
      d.*
    from (select * from gemaal.runs r where ${sql.join(all, sql` and `)} order by id desc limit ${limit + 1}) r, lateral (
      select coalesce(sum(d.read), 0)::bigint as read, coalesce(sum(d.new), 0)::bigint as new, coalesce(sum(d.changed), 0)::bigint as changed,
        coalesce(sum(d.deleted + d.removed), 0)::bigint as deleted, coalesce(sum(d.quarantined), 0)::bigint as quarantined
      from gemaal.dataset_runs d join gemaal.stream_runs s on s.id = d.stream_run_id where s.run_id = r.id) d
    order by r.id desc`.execute(db)
  const runs = rows.slice(0, limit)
  return { runs, next: rows.length > limit ? runs.at(-1)?.id : undefined }
}

export interface RunDetail {
  id: number
  source: string
  sync: string
  trigger: string
  askedBy: string
  status: string
  message: string | null
  errorCode: string | null
  digest: string
  productVersion: string
  workflowId: string
  workflowRunId: string
  traceId: string
  began: Date
  ended: Date | null
}

/** @param by its number, or the id of its workflow: of several, the newest */
export async function runDetail(db: Database, by: number | string): Promise<RunDetail | undefined> {
  const { rows } = await sql<RunDetail>`
    select id, source, sync, trigger, asked_by as "askedBy", status, message, error_code as "errorCode", digest, product_version as "productVersion",
      workflow_id as "workflowId", workflow_run_id as "workflowRunId", trace_id as "traceId", started_at as began, ended_at as ended
    from gemaal.runs where ${typeof by === 'number' ? sql`id = ${by}` : sql`workflow_id = ${by}`} order by id desc limit 1`.execute(db)
  return rows[0]
}

/** The account of one reading of a stream. */
export interface StreamDetail {
  stream: string
  reading: string
  why: string
  status: string
  /** Slices that are done, of how many. */
  done: number
  slices: number
  pages: number
  read: number
  /** By the source's own count; null where it does not count. */
  total: number | null
  /** Keys fewer than that. */
  shortBy: number
  retryAt: Date | null
  errorCode: string | null
  message: string | null
  began: Date
  ended: Date | null
  seconds: number
}

/** In the order in which they began; a stream that was read again after its checkpoint expired is there twice. */
export async function streamDetails(db: Database, runId: number): Promise<StreamDetail[]> {
  const { rows } = await sql<StreamDetail>`
    select s.stream, s.reading, s.why_reading as why, s.status, count(l.*) filter (where l.done) as done, count(l.*) as slices,
      coalesce(sum(l.pages), 0)::bigint as pages, coalesce(sum(l.read), 0)::bigint as read, sum(l.total)::bigint as total,
      coalesce(sum(l.short_by), 0)::bigint as "shortBy", s.retry_at as "retryAt", s.error_code as "errorCode", s.error_message as message,
      s.listing_began_at as began, s.ended_at as ended,
      round(extract(epoch from coalesce(s.ended_at, clock_timestamp()) - s.listing_began_at)::numeric, 1)::float8 as seconds
    from gemaal.stream_runs s left join gemaal.slices l on l.stream_run_id = s.id
    where s.run_id = ${runId} group by s.id order by s.id`.execute(db)
  return rows
}

export interface ChildLine extends Balance {
  dataset: string
  /** Name of the child table. */
  table: string
}

/** Balances of the child tables of the datasets of a run. */
export async function childLines(db: Database, runId: number): Promise<ChildLine[]> {
  const { rows } = await sql<{ dataset: string; table: string; balance: Balance }>`
    select d.dataset, c.key as "table", c.value as balance
    from gemaal.dataset_runs d join gemaal.stream_runs s on s.id = d.stream_run_id, jsonb_each(d.children) c
    where s.run_id = ${runId} order by 1, 2`.execute(db)
  return rows.map(({ dataset, table, balance }) => ({ dataset, table, ...balance }))
}

/** Holds that a run made. */
export async function holdsOfRun(db: Database, runId: number): Promise<{ id: number; dataset: string; why: string; status: string }[]> {
  return db
    .selectFrom('gemaal.holds as h')
    .innerJoin('gemaal.dataset_runs as d', 'd.id', 'h.dataset_run_id')
    .innerJoin('gemaal.stream_runs as s', 's.id', 'd.stream_run_id')
    .select(['h.id', 'h.dataset', 'h.why', 'h.status'])
    .where('s.run_id', '=', runId)
    .orderBy('h.id')
    .execute()
}

/** Numbers of runs that are on record, the newest first, for who names one that is not. */
export async function newestRuns(db: Database, most: number): Promise<number[]> {
  const rows = await db.selectFrom('gemaal.runs').select('id').orderBy('id', 'desc').limit(most).execute()
  return rows.map((r) => r.id)
}
