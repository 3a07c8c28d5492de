/** Runs as people follow them: started through Temporal, watched in the warehouse. */

import { randomUUID } from 'node:crypto'
import { userInfo } from 'node:os'
import type { Client } from '@temporalio/client'
import { sql } from 'kysely'
import type { Database } from '../sql/database.js'
import type { SyncInput } from '../workflows/messages.js'
import type { Output } from './output.js'
import { moment } from './output.js'

/** Who asks, for the audit trail. */
export function whoAsks(): string {
  return process.env.GEMAAL_USER || userInfo().username
}

/**
 * Starts a run by hand; it waits for a stream that is being read. Returns its workflow id.
 */
export async function startSync(client: Client, taskQueue: string, input: SyncInput): Promise<string> {
  const workflowId = `sync:${input.source}/${input.sync}:${randomUUID()}`
  await client.workflow.start('sync', { workflowId, taskQueue, args: [input] })
  return workflowId
}

export interface RunSummary {
  id: number
  source: string
  sync: string
  status: string
  message: string | null
  started_at: Date
  ended_at: Date | null
  errorCode: string | null
}

export async function findRun(db: Database, by: { id: number } | { workflowId: string }): Promise<RunSummary | undefined> {
  const query = db
    .selectFrom('gemaal.runs as r')
    .select(['r.id', 'r.source', 'r.sync', 'r.status', 'r.message', 'r.started_at', 'r.ended_at'])
    .select((eb) =>
      eb
        .selectFrom('gemaal.stream_runs as s')
        .select('s.error_code')
        .whereRef('s.run_id', '=', 'r.id')
        .where('s.error_code', 'is not', null)
        .orderBy('s.id')
        .limit(1)
        .as('errorCode'),
    )
  return ('id' in by ? query.where('r.id', '=', by.id) : query.where('r.workflow_id', '=', by.workflowId))
    .orderBy('r.id', 'desc')
    .executeTakeFirst()
}

export interface DatasetLine {
  dataset: string
  stream: string
  reading: string
  status: string
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
  balanced: boolean | null
  seconds: number | null
}

/** One line a dataset of a run; seconds are those of the whole reading of its stream. */
export async function datasetLines(db: Database, runId: number): Promise<DatasetLine[]> {
  const { rows } = await sql<DatasetLine>`
    select d.dataset, s.source || '/' || s.stream as stream, s.reading, d.status, d.read, d.new, d.changed, d.unchanged, d.duplicate, d.superseded, d.removed,
      d.quarantined, d.outside, d.deleted, d.balanced,
      round(extract(epoch from coalesce(d.published_at, s.ended_at, clock_timestamp()) - s.listing_began_at)::numeric, 1)::float8 as seconds
    from gemaal.dataset_runs d join gemaal.stream_runs s on s.id = d.stream_run_id
    where s.run_id = ${runId} order by d.dataset, d.id`.execute(db)
  return rows
}

export const balanceColumns = [
  { name: 'dataset' },
  ...['read', 'new', 'changed', 'unchanged', 'duplicate', 'superseded', 'removed', 'quarantined', 'outside', 'deleted', 'seconds'].map(
    (name) => ({ name, right: true }),
  ),
]

export interface StreamLine {
  stream: string
  reading: string
  status: string
  read: number
  pages: number
  total: number | null
  retry_at: Date | null
  error_message: string | null
}

export async function streamLines(db: Database, runId: number): Promise<StreamLine[]> {
  const { rows } = await sql<StreamLine>`
    select s.stream, s.reading, s.status, coalesce(sum(l.read), 0)::bigint as read, coalesce(sum(l.pages), 0)::bigint as pages, sum(l.total)::bigint as total,
      s.retry_at, s.error_message
    from gemaal.stream_runs s left join gemaal.slices l on l.stream_run_id = s.id
    where s.run_id = ${runId} group by s.id order by s.id`.execute(db)
  return rows
}

/**
 * Follows a run to its end, telling what changes. On a terminal one line is renewed; elsewhere a line a stream every ten seconds.
 *
 * @param signal ends the watching, not the run
 */
export async function follow(db: Database, workflowId: string, out: Output, signal: AbortSignal): Promise<RunSummary | undefined> {
  let told = ''
  let toldAt = 0
  for (;;) {
    if (signal.aborted) return undefined
    const run = await findRun(db, { workflowId })
    if (run) {
      const lines = await streamLines(db, run.id)
      const text =
        run.status === 'queued'
          ? (run.message ?? 'queued')
          : lines
              .filter((l) => !ended.has(l.status))
              .map(progressWords)
              .join(' · ')
      if (text && text !== told && (process.stderr.isTTY || Date.now() - toldAt > 10_000)) {
        if (process.stderr.isTTY) process.stderr.write(`\r\u001b[2K${text.slice(0, (process.stderr.columns ?? 120) - 1)}`)
        else out.say(text)
        told = text
        toldAt = Date.now()
      }
      if (run.ended_at) {
        if (process.stderr.isTTY && told) process.stderr.write('\r\u001b[2K')
        return run
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
}

const ended = new Set(['published', 'held', 'incomplete', 'failed', 'cancelled', 'abandoned'])

function progressWords(line: StreamLine): string {
  if (line.status === 'waiting')
    return `${line.stream} waits${line.retry_at ? ` until ${moment(line.retry_at).slice(11)}` : ''}: ${line.error_message ?? 'the source is unavailable'}`
  if (line.status === 'reading') return `${line.stream} ${line.read}${line.total ? `/${line.total}` : ''}`
  return `${line.stream} ${line.status}`
}
