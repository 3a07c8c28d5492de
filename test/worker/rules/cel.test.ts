import fc from 'fast-check'
import { LosslessNumber } from 'lossless-json'
import { expect, test } from 'vitest'
import type { ShapedField, ValueType } from '../../../config/dataset-plan.js'
import type { Value } from '../../../worker/pipeline/values.js'
import * as values from '../../../worker/pipeline/values.js'
import { type CelColumn, compile } from '../../../worker/rules/cel.js'
import { clockAt } from '../../../worker/rules/cel-evaluate.js'
import { functions } from '../../../worker/rules/cel-functions.js'
import { leaf } from '../plans.js'

const column = (name: string, value: ValueType, more: Partial<ShapedField> = {}): [string, CelColumn] => [
  name,
  { column: name, value, list: false, ...more },
]

const columns = new Map([
  column('naam', 'text'),
  column('zaak', 'reference'),
  column('uuid', 'uuid'),
  column('aantal', 'integer'),
  column('bedrag', 'decimal'),
  column('ander_bedrag', 'decimal'),
  column('open', 'boolean'),
  column('begin', 'date'),
  column('einde', 'date'),
  column('gezet', 'datetime'),
  column('later', 'datetime'),
  column('duur', 'duration'),
  column('andere_duur', 'duration'),
  column('nummers', 'text', { list: true }),
  column('dagen', 'date', { list: true }),
  column('bedragen', 'decimal', { list: true }),
  column('plek', 'geometry'),
  column('kenmerken', 'json', {
    inside: [
      leaf(['*', 'kenmerk']),
      leaf(['*', 'dag'], 'date'),
      leaf(['*', 'rang'], 'integer'),
      leaf(['*', 'bedrag'], 'decimal'),
      leaf(['*', 'codes'], 'text', 'none', true),
      leaf(['*', 'delen', '*', 'naam']),
    ],
  }),
  column('type', 'text'),
])

// 1 July, twenty past one at night in the Netherlands.
const clock = clockAt(new Date('2026-06-30T23:20:00Z'))

type Record = { [column: string]: Value }

function says(expression: string, record: Record = {}): boolean | null {
  const { expression: made, problem } = compile(expression, columns)
  if (!made) throw new Error(problem.message)
  return made.prepare<Record>((r, at) => r[made.columns[at]!] ?? null, clock)(record)
}

const problemOf = (expression: string) => compile(expression, columns).problem

