/** Which streams feed a dataset, and what becomes of the rows of one that no longer does. */
import { sql, type Transaction } from 'kysely'
import type { DatasetPlan } from '../config/dataset-plan.js'
import type { Database, Tables } from './database.js'
import type { DatasetChange } from './dataset-changes.js'
import { discardStaged } from './purge.js'

/** What `applySources` would do. @param plans of one dataset, one a source */
export async function planSources(db: Database, plans: readonly DatasetPlan[]): Promise<DatasetChange[]> {
  const [plan] = plans
  const stands = await standingSources(db, plan)
  // A dataset that is new, or that gets or loses `_source`, says so in other words.
  if (!plan?.sourceInKey || stands?.sourceInKey !== true) return []
  const now = sourcesOf(plans)
  const say = (words: string): DatasetChange => ({
    dataset: plan.name,
    what: 'source',
    words,
    purges: false,
    rereads: false,
    refused: false,
  })
  return [
    ...now.filter((s) => !stands.sources.includes(s)).map((s) => say(`${s} feeds it too, from its first reading on`)),
    ...stands.sources
      .filter((s) => !now.includes(s))
      .map((s) => say(`${s} no longer feeds it; the rows of a source that is gone leave as outside`)),
  ]
}

/**
 * Stores which streams feed a dataset; rows, quarantine and checkpoints of those that no longer do leave. After `applyDataset`, under its
 * lock. Safe to repeat.
 */
export async function applySources(trx: Transaction<Tables>, plans: readonly DatasetPlan[]): Promise<void> {
  const [plan] = plans
  if (!plan) return
  const streams = sourcesOf(plans)
  const before = (await standingSources(trx, plan))?.sources ?? []
  if (before.join() === streams.join()) return
  if (before.some((s) => !streams.includes(s))) await leave(trx, plan, streams, [...new Set(plans.map((p) => p.source))])
  await sql`update gemaal.datasets set sources = ${streams}::text[] where name = ${plan.name}`.execute(trx)
}

async function leave(trx: Transaction<Tables>, plan: DatasetPlan, streams: string[], sources: string[]): Promise<void> {
  if (plan.sourceInKey) await leaveRows(trx, plan, sources)
  await discardStaged(trx, plan.name, 'the sources of the dataset changed')
  await sql`
    update gemaal.quarantine set closed_at = clock_timestamp(), closed_how = 'outside', closed_by = 'gemaal apply', closed_reason = 'its source no longer feeds the dataset'
    where dataset = ${plan.name} and closed_at is null and source <> all(${sources}::text[])`.execute(trx)
  await sql`delete from gemaal.absences where dataset = ${plan.name} and source <> all(${sources}::text[])`.execute(trx)
  await sql`delete from gemaal.checkpoints where dataset = ${plan.name} and source || '/' || stream <> all(${streams}::text[])`.execute(trx)
}

async function leaveRows(trx: Transaction<Tables>, plan: DatasetPlan, sources: readonly string[]): Promise<void> {
  const table = (name: string) => sql.id(plan.schema, name)
  const key = sql.join(['_source', ...plan.columns.filter((c) => c.key).map((c) => c.name)].map((c) => sql.id(c)))
  const gone = sql`_source <> all(${[...sources]}::text[])`
  if (plan.history)
    await sql`update ${table(`${plan.table}_history`)} set _recorded_to = now() where _recorded_to is null and ${gone}`.execute(trx)
  await sql`
    with gone as (delete from ${table(plan.table)} where ${gone} returning *)
    insert into ${table(`${plan.table}_deleted`)} as d (${key}, _deleted_at, _read_at, _reason)
    select ${key}, now(), now(), 'outside' from gone
    on conflict (${key}) do update set _deleted_at = excluded._deleted_at, _read_at = excluded._read_at, _reason = excluded._reason, _run_id = null`.execute(
    trx,
  )
}

async function standingSources(
  db: Database,
  plan: DatasetPlan | undefined,
): Promise<{ sources: string[]; sourceInKey: boolean } | undefined> {
  const row = await db
    .selectFrom('gemaal.datasets')
    .select(['sources', 'plan'])
    .where('name', '=', plan?.name ?? '')
    .executeTakeFirst()
  return row && { sources: row.sources, sourceInKey: row.plan.sourceInKey }
}

function sourcesOf(plans: readonly DatasetPlan[]): string[] {
  return [...new Set(plans.map((p) => `${p.source}/${p.stream}`))].sort()
}
