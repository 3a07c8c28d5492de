import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareDecimals, compareGrowing, compareInstants, earlier, secondsOf } from '../../connectors/instants.js'

/** An instant as nanoseconds since the epoch, and as text with any number of digits and any offset. */
const instants = fc
  .record({
    seconds: fc.integer({ min: -2_000_000_000, max: 32_000_000_000 }),
    nanos: fc.bigInt({ min: 0n, max: 999_999_999n }),
    digits: fc.constantFrom(0, 3, 6, 7, 9),
    offset: fc.constantFrom('Z', '+00:00', '+01:00', '+02:00', '-05:30', '+0100', '+14'),
    between: fc.constantFrom('T', ' '),
  })
  .map(({ seconds, nanos, digits, offset, between }) => {
    const kept = (nanos / 10n ** BigInt(9 - digits)) * 10n ** BigInt(9 - digits)
    const { 1: sign, 2: hours = '0', 3: minutes = '0' } = /([+-])(\d{2}):?(\d{2})?/.exec(offset) ?? []
    const shift = sign === undefined ? 0 : Number(`${sign}1`) * (Number(hours) * 3600 + Number(minutes) * 60)
    const local = new Date((seconds + shift) * 1000).toISOString().slice(0, 19).replace('T', between)
    const fraction = digits === 0 ? '' : `.${String(kept).padStart(9, '0').slice(0, digits)}`
    return { nanos: BigInt(seconds) * 1_000_000_000n + kept, text: `${local}${fraction}${offset}` }
  })

test('instants are ordered as their nanoseconds are, whatever their digits and offsets', () => {
  fc.assert(
    fc.property(
      instants,
      instants,
      (a, b) => Math.sign(compareInstants(a.text, b.text)) === Number(a.nanos > b.nanos) - Number(a.nanos < b.nanos),
    ),
  )
})

test('an instant is equal to itself with more zeros and in another offset', () => {
  expect(compareInstants('2026-11-25T12:00:00Z', '2026-11-25T13:00:00.000000+01:00')).toBe(0)
  expect(compareInstants('2026-11-25', '2026-11-25T00:00:00Z')).toBe(0)
})

test('instants that differ in their ninth digit, or only beyond the third, are told apart', () => {
  expect(compareInstants('2026-11-25T12:00:00.123456789Z', '2026-11-25T12:00:00.123456788Z')).toBeGreaterThan(0)
  expect(compareInstants('2026-11-25T12:00:00.1234Z', '2026-11-25T12:00:00.123Z')).toBeGreaterThan(0)
})

test.each(['2026-02-30T00:00:00Z', '2026-13-01', 'yesterday', '2026-11-25T25:00:00Z', '2026'])('%s is no instant', (text) => {
  expect(() => compareInstants(text, '2026-11-25')).toThrow(RangeError)
})

test('the order of instants is total: antisymmetric and transitive', () => {
  fc.assert(
    fc.property(instants, instants, instants, (a, b, c) => {
      expect(Math.sign(compareInstants(a.text, b.text))).toBe(-Math.sign(compareInstants(b.text, a.text)) + 0)
      const [x, y, z] = [a, b, c].map(({ text }) => text).sort(compareInstants) as [string, string, string]
      expect(compareInstants(x, z)).toBeLessThanOrEqual(0)
      expect(compareInstants(x, y)).toBeLessThanOrEqual(0)
    }),
  )
})

const decimals = fc
  .record({
    units: fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }),
    scale: fc.integer({ min: 0, max: 30 }),
    form: fc.constantFrom('plain', 'exponent', 'zeros'),
  })
  .map(({ units, scale, form }) => {
    const digits = String(units < 0n ? -units : units).padStart(scale + 1, '0')
    const plain = `${units < 0n ? '-' : ''}${digits.slice(0, digits.length - scale)}${scale === 0 ? '' : `.${digits.slice(-scale)}`}`
    const text = form === 'exponent' ? `${units}E-${scale}` : form === 'zeros' ? `${plain}${scale === 0 ? '.' : ''}000` : plain
    return { value: units * 10n ** BigInt(30 - scale), text }
  })

test('decimals are ordered as their exact values are, in any notation', () => {
  fc.assert(
    fc.property(
      decimals,
      decimals,
      (a, b) => Math.sign(compareDecimals(a.text, b.text)) === Number(a.value > b.value) - Number(a.value < b.value),
    ),
  )
})

test('numbers that a float cannot tell apart are told apart, and -0 is 0', () => {
  expect(compareDecimals('9007199254740993', '9007199254740992')).toBeGreaterThan(0)
  expect(compareDecimals('1E+3', '1000.0')).toBe(0)
  expect(compareDecimals('-0', '0')).toBe(0)
  expect(compareDecimals('1E+999999', '9')).toBeGreaterThan(0)
})

test('checkpoints that are numbers are not ordered as text', () => {
  expect(compareGrowing('9', '10')).toBeLessThan(0)
  expect(compareGrowing('2026-11-25T12:00:00+01:00', '2026-11-25T11:30:00Z')).toBeLessThan(0)
  expect(compareGrowing('abc', 'abd')).toBeLessThan(0)
})

test('a moment that is moved back keeps its digits and its offset', () => {
  expect(earlier('2026-11-25T00:02:03.1234567+01:00', secondsOf('PT5M'))).toBe('2026-11-24T23:57:03.1234567+01:00')
  expect(earlier('2026-11-25 10:00', 60)).toBe('2026-11-25 09:59')
  expect(earlier('2026-03-01', secondsOf('1 day'))).toBe('2026-02-28')
  expect(earlier('2026-03-01', 60)).toBe('2026-02-28')
  expect(earlier('17', 60)).toBe('17')
})

test('moving back and comparing agree', () => {
  fc.assert(
    fc.property(
      instants,
      fc.integer({ min: 1, max: 10_000_000 }),
      ({ text }, seconds) => compareInstants(earlier(text, seconds), text) < 0,
    ),
  )
})

test('a duration is in words or ISO 8601, and months have no length', () => {
  expect([secondsOf('1 day'), secondsOf('15 minutes'), secondsOf('P1W'), secondsOf('PT1H30M'), secondsOf('P1DT1S')]).toEqual([
    86_400, 900, 604_800, 5400, 86_401,
  ])
  for (const wrong of ['P1M', 'P', 'PT', '1 month', 'soon', '-1 day']) expect(() => secondsOf(wrong)).toThrow(RangeError)
})
