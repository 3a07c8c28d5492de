/**
 * Holds: publications that wait for a person. Where only deletes wait, the rest is published and the keys are kept here; otherwise staging
 * is kept as it is. A newer run of the stream supersedes a hold.
 */
import { sql, type Transaction } from 'kysely'
import type { DatasetPlan } from '../config/dataset-plan.js'
import type { Scope } from '../connectors/connector.js'
import type { Database, DatasetStatus, HoldReason, StreamReading, Tables } from './database.js'
import { PublishTables } from './publish-tables.js'
import { dropStaging, goneName } from './staging.js'

export interface HoldRequest {
  plan: DatasetPlan
  datasetRunId: number
  why: HoldReason
  withholds: 'deletes' | 'all'
  /** Counts and names of grants, for the person who decides; no key and no value of a person. */
  facts: { [name: string]: unknown }
}

export interface Hold {
  id: number
  dataset: string
  source: string
  stream: string
  why: HoldReason
  withholds: 'deletes' | 'all'
  facts: { [name: string]: unknown }
  status: 'open' | 'accepted' | 'frozen' | 'rejected' | 'superseded'
  made_at: Date
  decided_at: Date | null
  decided_by: string | null
  reason: string | null
  superseded_by: number | null
  dataset_run_id: number
  stream_run_id: number
  run_id: number
  /** Of the run that was held. */
  reading: StreamReading
  /** The rights that our token had then. */
  scope: Scope | null
  /** Rows whose delete waits. */
  keys: number
  /** Whether what an accepted hold kept has been published, or its keys have been re-read. */
  carriedOut: boolean
}

/**
 * Locks the dataset runs of a stream run and says how each stands: of two attempts that verify at once, the second one finds what the first one
 * decided.
 */
export async function lockDatasetRuns(trx: Transaction<Tables>, streamRunId: number): Promise<Map<number, DatasetStatus>> {
  const runs = await trx
    .selectFrom('gemaal.dataset_runs')
    .select(['id', 'status'])
    .where('stream_run_id', '=', streamRunId)
    .orderBy('id')
    .forUpdate()
    .execute()
  return new Map(runs.map((r) => [r.id, r.status]))
}

