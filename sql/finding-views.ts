/** What rules said of records, by rule and dataset, beside what they said in the run before. */
import { type RawBuilder, sql } from 'kysely'
import type { Database } from './database.js'

export interface FindingFilter {
  /** Findings of this run. Left out: of the last published reading of each stream of a dataset. */
  run?: number | undefined
  /** Of the last reading of this kind. */
  reading?: 'full' | 'changes' | undefined
  dataset?: string | undefined
  /** `<pack>.<rule>`. */
  rule?: string | undefined
  severity?: string | undefined
}

export interface Finding {
  dataset: string
  /** `<source>/<stream>` */
  stream: string
  rule: string
  severity: string
  /** Records that broke it. */
  count: number
  /** Records that were read. */
  of: number
  /** The same of the reading before it, of the same kind: `full` or `changes`; null where there is none. */
  before: number | null
  beforeOf: number | null
  /** The reading before found nothing by this rule. */
  isNew: boolean
  run: number
  reading: string
  foundAt: Date
  /** Keys as they land, at most 20. */
  examples: string[]
  /** Of these, those that were no example of the reading before. */
  newExamples: string[]
}

/** By dataset, most first. */
export async function findingLines(db: Database, filter: FindingFilter = {}): Promise<Finding[]> {
  const all: RawBuilder<unknown>[] = [sql`true`]
  if (filter.dataset !== undefined) all.push(sql`f.dataset = ${filter.dataset}`)
  if (filter.rule !== undefined) all.push(sql`f.rule = ${filter.rule}`)
  if (filter.severity !== undefined) all.push(sql`f.severity = ${filter.severity}`)
  const { rows } = await sql<Finding>`
    with reading as (
      select d.id, d.dataset, d.source, d.stream, s.run_id, s.reading
      from gemaal.dataset_runs d join gemaal.stream_runs s on s.id = d.stream_run_id where d.status = 'published' ${
        filter.run === undefined ? sql`and s.reading in ('full', 'changes')` : sql`and s.run_id = ${filter.run}`
      } ${filter.reading === undefined ? sql`` : sql`and s.reading = ${filter.reading}`}
    ), chosen as (select distinct on (dataset, source, stream) * from reading order by dataset, source, stream, id desc)
    select f.dataset, f.source || '/' || f.stream as stream, f.rule, f.severity, f.count, f.of, p.run_id is not null and b.rule is null as "isNew",
      case when p.run_id is not null then coalesce(b.count, 0) end as before, p.read as "beforeOf", f.run_id as run, c.reading,
      f.found_at as "foundAt", f.examples,
      case when p.run_id is null then '{}' else array(select unnest(f.examples) except select unnest(b.examples)) end as "newExamples"
    from chosen c
    join gemaal.findings f on f.run_id = c.run_id and f.dataset = c.dataset and f.source = c.source and f.stream = c.stream
    left join lateral (
      select s.run_id, d.read from gemaal.dataset_runs d join gemaal.stream_runs s on s.id = d.stream_run_id
      where d.dataset = c.dataset and d.source = c.source and d.stream = c.stream and d.status = 'published' and s.reading = c.reading and d.id < c.id
      order by d.id desc limit 1) p on true
    left join gemaal.findings b on b.run_id = p.run_id and b.dataset = f.dataset and b.source = f.source and b.stream = f.stream and b.rule = f.rule
      and b.severity = f.severity
    where ${sql.join(all, sql` and `)}
    order by f.dataset, f.count desc, f.rule`.execute(db)
  return rows
}

/** Rules and datasets that have findings on record, for who names one that has none. */
export async function namesWithFindings(db: Database): Promise<{ rules: string[]; datasets: string[] }> {
  const { rows } = await sql<{ rules: string[]; datasets: string[] }>`
    select coalesce(array_agg(distinct rule order by rule), '{}') as rules, coalesce(array_agg(distinct dataset order by dataset), '{}') as datasets
    from gemaal.findings`.execute(db)
  return rows[0]!
}
