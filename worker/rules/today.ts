/** The day that it is in the Netherlands: rules that speak of today mean that one. */

const dutchDay = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Amsterdam', year: 'numeric', month: '2-digit', day: '2-digit' })

let day = ''
/** Minute in which `day` was asked for: asking costs more than judging a record does. */
let minute = -1

/** `YYYY-MM-DD` */
export function dutchToday(): string {
  const now = Math.floor(Date.now() / 60_000)
  if (now !== minute) {
    day = dutchDay.format(now * 60_000)
    minute = now
  }
  return day
}
