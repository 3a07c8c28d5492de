/** The pool, the table types of the control schema, and how errors of Postgres become errors of ours. */
import type { ColumnType as Col, Generated, JSONColumnType } from 'kysely'
import { Kysely, Migrator, PostgresDialect, sql, type Transaction } from 'kysely'
import pg from 'pg'
import type { Level } from '../config/checks.js'
import type { DatasetPlan, UpTo } from '../config/dataset-plan.js'
import * as control from './migrations/0001-control.js'
import * as meta from './migrations/0002-meta.js'
import * as openings from './migrations/0003-openings.js'
import * as windows from './migrations/0004-windows.js'
import * as loads from './migrations/0005-loads.js'
import * as references from './migrations/0006-references.js'
import * as findings from './migrations/0007-findings.js'
import * as personal from './migrations/0008-personal.js'
import * as notified from './migrations/0009-notified.js'

/** int8 as text would lose nothing but read badly; our counts and ids stay far below 2^53. */
const int8 = 20
const timestamptz = 1184
const date = 1082

type Moment = Col<Date, Date | string | undefined, Date | string>
type NullableMoment = Col<Date | null, Date | string | null | undefined, Date | string | null>

export interface Tables {
  'gemaal.config_versions': {
    digest: string
    files: JSONColumnType<{ [path: string]: string }>
    product_version: string
    applied_at: Moment
    applied_by: string
    current: Generated<boolean>
  }
  'gemaal.runs': {
    id: Generated<number>
    source: string
    sync: string
    trigger: Trigger
    asked_by: string
    digest: string
    product_version: string
    workflow_id: string
    workflow_run_id: string
    trace_id: string
    status: Generated<RunStatus>
    error_code: string | null
    message: string | null
    started_at: Moment
    ended_at: NullableMoment
  }
  'gemaal.stream_runs': {
    id: Generated<number>
    run_id: number
    source: string
    stream: string
    digest: string
    reading: StreamReading
    why_reading: string
    status: Generated<StreamStatus>
    checkpoint_from: string | null
    scope: Col<{ [grant: string]: number } | null, string | null | undefined, string | null>
    limited_to: Col<LimitedTo | null, string | null | undefined, string | null>
    error_code: string | null
    error_message: string | null
    retry_at: NullableMoment
    listing_began_at: Moment
    ended_at: NullableMoment
    opening: string | null
  }
  'gemaal.slices': {
    stream_run_id: number
    number: number
    name: string
    params: JSONColumnType<{ [name: string]: unknown }>
    fence: Generated<number>
    attempts: Generated<number>
    pass: Generated<number>
    cursor: string | null
    pages: Generated<number>
    batches: Generated<number>
    read: Generated<number>
    total: number | null
    short_by: number | null
    complete: string | null
    checkpoint: string | null
    done: Generated<boolean>
    personal: Generated<PersonalSeen>
  }
  'gemaal.datasets': {
    name: string
    schema: string
    table: string
    plan: JSONColumnType<DatasetPlan>
    fingerprint: string
    version: string
    digest: string
    owner: string
    activity: string | null
    personal: boolean
    access: string
    fresh_within: number
    created_at: Moment
    changed_at: Moment
    retired_at: NullableMoment
    pseudonym_key: string | null
    sources: Generated<string[]>
  }
  'gemaal.marts': {
    name: string
    schema: string
    view: string
    question: string
    asked_by: string
    uses: string[]
    open: Col<{ [name: string]: unknown } | null, string | null, string | null>
    made_from: string
    made_at: Moment
  }
  'gemaal.column_names': { source: string; stream: string; path: string; column: string }
  'gemaal.dataset_runs': {
    id: Generated<number>
    stream_run_id: number
    dataset: string
    source: string
    stream: string
    fingerprint: string
    version: string
    status: Generated<DatasetStatus>
    checkpoint_from: string | null
    read: number | null
    new: number | null
    changed: number | null
    unchanged: number | null
    duplicate: number | null
    superseded: number | null
    removed: number | null
    quarantined: number | null
    outside: number | null
    deleted: number | null
    balanced: Col<boolean | null, never, never>
    children: Col<{ [table: string]: Balance }, string | undefined, string>
    note: string | null
    seconds: number | null
    published_at: NullableMoment
  }
  'gemaal.checkpoints': {
    dataset: string
    source: string
    stream: string
    checkpoint: string | null
    full_at: NullableMoment
    read_at: Moment
    run_id: number | null
    moved_at: Moment
  }
  'gemaal.scopes': {
    source: string
    scope: JSONColumnType<{ [grant: string]: number }>
    frozen: Generated<boolean>
    accepted_at: Moment
    accepted_by: string
  }
  'gemaal.absences': { dataset: string; source: string; key: string[]; stream_run_id: number }
  'gemaal.findings': {
    run_id: number
    dataset: string
    source: string
    stream: string
    rule: string
    severity: string
    count: number
    of: number
    examples: string[]
    found_at: Moment
    level: Generated<Level>
    version: Generated<number>
    columns: Generated<string[]>
    detail: string | null
  }
  'gemaal.finding_states': {
    id: Generated<number>
    dataset: string
    source: string
    stream: string
    rule: string
    severity: string
    level: Level
    version: number
    columns: string[]
    records: number
    of: number
    examples: string[]
    up_to: Col<UpTo | null, string | null | undefined, string | null>
    over: boolean
    readings: number
    first_run_id: number
    first_seen_at: Moment
    last_run_id: number
    last_seen_at: Moment
    noted_run_id: number
    resolved_at: NullableMoment
    resolved_run_id: number | null
  }
  'gemaal.rule_counts': {
    run_id: number
    dataset: string
    source: string
    stream: string
    rule: string
    reading: StreamReading
    records: number
    of: number
    over: boolean
    examples: string[]
    counted_at: Moment
  }
  'gemaal.column_counts': {
    run_id: number
    dataset: string
    source: string
    stream: string
    column: string
    rule: string
    broken: number
    of: number
    read_at: Moment
  }
  'gemaal.standing_rules': { dataset: string; source: string; rule: string; level: 'dataset' | 'reference' }
  'gemaal.load_profiles': { dataset_run_id: number; profile: JSONColumnType<LoadProfile>; findings: JSONColumnType<LoadFinding[]> }
  'gemaal.reference_answers': {
    source: string
    stream: string
    key: string[]
    says: ReferenceAnswer
    asked_at: Moment
  }
  'gemaal.quarantine': {
    id: Generated<number>
    dataset: string
    source: string
    stream: string
    key: string[] | null
    record: JSONColumnType<{ [column: string]: unknown }>
    findings: JSONColumnType<{ rule: string; severity: string; column?: string; detail?: string }[]>
    connector: string
    contract_version: string
    fingerprint: string
    first_run_id: number
    last_run_id: number
    first_seen_at: Moment
    last_seen_at: Moment
    read_at: Moment
    times_seen: Generated<number>
    closed_at: NullableMoment
    closed_how: string | null
    closed_by: string | null
    closed_reason: string | null
  }
  'gemaal.holds': {
    id: Generated<number>
    dataset_run_id: number
    dataset: string
    source: string
    stream: string
    why: HoldReason
    withholds: 'deletes' | 'all'
    facts: JSONColumnType<{ [name: string]: unknown }>
    status: Generated<'open' | 'accepted' | 'frozen' | 'rejected' | 'superseded'>
    made_at: Moment
    decided_at: NullableMoment
    decided_by: string | null
    reason: string | null
    superseded_by: number | null
  }
  'gemaal.hold_keys': { hold_id: number; key: string[] }
  'gemaal.schema_changes': {
    id: Generated<number>
    source: string
    stream: string
    path: string
    what: string
    first_run_id: number | null
    seen_at: Moment
    last_seen_at: Moment
  }
  'gemaal.budgets': { name: string; blocked_until: NullableMoment }
  'gemaal.budget_grants': { budget: string; at: Moment }
  'gemaal.budget_leases': { id: Generated<number>; budget: string; holder: string; expires_at: Moment }
  'gemaal.pseudonym_keys': {
    domain: string
    key_id: string
    fingerprint: string
    first_used_at: Moment
    current: Generated<boolean>
  }
  'gemaal.workers': {
    id: string
    product_version: string
    task_queue: string
    started_at: Moment
    seen_at: Moment
    stopped_at: NullableMoment
  }
  'gemaal.notices': {
    id: Generated<number>
    event: string
    subject: string
    body: JSONColumnType<{ [name: string]: unknown }>
    made_at: Moment
    sent_at: NullableMoment
    attempts: Generated<number>
    next_try_at: Moment
    last_error: string | null
  }
  'gemaal.notified': {
    source: string
    stream: string
    key: JSONColumnType<{ [field: string]: string }>
    told_at: Moment
    woken: Generated<boolean>
  }
  'gemaal.abonnementen': {
    source: string
    address: string
    callback: string
    kanalen: string[]
    fingerprint: string
    made_at: Moment
  }
  'gemaal.audit_trail': {
    id: Generated<number>
    at: Moment
    who: string
    action: string
    object: string
    detail: Col<{ [name: string]: unknown }, string | undefined, never>
    reason: string | null
    hash: Generated<string>
  }
}

