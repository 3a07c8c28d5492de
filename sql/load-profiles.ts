/** What loads looked like: measured of the set that a run will leave, kept with the run, and compared with later ones. */
import { sql } from 'kysely'
import type pg from 'pg'
import type { DatasetPlan, PlannedLoadRule } from '../config/dataset-plan.js'
import type { Database, LoadFinding, LoadProfile } from './database.js'
import { quoted } from './names.js'
import type { PublishRequest } from './publish.js'

const mostCodes = 50
/** Stands for the codes that are not in the description of their field, and for those after the fiftieth: what such a value is, nobody said. */
const otherCodes = '…'

/** What the rules on a load ask to be measured. */
export function measuresOf(plan: DatasetPlan, rules: readonly PlannedLoadRule[]) {
  const of = (check: string) => [...new Set(rules.filter((r) => r.check.name === check).flatMap((r) => r.columns))]
  const types = new Map(plan.columns.map((c) => [c.name, c]))
  return {
    absent: of('null-share-within'),
    codes: of('distribution-within').map((name) => ({ name, codes: types.get(name)?.codes })),
    newest: of('fresh-within').map((name) => ({ name, type: types.get(name)?.type })),
  }
}

/** @param relation rows with the columns that are measured */
export async function measureLoad(client: pg.ClientBase, relation: string, measures: ReturnType<typeof measuresOf>): Promise<LoadProfile> {
  const { absent, codes, newest } = measures
  // A day or moment to come tells nothing of how fresh the records are: 9999-12-31 would make them so for ever.
  const newestOf = ({ name, type }: { name: string; type: string | undefined }) =>
    type === 'date'
      ? `(max(${quoted(name)}) filter (where ${quoted(name)} <= current_date))::text`
      : `to_char(max(${quoted(name)}) filter (where ${quoted(name)} <= now()) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`
  const parts = [
    'count(*) as rows',
    ...absent.map((name, i) => `count(*) filter (where ${quoted(name)} is null) as a${i}`),
    ...newest.map((column, i) => `${newestOf(column)} as n${i}`),
  ]
  const { rows } = await client.query(`select ${parts.join(', ')} from ${relation}`)
  const profile: LoadProfile = { rows: rows[0].rows, absent: {}, codes: {}, newest: {} }
  for (const [i, name] of absent.entries()) profile.absent[name] = rows[0][`a${i}`]
  for (const [i, { name }] of newest.entries()) profile.newest[name] = rows[0][`n${i}`]
  for (const { name, codes: described } of codes) {
    const known = described
      ? `case when ${quoted(name)}::text = any($1::text[]) then ${quoted(name)}::text else '${otherCodes}' end`
      : `${quoted(name)}::text`
    const { rows: counted } = await client.query<{ code: string; n: number }>(
      `select case when nth <= ${mostCodes} then code else '${otherCodes}' end as code, sum(n)::bigint as n from (
         select ${known} as code, count(*) as n, row_number() over (order by count(*) desc, ${known}) as nth
         from ${relation} where ${quoted(name)} is not null group by 1) coded
       group by 1 order by 2 desc, 1`,
      described ? [described] : [],
    )
    profile.codes[name] = Object.fromEntries(counted.map(({ code, n }) => [code, n]))
  }
  return profile
}

/** Keeps what a run measured, if anything, and what its rules said of it, until publish puts that with the findings of the run. Safe to repeat. */
export async function storeProfile(
  db: Database,
  datasetRunId: number,
  profile: LoadProfile | undefined,
  findings: readonly LoadFinding[],
): Promise<void> {
  await sql`
    insert into gemaal.load_profiles (dataset_run_id, profile, findings)
    values (${datasetRunId}, ${JSON.stringify(profile ?? {})}, ${JSON.stringify(findings)})
    on conflict (dataset_run_id) do update set profile = excluded.profile, findings = excluded.findings`.execute(db)
}

/**
 * What the last full readings that were published looked like, the oldest first. Where a person accepted what a rule held, that load is the new
 * usual, and those before it are not compared with.
 *
 * @param rule whose held loads were accepted
 */
export async function earlierProfiles(db: Database, plan: DatasetPlan, rule: string, most: number): Promise<LoadProfile[]> {
  const { rows } = await sql<{ profile: LoadProfile }>`
    select p.profile from gemaal.load_profiles p
    join gemaal.dataset_runs d on d.id = p.dataset_run_id join gemaal.stream_runs s on s.id = d.stream_run_id
    where d.dataset = ${plan.name} and d.source = ${plan.source} and d.stream = ${plan.stream} and d.status = 'published' and s.reading = 'full' and p.profile ? 'rows'
      and d.id >= coalesce((
        select max(h.dataset_run_id) from gemaal.holds h join gemaal.dataset_runs k on k.id = h.dataset_run_id
        where h.dataset = d.dataset and h.source = d.source and h.status = 'accepted' and k.status = 'published'
          and h.facts -> 'rules' @> jsonb_build_array(jsonb_build_object('rule', ${rule}::text))), 0)
    order by d.id desc limit ${most}`.execute(db)
  return rows.map((r) => r.profile).reverse()
}

/** In publish: what the rules on the load said becomes findings of the run. */
export async function storeLoadFindings(client: pg.PoolClient, { plan, runId, datasetRunId }: PublishRequest): Promise<void> {
  if (plan.loadRules.length === 0) return
  const of = [runId, plan.name, plan.source, plan.stream]
  await client.query(
    `delete from gemaal.findings where run_id = $1 and dataset = $2 and source = $3 and stream = $4 and rule = any($5::text[])`,
    [...of, plan.loadRules.map((r) => r.id)],
  )
  await client.query(
    `insert into gemaal.findings (run_id, dataset, source, stream, rule, severity, level, version, columns, count, of, detail)
     select $1, $2, $3, $4, f.rule, f.severity, 'load', (r ->> 'version')::int, array(select jsonb_array_elements_text(r -> 'columns')), f.count, f.of, f.detail
     from gemaal.load_profiles p cross join lateral jsonb_to_recordset(p.findings) f (rule text, severity text, count int, of int, detail text)
     join jsonb_array_elements($6::jsonb) r on r ->> 'id' = f.rule
     where p.dataset_run_id = $5`,
    [...of, datasetRunId, JSON.stringify(plan.loadRules)],
  )
}
