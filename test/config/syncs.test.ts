import fc from 'fast-check'
import { expect, test } from 'vitest'
import { loadSnapshot } from '../../config/load.js'
import { beginnings, defaultSyncs, longestGap, type Sync, weekdays } from '../../config/syncs.js'
import { withFile } from './files.js'

const aDay = 24 * 60

/** The sync of a source file that says so. */
function sync(written: string): Sync {
  const { project } = loadSnapshot(withFile('sources/topdesk.yaml', `connector: topdesk\nsyncs:\n  it: ${written}\n`))
  return project.sources.get('topdesk')!.syncs.it!
}

test('days are one day, some days, weekdays or the weekend, in the order of the week', () => {
  const daysOf = (days: string) => sync(`{ at: 05:30, days: ${days} }`).when.days
  expect(daysOf('sunday')).toEqual(['sunday'])
  expect(daysOf('[friday, monday]')).toEqual(['monday', 'friday'])
  expect(daysOf('[weekend, monday]')).toEqual(['monday', 'saturday', 'sunday'])
  expect(daysOf('weekdays')).toEqual(weekdays.slice(0, 5))
  expect(sync('{ at: 05:30 }').when.days).toEqual(weekdays)
})

test('a sync at several times begins at each of them', () => {
  expect(beginnings(sync('{ at: [18:00, 06:00], days: [monday, sunday] }'))).toEqual([360, 1080, 6 * aDay + 360, 6 * aDay + 1080])
})

test('a sync by period begins at the first of its hours and not at the last', () => {
  expect(beginnings(sync('{ every: 4 hours, between: 07:00-19:00, days: tuesday }'))).toEqual([aDay + 420, aDay + 660, aDay + 900])
})

test('hours over midnight run on into the next day, and from Sunday into Monday', () => {
  expect(beginnings(sync('{ every: 2 hours, between: 21:00-03:00, days: sunday }'))).toEqual([60, 6 * aDay + 1260, 6 * aDay + 1380])
})

test('the longest gap is counted over the end of the week and over all syncs', () => {
  expect(longestGap([sync('{ every: 15 minutes, days: weekdays, between: 07:00-19:00 }')])).toBe((2 * aDay + 12 * 60 + 15) * 60)
  expect(longestGap(Object.values(defaultSyncs))).toBe(aDay * 60)
  expect(longestGap([sync('{ at: 03:30, days: sunday }')])).toBe(7 * aDay * 60)
  expect(longestGap([])).toBeUndefined()
})

test('a sync by period never waits longer than its period within the day', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: aDay - 1 }), (minutes) => {
      const gap = longestGap([sync(`{ every: ${minutes} minutes }`)])!
      expect(gap).toBeLessThanOrEqual(minutes * 60)
      expect(beginnings(sync(`{ every: ${minutes} minutes }`))).toHaveLength(7 * Math.ceil(aDay / minutes))
    }),
    { numRuns: 40 },
  )
})

test('a dataset is late after twice the longest gap of the syncs that read its stream', () => {
  const fresh = (syncs: string) => {
    const files = withFile('sources/topdesk.yaml', `connector: topdesk\nsyncs: ${syncs}\n`)
    return loadSnapshot(files).project.datasets.get('topdesk.incidenten')!.fresh
  }
  expect(fresh('{ it: { at: 05:30, days: sunday } }')).toBe(14 * 86_400)
  expect(fresh('{ it: { at: 05:30, days: sunday }, other: { every: 1 hour, streams: [changes] } }')).toBe(14 * 86_400)
  expect(fresh('{ it: { at: 05:30, days: sunday }, often: { every: 1 hour, streams: [incidents] } }')).toBe(7200)
})