/** `references`: records that others refer to, and that no listing showed. `notificatie`: records that the source said have changed. */
export type Trigger = 'schedule' | 'manual' | 'backfill' | 'replay' | 'release' | 'references' | 'notificatie'
/** What a source says of a key: `forbidden` where our rights do not reach, `unreadable` where it has it and cannot show it. */
export type ReferenceAnswer = 'found' | 'gone' | 'forbidden' | 'unreadable'
/** `window`: a part of the stream, by days; `by-key`: single records. Neither tells anything of the rest. */
export type StreamReading = 'full' | 'changes' | 'window' | 'by-key'
export type RunStatus = 'queued' | 'running' | 'synced' | 'findings' | 'quarantine' | 'incomplete' | 'failed' | 'held' | 'cancelled'
export type StreamStatus =
  | 'queued'
  | 'reading'
  | 'waiting'
  | 'verifying'
  | 'publishing'
  | 'published'
  | 'held'
  | 'incomplete'
  | 'failed'
  | 'cancelled'
  | 'abandoned'
export type DatasetStatus = 'staging' | 'published' | 'held' | 'failed' | 'discarded'
/** A range on a column of the source. */
export interface LimitedTo {
  column: string
  from?: string
  to?: string
}
/** By column that claims to hold nothing of persons: how many values were looked at, and how many of them look like what. */
export interface PersonalSeen {
  [column: string]: { [what: string]: number }
}

