/**
 * Coarser forms of a value: null where the value says that it is not known, undefined where it has not a form that can be made coarser. None
 * guesses.
 */
import { date, isCalendarDay } from './values.js'

type Coarser = string | null | undefined

// A year, a month or a day, with hyphens or, as in the BRP, without: 1956, 1956-02, 1956-02-29, 19560229. 00 is what is not known.
const partialDate = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?|(\d{2})(\d{2}))?$/

/**
 * The known parts of a date that may be incomplete, or of the Dutch day on which a moment falls.
 *
 * @see Logisch Ontwerp BRP, incomplete dates: `19560000` is a year, `19560200` a year and a month, `00000000` nothing
 */
function partsOf(text: string): { year: string; month: string } | undefined {
  const parts = partialDate.exec(text.trim()) ?? partialDate.exec(date(text.trim()) ?? '')
  if (!parts) return undefined
  const [, year = '', month = parts[4] ?? '00', day = parts[5] ?? '00'] = parts
  const fits = month === '00' ? day === '00' : year === '0000' ? false : isCalendarDay(Number(year), Number(month), Number(day) || 1)
  return fits ? { year, month } : undefined
}

/** The year of a date, four digits: `1956`. */
export function yearOf(text: string): Coarser {
  const parts = partsOf(text)
  return parts?.year === '0000' ? null : parts?.year
}

/** The month of a date, `1956-02`; the year where the month is not known. */
export function monthOf(text: string): Coarser {
  const parts = partsOf(text)
  return parts === undefined || parts.month === '00' ? yearOf(text) : `${parts.year}-${parts.month}`
}

/** The four digits of a Dutch postcode, with its letters or without. */
export function pc4Of(text: string): Coarser {
  return /^([1-9]\d{3})\s*(?:[A-Za-z]{2})?$/.exec(text.trim())?.[1]
}

/** By treatment. */
export const generalisations: { readonly [treatment in 'year' | 'month' | 'pc4']: (text: string) => Coarser } = {
  year: yearOf,
  month: monthOf,
  pc4: pc4Of,
}
