/**
 * The values that rules in CEL work on, beside text (string), int (bigint) and bool: what a shaped value is to an expression. An absent value
 * is null everywhere. All are immutable, and compare exactly.
 */
import { isLosslessNumber } from 'lossless-json'
import type { InsideField, ValueType } from '../../config/dataset-plan.js'
import type { Value } from '../pipeline/values.js'
import * as values from '../pipeline/values.js'

/** A rule that cannot be judged of this record. The message goes into a finding: it names no value. */
export class RuleFailure extends Error {
  override name = 'RuleFailure'
}

export type CelValue = string | bigint | boolean | Day | Moment | Period | Decimal | CelList | Group

const dayMs = 86_400_000

/** A day on the calendar, years 1 to 9999. */
export class Day {
  /** `YYYY-MM-DD`: its order is that of days. */
  readonly text: string
  constructor(text: string) {
    this.text = text
  }

  static of(text: string): Day | null {
    return values.scalars.date(text) === text ? new Day(text) : null
  }

  plus(period: Period): Day {
    if (period.micros !== 0) throw new RuleFailure('a day and a duration with hours cannot be added')
    return new Day(inCalendar(movedDay(this.text, period)).toISOString().slice(0, 10))
  }

  /** Days from the other one to this. */
  since(other: Day): bigint {
    return BigInt((Date.parse(this.text) - Date.parse(other.text)) / dayMs)
  }
}

/** A point in time, to the microsecond. */
export class Moment {
  /** UTC, `2026-07-01T10:00:00.000000Z`: its order is that of time. */
  readonly text: string
  constructor(text: string) {
    this.text = text
  }

  static of(text: string): Moment | null {
    const exact = values.scalars.datetime(text)
    return exact === undefined ? null : new Moment(exact)
  }

  static at(moment: Date): Moment {
    return new Moment(`${moment.toISOString().slice(0, -1)}000Z`)
  }

  /** The day that it is in the Netherlands. */
  get day(): Day {
    // Dutch time was never more than two hours ahead of UTC, and never behind it.
    return new Day(this.text.slice(11, 13) < '22' ? this.text.slice(0, 10) : values.scalars.date(this.text)!)
  }

  /** Years to days move along the Dutch calendar at the same time of day; hours to seconds are added exactly. */
  plus(period: Period): Moment {
    let moment: Moment = this
    if (period.months !== 0 || period.days !== 0) {
      const local = dutchTime(this.text)
      const day = inCalendar(movedDay(local.slice(0, 10), period))
        .toISOString()
        .slice(0, 10)
      // A time that the clock skips that day is taken an hour later, as the clock does.
      moment = Moment.of(`${day}T${local.slice(11)}`) ?? Moment.of(`${day}T${hourLater(local.slice(11))}`)!
    }
    if (period.micros === 0) return moment
    const micros = Number(moment.text.slice(20, 26)) + period.micros
    const carried = Math.floor(micros / 1_000_000)
    const whole = inCalendar(new Date(Date.parse(`${moment.text.slice(0, 19)}Z`) + carried * 1000))
    return new Moment(`${whole.toISOString().slice(0, 19)}.${String(micros - carried * 1_000_000).padStart(6, '0')}Z`)
  }
}

function hourLater(time: string): string {
  return String(Number(time.slice(0, 2)) + 1).padStart(2, '0') + time.slice(2)
}

function inCalendar(date: Date): Date {
  const year = date.getUTCFullYear()
  if (!(year >= 1 && year <= 9999)) throw new RuleFailure('the day lies outside the calendar')
  return date
}

/** A day after so many months and then days; a day that its month does not have becomes the last one of that month, as in Postgres. */
function movedDay(text: string, { months, days }: Period): Date {
  const [year, month, day] = [Number(text.slice(0, 4)), Number(text.slice(5, 7)) - 1 + months, Number(text.slice(8, 10))]
  const last = new Date(0)
  last.setUTCFullYear(year, month + 1, 0)
  const moved = new Date(0)
  moved.setUTCFullYear(year, month, Math.min(day, last.getUTCDate()) + days)
  return moved
}

const dutchClock = new Intl.DateTimeFormat('sv-SE', {
  timeZone: 'Europe/Amsterdam',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
})

/** `2026-07-01T10:00:00.000000Z` → `2026-07-01T12:00:00.000000` on the Dutch clock. */
function dutchTime(text: string): string {
  const shown = dutchClock.format(new Date(`${text.slice(0, 19)}Z`)).replace(' ', 'T')
  return `${shown.padStart(19, '0')}${text.slice(19, 26)}`
}