test.each<[expression: string, record: Record, boolean | null]>([
  // Texts, links and codes
  ['naam == "a"', { naam: 'a' }, true],
  ['zaak != uuid', { zaak: 'x', uuid: 'x' }, false],
  ['naam in ["a", "b"]', { naam: 'b' }, true],
  ['naam in ["a", "b"]', { naam: 'c' }, false],
  ['naam.startsWith("ab") && naam.endsWith("d") && naam.contains("bc")', { naam: 'abcd' }, true],
  ['naam.lower() == "é"', { naam: 'É' }, true],
  ['size(naam) == 1 && naam.size() == 1', { naam: '😀' }, true],
  ['naam + "b" == "ab"', { naam: 'a' }, true],
  ['naam.matches("^[0-9]+$")', { naam: '12' }, true],
  ['naam.matches("^[0-9]+$")', { naam: '12x' }, false],
  ['naam < "b"', { naam: 'a' }, true],
  // Whole numbers, to the last digit
  ['aantal == 9223372036854775807', { aantal: '9223372036854775807' }, true],
  ['aantal > 9007199254740992', { aantal: '9007199254740993' }, true],
  ['aantal - 1 == 1 && aantal * 3 == 6 && aantal / 2 == 1 && aantal % 2 == 0 && -aantal == -2', { aantal: '2' }, true],
  // Decimals, without a float
  ['bedrag == 0.1', { bedrag: '0.10' }, true],
  ['bedrag + 0.2 == 0.3', { bedrag: '0.1' }, true],
  ['bedrag > 0.1', { bedrag: '0.1000000000000000000000000000000001' }, true],
  ['bedrag == 12345678901234567890.123456789', { bedrag: '12345678901234567890.123456789' }, true],
  ['bedrag == 1e3', { bedrag: '1000' }, true],
  ['bedrag < -1', { bedrag: '-1.01' }, true],
  ['1.5 <= bedrag && 1 <= bedrag && bedrag >= 1', { bedrag: '1.5' }, true],
  ['bedrag * ander_bedrag == 0.06 && bedrag - ander_bedrag == -0.1', { bedrag: '0.2', ander_bedrag: '0.3' }, true],
  ['-bedrag == 2.0', { bedrag: '-2' }, true],
  // Days
  ['begin <= einde', { begin: '2026-01-01', einde: '2026-01-01' }, true],
  ['begin <= einde', { begin: '2026-01-02', einde: '2026-01-01' }, false],
  ['begin == day("2024-02-29") && year(begin) == 2024', { begin: '2024-02-29' }, true],
  ['einde - begin == 366', { begin: '2024-01-01', einde: '2025-01-01' }, true],
  ['begin + period("P1M") == day("2024-02-29")', { begin: '2024-01-31' }, true],
  ['begin - period("P1Y") == day("2023-02-28")', { begin: '2024-02-29' }, true],
  ['begin + period("P1M1D") == day("2024-03-01")', { begin: '2024-01-31' }, true],
  ['begin + duur == einde', { begin: '2026-01-01', duur: 'P6W', einde: '2026-02-12' }, true],
  ['begin < today()', { begin: '2026-06-30' }, true],
  ['begin <= today()', { begin: '2026-07-01' }, true],
  ['begin <= today()', { begin: '2026-07-02' }, false],
  // Moments, and the Dutch day of one
  ['gezet < later', { gezet: '2026-01-01T00:00:00.000001Z', later: '2026-01-01T00:00:00.000002Z' }, true],
  ['day(gezet) == day("2026-07-02")', { gezet: '2026-07-01T22:00:00.000000Z' }, true],
  ['day(gezet) == day("2026-01-01")', { gezet: '2026-01-01T22:59:59.999999Z' }, true],
  ['day(gezet) == day("2026-01-02")', { gezet: '2026-01-01T23:00:00.000000Z' }, true],
  ['gezet <= now() + period("PT60S")', { gezet: '2026-06-30T23:21:00.000000Z' }, true],
  ['gezet <= now() + period("PT60S")', { gezet: '2026-06-30T23:21:00.000001Z' }, false],
  ['gezet == moment("2026-07-01T12:00:00+02:00")', { gezet: '2026-07-01T10:00:00.000000Z' }, true],
  // A day on the clock is 23 hours long in March
  ['gezet + period("P1D") == later', { gezet: '2026-03-28T12:00:00.000000Z', later: '2026-03-29T11:00:00.000000Z' }, true],
  ['gezet + period("PT24H") == later', { gezet: '2026-03-28T12:00:00.000000Z', later: '2026-03-29T12:00:00.000000Z' }, true],
  ['gezet + period("P1D") == later', { gezet: '2026-03-28T01:30:00.000000Z', later: '2026-03-29T01:30:00.000000Z' }, true],
  ['gezet - period("PT0.5S") == later', { gezet: '2026-01-01T00:00:00.000000Z', later: '2025-12-31T23:59:59.500000Z' }, true],
  // Durations: a month has no number of days
  ['duur == period("P12M")', { duur: 'P1Y' }, true],
  ['duur == andere_duur', { duur: 'P1M', andere_duur: 'P30D' }, false],
  ['duur == andere_duur', { duur: 'P1D', andere_duur: 'PT24H' }, false],
  ['duur == period("P7D")', { duur: 'P1W' }, true],
  ['duur == period("-P1D")', { duur: '-P1D' }, true],
  // Incomplete dates of the GBA
  ['earliest(naam) == day("1956-01-01") && latest(naam) == day("1956-12-31")', { naam: '19560000' }, true],
  ['earliest(naam) == day("1956-02-01") && latest(naam) == day("1956-02-29")', { naam: '19560200' }, true],
  ['earliest(naam) == latest(naam)', { naam: '19560229' }, true],
  ['earliest(naam) == null && latest(naam) == null', { naam: '00000000' }, true],
  ['earliest(naam) != null', { naam: '19560031' }, false],
  ['earliest(naam) != null', { naam: '19570229' }, false],
  ['earliest(naam) != null', { naam: '1957-02' }, false],
  // Lists
  ['nummers.all(n, n.matches("^[0-9]$"))', { nummers: ['1', '2'] }, true],
  ['nummers.exists(n, n == "2")', { nummers: ['1', '2'] }, true],
  ['nummers.exists_one(n, n == "2")', { nummers: ['2', '2'] }, false],
  ['size(nummers.filter(n, n > "1")) == 1', { nummers: ['1', '2'] }, true],
  ['nummers.map(n, n + "0") == ["10", "20"]', { nummers: ['1', '2'] }, true],
  ['nummers.map(n, n > "1", n + "0") == ["20"]', { nummers: ['1', '2'] }, true],
  ['nummers + ["3"] == ["1", "3"]', { nummers: ['1'] }, true],
  ['"2" in nummers && nummers.size() == 2 && nummers[1] == "2"', { nummers: ['1', '2'] }, true],
  ['dagen.all(d, d <= today())', { dagen: ['2026-01-01', '2026-07-01'] }, true],
  ['begin in dagen', { begin: '2026-01-01', dagen: ['2025-01-01', '2026-01-01'] }, true],
  ['bedragen.all(b, b >= 0) && 0.5 in bedragen', { bedragen: ['0.0', '0.50'] }, true],
  ['nummers == []', { nummers: [] }, true],
  ['naam in [zaak, "x"]', { naam: 'a', zaak: 'a' }, true],
  ['naam in [zaak, "x"]', { naam: 'b', zaak: 'a' }, false],
  ['nummers.exists_one(n, n == "2")', { nummers: ['1', '2'] }, true],
  ['nummers.exists_one(n, n == "3")', { nummers: ['1', '2'] }, false],
  // Inside nested values
  [
    'kenmerken[0]["kenmerk"] == "a" && plek["type"] == "Point"',
    { kenmerken: { json: [{ kenmerk: 'a' }] }, plek: { json: { type: 'Point' } } },
    true,
  ],
  ['kenmerken.all(k, k.kenmerk != "" && k.dag <= today())', { kenmerken: { json: [{ kenmerk: 'a', dag: '2026-01-01' }] } }, true],
  ['kenmerken[0].rang + 1 == 3', { kenmerken: { json: [{ rang: new LosslessNumber('2') }] } }, true],
  ['kenmerken[0].bedrag == 0.3', { kenmerken: { json: [{ bedrag: new LosslessNumber('0.30') }] } }, true],
  ['kenmerken.exists(k, "x" in k.codes)', { kenmerken: { json: [{ codes: ['x'] }] } }, true],
  ['kenmerken.all(k, k.delen.exists(d, d.naam == "x"))', { kenmerken: { json: [{ delen: [{ naam: 'x' }] }] } }, true],
  [
    'plek.type == "Point" && plek.coordinates[0] < 8',
    { plek: { json: { type: 'Point', coordinates: [5.1, new LosslessNumber('52.09')] } } },
    true,
  ],
  ['plek.coordinates[1] == 52.09', { plek: { json: { type: 'Point', coordinates: [5.1, new LosslessNumber('52.09')] } } }, true],
  // One of two, and a choice
  ['open ? begin != null : begin == null', { open: true, begin: '2026-01-01' }, true],
  ['!open', { open: true }, false],
])('%s of %j is %s', (expression, record, expected) => {
  expect(says(expression, record)).toBe(expected)
})

