import { expect, test } from 'vitest'
import type { NamedCheck } from '../../../config/dataset-plan.js'
import type { LoadProfile } from '../../../sql/database.js'
import {
  distributionWithin,
  freshWithin,
  judgeLoad,
  judgeLoadExample,
  type LoadGround,
  nullShareWithin,
  rowCountWithin,
} from '../../../worker/rules/load-checks.js'

const profile = (more: Partial<LoadProfile> = {}): LoadProfile => ({ rows: 100, absent: {}, codes: {}, newest: {}, ...more })
const times = <T>(count: number, what: T): T[] => Array.from({ length: count }, () => what)

function judge(name: string, columns: readonly string[], more: Partial<LoadGround> & { parameters?: NamedCheck['parameters'] } = {}) {
  const { parameters = {}, ...ground } = more
  return judgeLoad({ name, parameters }, columns, {
    now: profile(),
    earlier: [],
    listing: { ended: true, shortBy: 0 },
    at: new Date('2026-11-25T12:00:00Z'),
    ...ground,
  })
}

test('rows are one measure of a load, compared with the rows of earlier ones', () => {
  const earlier = times(7, profile({ rows: 1_000 }))
  expect(judge('row-count-within', [], { now: profile({ rows: 500 }), earlier })).toEqual([
    { verdict: 'violation', detail: '500 rows; usual 1,000 ± 0 over 7 runs' },
  ])
  expect(judge('row-count-within', [], { now: profile({ rows: 1 }), earlier: earlier.slice(0, 1) })).toEqual([
    { verdict: 'unknown', detail: '1 row; 1 run to compare with, and it takes 7' },
  ])
})

test('of a load without rows no share can be told, and no column is said to be absent', () => {
  expect(judge('null-share-within', ['a'], { now: profile({ rows: 0, absent: { a: 0 } }), parameters: { atMost: 0 } })).toEqual([])
})

test('the shares of earlier loads are of their own rows', () => {
  const earlier = times(7, profile({ rows: 10, absent: { a: 5 } }))
  expect(judge('null-share-within', ['a'], { now: profile({ absent: { a: 50 } }), earlier })).toEqual([
    { verdict: 'ok', detail: 'a: 50 % absent; usual 50 % over 7 runs' },
  ])
  expect(judge('null-share-within', ['a'], { now: profile({ absent: { a: 50 } }), earlier: earlier.slice(1) })).toEqual([
    { verdict: 'unknown', detail: 'a: 50 % absent; 6 runs to compare with, and it takes 7' },
  ])
})

test('a column of which nothing newest is known says so by its name', () => {
  const unknown = [{ verdict: 'unknown', detail: 'op: nothing to tell how fresh it is' }]
  expect(judge('fresh-within', ['op'], { now: profile({ newest: { op: null } }), parameters: { of: 60 } })).toEqual(unknown)
  expect(judge('fresh-within', ['op'], { parameters: { of: 60 } })).toEqual(unknown)
})

test('each column with codes is a measure of its own; one that an earlier load had no codes of is not compared with it', () => {
  const even = { open: 50, dicht: 50 }
  const earlier = [profile(), ...times(7, profile({ codes: { status: even, soort: even } }))]
  const now = profile({ codes: { status: { open: 90, dicht: 10 }, soort: even } })
  expect(judge('distribution-within', ['status', 'soort', 'weg'], { now, earlier })).toEqual([
    {
      verdict: 'violation',
      detail: "status: stability index 0.88, at most 0.2, over 7 runs; 'dicht' went from 50 % to 10 %",
    },
    { verdict: 'ok', detail: 'soort: stability index 0.00, at most 0.2, over 7 runs' },
    { verdict: 'unknown', detail: 'weg: 0 rows with a code are too few to judge by' },
  ])
  expect(judge('distribution-within', ['status'], { now, earlier: earlier.slice(0, 7) })).toEqual([
    { verdict: 'unknown', detail: 'status: 6 runs to compare with, and it takes 7' },
  ])
})

