/** The small values that forms are made of: text that is checked and, where it means a number, read as one. */
import { z } from 'zod'
import { type PersonalKind, personalKinds } from './kinds.js'

export const text = z.string({ error: 'text' }).trim().min(1, { error: 'a text that is not empty' })

/** Text of one form; `expected` completes "expected …" in a message. */
export function textLike(pattern: RegExp, expected: string): z.ZodString {
  return z.string({ error: expected }).regex(pattern, { error: expected })
}

// Postgres cuts names off at 63 bytes; `_deleted` and `_history` are added to that of a dataset.
export const longestDatasetName = 55

/** Name of a column, schema or table: these land in Postgres as they are. */
export const columnName = textLike(/^[a-z][a-z0-9_]{0,62}$/, 'a column in snake_case, such as einddatum_gepland')
/** What a field of a source is called as a column, also where it cannot land under that name. */
export const fieldColumn = textLike(/^[\p{L}_][\p{L}\p{N}_]*$/u, 'a column of the stream in snake_case, such as einddatum_gepland')
export const kebabCase = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/
export const kebabName = textLike(kebabCase, 'a name in kebab-case, such as besluit-op-tijd')
export const streamName = textLike(/^[A-Za-z][A-Za-z0-9_-]*$/, 'the name of a stream, such as zaken')
export const packName = textLike(kebabCase, 'the name of a rule pack, such as zgw-zaken')
export const ruleId = textLike(/^[a-z][a-z0-9-]*\.[a-z0-9][a-z0-9-]*$/, 'a rule as <pack>.<rule>, such as nl.bsn')
export const version = textLike(/^(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}$/, 'a version such as 2.1.0')
export const email = z.email({ error: 'an e-mail address' })
export const day = z.iso.date({ error: 'a day such as 2026-12-31' })
export const flag = z.boolean({ error: 'true or false' })
export const count = z
  .number({ error: 'a whole number of 1 or more' })
  .int({ error: 'a whole number of 1 or more' })
  .min(1, { error: 'a whole number of 1 or more' })

export const personalKind = z.enum(personalKinds as readonly PersonalKind[] as [PersonalKind, ...PersonalKind[]])

/** A list in which nothing stands twice; written as one value or as a list. */
export function oneOrMore<T extends z.ZodType<string>>(item: T, expected: string) {
  return z
    .union([item, list(item)], { error: `${expected}, or a list of them` })
    .transform((value): z.output<T>[] => (Array.isArray(value) ? value : [value]))
}

export function list<T extends z.ZodType<string>>(item: T) {
  return z.array(item).superRefine((values, ctx) => {
    values.forEach((value, index) => {
      if (values.indexOf(value) < index) ctx.addIssue({ code: 'custom', path: [index], message: `'${value}' stands in the list twice` })
    })
  })
}

const secondsOf = { second: 1, minute: 60, hour: 3600, day: 86_400, week: 604_800 } as const

const durationText = textLike(/^[1-9]\d{0,5} (second|minute|hour|day|week)s?$/, 'a duration such as 15 minutes or 1 day')

/** A duration on the clock, `15 minutes` or `1 day`, in seconds. */
export const duration = durationText.transform((written) => {
  const [amount, unit] = written.split(' ') as [string, string]
  return Number(amount) * secondsOf[unit.replace(/s$/, '') as keyof typeof secondsOf]
})

/** A period on the calendar, `5 years`: as Postgres reads an interval. Its length depends on where it begins. */
export const period = textLike(/^[1-9]\d{0,3} (day|week|month|year)s?$/, 'a period such as 5 years or 6 months')

/** Time of day on the clock of Europe/Amsterdam, `05:30`. */
export const timeOfDay = textLike(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time such as 05:30')

/** Hours of the day on the clock of Europe/Amsterdam, from inclusive and to exclusive; over midnight where `to` is earlier. */
export interface Hours {
  from: string
  to: string
}

export const hours = textLike(/^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$/, 'hours such as 07:00-19:00').transform(
  (written, ctx): Hours => {
    const [from, to] = written.split('-') as [string, string]
    if (from === to)
      ctx.addIssue({ code: 'custom', message: `the hours ${written} begin and end at the same time; leave them out for the whole day` })
    return { from, to }
  },
)

/** A share (0..1) or a number of records. */
export type Bound = { share: number } | { count: number }

export const bound = textLike(/^(\d{1,2}(\.\d+)?|100) ?%$|^(0|[1-9]\d{0,8})$/, 'a share such as 2 % or a number of records').transform(
  (written): Bound =>
    // Divided as a whole, because 0.5 % is 0.005 and not 0.5 times 0.01.
    written.endsWith('%') ? { share: Number.parseFloat(written) / 100 } : { count: Number(written) },
)
