/** Judges the rules on what the rows of a dataset refer to, when all streams of a run have published. What fails is a finding, and ends nothing. */
import type pg from 'pg'
import type { DatasetPlan, PlannedReferenceRule } from '../config/dataset-plan.js'
import type { StreamReading, Warehouse } from './database.js'
import { lockDatasetOn, shareDatasetOn } from './dataset-lock.js'
import { noteStanding } from './finding-states.js'
import { missingSelect, stands, Tells } from './missing-references.js'
import { literal, quoted } from './names.js'
import { PublishTables } from './publish-tables.js'
import { filledRuleSql, runRuleSql } from './rule-sql.js'
import { inTransaction } from './staging.js'
import { brokenTable, makeBroken, markRows, storeStandingFindings } from './standing-findings.js'

export interface ReferenceRequest {
  runId: number
  /** Whose rows are judged. */
  plan: DatasetPlan
  /** All datasets that take from the source, by name. */
  datasets: ReadonlyMap<string, DatasetPlan>
  /** Streams that this run published, with how it read them, and those that it tried in vain. */
  published: ReadonlyMap<string, StreamReading>
  failed: ReadonlySet<string>
  /** Streams whose records can be asked for by key. */
  askable: ReadonlySet<string>
  /** Time of one rule. Left out: 30 s. */
  timeoutMs?: number | undefined
  signal?: AbortSignal | undefined
}

/** What a rule says now: rows that break it, and references of which it cannot be told; or why it cannot be told of any row. */
export type ReferenceVerdict = { rule: PlannedReferenceRule } & (
  | { broken: number; unknown: number }
  | { unknown: 'all' }
  | { failed: string }
)

/**
 * Judges all rules on references of one dataset over its rows as they stand. `_findings` of rows gain and lose the ids, and the run gets its
 * findings. Safe to repeat: what the run said before is replaced.
 *
 * @returns undefined when the dataset is not there as the plan knows it
 * @throws what is not about a rule: a lost connection, a cancel
 */
export async function judgeReferences(warehouse: Warehouse, request: ReferenceRequest): Promise<ReferenceVerdict[] | undefined> {
  const { plan, signal } = request
  const rules = plan.referenceRules
  return inTransaction(warehouse, { doing: `judging what ${plan.name} refers to`, signal }, async (client) => {
    await lock(client, plan)
    if (!(await stands(client, plan))) return undefined
    const t = new PublishTables(plan, 0)
    await makeBroken(client, plan, t)
    await client.query(
      `create temp table missing (${t.keys.map((k, i) => `${k} ${plan.columns.filter((c) => c.key)[i]!.type}`).join(', ')}, rule text, verdict text) on commit drop`,
    )
    const tells = new Tells(client)
    const verdicts: ReferenceVerdict[] = []
    for (const rule of rules) verdicts.push({ rule, ...(await judgeOne(client, request, rule, t, tells)) })
    await markRows(client, plan, t, {
      level: 'reference',
      judged: verdicts.flatMap((v) => ('broken' in v ? [v.rule.id] : [])),
      marking: rules.filter((r) => r.severity !== 'report').map((r) => r.id),
    })
    const told = verdicts.flatMap((v) => ('unknown' in v && v.unknown === 'all' ? [] : [v]))
    await storeStandingFindings(client, { plan, runId: request.runId, level: 'reference' }, t, told)
    const reading = request.published.get(plan.stream) ?? 'by-key'
    const untold = verdicts.flatMap((v) => ('unknown' in v && v.unknown === 'all' ? [v.rule.id] : []))
    await noteStanding(client, { plan, runId: request.runId, reading, whole: true, untold, level: 'reference' })
    return verdicts
  })
}

/** Its own for itself, so that no publish comes between; those that it reads shared. In order of name, as all who take several. */
async function lock(client: pg.PoolClient, plan: DatasetPlan): Promise<void> {
  const used = plan.referenceRules.flatMap((rule) => Object.values(rule.uses).map((u) => u.dataset))
  for (const name of [...new Set([plan.name, ...used])].sort()) {
    if (name === plan.name) await lockDatasetOn(client, name)
    else await shareDatasetOn(client, name)
  }
}

type Judged = { broken: number; unknown: number } | { unknown: 'all' } | { failed: string }

async function judgeOne(
  client: pg.PoolClient,
  request: ReferenceRequest,
  rule: PlannedReferenceRule,
  t: PublishTables,
  tells: Tells,
): Promise<Judged> {
  const used: { [stream: string]: DatasetPlan } = {}
  for (const [stream, { dataset }] of Object.entries(rule.uses)) {
    const plan = request.datasets.get(dataset)
    if (!plan || !(await tells.ofWhatRefersTo(plan))) return { unknown: 'all' }
    used[stream] = plan
  }
  return rule.check.name === 'references'
    ? judgeReference(client, request, rule, Object.values(used)[0]!, t)
    : judgeSql(client, request, rule, used, t)
}

