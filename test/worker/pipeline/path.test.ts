import { afterAll, beforeAll, expect, test } from 'vitest'
import { openWaterdam, type Waterdam } from '../../support/waterdam.js'

let waterdam: Waterdam
beforeAll(async () => {
  waterdam = await openWaterdam({ zaken: 300 })
})
afterAll(() => waterdam.close())

test('a first full reading lands every zaak of the source, and the count balances', async () => {
  const { datasets } = await waterdam.read('zaken')
  const balance = datasets.find((d) => d.dataset === 'zaken.zaken')!.balance!
  console.log(datasets)
  expect(balance.read).toBe(balance.new + balance.quarantined)
  expect(balance.new).toBeGreaterThan(250)
})
