import fc from 'fast-check'
import { expect, test } from 'vitest'
import { plainFieldChecks } from '../../../config/checks.js'
import type { Value } from '../../../worker/pipeline/values.js'
import { elevenTest } from '../../../worker/rules/checks/identifiers.js'
import { fieldChecks, type Verdict } from '../../../worker/rules/field-checks.js'
import { streamPlan } from '../plans.js'

function verdict(name: string, value: Value, parameters: object = {}, codes?: string[]): Verdict {
  const check = fieldChecks[name]!
  const field = streamPlan({ veld: { codes } }).fields[1]!
  return check.prepare({ ...parameters }, field)(value)
}

test('every check that a pack can name without parameters is there', () => {
  for (const name of plainFieldChecks) expect(fieldChecks[name], name).toBeDefined()
})

// The made-up examples of the catalogue of registration rules, with the reason why each is wrong.
test.each<[check: string, value: string, Verdict]>([
  ['bsn', '999990019', 'ok'],
  ['bsn', '000000012', 'ok'],
  ['bsn', '111222333', 'ok'],
  ['bsn', '999990018', 'violation'], // sum
  ['bsn', '12345678', 'violation'], // length
  ['bsn', '000000000', 'violation'], // passes the sum
  ['bsn', '9999 90019', 'violation'],
  ['bsn', '99999001٩', 'violation'], // a digit, and none of ours
  ['bsn', '999990019\n', 'violation'],
  ['rsin', '880000004', 'ok'],
  ['rsin', '123456782', 'ok'],
  ['rsin', '002564440', 'ok'],
  ['rsin', '880000005', 'violation'],
  ['rsin', '8800000041', 'violation'],
  ['rsin', '88000000A', 'violation'],
  ['date', '2024-02-29', 'ok'],
  ['date', '1999-12-31', 'ok'],
  ['date', '2026-03-29', 'ok'],
  ['date', '2023-02-29', 'violation'],
  ['date', '31-12-1999', 'violation'],
  ['date', '0000-00-00', 'violation'],
  ['reference', 'https://a.example/zaken/6c3b9a52-8f0e-4d0b-9f67-2d1c2f6f0a01', 'ok'],
  ['reference', '6c3b9a52-8f0e-4d0b-9f67-2d1c2f6f0a01', 'ok'],
  ['reference', 'https://a.example/personen/999990019', 'violation'],
  ['reference', '', 'violation'],
])('%s says of %j: %s', (check, value, expected) => {
  expect(verdict(check, value)).toBe(expected)
})

// Lists of the catalogue, each with three values that belong to it and three that do not.
test.each<[name: string, codes: string, valid: string[], invalid: string[]]>([
  [
    'vertrouwelijkheidaanduiding',
    'openbaar beperkt_openbaar intern zaakvertrouwelijk vertrouwelijk confidentieel geheim zeer_geheim',
    ['openbaar', 'zaakvertrouwelijk', 'zeer_geheim'],
    ['Openbaar', 'prive', 'strikt geheim'],
  ],
  ['archiefnominatie', 'blijvend_bewaren vernietigen', ['blijvend_bewaren', 'vernietigen'], ['bewaren', '', 'vernietigen ']],
])('a code of %s is taken as it is written in the list, and in no other way', (_, codes, valid, invalid) => {
  const list = codes.split(' ')
  for (const value of valid) expect(verdict('code-list', value, { values: list })).toBe('ok')
  for (const value of invalid) expect(verdict('code-list', value, { values: list })).toBe('violation')
  expect(verdict('code-list', valid[0]!, {}, list)).toBe('ok')
  expect(verdict('code-list', invalid[0]!, {}, list)).toBe('violation')
})

test('codes of the rule go before those that the field describes, and without any nothing can be said', () => {
  expect(verdict('code-list', 'a', { values: ['a'] }, ['b'])).toBe('ok')
  expect(verdict('code-list', 'b', { values: ['a'] }, ['b'])).toBe('violation')
  expect(verdict('code-list', 'a')).toBe('unknown')
})

test('a date may be bounded, the bounds included; a moment counts as the Dutch day on which it falls', () => {
  const bounds = { from: '2024-01-01', to: '2024-12-31' }
  expect(['2023-12-31', '2024-01-01', '2024-12-31', '2025-01-01'].map((day) => verdict('date', day, bounds))).toEqual([
    'violation',
    'ok',
    'ok',
    'violation',
  ])
  expect(verdict('date', '2024-12-31T22:59:59.000000Z', bounds)).toBe('ok')
  expect(verdict('date', '2024-12-31T23:00:00.000000Z', bounds)).toBe('violation')
})

test('a pattern has to match the whole text', () => {
  const pand = { pattern: '[0-9]{4}10[0-9]{10}' }
  expect(verdict('pattern', '1926100000485708', pand)).toBe('ok')
  expect(verdict('pattern', 'x1926100000485708', pand)).toBe('violation')
  expect(verdict('pattern', '1926100000485708\n', pand)).toBe('violation')
  expect(verdict('pattern', 'b', { pattern: 'a|b' })).toBe('ok')
  expect(verdict('pattern', 'ab', { pattern: 'a|b' })).toBe('violation')
  expect(verdict('pattern', '😀', { pattern: '.' })).toBe('ok')
})

test('required is satisfied by what is there, also when it is empty', () => {
  expect(verdict('required', null)).toBe('violation')
  expect(verdict('required', '')).toBe('ok')
  expect(verdict('required', false)).toBe('ok')
})

/** Nine digits that pass the sum: eight at will and the one that makes it right, where there is one. */
const passing = fc
  .array(fc.integer({ min: 0, max: 9 }), { minLength: 8, maxLength: 8 })
  .map((eight) => {
    const last = eight.reduce((sum, digit, at) => sum + (9 - at) * digit, 0) % 11
    return last === 10 || (last === 0 && eight.every((d) => d === 0)) ? undefined : [...eight, last].join('')
  })
  .filter((digits) => digits !== undefined)

test('the eleven-test takes every number that satisfies its sum', () => {
  fc.assert(fc.property(passing, (digits) => elevenTest(digits)))
})

test('the eleven-test sees every wrong digit and every two neighbours that changed places', () => {
  fc.assert(
    fc.property(passing, fc.nat(8), fc.integer({ min: 1, max: 9 }), (digits, at, more) => {
      const wrong = digits.slice(0, at) + ((Number(digits[at]) + more) % 10) + digits.slice(at + 1)
      expect(elevenTest(wrong)).toBe(false)
      const next = (at % 8) + 1
      const swapped = [...digits]
      ;[swapped[next - 1], swapped[next]] = [swapped[next]!, swapped[next - 1]!]
      expect(elevenTest(swapped.join(''))).toBe(digits[next - 1] === digits[next])
    }),
  )
})

test('whatever is judged, a check answers and throws nothing', () => {
  const value = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.boolean(),
    fc.constant(null),
    fc.array(fc.string()),
    fc.record({ json: fc.jsonValue() }),
  )
  const parameters: { [check: string]: object } = { 'code-list': { values: ['a'] }, pattern: { pattern: 'a+' } }
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(fieldChecks)), value as fc.Arbitrary<Value>, (name, judged) =>
      ['ok', 'violation', 'unknown'].includes(verdict(name, judged, parameters[name])),
    ),
  )
})
