/** The day that it is in the Netherlands: rules that speak of today mean that one. */

const dutchDay = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Amsterdam', year: 'numeric', month: '2-digit', day: '2-digit' })

let day = ''
/** Minute in which `day` was asked for: asking costs more than judging a record does. */
let minute = -1

/** The calendar day in the Netherlands, `YYYY-MM-DD`. */
export function dutchToday(now: Date | number = Date.now()): string {
  const asked = Math.floor(Number(now) / 60_000)
  if (asked !== minute) {
    day = dutchDay.format(asked * 60_000)
    minute = asked
  }
  return day
}
