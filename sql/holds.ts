/**
 * Holds: publications that wait for a person. Where only deletes wait, the rest is published and the keys are kept here; otherwise staging
 * is kept as it is. A newer run of the stream supersedes a hold.
 */
import { sql, type Transaction } from 'kysely'
import type { DatasetPlan } from '../config/dataset-plan.js'
import { audit } from './audit.js'
import type { Database, HoldReason, Tables } from './database.js'
import { PublishTables } from './publish-tables.js'
import { dropStaging, goneName } from './staging.js'

export type Decision = 'accept' | 'freeze' | 'reject'

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
  status: string
  made_at: Date
  dataset_run_id: number
  stream_run_id: number
  run_id: number
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
  if (after) query = query.where('key', '>', after)
  return (await query.execute()).map((r) => r.key)
}

/** The hold of a dataset run, whatever became of it. */
export async function holdOf(db: Database | Transaction<Tables>, datasetRunId: number): Promise<number | undefined> {
  const hold = await db.selectFrom('gemaal.holds').select('id').where('dataset_run_id', '=', datasetRunId).orderBy('id').executeTakeFirst()
  return hold?.id
}

export async function findHold(db: Database | Transaction<Tables>, id: number): Promise<Hold | undefined> {
  return holdsQuery(db).where('h.id', '=', id).executeTakeFirst() as Promise<Hold | undefined>
}

/** Holds that wait for a decision, the oldest first. */
export async function openHolds(db: Database, dataset?: string): Promise<Hold[]> {
  let query = holdsQuery(db).where('h.status', '=', 'open').orderBy('h.id')
  if (dataset) query = query.where('h.dataset', '=', dataset)
  return (await query.execute()) as Hold[]
}

function holdsQuery(db: Database | Transaction<Tables>) {
  return db
    .selectFrom('gemaal.holds as h')
    .innerJoin('gemaal.dataset_runs as d', 'd.id', 'h.dataset_run_id')
    .innerJoin('gemaal.stream_runs as s', 's.id', 'd.stream_run_id')
    .select([
      'h.id',
      'h.dataset',
      'h.source',
      'h.stream',
      'h.why',
      'h.withholds',
      'h.facts',
      'h.status',
      'h.made_at',
      'h.dataset_run_id',
      'd.stream_run_id',
      's.run_id',
    ])
}

/**
 * Records a decision on an open hold.
 *
 * @returns the hold as it was; undefined when it was decided or superseded already
 */
export async function decideHold(db: Database, id: number, decision: Decision, who: string, reason: string): Promise<Hold | undefined> {
  return db.transaction().execute(async (trx) => {
    const hold = await findHold(trx, id)
    const status = decision === 'accept' ? 'accepted' : decision === 'freeze' ? 'frozen' : 'rejected'
    const { numUpdatedRows } = await trx
      .updateTable('gemaal.holds')
      .set({ status, decided_at: sql`clock_timestamp()`, decided_by: who, reason })
      .where('id', '=', id)
      .where('status', '=', 'open')
      .executeTakeFirst()
    if (!hold || numUpdatedRows === 0n) return undefined
    if (decision !== 'accept' && hold.withholds === 'all') await discard(trx, hold.dataset_run_id)
    await audit(trx, { who, action: `hold ${decision}`, object: hold.dataset, detail: { hold: id, why: hold.why }, reason })
    return hold
  })
}

/** A newer run of the stream has its say: open holds of the dataset from this stream are superseded, what they kept is dropped. */
export async function supersedeHolds(trx: Transaction<Tables>, plan: DatasetPlan, byDatasetRunId: number): Promise<number> {
  const holds = await trx
    .updateTable('gemaal.holds')
    .set({ status: 'superseded', decided_at: sql`clock_timestamp()`, superseded_by: byDatasetRunId })
    .where('dataset', '=', plan.name)
    .where('source', '=', plan.source)
    .where('stream', '=', plan.stream)
    .where('status', '=', 'open')
    .where('dataset_run_id', '<>', byDatasetRunId)
    .returning(['dataset_run_id', 'withholds'])
    .execute()
  for (const hold of holds) if (hold.withholds === 'all') await discard(trx, hold.dataset_run_id)
  return holds.length
}

async function discard(trx: Transaction<Tables>, datasetRunId: number): Promise<void> {
  const run = await trx
    .updateTable('gemaal.dataset_runs')
    .set({ status: 'discarded' })
    .where('id', '=', datasetRunId)
    .where('status', '=', 'held')
    .returning(['dataset'])
    .executeTakeFirst()
  if (!run) return
  const standing = await trx.selectFrom('gemaal.datasets').select('plan').where('name', '=', run.dataset).executeTakeFirst()
  await dropStaging(trx, { children: standing?.plan.children ?? [] }, datasetRunId)
}