test('a listing is one measure, by how it ended', () => {
  expect(judge('complete', [])).toEqual([{ verdict: 'ok', detail: 'the listing came to its own end' }])
  expect(judge('complete', [], { listing: { ended: true, shortBy: 3 } })).toEqual([
    { verdict: 'violation', detail: "the listing is short of 3 keys by the source's own count" },
  ])
})

test('personal values are judged column by column; of a column that was not looked at nothing is known', () => {
  const parameters = { of: 'email', atMost: 0.01 }
  const personal = { a: { seen: 100, email: 5 }, b: { seen: 1_000, email: 5 } }
  expect(judge('personal-values', ['a', 'b', 'c'], { parameters, personal })).toEqual([
    { verdict: 'violation', detail: 'a: 5 of 100 values that were looked at are an e-mail address (5 %), at most 1 %' },
    { verdict: 'ok', detail: 'b: 5 of 1,000 values that were looked at are an e-mail address (0.5 %), at most 1 %' },
    { verdict: 'unknown', detail: 'c: no value was looked at' },
  ])
  expect(judge('personal-values', ['a'], { parameters })).toEqual([{ verdict: 'unknown', detail: 'a: no value was looked at' }])
})

test('a check that there is not is a mistake of ours, and says which', () => {
  expect(() => judge('row-count', [])).toThrow("there is no check 'row-count' on a load")
  expect(() => judgeLoadExample({ name: 'row-count', parameters: {} }, { before: [], now: '1' })).toThrow(
    "there is no check 'row-count' on a load",
  )
})

test('an example of personal values counts what was seen and what it was; a number alone says neither', () => {
  const check = { name: 'personal-values', parameters: { of: 'iban', atMost: 0.01 } }
  expect(judgeLoadExample(check, { before: [], now: { seen: '100', iban: '5' } }).verdict).toBe('violation')
  expect(judgeLoadExample(check, { before: [], now: { seen: '100', email: '5' } }).verdict).toBe('ok')
  expect(() => judgeLoadExample(check, { before: [], now: '5' })).toThrow("'5' is no map from code to number")
})

test('what is just at a bound is taken', () => {
  // 0.6745 · 7,000 / 1,349 is 3.5.
  const spread = [...times(3, 98_651), 100_000, ...times(3, 101_349)]
  expect(rowCountWithin(107_000, spread, {}).verdict).toBe('ok')
  expect(rowCountWithin(107_001, spread, {}).verdict).toBe('violation')
  expect(nullShareWithin(0.05, times(7, 0), {}).verdict).toBe('ok')
  expect(nullShareWithin(0.5, times(7, 0.25), {}).verdict).toBe('ok')
  const index = (0.48 - 0.5) * Math.log(0.48 / 0.5) + (0.52 - 0.5) * Math.log(0.52 / 0.5)
  const judge = (shift: number) => distributionWithin({ open: 52, dicht: 48 }, times(7, { open: 50, dicht: 50 }), { shift }).verdict
  expect([judge(index), judge(index * 0.999)]).toEqual(['ok', 'violation'])
})

test('the code that moved most is named, of equal ones the first by name', () => {
  const usual = times(7, { d: 25, c: 25, b: 25, a: 25 })
  expect(distributionWithin({ d: 40, c: 40, b: 10, a: 10 }, usual, {}).detail).toMatch(/; 'a' went from 25 % to 10 %$/)
  expect(distributionWithin({ open: 10, dicht: 90 }, times(7, { open: 50, dicht: 50 }), {}).detail).toMatch(
    /; 'open' went from 50 % to 10 %$/,
  )
})

test('shares and ages are said in one digit after the point, ages from two hours on in hours', () => {
  expect(nullShareWithin(1 / 3, [], { atMost: 0.5 }).detail).toBe('33.3 % absent, at most 50 %')
  expect(freshWithin(2 * 3600, { of: 2 * 3600 - 1 }).detail).toBe('the newest is 2 hours old, at most 119.9 minutes')
})

test('an example that measures something with more around it measures nothing', () => {
  for (const now of ['ongeveer 3', '3 dagen', '3.', 'x%'])
    expect(() => judgeLoadExample({ name: 'complete', parameters: {} }, { before: [], now })).toThrow(`'${now}' measures nothing`)
})
