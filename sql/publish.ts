/**
 * Publish: one transaction under the lock of the dataset. It says of every staged record where it goes, merges what changed, moves
 * quarantine and findings, writes history and tombstones, stores the balance, and moves the checkpoint by compare-and-swap.
 */
import type pg from 'pg'
import type { DatasetPlan } from '../config/dataset-plan.js'
import { type Balance, StaleAttempt, type StreamReading, type Warehouse } from './database.js'
import { lockDatasetOn } from './dataset-lock.js'
import { noteStanding } from './finding-states.js'
import { storeLoadFindings } from './load-profiles.js'
import { literal } from './names.js'
import { moveQuarantine, storeColumnCounts, storeFindings } from './publish-findings.js'
import { PublishTables } from './publish-tables.js'
import { judgeStanding } from './set-rules.js'
import { inTransaction } from './staging.js'
import { keptFindings, standingIds } from './standing-findings.js'

export interface PublishRequest {
  plan: DatasetPlan
  datasetRunId: number
  streamRunId: number
  runId: number
  connector: string
  reading: StreamReading
  /** The run re-read single keys: rows that did not change are marked as read too, since a listing may be under way. */
  byKey: boolean
  /** The stream was listed whole, so that what quarantine holds and the listing lacks is gone. */
  listedAll: boolean
  /** A full reading came to the end of every slice, and none was short of keys; some records may have been unreadable. */
  toTheEnd: boolean
  /** Left out: the checkpoint stays (a re-read by key, a listing that was short). */
  checkpoint?: { from: string | null; to: string | null; full: boolean; readAt: Date } | undefined
  /** Takes back what was not committed yet. */
  signal?: AbortSignal | undefined
  /** Time of one rule on the dataset. Left out: 30 s. */
  ruleTimeoutMs?: number | undefined
}

export interface PublishAnswer {
  balance: Balance
  children: { [table: string]: Balance }
  /** False when this run had published already, and this is what it did. */
  published: boolean
}

/** The counts of a run do not add up: nothing is published, and a person must look. */
export class NotBalanced extends Error {
  override name = 'NotBalanced'
}

/** The checkpoint was moved by someone else since this run began: nothing is published. */
export class CheckpointMoved extends Error {
  override name = 'CheckpointMoved'
}

/**
 * Publishes what a run staged for one dataset. Safe to repeat: a second call answers what the first one did.
 *
 * @throws StaleAttempt when the run was discarded or superseded
 * @throws NotBalanced when fewer or more rows are staged than the slices counted
 * @throws WarehouseUnavailable when Postgres cannot now: nothing is published, staging is kept
 */
