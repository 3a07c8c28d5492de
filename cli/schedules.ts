/** `gemaal schedules`: when each sync begins, on the clock of the Netherlands; pause, resume, and begin one now. */
import { type Client, ScheduleNotFoundError } from '@temporalio/client'
import { loadSnapshot } from '../config/load.js'
import type { Project } from '../config/project.js'
import type { Sync } from '../config/syncs.js'
import { audit } from '../sql/audit.js'
import { appliedFiles } from '../sql/config-versions.js'
import type { Database } from '../sql/database.js'
import { scheduleId, scheduleStates } from '../worker/schedules.js'
import { scheduledSyncs } from '../worker/status.js'
import type { CommandContext } from './context.js'
import { exit, UsageError } from './exit.js'
import { moment } from './output.js'
import { notThere } from './project-here.js'
import { startTargets } from './run.js'
import { whoAsks } from './runs.js'

/** Times that are shown of each. */
const shown = 5

export async function list(context: CommandContext, [name]: string[]): Promise<number> {
  const { out } = context
  const { db } = await context.warehouse()
  const project = await applied(db)
  const syncs = name === undefined ? allSyncs(project) : syncsNamed(project, name)
  const temporal = await context.standingTemporal()
  const states = typeof temporal === 'string' ? undefined : await scheduleStates(temporal.client, syncs)
  const lines = syncs.map(({ source, sync }) => {
    const state = states?.get(`${source}/${sync}`)
    const { when, read } = project.sources.get(source)!.syncs[sync]!
    return {
      sync: `${source}/${sync}`,
      reads: read,
      when: whenWords(when),
      state: !states ? 'unknown' : !state ? 'missing' : state.paused ? 'paused' : 'on',
      note: (state?.paused && state.note) || null,
      next: state?.next.slice(0, shown) ?? [],
    }
  })
  if (out.json) {
    out.data(lines)
    return exit.good
  }
  out.table(
    lines.map((l) => ({
      ...l,
      state: l.note ? `${l.state}: ${l.note}` : l.state,
      next: l.next.map((at, i) => (i > 0 && sameDay(at, l.next[i - 1]!) ? moment(at).slice(11, 16) : moment(at).slice(0, 16))),
    })),
    [{ name: 'sync' }, { name: 'reads' }, { name: 'when' }, { name: 'state' }, { name: 'next', title: 'next, Europe/Amsterdam' }],
  )
  if (typeof temporal === 'string') out.say(`${temporal}. When the next runs are, and which are paused, is not known.`)
  if (lines.some((l) => l.state === 'missing')) out.say('Missing at Temporal: `gemaal apply` makes them.')
  return exit.good
}

export async function pause(context: CommandContext, [name = '']: string[], options: { note: string }): Promise<number> {
  const who = whoAsks()
  return change(context, name, 'schedule pause', options.note, async (client, id) => {
    await client.schedule.getHandle(id).pause(`${options.note} (${who})`)
  })
}

export async function resume(context: CommandContext, [name = '']: string[], options: { note?: string }): Promise<number> {
  return change(context, name, 'schedule resume', options.note, async (client, id) => {
    // Its note is that of the pause; an empty one takes it away.
    await client.schedule.getHandle(id).unpause(options.note ?? `resumed by ${whoAsks()}`)
  })
}

/** Through the same door as a manual run: it waits for a stream that is being read. */
export async function trigger(context: CommandContext, [name = '']: string[], options: { wait?: boolean }): Promise<number> {
  const { db } = await context.warehouse()
  const named = syncsNamed(await applied(db), name)
  if (named.length > 1)
    throw new UsageError(
      `'${name}' has ${named.map((s) => s.sync).join(', ')}; say which: gemaal schedules trigger ${name}/${named[0]!.sync}`,
    )
  return startTargets(context, named, { wait: options.wait })
}

async function change(
  context: CommandContext,
  name: string,
  action: 'schedule pause' | 'schedule resume',
  reason: string | undefined,
  work: (client: Client, id: string) => Promise<void>,
): Promise<number> {
  const { out } = context
  const { db } = await context.warehouse()
  const syncs = syncsNamed(await applied(db), name)
  const { client } = await context.temporal()
  for (const { source, sync } of syncs) {
    try {
      await work(client, scheduleId(source, sync))
    } catch (error) {
      if (!(error instanceof ScheduleNotFoundError)) throw error
      throw new UsageError(`Temporal has no schedule ${source}/${sync}: \`gemaal apply\` makes it`)
    }
    await audit(db, { who: whoAsks(), action, object: `${source}/${sync}`, ...(reason !== undefined && { reason }) })
  }
  const states = await scheduleStates(client, syncs)
  const lines = [...states].map(([sync, s]) => ({
    sync,
    paused: s.paused,
    note: s.note ?? null,
    next: s.paused ? null : (s.next[0] ?? null),
  }))
  if (out.json) out.data(lines)
  else
    for (const l of lines)
      out.data(
        l.paused ? `${l.sync} is paused: ${l.note ?? ''}` : `${l.sync} goes on${l.next ? `, next at ${moment(l.next).slice(0, 16)}` : ''}`,
      )
  return exit.good
}

async function applied(db: Database): Promise<Project> {
  const files = await appliedFiles(db)
  if (!files) throw new UsageError('No project was applied yet. Run `gemaal apply` in its folder.')
  return loadSnapshot(files).project
}

function allSyncs(project: Project): { source: string; sync: string }[] {
  const datasets = [...project.datasets.values()].map((d) => ({ feeds: d.from.map((f) => `${f.source}/${f.stream}`) }))
  return scheduledSyncs(project, datasets)
}

/** `<source>/<sync>`, or all syncs of `<source>`. @throws UsageError */
function syncsNamed(project: Project, name: string): { source: string; sync: string }[] {
  const all = allSyncs(project)
  const found = all.filter(({ source, sync }) => name === source || name === `${source}/${sync}`)
  if (found.length > 0) return found
  throw notThere('sync', name, name.includes('/') ? all.map((s) => `${s.source}/${s.sync}`) : [...new Set(all.map((s) => s.source))])
}

/** `05:30 every day`, `every 15 minutes, monday–friday, 07:00-19:00`. */
function whenWords(when: Sync['when']): string {
  const days =
    when.days.length === 7
      ? 'every day'
      : when.days.length === 5 && !when.days.includes('saturday') && !when.days.includes('sunday')
        ? 'weekdays'
        : when.days.join(', ')
  if (when.by === 'at') return `${when.times.join(', ')} ${days}`
  const every = when.seconds % 3600 === 0 ? `${when.seconds / 3600} hours` : `${when.seconds / 60} minutes`
  return [`every ${every}`, days, when.between && `${when.between.from}-${when.between.to}`].filter(Boolean).join(', ')
}

function sameDay(a: Date, b: Date): boolean {
  return moment(a).slice(0, 10) === moment(b).slice(0, 10)
}
