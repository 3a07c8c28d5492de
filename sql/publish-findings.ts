/** What publish does with refused records and with what rules said: quarantine moves, findings are counted. */
import type pg from 'pg'
import type { PublishRequest } from './publish.js'
import type { PublishTables } from './publish-tables.js'

const exampleKeys = 20

/** One row a rule: how many records of how many, with example keys as they land. */
export async function storeFindings(client: pg.PoolClient, request: PublishRequest, t: PublishTables, read: number): Promise<void> {
  const { plan, runId } = request
  const severities = Object.fromEntries(plan.rules.map((r) => [r.id, r.severity]))
  await client.query(
    `insert into gemaal.findings (run_id, dataset, source, stream, rule, severity, count, of, examples)
     select $1, $2, $3, $4, f.rule, coalesce($5::jsonb ->> f.rule, 'reject'), count(*), $6,
       (array_agg(array_to_string(${t.keyArray('v')}, '|', '') order by ${t.list('v')}))[1:${exampleKeys}]
     from verdict v join ${t.staging} s on s.ctid = v.row cross join lateral unnest(s._findings || s._reported) f (rule)
     where v.verdict in ('new', 'changed', 'unchanged', 'quarantined')
     group by f.rule
     on conflict (run_id, dataset, source, stream, rule, severity) do update set count = findings.count + excluded.count, of = findings.of + excluded.of`,
    [runId, plan.name, plan.source, plan.stream, JSON.stringify(severities), read],
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
    // A row that was hidden because this version was refused is now gone as any other.
    await client.query(
      `with began as (select listing_began_at as at from gemaal.stream_runs where id = $3), closed as (
         update gemaal.quarantine q set closed_at = now(), closed_how = 'gone' from began
         where q.dataset = $1 and q.source = $2 and q.closed_at is null and q.read_at < began.at
           and not exists (select from verdict v where q.key = ${t.keyArray('v')})
         returning q.key)
       update ${t.deleted} gone set _reason = 'deleted', _read_at = began.at, _run_id = $4 from closed, began
       where gone._reason = 'refused' and closed.key = ${t.keyArray('gone')}${t.ofSource('gone')}`,
      [...of, request.streamRunId, runId],
    )
  }
  await client.query(
    `insert into gemaal.quarantine (dataset, source, stream, key, record, findings, connector, contract_version, fingerprint,
       first_run_id, last_run_id, first_seen_at, last_seen_at, read_at)
     select $1, $2, $3, case when ${t.keys.map((k) => `s.${k} is not null`).join(' and ')} then ${t.keyArray('s')} end,
       s._refused -> 'record', s._refused -> 'findings', $4, $5, $6, $7, $7, now(), now(), s._read_at
     from verdict v join ${t.staging} s on s.ctid = v.row where v.verdict = 'quarantined' order by s._slice, s._seq
     on conflict (dataset, source, key) where closed_at is null and key is not null do update
       set record = excluded.record, findings = excluded.findings, connector = excluded.connector, contract_version = excluded.contract_version,
         fingerprint = excluded.fingerprint, last_run_id = excluded.last_run_id, last_seen_at = excluded.last_seen_at, read_at = excluded.read_at,
         times_seen = quarantine.times_seen + 1`,
    [...of, plan.stream, request.connector, plan.version, plan.fingerprint, runId],
  )
}