const periodForm = /^(-?)P(?:(\d+)W|(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:[.,](\d{1,6})\d*)?S)?)?)$/

/** A duration as ISO 8601 writes it. A month has no fixed number of days, nor a day of hours: its parts stay apart, and it has no order. */
export class Period {
  readonly months: number
  readonly days: number
  readonly micros: number
  constructor(months: number, days: number, micros: number) {
    this.months = months
    this.days = days
    this.micros = micros
  }

  /** @returns null for a text that is none, and for one of more than 285 years written in seconds */
  static of(text: string): Period | null {
    const parts = values.scalars.duration(text) === undefined ? null : periodForm.exec(text)
    if (!parts) return null
    const [weeks, years, months, days, hours, minutes, seconds] = parts.slice(2, 9).map((part) => Number(part ?? 0)) as Seven
    const sign = parts[1] === '-' ? -1 : 1
    const micros = (hours * 3600 + minutes * 60 + seconds) * 1_000_000 + Number((parts[9] ?? '').padEnd(6, '0'))
    const all = [years * 12 + months, weeks * 7 + days, micros].map((part) => (part === 0 ? 0 : sign * part)) as [number, number, number]
    return all.every(Number.isSafeInteger) ? new Period(...all) : null
  }

  negated(): Period {
    return new Period(0 - this.months, 0 - this.days, 0 - this.micros)
  }
}

type Seven = [number, number, number, number, number, number, number]

// More than any amount or measure has; reckoning with a thousand digits takes a hundred times as long as with ten.
export const mostDigits = 100

/** A decimal number, exact: `units` of 10^-scale. */
export class Decimal {
  readonly units: bigint
  readonly scale: number
  constructor(units: bigint, scale: number) {
    this.units = units
    this.scale = scale
  }

  static of(text: string): Decimal | null {
    const plain = values.scalars.decimal(text)
    if (plain === undefined) return null
    if (plain.length > mostDigits) throw new RuleFailure('the number has too many digits')
    const [whole = '', fraction = ''] = plain.split('.')
    return new Decimal(BigInt(whole + fraction), fraction.length)
  }

  static from(value: Decimal | bigint): Decimal {
    return value instanceof Decimal ? value : new Decimal(value, 0)
  }

  at(scale: number): bigint {
    return this.units * 10n ** BigInt(scale - this.scale)
  }

  plus(other: Decimal): Decimal {
    const scale = Math.max(this.scale, other.scale)
    return new Decimal(this.at(scale) + other.at(scale), scale)
  }

  times(other: Decimal): Decimal {
    const scale = this.scale + other.scale
    if (scale > 2 * mostDigits) throw new RuleFailure('the number has too many digits')
    return new Decimal(this.units * other.units, scale)
  }

  negated(): Decimal {
    return new Decimal(-this.units, this.scale)
  }
}

type Convert = (raw: unknown) => CelValue | null

/** A list, whose elements are made when they are looked at: of a long one, a rule may need its length alone. */
export class CelList {
  readonly items: readonly unknown[]
  /** What looking at an element costs, in steps. */
  readonly steps: number
  readonly #element: Convert | undefined
  constructor(items: readonly unknown[], element?: Convert) {
    this.items = items
    this.steps = element ? 10 : 1
    this.#element = element
  }

  at(index: number): CelValue | null {
    const item = this.items[index]
    if (item === null || item === undefined) return null
    return this.#element ? this.#element(item) : (item as CelValue)
  }
}

/** What is described of a nested value: the fields of an object, the elements of a list, or a value. */
export interface Inside {
  readonly fields: ReadonlyMap<string, Inside>
  readonly element: Inside | undefined
  readonly leaf: { readonly value: ValueType; readonly list: boolean } | undefined
}

/** The described paths of a nested value as a tree. */
export function insideOf(paths: readonly InsideField[]): Inside {
  interface Node {
    fields: Map<string, Node>
    element: Node | undefined
    leaf: Inside['leaf']
  }
  const node = (): Node => ({ fields: new Map(), element: undefined, leaf: undefined })
  const root = node()
  for (const { path, value, list } of paths) {
    let at = root
    for (const name of path) {
      if (name === '*') {
        at.element ??= node()
        at = at.element
      } else {
        if (!at.fields.has(name)) at.fields.set(name, node())
        at = at.fields.get(name)!
      }
    }
    at.leaf = { value, list }
  }
  return root
}

/** An object inside a nested value, whose fields are made when they are looked at. */
export class Group {
  readonly #json: { readonly [name: string]: unknown }
  readonly #inside: Inside | undefined
  constructor(json: { readonly [name: string]: unknown }, inside: Inside | undefined) {
    this.#json = json
    this.#inside = inside
  }

