/** Records that a source said have changed, until they are read again. */
import { sql } from 'kysely'
import type { Database } from './database.js'

export interface NotifiedKey {
  stream: string
  key: { readonly [field: string]: string }
}

/** Notes them; one that is noted already is told anew. Keys may come twice. */
export async function noteNotified(db: Database, source: string, keys: readonly NotifiedKey[]): Promise<void> {
  if (keys.length === 0) return
  await sql`
    insert into gemaal.notified (source, stream, key)
    select distinct ${source}, k.stream, k.key from jsonb_to_recordset(${JSON.stringify(keys)}::jsonb) as k(stream text, key jsonb)
    on conflict (source, stream, key) do update set told_at = clock_timestamp(), woken = false`.execute(db)
}

/** How many records wait, by stream. */
export async function waitingNotified(db: Database, source: string): Promise<Map<string, number>> {
  const { rows } = await sql<{ stream: string; keys: number }>`
    select stream, count(*)::int as keys from gemaal.notified where source = ${source} group by stream`.execute(db)
  return new Map(rows.map(({ stream, keys }) => [stream, keys]))
}

export interface TakenNotified {
  keys: readonly { readonly [field: string]: string }[]
  /** The latest moment at which one of them was told. */
  until: Date
}

/** Those that wait longest, at most so many. They stay until they are forgotten. */
export async function takeNotified(db: Database, source: string, stream: string, most: number): Promise<TakenNotified> {
  const rows = await db
    .selectFrom('gemaal.notified')
    .select(['key', 'told_at'])
    .where('source', '=', source)
    .where('stream', '=', stream)
    .orderBy('told_at')
    .limit(most)
    .execute()
  return { keys: rows.map(({ key }) => key), until: rows.at(-1)?.told_at ?? new Date(0) }
}

/**
 * Forgets the records that a run by key will read, but for what was told again since. Safe to repeat: a run that was opened before, when the answer
 * was lost, has the keys of then.
 *
 * @param until the latest moment at which one of them was told
 */
export async function forgetNotified(db: Database, streamRunId: number, until: Date): Promise<void> {
  // Our clock has milliseconds, that of Postgres microseconds: told in the same millisecond is not told since.
  await sql`
    delete from gemaal.notified n using gemaal.stream_runs r, gemaal.slices s, jsonb_array_elements(s.params -> 'keys') as k
    where r.id = ${streamRunId} and s.stream_run_id = r.id and n.source = r.source and n.stream = r.stream and n.key = k
      and date_trunc('milliseconds', n.told_at) <= ${until}`.execute(db)
}

/** Sources with something that nobody was told of for a while: a worker or Temporal was away at that moment. What is older than a day goes. */
export async function unwokenSources(db: Database): Promise<string[]> {
  await sql`delete from gemaal.notified where told_at < clock_timestamp() - interval '1 day'`.execute(db)
  const { rows } = await sql<{ source: string }>`
    select distinct source from gemaal.notified where not woken and told_at < clock_timestamp() - interval '10 seconds'`.execute(db)
  return rows.map(({ source }) => source)
}

/** The workflow of a source was told. */
export async function noteWoken(db: Database, source: string): Promise<void> {
  await sql`update gemaal.notified set woken = true where source = ${source} and not woken`.execute(db)
}

export interface Abonnement {
  source: string
  address: string
  callback: string
  kanalen: string[]
  fingerprint: string
}

export async function storedAbonnementen(db: Database): Promise<Map<string, Abonnement>> {
  const rows = await db.selectFrom('gemaal.abonnementen').select(['source', 'address', 'callback', 'kanalen', 'fingerprint']).execute()
  return new Map(rows.map((row) => [row.source, row]))
}

export async function storeAbonnement(db: Database, abonnement: Abonnement): Promise<void> {
  await db
    .insertInto('gemaal.abonnementen')
    .values(abonnement)
    .onConflict((same) => same.column('source').doUpdateSet(abonnement))
    .execute()
}

export async function forgetAbonnement(db: Database, source: string): Promise<void> {
  await db.deleteFrom('gemaal.abonnementen').where('source', '=', source).execute()
}
