/** Runs as people follow them: started through Temporal, watched in the warehouse. */

import { randomUUID } from 'node:crypto'
import { userInfo } from 'node:os'
import type { Client } from '@temporalio/client'
import { environment } from '../config/settings.js'
import type { Database } from '../sql/database.js'
import { findRun, type RunSummary, type StreamLine, streamLines } from '../sql/run-views.js'
import type { SyncInput } from '../workflows/messages.js'
import type { Output } from './output.js'
import { moment } from './output.js'

/** Who asks, for the audit trail. */
export function whoAsks(): string {
  return environment().GEMAAL_USER || userInfo().username
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
 * Follows a run to its end, telling what changes. On a terminal one line is renewed; elsewhere a line every ten seconds.
 *
 * @param signal ends the watching, not the run
 * @returns undefined when the watching was ended
 * @throws what refused the run before it was on record
 */
export async function follow(
  db: Database,
  client: Client,
  workflowId: string,
  out: Output,
  signal: AbortSignal,
): Promise<RunSummary | undefined> {
  const line = progressLine(out)
  const began = Date.now()
  for (let turn = 0; !signal.aborted; turn++) {
    const run = await findRun(db, { workflowId })
    if (run) {
      line.show(
        run.status === 'queued'
          ? (run.message ?? 'queued')
          : (await streamLines(db, run.id))
              .filter((l) => !ended.has(l.status))
              .map(progressWords)
              .join(' · '),
      )
      if (run.ended_at) {
        line.end()
        return run
      }
    } else if (turn % 8 === 7) {
      await throwRefusal(client, workflowId)
      if (Date.now() - began > 10_000)
        line.show('no worker has taken the run yet; start one with `gemaal worker`, or everything with `gemaal dev`')
    }
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
  line.end()
  return undefined
}

/** A run that failed before it was on record, such as one without an applied project. */
async function throwRefusal(client: Client, workflowId: string): Promise<void> {
  const handle = client.workflow.getHandle(workflowId)
  if ((await handle.describe()).status.name !== 'FAILED') return
  const failure = await handle.result().then(
    () => undefined,
    (error: { cause?: { cause?: Error } & Error }) => error.cause?.cause ?? error.cause,
  )
  throw Object.assign(new Error(failure?.message ?? 'the run failed before it began'), {
    name: (failure as { type?: string } | undefined)?.type ?? 'Error',
  })
}

/** One line that says how far a run is. */
function progressLine(out: Output): { show(text: string): void; end(): void } {
  const terminal = process.stderr.isTTY === true
  let told = ''
  let toldAt = 0
  return {
    show(text) {
      if (!text || text === told || (!terminal && Date.now() - toldAt < 10_000)) return
      if (terminal) process.stderr.write(`\r\u001b[2K${text.slice(0, (process.stderr.columns ?? 120) - 1)}`)
      else out.say(text)
      told = text
      toldAt = Date.now()
    },
    end() {
      if (terminal && told) process.stderr.write('\r\u001b[2K')
    },
  }
}

const ended = new Set(['published', 'held', 'incomplete', 'failed', 'cancelled', 'abandoned'])

function progressWords(line: StreamLine): string {
  if (line.status === 'waiting')
    return `${line.stream} waits${line.retry_at ? ` until ${moment(line.retry_at).slice(11)}` : ''}: ${line.error_message ?? 'the source is unavailable'}`
  if (line.status === 'reading') return `${line.stream} ${line.read}${line.total ? `/${line.total}` : ''}`
  return `${line.stream} ${line.status}`
}
