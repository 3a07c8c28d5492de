/**
 * How findings stand from run to run: new, open, resolved. What counts is what a rule finds in the dataset and in quarantine together, whether
 * or not the run read the record again, so that a reading of changes resolves nothing that it did not look at.
 */
import type pg from 'pg'
import type { DatasetPlan, UpTo } from '../config/dataset-plan.js'
import type { StreamReading } from './database.js'
import { levelOfUnplanned, type RuleOfPlan, rulesOfPlan } from './plan-rules.js'
import { exampleKeys, keyText, PublishTables } from './publish-tables.js'

export interface StandingRequest {
  plan: DatasetPlan
  runId: number
  reading: StreamReading
  /** The reading judged every record of the stream: what rules that leave no mark in rows counted is all that there is. */
  whole: boolean
  /** Rules that could not be judged for want of what they compare with: what stood by them stands still. */
  untold?: readonly string[] | undefined
  /** `reference`: only the rules on references, which are judged after the run has published. Left out: all others. */
  level?: 'reference' | undefined
}

interface Found {
  records: number
  of: number
  examples: string[]
}

interface Said extends Found {
  rule: string
  severity: string
  columns: string[]
  detail: string | null
}

interface State {
  id: number
  rule: string
  severity: string
  level: RuleOfPlan['level']
  version: number
  columns: string[]
  records: number
  of: number
  readings: number
  noted_run_id: number
}

/**
 * Notes how each rule stands in a dataset once its rows, quarantine and `gemaal.findings` are as the run leaves them. To be called in the
 * transaction that brought them there, under the lock of the dataset. Safe to repeat: a run counts once.
 */
export async function noteStanding(client: pg.ClientBase, request: StandingRequest): Promise<void> {
  const { plan, runId, reading, whole, level } = request
  const of = [plan.name, plan.source, plan.stream]
  const planned = rulesOfPlan(plan)
  const marked = await standing(client, plan)
  const said = await sayings(client, request)
  const { rows: open } = await client.query<State>(
    `select id, rule, severity, level, version, columns, records, of, readings, noted_run_id from gemaal.finding_states
     where dataset = $1 and source = $2 and stream = $3 and resolved_at is null for update`,
    of,
  )
  const states = new Map(open.map((state) => [state.rule, state]))
  const stays: object[] = []
  const resolved: number[] = []
  const unknown: number[] = []
  const counts: object[] = []
  // The first reading has none before it to be compared with: what it finds is there, and not new.
  const before = await wasReadBefore(client, request)
  const isReading = reading === 'full' || reading === 'changes'
  for (const id of new Set([...marked.rules.keys(), ...said.keys(), ...states.keys()])) {
    const rule = planned.get(id)
    if ((rule?.level === 'reference') !== (level === 'reference')) continue
    const state = states.get(id)
    const mine = said.get(id)
    const tells = !request.untold?.includes(id) && (leavesMark(rule) || comparable(rule, whole))
    const now = leavesMark(rule) ? (marked.rules.get(id) ?? failed(mine, state, marked.of)) : mine
    if (now === undefined) {
      if (!state) continue
      if (!tells) {
        if (isReading) unknown.push(state.id)
        continue
      }
      resolved.push(state.id)
      counts.push({ rule: id, records: 0, of: marked.of, over: false, examples: [] })
      continue
    }
    // A part of the stream says that it is there still, and not how much of it.
    const counted = tells || !state ? now : { ...now, records: state.records, of: state.of }
    const over = exceeds(rule?.upTo, counted)
    stays.push({
      rule: id,
      severity: rule?.severity ?? state?.severity ?? mine?.severity ?? 'warn',
      level: rule?.level ?? state?.level ?? levelOfUnplanned(id),
      version: rule?.version ?? state?.version ?? 1,
      columns: rule?.columns ?? mine?.columns ?? state?.columns ?? [],
      records: counted.records,
      of: counted.of,
      examples: counted.examples,
      up_to: rule?.upTo ?? null,
      over,
      readings: (state?.readings ?? (before ? 0 : 1)) + (isReading && state?.noted_run_id !== runId ? 1 : 0),
    })
    counts.push({ rule: id, records: counted.records, of: counted.of, over, examples: counted.examples })
  }
  await write(client, request, { stays, resolved, unknown, counts, of: marked.of })
}

/** Rules whose violations stand in `_findings` of rows, or in quarantine; the others only count. */
function leavesMark(rule: RuleOfPlan | undefined): boolean {
  if (!rule) return true
  return rule.level !== 'load' && rule.severity !== 'report' && rule.severity !== 'hold' && rule.severity !== 'fail'
}

/** Rules on a set are judged over all its rows at every run; those on records and loads only where all was read. */
function comparable(rule: RuleOfPlan | undefined, whole: boolean): boolean {
  return whole || rule?.level === 'dataset' || rule?.level === 'reference'
}

/** A rule that could not be judged is itself something to act on; what it found before still stands. */
function failed(said: Said | undefined, state: State | undefined, of: number): Found | undefined {
  return said?.detail && said.records === 0 ? { records: state?.records ?? 0, of, examples: [] } : undefined
}

export function exceeds(upTo: UpTo | undefined, { records, of }: { records: number; of: number }): boolean {
  if (!upTo) return false
  return 'share' in upTo ? records > upTo.share * of : records > upTo.count
}

