import { z } from 'zod'
import type { Reading } from '../connectors/connector.js'
import { compareText } from './problem.js'
import { duration, type Hours, hours, list, oneOrMore, streamName, timeOfDay } from './words.js'

export const weekdays = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const
export type Weekday = (typeof weekdays)[number]

const groups: { readonly [word: string]: readonly Weekday[] } = { weekdays: weekdays.slice(0, 5), weekend: weekdays.slice(5) }
const dayWords = ['weekdays', 'weekend', ...weekdays] as const

/** When a stream is brought up to date, on the clock of Europe/Amsterdam, which intervals do not know. */
export type When =
  /** Each day of `days`, counted from `between.from` (else midnight) on, up to `between.to`. Less than a day. */
  | { by: 'every'; seconds: number; days: readonly Weekday[]; between: Hours | undefined }
  /** At these times of each day of `days`. */
  | { by: 'at'; times: readonly string[]; days: readonly Weekday[] }

export interface Sync {
  read: Reading
  /** Left out: those that a dataset takes. */
  streams: readonly string[] | undefined
  when: When
}

const aDay = 86_400

export const syncForm = z
  .strictObject({
    every: duration.optional().describe('Period under a day, such as 15 minutes'),
    at: oneOrMore(timeOfDay, 'a time such as 05:30').optional().describe('Time of day in Europe/Amsterdam, or a list of times'),
    days: oneOrMore(z.enum(dayWords), 'a day of the week, weekdays or weekend')
      .optional()
      .describe('Days of the week; left out: every day'),
    between: hours.optional().describe('Hours of the day for `every`, such as 07:00-19:00'),
    read: z.enum(['changes', 'full']).default('changes').describe('How to read: changes (the cheapest sound way) or full'),
    streams: list(streamName).min(1).optional().describe('Streams to read; left out: those that a dataset takes'),
  })
  .superRefine((sync, ctx) => {
    const issue = (path: string[], message: string) => ctx.addIssue({ code: 'custom', path, message })
    if (sync.every === undefined && sync.at === undefined)
      issue([], "missing key 'at' or 'every'; expected a time such as 05:30, or a period such as 15 minutes")
    if (sync.every !== undefined && sync.at !== undefined) issue(['at'], "'every' and 'at' exclude each other; make two syncs")
    if (sync.every !== undefined && (sync.every >= aDay || sync.every % 60 !== 0)) {
      issue(['every'], "'every' is for whole minutes under a day; for a day or more use 'at', a time on the calendar")
    }
    if (sync.between !== undefined && sync.every === undefined) issue(['between'], "'between' goes with 'every'; 'at' says the time itself")
  })
  .transform(({ every, at, days, between, read, streams }): Sync => {
    const on = weekdays.filter((day) => (days ?? weekdays).some((word) => word === day || groups[word]?.includes(day)))
    const when: When =
      every !== undefined
        ? { by: 'every', seconds: every, days: on, between }
        : { by: 'at', times: [...(at ?? [])].sort(compareText), days: on }
    return { read, streams, when }
  })

/** The syncs of a source that names none. */
export const defaultSyncs: { readonly [name: string]: Sync } = {
  daily: { read: 'changes', streams: undefined, when: { by: 'at', times: ['05:30'], days: weekdays } },
  weekly: { read: 'full', streams: undefined, when: { by: 'at', times: ['03:30'], days: ['sunday'] } },
}

const minutesOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3))
const minutesADay = 24 * 60

/** Minutes of the week, from Monday 00:00, at which a sync begins, in order. */
export function beginnings({ when }: Sync): number[] {
  const ofDay = when.by === 'at' ? when.times.map(minutesOf) : steps(when.seconds / 60, when.between)
  const week = when.days.flatMap((day) => ofDay.map((minute) => weekdays.indexOf(day) * minutesADay + minute))
  return [...new Set(week.map((minute) => minute % (7 * minutesADay)))].sort((a, b) => a - b)
}

function steps(every: number, between: Hours | undefined): number[] {
  const from = between ? minutesOf(between.from) : 0
  const to = between ? minutesOf(between.to) : minutesADay
  const end = to > from ? to : to + minutesADay
  return Array.from({ length: Math.ceil((end - from) / every) }, (_, step) => from + step * every)
}

/**
 * The longest time between two beginnings of any of these syncs, in seconds, over a week.
 *
 * @returns undefined when none of them ever begins
 */
export function longestGap(syncs: readonly Sync[]): number | undefined {
  const week = [...new Set(syncs.flatMap(beginnings))].sort((a, b) => a - b)
  if (week.length === 0) return undefined
  const gaps = week.map((minute, index) => (index === 0 ? minute + 7 * minutesADay - week.at(-1)! : minute - week[index - 1]!))
  return Math.max(...gaps) * 60
}
