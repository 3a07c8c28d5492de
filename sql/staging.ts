/**
 * Staging: the rows of a run before publishing. One logged table a dataset a run in schema `staging`, filled by `COPY`, with the progress of
 * the slice in the same transaction: rows and cursor are there together or not at all.
 */

import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { sql, type Transaction } from 'kysely'
import type pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import type { DatasetPlan } from '../config/dataset-plan.js'
import { type Database, type PersonalSeen, StaleAttempt, silentMs, type Tables, type Warehouse, warehouseError } from './database.js'
import { quoted } from './names.js'

/** An attempt at a slice: what it goes on from, and the number that fences it off from other attempts. */
export interface Attempt {
  streamRunId: number
  slice: number
  fence: number
  name: string
  params: { [name: string]: unknown }
  cursor: string | null
  pass: number
  /** Records staged so far by this slice. */
  read: number
  /** How many records the source last said that the slice holds. */
  total: number | null
  done: boolean
  /** What it saw so far of personal values. */
  personal: PersonalSeen
}

export interface Batch {
  /** 1.. records of one slice, in the order of the source. */
  count: number
  pages: number
  cursor: string | null
  total: number | undefined
  /** Parents that were listed whole by these pages. */
  parents: readonly string[]
  tables: { table: StagingTable; text: string }[]
  /** What the slice saw of personal values up to and including this batch; left out: nothing more than before. */
  personal?: PersonalSeen | undefined
}

export interface StagingTable {
  name: string
  columns: readonly string[]
}

export function stagingName(datasetRunId: number, child?: number): string {
  return child === undefined ? `d${datasetRunId}` : `d${datasetRunId}_c${child}`
}

/** Proofs of deletes of a dataset run: keys that the source says are gone. */
export function goneName(datasetRunId: number): string {
  return `d${datasetRunId}_gone`
}

/** Parents that a stream run listed whole. */
export function parentsName(streamRunId: number): string {
  return `s${streamRunId}_parents`
}

const ownColumns = ['_slice', '_seq', '_state', '_read_at', '_hash', '_findings', '_reported', '_found_in', '_refused'] as const
const ownChildColumns = ['_slice', '_seq', '_index', '_hash'] as const

export function stagingTable(plan: DatasetPlan, datasetRunId: number, child?: number): StagingTable {
  if (child === undefined) return { name: stagingName(datasetRunId), columns: [...ownColumns, ...plan.columns.map((c) => c.name)] }
  return { name: stagingName(datasetRunId, child), columns: [...ownChildColumns, ...plan.children[child]!.columns.map((c) => c.name)] }
}

/** Makes the staging tables of one dataset run; in the transaction that makes the run. */
export async function createStaging(trx: Transaction<Tables>, plan: DatasetPlan, datasetRunId: number): Promise<void> {
  const columns = plan.columns.map((c) => `${quoted(c.name)} ${c.type}`)
  const keys = plan.columns.filter((c) => c.key).map((c) => `${quoted(c.name)} ${c.type} not null`)
  const keyNames = plan.columns.filter((c) => c.key).map((c) => quoted(c.name))
  const statements = [
    `create table staging.${stagingName(datasetRunId)} (
       _slice int not null, _seq bigint not null, _state "char" not null, _read_at timestamptz not null, _hash uuid,
       _findings text[] not null, _reported text[] not null, _found_in text[] not null, _refused jsonb, ${columns.join(', ')})`,
    `create table staging.${goneName(datasetRunId)} (${keys.join(', ')}, _read_at timestamptz not null, _reason text not null, primary key (${keyNames.join(', ')}))`,
    ...plan.children.map(
      (child, c) =>
        `create table staging.${stagingName(datasetRunId, c)} (_slice int not null, _seq bigint not null, _index int not null, _hash uuid not null, ${child.columns
          .map((column) => `${quoted(column.name)} ${column.type}`)
          .join(', ')})`,
    ),
  ]
  for (const statement of statements) await sql.raw(statement).execute(trx)
}

/** Drops what was staged for a dataset run, if anything. */
export async function dropStaging(
  db: Database | Transaction<Tables>,
  plan: Pick<DatasetPlan, 'children'>,
  datasetRunId: number,
): Promise<void> {
  const names = [stagingName(datasetRunId), goneName(datasetRunId), ...plan.children.map((_, c) => stagingName(datasetRunId, c))]
  await sql.raw(`drop table if exists ${names.map((n) => `staging.${n}`).join(', ')}`).execute(db)
}

