import fc from 'fast-check'
import { afterEach, expect, test, vi } from 'vitest'
import { isCalendarDay } from '../../../../worker/pipeline/values.js'
import { dayOf } from '../../../../worker/rules/checks/dates.js'
import { dutchToday } from '../../../../worker/rules/today.js'
import { streamPlan } from '../../plans.js'
import { all, verdict, verdicts } from './verdict.js'

afterEach(() => vi.useRealTimers())

function at(moment: string): void {
  vi.useFakeTimers({ toFake: ['Date'] })
  vi.setSystemTime(new Date(moment))
}

test('a date is a day that exists, in one way of writing', () => {
  const valid = ['2024-02-29', '1999-12-31', '2026-03-29']
  expect(verdicts('date', valid)).toEqual(all(valid, 'ok'))
  const invalid = ['2023-02-29', '31-12-1999', '0000-00-00', '2026-2-3', '20260203', '']
  expect(verdicts('date', invalid)).toEqual(all(invalid, 'violation'))
  expect(verdict('date', true)).toBe('violation')
})

test('every day of the calendar is a date, and no other', () => {
  const day = fc
    .date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
    .map((d) => d.toISOString().slice(0, 10))
  fc.assert(fc.property(day, (written) => verdict('date', written) === 'ok'))
  fc.assert(
    fc.property(fc.integer({ min: 1800, max: 2200 }), fc.integer({ min: 0, max: 19 }), fc.integer({ min: 0, max: 39 }), (y, m, d) => {
      const written = `${y}-${String(m).padStart(2, '0')}-${String(d).padStart(2, '0')}`
      expect(verdict('date', written)).toBe(isCalendarDay(y, m, d) ? 'ok' : 'violation')
    }),
  )
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

test('a bound can move with the day that it is in the Netherlands', () => {
  const birth = { from: '1850-01-01', to: 'today' }
  // An hour before midnight in London it is the next day here.
  at('2026-06-30T22:30:00Z')
  expect(dutchToday()).toBe('2026-07-01')
  expect(verdicts('date', ['1850-01-01', '2026-07-01'], birth)).toEqual(all(['1850-01-01', '2026-07-01'], 'ok'))
  expect(verdicts('date', ['1849-12-31', '2026-07-02'], birth)).toEqual(all(['1849-12-31', '2026-07-02'], 'violation'))
  expect(verdict('date', '2126-07-01', { to: 'today+100y' })).toBe('ok')
  expect(verdict('date', '2126-07-02', { to: 'today+100y' })).toBe('violation')
})

test('a check that was prepared yesterday knows the bound of today', async () => {
  const { fieldChecks } = await import('../../../../worker/rules/field-checks.js')
  at('2026-06-30T12:00:00Z')
  const judge = fieldChecks.date!.prepare({ to: 'today' }, streamPlan({ veld: { value: 'date' } }).fields[1]!)
  expect(judge('2026-07-01')).toBe('violation')
  at('2026-07-01T00:00:00Z')
  expect(judge('2026-07-01')).toBe('ok')
  expect(judge('2026-07-02')).toBe('violation')
})

test.each([
  ['2026-01-01', '2024-02-29', '2026-01-01'],
  ['today', '2024-02-29', '2024-02-29'],
  ['today+1y', '2024-02-29', '2025-02-28'],
  ['today-4y', '2024-02-29', '2020-02-29'],
  ['today+100y', '2024-02-29', '2124-02-29'],
  ['today+1m', '2026-01-31', '2026-02-28'],
  ['today-1m', '2026-03-31', '2026-02-28'],
  ['today-3m', '2026-01-15', '2025-10-15'],
  ['today+12m', '2026-12-01', '2027-12-01'],
  ['today+11m', '2026-01-31', '2026-12-31'],
  ['today+30d', '2026-12-15', '2027-01-14'],
  ['today-1d', '2024-03-01', '2024-02-29'],
  ['today+7973y', '2026-07-01', '9999-07-01'],
  ['today-2025y', '2026-07-01', '0001-07-01'],
  ['today+9000y', '2026-01-01', '9999-12-31'],
  ['today-9000y', '2026-01-01', '0001-01-01'],
  ['today-99999d', '0100-01-01', '0001-01-01'],
])('%s on %s is %s', (bound, today, day) => {
  expect(dayOf(bound, today)).toBe(day)
})

test('days that stand for no value are allowed outside the bounds where the rule names them', () => {
  const bounds = { from: '1850-01-01', to: '2100-01-01', empty: ['9999-12-31', '0001-01-01'] }
  expect(verdicts('date', ['9999-12-31', '0001-01-01', '2026-01-01'], bounds)).toEqual(
    all(['9999-12-31', '0001-01-01', '2026-01-01'], 'ok'),
  )
  expect(verdicts('date', ['9999-12-30', '0000-00-00'], bounds)).toEqual(all(['9999-12-30', '0000-00-00'], 'violation'))
})

test('a moment exists, with its distance to UTC or on a Dutch clock', () => {
  const valid = [
    '2026-07-01T12:00:00+02:00',
    '2026-01-01T00:00:00Z',
    '2026-10-25T02:30:00+01:00',
    '2026-03-29T01:59:59',
    '2026-03-29T03:00:00',
    '2026-10-25T02:30:00',
    '2026-01-01 12:00',
    '2026-01-01T12:00:00.123456789+0100',
  ]
  expect(verdicts('moment', valid)).toEqual(all(valid, 'ok'))
  const invalid = [
    '2026-03-29T02:30:00',
    '2027-03-28T02:00:00',
    '2026-13-01T00:00:00Z',
    '2026-01-01T24:30:00Z',
    '2026-01-01',
    '2026-02-30T12:00:00Z',
    '2026-01-01T12:60:00Z',
    '2026-01-01T12:00:00+25:00',
    '',
  ]
  expect(verdicts('moment', invalid)).toEqual(all(invalid, 'violation'))
  expect(verdict('moment', false)).toBe('violation')
})

test('a rule can ask that a moment says its distance to UTC', () => {
  const asked = { offset: 'required' }
  const valid = [
    '2026-07-01T12:00:00+02:00',
    '2026-01-01T00:00:00Z',
    '2026-01-01t00:00:00z',
    '2026-01-01T00:00:00-0330',
    '2026-01-01T00:00+01',
  ]
  expect(verdicts('moment', valid, asked)).toEqual(all(valid, 'ok'))
  const invalid = ['2026-07-01T12:00:00', '2026-07-01 12:00', '2026-03-29T02:30:00', '2026-07-01']
  expect(verdicts('moment', invalid, asked)).toEqual(all(invalid, 'violation'))
})

test('a local time that occurs twice is seen, and no other', () => {
  const twice = ['2026-10-25T02:00:00', '2026-10-25T02:30:00', '2026-10-25 02:59', '2027-10-31T02:59:59.999', '1977-09-25T02:30:00']
  expect(verdicts('moment-once', twice)).toEqual(all(twice, 'violation'))
  const once = [
    '2026-10-25T02:30:00+01:00',
    '2026-10-25T02:30:00Z',
    '2026-10-25T01:59:59',
    '2026-10-25T03:00:00',
    '2026-10-24T02:30:00',
    '2026-03-29T02:30:00',
    '2026-11-01T02:30:00',
    '2026-10-32T02:30:00',
    'x',
  ]
  expect(verdicts('moment-once', once)).toEqual(all(once, 'ok'))
})

test('a date of the BRP can be known in part, from the left', () => {
  const valid = ['19560000', '19560200', '19561200', '00000000', '20240229', '19561231']
  expect(verdicts('gba-datum', valid)).toEqual(all(valid, 'ok'))
  const invalid = ['19560031', '19561300', '19570229', '00000100', '00000101', '00010100x', '1956000', '1956-00-00', '195600000', '']
  expect(verdicts('gba-datum', invalid)).toEqual(all(invalid, 'violation'))
  fc.assert(
    fc.property(fc.nat(2200), fc.nat(19), fc.nat(39), (y, m, d) => {
      const written = String(y).padStart(4, '0') + String(m).padStart(2, '0') + String(d).padStart(2, '0')
      const whole = isCalendarDay(y, m, d)
      const part = (d === 0 && m === 0) || (d === 0 && y > 0 && m >= 1 && m <= 12)
      expect(verdict('gba-datum', written)).toBe(whole || part ? 'ok' : 'violation')
    }),
  )
})

test('the value of an eigenschap has the form that its eigenschap asks for', () => {
  const day = { formaat: 'datum' }
  expect(verdict('eigenschap-waarde', '20220728', day)).toBe('ok')
  expect(verdicts('eigenschap-waarde', ['2022-07-28', '20220732', '20220700', '20220000', ''], day)).toEqual(
    all(['2022-07-28', '20220732', '20220700', '20220000', ''], 'violation'),
  )
  const moment = { formaat: 'datum_tijd' }
  expect(verdicts('eigenschap-waarde', ['20220728134022', '20220728000000', '20220728235959'], moment)).toEqual(
    all(['20220728134022', '20220728000000', '20220728235959'], 'ok'),
  )
  const wrong = [
    '202207281340',
    '20220728240000',
    '20220728136000',
    '20220728134060',
    '20220230120000',
    '20220728134022Z',
    '202207281340220',
    '20220728 134022',
    '2022072813402',
  ]
  expect(verdicts('eigenschap-waarde', wrong, moment)).toEqual(all(wrong, 'violation'))
  const number = { formaat: 'getal', lengte: '4,2' }
  expect(verdicts('eigenschap-waarde', ['12,50', '5,2', '9999,99', '-1', '0'], number)).toEqual(
    all(['12,50', '5,2', '9999,99', '-1', '0'], 'ok'),
  )
  const noNumber = ['12.5.0', '12.5', '12345', '1,234', ',5', '5,', '+5', '1 000', '']
  expect(verdicts('eigenschap-waarde', noNumber, number)).toEqual(all(noNumber, 'violation'))
  expect(verdict('eigenschap-waarde', '5,2', { formaat: 'getal', lengte: '4' })).toBe('violation')
  expect(verdict('eigenschap-waarde', '123456789,123', { formaat: 'getal' })).toBe('ok')
  expect(verdicts('eigenschap-waarde', ['abc', '😀😀😀', ''], { formaat: 'tekst', lengte: '3' })).toEqual(all(['abc', '😀😀😀', ''], 'ok'))
  expect(verdict('eigenschap-waarde', 'abcd', { formaat: 'tekst', lengte: '3' })).toBe('violation')
  expect(verdict('eigenschap-waarde', 'abcd', { formaat: 'tekst' })).toBe('ok')
  expect(verdict('eigenschap-waarde', true, { formaat: 'tekst' })).toBe('violation')
})

test('where the values of an eigenschap are listed, it is one of them', () => {
  const listed = { formaat: 'tekst', waarden: ['ja', 'nee'] }
  expect(verdicts('eigenschap-waarde', ['ja', 'nee'], listed)).toEqual(all(['ja', 'nee'], 'ok'))
  expect(verdicts('eigenschap-waarde', ['Ja', 'misschien', ''], listed)).toEqual(all(['Ja', 'misschien', ''], 'violation'))
})

test('a duration has at least one part; where it has to be, it is longer than nothing', () => {
  const valid = ['P30D', 'P1Y6M', 'PT36H', 'P2W', 'P0D', 'P1DT12H', 'PT0.5S']
  expect(verdicts('duration', valid)).toEqual(all(valid, 'ok'))
  const invalid = ['30D', 'P', 'P1W2D', 'PT', 'P1DT', 'p30d', '']
  expect(verdicts('duration', invalid)).toEqual(all(invalid, 'violation'))
  const positive = { positive: true }
  expect(verdicts('duration', ['P30D', 'P10Y', 'PT0.5S'], positive)).toEqual(all(['P30D', 'P10Y', 'PT0.5S'], 'ok'))
  expect(verdicts('duration', ['P0D', 'P0Y0M0D', 'PT0S', '-P1D', 'P'], positive)).toEqual(
    all(['P0D', 'P0Y0M0D', 'PT0S', '-P1D', 'P'], 'violation'),
  )
  expect(verdict('duration', true, positive)).toBe('violation')
})

test('what shape has read as a day, a moment or a duration is not read again, and judged the same', () => {
  expect(verdict('date', '2026-07-01', { from: '2026-07-02' }, { value: 'date' })).toBe('violation')
  expect(verdict('date', '2026-07-02', { from: '2026-07-02' }, { value: 'date' })).toBe('ok')
  expect(verdict('date', true, {}, { value: 'date' })).toBe('violation')
  expect(verdict('moment', '2026-07-01T10:00:00.000000Z', { offset: 'required' }, { value: 'datetime' })).toBe('ok')
  expect(verdict('moment', false, {}, { value: 'datetime' })).toBe('violation')
  expect(verdict('duration', 'P0D', { positive: true }, { value: 'duration' })).toBe('violation')
  expect(verdict('duration', 'P1D', { positive: true }, { value: 'duration' })).toBe('ok')
})
