import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { someEntries } from '../sources/lists/server.js'
import { balanceOf } from '../support/project.js'
import { openWaterdam, type Waterdam } from '../support/waterdam.js'
import { expectBalanced, expectZakenEqual, forget } from './equal.js'
import { type ListsProject, openLists, ways } from './lists.js'

describe('zaken, of which 500 a page are asked for', () => {
  let waterdam: Waterdam
  beforeAll(async () => {
    waterdam = await openWaterdam({ zaken: 230 })
  })
  afterAll(() => waterdam.close())
  beforeEach(() => forget(waterdam, 'open-zaak', 'zaken'))

  test.each([1, 7, 99, 100, 229, 230, 231])('3. a server that gives %i a page skips nothing and doubles nothing', async (largestPage) => {
    waterdam.zgw.behave({ largestPage })
    const outcome = await waterdam.read('zaken')
    expect(balanceOf(outcome, 'zaken.zaken')).toMatchObject({ read: 230, duplicate: 0 })
    await expectZakenEqual(waterdam)
  })

  test('3. a server that knows no size of a page skips nothing and doubles nothing', async () => {
    waterdam.zgw.reset()
    waterdam.zgw.behave({ knowsPageSize: false })
    const outcome = await waterdam.read('zaken')
    expect(balanceOf(outcome, 'zaken.zaken')).toMatchObject({ read: 230, duplicate: 0 })
    await expectZakenEqual(waterdam)
  })
})

describe('a list of a declared connector, of which 50 a page are asked for', () => {
  let lists: ListsProject
  beforeAll(async () => {
    lists = await openLists({ size: 50 })
  })
  afterAll(() => lists.close())
  beforeEach(async () => {
    lists.server.calm()
    lists.server.options.counts = { off: 0 }
    lists.server.entries.splice(0, Number.POSITIVE_INFINITY, ...someEntries(120))
    for (const way of ways) await forget(lists, 'lists', way)
  })

  test.each(ways.flatMap((way) => [1, 3, 49, 50, 60, 119, 120].map((largest) => ({ way, largest }))))(
    '3. is stepped through by what was received: $largest a page, by $way',
    async ({ way, largest }) => {
      lists.server.options.largestPage = largest
      for (const counts of [{ off: 0 }, undefined]) {
        lists.server.options.counts = counts
        await forget(lists, 'lists', way)
        const outcome = await lists.readList(way)
        expect(balanceOf(outcome, `lists.${way}`)).toMatchObject({ read: 120, new: 120, duplicate: 0 })
        expect(await lists.ids(way)).toEqual(lists.idsThere())
      }
    },
  )

  test('3. is read again where a numbered page was cut once, since what was cut off is on no other page', async () => {
    lists.server.options.largestPage = 20
    lists.server.at(3, () => ({ most: 5 }))
    const outcome = await lists.readList('page')
    expect(balanceOf(outcome, 'lists.page')).toMatchObject({ read: 105 + 120, new: 120, duplicate: 105 })
    expect(await lists.ids('page')).toEqual(lists.idsThere())
    await expectBalanced(lists)
  })

  test('3. is stepped through also where each page has another size', async () => {
    lists.server.options.largestPage = 20
    for (const way of ['offset', 'link', 'token'] as const) {
      lists.server.each((nth) => ({ most: (nth * 7) % 19 || 1 }))
      const outcome = await lists.readList(way)
      expect(balanceOf(outcome, `lists.${way}`)).toMatchObject({ read: 120, new: 120, duplicate: 0 })
      expect(await lists.ids(way)).toEqual(lists.idsThere())
    }
  })
})
