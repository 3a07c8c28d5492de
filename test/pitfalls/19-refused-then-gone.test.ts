import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { openWaterdam, type Waterdam } from '../support/waterdam.js'
import { expectBalanced, expectZakenEqual, quarantinedKeys } from './equal.js'
import { beginByKey } from './steps.js'

let waterdam: Waterdam
afterAll(() => waterdam.close())

/** A zaak that others do not depend on, open or closed. */
function aZaak(open: boolean): string {
  const zaak = waterdam.zgw
    .snapshot()
    .zaken.find((z) => (z.einddatum === null) === open && z.hoofdzaak === null && (z.deelzaken as unknown[]).length === 0)
  return zaak!.uuid as string
}
const entry = async (uuid: string, dataset = 'zaken.zaken') =>
  (
    await waterdam.rows('select closed_how, times_seen, record from gemaal.quarantine where dataset = $1 and key = array[$2::text]', [
      dataset,
      uuid,
    ])
  )[0]
const tombstone = async (uuid: string) => (await waterdam.rows('select _reason from zaken.zaken_deleted where uuid = $1', [uuid]))[0]
const row = async (uuid: string) => (await waterdam.rows('select _findings from zaken.zaken where uuid = $1', [uuid]))[0]

describe.each([
  ['keeps', ''],
  ['hides', 'refused: hide\n'],
])('19: where the contract %s the older version of a refused record', (how, contract) => {
  beforeEach(async () => {
    await waterdam?.close()
    const zaken = `from: open-zaak/zaken\nactivity: sturing-dienstverlening\nhistory: true\n${contract}`
    waterdam = await openWaterdam({ zaken: 120, broken: 0 }, { 'datasets/zaken/zaken.yaml': zaken })
    await waterdam.read('zaken')
  })

  /** It fails a rule, which a reading sees, and then it goes. */
  async function refuseAndDelete(uuid: string, reading: 'full' | 'changes') {
    waterdam.zgw.changeZaak(uuid, { einddatumGepland: '2026-02-30' })
    await waterdam.read('zaken', reading)
    expect(await quarantinedKeys(waterdam, 'zaken.zaken')).toEqual([uuid])
    expect(await row(uuid)).toEqual(how === 'keeps' ? { _findings: [expect.stringMatching(/^refused:/)] } : undefined)
    waterdam.zgw.deleteZaak(uuid)
  }

  test.each(['full', 'changes'] as const)(
    '19: a record that fails its rules and then disappears is marked deleted and leaves quarantine (reading %s)',
    async (reading) => {
      const uuid = aZaak(reading === 'changes')
      await refuseAndDelete(uuid, reading)
      const { datasets } = await waterdam.read('zaken', reading)
      expect(await row(uuid)).toBeUndefined()
      expect(await tombstone(uuid)).toEqual({ _reason: reading === 'full' ? 'deleted' : 'removed' })
      expect(await entry(uuid)).toMatchObject({ closed_how: 'gone', times_seen: 1 })
      expect(
        await waterdam.rows('select count(*) filter (where _recorded_to is null) as open from zaken.zaken_history where uuid = $1', [uuid]),
      ).toEqual([{ open: 0 }])
      expect(datasets.find((d) => d.dataset === 'zaken.zaken')!.balance).toMatchObject({ quarantined: 0, new: 0, changed: 0 })
      await expectZakenEqual(waterdam)
      await expectBalanced(waterdam)
    },
  )

  test('19: a re-read by key does the same at once', async () => {
    const uuid = aZaak(true)
    await refuseAndDelete(uuid, 'full')
    await (await beginByKey(waterdam, 'zaken', [uuid])).finish()
    expect(await row(uuid)).toBeUndefined()
    expect(await tombstone(uuid)).toEqual({ _reason: 'removed' })
    expect(await entry(uuid)).toMatchObject({ closed_how: 'gone' })
  })

  test('19: a record that never passed and then disappears leaves quarantine, and is no delete', async () => {
    const [uuid] = waterdam.zgw.addZaken(1)
    waterdam.zgw.changeZaak(uuid!, { einddatumGepland: '2026-02-30' })
    await waterdam.read('zaken')
    expect(await quarantinedKeys(waterdam, 'zaken.zaken')).toEqual([uuid])
    waterdam.zgw.deleteZaak(uuid!)
    const { datasets } = await waterdam.read('zaken')
    expect(await entry(uuid!)).toMatchObject({ closed_how: 'gone' })
    expect(await tombstone(uuid!)).toBeUndefined()
    expect(datasets.find((d) => d.dataset === 'zaken.zaken')!.balance).toMatchObject({ deleted: 0 })
    await expectZakenEqual(waterdam)
  })

  test('19: a refused record that is in the listing is not taken for one that is gone, however often it is read', async () => {
    const uuid = aZaak(false)
    waterdam.zgw.changeZaak(uuid, { einddatumGepland: '2026-02-30' })
    for (let times = 1; times <= 3; times++) {
      await waterdam.read('zaken')
      expect(await entry(uuid)).toMatchObject({ closed_how: null, times_seen: times })
      expect(await tombstone(uuid)).toEqual(how === 'hides' ? { _reason: 'refused' } : undefined)
    }
    await expectZakenEqual(waterdam)
    waterdam.zgw.changeZaak(uuid, { einddatumGepland: '2029-02-28' })
    await waterdam.read('zaken')
    expect(await entry(uuid)).toMatchObject({ closed_how: 'passed' })
    expect(await row(uuid)).toEqual({ _findings: [] })
    expect(await tombstone(uuid)).toBeUndefined()
  })

  test('19: a refused record that leaves the selection of a dataset leaves its quarantine as outside, and its older row goes along', async () => {
    const uuid = aZaak(true)
    waterdam.zgw.changeZaak(uuid, { einddatumGepland: '2026-02-30' })
    await waterdam.read('zaken')
    expect(await quarantinedKeys(waterdam, 'zaken.open_zaken')).toEqual([uuid])
    waterdam.zgw.closeZaak(uuid)
    await waterdam.read('zaken')
    expect(await entry(uuid, 'zaken.open_zaken')).toMatchObject({ closed_how: 'outside' })
    expect(await waterdam.rows('select uuid from zaken.open_zaken where uuid = $1', [uuid])).toEqual([])
    expect(await waterdam.rows('select _reason from zaken.open_zaken_deleted where uuid = $1', [uuid])).toEqual([{ _reason: 'outside' }])
    expect(await entry(uuid)).toMatchObject({ closed_how: null, times_seen: 2 })
  })
})
