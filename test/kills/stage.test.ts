import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { WorkerProcess } from '../support/worker-process.js'
import { type Gate, makeGate } from './gate.js'
import { type Machine, openMachine } from './machine.js'

let machine: Machine
let worker: WorkerProcess
let gate: Gate
let round = 0
beforeAll(async () => {
  machine = await openMachine({ zaken: 2_500 })
  worker = await machine.worker()
  gate = await makeGate(machine.postgres.url, 'gemaal.slices', 'new.read > old.read and new.batches = 2')
})
afterEach(async () => {
  await gate.open()
  machine.waterdam.zgw.applyChanges(40, ++round)
})
afterAll(() => machine?.close())

async function batchCopiedNotCommitted(): Promise<string> {
  await gate.shut()
  const workflowId = await machine.start()
  await gate.reached()
  return workflowId
}

test('a worker killed between COPY and commit loses nothing and doubles nothing', async () => {
  const run = await batchCopiedNotCommitted()
  await worker.kill()
  worker = await machine.worker()
  // The commit was on its way: it goes through, and nobody hears of it.
  await gate.open()
  expect((await machine.ended(run)).status).toBe('synced')
  await machine.expectRight()
})

test('Temporal killed between COPY and commit costs nothing', async () => {
  const run = await batchCopiedNotCommitted()
  await machine.temporal.kill()
  await gate.open()
  await machine.temporal.start()
  expect((await machine.ended(run)).status).toBe('synced')
  await machine.expectRight()
})

test('Postgres killed between COPY and commit takes that batch along, and it is read again', async () => {
  const run = await batchCopiedNotCommitted()
  await machine.postgres.kill()
  await gate.open()
  await machine.postgres.start()
  expect((await machine.ended(run)).status).toBe('synced')
  await machine.expectRight()
})
