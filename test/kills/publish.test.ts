import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { openTcpProxy, type TcpProxy } from '../support/tcp-proxy.js'
import type { WorkerProcess } from '../support/worker-process.js'
import { type Gate, makeGate } from './gate.js'
import { type Machine, openMachine } from './machine.js'

let machine: Machine
let network: TcpProxy
let worker: WorkerProcess
let gate: Gate
let round = 0
beforeAll(async () => {
  machine = await openMachine({ zaken: 1_500 })
  network = await openTcpProxy({ port: machine.postgres.port })
  worker = await workerBehindNetwork()
})
beforeEach(async () => {
  // Of the three datasets of the stream one is published by then, and one is not.
  gate = await makeGate(machine.postgres.url, 'gemaal.dataset_runs', `new.status = 'published' and new.dataset = 'zaken.open_zaken'`)
  await gate.shut()
})
afterEach(async () => {
  await gate.remove()
  machine.waterdam.zgw.applyChanges(40, ++round)
})
afterAll(async () => {
  await machine?.close()
  await network?.close()
})

function workerBehindNetwork(): Promise<WorkerProcess> {
  const url = new URL(machine.postgres.url)
  url.port = String(network.port)
  return machine.worker({ DATABASE_URL: url.href })
}

/** Publish has committed, and the worker was not told. */
async function publishedWithoutAnswer(): Promise<string> {
  const workflowId = await machine.start()
  await gate.reached()
  network.stall()
  await gate.open()
  await untilPublished(workflowId)
  return workflowId
}

async function untilPublished(workflowId: string): Promise<void> {
  await machine.untilRows(
    `select from gemaal.dataset_runs d join gemaal.stream_runs s on s.id = d.stream_run_id join gemaal.runs r on r.id = s.run_id
     where r.workflow_id = $1 and d.dataset = 'zaken.open_zaken' and d.status = 'published'`,
    'the dataset is published',
    [workflowId],
  )
}

async function expectPublishedOnce(workflowId: string): Promise<void> {
  expect((await machine.ended(workflowId)).status).toBe('synced')
  const runs = await machine.waterdam.rows(
    `select d.dataset, d.status from gemaal.dataset_runs d join gemaal.stream_runs s on s.id = d.stream_run_id join gemaal.runs r on r.id = s.run_id
     where r.workflow_id = $1 and s.stream = 'zaken' order by 1`,
    [workflowId],
  )
  const datasets = ['wmo.zaken', 'zaken.open_zaken', 'zaken.zaken']
  expect(runs).toEqual(datasets.map((dataset) => ({ dataset, status: 'published' })))
  await machine.expectRight()
}

test('a worker killed after the commit of publish, before its answer: another one sees what was done and goes on', async () => {
  const run = await publishedWithoutAnswer()
  await worker.kill()
  network.mend()
  worker = await workerBehindNetwork()
  await expectPublishedOnce(run)
})

test('Postgres killed after the commit of publish, before its answer: what was published stands, once', async () => {
  const run = await publishedWithoutAnswer()
  await machine.postgres.kill()
  network.mend()
  await machine.postgres.start()
  await expectPublishedOnce(run)
})

test('Temporal killed when all is published, before the worker can say so: nothing is done twice', async () => {
  const run = await machine.start()
  await gate.reached()
  await machine.temporal.kill()
  await gate.open()
  await machine.untilRows(
    `select from gemaal.stream_runs s join gemaal.runs r on r.id = s.run_id where r.workflow_id = $1 and s.stream = 'zaken' and s.status = 'published'`,
    'the stream is published',
    [run],
  )
  await machine.temporal.start()
  await expectPublishedOnce(run)
})

test('a network that breaks after the commit of publish, before its answer, is the same as a kill', async () => {
  const run = await publishedWithoutAnswer()
  network.cut()
  network.mend()
  await expectPublishedOnce(run)
})
