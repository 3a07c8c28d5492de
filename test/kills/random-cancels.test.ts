import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Random } from '../sources/zgw/random.js'
import { testSeed } from '../support/settings.js'
import { expectAccountsClosed, type Machine, openMachine } from './machine.js'

const cancels = 30

let machine: Machine
beforeAll(async () => {
  machine = await openMachine({ zaken: 20_000 })
  await machine.worker()
})
afterAll(() => machine?.close())

test(`${cancels} cancels at random moments of syncs of 20,000 zaken: each is answered, nothing stays behind, and the next run does the rest (seed ${testSeed})`, async () => {
  const random = new Random(testSeed)
  const began = Date.now()
  expect((await machine.run()).status).toBe('synced')
  const undisturbedMs = Date.now() - began
  for (let round = 1; round <= cancels; round++) {
    machine.waterdam.zgw.applyChanges(100, round)
    const run = await machine.start()
    await sleep(random.integer(0, undisturbedMs))
    await machine.cancel(run)
    await machine.closed(run)
    await expectAccountsClosed(machine.waterdam)
  }
  expect((await machine.run()).status).toBe('synced')
  await machine.expectRight()
}, 1_200_000) // three minutes on an idle machine
