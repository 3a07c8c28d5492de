/** Runs as people follow them: started through Temporal, watched in the warehouse. */

import { randomUUID } from 'node:crypto'
import { userInfo } from 'node:os'
import type { Client } from '@temporalio/client'
import type { Database } from '../sql/database.js'
import { findRun, type RunSummary, type StreamLine, streamLines } from '../sql/run-views.js'
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

export const balanceColumns = [
  { name: 'dataset' },
  ...['read', 'new', 'changed', 'unchanged', 'duplicate', 'superseded', 'removed', 'quarantined', 'outside', 'deleted', 'seconds'].map(
    (name) => ({ name, right: true }),
  ),
]

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
