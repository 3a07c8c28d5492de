import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compile } from '../../../worker/rules/cel.js'
import { leaf } from '../plans.js'
import { clock, column, columns, type Values } from './cel-columns.js'

const problemOf = (expression: string) => compile(expression, columns).problem

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
  ['kenmerken == naam', "'kenmerken == naam' compares a list with a text"],
  ['dagen == naam', "'dagen == naam' compares a list of which each is a day with a text"],
  ['naam.startsWith(3)', "'startsWith' does not take a text and a whole number; it is string.startsWith(string): bool"],
  ['year() == 2026', "'year' does not take nothing; it is year(Day): int"],
  ['today(1) == begin', "'today' does not take a whole number; it is today(): Day"],
  ['kenmerken[0] == naam', "'kenmerken[0] == naam' compares an object with a text"],
  ['size({}) == 0', 'rules have no maps of their own and no optional fields', '{}'],
  ['naam == {"a": 1}', 'this is no expression in CEL'],
  [`naam.matches("${'a'.repeat(1001)}")`, 'a pattern has at most 1000 characters'],
  ['naam.lowr() == "a"', "there is no function 'lowr' in rules", 'naam.lowr()', 'lower'],
  [
    'toda() == begin',
    "there is no function 'toda' in rules; expected one of today, now, day, moment, period, year, earliest, latest, lower, size, startsWith, endsWith, contains, matches, all, exists, exists_one, filter, map",
    'toda()',
    'today',
  ],
  ['plek.type.matches(3)', "'matches' takes a pattern that is written out"],
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
  ['naam.matches("(?=a)")', 'this is no pattern that RE2 reads: invalid or unsupported Perl syntax: `(?=`'],
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

test('an expression is compiled once for columns of the same types', () => {
  const first = compile('begin <= einde', columns)
  expect(compile('begin <= einde', new Map([...columns, column('meer', 'text')]))).toBe(first)
  expect(compile('begin <= einde', new Map([...columns, column('begin', 'datetime')]))).not.toBe(first)
  const inside = (type: 'text' | 'date') => new Map([column('delen', 'json', { inside: [leaf(['*', 'dag'], type)] })])
  const check = 'delen.all(d, d.dag <= today())'
  expect(compile(check, inside('date')).problem).toBeUndefined()
  expect(compile(check, inside('text')).problem?.message).toBe("'d.dag <= today()' compares a text with a day")
})

test('a function answers for each record anew', () => {
  const { expression } = compile('begin == null', columns)
  const ask = expression!.prepare<Values>((record) => record.begin, clock)
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