test.each<[expression: string, record: Record, boolean | null]>([
  ['begin <= einde', { begin: '2026-01-01' }, null],
  ['naam == "a"', {}, null],
  ['naam != "a"', {}, null],
  ['!(naam == "a")', {}, null],
  ['year(begin) > 2000', {}, null],
  ['naam.matches("a")', {}, null],
  ['begin == null', {}, true],
  ['null != begin', {}, false],
  ['begin == null || begin <= einde', { einde: '2026-01-01' }, true],
  ['begin <= einde || begin == null', { einde: '2026-01-01' }, true],
  ['begin <= einde || naam == "a"', { naam: 'a' }, true],
  ['begin <= einde || naam == "a"', { naam: 'b' }, null],
  ['begin <= einde && naam == "a"', { naam: 'b' }, false],
  ['naam == "a" && begin <= einde', { naam: 'b' }, false],
  ['begin <= einde && naam == "a"', { naam: 'a' }, null],
  ['open ? true : false', {}, null],
  ['naam == "a" ? begin <= einde : true', { naam: 'b' }, true],
  ['nummers.all(n, n == "1")', {}, null],
  ['nummers.all(n, n == "1")', { nummers: ['1', null] }, null],
  ['nummers.all(n, n == "1")', { nummers: [null, '2'] }, false],
  ['nummers.exists(n, n == "1")', { nummers: [null, '1'] }, true],
  ['nummers.exists(n, n == "1")', { nummers: [null, '2'] }, null],
  ['nummers.exists_one(n, n == "1")', { nummers: [null, '1'] }, null],
  ['nummers.exists_one(n, n == "1")', { nummers: ['1', null, '1'] }, false],
  ['size(nummers.filter(n, n == "1")) == 1', { nummers: [null, '1'] }, true],
  ['naam in [zaak, "x"]', { naam: 'a' }, false],
  ['nummers[5] == "a"', { nummers: ['1'] }, null],
  ['nummers[1] == "a"', { nummers: ['1'] }, null],
  ['nummers[-1] == "a"', { nummers: ['1'] }, null],
  ['kenmerken[0].kenmerk == null', { kenmerken: { json: [{}] } }, true],
  ['kenmerken[0].delen.exists(d, d.naam == "x")', { kenmerken: { json: [{}] } }, null],
  ['plek.type == "Point"', {}, null],
])('where a value is absent, %s of %j is %s', (expression, record, expected) => {
  expect(says(expression, record)).toBe(expected)
})

