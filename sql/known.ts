/** What a slice reader may ask of the warehouse: keys of a stream that stand in its datasets, or were refused and are in quarantine. */
import { sql } from 'kysely'
import type { DatasetPlan } from '../config/dataset-plan.js'
import type { Database } from './database.js'
import { PublishTables } from './publish-tables.js'

const chunk = 1000

/** Conditions on columns: equal to a text, or absent. */
export interface KnownConditions {
  [column: string]: string | null
}

/**
 * Keys as they land that match all conditions in at least one of the datasets (a second contract of the stream may hold fewer rows), in
 * key order and chunks of at most 1,000.
 *
 * @returns undefined when a condition names a column that a dataset lacks, or where keys do not land as the source spells them
 */
export function knownKeys(
  db: Database,
  plans: readonly DatasetPlan[],
  conditions: KnownConditions = {},
  changedSince?: Date,
): AsyncIterable<string[][]> | undefined {
  const able = plans.filter(
    (plan) => keysAsSpelt(plan) && Object.keys(conditions).every((name) => plan.columns.some((c) => c.name === name)),
  )
  if (able.length === 0 || able.length < plans.length) return undefined
  return chunks(db, able, conditions, changedSince)
}

/** Whether the key columns hold what the source calls the record, so that it can be asked for. */
export function keysAsSpelt(plan: DatasetPlan): boolean {
  return plan.columns.filter((c) => c.key).every((c) => c.treatment === 'keep')
}

async function* chunks(
  db: Database,
  plans: readonly DatasetPlan[],
  conditions: KnownConditions,
  changedSince: Date | undefined,
): AsyncGenerator<string[][]> {
  let after: string[] | undefined
  for (;;) {
    const parts = plans.map((plan) => {
      const t = new PublishTables(plan, 0)
      const where = [
        ...(plan.sourceInKey ? [sql`d._source = ${plan.source}`] : []),
        ...Object.entries(conditions).map(([column, value]) =>
          value === null ? sql`d.${sql.ref(column)} is null` : sql`d.${sql.ref(column)}::text = ${value}`,
        ),
        ...(changedSince ? [sql`d._changed_at >= ${changedSince}`] : []),
        ...(after ? [sql`${sql.raw(t.keyArray('d'))} > ${after}::text[]`] : []),
      ]
      return sql`select ${sql.raw(t.keyArray('d'))} as key from ${sql.raw(t.target)} d ${where.length > 0 ? sql`where ${sql.join(where, sql` and `)}` : sql``}
        union ${refused(plan, conditions, changedSince, after)}`
    })
    const { rows } = await sql<{ key: string[] }>`select key from (${sql.join(parts, sql` union `)}) k order by key limit ${chunk}`.execute(
      db,
    )
    if (rows.length > 0) yield rows.map((r) => r.key)
    if (rows.length < chunk) return
    after = rows.at(-1)!.key
  }
}

/** Refused records count as present. Where the refused one does not tell a column, it may match. */
function refused(plan: DatasetPlan, conditions: KnownConditions, changedSince: Date | undefined, after: string[] | undefined) {
  const where = [
    sql`q.dataset = ${plan.name} and q.source = ${plan.source} and q.closed_at is null and q.key is not null`,
    ...Object.entries(conditions).map(([column, value]) =>
      value === null ? sql`q.record ->> ${column} is null` : sql`(not q.record ? ${column} or q.record ->> ${column} = ${value})`,
    ),
    ...(changedSince ? [sql`q.last_seen_at >= ${changedSince}`] : []),
    ...(after ? [sql`q.key > ${after}::text[]`] : []),
  ]
  return sql`select q.key from gemaal.quarantine q where ${sql.join(where, sql` and `)}`
}
