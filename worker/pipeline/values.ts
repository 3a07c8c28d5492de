/**
 * One value of a record → the exact text that Postgres takes. Every function gives `undefined` for a value that is not of its type; none
 * guesses. The forms are the declared ones: identifiers keep their zeros, `1,5` is no number.
 */
import { isLosslessNumber } from 'lossless-json'

/** A shaped value: text in the form of its type, a boolean, a list of texts, or JSON to be written as it is. */
export type Value = string | boolean | null | Value[] | JsonValue
/** A nested value, filtered to its described paths. */
export interface JsonValue {
  readonly json: unknown
}

// NUL cannot be stored by Postgres, and a lone surrogate is no text in UTF-8.
const isStorable = (raw: string): boolean => !raw.includes('\0') && raw.isWellFormed()

export function text(raw: unknown): string | undefined {
  if (typeof raw === 'string') return isStorable(raw) ? raw : undefined
  if (typeof raw === 'number' && Number.isFinite(raw)) {
    // A whole double beyond 2^53 has lost digits already: another number would land.
    if (Number.isInteger(raw) && !Number.isSafeInteger(raw)) return undefined
    return Object.is(raw, -0) ? '0' : String(raw)
  }
  if (typeof raw === 'boolean') return String(raw)
  if (isLosslessNumber(raw)) return raw.value
  return undefined
}

const decimalForm = /^([+-]?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d{1,5}))?$/
// Postgres' numeric takes 131,072 digits before the point; no registration needs more than this.
const mostDigits = 1000

/** A decimal as exact text without exponent: `1E+3` → `1000`, `-0` → `0`. `scale` digits after the point are kept as they came. */
export function decimal(raw: unknown): string | undefined {
  const source = typeof raw === 'string' ? raw : text(typeof raw === 'boolean' ? undefined : raw)
  const parts = source === undefined ? null : decimalForm.exec(source)
  if (!parts) return undefined
  const [, sign, whole = '', fraction = '', exponent] = parts
  const shift = exponent ? Number(exponent) : 0
  if (Math.abs(shift) > mostDigits || whole.length + fraction.length > mostDigits) return undefined
  const digits = whole + fraction
  const point = whole.length + shift
  const padded = point <= 0 ? '0'.repeat(1 - point) + digits : digits.padEnd(point, '0')
  const at = Math.max(point, 1)
  const before = padded.slice(0, at).replace(/^0+(?=\d)/, '')
  const after = padded.slice(at)
  if (before.length + after.length > mostDigits) return undefined
  const plain = after ? `${before}.${after}` : before
  return sign === '-' && /[1-9]/.test(plain) ? `-${plain}` : plain
}

const greatest = 9223372036854775807n

/** An integer within bigint, exact: `12.0` and `1E+3` are integers, `12.5` is not. */
export function integer(raw: unknown): string | undefined {
  if (typeof raw === 'number' && Number.isSafeInteger(raw)) return String(raw === 0 ? 0 : raw)
  // A double beyond 2^53 has lost digits already; only its text can be trusted.
  if (typeof raw === 'number') return undefined
  const exact = decimal(raw)
  if (exact === undefined) return undefined
  const [whole = '', fraction = ''] = exact.split('.')
  if (/[1-9]/.test(fraction)) return undefined
  const value = BigInt(whole)
  return value <= greatest && value >= -greatest - 1n ? String(value) : undefined
}

export function boolean(raw: unknown): boolean | undefined {
  if (typeof raw === 'boolean') return raw
  if (raw === 'true') return true
  if (raw === 'false') return false
  return undefined
}

const dayForm = /^(\d{4})-(\d{2})-(\d{2})$/
const lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

export function isCalendarDay(year: number, month: number, day: number): boolean {
  if (year < 1 || month < 1 || month > 12 || day < 1) return false
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  return day <= (month === 2 && leap ? 29 : lengths[month - 1]!)
}

/** A calendar day `YYYY-MM-DD`. An instant with an offset gives the Dutch calendar day on which it falls. */
export function date(raw: unknown): string | undefined {
  if (typeof raw !== 'string') return undefined
  const day = dayForm.exec(raw)
  if (day) return isCalendarDay(Number(day[1]), Number(day[2]), Number(day[3])) ? raw : undefined
  const moment = instantForm.exec(raw)
  if (!moment?.[8]) return undefined
  const instant = datetime(raw)
  // A year before 1000 is written without zeros.
  const said = instant && dutchDay.format(new Date(`${instant.slice(0, 19)}Z`)).padStart(10, '0')
  return said !== undefined && dayForm.test(said) ? said : undefined
}

const instantForm = /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,12}))?)?(Z|z|[+-]\d{2}(?::?\d{2})?)?$/
const dutchDay = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Amsterdam', year: 'numeric', month: '2-digit', day: '2-digit' })

/**
 * A moment as UTC with microseconds, `2026-07-01T10:00:00.000000Z`: the same moment has one text, however the source spells it. Digits
 * beyond microseconds are cut off, since Postgres has no room for them. Without an offset it is Dutch local time; a local time that the
 * clock skips is no moment, and of one that occurs twice the earlier is taken.
 */
