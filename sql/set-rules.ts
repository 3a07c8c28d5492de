/** Judges the rules on the rows of a dataset together, each by one statement with its own time. What fails is a finding, and ends nothing. */
import type pg from 'pg'
import type { ColumnType, DatasetPlan, NamedCheck, PlannedSetRule } from '../config/dataset-plan.js'
import { type ExampleColumn, type ExampleRow, makeExampleRows, withExamples } from './example-rows.js'
import { quoted } from './names.js'
import type { PublishRequest } from './publish.js'
import type { PublishTables } from './publish-tables.js'
import { runRuleSql } from './rule-sql.js'
import { filledSetSql, setQuery } from './set-queries.js'
import { brokenTable, makeBroken, markRows, standingIds, storeStandingFindings } from './standing-findings.js'

/** How many rows break a rule; or why it could not be judged, without a value of a row. */
export type SetVerdict = { rule: PlannedSetRule } & ({ broken: number } | { failed: string })

export interface JudgeOptions {
  /** Time of one statement. Left out: 30 s. */
  timeoutMs?: number | undefined
  signal?: AbortSignal | undefined
}

const relation = 'pg_temp.rule_rows'

/**
 * Judges rules one by one, in a transaction in which `makeBroken` was called: the rows that break them are in that table afterwards.
 *
 * @param from what gives the rows, as SQL names it behind FROM, with a condition where it needs one: `zaken.zaken d where d._source = 'a'`
 * @throws what is not about a rule: a lost connection, a cancel
 */
export async function judgeSetRules(
  client: pg.ClientBase,
  plan: DatasetPlan,
  rules: readonly PlannedSetRule[],
  from: string,
  options: JudgeOptions = {},
): Promise<SetVerdict[]> {
  const key = plan.columns.filter((c) => c.key).map((c) => c.name)
  const types = new Map(plan.columns.map((c) => [c.name, c.type]))
  const verdicts: SetVerdict[] = []
  for (const rule of rules) {
    const answer = await judgeOne(client, rule.id, rule.check, { key, columns: rule.columns, types }, from, options)
    verdicts.push({ rule, ...answer })
  }
  return verdicts
}

interface Looked {
  key: readonly string[]
  columns: readonly string[]
  types: ReadonlyMap<string, ColumnType>
}

/** A view over the rows with no more columns than the rule names needs no alias in what its author writes. */
async function judgeOne(
  client: pg.ClientBase,
  id: string,
  check: NamedCheck,
  { key, columns, types }: Looked,
  from: string,
  options: JudgeOptions,
): Promise<{ broken: number } | { failed: string }> {
  const names = [...new Set([...key, ...columns])].map(quoted)
  await client.query(`create temp view rule_rows as select ${names.join(', ')} from ${from}`)
  const keys = key.map(quoted).join(', ')
  const query = setQuery(check, { relation, key, types })
  const answer = await runRuleSql(
    client,
    `insert into ${brokenTable} (rule, ${keys}) select distinct $1::text, ${keys} from (\n${query}\n) b`,
    {
      values: [id],
      ...options,
    },
  )
  await client.query('drop view pg_temp.rule_rows')
  return 'failed' in answer ? answer : { broken: answer.answer.rowCount ?? 0 }
}

/**
 * In publish, after the merge: judges all rules on the dataset over its rows of this source as they now are. `_findings` of rows gain and lose
 * the ids, and the run gets its findings.
 */
export async function judgeStanding(client: pg.PoolClient, request: PublishRequest, t: PublishTables): Promise<void> {
  const { plan, runId } = request
  const rules = plan.setRules
  if (rules.length === 0 && (await standingIds(client, plan, 'dataset')).length === 0) return
  await makeBroken(client, plan, t)
  const verdicts = await judgeSetRules(client, plan, rules, `${t.target} d where true${t.ofSource('d')}`, {
    timeoutMs: request.ruleTimeoutMs,
    signal: request.signal,
  })
  await markRows(client, plan, t, {
    level: 'dataset',
    judged: verdicts.flatMap((v) => ('broken' in v ? [v.rule.id] : [])),
    marking: rules.filter((r) => r.severity !== 'report').map((r) => r.id),
  })
  await storeStandingFindings(client, { plan, runId, level: 'dataset' }, t, verdicts)
}

/**
 * Judges a rule on a dataset over made-up rows; nothing of it stays.
 *
 * @param columns of the rows, with the types in which they are judged
 * @param key columns by which the rule tells rows apart. Left out: the first column for a tree, what the statement returns for SQL without
 *   `{key}`, else the place of the row
 * @returns places in `rows` of those that break the rule; or why it could not be judged
 */
export async function judgeRows(
  pool: pg.Pool,
  check: NamedCheck,
  columns: readonly ExampleColumn[],
  rows: readonly ExampleRow[],
  key?: readonly string[],
): Promise<{ broken: number[] } | { failed: string }> {
  return withExamples(pool, async (client) => {
    await makeExampleRows(client, 'example_rows', columns, rows)
    const names = columns.map((c) => c.name)
    const types = new Map<string, ColumnType>([['_at', 'bigint'], ...columns.map((c) => [c.name, c.type] as const)])
    const told = key ? { key } : await keyOf(client, check, names, types)
    if ('failed' in told) return told
    const by = told.key
    await client.query(
      `create temp table broken on commit drop as select ''::text as rule, ${by.map(quoted).join(', ')} from pg_temp.example_rows limit 0`,
    )
    const answer = await judgeOne(client, 'example', check, { key: by, columns: names, types }, 'pg_temp.example_rows', {})
    if ('failed' in answer) return answer
    const { rows: found } = await client.query<{ at: number }>(
      `select e._at::int as at from pg_temp.example_rows e join ${brokenTable} b on ${by.map((k) => `b.${quoted(k)} = e.${quoted(k)}`).join(' and ')} order by 1`,
    )
    return { broken: found.map((f) => f.at) }
  })
}

/** What a rule tells made-up rows apart by: the columns that its SQL returns are the key, as its author takes it. */
async function keyOf(
  client: pg.ClientBase,
  check: NamedCheck,
  names: readonly string[],
  types: ReadonlyMap<string, ColumnType>,
): Promise<{ key: readonly string[] } | { failed: string }> {
  if (check.name !== 'sql') return { key: check.name === 'hierarchy' ? names.slice(0, 1) : ['_at'] }
  const sql = String(check.parameters.sql)
  if (sql.includes('{key}')) return { key: ['_at'] }
  await client.query(`create temp view rule_rows as select ${names.map(quoted).join(', ')} from pg_temp.example_rows`)
  const answer = await runRuleSql(client, `select * from (\n${filledSetSql(sql, { relation, key: ['_at'] })}\n) b limit 0`)
  await client.query('drop view pg_temp.rule_rows')
  if ('failed' in answer) return answer
  const fields = answer.answer.fields.map((f) => f.name)
  const strange = fields.find((f) => !types.has(f))
  return strange === undefined ? { key: fields } : { failed: `it returns ${strange}, which is no column of its rows` }
}
