/** Days and moments of the sample municipality. A day is counted in whole days since 1970-01-01, a moment in microseconds. */

export const second = 1_000_000
export const hour = 3_600 * second
const dayMs = 86_400_000
const dayMicros = 24 * hour

const texts: string[] = []

/** The day as `YYYY-MM-DD`. One text a day, however many records hold it. */
export function dayText(day: number): string {
  texts[day] ??= new Date(day * dayMs).toISOString().slice(0, 10)
  return texts[day]
}

export function dayOf(text: string): number {
  return Math.floor(Date.parse(`${text}T00:00:00Z`) / dayMs)
}

/** The moment as Open Zaak shows it: with microseconds, unless there are none, and `Z`. */
export function momentText(moment: number): string {
  const seconds = Math.floor(moment / second)
  const micros = moment - seconds * second
  const day = Math.floor(seconds / 86_400)
  const inDay = seconds - day * 86_400
  const time = `${two(Math.floor(inDay / 3_600))}:${two(Math.floor(inDay / 60) % 60)}:${two(inDay % 60)}`
  return `${dayText(day)}T${time}${micros === 0 ? '' : `.${String(micros).padStart(6, '0')}`}Z`
}

const two = (n: number): string => (n < 10 ? `0${n}` : String(n))

/** A moment from a text that `Date` reads; finer than a millisecond is lost. */
export function momentOf(text: string): number {
  return Date.parse(text) * 1_000
}

/** What Dutch clocks are ahead of UTC: summer time from the last Sunday of March to that of October, 01:00 UTC. */
function amsterdamAhead(moment: number): number {
  const ms = moment / 1_000
  const year = new Date(ms).getUTCFullYear()
  return ms >= lastSundayAtOne(year, 2) && ms < lastSundayAtOne(year, 9) ? 2 * hour : hour
}

function lastSundayAtOne(year: number, month: number): number {
  const last = new Date(Date.UTC(year, month + 1, 0))
  return Date.UTC(year, month, last.getUTCDate() - last.getUTCDay(), 1)
}

/** The Dutch calendar day of a moment. */
export function amsterdamDay(moment: number): number {
  return Math.floor((moment + amsterdamAhead(moment)) / dayMicros)
}

/** The moment at which a Dutch day begins. */
export function amsterdamMidnight(day: number): number {
  return day * dayMicros - amsterdamAhead(day * dayMicros - hour)
}

/** The day that lies `years` years later; 29 February becomes 28 February where there is none, as in the `relativedelta` of Open Zaak. */
export function yearsLater(day: number, years: number): number {
  const date = new Date(day * dayMs)
  const [year, month, of] = [date.getUTCFullYear() + years, date.getUTCMonth(), date.getUTCDate()]
  // Day 0 of the next month is the last one of this.
  return Math.min(Date.UTC(year, month, of), Date.UTC(year, month + 1, 0)) / dayMs
}
