/** `gemaal runs list`: the runs, the newest first. */
import { listRuns } from '../sql/run-details.js'
import { wholeNumber } from './arguments.js'
import type { CommandContext } from './context.js'
import { exit, UsageError } from './exit.js'
import { notThere } from './project-here.js'

const statuses = ['queued', 'running', 'synced', 'findings', 'quarantine', 'incomplete', 'failed', 'held', 'cancelled']

export interface ListOptions {
  sync?: string
  status?: string
  dataset?: string
  limit?: string
  before?: string
}

export async function list(context: CommandContext, _args: string[], options: ListOptions): Promise<number> {
  const { out } = context
  if (options.status !== undefined && !statuses.includes(options.status)) throw notThere('status', options.status, statuses)
  const [source, sync] = options.sync === undefined ? [] : splitSync(options.sync)
  const warehouse = await context.warehouse()
  const { runs, next } = await listRuns(
    warehouse.db,
    { source, sync, status: options.status, dataset: options.dataset },
    { limit: wholeNumber('--limit', options.limit, 1000), before: wholeNumber('--before', options.before) },
  )
  if (out.json) {
    out.data({ runs, next: next ?? null })
    return exit.good
  }
  if (runs.length === 0) {
    out.say('There is no such run. `gemaal run <source>` starts one.')
    return exit.good
  }
  out.table(runs, [
    { name: 'id', title: 'run', right: true },
    { name: 'sync' },
    { name: 'status' },
    { name: 'trigger' },
    { name: 'askedBy', title: 'asked by' },
    { name: 'began' },
    { name: 'seconds', right: true },
    ...['read', 'new', 'changed', 'deleted', 'quarantined'].map((name) => ({ name, right: true })),
  ])
  if (next !== undefined) out.say(`Older ones: gemaal runs list --before ${next}`)
  const bad = runs.find((r) => r.status === 'failed' || r.status === 'incomplete' || r.status === 'held')
  if (bad) out.say(`Next: gemaal runs show ${bad.id}`)
  return exit.good
}

function splitSync(text: string): [string, string?] {
  const [source, ...rest] = text.split('/')
  if (!source) throw new UsageError(`'${text}' is no sync; expected <source> or <source>/<sync>`)
  return rest.length === 0 ? [source] : [source, rest.join('/')]
}
