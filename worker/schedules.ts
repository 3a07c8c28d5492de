/** The schedules of a project in Temporal: calendars on the clock of the Netherlands, from the syncs of the source files. */
import { createHash } from 'node:crypto'
import { type CalendarSpec, type Client, ScheduleNotFoundError, type ScheduleOptions, ScheduleOverlapPolicy } from '@temporalio/client'
import type { Project } from '../config/project.js'
import { beginnings, longestGap, type Sync } from '../config/syncs.js'
import type { SyncInput } from '../workflows/messages.js'
import type { ProjectPlan } from './planning/plan.js'

export interface ScheduleChange {
  schedule: string
  what: 'make' | 'change' | 'remove'
  words: string
}

const timeZone = 'Europe/Amsterdam'
const longestCatchUpSeconds = 7 * 86_400
const prefix = 'sync:'

const days = ['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY', 'SUNDAY'] as const

/** Schedules that a project asks for: those of sources from which a dataset takes. */
export function schedulesOf(project: Project, plan: ProjectPlan, taskQueue: string): Map<string, ScheduleOptions> {
  const used = new Set([...plan.streams.values()].map((s) => s.plan.source))
  const wanted = new Map<string, ScheduleOptions>()
  for (const source of project.sources.values()) {
    if (!used.has(source.name)) continue
    for (const [name, sync] of Object.entries(source.syncs))
      wanted.set(scheduleId(source.name, name), scheduleOf(source.name, name, sync, taskQueue))
  }
  return wanted
}

export function scheduleId(source: string, sync: string): string {
  return `${prefix}${source}/${sync}`
}

function scheduleOf(source: string, name: string, sync: Sync, taskQueue: string): ScheduleOptions {
  const input: SyncInput = { source, sync: name, trigger: 'schedule', askedBy: 'schedule' }
  const period = longestGap([sync]) ?? 86_400
  const schedule: ScheduleOptions = {
    scheduleId: scheduleId(source, name),
    spec: {
      ...specOf(sync),
      timezone: timeZone,
      jitter: `${Math.min(60, Math.floor(period / 20))}s`,
    },
    action: { type: 'startWorkflow', workflowType: 'sync', workflowId: scheduleId(source, name), taskQueue, args: [input] },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: `${Math.min(period, longestCatchUpSeconds)}s` },
  }
  return { ...schedule, memo: { gemaal: createHash('sha256').update(JSON.stringify(schedule)).digest('hex').slice(0, 16) } }
}

/**
 * Calendars that begin at the moments of a sync. An interval knows no time zone, so that none is used.
 */
export function calendarsOf(sync: Sync): CalendarSpec[] {
  const hours = new Map<string, { minute: number; days: Map<number, number[]> }>()
  for (const at of beginnings(sync)) {
    const minute = at % 60
    const entry = hours.get(String(minute)) ?? { minute, days: new Map() }
    const day = Math.floor(at / 1440)
    entry.days.set(day, [...(entry.days.get(day) ?? []), Math.floor((at % 1440) / 60)])
    hours.set(String(minute), entry)
  }
  const calendars = new Map<string, { minute: number; hour: number[]; days: number[] }>()
  for (const { minute, days: byDay } of hours.values()) {
    for (const [day, hour] of byDay) {
      const key = `${minute}/${hour.join()}`
      const calendar = calendars.get(key) ?? { minute, hour, days: [] }
      calendar.days.push(day)
      calendars.set(key, calendar)
    }
  }
  return [...calendars.values()].map(({ minute, hour, days: of }) => ({
    minute,
    hour,
    ...(of.length < 7 && { dayOfWeek: of.map((d) => days[d]!) }),
  }))
}

/** @see Directive 2000/84/EC: summer time begins on the last Sunday of March and ends on the last one of October, at 01:00 UTC */
const lastSunday = { dayOfMonth: { start: 25, end: 31 }, dayOfWeek: 'SUNDAY' } as const

/**
 * The calendars of a sync, so that it begins once on each night: on those when the clock changes there is no 02:30, or there are two, and it
 * begins at 03:30. Temporal 1.29 leaves a time out that is not there, and takes one between 01:00 and 02:00 twice when the clock goes back.
 *
 * What begins more often than once an hour is left as it is: it goes on soon enough.
 */
export function specOf(sync: Sync): Pick<ScheduleOptions['spec'], 'calendars' | 'skip'> {
  const calendars = calendarsOf(sync)
  if (sync.when.by === 'every' && sync.when.seconds < 3600) return { calendars }
  const sunday = days.indexOf('SUNDAY') * 1440
  const later = beginnings(sync)
    .filter((at) => at >= sunday + 120 && at < sunday + 180)
    .flatMap((at) => (['MARCH', 'OCTOBER'] as const).map((month) => ({ minute: at % 60, hour: 3, month, ...lastSunday })))
  return { calendars: [...calendars, ...later], skip: [{ minute: '*', hour: 2, month: 'OCTOBER', ...lastSunday }] }
}

