/** Refused records as people see them: list, show, discard; and closing those that passed or are gone. */
import { type RawBuilder, sql } from 'kysely'
import { audit } from './audit.js'
import type { Database } from './database.js'

export interface QuarantineFilter {
  dataset?: string | undefined
  /** `<pack>.<rule>`. */
  rule?: string | undefined
  source?: string | undefined
  /** First refused at or after this moment. */
  since?: Date | undefined
  /** Closed entries too. Default: only what is refused now. */
  closed?: boolean | undefined
}

export interface QuarantineEntry {
  id: number
  dataset: string
  source: string
  stream: string
  /** As it lands: a key of a personal kind is its pseudonym. Null when it could not be read. */
  key: string[] | null
  rules: string[]
  firstSeenAt: Date
  lastSeenAt: Date
  timesSeen: number
  closedAt: Date | null
  closedHow: string | null
}

export interface QuarantineDetail extends QuarantineEntry {
  /** The record after shield; of a record that could not be shaped only names, types and lengths. */
  record: { [column: string]: unknown }
  findings: { rule: string; severity: string; column?: string; detail?: string }[]
  connector: string
  contractVersion: string
  firstRunId: number
  lastRunId: number
  readAt: Date
  closedBy: string | null
  closedReason: string | null
}

export interface QuarantineList {
  /** Newest first. */
  entries: QuarantineEntry[]
  /** Give it as `after` for the next page; undefined on the last one. */
  next: number | undefined
  /** Entries that match the filter, on all pages. */
  total: number
  /** Of these, how many each rule refused; an entry that broke two rules counts under both. Most first. */
  byRule: { dataset: string; rule: string; count: number }[]
}

/** How an entry came to be closed: the record passed, its key is gone or no longer selected, a person threw it out. */
export type ClosedHow = 'passed' | 'gone' | 'outside' | 'discarded' | 'purged'

/** @param page `limit` 1..1000, default 50; `after` the `next` of the page before */
export async function listQuarantine(
  db: Database,
  filter: QuarantineFilter = {},
  page: { after?: number | undefined; limit?: number | undefined } = {},
): Promise<QuarantineList> {
  const limit = Math.min(Math.max(page.limit ?? 50, 1), 1000)
  const matches = matching(filter)
  const { rows } = await sql<QuarantineEntry>`
    select ${entryColumns} from gemaal.quarantine q
    where ${matches} ${page.after === undefined ? sql`` : sql`and q.id < ${page.after}`}
    order by q.id desc limit ${limit + 1}`.execute(db)
  const total = await sql<{ total: number }>`select count(*) as total from gemaal.quarantine q where ${matches}`.execute(db)
  const byRule = await sql<{ dataset: string; rule: string; count: number }>`
    select q.dataset, f.rule, count(*) as count
    from gemaal.quarantine q, lateral (select distinct value->>'rule' as rule from jsonb_array_elements(q.findings)) f
    where ${matches} group by 1, 2 order by 3 desc, 1, 2`.execute(db)
  const entries = rows.slice(0, limit)
  return {
    entries,
    next: rows.length > limit ? entries.at(-1)?.id : undefined,
    total: total.rows[0]?.total ?? 0,
    byRule: byRule.rows,
  }
}

/** One entry with its record and findings; undefined when there is none of that number. */
export async function showQuarantine(db: Database, id: number): Promise<QuarantineDetail | undefined> {
  const { rows } = await sql<QuarantineDetail>`
    select ${entryColumns}, q.record, q.findings, q.connector, q.contract_version as "contractVersion", q.first_run_id as "firstRunId",
      q.last_run_id as "lastRunId", q.read_at as "readAt", q.closed_by as "closedBy", q.closed_reason as "closedReason"
    from gemaal.quarantine q where q.id = ${id}`.execute(db)
  return rows[0]
}

/**
 * Closes entries without landing them, with who and why in the audit trail. A record that is still refused comes back at the next reading.
 * Entries that are closed already stay as they are: safe to repeat.
 *
 * @returns the numbers of the entries that were closed
 */
