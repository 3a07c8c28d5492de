import { expect, test } from 'vitest'
import { addSeen, prepareWatch } from '../../../worker/rules/watch.js'
import { streamPlan } from '../plans.js'

test('nothing is watched where no rule asks', () => {
  expect(prepareWatch(streamPlan({ nummer: {} }))).toBeUndefined()
})

test('the first thousand records of a slice are looked at, and then one of fifty, wherever a reading goes on', () => {
  const rule = {
    level: 'load',
    id: 'avg.bsn-in-kolom',
    version: 1,
    severity: 'warn',
    check: { name: 'personal-values', parameters: {} },
    columns: ['id'],
    nl: '',
    en: '',
  } as const
  const watch = prepareWatch(streamPlan({}, [{ loadRules: [rule] }]))!
  const seenOf = (from: number, to: number) => {
    for (let seq = from; seq < to; seq++) watch.look(['x'], seq)
    return watch.take().id?.seen ?? 0
  }
  expect(seenOf(0, 1000)).toBe(1000)
  expect(seenOf(1000, 2000)).toBe(20)
  expect(seenOf(2000, 2050)).toBe(1)
  expect(seenOf(2001, 2050)).toBe(0)
  expect(seenOf(0, 2000)).toBe(1020)
})

test('counts of a batch are added to those that were kept, column by column', () => {
  const more = { a: { seen: 2, nine: 1, bsn: 1, iban: 0, email: 0, telefoon: 0 } }
  const kept = { a: { seen: 5, nine: 5, bsn: 4 }, b: { seen: 1, iban: 1 } }
  expect(addSeen(kept, more)).toEqual({
    a: { seen: 7, nine: 6, bsn: 5, iban: 0, email: 0, telefoon: 0 },
    b: { seen: 1, nine: 0, bsn: 0, iban: 1, email: 0, telefoon: 0 },
  })
  expect(kept.a.seen).toBe(5)
  expect(more.a.seen).toBe(2)
})
