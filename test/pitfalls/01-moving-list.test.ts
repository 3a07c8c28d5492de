import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { someEntries } from '../sources/lists/server.js'
import { openWaterdam, type Waterdam } from '../support/waterdam.js'
import { expectBalanced, expectZakenEqual, forget, uuidsHere } from './equal.js'
import { type ListsProject, openLists, ways } from './lists.js'

/** What happens to a list before one of its requests: rows come in at the front, or one goes from a place (a share of the list). */
const happening = fc.record({
  nth: fc.integer({ min: 1, max: 8 }),
  what: fc.oneof(fc.record({ add: fc.integer({ min: 1, max: 12 }) }), fc.record({ drop: fc.double({ min: 0, max: 0.999, noNaN: true }) })),
})
// More deletes would wait for a person.
const happenings = fc.uniqueArray(happening, { minLength: 1, maxLength: 4, selector: ({ nth }) => nth })

describe('a list of a declared connector that moves while it is read', () => {
  let lists: ListsProject
  beforeAll(async () => {
    lists = await openLists()
  })
  afterAll(() => lists.close())

  test.each(ways)('1. loses no row that stood still, whatever comes and goes meanwhile (by %s)', async (way) => {
    const { server } = lists
    let newest = 100
    await fc.assert(
      fc.asyncProperty(happenings, async (plan) => {
        await forget(lists, 'lists', way)
        server.calm()
        server.entries.splice(0, server.entries.length, ...someEntries(47))
        const before = new Set(lists.idsThere())
        for (const { nth, what } of plan) {
          server.at(nth, () => {
            if ('drop' in what) server.entries.splice(Math.floor(server.entries.length * what.drop), 1)
            else {
              newest += 100
              server.entries.unshift(...someEntries(what.add, newest))
            }
            return undefined
          })
        }
        await lists.readList(way)
        server.calm()
        const stoodStill = lists.idsThere().filter((id) => before.has(id))
        expect(await lists.ids(way)).toEqual(expect.arrayContaining(stoodStill))
        await lists.readList(way)
        expect(await lists.ids(way)).toEqual(lists.idsThere())
        await expectBalanced(lists)
      }),
      { numRuns: 15, seed: 1 },
    )
  })

  test('1. counts the rows that came twice as duplicates', async () => {
    const { server } = lists
    await forget(lists, 'lists', 'page')
    server.calm()
    server.entries.splice(0, server.entries.length, ...someEntries(30))
    server.at(2, () => void server.entries.splice(4, 1))
    const [published] = (await lists.readList('page')).datasets
    // 10 before the row went, the page that slid, and the list from its first page on.
    expect(published!.balance).toMatchObject({ read: 10 + 10 + 29, new: 30, duplicate: 19 })
  })
})

describe('zaken and what belongs to them, listed newest first', () => {
  let waterdam: Waterdam
  beforeAll(async () => {
    waterdam = await openWaterdam({ zaken: 200, behaviours: { largestPage: 25 } })
  })
  afterAll(() => waterdam.close())

  test('1. no zaak is lost, whatever comes and goes while they are listed', async () => {
    const { zgw } = waterdam
    const uuids = () => zgw.snapshot().zaken.map(({ uuid }) => String(uuid))
    await fc.assert(
      fc.asyncProperty(happenings, async (plan) => {
        await forget(waterdam, 'open-zaak', 'zaken')
        const before = new Set(uuids())
        zgw.reset()
        for (const { nth, what } of plan) {
          zgw.onRequest({ list: 'zaken', nth: nth + 1 }, () => {
            if ('drop' in what) zgw.deleteZaakAt(Math.floor(uuids().length * what.drop))
            else zgw.addZaken(what.add)
          })
        }
        await waterdam.read('zaken')
        zgw.reset()
        const stoodStill = uuids().filter((uuid) => before.has(uuid))
        expect(await uuidsHere(waterdam, 'zaken.zaken')).toEqual(expect.arrayContaining(stoodStill))
        await waterdam.read('zaken')
        await expectZakenEqual(waterdam)
        await expectBalanced(waterdam)
      }),
      { numRuns: 15, seed: 1 },
    )
  })

  test('1. no rol is lost, whatever comes and goes while they are listed', async () => {
    const { zgw } = waterdam
    await waterdam.read('zaken')
    const uuids = () => zgw.snapshot().rollen.map(({ uuid }) => String(uuid))
    await fc.assert(
      fc.asyncProperty(happenings, async (plan) => {
        await forget(waterdam, 'open-zaak', 'rollen')
        const before = new Set(uuids())
        zgw.reset()
        zgw.behave({ largestPage: Math.ceil(before.size / 8) })
        for (const { nth, what } of plan) {
          zgw.onRequest({ list: 'rollen', nth }, () => {
            if ('drop' in what) zgw.deleteRol(uuids()[Math.floor(uuids().length * what.drop)]!)
            else for (let n = 0; n < what.add; n++) zgw.addRol(String(zgw.snapshot().zaken[n]!.uuid))
          })
        }
        await waterdam.read('rollen')
        zgw.reset()
        const stoodStill = uuids().filter((uuid) => before.has(uuid))
        expect(await uuidsHere(waterdam, 'zaken.rollen')).toEqual(expect.arrayContaining(stoodStill))
        await waterdam.read('rollen')
        expect(await uuidsHere(waterdam, 'zaken.rollen')).toEqual(uuids().sort())
        await expectBalanced(waterdam)
      }),
      { numRuns: 12, seed: 1 },
    )
  })
})