/** A batch takes far less; one that takes longer belongs to a worker that is frozen or out of reach. */
const longestBatchMs = 5_000

/**
 * Starts an attempt at a slice: later attempts than this one make it stale. A transaction that an earlier attempt left open is ended, since
 * Postgres waits for the rest of a COPY for ever.
 *
 * @throws StaleAttempt when the run is gone or has ended
 */
export async function beginAttempt(db: Database, streamRunId: number, slice: number): Promise<Attempt> {
  return db.connection().execute(async (own) => {
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(own)
    const timer = setInterval(() => {
      sql`select pg_terminate_backend(pid) from unnest(pg_blocking_pids(${rows[0]!.pid})) as pid`.execute(db).catch(() => {})
    }, longestBatchMs)
    try {
      return await takeSlice(own, streamRunId, slice)
    } finally {
      clearInterval(timer)
    }
  })
}

async function takeSlice(db: Database, streamRunId: number, slice: number): Promise<Attempt> {
  const { rows } = await sql<{
    fence: number
    name: string
    params: { [name: string]: unknown }
    cursor: string | null
    pass: number
    read: number
    total: number | null
    done: boolean
    personal: PersonalSeen
  }>`
    update gemaal.slices s set fence = nextval('gemaal.fence'), attempts = attempts + 1
    from gemaal.stream_runs r
    where s.stream_run_id = ${streamRunId} and s.number = ${slice} and r.id = s.stream_run_id and r.ended_at is null
    returning s.fence, s.name, s.params, s.cursor, s.pass, s.read, s.total, s.done, s.personal`.execute(db)
  const row = rows[0]
  if (!row) throw new StaleAttempt(`slice ${slice} of stream run ${streamRunId} is gone, or the run has ended`)
  return { streamRunId, slice, ...row }
}

/**
 * Writes one batch and the slice's progress in one transaction. Not safe to repeat: begin another attempt, which goes on from the progress.
 *
 * @throws StaleAttempt when another attempt has begun or the run has ended: nothing is written
 * @throws WarehouseUnavailable when the database is out of reach or full: nothing is written and the progress stays
 */
export async function stageBatch(warehouse: Warehouse, attempt: Attempt, batch: Batch, signal?: AbortSignal): Promise<void> {
  await inTransaction(warehouse, { doing: `staging ${describe(attempt)}`, signal }, async (client) => {
    await advance(
      client,
      attempt,
      `cursor = $4, pages = pages + $5, batches = batches + 1, read = read + $6, total = coalesce($7, total), personal = coalesce($8::jsonb, personal)`,
      [batch.cursor, batch.pages, batch.count, batch.total ?? null, batch.personal ? JSON.stringify(batch.personal) : null],
    )
    if (batch.parents.length > 0) {
      await client.query(
        `insert into staging.${parentsName(attempt.streamRunId)} select * from unnest($1::text[]) on conflict do nothing`,
        [batch.parents],
      )
    }
    for (const { table, text } of batch.tables) {
      const columns = table.columns.map(quoted).join(', ')
      await pipeline(Readable.from([text]), client.query(copyFrom(`copy staging.${table.name} (${columns}) from stdin`)))
    }
  })
}

/** Starts the slice again from its beginning, because its listing was short of keys. What was read stays staged. */
export async function beginPass(warehouse: Warehouse, attempt: Attempt): Promise<void> {
  await inTransaction(warehouse, { doing: `reading ${describe(attempt)} again` }, (client) =>
    advance(client, attempt, 'cursor = null, pass = pass + 1', []),
  )
}

/** Ends a slice. `shortBy`: how many keys fewer than the source's total arrived. */
export async function endSlice(
  warehouse: Warehouse,
  attempt: Attempt,
  end: { complete: string | false; checkpoint: string | undefined; shortBy: number },
): Promise<void> {
  await inTransaction(warehouse, { doing: `ending ${describe(attempt)}` }, (client) =>
    advance(client, attempt, 'done = true, complete = $4, checkpoint = $5, short_by = $6', [
      end.complete === false ? null : end.complete,
      end.checkpoint ?? null,
      end.shortBy,
    ]),
  )
}

async function advance(client: pg.PoolClient, attempt: Attempt, assignments: string, values: unknown[]): Promise<void> {
  const { rowCount } = await client.query(
    `update gemaal.slices s set ${assignments}
     from gemaal.stream_runs r
     where s.stream_run_id = $1 and s.number = $2 and s.fence = $3 and not s.done and r.id = s.stream_run_id and r.ended_at is null`,
    [attempt.streamRunId, attempt.slice, attempt.fence, ...values],
  )
  if (rowCount !== 1) throw new StaleAttempt(`${describe(attempt)}: another attempt took over, or the run has ended; nothing was written`)
}

