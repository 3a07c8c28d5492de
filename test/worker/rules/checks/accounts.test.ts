import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ibanStructures, isIban, mod97, normaliseIban } from '../../../../worker/rules/checks/accounts.js'
import { changed, digits, iban, swapped, withCheckDigits } from './numbers.js'
import { all, verdicts } from './verdict.js'

test('an IBAN of the catalogue is taken, and none with a wrong digit, wrong check digits or a wrong length', () => {
  const valid = ['NL91ABNA0417164300', 'NL20INGB0001234567', 'NL69TEST0000000001']
  const invalid = ['NL91ABNA0417164301', 'NL19ABNA0417164300', 'NL91ABNA041716430']
  expect(verdicts('iban', valid)).toEqual(all(valid, 'ok'))
  expect(verdicts('iban', invalid)).toEqual(all(invalid, 'violation'))
})

test('IBANs of other countries are taken in the form of their country', () => {
  // The examples of the registry.
  const valid = [
    'BE68539007547034',
    'DE89370400440532013000',
    'FR1420041010050500013M02606',
    'GB29NWBK60161331926819',
    'MT84MALT011000012345MTLCAST001S',
    'NO9386011117947',
    'LC55HEMM000100010012001200023015',
    'BR1800360305000010009795493C1',
    'PL61109010140000071219812874',
    'CR05015202001026284066',
    'IT60X0542811101000000123456',
    'CH9300762011623852957',
  ]
  expect(verdicts('iban', valid)).toEqual(all(valid, 'ok'))
  const invalid = ['XX82WEST12345698765432', 'BE6853900754703', 'NL69TEST00000000O1', 'DE8937040044053201300A']
  expect(verdicts('iban', invalid)).toEqual(all(invalid, 'violation'))
})

test('an IBAN is compared without the spaces of its printed form, and no sign of another script is a letter', () => {
  const valid = ['NL91 ABNA 0417 1643 00', 'nl91abna0417164300']
  expect(verdicts('iban', valid)).toEqual(all(valid, 'ok'))
  const invalid = ['NL20ıNGB0001234567', 'NL91-ABNA-0417-1643-00', 'NL91ABNA0417164300\n', '']
  expect(verdicts('iban', invalid)).toEqual(all(invalid, 'violation'))
})

test('every IBAN of every country of the table is taken; every single wrong character and every swap of neighbours of a sort is seen', () => {
  fc.assert(
    fc.property(iban, fc.nat(), fc.nat(), (number, place, shift) => {
      expect(isIban(number)).toBe(true)
      const at = place % number.length
      // Another country has another form, or the same: then the check digits tell.
      expect(isIban(changed(number, at, shift))).toBe(false)
      const [a, b] = [number[at], number[at + 1]]
      // A1 and 1K are the same number: a letter and a digit that change places need not be seen.
      if (b !== undefined && /\d/.test(a!) === /\d/.test(b) && at !== 1) expect(isIban(swapped(number, at))).toBe(a === b)
    }),
    { numRuns: 500 },
  )
})

test('check digits that leave the same rest as the right ones are not right', () => {
  // 00, 01 and 99 stand for 97, 98 and 02.
  const find = (wanted: string) => {
    for (let account = 0; account < 5000; account++) {
      const number = withCheckDigits('NL', `TEST${String(account).padStart(10, '0')}`)
      if (number.slice(2, 4) === wanted) return number
    }
    throw new Error(wanted)
  }
  for (const [right, wrong] of [
    ['97', '00'],
    ['98', '01'],
    ['02', '99'],
  ] as const) {
    const number = find(right)
    expect(isIban(number)).toBe(true)
    const other = `NL${wrong}${number.slice(4)}`
    expect(mod97(other.slice(4) + other.slice(0, 4))).toBe(1)
    expect(isIban(other)).toBe(false)
  }
})

test('the table gives each country the length of its IBAN', () => {
  const lengths = Object.fromEntries(
    Object.entries(ibanStructures).map(([country, structure]) => [
      country,
      4 + [...structure.matchAll(/\d+/g)].reduce((sum, [n]) => sum + Number(n), 0),
    ]),
  )
  // Lengths of the registry, for those that a gemeente meets most.
  expect(lengths).toMatchObject({
    NL: 18,
    BE: 16,
    DE: 22,
    FR: 27,
    GB: 22,
    LU: 20,
    ES: 24,
    IT: 27,
    PL: 28,
    TR: 26,
    RO: 24,
    BG: 22,
    PT: 25,
    AT: 20,
    CH: 21,
    DK: 18,
    SE: 24,
    NO: 15,
    FI: 18,
    IE: 22,
    GR: 27,
    HU: 28,
    CZ: 24,
    SK: 24,
    SI: 19,
    HR: 21,
    EE: 20,
    LV: 21,
    LT: 20,
    MT: 31,
    CY: 28,
    UA: 29,
  })
})

test('the number in a Dutch IBAN passes the 11-test, but for that of the former Giro', () => {
  const valid = ['NL91ABNA0417164300', 'NL20INGB0001234567', 'NL39RABO0300065264', 'nl39 rabo 0300 0652 64']
  expect(verdicts('iban-account', valid)).toEqual(all(valid, 'ok'))
  const invalid = ['NL64ABNA0417164301', 'NL93RABO0123456780', 'NL21INGB0987654321']
  expect(verdicts('iban', invalid)).toEqual(all(invalid, 'ok'))
  expect(verdicts('iban-account', invalid)).toEqual(all(invalid, 'violation'))
  // What is no Dutch IBAN is for another rule to say.
  const other = ['BE68539007547034', 'NL91ABNA0417164301', 'x', '']
  expect(verdicts('iban-account', other)).toEqual(all(other, 'ok'))
})

test('of a Dutch account number every wrong digit is seen', () => {
  const account = digits(9)
    .filter((nine) => !nine.startsWith('000'))
    .map((nine) => {
      const last = (11 - ([...nine].reduce((sum, d, i) => sum + (10 - i) * Number(d), 0) % 11)) % 11
      return last === 10 ? undefined : `${nine}${last}`
    })
    .filter((number) => number !== undefined)
  fc.assert(
    fc.property(account, fc.nat(9), fc.nat(8), (number, at, shift) => {
      const of = (ten: string) => withCheckDigits('NL', `TEST${ten}`)
      expect(verdicts('iban-account', [of(number)])).toEqual({ [of(number)]: 'ok' })
      const wrong = changed(number, at, shift)
      if (!wrong.startsWith('000')) expect(verdicts('iban-account', [of(wrong)])).toEqual({ [of(wrong)]: 'violation' })
    }),
  )
})

test('the printed form of an IBAN is the same IBAN', () => {
  fc.assert(fc.property(iban, (number) => normaliseIban(number.replace(/(.{4})/g, '$1 ').toLowerCase()) === number))
})
