import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { UnexpectedResponse } from '../../connectors/errors.js'
import { someEntries } from '../sources/lists/server.js'
import { balanceOf } from '../support/project.js'
import { openRunning, type Running } from '../support/running.js'
import { openWaterdam, type Waterdam } from '../support/waterdam.js'
import { expectBalanced, expectZakenEqual, forget, uuidsHere } from './equal.js'
import { type ListsProject, openLists, ways } from './lists.js'

/** A batch is committed for each thousand records, so that a listing of more goes on in its middle. */
describe('the zaken, of which a thousand are committed at a time', () => {
  let waterdam: Waterdam
  beforeAll(async () => {
    waterdam = await openWaterdam({ zaken: 2200, behaviours: { largestPage: 250 } })
    await waterdam.read('zaken')
  })
  afterAll(() => waterdam.close())

  const uuids = () => waterdam.zgw.snapshot().zaken.map(({ uuid }) => String(uuid))
  const standing = () => waterdam.rows('select uuid, _read_at, _hash from zaken.zaken order by uuid')

  test.each([1, 6, 9])(
    '6. a listing that fails at page %i and goes on deletes nothing before its end, and is right at its end',
    async (page) => {
      const { zgw } = waterdam
      const before = new Set(uuids())
      const rows = await standing()
      zgw.deleteZaakAt(30)
      zgw.addZaken(3)

      const begun = await waterdam.begin('zaken')
      zgw.fail({ list: 'zaken', after: page - 1, fault: { kind: 'status', status: 418 } })
      await expect(begun.stage()).rejects.toThrow(UnexpectedResponse)
      expect(await standing()).toEqual(rows)

      // Meanwhile the list moves, before and after the place at which it goes on.
      zgw.addZaken(2)
      zgw.deleteZaakAt(500)
      zgw.deleteZaakAt(uuids().length - 100)
      await begun.stage()
      expect(await standing()).toEqual(rows)
      const outcome = await begun.publish()
      expect(outcome.verified).toMatchObject({ listedAll: true, shortBy: 0 })
      const stoodStill = uuids().filter((uuid) => before.has(uuid))
      expect(await uuidsHere(waterdam, 'zaken.zaken')).toEqual(expect.arrayContaining(stoodStill))

      await waterdam.read('zaken')
      await expectZakenEqual(waterdam)
      await expectBalanced(waterdam)
    },
  )

  test('6. an attempt that fails again and again gets on all the same', async () => {
    const { zgw } = waterdam
    const begun = await waterdam.begin('zaken')
    for (let attempt = 0; attempt < 4; attempt++) {
      zgw.fail({ list: 'zaken', after: 5, fault: { kind: 'status', status: 418 } })
      await begun.stage().catch(() => {})
      zgw.reset()
    }
    await begun.stage()
    await begun.publish()
    await expectZakenEqual(waterdam)
    await expectBalanced(waterdam)
  })

  describe('through Temporal', () => {
    let running: Running
    beforeAll(async () => {
      running = await openRunning(waterdam)
      await running.worker()
    })
    afterAll(() => running.close())

    test('6. a run that is refused half way leaves the dataset as it was and no staging, and the next one is right', async () => {
      const { zgw } = waterdam
      const rows = await standing()
      zgw.deleteZaakAt(10)
      zgw.fail({ list: 'zaken', after: 6, fault: { kind: 'status', status: 403, code: 'permission_denied' } })
      const run = await running.run({ streams: ['zaken'], reading: 'full' })
      expect(run).toMatchObject({ status: 'failed', errorCode: 'SourceRefused' })
      expect(run.message).toMatch(/stream 'zaken', GET .*: 403 \(permission_denied/)
      expect(await standing()).toEqual(rows)
      expect(await waterdam.rows(`select tablename from pg_tables where schemaname = 'staging'`)).toEqual([])
      expect(await running.run({ streams: ['zaken'], reading: 'full' })).toMatchObject({ status: 'synced', message: null })
      await expectZakenEqual(waterdam)
    })
  })
})

describe('a list whose records cannot be asked for by key', () => {
  let lists: ListsProject
  beforeAll(async () => {
    lists = await openLists({ byKey: false })
  })
  afterAll(() => lists.close())
  beforeEach(async () => {
    lists.server.calm()
    lists.server.entries.splice(0, Number.POSITIVE_INFINITY, ...someEntries(45))
    for (const way of ways) await forget(lists, 'lists', way)
  })

  test.each(ways)('6. a listing that failed is none of the two that have to lack a key before it is deleted (by %s)', async (way) => {
    const { server } = lists
    await lists.readList(way)
    server.entries.splice(20, 1)
    const failing = () => server.at(3, () => ({ answer: (response) => response.writeHead(418).end() }))

    failing()
    await expect(lists.readList(way)).rejects.toThrow(UnexpectedResponse)
    failing()
    await expect(lists.readList(way)).rejects.toThrow(UnexpectedResponse)
    expect(await lists.ids(way)).toHaveLength(45)

    failing()
    const begun = await lists.begin(`lists/${way}`)
    await expect(begun.stage()).rejects.toThrow(UnexpectedResponse)
    await begun.stage()
    const once = await begun.publish()
    expect(balanceOf(once, `lists.${way}`)).toMatchObject({ unchanged: 44, deleted: 0 })
    expect(await lists.ids(way)).toHaveLength(45)

    const twice = await lists.readList(way)
    expect(balanceOf(twice, `lists.${way}`)).toMatchObject({ deleted: 1 })
    expect(await lists.ids(way)).toEqual(lists.idsThere())
    await expectBalanced(lists)
  })
})