export async function publishDataset(warehouse: Warehouse, request: PublishRequest): Promise<PublishAnswer> {
  const { plan, datasetRunId } = request
  const began = performance.now()
  return inTransaction(warehouse, { doing: `publishing ${plan.name}`, signal: request.signal }, async (client) => {
    await lockDatasetOn(client, plan.name)
    const { rows } = await client.query(`select * from gemaal.dataset_runs where id = $1 for update`, [datasetRunId])
    const run = rows[0]
    if (!run) throw new StaleAttempt(`the run of ${plan.name} is gone`)
    if (run.status === 'published') return { balance: balanceOf(run), children: run.children, published: false }
    if (run.status !== 'staging' && run.status !== 'held')
      throw new StaleAttempt(`the run of ${plan.name} was ${run.status}${run.note ? `, because ${run.note}` : ''}; run the sync again`)
    // Applied since this run began: what is staged was treated by a contract that no longer holds.
    const { rows: standing } = await client.query(`select fingerprint from gemaal.datasets where name = $1 and retired_at is null`, [
      plan.name,
    ])
    if (!standing[0]) throw new StaleAttempt(`${plan.name} left the project since this run began`)
    if (standing[0].fingerprint !== plan.fingerprint)
      throw new StaleAttempt(`the contract of ${plan.name} was changed since this run began; run the sync again`)
    const t = new PublishTables(plan, datasetRunId)
    const read = await countRead(client, request, t)
    await judge(client, request, t)
    const { rows: counts } = await client.query(`select verdict, count(*) as n from verdict group by verdict`)
    const children = await mergeChildrenCounts(client, t)
    await merge(client, request, t, await stagedElsewhere(client, request))
    await mergeChildren(client, t)
    const deleted = await deleteGone(client, request, t)
    await storeFindings(client, request, t, read)
    await judgeStanding(client, request, t)
    await storeLoadFindings(client, request)
    await moveQuarantine(client, request, t)
    await noteStanding(client, { plan, runId: request.runId, reading: request.reading, whole: request.toTheEnd })
    if (request.toTheEnd) await storeColumnCounts(client, request, t)
    const balance = { ...emptyBalance(), read, deleted, ...Object.fromEntries(counts.map((c) => [c.verdict, c.n])) } as Balance
    if (!balances(balance))
      throw new NotBalanced(`${plan.name}: read ${read}, but the parts add up to ${parts(balance)}; nothing is published, report this`)
    await moveCheckpoint(client, request, run.status === 'held')
    await client.query(
      `update gemaal.dataset_runs set status = 'published', published_at = clock_timestamp(), read = $2, new = $3, changed = $4, unchanged = $5, duplicate = $6,
         superseded = $7, removed = $8, quarantined = $9, outside = $10, deleted = $11, children = $12, seconds = round((coalesce(seconds, 0) + $13)::numeric, 3) where id = $1`,
      [
        datasetRunId,
        ...[
          balance.read,
          balance.new,
          balance.changed,
          balance.unchanged,
          balance.duplicate,
          balance.superseded,
          balance.removed,
          balance.quarantined,
        ],
        ...[balance.outside, balance.deleted, JSON.stringify(children), (performance.now() - began) / 1000],
      ],
    )
    await client.query(`drop table ${t.all.join(', ')}`)
    return { balance, children, published: true }
  })
}

const parts = (b: Balance) => b.new + b.changed + b.unchanged + b.duplicate + b.superseded + b.removed + b.quarantined + b.outside

/** Whether each record that was read went somewhere, and none went twice. */
export function balances(balance: Balance): boolean {
  return balance.read === parts(balance)
}

export function emptyBalance(): Balance {
  return { read: 0, new: 0, changed: 0, unchanged: 0, duplicate: 0, superseded: 0, removed: 0, quarantined: 0, outside: 0, deleted: 0 }
}

function balanceOf(row: { [column: string]: unknown }): Balance {
  return Object.fromEntries(Object.keys(emptyBalance()).map((name) => [name, Number(row[name] ?? 0)])) as unknown as Balance
}

async function countRead(client: pg.PoolClient, request: PublishRequest, t: PublishTables): Promise<number> {
  const { rows } = await client.query(
    `select (select coalesce(sum(read), 0)::bigint from gemaal.slices where stream_run_id = $1) as read, (select count(*) from ${t.staging}) as staged`,
    [request.streamRunId],
  )
  const { read, staged } = rows[0]
  if (read !== staged)
    throw new NotBalanced(
      `${request.plan.name}: the slices read ${read} records, but ${staged} are staged; nothing is published, report this`,
    )
  return read
}

/**
 * Says of each staged record where it goes. The last one read of a key counts, the others are duplicates. One that was read before what stands
 * of its key, be it a row, a tombstone or an entry in quarantine, is superseded.
 */
