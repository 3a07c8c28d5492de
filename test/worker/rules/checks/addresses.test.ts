import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bagTypes, normaliseGemeentecode, normalisePostcode } from '../../../../worker/rules/checks/addresses.js'
import { digits } from './numbers.js'
import { all, verdict, verdicts } from './verdict.js'

test.each<[check: string, valid: string[], invalid: string[]]>([
  [
    'postcode',
    ['2631CR', '1011 AB', '9999xx', ' 2631CR ', '1000AA'],
    ['0123AB', '2611SS', '2631C', '2611SA', '2611sd', '2631  CR', '26 31CR', '2631CRX', '٢631CR'],
  ],
  ['huisnummer', ['15', '1', '99999'], ['0', '15C', '100000', '01', '-1', '1.0', '']],
  ['huisletter', ['C', 'c', 'Z'], ['1', 'bis', 'É', '', ' C']],
  ['toevoeging', ['2hg', 'A1', 'bis', 'I', '1234'], ['BIS-3', '2 hg', 'links', '']],
  [
    'gemeentecode',
    ['0363', 'GM0599', '1926', '0001', '9998'],
    ['363', 'GM363', '9999', '0000', 'GM9999', 'gm0363', '03630', 'GM 0363', '036a'],
  ],
  ['wijk', ['WK036301', 'WK192602  '], ['WK36301', 'BU036301', 'wk036301', ' WK036301', 'WK0363010']],
  ['buurt', ['BU03630100', 'BU19260203', 'BU03630100  '], ['WK36301', 'BU036301', 'BU0363010A', 'BU036301000']],
  [
    'kadastrale-aanduiding',
    ["'s Gravenhage C 1277 A3", 'GVH00 C 1277', 'ASD04 AB 12', 'Bergen op Zoom AZ 99999 A9999', 'Ede K 1'],
    [
      'GVH00 J 12',
      'GVH00 C 0127',
      'GVH00 C 123456',
      'GVH00 AJ 12',
      'GVH00 ABC 12',
      'GVH00 C 12 A0',
      'GVH00 C 12 A10000',
      'C 1277',
      'GVH00  C 1277',
      `${'a'.repeat(100)} C 1`,
    ],
  ],
])('%s takes what is right, and in no other form', (check, valid, invalid) => {
  expect(verdicts(check, valid)).toEqual(all(valid, 'ok'))
  expect(verdicts(check, invalid)).toEqual(all(invalid, 'violation'))
  expect(verdict(check, true)).toBe('violation')
})

test('each postcode of four digits and two letters is taken but those that are not given out', () => {
  const letter = fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZ')
  fc.assert(
    fc.property(fc.integer({ min: 1000, max: 9999 }), letter, letter, (number, a, b) => {
      const expected = ['SA', 'SD', 'SS'].includes(a + b) ? 'violation' : 'ok'
      for (const written of [`${number}${a}${b}`, `${number} ${a}${b}`, `${number} ${a}${b}`.toLowerCase()]) {
        expect(normalisePostcode(written)).toBe(`${number}${a}${b}`)
        expect(verdict('postcode', written)).toBe(expected)
      }
    }),
  )
})

test('a gemeente has to be on the list where one is given, with or without GM on either side', () => {
  const codes = ['0363', 'GM0599']
  expect(verdicts('gemeentecode', ['0363', 'GM0363', '0599', 'GM0599'], { codes })).toEqual(all(['0363', 'GM0363', '0599', 'GM0599'], 'ok'))
  expect(verdicts('gemeentecode', ['1926', 'GM1926', '9999', 'x'], { codes: [...codes, '9999'] })).toEqual(
    all(['1926', 'GM1926', '9999', 'x'], 'violation'),
  )
})

