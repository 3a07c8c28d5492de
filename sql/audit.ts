/** The audit trail: who did what. Rows are only added, and each carries a hash over itself and the one before. */
import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import type { Database } from './database.js'

export interface AuditEntry {
  /** The person or process: a name, never more of a person than the name they log in with. */
  who: string
  /** A verb and its object: `quarantine discard`, `hold accept`, `apply`. */
  action: string
  /** What it was done to: `zaken.rollen`, `hold 12`. */
  object: string
  /** Facts without values of a person: counts, ids, names. */
  detail?: { readonly [name: string]: unknown }
  reason?: string
}

/**
 * Adds one entry. In a transaction it is there when the transaction is, and other writers of the trail wait until then: write it last.
 */
export async function audit(db: Database, entry: AuditEntry): Promise<void> {
  await sql`
    insert into gemaal.audit_trail (who, action, object, detail, reason)
    values (${entry.who}, ${entry.action}, ${entry.object}, ${JSON.stringify(entry.detail ?? {})}::jsonb, ${entry.reason ?? null})`.execute(
    db,
  )
}

/** Rows a round trip; a trail of ten years of a busy municipality is a few hundred thousand. */
const pageSize = 5_000

/**
 * Recomputes the chain from its beginning, outside the database so that a changed function there does not vouch for itself.
 *
 * @returns the number of the first entry that was altered, added out of turn, or is missing
 */
export async function verifyAudit(db: Database): Promise<{ ok: true; entries: number } | { ok: false; brokenAt: number }> {
  // The end is read first, in one snapshot with the newest entry: entries that are added meanwhile come after it.
  const ends = await sql<{ id: number; hash: string; newest: number | null }>`
    select id, hash, (select max(id) from gemaal.audit_trail) as newest from gemaal.audit_end`.execute(db)
  const end = ends.rows[0] ?? { id: 0, hash: '', newest: null }
  let last = { id: 0, hash: '' }
  for (;;) {
    const { rows } = await sql<{ id: number; hash: string; text: string }>`
      select id, hash, jsonb_build_array(id, extract(epoch from at)::text, who, action, object, detail, reason)::text as text
      from gemaal.audit_trail where id > ${last.id} and id <= ${end.id} order by id limit ${pageSize}`.execute(db)
    for (const row of rows) {
      const hash = createHash('sha256')
        .update(last.hash + row.text)
        .digest('hex')
      if (row.id !== last.id + 1 || row.hash !== hash) return { ok: false, brokenAt: last.id + 1 }
      last = row
    }
    if (rows.length < pageSize) break
  }
  if (last.id !== end.id || last.hash !== end.hash || (end.newest ?? 0) !== end.id) return { ok: false, brokenAt: last.id + 1 }
  return { ok: true, entries: last.id }
}