async function judge(client: pg.PoolClient, { plan }: PublishRequest, t: PublishTables): Promise<void> {
  await client.query(`
    create temp table verdict on commit drop as
    select s.row, s._slice, s._seq, ${t.list('s')},
      case
        when s.rank > 1 then 'duplicate'
        when d._read_at > s._read_at or gone._read_at > s._read_at or refused.read_at > s._read_at then 'superseded'
        when s._state = 'q' then 'quarantined'
        when s._state = 'o' then 'outside'
        when s._state = 'x' then 'removed'
        when d._read_at is null then 'new'
        when d._hash <> s._hash then 'changed'
        else 'unchanged'
      end as verdict,
      d._read_at is not null as stands
    from (
      select ctid as row, *, row_number() over (partition by ${t.keys.join(', ')} order by _read_at desc, _slice desc, _seq desc) as rank
      from ${t.staging} where ${t.hasKey}
    ) s
    left join ${t.target} d on ${t.same('d', 's')}
    left join ${t.deleted} gone on ${t.same('gone', 's')}
    left join gemaal.quarantine refused on refused.dataset = ${literal(plan.name)} and refused.source = ${literal(plan.source)} and refused.closed_at is null
      and refused.key = ${t.keyArray('s')}
    union all
    select ctid, _slice, _seq, ${t.list()}, case _state when 'o' then 'outside' else 'quarantined' end, false from ${t.staging} where not (${t.hasKey})`)
  await client.query('analyze verdict')
}

/** @param elsewhere earlier versions are staged by another run, and must find that these were read later */
async function merge(client: pg.PoolClient, request: PublishRequest, t: PublishTables, elsewhere: boolean): Promise<void> {
  const mark = request.byKey || elsewhere
  const { plan, runId } = request
  const columns = plan.columns.map((c) => t.quote(c.name))
  const source = t.sourceColumn
  // What rules on the dataset say of a row is not what this reading said of its record: it stays until they are judged again.
  const standing = await standingIds(client, plan)
  const kept = (parameter: string) => (standing.length > 0 ? keptFindings('d', parameter) : '')
  const ids = standing.length > 0 ? [standing] : []
  if (plan.history) await closeHistory(client, t, `select ${t.list('v')} from verdict v where v.verdict = 'changed'`)
  const others = columns.filter((c) => !t.keys.includes(c))
  await client.query(
    `update ${t.target} d set ${others.map((c) => `${c} = s.${c}, `).join('')}_run_id = $1, _read_at = s._read_at, _changed_at = now(), _hash = s._hash, _findings = s._findings${kept('$2')}
     from verdict v join ${t.staging} s on s.ctid = v.row where v.verdict = 'changed' and ${t.same('d', 'v')}`,
    [runId, ...ids],
  )
  await client.query(
    `insert into ${t.target} (${source.insert}${columns.join(', ')}, _run_id, _read_at, _changed_at, _hash, _findings)
     select ${source.value}${columns.map((c) => `s.${c}`).join(', ')}, $1, s._read_at, now(), s._hash, s._findings
     from verdict v join ${t.staging} s on s.ctid = v.row where v.verdict = 'new' order by ${t.list('v')}`,
    [runId],
  )
  await client.query(`delete from ${t.deleted} gone using verdict v where v.verdict = 'new' and ${t.same('gone', 'v')}`)
  // Other rules, or a refused version that was mended: the content is the same, what is said of it is not.
  await client.query(
    `update ${t.target} d set _findings = s._findings${kept('$1')}${mark ? ', _read_at = s._read_at' : ''}
     from verdict v join ${t.staging} s on s.ctid = v.row
     where v.verdict = 'unchanged' and ${t.same('d', 'v')} and ${mark ? 'true' : `d._findings <> (s._findings${kept('$1')})`}`,
    ids,
  )
  if (plan.history) {
    const all = `${source.list}${columns.join(', ')}, _run_id, _read_at, _changed_at, _hash, _findings`
    await client.query(
      `insert into ${t.history} (${all}, _recorded_from)
       select ${all
         .split(', ')
         .map((c) => `d.${c}`)
         .join(', ')}, now() from verdict v join ${t.target} d on ${t.same('d', 'v')} where v.verdict in ('new', 'changed')`,
    )
  }
  await leave(
    client,
    request,
    t,
    `select ${t.list('v')}, s._read_at, v.verdict as _reason from verdict v join ${t.staging} s on s.ctid = v.row
     where v.verdict in ('outside', 'removed') and (v.stands or ${elsewhere})`,
  )
  // Of a row that was hidden because a newer version was refused: now it is known why it left for good.
  await client.query(
    `update ${t.deleted} gone set _reason = v.verdict, _read_at = s._read_at, _run_id = $1 from verdict v join ${t.staging} s on s.ctid = v.row
     where v.verdict in ('outside', 'removed') and gone._reason = 'refused' and ${t.same('gone', 'v')}`,
    [runId],
  )
  await refuse(client, request, t, kept('$1'), ids)
}

