/** Fingerprints of the pseudonym keys in use: a worker that holds another key refuses, so that no half of a dataset is joinable. */
import { sql, type Transaction } from 'kysely'
import type { Database, Tables } from './database.js'

export interface KeyIdentity {
  domain: string
  id: string
  fingerprint: string
}

/**
 * Compares a key with the one in use for its domain. The first key of a domain becomes the one in use.
 *
 * @returns `same`; `other` when the domain is in use with another key; `shared` when another domain has or had this key, so that the two
 *   could be joined
 */
export async function checkPseudonymKey(db: Database, key: KeyIdentity): Promise<'same' | 'other' | 'shared'> {
  const elsewhere = await db
    .selectFrom('gemaal.pseudonym_keys')
    .select('domain')
    .where('fingerprint', '=', key.fingerprint)
    .where('domain', '<>', key.domain)
    .executeTakeFirst()
  if (elsewhere) return 'shared'
  await sql`insert into gemaal.pseudonym_keys (domain, key_id, fingerprint) select ${key.domain}, ${key.id}, ${key.fingerprint}
    where not exists (select from gemaal.pseudonym_keys where domain = ${key.domain}) on conflict do nothing`.execute(db)
  const current = await currentKey(db, key.domain)
  return current?.key_id === key.id && current.fingerprint === key.fingerprint ? 'same' : 'other'
}

export async function currentKey(db: Database | Transaction<Tables>, domain: string) {
  return db
    .selectFrom('gemaal.pseudonym_keys')
    .select(['key_id', 'fingerprint'])
    .where('domain', '=', domain)
    .where('current', '=', true)
    .executeTakeFirst()
}

/** Makes another key the one in use: a new generation, after which every dataset of the domain is read anew. */
export async function replacePseudonymKey(trx: Transaction<Tables>, key: KeyIdentity): Promise<void> {
  await trx.updateTable('gemaal.pseudonym_keys').set({ current: false }).where('domain', '=', key.domain).execute()
  await trx
    .insertInto('gemaal.pseudonym_keys')
    .values({ domain: key.domain, key_id: key.id, fingerprint: key.fingerprint })
    .onConflict((c) => c.columns(['domain', 'key_id']).doUpdateSet({ current: true, fingerprint: key.fingerprint }))
    .execute()
}

/** A key that a domain has or had. */
export interface KnownKey extends KeyIdentity {
  firstUsedAt: Date
  current: boolean
}

/** All keys of all domains, oldest first. */
export async function knownPseudonymKeys(db: Database): Promise<KnownKey[]> {
  const rows = await db.selectFrom('gemaal.pseudonym_keys').selectAll().orderBy('first_used_at').orderBy('key_id').execute()
  return rows.map((r) => ({
    domain: r.domain,
    id: r.key_id,
    fingerprint: r.fingerprint,
    firstUsedAt: r.first_used_at,
    current: r.current,
  }))
}
