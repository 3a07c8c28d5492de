/**
 * A gate in Postgres before which a commit stops, so that a test can kill someone exactly there. It is made of a deferred trigger, which runs
 * when the transaction has done all its work and commits.
 */
import pg from 'pg'
import { until } from '../support/until.js'

export interface Gate {
  shut(): Promise<void>
  /** Waits until a transaction stands before the gate. */
  reached(): Promise<void>
  /** Whoever waits goes on. Also after a kill of Postgres, which opens every gate. */
  open(): Promise<void>
  /** Takes the trigger away. */
  remove(): Promise<void>
}

const lock = 471_101

/**
 * @param url of the warehouse, as superuser
 * @param table whose updates are stopped
 * @param when condition on `old` and `new`
 */
export async function makeGate(url: string, table: string, when: string): Promise<Gate> {
  let keeper: pg.Client | undefined
  const query = async (sql: string) => {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    try {
      return (await client.query(sql)).rows
    } finally {
      await client.end()
    }
  }
  const remove = () => query(`drop trigger if exists test_gate on ${table}`)
  await remove()
  await query(`
    create or replace function public.test_gate() returns trigger language plpgsql as
      $$ begin perform pg_advisory_xact_lock_shared(${lock}); return null; end $$;
    create constraint trigger test_gate after update on ${table} deferrable initially deferred
      for each row when (${when}) execute function public.test_gate()`)
  const open = async () => {
    await keeper?.end().catch(() => {})
    keeper = undefined
  }
  return {
    async shut() {
      keeper = new pg.Client({ connectionString: url })
      keeper.on('error', () => {}) // Postgres is killed under it
      await keeper.connect()
      await keeper.query(`select pg_advisory_lock(${lock})`)
    },
    async reached() {
      await until(
        async () => (await query(`select from pg_locks where locktype = 'advisory' and objid = ${lock} and not granted`)).length > 0,
        'a transaction stands before the gate',
      )
    },
    open,
    async remove() {
      await open()
      await remove()
    },
  }
}
