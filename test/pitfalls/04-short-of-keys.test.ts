import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { someEntries } from '../sources/lists/server.js'
import { balanceOf } from '../support/project.js'
import { openRunning, type Running } from '../support/running.js'
import { openWaterdam, type Waterdam } from '../support/waterdam.js'
import { expectBalanced, expectZakenEqual, forget } from './equal.js'
import { type ListsProject, openLists, ways } from './lists.js'

describe('a list of a declared connector', () => {
  let lists: ListsProject
  beforeAll(async () => {
    lists = await openLists()
  })
  afterAll(() => lists.close())
  beforeEach(async () => {
    lists.server.calm()
    lists.server.options.counts = { off: 0 }
    lists.server.entries.splice(0, Number.POSITIVE_INFINITY, ...someEntries(45))
    for (const way of ways) await forget(lists, 'lists', way)
  })

  const noteOf = async (streamRunId: number) =>
    (await lists.rows<{ note: string | null }>('select error_message as note from gemaal.stream_runs where id = $1', [streamRunId]))[0]!
      .note

  test.each(ways)(
    '4. whose total says more than arrives is read again, deletes nothing, and says by how many keys it is short (by %s)',
    async (way) => {
      await lists.readList(way)
      lists.server.entries.splice(10, 1)
      lists.server.options.counts = { off: 3 }
      const short = await lists.readList(way)
      expect(short.verified).toMatchObject({ listedAll: false, shortBy: 3 })
      expect(balanceOf(short, `lists.${way}`)).toMatchObject({ read: 3 * 44, unchanged: 44, duplicate: 2 * 44, deleted: 0 })
      expect(await noteOf(short.streamRunId)).toContain('short of 3 keys')
      expect(await lists.ids(way)).toHaveLength(45)

      lists.server.options.counts = { off: 0 }
      const whole = await lists.readList(way)
      expect(balanceOf(whole, `lists.${way}`)).toMatchObject({ read: 44, unchanged: 44, deleted: 1 })
      expect(await noteOf(whole.streamRunId)).toBeNull()
      expect(await lists.ids(way)).toEqual(lists.idsThere())
    },
  )

  test.each(ways)('4. whose total says less than arrives is whole (by %s)', async (way) => {
    await lists.readList(way)
    lists.server.entries.splice(10, 1)
    lists.server.options.counts = { off: -7 }
    const outcome = await lists.readList(way)
    expect(outcome.verified).toMatchObject({ listedAll: true, shortBy: 0 })
    expect(await lists.ids(way)).toEqual(lists.idsThere())
  })

  test.each(ways)('4. that is short also says so when a worker died after its last page (by %s)', async (way) => {
    await lists.readList(way)
    lists.server.entries.splice(10, 1)
    lists.server.options.counts = { off: 2 }
    const begun = await lists.begin(`lists/${way}`)
    for (let deaths = 0; deaths < 6; deaths++) {
      const dies = begun.stage(undefined, () => {
        throw new Error('the worker dies')
      })
      await dies.catch(() => {})
    }
    await begun.stage()
    const outcome = await begun.publish()
    expect(outcome.verified).toMatchObject({ listedAll: false, shortBy: 2 })
    expect(await lists.ids(way)).toHaveLength(45)
    await expectBalanced(lists)
  })

  test('4. in an order that differs at each request is read again until each key was there, or says how many were not', async () => {
    const { server } = lists
    // As real servers do that order by a field with few values: as many rows as the total says, and not as many keys.
    let seed = 1
    server.each(() => {
      for (let at = server.entries.length - 1; at > 0; at--) {
        seed = (seed * 48271) % 2147483647
        const other = seed % (at + 1)
        ;[server.entries[at], server.entries[other]] = [server.entries[other]!, server.entries[at]!]
      }
      return undefined
    })
    for (let round = 0; round < 6; round++) {
      await forget(lists, 'lists', 'page')
      const outcome = await lists.readList('page')
      const here = await lists.ids('page')
      expect(outcome.verified.shortBy).toBe(45 - here.length)
      expect(outcome.verified.listedAll).toBe(here.length === 45)
      const { read, duplicate } = balanceOf(outcome, 'lists.page')
      expect(read - duplicate).toBe(here.length)
    }
    // What one reading leaves out the next one has; nothing that stands is taken away meanwhile.
    for (let round = 0; round < 10; round++) await lists.readList('page')
    expect(await lists.ids('page')).toEqual(lists.idsThere())
  })
})

describe('zaken', () => {
  let waterdam: Waterdam
  let running: Running
  beforeAll(async () => {
    waterdam = await openWaterdam({ zaken: 150, behaviours: { largestPage: 25 } })
    running = await openRunning(waterdam)
    await running.worker()
  })
  afterAll(async () => {
    await running.close()
    await waterdam.close()
  })
  afterEach(async () => {
    waterdam.zgw.reset()
    await forget(waterdam, 'open-zaak', 'zaken')
  })

  test('4. of which the source counts two more than it gives, are not deleted, and the run says that two are missing', async () => {
    const { zgw } = waterdam
    await running.run({ streams: ['zaken'], reading: 'full' })
    const checkpoint = await waterdam.rows(`select checkpoint, full_at from gemaal.checkpoints where dataset = 'zaken.zaken'`)
    zgw.deleteZaakAt(40)
    zgw.behave({ countIsOffBy: 2 })
    const run = await running.run({ streams: ['zaken'], reading: 'full' })
    expect(run).toMatchObject({ status: 'synced' })
    expect(run.message).toMatch(/open-zaak\/zaken: the listing is short of 2 keys by the source's own count, so that nothing was deleted/)
    expect(await waterdam.rows(`select sum(deleted)::int as n from gemaal.dataset_runs`)).toEqual([{ n: 0 }])
    expect(await waterdam.rows(`select checkpoint, full_at from gemaal.checkpoints where dataset = 'zaken.zaken'`)).toEqual(checkpoint)

    zgw.reset()
    expect(await running.run({ streams: ['zaken'], reading: 'full' })).toMatchObject({ status: 'synced', message: null })
    await expectZakenEqual(waterdam)
    await expectBalanced(waterdam)
  })

  test.each([1, 25, 26, 60, 500])('4. counted no further than %i ahead are read whole all the same', async (fuzzyCountLimit) => {
    const { zgw } = waterdam
    await waterdam.read('zaken')
    zgw.behave({ fuzzyCounts: true, fuzzyCountLimit })
    zgw.deleteZaakAt(77)
    zgw.addZaken(3)
    const outcome = await waterdam.read('zaken')
    expect(outcome.verified).toMatchObject({ listedAll: true, shortBy: 0 })
    await expectZakenEqual(waterdam)
  })
})
