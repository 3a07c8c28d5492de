/**
 * The functions and operators that rules in CEL have: the signature by which an expression is checked, and what it does. A function is never
 * asked about an absent value: it then says nothing, and neither does what is made of it.
 *
 * Types in signatures: string, int, bool, list and dyn are those of CEL; Day, Moment, Period and Decimal are ours. `double` is a number
 * written with a point in the expression, which is as exact as a Decimal.
 */
import { CelList, type CelValue, compare, Day, Decimal, equals, Group, isNumber, Moment, Period, RuleFailure } from './cel-values.js'

/** When a record is judged. */
export interface Clock {
  now(): Moment
  /** The day in the Netherlands. */
  today(): Day
}

/** What an evaluation may use and know. */
export interface Meter extends Clock {
  /**
   * Counts work that grows with the record.
   *
   * @param of what makes it grow
   * @throws RuleFailure when it is more than a rule may take of one record
   */
  spend(steps: number, of?: 'list' | 'text'): void
}

export interface CelFunction {
  /** As CEL writes them: `year(Day): int`, `string.lower(): string`. */
  signatures: readonly string[]
  name: string
  /** One line for people. */
  says: string
  /** Known to the language; the checker has its signatures. */
  standard?: true
  /** Its answer depends on when it is asked. */
  clock?: true
  /** What a call costs at its worst, where that is far more than what its parts cost. A step is some 20 ns. */
  steps?: number
  run(meter: Meter, args: readonly CelValue[]): CelValue | null
}

const text = (value: CelValue): string => value as string

const charactersAStep = 256
/** Of adding years to days to a moment: what the Dutch clock shows is asked for several times. */
const calendarSteps = 3000

export function spendText(meter: Meter, ...texts: string[]): void {
  meter.spend(Math.ceil(texts.reduce((length, t) => length + t.length, 0) / charactersAStep), 'text')
}

function size(meter: Meter, [value]: readonly CelValue[]): bigint {
  if (value instanceof CelList) return BigInt(value.items.length)
  if (value instanceof Group) return BigInt(value.size)
  if (typeof value !== 'string') throw new RuleFailure('the rule asks the size of a value that has none')
  spendText(meter, value)
  let count = 0n
  for (const _ of value) count++
  return count
}

/** `matches` is apart: its pattern is read with the expression. */
export const functions: readonly CelFunction[] = [
  {
    name: 'today',
    signatures: ['today(): Day'],
    says: 'the day that it is in the Netherlands',
    clock: true,
    run: (meter) => meter.today(),
  },
  {
    name: 'now',
    signatures: ['now(): Moment'],
    says: 'the moment at which the record is judged',
    clock: true,
    run: (meter) => meter.now(),
  },
  {
    name: 'day',
    signatures: ['day(string): Day', 'day(Moment): Day'],
    says: 'the day that is written as YYYY-MM-DD, or on which a moment falls in the Netherlands',
    steps: 100,
    run: (_, [of]) => (of instanceof Moment ? of.day : Day.of(text(of!))),
  },
  {
    name: 'moment',
    signatures: ['moment(string): Moment'],
    says: 'the moment that is written as in ISO 8601; without offset in Dutch time',
    steps: 200,
    run: (_, [of]) => Moment.of(text(of!)),
  },
  {
    name: 'period',
    signatures: ['period(string): Period'],
    says: 'the duration that is written as in ISO 8601, such as P30D or PT60S',
    steps: 50,
    run: (_, [of]) => Period.of(text(of!)),
  },
  {
    name: 'year',
    signatures: ['year(Day): int'],
    says: 'the year of a day',
    run: (_, [of]) => BigInt((of as Day).text.slice(0, 4)),
  },
  {
    name: 'earliest',
    signatures: ['earliest(string): Day'],
    says: 'the first day that an incomplete GBA date (YYYYMMDD, 00 for what is not known) can be',
    steps: 100,
    run: (_, [of]) => gbaDays(text(of!))?.[0] ?? null,
  },
  {
    name: 'latest',
    signatures: ['latest(string): Day'],
    says: 'the last day that an incomplete GBA date can be',
    steps: 100,
    run: (_, [of]) => gbaDays(text(of!))?.[1] ?? null,
  },
  {
    name: 'lower',
    signatures: ['string.lower(): string'],
    says: 'the text in small letters',
    run: (meter, [of]) => {
      spendText(meter, text(of!))
      return text(of!).toLowerCase()
    },
  },
  {
    name: 'size',
    signatures: ['size(string): int', 'size(list): int', 'string.size(): int', 'list.size(): int'],
    says: 'the number of characters of a text, or of elements of a list',
    standard: true,
    run: size,
  },
  {
    name: 'startsWith',
    signatures: ['string.startsWith(string): bool'],
    says: 'whether a text begins with another',
    standard: true,
    run: (_, [of, what]) => text(of!).startsWith(text(what!)),
  },
  {
    name: 'endsWith',
    signatures: ['string.endsWith(string): bool'],
    says: 'whether a text ends in another',
    standard: true,
    run: (_, [of, what]) => text(of!).endsWith(text(what!)),
  },
  {
    name: 'contains',
    signatures: ['string.contains(string): bool'],
    says: 'whether a text has another in it',
    standard: true,
    run: (meter, [of, what]) => {
      spendText(meter, text(of!))
      return text(of!).includes(text(what!))
    },
  },
]

const gbaForm = /^(\d{4})(\d{2})(\d{2})$/

/**
 * First and last day that an incomplete date can be; undefined for one that is wholly unknown, and for what is no such date.
 *
 * @see Logisch Ontwerp BRP, bijlage "onvolledige datum": zeros stand for what is not known, the day before the month before the year
 */
