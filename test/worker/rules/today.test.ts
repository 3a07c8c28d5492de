import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { dutchToday } from '../../../worker/rules/today.js'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
})
afterEach(() => {
  vi.useRealTimers()
})

test.each([
  ['2026-03-31T21:59:59Z', '2026-03-31'],
  ['2026-03-31T22:00:00Z', '2026-04-01'],
  ['2026-01-31T22:59:59Z', '2026-01-31'],
  ['2026-01-31T23:00:00Z', '2026-02-01'],
])('at %s it is %s in the Netherlands', (moment, day) => {
  vi.setSystemTime(moment)
  expect(dutchToday()).toBe(day)
  expect(dutchToday()).toBe(day)
})