/**
 * A row breaks the rule where its target is gone: by the answer of the source; by its proven delete, when the row was seen after that; and where
 * the source cannot be asked, by a whole listing that began after the row was read and lacks it. Where none of these tells, it is unknown.
 */
async function judgeReference(
  client: pg.PoolClient,
  { plan, askable, timeoutMs, signal }: ReferenceRequest,
  rule: PlannedReferenceRule,
  to: DatasetPlan,
  t: PublishTables,
): Promise<Judged> {
  const seen = `greatest(m.read_at, ${fullAt(plan)})`
  const answer = await runRuleSql(
    client,
    `insert into pg_temp.missing select ${t.list('m')}, $1::text, case
       when gone_at is not null then case when ${seen} > gone_at then 'gone' else 'unknown' end
       when says is not null then case says when 'gone' then 'gone' else 'unknown' end
       when ${askable.has(to.stream) ? 'false' : `m.read_at < ${fullAt(to)}`} then 'gone'
       else 'unknown' end
     from (${missingSelect({ rule, from: plan, to })}) m where not coalesce(refused, false)`,
    { values: [rule.id], timeoutMs, signal },
  )
  if ('failed' in answer) return answer
  if (answer.answer.rowCount === 0) return { broken: 0, unknown: 0 }
  const { rowCount } = await client.query(
    `insert into ${brokenTable} (rule, ${t.list()}) select distinct rule, ${t.list()} from pg_temp.missing where rule = $1 and verdict = 'gone'`,
    [rule.id],
  )
  const { rows } = await client.query<{ n: number }>(`select count(*) as n from pg_temp.missing where rule = $1 and verdict = 'unknown'`, [
    rule.id,
  ])
  return { broken: rowCount ?? 0, unknown: rows[0]!.n }
}

/** When the last whole listing of a dataset began that was published, as SQL; null where there is none. */
function fullAt({ name, source, stream }: DatasetPlan): string {
  const of = [name, source, stream].map(literal)
  return `(select full_at from gemaal.checkpoints where dataset = ${of[0]} and source = ${of[1]} and stream = ${of[2]})`
}

/**
 * The SELECT of an author, over the rows that were not read later than what they are compared with: of a younger row it cannot be told yet. What
 * was read in the same run counts as read together.
 */
async function judgeSql(
  client: pg.PoolClient,
  { plan, published, failed, timeoutMs, signal }: ReferenceRequest,
  rule: PlannedReferenceRule,
  used: { readonly [stream: string]: DatasetPlan },
  t: PublishTables,
): Promise<Judged> {
  if (Object.keys(used).some((stream) => failed.has(stream))) return { unknown: 'all' }
  const older = Object.values(used).filter((u) => !published.has(u.stream) && u.stream !== plan.stream)
  const until = await Promise.all(older.map((u) => readAt(client, u)))
  const young = until.length === 0 ? '' : ` and d._read_at <= '${new Date(Math.min(...until)).toISOString()}'::timestamptz`
  const columns = [...new Set([...t.keys, ...rule.columns.map(quoted)])]
  const relations: { [name: string]: string } = { rows: 'pg_temp.rule_rows' }
  const views = [`create temp view rule_rows as select ${columns.join(', ')} from ${t.target} d where true${t.ofSource('d')}${young}`]
  for (const [n, [stream, u]] of Object.entries(used).entries()) {
    const tables = new PublishTables(u, 0)
    const names = [...new Set([...tables.keys, ...rule.uses[stream]!.columns.map(quoted)])].join(', ')
    views.push(`create temp view rule_used_${n} as select ${names} from ${tables.target} u where true${tables.ofSource('u')}`)
    relations[stream] = `pg_temp.rule_used_${n}`
  }
  await client.query(views.join('; '))
  const answer = await runRuleSql(client, brokenBy(String(rule.check.parameters.sql), relations, t.keys), {
    values: [rule.id],
    timeoutMs,
    signal,
  })
  await client.query(`drop view ${Object.values(relations).join(', ')}`)
  return 'failed' in answer ? answer : { broken: answer.answer.rowCount ?? 0, unknown: 0 }
}

/** Fills the table of broken rows with the rows whose key an author's SELECT returns; what it returns beside them is left out. */
function brokenBy(sql: string, relations: { readonly [name: string]: string }, keys: readonly string[]): string {
  const list = keys.join(', ')
  return `insert into ${brokenTable} (rule, ${list}) select $1::text, ${list} from pg_temp.rule_rows where (${list}) in (select ${list} from (\n${filledRuleSql(sql, { ...relations, key: list })}\n) b)`
}

async function readAt(client: pg.ClientBase, { name, source, stream }: DatasetPlan): Promise<number> {
  const { rows } = await client.query<{ at: Date | null }>(
    `select max(s.listing_began_at) as at from gemaal.dataset_runs d join gemaal.stream_runs s on s.id = d.stream_run_id
     where d.dataset = $1 and d.source = $2 and d.stream = $3 and d.status = 'published' and s.reading in ('full', 'changes')`,
    [name, source, stream],
  )
  return rows[0]?.at?.getTime() ?? 0
}
