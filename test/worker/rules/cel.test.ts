import fc from 'fast-check'
import { LosslessNumber } from 'lossless-json'
import { expect, test } from 'vitest'
import * as values from '../../../worker/pipeline/values.js'
import { functions } from '../../../worker/rules/cel-functions.js'
import { columns, says, type Values } from './cel-columns.js'

test.each<[expression: string, record: Values, boolean | null]>([
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
  ['naam.matches("^a*$")', { naam: 'a'.repeat(10_000) }, true],
  [`naam.matches("^${'a'.repeat(998)}$")`, { naam: 'a'.repeat(998) }, true],
  // Whole numbers, to the last digit
  ['aantal == 9223372036854775807', { aantal: '9223372036854775807' }, true],
  ['aantal > 9007199254740992', { aantal: '9007199254740993' }, true],
  ['aantal - 1 == 1 && aantal * 3 == 6 && aantal / 2 == 1 && aantal % 2 == 0 && -aantal == -2', { aantal: '2' }, true],
  ['aantal + 1 == 9223372036854775807', { aantal: '9223372036854775806' }, true],
  ['aantal - 1 < -9223372036854775807', { aantal: '-9223372036854775807' }, true],
  // Decimals, without a float
  ['bedrag == 0.1', { bedrag: '0.10' }, true],
  ['bedrag + 0.2 == 0.3', { bedrag: '0.1' }, true],
  ['bedrag > 0.1', { bedrag: '0.1000000000000000000000000000000001' }, true],
  ['bedrag == 12345678901234567890.123456789', { bedrag: '12345678901234567890.123456789' }, true],
  ['bedrag == 1e3', { bedrag: '1000' }, true],
  [`bedrag == ${'1'.repeat(98)}.5`, { bedrag: `${'1'.repeat(98)}.5` }, true],
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
  ['duur == andere_duur', { duur: 'P1M', andere_duur: 'P1M1D' }, false],
  ['duur == andere_duur', { duur: 'P1M1D', andere_duur: 'P2M1D' }, false],
  ['duur == andere_duur', { duur: 'P1D', andere_duur: 'P1DT1S' }, false],
  ['begin + duur == einde', { begin: '2026-01-02', duur: '-P1D', einde: '2026-01-01' }, true],
  ['gezet + duur == later', { gezet: '2026-01-01T00:00:00.000000Z', duur: 'PT1H30M5S', later: '2026-01-01T01:30:05.000000Z' }, true],
  // Incomplete dates of the GBA
  ['earliest(naam) == day("1956-01-01") && latest(naam) == day("1956-12-31")', { naam: '19560000' }, true],
  ['earliest(naam) == day("1956-02-01") && latest(naam) == day("1956-02-29")', { naam: '19560200' }, true],
  ['earliest(naam) == latest(naam)', { naam: '19560229' }, true],
  ['earliest(naam) == null && latest(naam) == null', { naam: '00000000' }, true],
  ['earliest(naam) != null', { naam: '19560031' }, false],
  ['earliest(naam) != null', { naam: '19570229' }, false],
  ['earliest(naam) != null', { naam: '1957-02' }, false],
  // Lists
  ['nummers == ["1", "2"]', { nummers: ['1', '2'] }, true],
  ['nummers == ["1", "2"]', { nummers: ['1', '3'] }, false],
  ['nummers == ["1", "2"]', { nummers: ['1'] }, false],
  ['nummers != ["1", "2"]', { nummers: ['1', '2', '3'] }, true],
  ['open < true', { open: false }, true],
  ['open < true', { open: true }, false],
  ['nummers.all(n, n.matches("^[0-9]$"))', { nummers: ['1', '2'] }, true],
  ['nummers.exists(n, n == "2")', { nummers: ['1', '2'] }, true],
  ['nummers.exists_one(n, n == "2")', { nummers: ['2', '2'] }, false],
  ['nummers.filter(n, n > "1") == ["2", "3"]', { nummers: ['1', '2', '3'] }, true],
  ['size(nummers.filter(n, n == null)) == 0 && nummers.all(n, n != null) && !nummers.exists(n, n == null)', { nummers: ['1'] }, true],
  ['size(nummers.map(n, n)) == 2 && size(nummers.map(n, n > "1", n)) == 1', { nummers: ['1', '2'] }, true],
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
  [
    'kenmerken[0].open && kenmerken[0].gezet < now()',
    { kenmerken: { json: [{ open: true, gezet: '2026-01-01T00:00:00.000000Z' }] } },
    true,
  ],
  ['kenmerken[0].duur == period("P1D") && kenmerken[0].zaak == "z"', { kenmerken: { json: [{ duur: 'P1D', zaak: 'z' }] } }, true],
  ['kenmerken[0].dagen.all(d, d < today())', { kenmerken: { json: [{ dagen: ['2026-01-01'] }] } }, true],
  ['kenmerken[0].plek.type == "Point"', { kenmerken: { json: [{ plek: { type: 'Point' } }] } }, true],
  ['kenmerken[0].adres.straat == "a" && kenmerken[0].adres != null', { kenmerken: { json: [{ adres: { straat: 'a' } }] } }, true],
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

test.each<[expression: string, record: Values, boolean | null]>([
  ['begin <= einde', { begin: '2026-01-01' }, null],
  ['naam == "a"', {}, null],
  ['naam != "a"', {}, null],
  ['!(naam == "a")', {}, null],
  ['year(begin) > 2000', {}, null],
  ['naam.matches("a")', {}, null],
  ['-aantal < 0', {}, null],
  ['begin == null', {}, true],
  ['null != begin', {}, false],
  ['begin == null || begin <= einde', { einde: '2026-01-01' }, true],
  ['begin <= einde || begin == null', { einde: '2026-01-01' }, true],
  ['begin <= einde || naam == "a"', { naam: 'a' }, true],
  ['begin <= einde || naam == "a"', { naam: 'b' }, null],
  ['begin <= einde && naam == "a"', { naam: 'b' }, false],
  ['naam == "a" && begin <= einde', { naam: 'b' }, false],
  ['naam == "a" || begin <= einde', { naam: 'b' }, null],
  ['naam == "a" && begin <= einde', { naam: 'a' }, null],
  ['nummers[aantal] == "a"', { nummers: ['a'] }, null],
  ['nummers[aantal] == "a"', { aantal: '0' }, null],
  ['nummers[aantal] == "a"', { nummers: ['a'], aantal: '0' }, true],
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