test('a kadastrale aanduiding has the name of its gemeente or its code, and a rule can ask for one of them', () => {
  const [name, code] = ["'s Gravenhage C 1277 A3", 'GVH00 C 1277']
  expect(verdicts('kadastrale-aanduiding', [name, code], { form: 'code' })).toEqual({ [name]: 'violation', [code]: 'ok' })
  // Digits are taken in a name too.
  expect(verdicts('kadastrale-aanduiding', [name, code], { form: 'name' })).toEqual({ [name]: 'ok', [code]: 'ok' })
})

test('a BAG identification is taken as of its type, and as of no other', () => {
  const type = fc.constantFrom(...(Object.keys(bagTypes) as (keyof typeof bagTypes)[]))
  fc.assert(
    fc.property(type, type, digits(4), digits(10), (is, asked, gemeente, number) => {
      const identification = gemeente + bagTypes[is] + number
      expect(verdict('bag-identificatie', identification)).toBe('ok')
      expect(verdict('bag-identificatie', identification, { type: [asked] })).toBe(is === asked ? 'ok' : 'violation')
      expect(verdict('bag-identificatie', identification, { type: ['woonplaats'] })).toBe('violation')
      // Four digits can be anything: a woonplaats is asked for by name.
      expect(verdict('bag-identificatie', gemeente)).toBe('violation')
      expect(verdict('bag-identificatie', gemeente, { type: ['woonplaats'] })).toBe('ok')
      expect(verdict('bag-identificatie', gemeente, { type: [asked] })).toBe('violation')
      for (const wrong of [identification.slice(1), `${identification}0`, `${identification}\n`, identification.replace(/.$/, 'A')])
        expect(verdict('bag-identificatie', wrong)).toBe('violation')
    }),
  )
})

test('the examples of the catalogue: an identification of another type, of no type, and damaged by a spreadsheet', () => {
  expect(verdict('bag-identificatie', '1926200000508011', { type: ['nummeraanduiding'] })).toBe('ok')
  expect(verdict('bag-identificatie', '1926010000508012', { type: ['verblijfsobject'] })).toBe('ok')
  expect(verdict('bag-identificatie', '1926100000485708', { type: ['pand'] })).toBe('ok')
  const adresseerbaar = { type: ['verblijfsobject', 'ligplaats', 'standplaats'] }
  expect(verdicts('bag-identificatie', ['1926010000508012', '1926100000485708'], adresseerbaar)).toEqual({
    '1926010000508012': 'ok',
    '1926100000485708': 'violation',
  })
  const wrong = ['192620000050801', '1926990000508011', '1.9262E+15']
  expect(verdicts('bag-identificatie', wrong)).toEqual(all(wrong, 'violation'))
})

test('a rule can ask for a woonplaats beside other types', () => {
  const either = { type: ['woonplaats', 'pand'] }
  expect(verdicts('bag-identificatie', ['3594', '1926100000485708'], either)).toEqual(all(['3594', '1926100000485708'], 'ok'))
  const wrong = ['1926200000508011', '35941926100000485708', '359', '1926undefined0000485708', '1926 0000485708', '19260000485708']
  expect(verdicts('bag-identificatie', wrong, either)).toEqual(all(wrong, 'violation'))
  expect(verdicts('bag-identificatie', ['', '19260000485708'], { type: ['woonplaats'] })).toEqual(all(['', '19260000485708'], 'violation'))
  expect(verdict('bag-identificatie', true, either)).toBe('violation')
})

test('what is compared is taken out of what is written at its own place alone', () => {
  expect(normalisePostcode('12345 AB')).toBe('12345 AB')
  expect(normaliseGemeentecode(' GM0363 ')).toBe('0363')
  expect(normaliseGemeentecode('xGM0363')).toBe('xGM0363')
  expect(normaliseGemeentecode('GM03635')).toBe('GM03635')
  expect(verdict('gemeentecode', ' 0363 ')).toBe('ok')
  expect(verdicts('kadastrale-aanduiding', [`${'a'.repeat(93)} C 1277`, `${'a'.repeat(94)} C 1277`])).toEqual({
    [`${'a'.repeat(93)} C 1277`]: 'ok',
    [`${'a'.repeat(94)} C 1277`]: 'violation',
  })
})
