import { sql, type Transaction } from 'kysely'
import type { Tables } from './database.js'

/** How long a change of a table or view waits for those who read it. While it waits, new readers wait behind it. */
const lockTimeoutMs = 30_000

/** Does work that takes exclusive locks, without making readers wait behind it for long: it fails, and is tried again, instead. */
export async function withLockTimeout<T>(trx: Transaction<Tables>, work: () => Promise<T>): Promise<T> {
  const before = await sql<{ value: string }>`select current_setting('lock_timeout') as value`.execute(trx)
  await sql`select set_config('lock_timeout', ${String(lockTimeoutMs)}, true)`.execute(trx)
  const result = await work()
  await sql`select set_config('lock_timeout', ${before.rows[0]?.value ?? '0'}, true)`.execute(trx)
  return result
}