function describe(attempt: Attempt): string {
  return `slice '${attempt.name}' of stream run ${attempt.streamRunId}`
}

/**
 * Distinct keys that a slice staged. A record without a readable key counts as one; since it comes again in each pass, those are shared out
 * over the passes. Removed keys do not count.
 */
export async function distinctKeys(db: Database, plan: DatasetPlan, datasetRunId: number, slice: number, passes: number): Promise<number> {
  const key = plan.columns.filter((c) => c.key).map((c) => sql.ref(c.name))
  const { rows } = await sql<{ n: number }>`
    select count(distinct row(${sql.join(key)})) filter (where (row(${sql.join(key)})) is not null)
         + count(*) filter (where not (row(${sql.join(key)})) is not null) / ${passes}::int as n
    from ${sql.table(`staging.${stagingName(datasetRunId)}`)} where _slice = ${slice} and _state <> 'x'`.execute(db)
  return rows[0]!.n
}

export interface Step {
  /** For messages: `staging slice 3 of run 12`. */
  doing: string
  /** Ends the statement that runs, and the transaction with it, so that a cancel need not wait for a long merge. */
  signal?: AbortSignal | undefined
}

/**
 * Runs work in one transaction on one connection, with errors of Postgres turned into ours. A connection that broke is thrown away.
 */
export async function inTransaction<T>(
  warehouse: Warehouse,
  { doing, signal }: Step,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted()
  let client: pg.PoolClient | undefined
  let failed: Error | undefined
  let cancelling: Promise<void> | undefined
  const cancel = () => {
    if (client) cancelling = cancelStatement(warehouse, client)
  }
  signal?.addEventListener('abort', cancel)
  try {
    client = await warehouse.pool.connect()
    await client.query(`begin; set local idle_in_transaction_session_timeout = ${silentMs}`)
    const result = await work(client)
    signal?.throwIfAborted()
    await client.query('commit')
    return result
  } catch (error) {
    failed = warehouseError(error, doing)
    await client?.query('rollback').catch(() => {})
    throw failed
  } finally {
    signal?.removeEventListener('abort', cancel)
    await cancelling // it must not meet a later statement of this connection
    client?.release(failed?.name === 'WarehouseUnavailable' ? failed : undefined)
  }
}

async function cancelStatement({ pool }: Warehouse, client: pg.PoolClient): Promise<void> {
  const { processID } = client as pg.PoolClient & { processID: number | null }
  await pool.query('select pg_cancel_backend($1)', [processID]).catch(() => {})
}

/** What is staged for a dataset run so far; a record that comes twice is counted twice. */
export async function stagedCounts(db: Database, datasetRunId: number): Promise<{ read: number; quarantined: number }> {
  const { rows } = await sql<{ read: number; quarantined: number }>`
    select count(*) as read, count(*) filter (where _state = 'q') as quarantined from ${sql.table(`staging.${stagingName(datasetRunId)}`)}`.execute(
    db,
  )
  return rows[0]!
}

/** Fresh tables have no statistics, and the joins of publish are planned by them. */
export async function analyzeStaging(db: Database, datasetRunId: number): Promise<void> {
  await sql`analyze ${sql.table(`staging.${stagingName(datasetRunId)}`)}`.execute(db)
}

/** Name of the slice that holds what proofs of deletes found. */
export const proofSlice = 'proof'

/** Number of the slice for what proofs find; made when it is first needed. */
export async function proofSliceOf(db: Database, streamRunId: number): Promise<number> {
  const { rows } = await sql<{ number: number }>`
    with made as (
      insert into gemaal.slices (stream_run_id, number, name)
      select ${streamRunId}, coalesce(max(number), -1) + 1, ${proofSlice} from gemaal.slices where stream_run_id = ${streamRunId}
      having not bool_or(name = ${proofSlice}) returning number)
    select number from made union all select number from gemaal.slices where stream_run_id = ${streamRunId} and name = ${proofSlice}`.execute(
    db,
  )
  return rows[0]!.number
}

export async function endProof(db: Database, streamRunId: number): Promise<void> {
  await db
    .updateTable('gemaal.slices')
    .set({ done: true })
    .where('stream_run_id', '=', streamRunId)
    .where('name', '=', proofSlice)
    .execute()
}
