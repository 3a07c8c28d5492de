/** Arguments that have a form of their own. */
import { UsageError } from './exit.js'

/** A whole number of at least 1; undefined where it was left out. @throws UsageError */
export function wholeNumber(what: string, text: string | undefined, most = Number.MAX_SAFE_INTEGER): number | undefined {
  if (text === undefined) return undefined
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < 1 || value > most)
    throw new UsageError(
      `${what} '${text}' is no whole number of at least 1${most < Number.MAX_SAFE_INTEGER ? ` and at most ${most}` : ''}`,
    )
  return value
}

/** The number of a run, a hold or an entry. @throws UsageError */
export function idOf(what: string, text: string): number {
  return wholeNumber(`the number of the ${what}`, text)!
}

/** A day of the calendar, `2026-11-25`. @throws UsageError */
export function day(what: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const moment = /^\d{4}-\d{2}-\d{2}$/.test(text) ? new Date(`${text}T00:00:00Z`) : undefined
  if (!moment || Number.isNaN(moment.getTime()) || !moment.toISOString().startsWith(text))
    throw new UsageError(`${what} '${text}' is no day; expected one such as 2026-11-25`)
  return text
}
