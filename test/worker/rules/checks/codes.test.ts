import fc from 'fast-check'
import { expect, test } from 'vitest'
import { all, verdict, verdicts } from './verdict.js'

test('a number may be bounded, the bounds included, and is compared exactly', () => {
  const bounds = { from: '1', to: '999999' }
  expect(verdicts('number', ['1', '1.0', '999999', '12.5'], bounds)).toEqual(all(['1', '1.0', '999999', '12.5'], 'ok'))
  expect(
    verdicts('number', ['0', '0.999999999999999999999', '1000000', '-1', '999999.0000000000000000001', 'x', '', '1,5', 'NaN'], bounds),
  ).toEqual(all(['0', '0.999999999999999999999', '1000000', '-1', '999999.0000000000000000001', 'x', '', '1,5', 'NaN'], 'violation'))
  expect(verdict('number', '-5', { from: '-5' })).toBe('ok')
  expect(verdict('number', '-5.1', { from: '-5' })).toBe('violation')
  expect(verdict('number', '5', { to: '4.99' })).toBe('violation')
  expect(verdict('number', true)).toBe('violation')
})

test('decimals count as far as they say something', () => {
  expect(verdicts('number', ['12', '12.5', '12.50', '12.5000'], { decimals: 2 })).toEqual(all(['12', '12.5', '12.50', '12.5000'], 'ok'))
  expect(verdict('number', '12.505', { decimals: 2 })).toBe('violation')
  expect(verdict('number', '12.0', { decimals: 0 })).toBe('ok')
  expect(verdict('number', '12.01', { decimals: 0 })).toBe('violation')
})

test('a length counts characters, however many code units they take', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', 'é', '😀', '𝒳'), { maxLength: 12 }), fc.nat(12), fc.nat(12), (characters, min, max) => {
      const count = characters.length
      expect(verdict('length', characters.join(''), { min, max })).toBe(count >= min && count <= max ? 'ok' : 'violation')
    }),
  )
  expect(verdict('length', 'abc', { min: 3 })).toBe('ok')
  expect(verdict('length', 'abc', { max: 2 })).toBe('violation')
  expect(verdict('length', true, { max: 10 })).toBe('violation')
})

test('a code is taken as it is written in the list, and in no other way', () => {
  const values = ['openbaar', 'beperkt_openbaar', 'zeer_geheim']
  expect(verdicts('code-list', values, { values })).toEqual(all(values, 'ok'))
  const wrong = ['Openbaar', 'prive', 'strikt geheim', '', 'openbaar ']
  expect(verdicts('code-list', wrong, { values })).toEqual(all(wrong, 'violation'))
  expect(verdict('code-list', true, { values: ['true'] })).toBe('violation')
})

test('codes of the rule go before those that the field describes, and without any nothing can be said', () => {
  expect(verdict('code-list', 'a', { values: ['a'] }, { codes: ['b'] })).toBe('ok')
  expect(verdict('code-list', 'b', { values: ['a'] }, { codes: ['b'] })).toBe('violation')
  expect(verdict('code-list', 'b', {}, { codes: ['b'] })).toBe('ok')
  expect(verdict('code-list', 'a', {}, { codes: ['b'] })).toBe('violation')
  expect(verdict('code-list', 'a')).toBe('unknown')
})

test('a pattern has to match the whole text', () => {
  const pand = { pattern: '[0-9]{4}10[0-9]{10}' }
  expect(verdict('pattern', '1926100000485708', pand)).toBe('ok')
  expect(verdict('pattern', 'x1926100000485708', pand)).toBe('violation')
  expect(verdict('pattern', '1926100000485708\n', pand)).toBe('violation')
  expect(verdict('pattern', 'b', { pattern: 'a|b' })).toBe('ok')
  expect(verdict('pattern', 'ab', { pattern: 'a|b' })).toBe('violation')
  expect(verdict('pattern', '😀', { pattern: '.' })).toBe('ok')
  expect(verdict('pattern', true, { pattern: 'true' })).toBe('violation')
})

test('a reference ends in an identification', () => {
  const uuid = '6c3b9a52-8f0e-4d0b-9f67-2d1c2f6f0a01'
  expect(verdicts('reference', [uuid, `https://a.example/zaken/${uuid}`])).toEqual(all([uuid, `https://a.example/zaken/${uuid}`], 'ok'))
  expect(verdicts('reference', ['https://a.example/personen/999990019', ''])).toEqual(
    all(['https://a.example/personen/999990019', ''], 'violation'),
  )
})

test('required is satisfied by what is there, also when it is empty', () => {
  expect(verdict('required', null)).toBe('violation')
  expect(verdict('required', '')).toBe('ok')
  expect(verdict('required', false)).toBe('ok')
})
