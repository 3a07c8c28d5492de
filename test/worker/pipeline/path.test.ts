import { afterAll, beforeAll, expect, test } from 'vitest'
import { openWaterdam, type Waterdam } from '../../support/waterdam.js'

let waterdam: Waterdam
beforeAll(async () => {
  waterdam = await openWaterdam({ zaken: 300 })
})
afterAll(() => waterdam.close())

async function balanceOf(dataset: string, reading: 'full' | 'changes' = 'full') {
  const { datasets } = await waterdam.read('zaken', reading)
  return datasets.find((d) => d.dataset === dataset)!.balance!
}

test('a first full reading lands every zaak that its rules let through, and keeps the others in quarantine', async () => {
  const balance = await balanceOf('zaken.zaken')
  expect(balance.read).toBe(300)
  expect(balance.new + balance.quarantined).toBe(300)
  expect(balance.quarantined).toBeGreaterThan(0)
  const [rows] = await waterdam.rows<{ n: number }>('select count(*) as n from zaken.zaken')
  expect(rows!.n).toBe(balance.new)
})

test('a second full reading of the same zaken changes nothing', async () => {
  const before = await waterdam.rows('select * from zaken.zaken order by uuid')
  const balance = await balanceOf('zaken.zaken')
  expect(balance.unchanged + balance.quarantined).toBe(300)
  expect(await waterdam.rows('select * from zaken.zaken order by uuid')).toEqual(before)
})

test('a reading of changes lands what is new and what was closed, and reads less than everything', async () => {
  waterdam.zgw.addZaken(3)
  const balance = await balanceOf('zaken.zaken', 'changes')
  expect(balance.new).toBe(3)
  expect(balance.read).toBeLessThan(303)
})
