import { expect, test } from 'vitest'
import type { FieldRule } from '../../../config/rules.js'
import { judgeExample } from '../../../worker/rules/field-examples.js'

type Rule = Pick<FieldRule, 'id' | 'appliesTo' | 'check'>

const rule = (name: string, types: FieldRule['appliesTo']['types'] = undefined, parameters: Rule['check']['parameters'] = {}): Rule => ({
  id: 'eigen.regel',
  appliesTo: { types } as Rule['appliesTo'],
  check: { name, parameters },
})

test('an example of a check that there is not is a mistake, which names rule and check', () => {
  expect(() => judgeExample(rule('bsm'), '999990019')).toThrow("rule eigen.regel names the check 'bsm', which does not exist")
})

test('an absent value is nothing to judge, but for the check that asks for it', () => {
  expect(judgeExample(rule('bsn'), null)).toBe('not applicable')
  expect(judgeExample(rule('required'), null)).toBe('violation')
  expect(judgeExample(rule('required'), 'x')).toBe('ok')
})

test('a value that is not of the type of its column breaks a rule on that type, and is nothing to any other', () => {
  expect(judgeExample(rule('date', ['date']), '2023-02-29')).toBe('violation')
  expect(judgeExample(rule('number', ['integer'], { from: '1' }), 'veel')).toBe('not applicable')
  expect(judgeExample(rule('number', ['integer'], { from: '1' }), '0')).toBe('violation')
  expect(judgeExample(rule('number', ['integer'], { from: '1' }), '1')).toBe('ok')
})

test('without a type an example is text, and a geometry is written as text too', () => {
  expect(judgeExample(rule('bsn'), '999990019')).toBe('ok')
  expect(judgeExample(rule('rd', ['geometry']), 'POINT (155000 463000)')).toBe('ok')
  expect(judgeExample(rule('rd', ['geometry']), 'POINT (463000 155000)')).toBe('violation')
})

test('that an hour occurs twice is told by what the source wrote', () => {
  expect(judgeExample(rule('moment-once', ['datetime']), '2026-10-25T02:30:00')).toBe('violation')
  expect(judgeExample(rule('moment-once', ['datetime']), '2026-10-25T02:30:00+01:00')).toBe('ok')
})
