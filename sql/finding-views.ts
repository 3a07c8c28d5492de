/** What rules said of records, by rule and dataset: as it stands now, or as a run found it; and what is new since the run before. */
import { type RawBuilder, sql } from 'kysely'
import type { Level } from '../config/checks.js'
import type { UpTo } from '../config/dataset-plan.js'
import type { Database } from './database.js'

export type FindingState = 'new' | 'open' | 'resolved'

export interface FindingFilter {
  /** Findings of this run. With neither this nor `reading`: what stands now. */
  run?: number | undefined
  /** Of the last reading of this kind. */
  reading?: 'full' | 'changes' | undefined
  dataset?: string | undefined
  /** `<pack>.<rule>`. */
  rule?: string | undefined
  severity?: string | undefined
  level?: string | undefined
  /** Left out: of what stands now all but what is resolved; of a run all. */
  state?: FindingState | undefined
}

export interface Finding {
  dataset: string
  /** `<source>/<stream>` */
  stream: string
  rule: string
  severity: string
  level: Level
  version: number
  /** Columns that the rule looks at. */
  columns: string[]
  /** How it stands now: found first by the last reading, found before, or found no more. */
  state: FindingState
  /** Records that break it, in the dataset and in quarantine; of a run those that it read. */
  count: number
  of: number
  /** The same after the reading before; of a run, of the one of the same kind. Null where there is none. */
  before: number | null
  beforeOf: number | null
  /** The reading before found nothing by this rule. */
  isNew: boolean
  /** The last run that found it, and how it read. */
  run: number
  reading: string
  foundAt: Date
  firstRun: number | null
  firstSeenAt: Date | null
  resolvedAt: Date | null
  /** So much the contract takes, and whether it is more. */
  upTo: UpTo | null
  over: boolean
  /** Why a rule could not be judged, or what a rule on a load measured. */
  detail: string | null
  /** Keys as they land, at most 20. */
  examples: string[]
  /** Of these, those that were no example of the reading before. */
  newExamples: string[]
}

/** By dataset, most first. */
export function findingLines(db: Database, filter: FindingFilter = {}): Promise<Finding[]> {
  return filter.run === undefined && filter.reading === undefined ? standingLines(db, filter) : linesOfRuns(db, filter)
}

/** How a row of `gemaal.finding_states` stands. */
const stateOf = (alias: string) =>
  sql.raw(`case when ${alias}.resolved_at is not null then 'resolved' when ${alias}.readings <= 1 then 'new' else 'open' end`)

/** Not what a stream that feeds the dataset no longer, or a dataset that left the project, found last. */
const feeds = sql.raw(`(s.resolved_at is not null or exists (
  select from gemaal.datasets d where d.name = s.dataset and d.retired_at is null and s.source || '/' || s.stream = any (d.sources)))`)

async function standingLines(db: Database, filter: FindingFilter): Promise<Finding[]> {
  const all = [feeds, ...conditions(filter, 's')]
  if (filter.state === undefined) all.push(sql`s.resolved_at is null`)
  const { rows } = await sql<Finding>`
    select s.dataset, s.source || '/' || s.stream as stream, s.rule, s.severity, s.level, s.version, s.columns, ${stateOf('s')} as state,
      s.records as count, s.of, case when b.run_id is not null then b.records when w.run_id is not null then 0 end as before,
      coalesce(b.of, w.read) as "beforeOf", s.readings <= 1 and s.resolved_at is null as "isNew", s.last_run_id as run, c.reading, s.last_seen_at as "foundAt",
      s.first_run_id as "firstRun", s.first_seen_at as "firstSeenAt", s.resolved_at as "resolvedAt", s.up_to as "upTo", s.over, f.detail,
      s.examples, case when b.run_id is null and w.run_id is null then '{}' else array(select unnest(s.examples) except select unnest(b.examples)) end as "newExamples"
    from gemaal.finding_states s
    left join gemaal.rule_counts c on c.run_id = s.last_run_id and c.dataset = s.dataset and c.source = s.source and c.stream = s.stream and c.rule = s.rule
    left join gemaal.findings f on f.run_id = s.last_run_id and f.dataset = s.dataset and f.source = s.source and f.stream = s.stream and f.rule = s.rule
      and f.severity = s.severity
    left join lateral (
      select b.run_id, b.records, b.of, b.examples from gemaal.rule_counts b
      where b.dataset = s.dataset and b.source = s.source and b.stream = s.stream and b.rule = s.rule and b.run_id < s.noted_run_id
        and b.run_id >= s.first_run_id and b.reading in ('full', 'changes')
      order by b.run_id desc limit 1) b on true
    left join lateral (
      select r.run_id, d.read from gemaal.dataset_runs d join gemaal.stream_runs r on r.id = d.stream_run_id
      where d.dataset = s.dataset and d.source = s.source and d.stream = s.stream and d.status = 'published' and r.reading in ('full', 'changes')
        and r.run_id < s.first_run_id
      order by d.id desc limit 1) w on true
    where ${sql.join(all, sql` and `)}
    order by s.dataset, s.records desc, s.rule, s.id desc`.execute(db)
  return rows
}

