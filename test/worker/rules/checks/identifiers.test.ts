import fc from 'fast-check'
import { expect, test } from 'vitest'
import { elevenTest, normaliseBtw } from '../../../../worker/rules/checks/identifiers.js'
import { aNummer, bsn, changed, digits, swapped, withCheckDigits } from './numbers.js'
import { all, verdict, verdicts } from './verdict.js'

// The made-up examples of the catalogue of registration rules, with the reason why each is wrong where it is not plain.
test.each<[check: string, valid: string[], invalid: string[]]>([
  ['bsn', ['999990019', '000000012', '111222333'], ['999990018', '12345678', '000000000']], // sum, length, passes the sum
  ['a-nummer', ['1010101010', '1010101025', '1010101327'], ['0101010101', '1123456789', '1010101011']], // 0 in front, neighbours, sum
  ['rsin', ['880000004', '123456782', '002564440'], ['880000005', '8800000041', '88000000A']],
  ['kvk', ['59581883', '01234567', '90000001'], ['5958188', '595818833', 'KVK59581', '00000000']],
  ['vestigingsnummer', ['000015063097', '000012345678', '000000000001'], ['15063097', '0000150630977', '00001506309X', '000000000000']],
  ['btw', ['NL004495445B01', 'NL002455799B11', 'NL000099998B57'], ['NL123456789B90', 'NL004495445B00', 'NL004495445A01']],
  [
    'oin',
    ['00000001880000004000', '00000003595818830000', '00000004003214345000'],
    ['0000000188000000400', '0000000188000000400A', '99999999880000004000'],
  ],
])('%s takes what is right, and in no other form', (check, valid, invalid) => {
  expect(verdicts(check, valid)).toEqual(all(valid, 'ok'))
  expect(verdicts(check, invalid)).toEqual(all(invalid, 'violation'))
})

test('a number is text of its length: no white space, no digits of other scripts, no padding', () => {
  const wrong = ['9999 90019', '99999/019', '9999900:9', '99999001٩', '999990019\n', ' 999990019', '99999001９', '9999900190', '']
  expect(verdicts('bsn', wrong)).toEqual(all(wrong, 'violation'))
  expect(verdict('kvk', '59581883\n')).toBe('violation')
  expect(verdict('oin', '00000003595818830000\n')).toBe('violation')
})

test('a test number is a BSN, but none of someone', () => {
  expect(verdicts('bsn-real', ['999990019', '999993653'])).toEqual(all(['999990019', '999993653'], 'violation'))
  // What is no BSN at all is for another rule to say.
  expect(verdicts('bsn-real', ['111222333', '999990018', '9999', 'x'])).toEqual(all(['111222333', '999990018', '9999', 'x'], 'ok'))
})

test('the 11-test takes every number that satisfies its sum', () => {
  fc.assert(fc.property(bsn, (number) => elevenTest(number)))
})

test('the 11-test sees every wrong digit, and every two neighbours that changed places', () => {
  fc.assert(
    fc.property(bsn, fc.nat(8), fc.nat(8), (number, at, shift) => {
      expect(elevenTest(changed(number, at, shift))).toBe(false)
      const next = at % 8
      expect(elevenTest(swapped(number, next))).toBe(number[next] === number[next + 1])
    }),
  )
})

test('one in eleven numbers passes as a BSN', () => {
  const passing = Array.from({ length: 11_000 }, (_, i) => String(100_000_000 + i * 7)).filter(elevenTest)
  expect(passing.length).toBeGreaterThan(900)
  expect(passing.length).toBeLessThan(1100)
})

test('an A-nummer is taken by its definition, and every wrong digit in it is seen', () => {
  fc.assert(
    fc.property(aNummer, fc.nat(9), fc.nat(8), (number, at, shift) => {
      expect(verdict('a-nummer', number)).toBe('ok')
      expect(verdict('a-nummer', changed(number, at, shift))).toBe('violation')
    }),
  )
})

test('each digit of an A-nummer counts, both in its sum and by its place', () => {
  // These satisfy one of the two conditions and not the other.
  const wrong = ['1020304052', '1310131013', '9090909090', '1212121212']
  for (const number of wrong) {
    const values = [...number].map(Number)
    const sum = values.reduce((a, b) => a + b) % 11
    const weighed = values.reduce((a, b, i) => a + b * 2 ** i, 0) % 11
    expect(verdict('a-nummer', number)).toBe([0, 5].includes(sum) && weighed === 0 ? 'ok' : 'violation')
  }
})

test('a VAT number of a legal person passes by the number, that of a person as a whole', () => {
  const suffix = fc.integer({ min: 1, max: 99 }).map((n) => String(n).padStart(2, '0'))
  fc.assert(fc.property(bsn, suffix, (number, two) => verdict('btw', `NL${number}B${two}`) === 'ok'))
  // Nine digits, and the two that make the whole 1 modulo 97: found as a check digit is, at the end.
  const person = digits(9).map((nine) => {
    const rest = BigInt(`2321${nine}1100`) % 97n
    return `NL${nine}B${String((98n - rest) % 97n || 97n).padStart(2, '0')}`
  })
  fc.assert(fc.property(person, (number) => verdict('btw', number) === 'ok'))
})

test('a VAT number is compared without the signs between its parts', () => {
  const written = ['NL 0044.95.445.B01', 'nl004495445b01', 'NL-004495445-B01']
  expect(verdicts('btw', written)).toEqual(all(written, 'ok'))
  expect(new Set(written.map(normaliseBtw))).toEqual(new Set(['NL004495445B01']))
  const wrong = ['NL004495445B1', 'NL04495445B01', 'BE0044954450B01', '004495445B01', 'NL004495446B01x']
  expect(verdicts('btw', wrong)).toEqual(all(wrong, 'violation'))
})

test('an OIN holds a number of the register that its prefix names', () => {
  fc.assert(fc.property(bsn, (number) => verdict('oin', `00000001${number}000`) === 'ok'))
  const wrong = [
    '00000001880000005000',
    '00000003000000000000',
    '00000003595818831000',
    '00000000880000004000',
    '00000004000000000000',
    '00000001880000004001',
  ]
  expect(verdicts('oin', wrong)).toEqual(all(wrong, 'violation'))
  const other = ['00000002123456789000', '00000006123456789000', '00000009123456789000']
  expect(verdicts('oin', other)).toEqual(all(other, 'ok'))
})

test('what is no text is none of these numbers', () => {
  for (const check of ['bsn', 'a-nummer', 'rsin', 'kvk', 'vestigingsnummer', 'btw', 'oin', 'iban']) {
    expect(verdict(check, true)).toBe('violation')
    expect(verdict(check, { json: '999990019' })).toBe('violation')
  }
  expect(verdict('bsn-real', true)).toBe('ok')
  expect(verdict('bsn-real', ['999990019'])).toBe('ok')
})

test('check digits are those of the standard', () => {
  // ISO 13616-1, the examples of its registry.
  expect(withCheckDigits('GB', 'WEST12345698765432')).toBe('GB82WEST12345698765432')
})
