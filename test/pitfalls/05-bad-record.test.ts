import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { SourceUnavailable } from '../../connectors/errors.js'
import { someEntries } from '../sources/lists/server.js'
import { balanceOf, type TestProject } from '../support/project.js'
import { openWaterdam, type Waterdam } from '../support/waterdam.js'
import { expectBalanced, expectZakenEqual, forget } from './equal.js'
import { type ListsProject, openLists, ways } from './lists.js'

/** Open entries of a dataset for records that could not be read: key and reason. */
async function unreadable({ rows }: Pick<TestProject, 'rows'>, dataset: string): Promise<{ key: string | null; reason: string }[]> {
  return rows(
    `select array_to_string(key, '|') as key, findings -> 0 ->> 'detail' as reason from gemaal.quarantine
     where dataset = $1 and closed_at is null and findings -> 0 ->> 'rule' = 'read.unreadable' order by id`,
    [dataset],
  )
}

describe('zaken', () => {
  let waterdam: Waterdam
  beforeAll(async () => {
    waterdam = await openWaterdam({ zaken: 130, behaviours: { largestPage: 25 } })
  })
  afterAll(() => waterdam.close())
  afterEach(() => waterdam.zgw.reset())
  beforeEach(() => forget(waterdam, 'open-zaak', 'zaken'))

  test.each([[[0]], [[24, 25, 129]]])('5. of which the source fails on those at %j: each is a finding, the others land', async (places) => {
    const { zgw } = waterdam
    const zaken = zgw.snapshot().zaken.map(({ uuid }) => String(uuid))
    const bad = places.map((place) => zaken[place]!)
    for (const uuid of bad) zgw.breakRecord(uuid)
    const outcome = await waterdam.read('zaken')
    expect(outcome.verified).toMatchObject({ listedAll: true, shortBy: 0 })
    const { read, quarantined, duplicate } = balanceOf(outcome, 'zaken.zaken')
    expect(read - duplicate).toBe(130)
    expect(quarantined).toBeGreaterThanOrEqual(bad.length)
    expect(await unreadable(waterdam, 'zaken.zaken')).toHaveLength(bad.length)
    const landed = await waterdam.rows<{ uuid: string }>('select uuid from zaken.zaken')
    expect(landed.map(({ uuid }) => uuid)).not.toEqual(expect.arrayContaining(bad))
    expect(
      await waterdam.rows(
        `select severity, count::int from gemaal.findings where rule = 'read.unreadable' and dataset = 'zaken.zaken' order by run_id desc limit 1`,
      ),
    ).toEqual([{ severity: 'reject', count: bad.length }])

    for (const uuid of bad) zgw.mendRecord(uuid)
    await waterdam.read('zaken')
    expect(await unreadable(waterdam, 'zaken.zaken')).toEqual([])
    await expectZakenEqual(waterdam)
    await expectBalanced(waterdam)
  })

  test('5. a zaak that stands and that the source fails on now stays, and is named in quarantine once', async () => {
    const { zgw } = waterdam
    await waterdam.read('zaken')
    const standing = await waterdam.rows('select uuid, _hash from zaken.zaken order by uuid')
    const [uuid] = (await waterdam.rows<{ uuid: string }>('select uuid from zaken.zaken offset 40 limit 1')).map((row) => row.uuid)
    zgw.breakRecord(uuid!)
    for (let round = 0; round < 2; round++) {
      await waterdam.read('zaken')
      expect(await waterdam.rows('select uuid, _hash from zaken.zaken order by uuid')).toEqual(standing)
      const entries = await unreadable(waterdam, 'zaken.zaken')
      expect(entries.filter(({ key }) => key === uuid)).toHaveLength(1)
      expect(entries.length).toBeLessThanOrEqual(2)
    }
    zgw.mendRecord(uuid!)
    await waterdam.read('zaken')
    expect(await unreadable(waterdam, 'zaken.zaken')).toEqual([])
    await expectZakenEqual(waterdam)
    await expectBalanced(waterdam)
  })

  test('5. a source that fails on everything has no bad record: nothing lands, and it is tried again later', async () => {
    for (const { uuid } of waterdam.zgw.snapshot().zaken) waterdam.zgw.breakRecord(String(uuid))
    await expect(waterdam.read('zaken')).rejects.toThrow(SourceUnavailable)
    expect(await waterdam.rows('select from zaken.zaken')).toEqual([])
    expect(await unreadable(waterdam, 'zaken.zaken')).toEqual([])
  })
})

describe.each([{ byKey: true }, { byKey: false }])('a list of a declared connector, with re-reading by key: $byKey', ({ byKey }) => {
  let lists: ListsProject
  beforeAll(async () => {
    lists = await openLists({ byKey })
  })
  afterAll(() => lists.close())
  beforeEach(async () => {
    lists.server.broken.clear()
    lists.server.calm()
    lists.server.entries.splice(0, Number.POSITIVE_INFINITY, ...someEntries(45))
    for (const way of ways) await forget(lists, 'lists', way)
  })

  const bads = byKey
    ? [{ way: 'page' as const, bad: [10, 11] }]
    : [
        { way: 'page' as const, bad: [1] },
        { way: 'offset' as const, bad: [3, 45] },
      ]
  test.each(bads)('5. that the source fails on at $bad lands without them, and they are findings (by $way)', async ({ way, bad }) => {
    for (const id of bad) lists.server.broken.add(id)
    for (let round = 0; round < 2; round++) {
      await lists.readList(way)
      expect(await lists.ids(way)).toEqual(lists.idsThere().filter((id) => !bad.includes(id)))
      const entries = await unreadable(lists, `lists.${way}`)
      expect(entries.map(({ reason }) => reason)).toEqual(bad.map((id) => `the source answers 500 for record ${id} of the list`))
    }
    lists.server.broken.clear()
    await lists.readList(way)
    expect(await lists.ids(way)).toEqual(lists.idsThere())
    expect(await unreadable(lists, `lists.${way}`)).toEqual([])
    await expectBalanced(lists)
  })

  test.each([byKey ? 'page' : 'offset'] as const)(
    '5. keeps a row that stands and that the source fails on now, and still sees what is gone (by %s)',
    async (way) => {
      await lists.readList(way)
      lists.server.broken.add(20)
      lists.server.entries.splice(29, 1)
      await lists.readList(way)
      await lists.readList(way)
      // Without re-reading by key, absence alone cannot tell the bad record from one that is gone.
      expect(await lists.ids(way)).toEqual(byKey ? lists.idsThere() : [...lists.idsThere(), 30].sort((a, b) => a - b))
      lists.server.broken.clear()
      await lists.readList(way)
      await lists.readList(way)
      expect(await lists.ids(way)).toEqual(lists.idsThere())
      expect(await unreadable(lists, `lists.${way}`)).toEqual([])
      await expectBalanced(lists)
    },
  )

  test.each(['link', 'token'] as const)(
    '5. whose pages cannot be made smaller is unavailable: nothing of it lands (by %s)',
    async (way) => {
      lists.server.broken.add(20)
      await expect(lists.readList(way)).rejects.toThrow(SourceUnavailable)
      expect(await lists.ids(way)).toEqual([])
    },
  )
})