/** What a load looked like, as far as the rules on it ask. */
export interface LoadProfile {
  rows: number
  /** By column: rows in which it is absent. */
  absent: { [column: string]: number }
  /** By column with codes: rows by code. */
  codes: { [column: string]: { [code: string]: number } }
  /** By column with days or moments: the newest one, as text of ISO 8601. */
  newest: { [column: string]: string | null }
}

/** What a rule said of a load; `count` of `of` measures broke it. */
export interface LoadFinding {
  rule: string
  severity: string
  count: number
  of: number
  /** Counts, shares and names of columns, for people. */
  detail: string
}

export type HoldReason = 'deletes' | 'empty' | 'scope narrower' | 'scope wider' | 'quarantined' | 'rule'

/** `read` of one dataset of one run, and where each record of it went. `deleted` is beside it: rows, not records. */
export interface Balance {
  read: number
  new: number
  changed: number
  unchanged: number
  duplicate: number
  superseded: number
  removed: number
  quarantined: number
  outside: number
  deleted: number
}

export type Database = Kysely<Tables>

/** Does work in one transaction: the one that goes on, or a new one. */
export function atomically<T>(db: Database | Transaction<Tables>, work: (trx: Transaction<Tables>) => Promise<T>): Promise<T> {
  return db.isTransaction ? work(db as Transaction<Tables>) : db.transaction().execute(work)
}

/** The warehouse cannot take the rows now: disk full, read-only, no connection. Our own side; the slice is kept and tried again. */
export class WarehouseUnavailable extends Error {
  override name = 'WarehouseUnavailable'
}

/** Another attempt took over, or the run is gone: this attempt stops and writes nothing more. */
export class StaleAttempt extends Error {
  override name = 'StaleAttempt'
}

/** An open warehouse: `db` for queries, `pool` for `COPY`, which needs a connection of its own. */
export interface Warehouse {
  db: Database
  pool: pg.Pool
  close(): Promise<void>
}

/**
 * A transaction that stands still this long is ended by Postgres: its worker is frozen or out of reach, was taken for dead before (by a
 * heartbeat that stayed away for 10 seconds), and would keep the one that took over waiting for its locks.
 */
export const silentMs = 30_000

/**
 * Opens a pool. Nothing is connected until the first query.
 *
 * @param url postgres:// URL of the warehouse
 * @param size greatest number of connections
 */
export function openDatabase(url: string, size = 8): Warehouse {
  const types = {
    getTypeParser: (oid: number, format?: 'text' | 'binary') => {
      if (oid === int8) return Number
      if (oid === date) return (text: string) => text // a calendar day never passes through a time zone
      if (oid === timestamptz) return (text: string) => new Date(text)
      return pg.types.getTypeParser(oid, format as 'text')
    },
  }
  const pool = new pg.Pool({
    connectionString: url,
    max: size,
    types: types as pg.CustomTypesConfig,
    application_name: 'gemaal',
    connectionTimeoutMillis: 10_000,
    // A server that vanished without a word is missed within half a minute; by the default of the system it would take hours.
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    // By the pool, which takes back a connection on which it fails; Kysely, in its own hook for this, would keep it for ever.
    onConnect: (client) => client.query(`set idle_in_transaction_session_timeout = ${silentMs}`),
  })
  // A connection that breaks while idle is replaced by the pool; the query that needed it reports.
  pool.on('error', () => {})
  pool.on('connect', (client) => {
    client.on('error', () => {})
  })
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
  return { db, pool, close: () => db.destroy() }
}

