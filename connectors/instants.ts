/**
 * Values that grow as a source changes: instants at any precision, dates, and numbers. They are compared exactly and kept as the source
 * wrote them; a conversion to milliseconds would lose what comes after the third digit, and with it records.
 */

const instant = /^(\d{4})-(\d{2})-(\d{2})(?:([Tt ])(\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,30}))?)?\s*(Z|z|[+-]\d{2}(?::?\d{2})?)?)?$/
const number = /^([+-]?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,6}))?$/

interface Instant {
  /** Seconds since the epoch, without the fraction. */
  seconds: number
  /** Digits after the seconds. */
  fraction: string
}

/** The moment of an ISO 8601 date or date-time; a date is its beginning, and without an offset it is UTC. Undefined for other text. */
function instantOf(text: string): Instant | undefined {
  const [, year, month, day, , hour = '0', minute = '0', second = '0', fraction = '', offset = 'Z'] = instant.exec(text) ?? []
  if (year === undefined) return undefined
  const date = new Date(0)
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day))
  // A month of 13 or a day of 31 February would roll over into another date.
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) return undefined
  if (Number(hour) > 24 || Number(minute) > 59 || Number(second) > 60) return undefined
  const seconds = date.getTime() / 1000 + Number(hour) * 3600 + Number(minute) * 60 + Number(second) - offsetSeconds(offset)
  return { seconds, fraction }
}

function offsetSeconds(offset: string): number {
  const { 1: sign, 2: hours = '0', 3: minutes = '0' } = /^([+-])(\d{2}):?(\d{2})?$/.exec(offset) ?? []
  return sign === undefined ? 0 : (sign === '-' ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60)
}

export const isInstant = (text: string): boolean => instantOf(text) !== undefined
export const isDecimal = (text: string): boolean => number.test(text)

/**
 * Orders two ISO 8601 instants exactly, whatever their offsets and numbers of fraction digits: negative, 0, positive. `…:00Z` and
 * `…:00.000000Z` are equal. A date is its beginning in UTC, and so is a date-time without an offset.
 *
 * @throws RangeError when one is no instant
 */
export function compareInstants(a: string, b: string): number {
  const [left, right] = [instantOf(a), instantOf(b)]
  if (!left || !right) throw new RangeError('not an ISO 8601 instant')
  return left.seconds - right.seconds || compareText(left.fraction.replace(/0+$/, ''), right.fraction.replace(/0+$/, ''))
}

/**
 * Orders two decimals exactly, at any length and with any exponent.
 *
 * @throws RangeError when one is no decimal
 */
export function compareDecimals(a: string, b: string): number {
  const [left, right] = [decimalOf(a), decimalOf(b)]
  if (left.sign !== right.sign) return left.sign - right.sign
  return left.sign * (left.magnitude - right.magnitude || compareText(left.digits, right.digits))
}

/** `0.digits × 10^magnitude`, digits without zeros at either end. Zero has sign 0. */
function decimalOf(text: string): { sign: number; digits: string; magnitude: number } {
  const [, minus, whole, rest = '', exponent = '0'] = number.exec(text) ?? []
  if (whole === undefined) throw new RangeError('not a decimal')
  const leading = /^0*/.exec(whole + rest)![0].length
  const digits = (whole + rest).slice(leading).replace(/0+$/, '')
  if (digits === '') return { sign: 0, digits, magnitude: 0 }
  return { sign: minus === '-' ? -1 : 1, digits, magnitude: whole.length - leading + Number(exponent) }
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Orders two checkpoints of a field that grows: as numbers, else as instants, else as text. */
export function compareGrowing(a: string, b: string): number {
  if (isDecimal(a) && isDecimal(b)) return compareDecimals(a, b)
  if (isInstant(a) && isInstant(b)) return compareInstants(a, b)
  return compareText(a, b)
}

const units: { [unit: string]: number } = { second: 1, minute: 60, hour: 3600, day: 86_400, week: 604_800 }

/**
 * Seconds of a duration: ISO 8601 without months and years, whose length differs (`P7D`, `PT10M`), or in words (`1 day`, `15 minutes`).
 *
 * @throws RangeError for anything else
 */
export function secondsOf(duration: string): number {
  const [, count, unit] = /^(\d{1,6}) (second|minute|hour|day|week)s?$/.exec(duration) ?? []
  if (unit !== undefined) return Number(count) * units[unit]!
  const iso = /^P(?=.)(?:(\d{1,6})W)?(?:(\d{1,6})D)?(?:T(?=.)(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,6})S)?)?$/.exec(duration)
  if (!iso) throw new RangeError(`'${duration}' is not a duration such as PT10M, P7D or '1 day'`)
  const [weeks, days, hours, minutes, seconds] = iso.slice(1).map((part) => Number(part ?? 0))
  return weeks! * units.week! + days! * units.day! + hours! * units.hour! + minutes! * units.minute! + seconds!
}

/** Whether text says how much to re-read before a checkpoint: a whole number, or a duration as `secondsOf` reads it. */
export function isOverlap(text: string): boolean {
  if (/^\d{1,18}$/.test(text)) return true
  try {
    return secondsOf(text) >= 0
  } catch {
    return false
  }
}

/**
 * A moment so much earlier, written as it was: the same offset and digits, a date as a date (whole days, rounded up). Text that is no
 * instant comes back as it is.
 */
export function earlier(text: string, seconds: number): string {
  const [, , , , between, , , second, fraction, offset] = instant.exec(text) ?? []
  const moment = instantOf(text)
  if (!moment) return text
  if (between === undefined) return isoOf(moment.seconds - Math.ceil(seconds / 86_400) * 86_400).slice(0, 10)
  const [date, time] = isoOf(moment.seconds - seconds + offsetSeconds(offset ?? 'Z')).split('T') as [string, string]
  const clock = second === undefined ? time.slice(0, 5) : time
  const point = /[.,](?=\d)/.exec(text)?.[0] ?? ''
  return `${date}${between}${clock}${fraction === undefined ? '' : point + fraction}${offset ?? ''}`
}

const isoOf = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 19)
