import { expect, test } from 'vitest'
import { compile } from '../../../worker/rules/cel.js'
import { clock, column, columns, says, type Values } from './cel-columns.js'

test.each<[expression: string, record: Values, failure: string]>([
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
    made!.prepare<Values>((r, at) => r[made!.columns[at]!] ?? null, clock)({ [list]: Array(length).fill(value) })
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