/** Makes a hold; safe to repeat for the same dataset run and reason. One that withholds all keeps what is staged. Returns its id. */
export async function makeHold(trx: Transaction<Tables>, request: HoldRequest): Promise<number> {
  const { plan, datasetRunId, why, withholds, facts } = request
  const standing = await trx
    .selectFrom('gemaal.holds')
    .select('id')
    .where('dataset_run_id', '=', datasetRunId)
    .where('why', '=', why)
    .executeTakeFirst()
  if (standing) return standing.id
  const { id } = await trx
    .insertInto('gemaal.holds')
    .values({
      dataset_run_id: datasetRunId,
      dataset: plan.name,
      source: plan.source,
      stream: plan.stream,
      why,
      withholds,
      facts: JSON.stringify(facts),
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  if (withholds === 'all')
    await trx
      .updateTable('gemaal.dataset_runs')
      .set({ status: 'held' })
      .where('id', '=', datasetRunId)
      .where('status', '=', 'staging')
      .execute()
  return id
}

/**
 * What a dataset run did not bring to its end, in words; it stages nothing more. Safe to repeat.
 *
 * @param words why nothing of it lands
 */
export async function failDatasetRun(trx: Transaction<Tables>, plan: DatasetPlan, datasetRunId: number, words: string): Promise<void> {
  await trx.updateTable('gemaal.dataset_runs').set({ status: 'failed', note: words }).where('id', '=', datasetRunId).execute()
  await dropStaging(trx, plan, datasetRunId)
}

/** Why nothing of a dataset run landed. */
export async function failureOf(trx: Transaction<Tables>, datasetRunId: number): Promise<string | undefined> {
  const run = await trx.selectFrom('gemaal.dataset_runs').select('note').where('id', '=', datasetRunId).executeTakeFirst()
  return run?.note ?? undefined
}

/**
 * Of each rule how many rows a person let through that break it, as far as they still stand: what was accepted once is not asked again, more than
 * that is.
 */
export async function acceptedCounts(db: Database, plan: DatasetPlan): Promise<Map<string, number>> {
  const { rows } = await sql<{ rule: string; count: number }>`
    with accepted as (
      select distinct on (r ->> 'rule') r ->> 'rule' as rule, (r ->> 'count')::bigint as count
      from gemaal.holds h join gemaal.dataset_runs d on d.id = h.dataset_run_id cross join lateral jsonb_array_elements(h.facts -> 'rules') r
      where h.dataset = ${plan.name} and h.source = ${plan.source} and h.stream = ${plan.stream} and h.status = 'accepted' and d.status = 'published'
        and jsonb_typeof(h.facts -> 'rules') = 'array'
      order by r ->> 'rule', h.id desc
    ), last as (
      select s.run_id from gemaal.dataset_runs d join gemaal.stream_runs s on s.id = d.stream_run_id
      where d.dataset = ${plan.name} and d.source = ${plan.source} and d.stream = ${plan.stream} and d.status = 'published'
      order by d.published_at desc limit 1
    )
    select a.rule, least(a.count, f.count) as count from accepted a cross join last
    join gemaal.findings f on f.run_id = last.run_id and f.dataset = ${plan.name} and f.source = ${plan.source} and f.stream = ${plan.stream}
      and f.rule = a.rule and f.level = 'dataset'`.execute(db)
  return new Map(rows.map((r) => [r.rule, r.count]))
}

/** Moves proven deletes from staging to the hold, so that publish leaves the rows alone. Deletes by a parent stay: that delete was let through. */
export async function holdGone(trx: Transaction<Tables>, request: HoldRequest, holdId: number): Promise<void> {
  const t = new PublishTables(request.plan, request.datasetRunId)
  await sql`with gone as (delete from ${sql.table(`staging.${goneName(request.datasetRunId)}`)} g where _reason = 'deleted' returning g.*)
    insert into gemaal.hold_keys (hold_id, key) select ${holdId}, ${sql.raw(t.keyArray('gone'))} from gone on conflict do nothing`.execute(
    trx,
  )
}

export async function holdKeys(trx: Database | Transaction<Tables>, holdId: number, keys: readonly string[][]): Promise<void> {
  if (keys.length === 0) return
  await trx
    .insertInto('gemaal.hold_keys')
    .values(keys.map((key) => ({ hold_id: holdId, key })))
    .onConflict((c) => c.doNothing())
    .execute()
}

/** Keys of a hold after `after`, in key order, at most `limit`. */
export async function keysOfHold(db: Database, holdId: number, limit: number, after?: string[]): Promise<string[][]> {
  let query = db.selectFrom('gemaal.hold_keys').select('key').where('hold_id', '=', holdId).orderBy('key').limit(limit)
  if (after) query = query.where(sql<boolean>`key > ${after}::text[]`)
  return (await query.execute()).map((r) => r.key)
}

/** The hold of a dataset run, whatever became of it. */
export async function holdOf(db: Database | Transaction<Tables>, datasetRunId: number): Promise<number | undefined> {
  const hold = await db.selectFrom('gemaal.holds').select('id').where('dataset_run_id', '=', datasetRunId).orderBy('id').executeTakeFirst()
  return hold?.id
}

export async function findHold(db: Database | Transaction<Tables>, id: number): Promise<Hold | undefined> {
  const { rows } = await sql<Hold>`${holds} where h.id = ${id}`.execute(db)
  return rows[0]
}

export interface HoldFilter {
  dataset?: string | undefined
  source?: string | undefined
  /** Those that were decided or superseded too. Default: what waits for a person, or was accepted and is not carried out yet. */
  all?: boolean | undefined
}

/** The newest first, at most `limit`. */
export async function listHolds(db: Database, filter: HoldFilter = {}, limit = 200): Promise<Hold[]> {
  const { rows } = await sql<Hold>`
    select * from (${holds}) h
    where ${filter.dataset === undefined ? sql`true` : sql`dataset = ${filter.dataset}`}
      and ${filter.source === undefined ? sql`true` : sql`source = ${filter.source}`}
      and ${filter.all ? sql`true` : sql`(status = 'open' or (status = 'accepted' and not "carriedOut"))`}
    order by id desc limit ${limit}`.execute(db)
  return rows
}

/** Whether the deletes of hold `h` were carried out by a run by key. */
const reread = sql`exists (select from gemaal.stream_runs r join gemaal.slices l on l.stream_run_id = r.id
  where r.source = h.source and r.stream = h.stream and r.reading = 'by-key' and r.status = 'published'
    and coalesce(l.params ->> 'hold', l.params ->> 'released') = h.id::text)`

/** What an accepted hold released: the dataset run that was kept, or the re-read of the keys whose delete waited. */
const holds = sql`
  select h.id, h.dataset, h.source, h.stream, h.why, h.withholds, h.facts, h.status, h.made_at, h.decided_at, h.decided_by, h.reason,
    h.superseded_by, h.dataset_run_id, d.stream_run_id, s.run_id, s.reading, s.scope,
    (select count(*) from gemaal.hold_keys k where k.hold_id = h.id) as keys,
    h.status = 'accepted' and case h.withholds
      when 'all' then d.status <> 'held'
      else ${reread}
    end as "carriedOut"
  from gemaal.holds h join gemaal.dataset_runs d on d.id = h.dataset_run_id join gemaal.stream_runs s on s.id = d.stream_run_id`

/**
 * Stages the deletes that a hold kept and a person accepted, where the keys cannot be asked for one by one. A row that was read since the
 * listing of the hold began stays. Safe to repeat.
 */
export async function stageHeld(db: Database, hold: Hold, ref: { plan: DatasetPlan; datasetRunId: number }): Promise<void> {
  const t = new PublishTables(ref.plan, ref.datasetRunId)
  const key = ref.plan.columns.filter((c) => c.key).map((c, i) => sql.raw(`k.key[${i + 1}]::${c.type}`))
  await sql`insert into ${sql.raw(t.gone)} select ${sql.join(key)}, s.listing_began_at, 'deleted'
    from gemaal.hold_keys k, gemaal.stream_runs s where k.hold_id = ${hold.id} and s.id = ${hold.stream_run_id} on conflict do nothing`.execute(
    db,
  )
}

/** What a hold kept was overtaken by a newer reading that was published before it could be: it is dropped. */
export async function overtakeHold(db: Database, hold: Hold): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await trx.updateTable('gemaal.holds').set({ status: 'superseded' }).where('id', '=', hold.id).execute()
    await discard(trx, hold.dataset_run_id)
  })
}

