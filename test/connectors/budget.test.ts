import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type BudgetLimits, longestInPlaceMs, memoryBudget, minuteOfDay, opensAt } from '../../connectors/budget.js'
import { SourceUnavailable } from '../../connectors/errors.js'
import { quickClock } from './loopback.js'

const budget = (limits: Omit<BudgetLimits, 'name'>, at?: string) => {
  const clock = quickClock(at)
  return { clock, budget: memoryBudget({ name: 'zaaksysteem', ...limits }, clock) }
}

describe('requests a period', () => {
  test('no stretch of a period has more requests than the budget, whatever the pace', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.integer({ min: 0, max: 4000 }), { maxLength: 20 }),
        async (requests, pauses) => {
          const { budget: shared, clock } = budget({ requests, periodMs: 10_000 })
          const taken: number[] = []
          for (const pause of pauses) {
            clock.set(clock.now().getTime() + pause)
            const release = await shared.acquire()
            taken.push(clock.now().getTime())
            release()
          }
          for (const [at, time] of taken.entries())
            expect(taken.slice(at).filter((other) => other < time + 10_000).length).toBeLessThanOrEqual(requests)
        },
      ),
    )
  })

  test('a wait of over half a minute is not waited for: the error says when there is room', async () => {
    const { budget: shared, clock } = budget({ requests: 1, periodMs: 60_000 })
    ;(await shared.acquire())()
    const error = await shared.acquire().catch((caught) => caught)
    expect(error).toBeInstanceOf(SourceUnavailable)
    expect(error.retryAt).toEqual(new Date('2026-11-25T12:01:00Z'))
    expect(error.message).toContain("budget 'zaaksysteem'")
    expect(clock.slept).toEqual([])
    clock.set('2026-11-25T12:00:40Z')
    await shared.acquire()
    expect(clock.slept).toEqual([20_000])
  })
})

describe('requests at once', () => {
  test('one that waits gets its place when another is given back, first come first served', async () => {
    const { budget: shared } = budget({ atOnce: 2 })
    const order: number[] = []
    const releases = [await shared.acquire(), await shared.acquire()]
    const waiting = [1, 2, 3].map(async (number) => {
      const release = await shared.acquire()
      order.push(number)
      return release
    })
    expect(order).toEqual([])
    releases[0]!()
    releases[0]!()
    await waiting[0]
    expect(order).toEqual([1])
    releases[1]!()
    ;(await waiting[0]!)()
    await Promise.all(waiting)
    expect(order).toEqual([1, 2, 3])
  })

  test('never more are out than the budget has, whatever the order of taking and giving', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 4 }), fc.array(fc.nat(3), { maxLength: 30 }), async (atOnce, pauses) => {
        const { budget: shared } = budget({ atOnce })
        let out = 0
        let most = 0
        await Promise.all(
          pauses.map(async (turns) => {
            const release = await shared.acquire()
            most = Math.max(most, ++out)
            for (let i = 0; i < turns; i += 1) await Promise.resolve()
            out -= 1
            release()
          }),
        )
        expect(most).toBeLessThanOrEqual(atOnce)
        expect(out).toBe(0)
      }),
    )
  })

  test('one that stops waiting leaves the queue, and its place goes to the next', async () => {
    const { budget: shared } = budget({ atOnce: 1 })
    const release = await shared.acquire()
    const stop = new AbortController()
    const stopped = shared.acquire(stop.signal)
    const next = shared.acquire()
    stop.abort(new Error('cancelled'))
    await expect(stopped).rejects.toThrow('cancelled')
    release()
    expect(await next).toBeTypeOf('function')
  })

  test('a place that is taken and then has no room is given back', async () => {
    const { budget: shared, clock } = budget({ atOnce: 1 })
    await shared.blockedUntil(new Date('2026-11-25T13:00:00Z'))
    await expect(shared.acquire()).rejects.toThrow(SourceUnavailable)
    clock.set('2026-11-25T13:00:00Z')
    expect(await shared.acquire()).toBeTypeOf('function')
  })
})

