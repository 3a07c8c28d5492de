import { LosslessNumber } from 'lossless-json'
import { expect, test } from 'vitest'
import type { PlannedLoadRule } from '../../../config/dataset-plan.js'
import { addSeen, prepareWatch } from '../../../worker/rules/watch.js'
import { leaf, streamPlan } from '../plans.js'

const personal = (column: string): PlannedLoadRule => ({
  level: 'load',
  id: 'avg.bsn-in-kolom',
  version: 1,
  severity: 'warn',
  check: { name: 'personal-values', parameters: {} },
  columns: [column],
  nl: '',
  en: '',
})

test('nothing is watched where no rule asks', () => {
  expect(prepareWatch(streamPlan({ nummer: {} }))).toBeUndefined()
  const other = { ...personal('nummer'), id: 'load.leeg', check: { name: 'null-share-within', parameters: {} } }
  expect(prepareWatch(streamPlan({ nummer: {} }, [{ loadRules: [other] }]))).toBeUndefined()
})

test('what is absent is not looked at', () => {
  const watch = prepareWatch(streamPlan({ nummer: {} }, [{ loadRules: [personal('nummer')] }]))!
  watch.look(['1', null], 0)
  expect(watch.take()).toEqual({})
})

test('the first thousand records of a slice are looked at, and then one of fifty, wherever a reading goes on', () => {
  const watch = prepareWatch(streamPlan({}, [{ loadRules: [personal('id')] }]))!
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

test('inside a nested value only what is said to be about no person is looked at', () => {
  const inside = [
    leaf(['*', 'kenmerk']),
    leaf(['*', 'nummer'], 'integer'),
    leaf(['*', 'naam'], 'text', 'naam'),
    leaf(['*', 'namen'], 'text', 'none', true),
    leaf(['*', 'dag'], 'date'),
  ]
  const watch = prepareWatch(streamPlan({ kenmerken: { value: 'json', inside } }, [{ loadRules: [personal('kenmerken')] }]))!
  const element = {
    kenmerk: 'a@voorbeeld.nl',
    nummer: new LosslessNumber('999990019'),
    naam: 'b@voorbeeld.nl',
    namen: ['c@voorbeeld.nl', null],
    dag: '2026-01-01',
  }
  watch.look(['1', { json: [element, { kenmerk: null }, null, 'x'] }], 0)
  watch.look(['2', { json: null }], 1)
  expect(watch.take()).toEqual({ kenmerken: { seen: 3, nine: 1, bsn: 1, iban: 0, email: 2, telefoon: 0 } })
  watch.look(['3', { json: Array.from({ length: 10_000 }, () => element) }], 2)
  expect(watch.take().kenmerken!.seen).toBe(60)
  watch.look(['4', { json: [{ namen: Array.from({ length: 10_000 }, () => 'x') }] }], 3)
  expect(watch.take().kenmerken!.seen).toBe(20)
})