/** Keys that earlier readings lacked and this one shows again: nothing waits for them any more, and what was frozen is as all others. */
export async function seenAgain(trx: Transaction<Tables>, plan: DatasetPlan, datasetRunId: number): Promise<void> {
  const t = new PublishTables(plan, datasetRunId)
  await sql`
    delete from gemaal.hold_keys k using gemaal.holds h
    where h.id = k.hold_id and (h.status in ('open', 'frozen') or (h.status = 'accepted' and not ${reread}))
      and h.dataset = ${plan.name} and h.source = ${plan.source}
      and exists (select from ${sql.raw(t.staging)} s where ${sql.raw(t.keyArray('s'))} = k.key and s._state <> 'x')`.execute(trx)
}

/**
 * A newer run of the stream has its say: open holds of the dataset from this stream are superseded, what they kept is dropped. A reading of
 * changes has no say in what a full reading found: it would take every hold away before a person has seen it.
 */
export async function supersedeHolds(
  trx: Transaction<Tables>,
  plan: DatasetPlan,
  by: { datasetRunId: number; reading: 'full' | 'changes' },
): Promise<number> {
  const { rows } = await sql<{ dataset_run_id: number; withholds: string }>`
    update gemaal.holds h set status = 'superseded', decided_at = clock_timestamp(), superseded_by = ${by.datasetRunId}
    from gemaal.dataset_runs d join gemaal.stream_runs s on s.id = d.stream_run_id
    where d.id = h.dataset_run_id and h.dataset = ${plan.name} and h.source = ${plan.source} and h.stream = ${plan.stream} and h.status = 'open'
      and d.id <> ${by.datasetRunId} and (${by.reading} = 'full' or s.reading <> 'full')
    returning h.dataset_run_id, h.withholds`.execute(trx)
  for (const hold of rows) if (hold.withholds === 'all') await discard(trx, hold.dataset_run_id)
  if (by.reading === 'full') await overtake(trx, plan, by.datasetRunId)
  return rows.length
}

/** What was accepted and is not published yet: a full reading is published before it could be. */
async function overtake(trx: Transaction<Tables>, plan: DatasetPlan, byDatasetRunId: number): Promise<void> {
  const { rows } = await sql<{ id: number; dataset_run_id: number }>`
    select h.id, h.dataset_run_id from gemaal.holds h join gemaal.dataset_runs d on d.id = h.dataset_run_id
    where h.dataset = ${plan.name} and h.source = ${plan.source} and h.stream = ${plan.stream} and h.status = 'accepted' and d.status = 'held'`.execute(
    trx,
  )
  for (const hold of rows)
    if (await discard(trx, hold.dataset_run_id))
      await trx.updateTable('gemaal.holds').set({ status: 'superseded', superseded_by: byDatasetRunId }).where('id', '=', hold.id).execute()
}

/** The open hold on deletes that a full reading made of a dataset for the same reason; undefined when there is none. */
export async function fullHold(trx: Transaction<Tables>, { plan, why }: HoldRequest): Promise<number | undefined> {
  const { rows } = await sql<{ id: number }>`
    select h.id from gemaal.holds h join gemaal.dataset_runs d on d.id = h.dataset_run_id join gemaal.stream_runs s on s.id = d.stream_run_id
    where h.dataset = ${plan.name} and h.source = ${plan.source} and h.stream = ${plan.stream} and h.why = ${why} and h.status = 'open'
      and h.withholds = 'deletes' and s.reading = 'full'`.execute(trx)
  return rows[0]?.id
}

/** Drops what is staged for a dataset run that is held. @returns false when it is not, because it was published or dropped already */
export async function discard(trx: Transaction<Tables>, datasetRunId: number): Promise<boolean> {
  const run = await trx
    .updateTable('gemaal.dataset_runs')
    .set({ status: 'discarded' })
    .where('id', '=', datasetRunId)
    .where('status', '=', 'held')
    .returning(['dataset'])
    .executeTakeFirst()
  if (!run) return false
  const standing = await trx.selectFrom('gemaal.datasets').select('plan').where('name', '=', run.dataset).executeTakeFirst()
  await dropStaging(trx, { children: standing?.plan.children ?? [] }, datasetRunId)
  return true
}
