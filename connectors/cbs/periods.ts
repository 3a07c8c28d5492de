/** The codes of periods that StatLine uses in every table, as dates. */

export type PeriodSort = 'jaar' | 'halfjaar' | 'kwartaal' | 'maand'

/** What a code says; null where it does not say it. */
export interface Period {
  sort: PeriodSort | null
  /** First day, `YYYY-MM-DD`. */
  from: string | null
  /** First day after it: a period ends where the next begins. */
  to: string | null
}

const unknown: Period = { sort: null, from: null, to: null }

/** Months that a period of a sort has, and how many of them are in a year. */
const sorts: { readonly [letters: string]: { sort: PeriodSort; months: number; inYear: number } } = {
  JJ: { sort: 'jaar', months: 12, inYear: 0 },
  HJ: { sort: 'halfjaar', months: 6, inYear: 2 },
  KW: { sort: 'kwartaal', months: 3, inYear: 4 },
  MM: { sort: 'maand', months: 1, inYear: 12 },
}

/**
 * The period of a code: `2024JJ00`, `2024HJ01`, `2024KW01`, `2024MM12`. Others keep their code and have no dates: weeks (`2024W101`) end and
 * begin inside a year, `2024X000` is what is left of a year, `2015G400` is an average of four.
 *
 * @param title a year that is not over has the code of a whole one and says so in its title alone (`2026 januari-april`): it has no end yet
 * @see Handleiding CBS Open Data Services, TimeDimension
 */
export function periodOf(code: string, title?: string | null): Period {
  const [, year, letters, number] = /^(\d{4})([A-Z]{2})(\d{2})$/.exec(code) ?? []
  const known = letters === undefined ? undefined : sorts[letters]
  if (!known || Number(number) > known.inYear || (known.inYear > 0 && number === '00')) return unknown
  const first = known.inYear === 0 ? 0 : (Number(number) - 1) * known.months
  const from = day(Number(year), first)
  // A star marks a figure that is provisional.
  const isPart = known.sort === 'jaar' && title != null && !new RegExp(`^${year}\\*{0,2}$`).test(title)
  return { sort: known.sort, from, to: isPart ? null : day(Number(year), first + known.months) }
}

/** The code of a year that stands alone in a text, such as the title of a table that is about one year; undefined where none or several do. */
export function yearCodeIn(text: string | undefined): string | undefined {
  const years = new Set((text ?? '').match(/(?<![\d-])(19|20)\d{2}(?![\d-])/g))
  return years.size === 1 ? `${[...years][0]}JJ00` : undefined
}

const day = (year: number, month: number): string => {
  const at = year * 12 + month
  return `${String(Math.floor(at / 12)).padStart(4, '0')}-${String((at % 12) + 1).padStart(2, '0')}-01`
}