const migrations = {
  '0001-control': control,
  '0002-meta': meta,
  '0003-openings': openings,
  '0004-windows': windows,
  '0005-loads': loads,
  '0006-references': references,
  '0007-findings': findings,
  '0008-personal': personal,
  '0009-notified': notified,
}

/** Whether the control schema is there and as this version knows it. Changes nothing. */
export async function controlSchema(db: Database): Promise<'none' | 'older' | 'current'> {
  const { rows } = await sql<{ there: boolean }>`select to_regclass('gemaal.migrations') is not null as there`.execute(db)
  if (!rows[0]?.there) return 'none'
  const done = await sql<{ name: string }>`select name from gemaal.migrations`.execute(db)
  const names = new Set(done.rows.map((r) => r.name))
  return Object.keys(migrations).every((name) => names.has(name)) ? 'current' : 'older'
}

/** Brings the control schema up to date; safe to call by several processes at once, and while runs go on. */
export async function migrate(db: Database): Promise<string[]> {
  // Kysely looks at every table first, and fails when one goes while it looks, as staging does all the time.
  if ((await controlSchema(db)) === 'current') return []
  const version = await sql<{ n: number }>`select current_setting('server_version_num')::int as n`.execute(db)
  if ((version.rows[0]?.n ?? 0) < 150_000) throw new Error('the warehouse must be PostgreSQL 15 or later')
  await sql`create schema if not exists gemaal`.execute(db)
  const migrator = new Migrator({
    db,
    migrationTableSchema: 'gemaal',
    migrationTableName: 'migrations',
    migrationLockTableName: 'migrations_lock',
    provider: { getMigrations: async () => migrations },
  })
  const { error, results } = await migrator.migrateToLatest()
  if (error) throw error
  return (results ?? []).filter((r) => r.status === 'Success').map((r) => r.migrationName)
}

/** A pooled client's error codes that mean that the warehouse may be back later. */
const passing = /^(08|53|57P|58|25006|25P03|40001|40P01|55P03)/

/**
 * Turns an error of Postgres into one of ours. Only code, constraint, table and column are kept: its message and detail can hold values.
 *
 * @param doing what was being done, for the message: `staging slice 3 of run 12`
 */
export function warehouseError(error: unknown, doing: string): Error {
  if (error instanceof WarehouseUnavailable || error instanceof StaleAttempt) return error
  if (!(error instanceof Error)) return new Error(`${doing}: failed`)
  const e = error as Error & { code?: string; constraint?: string; table?: string; column?: string }
  const code = e.code ?? ''
  // Staging goes when a run is abandoned, or when a contract got stricter while it was read.
  if (code === '42P01' && /"staging\./.test(e.message))
    return new StaleAttempt(`${doing}: what was staged is gone, because the run was superseded or a contract changed; nothing is written`)
  if (passing.test(code)) return new WarehouseUnavailable(`${doing}: the warehouse says ${code} (${meaning(code)}); it is tried again`)
  if (/^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EHOSTUNREACH|EAI_)/.test(code) || lostConnection.test(e.message))
    return new WarehouseUnavailable(`${doing}: no connection to the warehouse${code ? ` (${code})` : ''}; it is tried again`)
  if (!/^[0-9A-Z]{5}$/.test(code)) return e // not Postgres': ours, or a bug, whose message is ours too
  const where = [e.table && `table ${e.table}`, e.column && `column ${e.column}`, e.constraint && `constraint ${e.constraint}`].filter(
    Boolean,
  )
  return Object.assign(new Error(`${doing}: Postgres refused with ${code}${where.length ? ` (${where.join(', ')})` : ''}`), { code })
}

const lostConnection =
  /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Client was closed|server closed the connection/i

function meaning(code: string): string {
  if (code === '53100') return 'disk full'
  if (code === '53200') return 'out of memory'
  if (code === '53300') return 'too many connections'
  if (code === '25006') return 'read-only'
  if (code.startsWith('57P')) return 'shutting down or starting'
  if (code.startsWith('40')) return 'conflict with another transaction'
  return 'not available now'
}
