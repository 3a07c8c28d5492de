/** What publish does with refused records and with what rules said: quarantine moves, findings are counted. */
import type pg from 'pg'
import { levelOfUnplanned, rulesOfPlan } from './plan-rules.js'
import type { PublishRequest } from './publish.js'
import { exampleKeys, type PublishTables } from './publish-tables.js'

/** What the rules on a record judged and that counts; the other verdicts are of records that another one took the place of, or that left. */
const judged = `v.verdict in ('new', 'changed', 'unchanged', 'quarantined')`

/** One row a rule: how many records of how many, with example keys as they land. */
export async function storeFindings(client: pg.PoolClient, request: PublishRequest, t: PublishTables, read: number): Promise<void> {
  const { plan, runId } = request
  const { rows: found } = await client.query<{ rule: string; count: number; examples: string[]; columns: string[] }>(
    `with refused as (
       select e ->> 'rule' as rule, array_agg(distinct e ->> 'column') as columns
       from verdict v join ${t.staging} s on s.ctid = v.row, jsonb_array_elements(s._refused -> 'findings') e
       where v.verdict = 'quarantined' and e ? 'column' group by 1)
     select f.rule, count(*) as count, (array_agg(${t.keyText('v')} order by ${t.list('v')}))[1:${exampleKeys}] as examples,
       coalesce((select columns from refused where refused.rule = f.rule), '{}') as columns
     from verdict v join ${t.staging} s on s.ctid = v.row cross join lateral unnest(s._findings || s._reported) f (rule)
     where ${judged} group by f.rule`,
  )
  const rules = rulesOfPlan(plan)
  const rows = found.map(({ rule: id, count, examples, columns }) => {
    const rule = rules.get(id)
    const { severity, level, version } = rule ?? { severity: 'reject', level: levelOfUnplanned(id), version: 1 }
    return { rule: id, severity, level, version, columns: rule?.columns ?? columns, count, examples }
  })
  await client.query(
    `insert into gemaal.findings (run_id, dataset, source, stream, rule, severity, level, version, columns, count, of, examples)
     select $1, $2, $3, $4, f.rule, f.severity, f.level, f.version, f.columns, f.count, $5, f.examples
     from jsonb_to_recordset($6::jsonb) f (rule text, severity text, level text, version int, columns text[], count bigint, examples text[])
     on conflict (run_id, dataset, source, stream, rule, severity) do update set count = findings.count + excluded.count, of = findings.of + excluded.of`,
    [runId, plan.name, plan.source, plan.stream, read, JSON.stringify(rows)],
  )
}

/**
 * After a full reading: how many of the records that it judged broke each rule in each column, none included. A rule on a record or on a
 * dataset counts for every column that it looks at; which of them is the wrong one it does not know.
 */
export async function storeColumnCounts(client: pg.PoolClient, request: PublishRequest, t: PublishTables): Promise<void> {
  const { plan, runId } = request
  const rules = [...rulesOfPlan(plan).values()].filter((r) => r.level !== 'load' && r.level !== 'reference')
  const wanted = rules.flatMap(({ id, level, columns }) => columns.map((column) => ({ rule: id, column, of_value: level === 'field' })))
  await client.query(
    `with judged as materialized (
       select s._found_in, s._refused from verdict v join ${t.staging} s on s.ctid = v.row where ${judged}
     ), found as (
       select rule, "column", count(*) as broken from (
         select split_part(f, '=', 1) as rule, split_part(f, '=', 2) as "column" from judged, unnest(_found_in) f
         union all
         select e.* from judged, lateral (select distinct e ->> 'rule', e ->> 'column' from jsonb_array_elements(_refused -> 'findings') e where e ? 'column') e
       ) f group by 1, 2
     ), wanted as (
       select * from jsonb_to_recordset($5::jsonb) w (rule text, "column" text, of_value boolean)
     )
     insert into gemaal.column_counts (run_id, dataset, source, stream, "column", rule, broken, of, read_at)
     select $1, $2, $3, $4, "column", rule,
       case when coalesce(w.of_value, true) then coalesce(f.broken, 0) else coalesce(said.count, 0) end,
       case when coalesce(w.of_value, true) or said.level is distinct from 'dataset' then (select count(*) from judged) else said.of end,
       r.listing_began_at
     from wanted w full join found f using (rule, "column")
     join gemaal.stream_runs r on r.id = $6
     left join lateral (
       select s.count, s.of, s.level from gemaal.findings s
       where s.run_id = $1 and s.dataset = $2 and s.source = $3 and s.stream = $4 and s.rule = w.rule limit 1) said on true
     on conflict (run_id, dataset, source, stream, "column", rule) do update set broken = excluded.broken, of = excluded.of`,
    [runId, plan.name, plan.source, plan.stream, JSON.stringify(wanted), request.streamRunId],
  )
}

