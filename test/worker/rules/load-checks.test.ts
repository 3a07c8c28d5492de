import { expect, test } from 'vitest'
import type { LoadProfile } from '../../../sql/database.js'
import {
  complete,
  distributionWithin,
  freshWithin,
  judgeLoad,
  judgeLoadExample,
  median,
  nullShareWithin,
  rowCountWithin,
} from '../../../worker/rules/load-checks.js'

/** Eight loads of 10,000 rows as usual, with a MAD of 120. */
const loads = [9_760, 9_880, 9_880, 10_000, 10_000, 10_120, 10_120, 10_240]
const usual = [...loads, ...loads.slice(0, 6)]

test('a count far from the usual by the spread of earlier loads is a violation, a near one is not', () => {
  const verdicts = [10_050, 9_700, 10_400, 7_900, 0, 14_000].map((now) => rowCountWithin(now, loads, {}).verdict)
  expect(verdicts).toEqual(['ok', 'ok', 'ok', 'violation', 'violation', 'violation'])
})

test('it says what was counted, what is usual and over how many runs', () => {
  expect(rowCountWithin(9_700, usual, {}).detail).toBe('9,700 rows; usual 10,000 ± 120 over 14 runs')
})

test('the bound of the spread is a robust z of 3.5, on both sides', () => {
  const most = (3.5 * 120) / 0.6745
  expect(rowCountWithin(10_000 + Math.floor(most), loads, {}).verdict).toBe('ok')
  expect(rowCountWithin(10_000 + Math.ceil(most), loads, {}).verdict).toBe('violation')
  expect(rowCountWithin(10_000 - Math.floor(most), loads, {}).verdict).toBe('ok')
  expect(rowCountWithin(10_000 - Math.ceil(most), loads, {}).verdict).toBe('violation')
})

test('a drop of more than 20 % is a violation, however wide the spread', () => {
  const wide = [5_000, 6_000, 8_000, 10_000, 12_000, 14_000, 15_000]
  expect(rowCountWithin(8_000, wide, {}).verdict).toBe('ok')
  expect(rowCountWithin(7_999, wide, {}).verdict).toBe('violation')
  expect(rowCountWithin(12_001, wide, {}).verdict).toBe('ok')
})

test('of a dataset whose count never changed a few rows more are no alarm', () => {
  const same = Array.from({ length: 7 }, () => 10_000)
  expect(rowCountWithin(10_001, same, {}).verdict).toBe('ok')
  expect(rowCountWithin(10_518, same, {}).verdict).toBe('ok')
  expect(rowCountWithin(10_519, same, {}).verdict).toBe('violation')
  const few = Array.from({ length: 7 }, () => 10)
  expect(rowCountWithin(5, few, {}).verdict).toBe('ok')
  expect(rowCountWithin(4, few, {}).verdict).toBe('violation')
  expect(rowCountWithin(16, few, {}).verdict).toBe('violation')
})

test('it is silent until there are seven loads to learn from', () => {
  expect(rowCountWithin(0, loads.slice(0, 6), {})).toEqual({ verdict: 'unknown', detail: '0 rows; 6 runs to compare with, and it takes 7' })
  expect(rowCountWithin(0, loads.slice(0, 7), {}).verdict).toBe('violation')
})

test('a bound that the contract gives needs one load, and counts only the side that it names', () => {
  expect(rowCountWithin(80, [100], { drop: 0.2 }).verdict).toBe('ok')
  expect(rowCountWithin(79, [100], { drop: 0.2 })).toEqual({ verdict: 'violation', detail: '79 rows; usual 100 over 1 run' })
  expect(rowCountWithin(1_000, [100], { drop: 0.2 }).verdict).toBe('ok')
  expect(rowCountWithin(150, [100], { rise: 0.5 }).verdict).toBe('ok')
  expect(rowCountWithin(151, [100], { rise: 0.5 }).verdict).toBe('violation')
  expect(rowCountWithin(0, [100], { rise: 0.5 }).verdict).toBe('ok')
  expect(rowCountWithin(0, [], { drop: 0.2 }).verdict).toBe('unknown')
})

test('the median of an even number of loads is halfway the two in the middle', () => {
  expect(median([4, 1, 3, 2])).toBe(2.5)
  expect(median([10, 9, 100])).toBe(10)
})

test('a share of absent values is odd when it is more than 5 points and more than twice from the usual', () => {
  const seven = (share: number) => Array.from({ length: 7 }, () => share)
  expect(nullShareWithin(0.1, seven(0.04), {}).verdict).toBe('violation')
  expect(nullShareWithin(0.09, seven(0.04), {}).verdict).toBe('ok') // 5 points
  expect(nullShareWithin(0.5, seven(0.4), {}).verdict).toBe('ok') // not twice
  expect(nullShareWithin(0.06, seven(0), {}).verdict).toBe('violation')
  expect(nullShareWithin(0.1, seven(0.4), {}).verdict).toBe('violation')
  expect(nullShareWithin(0.1, seven(0.04).slice(1), {}).verdict).toBe('unknown')
  expect(nullShareWithin(0.1, seven(0.04), {}).detail).toBe('10 % absent; usual 4 % over 7 runs')
})

test('a share that the contract gives is a bound by itself', () => {
  expect(nullShareWithin(0.02, [], { atMost: 0.02 }).verdict).toBe('ok')
  expect(nullShareWithin(0.021, [], { atMost: 0.02 })).toEqual({ verdict: 'violation', detail: '2.1 % absent, at most 2 %' })
})