async function linesOfRuns(db: Database, filter: FindingFilter): Promise<Finding[]> {
  const all = [sql`true`, ...conditions(filter, 'f')]
  const { rows } = await sql<Finding>`
    with reading as (
      select d.id, d.dataset, d.source, d.stream, s.run_id, s.reading
      from gemaal.dataset_runs d join gemaal.stream_runs s on s.id = d.stream_run_id where d.status = 'published' ${
        filter.run === undefined ? sql`and s.reading in ('full', 'changes')` : sql`and s.run_id = ${filter.run}`
      } ${filter.reading === undefined ? sql`` : sql`and s.reading = ${filter.reading}`}
    ), chosen as (select distinct on (dataset, source, stream) * from reading order by dataset, source, stream, id desc)
    select f.dataset, f.source || '/' || f.stream as stream, f.rule, f.severity, f.level, f.version, f.columns, coalesce(${stateOf('s')}, 'open') as state,
      f.count, f.of, p.run_id is not null and b.rule is null as "isNew",
      case when p.run_id is not null then coalesce(b.count, 0) end as before, p.read as "beforeOf", f.run_id as run, c.reading,
      f.found_at as "foundAt", s.first_run_id as "firstRun", s.first_seen_at as "firstSeenAt", s.resolved_at as "resolvedAt", s.up_to as "upTo",
      coalesce(n.over, false) as over, f.detail, f.examples,
      case when p.run_id is null then '{}' else array(select unnest(f.examples) except select unnest(b.examples)) end as "newExamples"
    from chosen c
    join gemaal.findings f on f.run_id = c.run_id and f.dataset = c.dataset and f.source = c.source and f.stream = c.stream
    left join gemaal.rule_counts n on n.run_id = f.run_id and n.dataset = f.dataset and n.source = f.source and n.stream = f.stream and n.rule = f.rule
    left join lateral (
      select s.* from gemaal.finding_states s
      where s.dataset = f.dataset and s.source = f.source and s.stream = f.stream and s.rule = f.rule and s.first_run_id <= f.run_id
      order by s.id desc limit 1) s on true
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

function conditions(filter: FindingFilter, alias: 's' | 'f'): RawBuilder<unknown>[] {
  const all: RawBuilder<unknown>[] = []
  for (const name of ['dataset', 'rule', 'severity', 'level'] as const)
    if (filter[name] !== undefined) all.push(sql`${sql.ref(`${alias}.${name}`)} = ${filter[name]}`)
  if (filter.state !== undefined) all.push(sql`${stateOf('s')} = ${filter.state}`)
  return all
}

/** Rules and datasets that have findings on record, for who names one that has none. */
export async function namesWithFindings(db: Database): Promise<{ rules: string[]; datasets: string[] }> {
  const { rows } = await sql<{ rules: string[]; datasets: string[] }>`
    select coalesce(array_agg(distinct rule order by rule), '{}') as rules, coalesce(array_agg(distinct dataset order by dataset), '{}') as datasets
    from (select rule, dataset from gemaal.findings union select rule, dataset from gemaal.finding_states) f`.execute(db)
  return rows[0]!
}

export interface NewFinding {
  dataset: string
  rule: string
  records: number
  of: number
}

/** Rules that found something in a run and nothing in the one before it. Of the first reading of a dataset none. */
export async function findingsNewIn(db: Database, runId: number): Promise<NewFinding[]> {
  const { rows } = await sql<NewFinding>`
    select s.dataset, s.rule, c.records, c.of from gemaal.finding_states s
    join gemaal.rule_counts c on c.run_id = s.first_run_id and c.dataset = s.dataset and c.source = s.source and c.stream = s.stream and c.rule = s.rule
    where s.first_run_id = ${runId} and exists (
      select from gemaal.dataset_runs d join gemaal.stream_runs r on r.id = d.stream_run_id
      where d.dataset = s.dataset and d.source = s.source and d.stream = s.stream and d.status = 'published' and r.run_id < ${runId})
    order by s.dataset, c.records desc, s.rule`.execute(db)
  return rows
}

export interface Count {
  run: number
  at: Date
  reading: string
  records: number
  of: number
}

/** How many records broke a rule in a dataset after each of the last runs that counted, the newest first. */
export async function trendOf(db: Database, finding: Pick<Finding, 'dataset' | 'stream' | 'rule'>, limit: number): Promise<Count[]> {
  const { rows } = await sql<Count>`
    select run_id as run, counted_at as at, reading, records, of from gemaal.rule_counts
    where dataset = ${finding.dataset} and source || '/' || stream = ${finding.stream} and rule = ${finding.rule}
    order by run_id desc limit ${limit}`.execute(db)
  return rows
}
