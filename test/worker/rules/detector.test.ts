import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addCounts, found, judgePersonal, look, noCounts, type PersonalValue } from '../../../worker/rules/detector.js'
import { bsn, digits, iban, withCheckDigits } from './checks/numbers.js'

function countsOf(texts: readonly string[]) {
  const counts = noCounts()
  for (const text of texts) look(counts, text)
  return counts
}

const foundIn = (texts: readonly string[], value: PersonalValue) => found(countsOf(texts), value)
const many = <T>(arbitrary: fc.Arbitrary<T>, count: number, seed = 1) => fc.sample(arbitrary, { numRuns: count, seed })

test('a column of BSNs is found, also where some are wrong', () => {
  const numbers = many(bsn, 100)
  expect(foundIn(numbers, 'bsn')).toBe(100)
  const wrong = numbers.map((number, i) => (i % 20 === 0 ? `${number.slice(0, 8)}${(Number(number[8]) + 1) % 10}` : number))
  expect(foundIn(wrong, 'bsn')).toBe(95)
})

test('a column of other numbers of nine digits is none, though one in eleven passes', () => {
  const counts = countsOf(many(digits(9), 1000))
  expect(counts.nine).toBe(1000)
  expect(counts.bsn).toBeGreaterThan(40)
  expect(found(counts, 'bsn')).toBe(0)
})

test('BSNs among other texts are found; a single one, or a few, are not', () => {
  const texts = [...Array.from({ length: 500 }, (_, i) => `opmerking ${i}`), ...many(bsn, 20)]
  expect(foundIn(texts, 'bsn')).toBe(20)
  expect(foundIn(['opmerking', ...many(bsn, 1)], 'bsn')).toBe(0)
  expect(foundIn(many(bsn, 9), 'bsn')).toBe(0)
  expect(foundIn(many(bsn, 10), 'bsn')).toBe(10)
})

test('a BSN is seen in the ways that people write it, and not inside a longer text', () => {
  const ways = ['999990019', ' 999990019 ', '9999.90.019', '9999 90 019', '9999-90-019']
  expect(countsOf(ways).bsn).toBe(5)
  expect(countsOf(['zaak 999990019', '9999900190', 'A999990019', '999990019/1', '000000000'])).toMatchObject({ nine: 1, bsn: 0 })
})

test('accounts, addresses of e-mail and Dutch telephone numbers are found', () => {
  expect(foundIn(many(iban, 50), 'iban')).toBe(50)
  expect(foundIn(['NL91 ABNA 0417 1643 00', 'NL20INGB0001234567', 'NL69TEST0000000001', 'NL91ABNA0417164301'], 'iban')).toBe(3)
  expect(foundIn(['a.b@voorbeeld.nl', 'x+y@sub.voorbeeld.nl', ' c@voorbeeld.nl', 'a@b', 'a b@voorbeeld.nl'], 'email')).toBe(3)
  expect(foundIn([' 070-1234567 ', '06-12345678', '+31701234567', '070-1234567', '(070) 123 45 67', '0031 6 12345678'], 'telefoon')).toBe(6)
})

test('numbers of things are no telephone numbers', () => {
  const numbers = [
    '0363200000',
    '0701234567',
    '0123456789',
    '14070',
    '0900-1234',
    '112',
    '+12025550123',
    '2026-000123',
    '12345678',
    '0599010000048046',
    '000015063097',
    '0351-12',
    '+3161234',
    '+10612345678',
  ]
  expect(countsOf(numbers).telefoon).toBe(0)
})

test('values are looked at up to the longest that they can be', () => {
  const russian = withCheckDigits('RU', `${'1'.repeat(14)}${'A'.repeat(15)}`)
  expect(countsOf([` ${russian.replace(/(.{4})/g, '$1 ').trim()} `]).iban).toBe(1)
  const local = 'a'.repeat(64)
  const address = `${local}@${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(58)}.nl`
  expect(address.length).toBe(254)
  expect(countsOf([address, ` ${address} `, 'a@b.nl']).email).toBe(3)
  expect(countsOf([`  ${address} `, `${address}x`]).email).toBe(0)
})

test('a column is accused over its bound and not at it, in words that hold counts alone', () => {
  const counts = { ...noCounts(), seen: 1000, email: 10 }
  expect(judgePersonal(counts, 'email', 0.01)).toEqual({
    violation: false,
    detail: '10 of 1,000 values that were looked at are an e-mail address (1 %), at most 1 %',
  })
  expect(judgePersonal({ ...counts, email: 11 }, 'email', 0.01)).toEqual({
    violation: true,
    detail: '11 of 1,000 values that were looked at are an e-mail address (1.1 %), at most 1 %',
  })
  expect(judgePersonal({ ...noCounts(), seen: 4, nine: 4, bsn: 4 }, 'bsn', 0).detail).toBe(
    '0 of 4 values that were looked at are a BSN (0 %), at most 0 %',
  )
  expect(judgePersonal({ ...noCounts(), seen: 4, iban: 4 }, 'iban', 0.5).detail).toMatch(
    /^4 of 4 values that were looked at are an IBAN \(100 %\)/,
  )
  expect(judgePersonal({ ...noCounts(), seen: 4, telefoon: 3 }, 'telefoon', 0.5).detail).toMatch(
    /^3 of 4 .* are a Dutch telephone number \(75 %\)/,
  )
  expect(judgePersonal(noCounts(), 'iban', 0)).toMatchObject({ violation: false })
})

test('nine of ten of the numbers of nine digits have to pass, and there have to be ten', () => {
  expect(found({ ...noCounts(), seen: 100, nine: 10, bsn: 9 }, 'bsn')).toBe(9)
  expect(found({ ...noCounts(), seen: 100, nine: 20, bsn: 17 }, 'bsn')).toBe(0)
  expect(found({ ...noCounts(), seen: 100, nine: 9, bsn: 9 }, 'bsn')).toBe(0)
})

test('two that look like it are a slip, and not what the column holds', () => {
  expect(foundIn(['a.b@voorbeeld.nl', 'c.d@voorbeeld.nl'], 'email')).toBe(0)
  expect(foundIn(['a.b@voorbeeld.nl', 'c.d@voorbeeld.nl', 'e.f@voorbeeld.nl'], 'email')).toBe(3)
})

test('texts of every sort are looked at and counted', () => {
  const texts = ['', 'kort', 'x'.repeat(300), `${'a'.repeat(250)}@voorbeeld.nl`, `${'1'.repeat(100)}`, 'geen nummer hier']
  expect(countsOf(texts)).toEqual({ ...noCounts(), seen: texts.length })
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => countsOf([text]).seen === 1))
})

test('counts of parts are those of the whole', () => {
  const texts = fc.array(fc.oneof(bsn, iban, digits(9), fc.constantFrom('a@voorbeeld.nl', '0612345678', 'x')))
  fc.assert(
    fc.property(texts, texts, (one, other) => {
      const sum = countsOf(one)
      addCounts(sum, countsOf(other))
      expect(sum).toEqual(countsOf([...one, ...other]))
    }),
  )
})