test('a source that asked to be left alone is, by all, until the latest moment that it named', async () => {
  const { budget: shared, clock } = budget({})
  await shared.blockedUntil(new Date('2026-11-25T12:00:20Z'))
  await shared.blockedUntil(new Date('2026-11-25T12:00:10Z'))
  await Promise.all([shared.acquire(), shared.acquire()])
  expect(clock.now().getTime()).toBeGreaterThanOrEqual(Date.parse('2026-11-25T12:00:20Z'))
})

describe('hours', () => {
  const night = { from: '19:00', to: '07:00' }
  const office = { from: '07:00', to: '19:00' }

  test.each([
    ['in winter', '2026-11-25T12:00:00Z', night, '2026-11-25T18:00:00.000Z'],
    ['in summer', '2026-07-25T12:00:00Z', night, '2026-07-25T17:00:00.000Z'],
    ['at the moment of opening', '2026-11-25T18:00:00Z', night, '2026-11-25T18:00:00.000Z'],
    ['at the moment of closing', '2026-11-25T18:00:00Z', office, '2026-11-26T06:00:00.000Z'],
    ['after midnight', '2026-11-26T02:30:00Z', night, '2026-11-26T02:30:00.000Z'],
    ['over the night on which an hour is skipped', '2026-03-28T20:00:00Z', office, '2026-03-29T05:00:00.000Z'],
    ['over the night on which an hour comes twice', '2026-10-24T20:00:00Z', office, '2026-10-25T06:00:00.000Z'],
    ['when the hour of opening is skipped', '2026-03-28T20:00:00Z', { from: '02:30', to: '05:00' }, '2026-03-29T01:00:00.000Z'],
    ['with equal bounds', '2026-11-25T12:00:00Z', { from: '00:00', to: '24:00' }, '2026-11-25T12:00:00.000Z'],
  ])('%s they open when the clock in Amsterdam says so', (_, now, between, opens) => {
    expect(opensAt(new Date(now), between).toISOString()).toBe(opens)
  })

  test('they open at the first minute that is within them, at any moment of any year', () => {
    const clockTime = fc
      .record({ hour: fc.nat(23), minute: fc.constantFrom(0, 15, 30, 59) })
      .map(({ hour, minute }) => `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`)
    const within = (moment: Date, { from, to }: { from: string; to: string }) => {
      const [at, begin, end] = [
        minuteOfDay(moment),
        ...[from, to].map((text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3))),
      ] as [number, number, number]
      return begin < end ? at >= begin && at < end : begin > end ? at >= begin || at < end : true
    }
    fc.assert(
      fc.property(
        fc.date({ min: new Date('2024-01-01'), max: new Date('2030-01-01'), noInvalidDate: true }),
        clockTime,
        clockTime,
        (now, from, to) => {
          const opens = opensAt(now, { from, to })
          expect(within(opens, { from, to })).toBe(true)
          expect(opens.getTime()).toBeGreaterThanOrEqual(now.getTime())
          if (opens.getTime() > now.getTime()) expect(within(new Date(opens.getTime() - 60_000), { from, to })).toBe(false)
          expect(opens.getTime() - now.getTime()).toBeLessThanOrEqual(25 * 3600_000)
        },
      ),
      { numRuns: 50 },
    )
  })

  test('outside them a request fails with the moment of opening', async () => {
    const { budget: shared } = budget({ between: night })
    const error = await shared.acquire().catch((caught) => caught)
    expect(error.retryAt).toEqual(new Date('2026-11-25T18:00:00Z'))
    expect(error.message).toContain('outside the hours 19:00-07:00')
  })

  test('a wait of exactly the longest is still waited for', async () => {
    const { budget: shared, clock } = budget({ between: night }, '2026-11-25T17:59:30Z')
    await shared.acquire()
    expect(clock.slept).toEqual([longestInPlaceMs])
  })

  test('text that is no time of the day is refused', () => {
    for (const wrong of ['7', '25:00', '07:60', 'noon']) expect(() => opensAt(new Date(), { from: wrong, to: '08:00' })).toThrow(RangeError)
  })
})