function gbaDays(written: string): [Day, Day] | undefined {
  const parts = gbaForm.exec(written)
  if (!parts) return undefined
  const [, year = '', month = '', day = ''] = parts
  if (month === '00' && day !== '00') return undefined
  if (day !== '00') {
    const exact = Day.of(`${year}-${month}-${day}`)
    return exact ? [exact, exact] : undefined
  }
  const first = Day.of(`${year}-${month === '00' ? '01' : month}-01`)
  const last = ['31', '30', '29', '28'].map((d) => Day.of(`${year}-${month === '00' ? '12' : month}-${d}`)).find((d) => d !== null)
  return first && last ? [first, last] : undefined
}

type Operator = (a: CelValue, b: CelValue, meter: Meter) => CelValue

/** What each operator does with values that are there; `in` and `==` are asked about absent elements too, and are apart. */
export const operators: { readonly [operator: string]: Operator } = {
  '<': (a, b) => compare(a, b) < 0,
  '<=': (a, b) => compare(a, b) <= 0,
  '>': (a, b) => compare(a, b) > 0,
  '>=': (a, b) => compare(a, b) >= 0,
  '==': (a, b, meter) => equals(a, b, () => meter.spend(1)),
  '!=': (a, b, meter) => !equals(a, b, () => meter.spend(1)),
  in: (a, b, meter) => {
    if (!(b instanceof CelList)) throw new RuleFailure('the rule looks in a value that is no list')
    meter.spend(b.items.length * b.steps)
    for (let i = 0; i < b.items.length; i++) if (equals(a, b.at(i), () => meter.spend(1))) return true
    return false
  },
  '+': (a, b, meter) => {
    if (typeof a === 'string' && typeof b === 'string') {
      spendText(meter, a, b)
      return a + b
    }
    if (b instanceof Period && (a instanceof Day || a instanceof Moment)) return later(a, b, meter)
    if (isNumber(a) && isNumber(b)) return sum(a, b)
    if (a instanceof CelList && b instanceof CelList) {
      meter.spend(a.items.length * a.steps + b.items.length * b.steps)
      return new CelList([a, b].flatMap((list) => list.items.map((_, i) => list.at(i))))
    }
    throw new RuleFailure('the rule adds values that cannot be added')
  },
  '-': (a, b, meter) => {
    if (a instanceof Day && b instanceof Day) return a.since(b)
    if (b instanceof Period && (a instanceof Day || a instanceof Moment)) return later(a, b.negated(), meter)
    if (isNumber(a) && isNumber(b)) return sum(a, negated(b))
    throw new RuleFailure('the rule subtracts values that cannot be subtracted')
  },
  '*': (a, b) => {
    if (typeof a === 'bigint' && typeof b === 'bigint') return within64(a * b)
    if (isNumber(a) && isNumber(b)) return Decimal.from(a).times(Decimal.from(b))
    throw new RuleFailure('the rule multiplies values that are no numbers')
  },
  '/': (a, b) => {
    const [left, right] = whole(a, b)
    return within64(left / right)
  },
  '%': (a, b) => {
    const [left, right] = whole(a, b)
    return left % right
  },
}

function later(from: Day | Moment, period: Period, meter: Meter): Day | Moment {
  meter.spend(from instanceof Moment && (period.months !== 0 || period.days !== 0) ? calendarSteps : 20)
  return from.plus(period)
}

export function negated(value: CelValue): CelValue & (bigint | Decimal) {
  if (typeof value === 'bigint') return within64(-value)
  if (value instanceof Decimal) return value.negated()
  throw new RuleFailure('the rule negates a value that is no number')
}

function sum(a: bigint | Decimal, b: bigint | Decimal): bigint | Decimal {
  return typeof a === 'bigint' && typeof b === 'bigint' ? within64(a + b) : Decimal.from(a).plus(Decimal.from(b))
}

function whole(a: CelValue, b: CelValue): [bigint, bigint] {
  if (typeof a !== 'bigint' || typeof b !== 'bigint') throw new RuleFailure('the rule divides values that are no whole numbers')
  if (b === 0n) throw new RuleFailure('the rule divides by zero')
  return [a, b]
}

const greatest = 2n ** 63n - 1n

export function within64(value: bigint): bigint {
  if (value > greatest || value < -greatest - 1n) throw new RuleFailure('the number is beyond 64 bits')
  return value
}

const ordered = ['<', '<=', '>', '>=']
const sums = ['+', '-', '*']

/** Signatures of the operators that CEL does not have by itself. */
export const operatorSignatures: readonly string[] = [
  ...['string', 'int', 'bool', 'Day', 'Moment', 'Period', 'Decimal', 'list', 'map'].map((type) => `${type} == null`),
  ...['Day', 'Moment', 'Period', 'Decimal'].map((type) => `${type} == ${type}`),
  ...['Day', 'Moment', 'Decimal'].flatMap((type) => ordered.map((op) => `${type} ${op} ${type}`)),
  ...['int', 'double'].flatMap((type) => [
    `Decimal == ${type}`,
    ...ordered.flatMap((op) => [`Decimal ${op} ${type}`, `${type} ${op} Decimal`]),
    ...sums.flatMap((op) => [`Decimal ${op} ${type}: Decimal`, `${type} ${op} Decimal: Decimal`]),
  ]),
  ...sums.map((op) => `Decimal ${op} Decimal: Decimal`),
  ...['int in list<Decimal>', 'double in list<Decimal>', 'Decimal in list<int>', 'Decimal in list<double>'],
  '-Decimal: Decimal',
  'Day + Period: Day',
  'Day - Period: Day',
  'Day - Day: int',
  'Moment + Period: Moment',
  'Moment - Period: Moment',
]
