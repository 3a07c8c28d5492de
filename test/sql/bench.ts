/** A warehouse for the tests of datasets: emptied before each test, with what the pipeline would have put there. */
import { afterAll, beforeAll, beforeEach } from 'vitest'
import type { DatasetPlan } from '../../config/dataset-plan.js'
import type { Database } from '../../sql/database.js'
import { applyDataset, type DatasetChange, type KeyIds } from '../../sql/datasets.js'
import { openWarehouse, type Warehouse } from './warehouse.js'

export const digest = 'd'.repeat(64)
/** A valid test number, looked for where it must not be. */
export const canary = '123456782'
export const a = '00000000-0000-0000-0000-00000000000a'
export const b = '00000000-0000-0000-0000-00000000000b'

let warehouse: Warehouse

/** The pool of the test file's warehouse; there from the first test on. */
export function database(): Database {
  return warehouse.db
}

/** Its URL, as superuser. */
export function databaseUrl(): string {
  return warehouse.url
}

/** Runs SQL as it is and gives the rows back. */
export function query<T = Record<string, unknown>>(text: string): Promise<T[]> {
  return warehouse.query<T>(text)
}

/** Call it once in a test file. */
export function useWarehouse(): void {
  beforeAll(async () => {
    warehouse = await openWarehouse()
  })
  afterAll(() => warehouse.close())
  beforeEach(async () => {
    const schemas = await query<{ nspname: string }>(
      `select nspname from pg_namespace where nspname !~ '^pg_' and nspname not in ('information_schema', 'gemaal', 'staging', 'meta', 'public')`,
    )
    for (const { nspname } of schemas) await query(`drop schema "${nspname}" cascade`)
    await query(
      'truncate gemaal.datasets, gemaal.marts, gemaal.quarantine, gemaal.checkpoints, gemaal.absences, gemaal.config_versions cascade',
    )
  })
}

export function apply(wanted: DatasetPlan, keys?: KeyIds): Promise<DatasetChange[]> {
  return database()
    .transaction()
    .execute((trx) => applyDataset(trx, wanted, digest, keys))
}

export async function kinds(changes: Promise<DatasetChange[]>): Promise<string[]> {
  return (await changes).map((c) => c.what)
}

/** Puts rows in a table; what the pipeline adds itself is filled in. */
export async function put(table: string, rows: Record<string, unknown>[]): Promise<void> {
  for (const row of rows) {
    const whole = { _run_id: 1, _read_at: '2026-01-01T10:00:00Z', _changed_at: '2026-01-01T10:00:00Z', _hash: a, ...row }
    await query(`insert into ${table} (${Object.keys(whole).map((k) => `"${k}"`)}) select ${Object.keys(whole).map((k) => `"${k}"`)}
      from json_populate_record(null::${table}, $json$${JSON.stringify(whole)}$json$)`)
  }
}

/** A run of the dataset with something staged, as the pipeline leaves it while it reads or is held. */
export async function stage(dataset: string): Promise<number> {
  await query(`
    insert into gemaal.config_versions (digest, files, product_version, applied_by) values ('${digest}', '{}', '0', 't') on conflict do nothing;
    insert into gemaal.runs (source, sync, trigger, asked_by, digest, product_version, workflow_id, workflow_run_id, trace_id)
      values ('open-zaak', 'daily', 'manual', 't', '${digest}', '0', 'w', gen_random_uuid()::text, 't');
    insert into gemaal.stream_runs (run_id, source, stream, digest, reading, why_reading) select max(id), 'open-zaak', 'rollen', '${digest}', 'full', 't' from gemaal.runs;
    insert into gemaal.dataset_runs (stream_run_id, dataset, source, stream, fingerprint, version, status)
      select max(id), '${dataset}', 'open-zaak', 'rollen', 'f', '1.0.0', 'held' from gemaal.stream_runs;
    insert into gemaal.holds (dataset_run_id, dataset, source, stream, why, withholds, facts)
      select max(id), '${dataset}', 'open-zaak', 'rollen', 'deletes', 'all', '{}' from gemaal.dataset_runs;
    insert into gemaal.hold_keys (hold_id, key) select max(id), array['x'] from gemaal.holds`)
  const [run] = await query<{ id: number }>('select max(id) as id from gemaal.dataset_runs')
  await query(`create table staging.d${run?.id} (bsn text); insert into staging.d${run?.id} values ('${canary}')`)
  return Number(run?.id)
}

/** A checkpoint after which the next reading may be `changes`. */
export async function checkpoint(dataset: string): Promise<void> {
  await query(
    `insert into gemaal.checkpoints (dataset, source, stream, full_at, read_at) values ('${dataset}', 'open-zaak', 'rollen', now(), now())`,
  )
}

/** Whether something asked for a full reading since `checkpoint`. */
export async function nextIsFull(dataset: string): Promise<boolean | undefined> {
  return (await query<{ f: boolean }>(`select full_at is null as f from gemaal.checkpoints where dataset = '${dataset}'`))[0]?.f
}

export async function quarantine(dataset: string, record: object, closed = false, key = a): Promise<void> {
  await query(`
    insert into gemaal.quarantine (dataset, source, stream, key, record, findings, connector, contract_version, fingerprint,
      first_run_id, last_run_id, first_seen_at, last_seen_at, read_at, closed_at)
    values ('${dataset}', 'open-zaak', 'rollen', array['${key}'], $json$${JSON.stringify(record)}$json$, '[{"rule": "nl.bsn", "severity": "reject"}]',
      'zgw 1', '1.0.0', 'f', 1, 1, now(), now(), now(), ${closed ? 'now()' : 'null'})`)
}

/** Every place of the database that holds a text, system catalogues left out. */
export async function placesOf(text: string): Promise<string[]> {
  const tables = await query<{ t: string }>(
    `select format('%I.%I', n.nspname, c.relname) as t from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p') and n.nspname not in ('pg_catalog', 'information_schema')`,
  )
  const found: string[] = []
  for (const { t } of tables) {
    const [{ n } = { n: 0 }] = await query<{ n: number }>(`select count(*) as n from ${t} x where x::text like '%${text}%'`)
    if (n > 0) found.push(t)
  }
  return found
}
