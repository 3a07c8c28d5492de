import { afterAll, beforeAll, expect, test } from 'vitest'
import type { WorkerProcess } from '../support/worker-process.js'
import { expectAccountsClosed, type Machine, openMachine } from './machine.js'

let machine: Machine
let worker: WorkerProcess
beforeAll(async () => {
  machine = await openMachine({ zaken: 600 })
  worker = await machine.worker()
})
afterAll(() => machine?.close())

/** A run of which a page does not come. */
async function stuck(): Promise<string> {
  const page = machine.waterdam.zgw.hold({ list: 'zaken', on: 'pageSize=500' })
  const run = await machine.start()
  await page.arrived
  return run
}

/** The account says cancelled, nothing of it stays, and the next run does what this one did not. */
async function expectCancelled(run: string): Promise<void> {
  expect(await machine.closed(run)).toBe('CANCELLED')
  expect((await machine.ended(run)).status).toBe('cancelled')
  await expectAccountsClosed(machine.waterdam)
  machine.waterdam.zgw.reset()
  expect((await machine.run()).status).toBe('synced')
  await machine.expectRight()
}

test('a cancel whose worker is dead is answered when another one comes', async () => {
  const run = await stuck()
  await worker.kill()
  await machine.cancel(run)
  worker = await machine.worker()
  await expectCancelled(run)
})

test('a cancel just before a kill of Temporal and Postgres is not forgotten', async () => {
  const run = await stuck()
  await machine.cancel(run)
  await Promise.all([machine.temporal.kill(), machine.postgres.kill()])
  await Promise.all([machine.temporal.start(), machine.postgres.start()])
  await expectCancelled(run)
})

test('a cancel before any worker took the run leaves no account, or one that is closed', async () => {
  await worker.kill()
  const run = await machine.start()
  await machine.cancel(run)
  worker = await machine.worker()
  expect(await machine.closed(run)).toBe('CANCELLED')
  await expectAccountsClosed(machine.waterdam)
})
