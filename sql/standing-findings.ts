/**
 * Ids in `_findings` that say what holds now, and not what was found when the row was read: those of rules on a dataset and on references. They
 * outlive a reading of the row, and go when the rule holds again or leaves the contract.
 */
import type pg from 'pg'
import type { DatasetPlan, PlannedReferenceRule, PlannedSetRule } from '../config/dataset-plan.js'
import type { Database } from './database.js'
import { exampleKeys, type PublishTables } from './publish-tables.js'

/** Where the plan has them. */
export type StandingLevel = 'dataset' | 'reference'

/** Name of the temporary table that says which rows break which rule: `rule text`, and the key columns. */
export const brokenTable = 'pg_temp.broken'

/** Makes the table of rows that break a rule, for this transaction. */
export async function makeBroken(client: pg.ClientBase, plan: DatasetPlan, t: PublishTables): Promise<void> {
  const types = plan.columns.filter((c) => c.key).map((c) => c.type)
  await client.query(`create temp table broken (rule text not null, ${t.keys.map((k, i) => `${k} ${types[i]}`).join(', ')}) on commit drop`)
}

/** Ids that may stand in rows of this dataset from this source, whatever a reading says of the row. */
export async function standingIds(client: pg.ClientBase, plan: DatasetPlan, level?: StandingLevel): Promise<string[]> {
  const { rows } = await client.query<{ rule: string }>(
    `select rule from gemaal.standing_rules where dataset = $1 and source = $2 and ($3::text is null or level = $3) order by rule`,
    [plan.name, plan.source, level ?? null],
  )
  return rows.map((r) => r.rule)
}

/**
 * What a row keeps of its findings when it is read again, as SQL to put behind those of the reading; empty where nothing stands.
 *
 * @param row alias of the row as it stands
 * @param parameter such as `$2`: the ids of `standingIds`
 */
export function keptFindings(row: string, parameter: string): string {
  return ` || array(select f from unnest(${row}._findings) with ordinality as kept (f, at) where f = any(${parameter}::text[]) order by at)`
}

export interface Marking {
  level: StandingLevel
  /** Rules that were judged now: their ids go where the rule holds. Of one that could not be judged what stood stays. */
  judged: readonly string[]
  /** Of the rules of the plan those whose ids are to stand in rows: not the ones that are counted only. */
  marking: readonly string[]
}

/**
 * Brings `_findings` of the rows of this source to what the table of broken rows says; touches only rows whose findings change. The ids of
 * rules that left the plan go. Safe to repeat.
 *
 * @returns how many rows changed
 */
export async function markRows(
  client: pg.ClientBase,
  plan: DatasetPlan,
  t: PublishTables,
  { level, judged, marking }: Marking,
): Promise<number> {
  const standing = await standingIds(client, plan, level)
  const left = standing.filter((id) => !marking.includes(id))
  const ours = [...new Set([...judged, ...left])]
  if (ours.length === 0) return 0
  const { rowCount } = await client.query(
    // Rows that have findings stand in an index; most have none, and the table is not walked for them.
    `with said as (
       select ${t.list()}, array_agg(distinct rule order by rule) as rules from ${brokenTable} where rule = any($2::text[]) group by ${t.list()}
     ), concerned as (
       select ${t.list('d')}, d._findings from ${t.target} d where d._findings <> '{}' and d._findings && $1::text[]${t.ofSource('d')}
       union
       select ${t.list('d')}, d._findings from said join ${t.target} d on ${t.same('d', 'said')}
     ), found as (
       select ${t.list('c')}, array(select f from unnest(c._findings) with ordinality as u (f, at) where f <> all($1::text[]) order by at)
         || coalesce(said.rules, '{}') as findings
       from concerned c left join said on ${t.keys.map((k) => `said.${k} = c.${k}`).join(' and ')})
     update ${t.target} d set _findings = found.findings from found where ${t.same('d', 'found')} and d._findings <> found.findings`,
    [ours, marking.filter((id) => judged.includes(id))],
  )
  await client.query(`delete from gemaal.standing_rules where dataset = $1 and source = $2 and rule = any($3::text[])`, [
    plan.name,
    plan.source,
    left,
  ])
  await client.query(
    `insert into gemaal.standing_rules (dataset, source, rule, level) select $1, $2, unnest($3::text[]), $4 on conflict do nothing`,
    [plan.name, plan.source, marking, level],
  )
  return rowCount ?? 0
}

/** What a rule on a dataset or on references says: rows that break it, and rows of which it cannot be told; or why it could not be judged. */
export type StandingVerdict = { rule: PlannedSetRule | PlannedReferenceRule } & ({ broken: number; unknown?: number } | { failed: string })

/** Puts what the rules of a level say in the place of what the run said before; the keys come from the table of broken rows. Safe to repeat. */
export async function storeStandingFindings(
  client: pg.ClientBase,
  { plan, runId, level }: { plan: DatasetPlan; runId: number; level: StandingLevel },
  t: PublishTables,
  verdicts: readonly StandingVerdict[],
): Promise<void> {
  const of = [runId, plan.name, plan.source, plan.stream, level]
  await client.query(`delete from gemaal.findings where run_id = $1 and dataset = $2 and source = $3 and stream = $4 and level = $5`, of)
  const found = verdicts.filter((v) => 'failed' in v || v.broken > 0)
  if (found.length === 0) return
  const { rows } = await client.query<{ n: number }>(`select count(*) as n from ${t.target} d where true${t.ofSource('d')}`)
  for (const verdict of found) {
    const { rule } = verdict
    const failed = 'failed' in verdict
    // A rule that does not work is never only counted.
    const severity = failed && rule.severity === 'report' ? 'warn' : rule.severity
    const detail = failed ? verdict.failed : verdict.unknown ? `of ${verdict.unknown} more it cannot be told` : null
    await client.query(
      `insert into gemaal.findings (run_id, dataset, source, stream, level, rule, severity, version, columns, count, of, detail, examples)
       select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12,
         array(select ${t.keyText('b')} from ${brokenTable} b where b.rule = $6 order by ${t.list('b')} limit ${exampleKeys})`,
      [...of, rule.id, severity, rule.version, [...rule.columns], failed ? 0 : verdict.broken, rows[0]!.n, detail],
    )
  }
}

/** Datasets with ids of rules of a level in their rows, also of rules that have left the contract since. */
export async function datasetsWithStanding(db: Database, source: string, level: StandingLevel): Promise<string[]> {
  const rows = await db
    .selectFrom('gemaal.standing_rules')
    .select('dataset')
    .distinct()
    .where('source', '=', source)
    .where('level', '=', level)
    .execute()
  return rows.map((r) => r.dataset)
}