export function datetime(raw: unknown): string | undefined {
  if (typeof raw !== 'string') return undefined
  const parts = instantForm.exec(raw)
  if (!parts) return undefined
  const [, year, month, day, hour, minute, second = '00', fraction = '', offset] = parts
  if (!isCalendarDay(Number(year), Number(month), Number(day))) return undefined
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined
  const micros = fraction.slice(0, 6).padEnd(6, '0')
  if (offset === 'Z' || offset === 'z' || offset === '+00:00') return `${year}-${month}-${day}T${hour}:${minute}:${second}.${micros}Z`
  const local = new Date(0)
  local.setUTCFullYear(Number(year), Number(month) - 1, Number(day)) // Date.UTC reads years below 100 as 19xx
  local.setUTCHours(Number(hour), Number(minute), Number(second))
  const shift = offset === undefined ? dutchOffset(local.getTime()) : offsetOf(offset)
  if (shift === undefined) return undefined
  const utc = new Date(local.getTime() - shift)
  const year4 = utc.getUTCFullYear()
  return year4 < 1 || year4 > 9999 ? undefined : `${utc.toISOString().slice(0, 19)}.${micros}Z`
}

/** Whether a moment is written as Dutch local time, without a distance to UTC, of an hour that occurs twice. */
export function occursTwice(raw: unknown): boolean {
  // The clock has never been set back in another month than these three.
  if (typeof raw !== 'string' || !/^.{5}(?:09|10|11)-.*[^Zz]$/.test(raw)) return false
  const [whole, year, month, day, hour, minute, second = '00', , offset] = instantForm.exec(raw) ?? []
  if (whole === undefined || offset !== undefined || datetime(raw) === undefined) return false
  const local = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second))
  const shifts = new Set([dutchShift(local - dayMs), dutchShift(local + dayMs)])
  return shifts.size === 2 && [...shifts].every((shift) => dutchShift(local - shift) === shift)
}

/** Milliseconds. */
function offsetOf(offset: string): number | undefined {
  const hours = Number(offset.slice(1, 3))
  const minutes = Number(offset.slice(3).replace(':', '') || 0)
  if (hours > 18 || minutes > 59) return undefined
  return (offset[0] === '-' ? -1 : 1) * (hours * 60 + minutes) * 60_000
}

const dutchClock = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'Europe/Amsterdam',
  hourCycle: 'h23',
  year: 'numeric',
  month: 'numeric',
  day: 'numeric',
  hour: 'numeric',
  minute: 'numeric',
  second: 'numeric',
})

const dayMs = 86_400_000

/**
 * Milliseconds that Dutch local time is ahead of UTC when its clock shows `local` (given as if it were UTC); undefined when it never does.
 * Only the offsets of the day before and the day after come into question; the larger one gives the earlier moment.
 */
function dutchOffset(local: number): number | undefined {
  const around = [dutchShift(local - dayMs), dutchShift(local + dayMs)]
  const larger = Math.max(...around)
  const shows = (shift: number) => dutchShift(local - shift) === shift
  return shows(larger) ? larger : around.find(shows)
}

/** How far the Dutch clock is ahead at a moment. */
function dutchShift(moment: number): number {
  const parts: { [type: string]: number } = {}
  for (const part of dutchClock.formatToParts(new Date(moment))) parts[part.type] = Number(part.value)
  const shown = new Date(0)
  shown.setUTCFullYear(parts.year!, parts.month! - 1, parts.day)
  shown.setUTCHours(parts.hour!, parts.minute, parts.second)
  return shown.getTime() - moment
}

const durationForm = /^-?P(?=.)(?:\d+W|(?:\d+Y)?(?:\d+M)?(?:\d+D)?(?:T(?=.)(?:\d+H)?(?:\d+M)?(?:\d+(?:[.,]\d+)?S)?)?)$/

/** An ISO 8601 duration, kept as text: years and months have no fixed length. */
export function duration(raw: unknown): string | undefined {
  return typeof raw === 'string' && durationForm.test(raw) ? raw : undefined
}

const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

export function uuid(raw: unknown): string | undefined {
  return typeof raw === 'string' && uuidForm.test(raw) ? raw.toLowerCase() : undefined
}

/** The UUID at the end of a link: hosts in links differ by route, so only it identifies. */
export function reference(raw: unknown): string | undefined {
  if (typeof raw !== 'string') return undefined
  const path = raw.split(/[?#]/, 1)[0]!.replace(/\/+$/, '')
  return uuid(path.slice(path.lastIndexOf('/') + 1))
}

/** A GeoJSON geometry with finite coordinates: its type and coordinates, since what else stands in it is not described. */
export function geometry(raw: unknown): JsonValue | undefined {
  if (!isObject(raw) || typeof raw.type !== 'string') return undefined
  if (raw.type === 'GeometryCollection') {
    const geometries = Array.isArray(raw.geometries) ? raw.geometries.map((g) => geometry(g)?.json) : [undefined]
    return geometries.includes(undefined) ? undefined : { json: { type: raw.type, geometries } }
  }
  if (!/^(Multi)?(Point|LineString|Polygon)$/.test(raw.type)) return undefined
  return Array.isArray(raw.coordinates) && raw.coordinates.length > 0 && coordinates(raw.coordinates)
    ? { json: { type: raw.type, coordinates: raw.coordinates } }
    : undefined
}

function coordinates(raw: readonly unknown[]): boolean {
  return raw.every((c) =>
    Array.isArray(c)
      ? c.length > 0 && coordinates(c)
      : isLosslessNumber(c)
        ? decimal(c) !== undefined && Number.isFinite(Number(c.value))
        : typeof c === 'number' && Number.isFinite(c),
  )
}

export function isObject(raw: unknown): raw is { [name: string]: unknown } {
  return typeof raw === 'object' && raw !== null && !Array.isArray(raw) && !isLosslessNumber(raw)
}

/** The types of one value, each with the function that shapes it. */
export const scalars = { text, integer, decimal, boolean, date, datetime, duration, uuid, reference } as const

export type ScalarType = keyof typeof scalars