test('each type can be asked whether it is there', () => {
  for (const [name, { column }] of columns) if (name !== 'type') expect(says(`${column} == null && !(${column} != null)`), name).toBe(true)
})

test.each<[expression: string, message: string, found?: string, nearest?: string]>([
  ['einddatm == null', "there is no column 'einddatm' in the stream", 'einddatm'],
  ['beginn == null', "there is no column 'beginn' in the stream", 'beginn', 'begin'],
  ['begin <= 3', "'begin <= 3' compares a day with a whole number"],
  ['begin == naam', "'begin == naam' compares a day with a text"],
  ['naam < 3', "'naam < 3' compares a text with a whole number"],
  ['naam == 3', "'naam == 3' compares a text with a whole number"],
  ['bedrag == naam', "'bedrag == naam' compares a decimal number with a text"],
  ['begin <= gezet', "'begin <= gezet' compares a day with a moment"],
  ['duur <= andere_duur', "'duur <= andere_duur' compares a duration with a duration"],
  ['begin + begin == begin', "'begin + begin' reckons with a day and a day"],
  ['begin + 1 == einde', "'begin + 1' reckons with a day and a whole number"],
  ['nummers == "1"', '\'nummers == "1"\' compares a list of which each is a text with a text'],
  ['naam in "abc"', '\'naam in "abc"\' compares a text with a text'],
  ['!naam', "'!naam': '!' does not go before a text"],
  ['begin', 'a rule is true or false, and this is a day'],
  ['naam == "a" ? 1 : 2', 'a rule is true or false, and this is a whole number'],
  ['plek.type', 'a rule is true or false, and this is a value of unknown type'],
  ['begin && naam == "a"', 'logical operator requires bool operands, got a day'],
  ['naam in ["a", 1]', 'list elements must have the same type, expected type a text but found a whole number', '1'],
  ['year(gezet) == 2026', "'year' does not take a moment; it is year(Day): int"],
  ['day(3) == begin', "'day' does not take a whole number; it is day(string): Day or day(Moment): Day"],
  ['year() == 2026', "'year' does not take nothing; it is year(Day): int"],
  ['today(1) == begin', "'today' does not take a whole number; it is today(): Day"],
  ['kenmerken[0] == naam', "'kenmerken[0] == naam' compares an object with a text"],
  ['size({}) == 0', 'rules have no maps of their own and no optional fields', '{}'],
  ['naam == {"a": 1}', 'this is no expression in CEL'],
  [`naam.matches("${'a'.repeat(1001)}")`, 'a pattern has at most 1000 characters'],
  ['naam.lowr() == "a"', "there is no function 'lowr' in rules", 'naam.lowr()', 'lower'],
  ['toda() == begin', "there is no function 'toda' in rules", 'toda()', 'today'],
  ['has(naam.dag)', "there is no function 'has'; whether a value is there is asked as x != null"],
  ['duration("5s") == duration("5s")', "there is no function 'duration' in rules"],
  ['type(naam) == type(naam)', "there is no function 'type' in rules"],
  ['kenmerken.all(k, k.kenmrk != "")', "there is no field 'kenmrk' inside", 'kenmrk', 'kenmerk'],
  ['naam.veld == "a"', 'cannot index type a text'],
  ['begin == day("2026-02-30")', '\'day\' cannot read "2026-02-30"', 'day("2026-02-30")'],
  ['gezet > moment("2026-03-29T02:30:00")', '\'moment\' cannot read "2026-03-29T02:30:00"'],
  ['duur == period("30D")', '\'period\' cannot read "30D"'],
  ['nummers.all(naam)', "'all' is written as list.all(x, …), with x standing for each element"],
  ['all(nummers, naam)', "'all' is written as list.all(x, …), with x standing for each element"],
  ['naam.matches(3)', '\'matches\' is written as text.matches("pattern")'],
  ['naam.all(x, x == "a")', 'expression of type a text cannot be range of a comprehension'],
  ['naam.matches(naam)', "'matches' takes a pattern that is written out"],
  ['naam.matches("(?=a)")', 'this is no pattern that RE2 reads'],
  ['naam.matches("(a)\\\\1")', 'this is no pattern that RE2 reads'],
  ['aantal > 9223372036854775808', 'a whole number of more than 64 bits; write it with .0', '9223372036854775808'],
  [`bedrag > ${'1'.repeat(100)}.5`, 'a number of more than 100 digits'],
  ['aantal > 3u', 'rules know texts, whole numbers, decimals, true, false and null', '3u'],
  ['kenmerken.all(k, k.delen.all(d, nummers.all(n, n == d.naam)))', 'a rule goes through a list inside a list, and no deeper'],
  ['type == "a"', "CEL keeps the word 'type' for itself, so that a rule cannot name the column"],
  ['begin <= ', 'this is no expression in CEL: unexpected token: EOF at character 10'],
  ['begin = einde', 'this is no expression in CEL: unexpected character: = at character 7'],
  ['', 'this is no expression in CEL'],
  [`${'('.repeat(60)}open${')'.repeat(60)}`, 'this is no expression in CEL'],
  [Array(400).fill('open').join(' && '), 'this is no expression in CEL'],
])('%s cannot be judged: %s', (expression, message, found, nearest) => {
  const problem = problemOf(expression)
  expect(problem?.message.slice(0, message.length)).toBe(message)
  if (found !== undefined) expect(problem?.found).toBe(found)
  if (nearest !== undefined) expect(problem?.nearest).toBe(nearest)
})