export async function discardQuarantine(db: Database, ids: readonly number[], who: string, reason: string): Promise<number[]> {
  return db.transaction().execute(async (trx) => {
    const { rows } = await sql<{ id: number; dataset: string }>`
      update gemaal.quarantine set closed_at = clock_timestamp(), closed_how = 'discarded', closed_by = ${who}, closed_reason = ${reason}
      where id = any(${ids}::bigint[]) and closed_at is null returning id, dataset`.execute(trx)
    const closed = rows.map((r) => r.id).sort((a, b) => a - b)
    for (const dataset of [...new Set(rows.map((r) => r.dataset))].sort())
      await audit(trx, {
        who,
        action: 'quarantine discard',
        object: dataset,
        detail: {
          entries: rows
            .filter((r) => r.dataset === dataset)
            .map((r) => r.id)
            .sort((a, b) => a - b),
        },
        reason,
      })
    return closed
  })
}

/** Keys in key order with the moment they were read: given, or as a query of columns `key text[]` and `read_at timestamptz`. */
export type ReadKeys = readonly { key: readonly string[]; readAt: Date }[] | RawBuilder<{ key: string[]; read_at: Date }>

/**
 * Closes the open entries of keys that passed, left, or are gone. An entry whose record was read later than the key stays open. Safe to
 * repeat, and meant for the transaction of publish.
 *
 * @param by what closed it: `run 12`
 * @returns how many were closed
 */
export async function closeQuarantine(
  db: Database,
  of: { dataset: string; source: string },
  keys: ReadKeys,
  how: Exclude<ClosedHow, 'discarded' | 'purged'>,
  by: string,
): Promise<number> {
  const result = await sql`
    update gemaal.quarantine q set closed_at = clock_timestamp(), closed_how = ${how}, closed_by = ${by}
    from (${asQuery(keys)}) k
    where q.dataset = ${of.dataset} and q.source = ${of.source} and q.closed_at is null and q.key = k.key and q.read_at <= k.read_at`.execute(
    db,
  )
  return Number(result.numAffectedRows ?? 0)
}

function asQuery(keys: ReadKeys): RawBuilder<unknown> {
  if (!('length' in keys)) return keys
  // Postgres has no array of arrays of unlike length, so the list travels as JSON.
  const list = JSON.stringify(keys.map(({ key, readAt }) => ({ key, read_at: readAt.toISOString() })))
  return sql`select array(select jsonb_array_elements_text(e->'key')) as key, (e->>'read_at')::timestamptz as read_at
    from jsonb_array_elements(${list}::jsonb) e`
}

const entryColumns = sql.raw(`q.id, q.dataset, q.source, q.stream, q.key,
  array(select distinct value->>'rule' from jsonb_array_elements(q.findings) order by 1) as rules,
  q.first_seen_at as "firstSeenAt", q.last_seen_at as "lastSeenAt", q.times_seen as "timesSeen",
  q.closed_at as "closedAt", q.closed_how as "closedHow"`)

export function matching(filter: QuarantineFilter): RawBuilder<unknown> {
  const all: RawBuilder<unknown>[] = []
  if (!filter.closed) all.push(sql`q.closed_at is null`)
  if (filter.dataset !== undefined) all.push(sql`q.dataset = ${filter.dataset}`)
  if (filter.source !== undefined) all.push(sql`q.source = ${filter.source}`)
  if (filter.since !== undefined) all.push(sql`q.first_seen_at >= ${filter.since}`)
  if (filter.rule !== undefined) all.push(sql`q.findings @> ${JSON.stringify([{ rule: filter.rule }])}::jsonb`)
  return all.length === 0 ? sql`true` : sql.join(all, sql` and `)
}

/** Keys of entries that are still open, for a re-read; null where the key could not be read. */
export async function openEntries(db: Database, ids: readonly number[]): Promise<{ id: number; dataset: string; key: string[] | null }[]> {
  if (ids.length === 0) return []
  return db
    .selectFrom('gemaal.quarantine')
    .select(['id', 'dataset', 'key'])
    .where('id', 'in', [...ids])
    .where('closed_at', 'is', null)
    .execute()
}