/** What stands in rows and in quarantine, by rule, of how many records. */
async function standing(client: pg.ClientBase, plan: DatasetPlan): Promise<{ rules: Map<string, Found>; of: number }> {
  const t = new PublishTables(plan, 0)
  const of = [plan.name, plan.source, plan.stream]
  const { rows: total } = await client.query<{ n: number }>(
    `select (select count(*) from ${t.target} d where true${t.ofSource('d')}) + (
       select count(*) from gemaal.quarantine q where q.dataset = $1 and q.source = $2 and q.stream = $3 and q.closed_at is null
         and not exists (select from ${t.target} d where ${t.keyArray('d')} = q.key${t.ofSource('d')} and d._findings <> '{}')) as n`,
    of,
  )
  // A row says refused:<rule> of a version that is in quarantine, where it is counted. Sorting the keys of 300,000 rows would take a second.
  const { rows } = await client.query<{ rule: string; records: number; examples: string[] }>(
    `select rule, count(*) as records, (array_agg(key) filter (where key is not null))[1:${exampleKeys}] as examples from (
       select f.rule, ${t.keyText('d')} as key from ${t.target} d cross join lateral unnest(d._findings) f (rule)
       where d._findings <> '{}'${t.ofSource('d')} and f.rule not like 'refused:%'
       union all
       select f.rule, ${keyText('q.key')} from gemaal.quarantine q, lateral (select distinct e ->> 'rule' as rule from jsonb_array_elements(q.findings) e) f
       where q.dataset = $1 and q.source = $2 and q.stream = $3 and q.closed_at is null) found
     group by rule`,
    of,
  )
  const count = total[0]!.n
  return {
    rules: new Map(rows.map((r) => [r.rule, { records: r.records, of: count, examples: (r.examples ?? []).sort() }])),
    of: count,
  }
}

async function wasReadBefore(client: pg.ClientBase, { plan, runId }: StandingRequest): Promise<boolean> {
  const { rows } = await client.query<{ read: boolean }>(
    `select exists (select from gemaal.dataset_runs d join gemaal.stream_runs s on s.id = d.stream_run_id
       where d.dataset = $1 and d.source = $2 and d.stream = $3 and d.status = 'published' and s.run_id <> $4) as read`,
    [plan.name, plan.source, plan.stream, runId],
  )
  return rows[0]!.read
}

/** What the run itself counted. */
async function sayings(client: pg.ClientBase, { plan, runId }: StandingRequest): Promise<Map<string, Said>> {
  const { rows } = await client.query<Said>(
    `select rule, severity, columns, count as records, of, examples, detail from gemaal.findings where run_id = $1 and dataset = $2 and source = $3 and stream = $4`,
    [runId, plan.name, plan.source, plan.stream],
  )
  return new Map(rows.map((r) => [r.rule, r]))
}

async function write(
  client: pg.ClientBase,
  { plan, runId, reading }: StandingRequest,
  { stays, resolved, unknown, counts, of: total }: { stays: object[]; resolved: number[]; unknown: number[]; counts: object[]; of: number },
): Promise<void> {
  const of = [plan.name, plan.source, plan.stream, runId]
  if (resolved.length > 0)
    await client.query(
      `update gemaal.finding_states set resolved_at = now(), resolved_run_id = $1, records = 0, of = $3, over = false, examples = '{}',
         noted_run_id = $1 where id = any($2::bigint[])`,
      [runId, resolved, total],
    )
  if (unknown.length > 0)
    await client.query(
      `update gemaal.finding_states set readings = readings + 1, noted_run_id = $1 where id = any($2::bigint[]) and noted_run_id <> $1`,
      [runId, unknown],
    )
  if (stays.length > 0)
    await client.query(
      `insert into gemaal.finding_states as s (dataset, source, stream, rule, severity, level, version, columns, records, of, examples, up_to, over,
         readings, first_run_id, first_seen_at, last_run_id, last_seen_at, noted_run_id)
       select $1, $2, $3, r.rule, r.severity, r.level, r.version, r.columns, r.records, r.of, r.examples, r.up_to, r.over, r.readings, $4, now(), $4, now(), $4
       from jsonb_to_recordset($5::jsonb) r (rule text, severity text, level text, version int, columns text[], records bigint, of bigint,
         examples text[], up_to jsonb, over boolean, readings int)
       on conflict (dataset, source, stream, rule) where resolved_at is null do update
         set severity = excluded.severity, level = excluded.level, version = excluded.version, columns = excluded.columns, records = excluded.records,
           of = excluded.of, examples = excluded.examples, up_to = excluded.up_to, over = excluded.over, readings = excluded.readings,
           last_run_id = excluded.last_run_id, last_seen_at = excluded.last_seen_at, noted_run_id = excluded.noted_run_id`,
      [...of, JSON.stringify(stays)],
    )
  if (counts.length > 0)
    await client.query(
      `insert into gemaal.rule_counts (dataset, source, stream, run_id, rule, reading, records, of, over, examples, counted_at)
       select $1, $2, $3, $4, r.rule, $5, r.records, r.of, r.over, r.examples, now()
       from jsonb_to_recordset($6::jsonb) r (rule text, records bigint, of bigint, over boolean, examples text[])
       on conflict (run_id, dataset, source, stream, rule) do update
         set reading = excluded.reading, records = excluded.records, of = excluded.of, over = excluded.over, examples = excluded.examples,
           counted_at = excluded.counted_at`,
      [...of, reading, JSON.stringify(counts)],
    )
}