test.each<[expression: string, record: Record, failure: string]>([
  ['aantal / 0 == 1', { aantal: '1' }, 'the rule divides by zero'],
  ['aantal % 0 == 1', { aantal: '1' }, 'the rule divides by zero'],
  ['aantal + 1 > 0', { aantal: '9223372036854775807' }, 'the number is beyond 64 bits'],
  ['aantal * 2 > 0', { aantal: '-9223372036854775808' }, 'the number is beyond 64 bits'],
  ['begin + period("P1Y") > begin', { begin: '9999-06-01' }, 'the day lies outside the calendar'],
  ['begin - period("P1D") < begin', { begin: '0001-01-01' }, 'the day lies outside the calendar'],
  ['begin + duur > begin', { begin: '2026-01-01', duur: 'PT36H' }, 'a day and a duration with hours cannot be added'],
  ['plek.type > 3', { plek: { json: { type: 'Point' } } }, 'the rule compares values of different types'],
  ['plek.type && open', { plek: { json: { type: 'Point' } }, open: true }, 'neither true nor false'],
  ['open || plek.type', { plek: { json: { type: 'Point' } }, open: false }, 'neither true nor false'],
  ['!plek.type', { plek: { json: { type: 'Point' } } }, 'neither true nor false'],
  ['plek.type ? open : open', { plek: { json: { type: 'Point' } }, open: false }, 'neither true nor false'],
  ['plek.coordinates.all(c, c)', { plek: { json: { type: 'Point', coordinates: [1, 2] } } }, 'neither true nor false'],
  ['plek.type.x == 1', { plek: { json: { type: 'Point' } } }, 'the rule looks for a field in a value that has none'],
  ['plek.type[0] == 1', { plek: { json: { type: 'Point' } } }, 'the rule looks for an element in a value that has none'],
  ['plek.type.all(c, c == "P")', { plek: { json: { type: 'Point' } } }, 'the rule goes through a value that is no list'],
  ['naam.matches("a")', { naam: 'b'.repeat(10_001) }, 'the text is too long'],
  ['bedrag > 0', { bedrag: '1'.repeat(101) }, 'the number has too many digits'],
  ['bedrag * bedrag * bedrag > 0', { bedrag: `0.${'1'.repeat(90)}` }, 'the number has too many digits'],
])('%s of %j fails: %s', (expression, record, failure) => {
  expect(() => says(expression, record)).toThrow(failure)
})

