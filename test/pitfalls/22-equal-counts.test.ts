import { afterEach, describe, expect, test } from 'vitest'
import { someEntries } from '../sources/lists/server.js'
import { balanceOf } from '../support/project.js'
import { openWaterdam, type Waterdam } from '../support/waterdam.js'
import { expectBalanced, expectZakenEqual } from './equal.js'
import { type ListsProject, openLists, type Way } from './lists.js'

let lists: ListsProject | undefined
let waterdam: Waterdam | undefined
afterEach(async () => {
  await lists?.close()
  await waterdam?.close()
  lists = undefined
  waterdam = undefined
})

/** Entry 3 goes after the first page is read and another comes in at the end: every page counts the same, and entry 11 is on none. */
function slip({ server }: ListsProject, newId: number): void {
  server.at(2, () => {
    server.entries.splice(
      server.entries.findIndex((e) => e.id === 3),
      1,
    )
    server.entries.push(...someEntries(1, newId))
    return undefined
  })
}

const numbered: Way[] = ['page', 'offset']

describe('22: first count, last count and distinct keys are equal, and yet one row was never delivered', () => {
  test.each(numbered)('22: it is re-read by key and stays; the one that is gone is deleted (by %s)', async (way) => {
    lists = await openLists()
    await lists.readList(way)
    slip(lists, 900)
    const outcome = await lists.readList(way)
    expect(outcome.verified).toMatchObject({ listedAll: true, shortBy: 0 })
    expect(lists.server.requests).toContain(`/${way}/11`)
    // Entry 3 came with the first page, before it went: the next reading finds that out.
    expect(balanceOf(outcome, `lists.${way}`)).toMatchObject({ new: 1, deleted: 0 })
    expect(await lists.ids(way)).toEqual([3, ...lists.idsThere()].sort((a, b) => a - b))
    expect(balanceOf(await lists.readList(way), `lists.${way}`)).toMatchObject({ new: 0, deleted: 1 })
    expect(await lists.ids(way)).toEqual(lists.idsThere())
    await expectBalanced(lists)
  })

  test.each(numbered)('22: a version that changed meanwhile lands with the re-read (by %s)', async (way) => {
    lists = await openLists()
    await lists.readList(way)
    slip(lists, 900)
    lists.server.entries.find((e) => e.id === 11)!.naam = 'Anders'
    expect(balanceOf(await lists.readList(way), `lists.${way}`)).toMatchObject({ new: 1, changed: 1 })
    expect(await lists.rows(`select naam from lists.${way} where id = 11`)).toEqual([{ naam: 'Anders' }])
  })

  test.each(numbered)(
    '22: where the source cannot be asked for a key, it takes two listings in a row that lack it (by %s)',
    async (way) => {
      lists = await openLists({ byKey: false })
      await lists.readList(way)
      slip(lists, 900)
      expect(balanceOf(await lists.readList(way), `lists.${way}`)).toMatchObject({ deleted: 0 })
      expect(await lists.ids(way)).toContain(11)
      // Back in the next listing, missed again in the one after, and so on: never twice in a row.
      for (let round = 1; round <= 3; round++) {
        expect(balanceOf(await lists.readList(way), `lists.${way}`).deleted).toBe(0)
        lists.server.entries.splice(2, 0, ...someEntries(1, 3).map((e) => ({ ...e, id: 3000 + round })))
        lists.server.at(2, () => {
          lists!.server.entries.splice(2, 1)
          lists!.server.entries.push(...someEntries(1, 900 + round))
          return undefined
        })
        await lists.readList(way)
        expect(await lists.ids(way)).toEqual(expect.arrayContaining(lists.idsThere().filter((id) => id < 900)))
      }
      await lists.readList(way)
      await lists.readList(way)
      expect(await lists.ids(way)).toEqual(lists.idsThere())
      await expectBalanced(lists)
    },
  )

  test('22: a source that says gone of a row that its next listing shows brings it back', async () => {
    lists = await openLists()
    await lists.readList('page')
    const eleven = lists.server.entries.find((e) => e.id === 11)!
    lists.server.entries.splice(lists.server.entries.indexOf(eleven), 1)
    expect(balanceOf(await lists.readList('page'), 'lists.page')).toMatchObject({ deleted: 1 })
    lists.server.entries.unshift(eleven)
    expect(balanceOf(await lists.readList('page'), 'lists.page')).toMatchObject({ new: 1 })
    expect(await lists.rows('select * from lists.page_deleted')).toEqual([])
  })
})

test('22: zaken of a server that counts no further than some pages ahead: a zaak that slid past is asked for and stays', async () => {
  waterdam = await openWaterdam({
    zaken: 120,
    broken: 0,
    behaviours: { largestPage: 20, fuzzyCounts: true, fuzzyCountLimit: 40 },
  })
  const { zgw } = waterdam
  await waterdam.read('zaken')
  for (let round = 0; round < 3; round++) {
    const alone = zgw
      .snapshot()
      .zaken.slice(0, 15)
      .find((z) => z.hoofdzaak === null && (z.deelzaken as unknown[]).length === 0)!
    const slides = zgw.snapshot().zaken[20]!.uuid as string
    zgw.clearRequests()
    zgw.onRequest({ list: 'zaken', nth: 3 }, () => zgw.deleteZaak(alone.uuid as string))
    const { verified } = await waterdam.read('zaken')
    expect(verified).toMatchObject({ listedAll: true, shortBy: 0 })
    expect(zgw.requests().map((r) => r.path)).toContain('/zaken/api/v1/zaken/_zoek')
    expect(await waterdam.rows('select uuid from zaken.zaken where uuid = $1', [slides])).toEqual([{ uuid: slides }])
  }
  await waterdam.read('zaken')
  await expectZakenEqual(waterdam)
  await expectBalanced(waterdam)
})