/** Refused records go to quarantine; entries whose record passes, left the selection or is gone are closed. */
export async function moveQuarantine(client: pg.PoolClient, request: PublishRequest, t: PublishTables): Promise<void> {
  const { plan, runId } = request
  const of = [plan.name, plan.source]
  await client.query(
    `update gemaal.quarantine q set closed_at = now(), closed_how = case v.verdict when 'outside' then 'outside' when 'removed' then 'gone' else 'passed' end
     from verdict v where q.dataset = $1 and q.source = $2 and q.closed_at is null and q.key = ${t.keyArray('v')}
       and v.verdict in ('new', 'changed', 'unchanged', 'outside', 'removed')`,
    of,
  )
  if (request.listedAll) {
    // A row that was hidden because this version was refused is now gone as any other. Where records came without a key, which of those that
    // are absent is one of them cannot be known.
    await client.query(
      `with began as (select listing_began_at as at from gemaal.stream_runs where id = $3), closed as (
         update gemaal.quarantine q set closed_at = now(), closed_how = 'gone' from began
         where q.dataset = $1 and q.source = $2 and q.closed_at is null and q.key is not null and q.read_at < began.at
           and not exists (select from verdict v where q.key = ${t.keyArray('v')})
           and not exists (select from ${t.staging} where not (${t.hasKey}))
         returning q.key)
       update ${t.deleted} gone set _reason = 'deleted', _read_at = began.at, _run_id = $4 from closed, began
       where gone._reason = 'refused' and closed.key = ${t.keyArray('gone')}${t.ofSource('gone')}`,
      [...of, request.streamRunId, runId],
    )
  }
  await enterKeyless(client, request, t)
  await client.query(
    `insert into gemaal.quarantine (${entryColumns})
     select $1, $2, $3, ${t.keyArray('s')}, s._refused -> 'record', s._refused -> 'findings', $4, $5, $6, $7, $7, now(), now(), s._read_at
     from verdict v join ${t.staging} s on s.ctid = v.row where v.verdict = 'quarantined' and ${t.keys.map((k) => `s.${k} is not null`).join(' and ')}
     order by s._slice, s._seq
     on conflict (dataset, source, key) where closed_at is null and key is not null do update
       set record = excluded.record, findings = excluded.findings, connector = excluded.connector, contract_version = excluded.contract_version,
         fingerprint = excluded.fingerprint, last_run_id = excluded.last_run_id, last_seen_at = excluded.last_seen_at, read_at = excluded.read_at,
         times_seen = quarantine.times_seen + 1`,
    [...of, plan.stream, request.connector, plan.version, plan.fingerprint, runId],
  )
}

const entryColumns = `dataset, source, stream, key, record, findings, connector, contract_version, fingerprint,
       first_run_id, last_run_id, first_seen_at, last_seen_at, read_at`

/**
 * Records without a key that could be read have no name to be known by from run to run. Those that look alike are taken for the same ones, as
 * many as there are; what a reading to the end does not show again is gone.
 */
async function enterKeyless(client: pg.PoolClient, request: PublishRequest, t: PublishTables): Promise<void> {
  const { plan, runId } = request
  await client.query(
    `create temp table keyless on commit drop as
     select here.row, here._slice, here._seq, here._read_at, there.id from (
       select s.ctid as row, s._slice, s._seq, s._read_at, s._refused, row_number() over (partition by s._refused order by s._slice, s._seq) as nth
       from ${t.staging} s where s._state = 'q' and not (${t.hasKey})) here
     full join (
       select id, record, findings, row_number() over (partition by record, findings order by id) as nth from gemaal.quarantine
       where dataset = $1 and source = $2 and stream = $3 and closed_at is null and key is null) there
     on there.record = here._refused -> 'record' and there.findings = here._refused -> 'findings' and there.nth = here.nth`,
    [plan.name, plan.source, plan.stream],
  )
  await client.query(
    `update gemaal.quarantine q set connector = $1, contract_version = $2, fingerprint = $3, last_run_id = $4, last_seen_at = now(),
       read_at = k._read_at, times_seen = q.times_seen + 1 from keyless k where k.id = q.id and k.row is not null`,
    [request.connector, plan.version, plan.fingerprint, runId],
  )
  if (request.toTheEnd)
    await client.query(
      `update gemaal.quarantine q set closed_at = now(), closed_how = 'gone' from keyless k where k.id = q.id and k.row is null`,
    )
  await client.query(
    `insert into gemaal.quarantine (${entryColumns})
     select $1, $2, $3, null, s._refused -> 'record', s._refused -> 'findings', $4, $5, $6, $7, $7, now(), now(), s._read_at
     from keyless k join ${t.staging} s on s.ctid = k.row where k.id is null order by s._slice, s._seq`,
    [plan.name, plan.source, plan.stream, request.connector, plan.version, plan.fingerprint, runId],
  )
}