test('a rule that goes through a million elements fails, and does not go through them', () => {
  const nummers = new Proxy(Array<string>(1_000_000).fill('1'), {
    get: (list, at, self) => {
      if (typeof at === 'string' && /^\d+$/.test(at)) looked++
      return Reflect.get(list, at, self)
    },
  })
  let looked = 0
  for (const expression of [
    'nummers.all(n, n == "1")',
    'nummers.exists(n, n == "2")',
    'size(nummers.filter(n, n == "1")) > 1',
    'size(nummers.map(n, n + "a")) > 1',
    '"2" in nummers',
    'nummers == nummers + ["1"]',
    'nummers.all(n, nummers.exists(m, m == n + "a"))',
  ]) {
    looked = 0
    expect(() => says(expression, { nummers }), expression).toThrow('the list is too long')
    expect(looked, expression).toBeLessThanOrEqual(50_000)
  }
  expect(says('size(nummers) == 1000000', { nummers })).toBe(true)
})

test.each<[expression: string, column: string, value: string]>([
  ['list.all(x, x + period("P1D") > moment("2020-01-01T00:00:00Z"))', 'momenten', '2026-01-01T10:00:00.000000Z'],
  ['list.all(x, day(x) > day("2020-01-01"))', 'momenten', '2026-01-01T22:30:00.000000Z'],
  ['list.all(x, moment(x) < now())', 'nummers', '2026-01-01T12:00:00'],
  ['list.all(x, period(x) != period("P1D"))', 'nummers', 'P1Y'],
  ['list.all(x, latest(x) < today())', 'nummers', '19560200'],
  ['list.all(x, x >= 0)', 'bedragen', '1'.repeat(100)],
  ['list.exists(x, x.matches("^b"))', 'nummers', 'a'.repeat(1000)],
])('of what takes long, %s may do less', (expression, list, value) => {
  const momenten = column('momenten', 'datetime', { list: true })
  const { expression: made } = compile(expression.replace('list', list), new Map([...columns, momenten]))
  const ask = (length: number) => () =>
    made!.prepare<Record>((r, at) => r[made!.columns[at]!] ?? null, clock)({ [list]: Array(length).fill(value) })
  expect(ask(10)).not.toThrow()
  expect(ask(6000)).toThrow(/the (list|text) is too long/)
})

test('lists as registrations have them are gone through', () => {
  const nummers = Array<string>(5_000).fill('12')
  expect(says('nummers.all(n, n != "" && n.startsWith("1"))', { nummers })).toBe(true)
})

test('a rule that looks at one long text again and again fails', () => {
  const record = { naam: 'a'.repeat(100_000), nummers: Array<string>(1_000).fill('b') }
  expect(() => says('nummers.exists(n, naam.contains(n))', record)).toThrow('the text is too long')
  expect(says('naam.contains("b")', record)).toBe(false)
})

test('a pattern on which others would never end is answered', () => {
  expect(says('naam.matches("^(a+)+$")', { naam: `${'a'.repeat(9_000)}b` })).toBe(false)
})

test('an expression is compiled once for columns of the same types', () => {
  const first = compile('begin <= einde', columns)
  expect(compile('begin <= einde', new Map([...columns, column('meer', 'text')]))).toBe(first)
  expect(compile('begin <= einde', new Map([...columns, column('begin', 'datetime')]))).not.toBe(first)
})