/**
 * Whether another run staged this dataset and has not published it: a listing beside a re-read by key, or what a hold keeps. It can hold earlier
 * versions of what this run read, and be published later. A run that listed everything supersedes what was held, and need not look.
 */
async function stagedElsewhere(client: pg.PoolClient, { listedAll, plan, datasetRunId }: PublishRequest): Promise<boolean> {
  if (listedAll) return false
  const { rows } = await client.query(
    `select exists (select from gemaal.dataset_runs where dataset = $1 and source = $2 and status in ('staging', 'held') and id <> $3) as elsewhere`,
    [plan.name, plan.source, datasetRunId],
  )
  return rows[0].elsewhere
}

/** A newer version is in quarantine: the older one stays and says so, or is hidden until a version passes. */
async function refuse(client: pg.PoolClient, request: PublishRequest, t: PublishTables, kept: string, ids: string[][]): Promise<void> {
  const refused = `from verdict v join ${t.staging} s on s.ctid = v.row where v.verdict = 'quarantined' and v.stands and ${t.same('d', 'v')}`
  if (request.plan.refused === 'hide') {
    await leave(
      client,
      request,
      t,
      `select ${t.list('v')}, s._read_at, 'refused' as _reason from verdict v join ${t.staging} s on s.ctid = v.row where v.verdict = 'quarantined' and v.stands`,
    )
    return
  }
  await client.query(
    `update ${t.target} d set _findings = (select coalesce(array_agg('refused:' || f order by f), '{}') from unnest(s._findings) f)${kept} ${refused}`,
    ids,
  )
}

async function deleteGone(client: pg.PoolClient, request: PublishRequest, t: PublishTables): Promise<number> {
  return leave(
    client,
    request,
    t,
    `select ${t.list('g')}, g._read_at, g._reason from ${t.gone} g join ${t.target} d on ${t.same('d', 'g')} where d._read_at < g._read_at`,
  )
}

/** Rows leave the dataset: history closed, tombstone written. `rows` selects the key columns, `_read_at` and `_reason`. */
async function leave(client: pg.PoolClient, request: PublishRequest, t: PublishTables, rows: string): Promise<number> {
  await client.query(`create temp table leaving on commit drop as ${rows}`)
  if (request.plan.history) await closeHistory(client, t, `select ${t.list('l')} from leaving l`)
  await client.query(
    `insert into ${t.deleted} (${t.sourceColumn.insert}${t.list()}, _deleted_at, _read_at, _reason, _run_id)
     select ${t.sourceColumn.value}${t.list('l')}, now(), l._read_at, l._reason, $1 from leaving l
     on conflict (${t.sourceColumn.list}${t.list()}) do update set _deleted_at = excluded._deleted_at, _read_at = excluded._read_at, _reason = excluded._reason, _run_id = excluded._run_id`,
    [request.runId],
  )
  const { rowCount } = await client.query(`delete from ${t.target} d using leaving l where ${t.same('d', 'l')}`)
  await client.query(
    `update gemaal.quarantine q set closed_at = now(), closed_how = case l._reason when 'outside' then 'outside' else 'gone' end from leaving l
     where q.dataset = $1 and q.source = $2 and q.closed_at is null and q.key = ${t.keyArray('l')} and q.read_at <= l._read_at and l._reason <> 'refused'`,
    [request.plan.name, request.plan.source],
  )
  await client.query('drop table leaving')
  return rowCount ?? 0
}

async function closeHistory(client: pg.PoolClient, t: PublishTables, keys: string): Promise<void> {
  await client.query(`update ${t.history} h set _recorded_to = now() from (${keys}) k where ${t.same('h', 'k')} and h._recorded_to is null`)
}

