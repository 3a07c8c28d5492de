import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Held } from '../sources/zgw/traffic.js'
import type { WorkerProcess } from '../support/worker-process.js'
import { type Machine, openMachine } from './machine.js'

let machine: Machine
let worker: WorkerProcess
let proof: Held | undefined
let wentAway = 0
beforeAll(async () => {
  machine = await openMachine({ zaken: 1_500 })
  worker = await machine.worker()
  expect((await machine.run()).status).toBe('synced')
})
beforeEach(deleteZaken)
afterEach(() => proof?.release())
afterAll(() => machine?.close())

/** So many that their deletes are proven in two requests, and no hold is made. */
async function deleteZaken(): Promise<void> {
  const gone = await machine.waterdam.rows<{ uuid: string }>(
    `select uuid from zaken.zaken where uuid not in (select uuid from zaken.open_zaken union all select uuid from wmo.zaken) order by uuid limit 110`,
  )
  const before = machine.waterdam.zgw.snapshot().zaken.length
  for (const { uuid } of gone) machine.waterdam.zgw.deleteZaak(uuid)
  // A zaak takes its deelzaken along.
  wentAway = before - machine.waterdam.zgw.snapshot().zaken.length
}

/** One proof has been noted, the next one is being asked for. */
async function halfProven(): Promise<string> {
  proof = machine.waterdam.zgw.hold({ on: '/zaken/_zoek', nth: 2 })
  const workflowId = await machine.start()
  await proof.arrived
  return workflowId
}

async function expectDeleted(workflowId: string): Promise<void> {
  expect((await machine.ended(workflowId)).status).toBe('synced')
  const deleted = await machine.waterdam.rows(
    `select d.deleted from gemaal.dataset_runs d join gemaal.stream_runs s on s.id = d.stream_run_id join gemaal.runs r on r.id = s.run_id
     where r.workflow_id = $1 and d.dataset = 'zaken.zaken' and d.status = 'published'`,
    [workflowId],
  )
  expect(deleted).toEqual([{ deleted: wentAway }])
  await machine.expectRight()
}

test('a worker killed while deletes are being proven: another one proves the rest, and each is deleted once', async () => {
  const run = await halfProven()
  await worker.kill()
  worker = await machine.worker()
  proof?.release()
  await expectDeleted(run)
})

test('Temporal killed while deletes are being proven costs nothing', async () => {
  const run = await halfProven()
  await machine.temporal.kill()
  proof?.release()
  await machine.temporal.start()
  await expectDeleted(run)
})

test('Postgres killed while deletes are being proven: what was proven stands, the rest is asked again', async () => {
  const run = await halfProven()
  await machine.postgres.kill()
  proof?.release()
  await machine.postgres.start()
  await expectDeleted(run)
})
