/** What leaves the control schema and staging when a dataset may no longer hold what it held. All of it in the caller's transaction. */
import { sql, type Transaction } from 'kysely'
import type { Tables } from './database.js'
import { dropTable } from './dataset-ddl.js'

/**
 * Takes columns out of every quarantined record of a dataset, open or closed. Safe to repeat. The old versions of the rows stay in the
 * file until VACUUM (`vacuumDataset`).
 */
export async function purgeQuarantine(trx: Transaction<Tables>, dataset: string, columns: readonly string[]): Promise<void> {
  if (columns.length === 0) return
  await sql`update gemaal.quarantine set record = record - ${columns}::text[] where dataset = ${dataset} and record ?| ${columns}::text[]`.execute(
    trx,
  )
}

/** Takes columns out of what earlier loads of a dataset measured: their codes and newest values are told no more. Safe to repeat. */
export async function purgeProfiles(trx: Transaction<Tables>, dataset: string, columns: readonly string[]): Promise<void> {
  for (const column of columns)
    await sql`
      update gemaal.load_profiles p set profile = p.profile #- ${['codes', column]}::text[] #- ${['newest', column]}::text[]
      from gemaal.dataset_runs d where d.id = p.dataset_run_id and d.dataset = ${dataset}
        and (p.profile #> ${['codes', column]}::text[] is not null or p.profile #> ${['newest', column]}::text[] is not null)`.execute(trx)
}

/**
 * Takes the keys of a dataset out of quarantine, findings, absences and holds, after its key got another form: they fit no row any more.
 * Open quarantine is closed as `purged`; what is still refused comes back with its new key at the next reading.
 */
export async function purgeKeys(trx: Transaction<Tables>, dataset: string): Promise<void> {
  await sql`
    update gemaal.quarantine set key = null, closed_at = coalesce(closed_at, clock_timestamp()),
      closed_how = coalesce(closed_how, 'purged'), closed_by = coalesce(closed_by, 'gemaal apply'),
      closed_reason = coalesce(closed_reason, 'the key of the dataset got another form')
    where dataset = ${dataset} and (key is not null or closed_at is null)`.execute(trx)
  for (const table of ['gemaal.findings', 'gemaal.finding_states', 'gemaal.rule_counts'])
    await sql`update ${sql.table(table)} set examples = '{}' where dataset = ${dataset} and examples <> '{}'`.execute(trx)
  await sql`delete from gemaal.absences where dataset = ${dataset}`.execute(trx)
  await sql`delete from gemaal.hold_keys k using gemaal.holds h where h.id = k.hold_id and h.dataset = ${dataset}`.execute(trx)
}

/**
 * Drops what is staged for a dataset (`stagingName`: `d<run>` and what begins with `d<run>_`), marks its runs discarded and its open holds
 * superseded. Safe to repeat. A run that still reads is told by the missing table.
 */
export async function discardStaged(trx: Transaction<Tables>, dataset: string, why: string): Promise<void> {
  await sql`
    update gemaal.holds h set status = 'superseded', decided_at = clock_timestamp(), decided_by = 'gemaal apply', reason = ${why}
    from gemaal.dataset_runs d
    where d.id = h.dataset_run_id and h.dataset = ${dataset} and (h.status = 'open' or (h.status = 'accepted' and d.status = 'held'))`.execute(
    trx,
  )
  await sql`
    update gemaal.dataset_runs set status = 'discarded', note = ${why}
    where dataset = ${dataset} and status in ('staging', 'held')`.execute(trx)
  const { rows } = await sql<{ name: string }>`
    select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    join gemaal.dataset_runs r on c.relname ~ ('^d' || r.id || '(_|$)')
    where n.nspname = 'staging' and c.relkind = 'r' and r.dataset = ${dataset} order by length(c.relname) desc`.execute(trx)
  for (const { name } of rows) await dropTable('staging', name).execute(trx)
}

/** Makes the next reading of the streams behind a dataset `full`. Safe to repeat. */
export async function askFullReading(trx: Transaction<Tables>, dataset: string): Promise<void> {
  await sql`update gemaal.checkpoints set full_at = null where dataset = ${dataset}`.execute(trx)
}