test('a newest record older than its bound is not fresh', () => {
  expect(freshWithin(86_400, { of: 86_400 }).verdict).toBe('ok')
  expect(freshWithin(86_401, { of: 86_400 }).verdict).toBe('violation')
  expect(freshWithin(3.5 * 86_400, { of: 2 * 86_400 }).detail).toBe('the newest is 3.5 days old, at most 2 days')
  expect(freshWithin(90 * 60, { of: 3600 }).detail).toBe('the newest is 90 minutes old, at most 60 minutes')
  expect(freshWithin(5 * 3600, { of: 3 * 3600 }).detail).toBe('the newest is 5 hours old, at most 3 hours')
})

const divided = (open: number, dicht: number) => ({ open, dicht })
const seven = (codes: { [code: string]: number }) => Array.from({ length: 7 }, () => codes)

test('codes that are divided as usual are taken, others are not', () => {
  expect(distributionWithin(divided(520, 480), seven(divided(500, 500)), {}).verdict).toBe('ok')
  const far = distributionWithin(divided(900, 100), seven(divided(500, 500)), {})
  expect(far).toEqual({
    verdict: 'violation',
    detail: "stability index 0.88, at most 0.2, over 7 runs; 'dicht' went from 50 % to 10 %",
  })
})

test('a code that is new or gone counts too', () => {
  expect(distributionWithin({ open: 900, nieuw: 100 }, seven({ open: 1000 }), {}).verdict).toBe('violation')
  expect(distributionWithin({ open: 1000 }, seven({ open: 900, oud: 100 }), {}).verdict).toBe('violation')
  expect(distributionWithin({ open: 999, nieuw: 1 }, seven({ open: 1000 }), {}).verdict).toBe('ok')
})

test('a load with few codes, or few loads, says nothing; another bound may be given', () => {
  expect(distributionWithin(divided(99, 0), seven(divided(500, 500)), {}).verdict).toBe('unknown')
  expect(distributionWithin(divided(900, 100), seven(divided(500, 500)).slice(1), {}).verdict).toBe('unknown')
  expect(distributionWithin(divided(900, 100), seven(divided(500, 500)), { shift: 1 }).verdict).toBe('ok')
})

test('a listing is complete when it came to its own end and no key lacks', () => {
  expect(complete({ ended: true, shortBy: 0 }).verdict).toBe('ok')
  expect(complete({ ended: false, shortBy: 0 })).toEqual({ verdict: 'violation', detail: 'the listing did not come to its own end' })
  expect(complete({ ended: true, shortBy: 1_200 }).detail).toBe("the listing is short of 1,200 keys by the source's own count")
})

const profile = (more: Partial<LoadProfile> = {}): LoadProfile => ({ rows: 100, absent: {}, codes: {}, newest: {}, ...more })
const ground = { listing: { ended: true, shortBy: 0 }, at: new Date('2026-11-25T12:00:00Z') }

test('each column is a measure of its own, and its verdict names it', () => {
  const verdicts = judgeLoad({ name: 'null-share-within', parameters: { atMost: 0.1 } }, ['a', 'b'], {
    ...ground,
    now: profile({ absent: { a: 10, b: 11 } }),
    earlier: [],
  })
  expect(verdicts).toEqual([
    { verdict: 'ok', detail: 'a: 10 % absent, at most 10 %' },
    { verdict: 'violation', detail: 'b: 11 % absent, at most 10 %' },
  ])
})

test('loads before a column was there, or without a row, are not compared with', () => {
  const earlier = [...Array.from({ length: 7 }, () => profile({ absent: { a: 0 } })), profile(), profile({ rows: 0, absent: { a: 0 } })]
  const judge = (loads: LoadProfile[]) =>
    judgeLoad({ name: 'null-share-within', parameters: {} }, ['a'], { ...ground, now: profile({ absent: { a: 50 } }), earlier: loads })
  expect(judge(earlier)).toMatchObject([{ verdict: 'violation' }])
  expect(judge(earlier.slice(1))).toMatchObject([{ verdict: 'unknown' }])
})

test('how fresh a dataset is follows from its newest day or moment; without one there is nothing to tell', () => {
  const judge = (newest: string | null) =>
    judgeLoad({ name: 'fresh-within', parameters: { of: 86_400 } }, ['op'], {
      ...ground,
      now: profile({ newest: { op: newest } }),
      earlier: [],
    })
  expect(judge('2026-11-24T12:00:00Z')).toMatchObject([{ verdict: 'ok' }])
  expect(judge('2026-11-24')).toMatchObject([{ verdict: 'violation', detail: 'op: the newest is 36 hours old, at most 24 hours' }])
  expect(judge(null)).toMatchObject([{ verdict: 'unknown' }])
})

test('made-up examples are measured in numbers, shares, ages and maps of codes', () => {
  const before = loads.map(String)
  expect(judgeLoadExample({ name: 'row-count-within', parameters: {} }, { before, now: '14000' }).verdict).toBe('violation')
  expect(judgeLoadExample({ name: 'null-share-within', parameters: { atMost: 0.05 } }, { before: [], now: '6 %' }).verdict).toBe(
    'violation',
  )
  expect(judgeLoadExample({ name: 'fresh-within', parameters: { of: 86_400 } }, { before: [], now: '24 hours' }).verdict).toBe('ok')
  expect(judgeLoadExample({ name: 'fresh-within', parameters: { of: 86_400 } }, { before: [], now: '2 days' }).verdict).toBe('violation')
  expect(judgeLoadExample({ name: 'complete', parameters: {} }, { before: [], now: '0' }).verdict).toBe('ok')
  const codes = { open: '500', dicht: '500' }
  const example = { before: Array.from({ length: 7 }, () => codes), now: { open: '900', dicht: '100' } }
  expect(judgeLoadExample({ name: 'distribution-within', parameters: {} }, example).verdict).toBe('violation')
  expect(() => judgeLoadExample({ name: 'complete', parameters: {} }, { before: [], now: 'veel' })).toThrow("'veel' measures nothing")
})
