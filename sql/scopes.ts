/** The rights of our token at a source: what was accepted, and how another answer differs. */

import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import type { Scope } from '../connectors/connector.js'
import type { Database, Tables } from './database.js'

export interface ScopeChange {
  /** Grants that are gone or reach less far. */
  narrower: string[]
  /** Grants that are new or reach further. */
  wider: string[]
}

export function compareScopes(before: Scope, now: Scope): ScopeChange {
  const narrower = Object.keys(before).filter((grant) => reach(now, grant) < before[grant]!)
  const wider = Object.keys(now).filter((grant) => now[grant]! > reach(before, grant))
  return { narrower, wider }
}

/** How far a scope reaches in what a grant is about, by the grant itself or by a wider one: `* * *` is about everything. */
function reach(scope: Scope, grant: string): number {
  const words = grant.split(' ')
  const covers = (other: string) => {
    const ofOther = other.split(' ')
    return ofOther.length === words.length && ofOther.every((word, i) => word === '*' || word === words[i])
  }
  return Math.max(...Object.keys(scope).map((other) => (covers(other) ? scope[other]! : Number.NEGATIVE_INFINITY)))
}

/** The accepted rights; `frozen`: rows beyond them stay as they are. */
export async function scopeStanding(
  db: Database | Transaction<Tables>,
  source: string,
): Promise<{ scope: Scope; frozen: boolean } | undefined> {
  return db.selectFrom('gemaal.scopes').select(['scope', 'frozen']).where('source', '=', source).executeTakeFirst()
}

/** The first rights that a source told are accepted as they are. Returns false when there were some already. */
export async function acceptFirstScope(db: Database, source: string, scope: Scope): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('gemaal.scopes')
    .values({ source, scope: JSON.stringify(scope), accepted_by: 'first run' })
    .onConflict((c) => c.doNothing())
    .executeTakeFirst()
  return numInsertedOrUpdatedRows === 1n
}

/** A person's decision about other rights: from now on these are the accepted ones. */
export async function acceptScope(
  trx: Database | Transaction<Tables>,
  source: string,
  scope: Scope,
  who: string,
  frozen: boolean,
): Promise<void> {
  await trx
    .insertInto('gemaal.scopes')
    .values({ source, scope: JSON.stringify(scope), accepted_by: who, frozen })
    .onConflict((c) =>
      c.column('source').doUpdateSet({ scope: JSON.stringify(scope), accepted_by: who, frozen, accepted_at: sql`clock_timestamp()` }),
    )
    .execute()
}
