import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { someEntries } from '../sources/lists/server.js'
import { balanceOf } from '../support/project.js'
import { openWaterdam } from '../support/waterdam.js'
import { expectBalanced, expectZakenEqual, forget } from './equal.js'
import { type ListsProject, openLists, ways } from './lists.js'

/** A batch is a thousand records, or as many whole pages as come to that. */
const batch = 1000

describe.each([{ size: 500 }, { size: 999 }, { size: 1000 }])('lists of $size a page', ({ size }) => {
  let lists: ListsProject
  beforeAll(async () => {
    lists = await openLists({ size })
  })
  afterAll(() => lists.close())

  const sizes = [0, 1, size - 1, size, size + 1, batch - 1, batch, batch + 1, 2 * batch - 1, 2 * batch, 2 * batch + 1]

  test.each([...new Set(sizes)])('10. of %i records are counted exactly', async (count) => {
    const { server } = lists
    server.entries.splice(0, Number.POSITIVE_INFINITY, ...someEntries(count))
    for (const way of ways) {
      await forget(lists, 'lists', way)
      const first = await lists.readList(way)
      expect(first.verified).toMatchObject({ listedAll: true, shortBy: 0 })
      expect(balanceOf(first, `lists.${way}`)).toEqual({
        ...{ read: count, new: count, changed: 0, unchanged: 0, duplicate: 0 },
        ...{ superseded: 0, removed: 0, quarantined: 0, outside: 0, deleted: 0 },
      })
      expect(await lists.rows(`select count(*)::int as n, count(distinct id)::int as ids from lists.${way}`)).toEqual([
        { n: count, ids: count },
      ])
      expect(
        await lists.rows('select sum(read)::int as read, bool_and(done) as done from gemaal.slices where stream_run_id = $1', [
          first.streamRunId,
        ]),
      ).toEqual([{ read: count, done: true }])
    }
    const second = await lists.readList('page')
    expect(balanceOf(second, 'lists.page')).toMatchObject({ read: count, unchanged: count, new: 0, changed: 0 })
    await expectBalanced(lists)
  })
})

test.each([0, 1, 500, 501, 1000, 1001])(
  '10. a municipality of %i zaken is counted exactly, and so is what belongs to them',
  async (count) => {
    const waterdam = await openWaterdam({ zaken: count })
    try {
      const { zgw } = waterdam
      for (const stream of ['zaken', 'statussen', 'resultaten', 'zaakobjecten'] as const) {
        const there = zgw.snapshot()[stream].length
        const outcome = await waterdam.read(stream)
        const { read, new: made, quarantined, duplicate } = balanceOf(outcome, `zaken.${stream}`)
        expect({ stream, read, duplicate }).toEqual({ stream, read: there, duplicate: 0 })
        expect(made + quarantined).toBe(there)
      }
      await expectZakenEqual(waterdam)
      await expectBalanced(waterdam)
    } finally {
      await waterdam.close()
    }
  },
)

test('10. a list that is empty all at once is held: nothing is deleted before a person has looked', async () => {
  const lists = await openLists({ entries: someEntries(3) })
  try {
    await lists.readList('page')
    lists.server.entries.splice(0)
    const outcome = await lists.readList('page')
    expect(balanceOf(outcome, 'lists.page')).toMatchObject({ read: 0, deleted: 0 })
    expect(outcome.datasets[0]!.hold).toBeDefined()
    expect(await lists.rows('select why, withholds, status from gemaal.holds')).toEqual([
      { why: 'empty', withholds: 'deletes', status: 'open' },
    ])
    expect(await lists.ids('page')).toEqual([1, 2, 3])
  } finally {
    await lists.close()
  }
})
