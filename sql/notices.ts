/** The outbox of the webhook. */
import { sql } from 'kysely'
import type { Database } from './database.js'

export interface Notice {
  id: number
  made_at: Date
  body: { readonly [name: string]: unknown }
}

/** A day of tries, twice as far apart each time, at most an hour. */
const mostAttempts = 30

/**
 * Sends the next notice that is due. While it is sent, other workers pass it by.
 *
 * @param send answers what went wrong, in words without an address or a secret; undefined when it arrived
 * @returns whether it arrived; undefined when none is due
 */
export async function sendNext(db: Database, send: (notice: Notice) => Promise<string | undefined>): Promise<boolean | undefined> {
  return db.transaction().execute(async (trx) => {
    const notice = await trx
      .selectFrom('gemaal.notices')
      .select(['id', 'made_at', 'body'])
      .where('sent_at', 'is', null)
      .where('attempts', '<', mostAttempts)
      .where('next_try_at', '<=', sql<Date>`clock_timestamp()`)
      .orderBy('id')
      .limit(1)
      .forUpdate()
      .skipLocked()
      .executeTakeFirst()
    if (!notice) return undefined
    const failure = await send(notice)
    const tried = { attempts: sql<number>`attempts + 1` }
    await trx
      .updateTable('gemaal.notices')
      .set(
        failure === undefined
          ? { ...tried, sent_at: sql`clock_timestamp()` }
          : { ...tried, last_error: failure, next_try_at: sql`clock_timestamp() + least(3600, 5 * power(2, attempts)) * interval '1 s'` },
      )
      .where('id', '=', notice.id)
      .execute()
    return failure === undefined
  })
}