test('a function keeps nothing of the record that it was asked about', () => {
  const { expression } = compile('begin == null', columns)
  const ask = expression!.prepare<Record>((record) => record.begin, clock)
  expect(ask({ begin: '2026-01-01' })).toBe(false)
  expect(ask({ begin: null })).toBe(true)
})

const text = fc.oneof(
  fc.constantFrom(
    'begin',
    'einde',
    'bedrag',
    'naam',
    'nummers',
    'kenmerken',
    'null',
    '<=',
    '==',
    '&&',
    '||',
    '(',
    ')',
    '.',
    'all',
    'x',
    ',',
    '"a"',
    '1',
    '1.5',
    '!',
    '-',
    '?',
    ':',
    'in',
    '[',
    ']',
    'day',
    'size',
  ),
  fc.string({ maxLength: 3 }),
)

test('whatever is written, it is an expression or a problem in words', () => {
  fc.assert(
    fc.property(fc.array(text, { maxLength: 12 }), (parts) => {
      const { expression, problem } = compile(parts.join(' '), columns)
      expect(expression !== undefined || problem!.message.length > 0).toBe(true)
    }),
    { numRuns: 2000 },
  )
})

const day = fc
  .date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10))

test('days lie as far apart as they are added', () => {
  fc.assert(
    fc.property(day, day, (begin, einde) => {
      const days = (Date.parse(einde) - Date.parse(begin)) / 86_400_000
      const sign = days < 0 ? '-' : '+'
      expect(says(`begin ${sign} period("P${Math.abs(days)}D") == einde && einde - begin == ${days}`, { begin, einde })).toBe(true)
    }),
  )
})

const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 30 })
const decimal = fc.tuple(fc.constantFrom('', '-'), digits, fc.option(digits)).map(([sign, whole, fraction]) => ({
  text: `${sign}${whole}${fraction === null ? '' : `.${fraction}`}`,
  exact: BigInt(`${sign}${whole}${(fraction ?? '').padEnd(30, '0')}`),
}))

test('decimals are compared, added and multiplied exactly', () => {
  fc.assert(
    fc.property(decimal, decimal, (a, b) => {
      const record = { bedrag: values.decimal(a.text)!, ander_bedrag: values.decimal(b.text)! }
      const order = a.exact < b.exact ? '<' : a.exact > b.exact ? '>' : '=='
      expect(says(`bedrag ${order} ander_bedrag`, record)).toBe(true)
      expect(says('bedrag + ander_bedrag - ander_bedrag == bedrag', record)).toBe(true)
      expect(says('bedrag * ander_bedrag == ander_bedrag * bedrag && bedrag * 2 == bedrag + bedrag', record)).toBe(true)
    }),
  )
})

const moment = fc.date({ min: new Date('1000-01-01'), max: new Date('9000-01-01'), noInvalidDate: true })

test('seconds that are added to a moment are taken off again', () => {
  fc.assert(
    fc.property(moment, fc.nat(1_000_000_000), fc.nat(999_999), (date, seconds, micros) => {
      const gezet = `${date.toISOString().slice(0, 19)}.${String(micros).padStart(6, '0')}Z`
      const length = `PT${seconds}.${String(999_999 - micros).padStart(6, '0')}S`
      expect(
        says(`gezet + period("${length}") - period("${length}") == gezet && gezet - period("${length}") < gezet + period("PT1S")`, {
          gezet,
        }),
      ).toBe(true)
    }),
  )
})

test('an incomplete date lies between the days that it can be', () => {
  fc.assert(
    fc.property(day, fc.constantFrom(4, 6, 8), (exact, known) => {
      const naam = exact.replaceAll('-', '').slice(0, known).padEnd(8, '0')
      expect(says(`earliest(naam) <= day("${exact}") && day("${exact}") <= latest(naam)`, { naam })).toBe(true)
      expect(says('year(earliest(naam)) == year(latest(naam))', { naam })).toBe(true)
    }),
  )
})

test('each function says in a line what it gives', () => {
  for (const { says, signatures } of functions) {
    expect(says).toMatch(/^[a-z].*[^.]$/)
    expect(signatures.length).toBeGreaterThan(0)
  }
})