/** What `applySchedules` would do. Changes nothing. */
export async function planSchedules(client: Client, wanted: ReadonlyMap<string, ScheduleOptions>): Promise<ScheduleChange[]> {
  const changes: ScheduleChange[] = []
  for (const [id, schedule] of wanted) {
    const standing = await memoOf(client, id)
    if (standing === undefined) changes.push({ schedule: id, what: 'make', words: `schedule ${id} is made: ${calendarWords(schedule)}` })
    else if (standing !== schedule.memo!.gemaal)
      changes.push({ schedule: id, what: 'change', words: `schedule ${id} is changed: ${calendarWords(schedule)}` })
  }
  for await (const { scheduleId: id, memo } of client.schedule.list()) {
    if (id.startsWith(prefix) && memo?.gemaal !== undefined && !wanted.has(id))
      changes.push({ schedule: id, what: 'remove', words: `schedule ${id} is removed: its sync left the project` })
  }
  return changes
}

/** Brings Temporal's schedules to those wanted; a pause that a person set stays. Safe to repeat. */
export async function applySchedules(client: Client, wanted: ReadonlyMap<string, ScheduleOptions>): Promise<ScheduleChange[]> {
  const changes = await planSchedules(client, wanted)
  for (const { schedule, what } of changes) {
    if (what === 'make') await client.schedule.create(wanted.get(schedule)!)
    else if (what === 'remove') await client.schedule.getHandle(schedule).delete()
    else await replace(client, wanted.get(schedule)!)
  }
  return changes
}

/** A memo cannot be updated: a schedule that changed is made again, paused when it was. */
async function replace(client: Client, options: ScheduleOptions): Promise<void> {
  const handle = client.schedule.getHandle(options.scheduleId)
  const { state } = await handle.describe()
  await handle.delete()
  await client.schedule.create({ ...options, state: { paused: state.paused, ...(state.note && { note: state.note }) } })
}

async function memoOf(client: Client, id: string): Promise<unknown> {
  try {
    const { memo } = await client.schedule.getHandle(id).describe()
    return memo?.gemaal ?? ''
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return undefined
    throw error
  }
}

function calendarWords(schedule: ScheduleOptions): string {
  const calendars = (schedule.spec.calendars ?? []).filter((c) => c.month === undefined)
  const times = calendars.flatMap((c) =>
    [c.hour as number[]].flat().map((h) => `${String(h).padStart(2, '0')}:${String(c.minute).padStart(2, '0')}`),
  )
  const of = [...new Set(calendars.flatMap((c) => (c.dayOfWeek as string[] | undefined) ?? ['every day']))].join(', ').toLowerCase()
  return `${times.length > 4 ? `${times.length} times a day` : times.join(', ')}, ${of}, ${timeZone}`
}

export interface ScheduleState {
  paused: boolean
  /** Of the pause. */
  note: string | undefined
  /** The next moments at which it begins a run, whether or not it is paused. */
  next: readonly Date[]
}

/** How the schedules of these syncs stand, by `<source>/<sync>`; one that is not there is left out. */
export async function scheduleStates(
  client: Client,
  syncs: readonly { source: string; sync: string }[],
): Promise<Map<string, ScheduleState>> {
  const states = await Promise.all(
    syncs.map(async ({ source, sync }) => {
      try {
        const { state, info } = await client.schedule.getHandle(scheduleId(source, sync)).describe()
        const next = [...info.nextActionTimes].sort((a, b) => a.getTime() - b.getTime())
        return [[`${source}/${sync}`, { paused: state.paused, note: state.note || undefined, next }] as const]
      } catch (error) {
        if (error instanceof ScheduleNotFoundError) return []
        throw error
      }
    }),
  )
  return new Map(states.flat())
}

/** Runs that Temporal has begun, by the run id of their workflow. */
export async function runningSyncs(client: Client): Promise<Map<string, { source: string; sync: string; since: Date }>> {
  const running = new Map<string, { source: string; sync: string; since: Date }>()
  for await (const { workflowId, runId, startTime } of client.workflow.list({
    query: `WorkflowType = 'sync' AND ExecutionStatus = 'Running'`,
  })) {
    const [, source, sync] = /^sync:([^/]+)\/(.+?)(?::[0-9a-f-]{36}|-\d{4}-\d{2}-\d{2}T[\d:]+Z)?$/.exec(workflowId) ?? []
    if (source && sync) running.set(runId, { source, sync, since: startTime })
  }
  return running
}