  get(name: string): CelValue | null {
    return Object.hasOwn(this.#json, name) ? nested(this.#json[name], this.#inside?.fields.get(name)) : null
  }

  get size(): number {
    return Object.keys(this.#json).length
  }
}

/** A value inside a nested one. Of one that is not described further, such as the coordinates of a geometry, JSON says the type. */
function nested(raw: unknown, inside: Inside | undefined): CelValue | null {
  if (raw === null || raw === undefined) return null
  if (inside?.leaf && inside.leaf.value !== 'json' && inside.leaf.value !== 'geometry')
    return converter(inside.leaf.value, inside.leaf.list, undefined)(raw)
  if (typeof raw === 'string' || typeof raw === 'boolean') return raw
  if (typeof raw === 'number' || isLosslessNumber(raw)) return number(String(raw))
  if (Array.isArray(raw)) return new CelList(raw, (element) => nested(element, inside?.element))
  return new Group(raw as { [name: string]: unknown }, inside)
}

function number(text: string): bigint | Decimal | null {
  const whole = values.scalars.integer(text)
  return whole === undefined ? Decimal.of(text) : BigInt(whole)
}

const textOf = (raw: unknown): string => (typeof raw === 'string' ? raw : String(raw))

const scalarConverters: { readonly [type in Exclude<ValueType, 'json' | 'geometry'>]: Convert } = {
  text: (raw) => raw as string,
  uuid: (raw) => raw as string,
  reference: (raw) => raw as string,
  boolean: (raw) => raw as boolean,
  // Numbers inside a nested value are still those of the JSON.
  integer: (raw) => BigInt(values.scalars.integer(textOf(raw))!),
  decimal: (raw) => Decimal.of(textOf(raw)),
  date: (raw) => new Day(raw as string),
  datetime: (raw) => new Moment(raw as string),
  duration: (raw) => Period.of(raw as string),
}

/** How a shaped value of a type that is there becomes one that rules work on. */
export function converter(type: ValueType, list: boolean, inside: Inside | undefined): (shaped: Value | unknown) => CelValue | null {
  if (type === 'json' || type === 'geometry') return (shaped) => nested((shaped as values.JsonValue).json, inside)
  const one = scalarConverters[type]
  if (!list) return one
  const plain = type === 'text' || type === 'uuid' || type === 'reference' || type === 'boolean'
  return (shaped) => new CelList(shaped as readonly unknown[], plain ? undefined : one)
}

/**
 * Order of two values of one type, or of two numbers.
 *
 * @returns negative, 0 or positive
 * @throws RuleFailure for values that have none: inside undescribed JSON the types are known late
 */
export function compare(a: CelValue, b: CelValue): number {
  if ((typeof a === 'string' && typeof b === 'string') || (typeof a === 'boolean' && typeof b === 'boolean'))
    return a < b ? -1 : a > b ? 1 : 0
  if ((a instanceof Day && b instanceof Day) || (a instanceof Moment && b instanceof Moment)) {
    return a.text < b.text ? -1 : a.text > b.text ? 1 : 0
  }
  if (typeof a === 'bigint' && typeof b === 'bigint') return a < b ? -1 : a > b ? 1 : 0
  if (isNumber(a) && isNumber(b)) {
    const [left, right] = [Decimal.from(a), Decimal.from(b)]
    const scale = Math.max(left.scale, right.scale)
    return compare(left.at(scale), right.at(scale))
  }
  throw new RuleFailure('the rule compares values of different types')
}

export function isNumber(value: CelValue): value is bigint | Decimal {
  return typeof value === 'bigint' || value instanceof Decimal
}

/** Whether two values are the same; those of different types are not. `spend` is told of each element that is compared. */
export function equals(a: CelValue | null, b: CelValue | null, spend: () => void): boolean {
  if (a === b) return true
  if (a === null || b === null) return false
  if (isNumber(a) && isNumber(b)) return compare(a, b) === 0
  if ((a instanceof Day && b instanceof Day) || (a instanceof Moment && b instanceof Moment)) return a.text === b.text
  if (a instanceof Period && b instanceof Period) return a.months === b.months && a.days === b.days && a.micros === b.micros
  if (a instanceof CelList && b instanceof CelList) {
    if (a.items.length !== b.items.length) return false
    for (let i = 0; i < a.items.length; i++) {
      spend()
      if (!equals(a.at(i), b.at(i), spend)) return false
    }
    return true
  }
  return false
}
