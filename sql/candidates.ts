/**
 * Deletes: absence makes a candidate, a proof deletes. A candidate is a key that a complete listing of a scope does not show and whose row
 * was read before the listing began; a quarantined record counts as present.
 */
import { sql } from 'kysely'
import type { DatasetPlan } from '../config/dataset-plan.js'
import type { Database, Warehouse } from './database.js'
import { literal, quoted } from './names.js'
import { PublishTables } from './publish-tables.js'
import { inTransaction, parentsName } from './staging.js'

/** What was listed whole: the stream, or the children of the parents that the run noted. */
export type ListedScope = { all: true } | { parentColumn: string }

/** Keys as they land, in key order. */
export type LandedKey = string[]

export interface DatasetRunRef {
  plan: DatasetPlan
  datasetRunId: number
  streamRunId: number
}

/** Rows of this source that stand in the dataset. */
export async function standingRows(db: Database, plan: DatasetPlan): Promise<number> {
  const t = new PublishTables(plan, 0)
  const { rows } = await sql.raw<{ n: number }>(`select count(*) as n from ${t.target} d where ${ofSource(plan)}`).execute(db)
  return rows[0]!.n
}

/** How many keys the listing lacks, not counting those whose delete is proven already. */
export async function countCandidates(db: Database, ref: DatasetRunRef, scope: ListedScope): Promise<number> {
  const { rows } = await sql.raw<{ n: number }>(`select count(*) as n ${candidates(ref, scope)}`).execute(db)
  return rows[0]!.n
}

/**
 * The candidates after `after` in key order, at most `limit`.
 */
export async function listCandidates(
  db: Database,
  ref: DatasetRunRef,
  scope: ListedScope,
  limit: number,
  after?: LandedKey,
): Promise<LandedKey[]> {
  const t = new PublishTables(ref.plan, ref.datasetRunId)
  const types = ref.plan.columns.filter((c) => c.key).map((c) => c.type)
  const beyond = after ? `and (${t.list('d')}) > (${after.map((value, i) => `${literal(value)}::${types[i]}`).join(', ')})` : ''
  const { rows } = await sql
    .raw<{ key: LandedKey }>(`select ${t.keyArray('d')} as key ${candidates(ref, scope)} ${beyond} order by ${t.list('d')} limit ${limit}`)
    .execute(db)
  return rows.map((r) => r.key)
}

/** Notes that the source says these keys are gone, as of `readAt`. Safe to repeat. */
export async function stageGone(
  db: Database,
  ref: DatasetRunRef,
  keys: readonly LandedKey[],
  reason: 'deleted' | 'parent',
  readAt: Date,
): Promise<void> {
  if (keys.length === 0) return
  const t = new PublishTables(ref.plan, ref.datasetRunId)
  const keyColumns = ref.plan.columns.filter((c) => c.key)
  const lists = keyColumns.map((_, i) => sql`${keys.map((k) => k[i]!)}::text[]`)
  const values = keyColumns.map((c, i) => sql.raw(`u.k${i}::${c.type}`))
  await sql`insert into ${sql.raw(t.gone)} select ${sql.join(values)}, ${readAt}, ${reason} from unnest(${sql.join(lists)}) as u (${sql.raw(keyColumns.map((_, i) => `k${i}`).join(', '))})
    on conflict do nothing`.execute(db)
}

/** Rows whose parent left its dataset after they were read: the parent takes them along. Returns how many. */
export async function stageOrphans(db: Database, ref: DatasetRunRef, parentColumn: string, parents: DatasetPlan): Promise<number> {
  const t = new PublishTables(ref.plan, ref.datasetRunId)
  const p = new PublishTables(parents, 0)
  const result = await sql
    .raw(
      `insert into ${t.gone} select ${t.list('d')}, gone._read_at, 'parent' from ${t.target} d
       join ${p.deleted} gone on gone.${p.keys[0]} = d.${quoted(parentColumn)}
       where ${ofSource(ref.plan)} and gone._reason in ('deleted', 'removed') and d._read_at < gone._read_at
         and not exists (select from ${t.staging} s where ${t.same('d', 's')} and s._read_at > gone._read_at)
       on conflict do nothing`,
    )
    .execute(db)
  return Number(result.numAffectedRows ?? 0)
}

/**
 * For a stream that cannot be re-read by key: keys that the last complete listing lacked too are gone. Notes the absences of this one.
 *
 * @returns how many deletes were proven
 */
export async function proveByAbsence(warehouse: Warehouse, ref: DatasetRunRef, scope: ListedScope): Promise<number> {
  const { plan, streamRunId } = ref
  const t = new PublishTables(plan, ref.datasetRunId)
  return inTransaction(warehouse, { doing: `proving deletes of ${plan.name}` }, async (client) => {
    const of = [plan.name, plan.source]
    const proven = await client.query(
      `insert into ${t.gone} select ${t.list('d')}, r.listing_began_at, 'deleted' from gemaal.stream_runs r, ${t.target} d
       where r.id = ${streamRunId} and ${isCandidate(ref, scope)}
         and exists (select from gemaal.absences a where a.dataset = $1 and a.source = $2 and a.key = ${t.keyArray('d')} and a.stream_run_id <> ${streamRunId})
       on conflict do nothing`,
      of,
    )
    await client.query(`delete from gemaal.absences a where dataset = $1 and source = $2 and stream_run_id <> ${streamRunId}`, of)
    await client.query(
      `insert into gemaal.absences (dataset, source, key, stream_run_id) select $1, $2, ${t.keyArray('d')}, ${streamRunId} ${candidates(ref, scope)} on conflict do nothing`,
      of,
    )
    return proven.rowCount ?? 0
  })
}

/** How many deletes are proven and would happen at publish. */
export async function countGone(db: Database, ref: DatasetRunRef): Promise<{ deleted: number; parent: number }> {
  const t = new PublishTables(ref.plan, ref.datasetRunId)
  const { rows } = await sql
    .raw<{ deleted: number; parent: number }>(
      `select count(*) filter (where _reason = 'deleted') as deleted, count(*) filter (where _reason = 'parent') as parent from ${t.gone}`,
    )
    .execute(db)
  return rows[0]!
}

function candidates(ref: DatasetRunRef, scope: ListedScope): string {
  const t = new PublishTables(ref.plan, ref.datasetRunId)
  return `from gemaal.stream_runs r, ${t.target} d where r.id = ${ref.streamRunId} and ${isCandidate(ref, scope)}`
}

function isCandidate(ref: DatasetRunRef, scope: ListedScope): string {
  const t = new PublishTables(ref.plan, ref.datasetRunId)
  return [
    ofSource(ref.plan),
    'd._read_at < r.listing_began_at',
    ...('parentColumn' in scope
      ? [`d.${quoted(scope.parentColumn)}::text in (select parent from staging.${parentsName(ref.streamRunId)})`]
      : []),
    `not exists (select from ${t.staging} s where ${t.same('d', 's')})`,
    `not exists (select from ${t.gone} g where ${t.same('d', 'g')})`,
    // A person froze them when our rights got narrower: they stay, whatever a listing shows.
    `not exists (select from gemaal.hold_keys k join gemaal.holds h on h.id = k.hold_id
       where h.status = 'frozen' and h.dataset = ${literal(ref.plan.name)} and h.source = ${literal(ref.plan.source)} and k.key = ${t.keyArray('d')})`,
  ].join(' and ')
}

function ofSource(plan: DatasetPlan): string {
  return plan.sourceInKey ? `d._source = ${literal(plan.source)}` : 'true'
}