/** Child tables balance on their own; their rows follow the verdict of their parent. */
async function mergeChildrenCounts(client: pg.PoolClient, t: PublishTables): Promise<{ [table: string]: Balance }> {
  const balances: { [table: string]: Balance } = {}
  for (const child of t.children) {
    const { rows } = await client.query(`
      select case
          when v.verdict in ('duplicate', 'superseded') then v.verdict
          when d._hash is null then 'new'
          when d._hash <> c._hash then 'changed'
          else 'unchanged'
        end as verdict, count(*) as n
      from ${child.staging} c join verdict v on v._slice = c._slice and v._seq = c._seq
      left join ${child.target} d on ${t.same('d', 'v')} and d._index = c._index
      group by 1`)
    const { rows: gone } = await client.query(`
      select count(*) as n from ${child.target} d join verdict v on ${t.same('d', 'v')} and v.verdict in ('changed', 'outside', 'removed')
      where not exists (select from ${child.staging} c where v.verdict = 'changed' and c._slice = v._slice and c._seq = v._seq and c._index = d._index)`)
    const balance = { ...emptyBalance(), ...Object.fromEntries(rows.map((r) => [r.verdict, r.n])), deleted: gone[0].n } as Balance
    const { rows: staged } = await client.query(`select count(*) as n from ${child.staging}`)
    balances[child.name] = { ...balance, read: staged[0].n }
  }
  return balances
}

async function mergeChildren(client: pg.PoolClient, t: PublishTables): Promise<void> {
  for (const child of t.children) {
    await client.query(`delete from ${child.target} d using verdict v where v.verdict = 'changed' and ${t.same('d', 'v')}`)
    await client.query(
      `insert into ${child.target} (${t.sourceColumn.insert}${t.list()}, _index, ${child.columns.join(', ')}, _hash)
       select ${t.sourceColumn.value}${t.list('v')}, c._index, ${child.columns.map((c) => `c.${c}`).join(', ')}, c._hash
       from ${child.staging} c join verdict v on v._slice = c._slice and v._seq = c._seq where v.verdict in ('new', 'changed')`,
    )
  }
}

/**
 * Moves the checkpoint from where it stood when the run began. Where a hold was released meanwhile, an earlier listing moved it, and this one
 * goes beyond. What a hold kept may be published long after: where a later listing moved the checkpoint since, it stays there.
 */
async function moveCheckpoint(client: pg.PoolClient, request: PublishRequest, wasHeld: boolean): Promise<void> {
  const { plan, checkpoint, runId } = request
  if (!checkpoint) return
  const of = [plan.name, plan.source, plan.stream]
  const fullAt = checkpoint.full ? checkpoint.readAt : null
  const { rowCount } = await client.query(
    `insert into gemaal.checkpoints as c (dataset, source, stream, checkpoint, full_at, read_at, run_id)
     values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (dataset, source, stream) do update
       set checkpoint = excluded.checkpoint, full_at = ${fullSince('excluded.full_at', 'excluded.read_at')}, read_at = excluded.read_at, run_id = excluded.run_id,
         moved_at = clock_timestamp()
       where (c.checkpoint is not distinct from $8 and c.read_at <= excluded.read_at) or (c.run_id is not null and c.read_at < excluded.read_at)`,
    [...of, checkpoint.to, fullAt, checkpoint.readAt, runId, checkpoint.from],
  )
  if (rowCount === 1) return
  const { rowCount: stays } = wasHeld
    ? await client.query(
        `update gemaal.checkpoints c set full_at = ${fullSince('$4', '$5::timestamptz')}
         where dataset = $1 and source = $2 and stream = $3 and run_id is not null and read_at > $5`,
        [...of, fullAt, checkpoint.readAt],
      )
    : { rowCount: 0 }
  if (stays !== 1)
    throw new CheckpointMoved(`the checkpoint of ${plan.name} was moved since this run began; nothing is published, run the sync again`)
}

/** A full reading counts, unless it was asked for another one since it began. */
function fullSince(fullAt: string, readAt: string): string {
  return `case when c.full_at is null and c.moved_at > ${readAt} then null else greatest(c.full_at, ${fullAt}::timestamptz) end`
}
