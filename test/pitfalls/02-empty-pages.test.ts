import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { someEntries } from '../sources/lists/server.js'
import { balanceOf } from '../support/project.js'
import { openRunning, type Running } from '../support/running.js'
import { openWaterdam, type Waterdam } from '../support/waterdam.js'
import { expectBalanced, expectZakenEqual, forget } from './equal.js'
import { type ListsProject, openLists } from './lists.js'

describe('zaken', () => {
  let waterdam: Waterdam
  beforeAll(async () => {
    waterdam = await openWaterdam({ zaken: 120, behaviours: { largestPage: 20 } })
  })
  afterAll(() => waterdam.close())
  beforeEach(async () => {
    waterdam.zgw.reset()
    await forget(waterdam, 'open-zaak', 'zaken')
  })

  test.each([
    ['the first page is empty', { emptyPages: [1] }],
    ['pages on the way are empty', { emptyPages: [2, 3, 6] }],
    ['pages on the way are short', { shortPages: { 1: 19, 3: 1, 4: 7 } }],
    ['some are empty and some short', { emptyPages: [3, 5], shortPages: { 2: 1, 6: 2 } }],
    ['so many are empty that a person would stop looking', { emptyPages: Array.from({ length: 40 }, (_, n) => n + 3) }],
  ])('2. where %s and has a next link, the list goes on', async (_, behaviours) => {
    waterdam.zgw.behave(behaviours)
    const outcome = await waterdam.read('zaken')
    expect(outcome.verified).toMatchObject({ listedAll: true, shortBy: 0 })
    await expectZakenEqual(waterdam)
    await expectBalanced(waterdam)
  })

  test('2. pages that hold nothing and lead on without an end stop it with the URL', async () => {
    waterdam.zgw.behave({ emptyPages: Array.from({ length: 2000 }, (_, n) => n + 3) })
    await expect(waterdam.read('zaken')).rejects.toThrow(/GET http:\/\/127\.0\.0\.1:\d+\/zaken\/api\/v1\/zaken\?.*page=1003.*would not end/)
    expect(await waterdam.rows('select * from zaken.zaken')).toEqual([])
  })

  describe('through Temporal', () => {
    let running: Running
    beforeAll(async () => {
      running = await openRunning(waterdam)
      await running.worker()
    })
    afterAll(() => running.close())

    test.each([
      ['a link that leads to its own page', { pagesLinkedToThemselves: [3] }, 'its next link leads to a page that was read before'],
      ['a page that repeats the one before it', { repeatedPages: [4] }, 'this page repeats the one before it'],
    ])('2. %s ends the run with its URL, and what stood before stands', async (_, behaviours, what) => {
      await waterdam.read('zaken')
      waterdam.zgw.deleteZaakAt(3)
      waterdam.zgw.addZaken(2)
      const before = await waterdam.rows('select * from zaken.zaken order by uuid')
      waterdam.zgw.behave(behaviours)
      const run = await running.run({ streams: ['zaken'], reading: 'full' })
      expect(run).toMatchObject({ status: 'failed', errorCode: 'UnexpectedResponse' })
      expect(run.message).toMatch(/source 'open-zaak', stream 'zaken', GET http:\/\/127\.0\.0\.1:\d+\/zaken\/api\/v1\/zaken\?.*page=/)
      expect(run.message).toContain(what)
      expect(await waterdam.rows('select * from zaken.zaken order by uuid')).toEqual(before)
      waterdam.zgw.reset()
      expect(await running.run({ streams: ['zaken'], reading: 'full' })).toMatchObject({ status: 'synced', message: null })
      await expectZakenEqual(waterdam)
    })
  })
})

describe('a list of a declared connector', () => {
  let lists: ListsProject
  beforeAll(async () => {
    lists = await openLists({ counts: undefined })
  })
  afterAll(() => lists.close())
  beforeEach(async () => {
    lists.server.calm()
    lists.server.options.counts = undefined
    lists.server.entries.splice(0, Number.POSITIVE_INFINITY, ...someEntries(45))
    await forget(lists, 'lists', 'link')
    await forget(lists, 'lists', 'token')
  })

  test.each(['link', 'token'] as const)('2. goes on after an empty and after a short page that lead on (by %s)', async (way) => {
    lists.server.at(1, () => ({ empty: true }))
    lists.server.at(3, () => ({ empty: true }))
    lists.server.at(4, () => ({ empty: true }))
    lists.server.at(5, () => ({ most: 1 }))
    const outcome = await lists.readList(way)
    expect(outcome.verified.listedAll).toBe(true)
    expect(balanceOf(outcome, `lists.${way}`)).toMatchObject({ read: 45, new: 45, duplicate: 0 })
    expect(await lists.ids(way)).toEqual(lists.idsThere())
  })

  test.each([
    ['to its own page', '/link?from=20'],
    ['to an earlier page', '/link?from=10'],
  ])('2. that leads %s stops with both URLs, and nothing of it lands', async (_, next) => {
    lists.server.at(3, () => ({ next }))
    await expect(lists.readList('link')).rejects.toThrow(
      /source 'lists', stream 'link', GET http:\/\/127\.0\.0\.1:\d+\/link\?from=…: leads to http:\/\/127\.0\.0\.1:\d+\/link.*which was followed before/,
    )
    expect(await lists.ids('link')).toEqual([])
  })

  test('2. that leads on and on over pages that were there before stops with the URL', async () => {
    lists.server.each((nth) => ({ next: `/link?from=${(nth % 3) * 10}&turn=${nth}` }))
    await expect(lists.readList('link')).rejects.toThrow(/GET http:\/\/127\.0\.0\.1:\d+\/link\?from=…&turn=…: .*would not end/)
  })

  test('2. that leads on and on over empty pages stops with the URL', async () => {
    lists.server.each((nth) => (nth === 1 ? undefined : { empty: true, next: `/link?from=10&turn=${nth}` }))
    await expect(lists.readList('link')).rejects.toThrow(/GET http:\/\/127\.0\.0\.1:\d+\/link\?from=…&turn=…: .*would not end/)
  })
})
