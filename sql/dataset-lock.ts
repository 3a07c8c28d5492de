/**
 * The lock of a dataset. Publish and apply hold it alone; a run that begins holds it together with other runs, so that it never begins by a
 * contract that is being replaced. Each until its transaction ends, and several in order of name.
 */
import { sql, type Transaction } from 'kysely'
import type pg from 'pg'
import type { Tables } from './database.js'

const named = (name: string) => `gemaal.dataset ${name}`

export async function lockDataset(trx: Transaction<Tables>, name: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${named(name)}, 0))`.execute(trx)
}

/** The same on a connection in a transaction. */
export async function lockDatasetOn(client: pg.PoolClient, name: string): Promise<void> {
  await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [named(name)])
}

/** Keeps apply and publish away from the datasets. */
export async function shareDatasets(trx: Transaction<Tables>, names: readonly string[]): Promise<void> {
  for (const name of [...names].sort()) await sql`select pg_advisory_xact_lock_shared(hashtextextended(${named(name)}, 0))`.execute(trx)
}

/** Shares one on a connection in a transaction. Who takes several takes them in order of name. */
export async function shareDatasetOn(client: pg.ClientBase, name: string): Promise<void> {
  await client.query('select pg_advisory_xact_lock_shared(hashtextextended($1, 0))', [named(name)])
}
