import { afterAll, beforeAll, expect, test } from 'vitest'
import { decideHold } from '../../sql/hold-decisions.js'
import { listHolds } from '../../sql/holds.js'
import type { ReleaseInput } from '../../workflows/messages.js'
import type { WorkerProcess } from '../support/worker-process.js'
import { makeGate } from './gate.js'
import { expectAccountsClosed, type Machine, openMachine, taskQueue } from './machine.js'

let machine: Machine
let worker: WorkerProcess
let round = 0
beforeAll(async () => {
  // More than one in a hundred is refused, so that a person has to look at each reading first.
  machine = await openMachine(
    { zaken: 800, broken: 0.2 },
    {
      'datasets/wmo/zaken.yaml': undefined,
      'datasets/zaken/open_zaken.yaml': undefined,
      'datasets/zaken/zaken.yaml': 'from: open-zaak/zaken\nactivity: sturing-dienstverlening\nholds: { quarantined: 1 % }\n',
    },
  )
  worker = await machine.worker()
})
afterAll(() => machine?.close())

/** A run that waits for a person; the source goes on. Returns the number of the hold. */
async function held(): Promise<number> {
  expect((await machine.run()).status).toBe('held')
  machine.waterdam.zgw.applyChanges(60, ++round)
  const [hold] = await listHolds(machine.waterdam.warehouse.db)
  return hold!.id
}

async function killEverything(): Promise<void> {
  await worker.kill()
  await Promise.all([machine.temporal.kill(), machine.postgres.kill()])
  await Promise.all([machine.temporal.start(), machine.postgres.start()])
  worker = await machine.worker()
}

/** Accepts a hold and starts its release, as `gemaal holds accept` does. Returns what waits for the end of it. */
async function accept(hold: number): Promise<() => Promise<void>> {
  await decideHold(machine.waterdam.warehouse.db, hold, 'accept', 'test', 'looked at')
  const input: ReleaseInput = { hold, source: 'open-zaak', stream: 'zaken', forbiddenLeaves: false, askedBy: 'test' }
  const workflowId = `publish:${hold}`
  await machine.withClient((client) => client.workflow.start('publish', { workflowId, taskQueue, args: [input] }))
  return () => machine.withClient((client) => client.workflow.getHandle(workflowId).result())
}

/** Keys and contents that a hold keeps, of the records that passed. */
async function kept(hold: number): Promise<string[]> {
  const [run] = await machine.waterdam.rows<{ id: number }>('select dataset_run_id as id from gemaal.holds where id = $1', [hold])
  return texts(`select concat_ws(' ', uuid, _hash) as text from staging.d${run!.id} where _state not in ('q', 'o', 'x') order by 1`)
}

const standing = () => texts(`select concat_ws(' ', uuid, _hash) as text from zaken.zaken order by 1`)

async function texts(sql: string): Promise<string[]> {
  return (await machine.waterdam.rows<{ text: string }>(sql)).map(({ text }) => text)
}

test('what a hold keeps outlives a kill of everything, and is published as it was held', async () => {
  const hold = await held()
  const before = await kept(hold)
  await killEverything()
  expect(await kept(hold)).toEqual(before)
  const released = await accept(hold)
  await released()
  expect(await standing()).toEqual(before)
  await expectAccountsClosed(machine.waterdam)
})

test('a worker killed after the commit of a release, before its answer: it is published once', async () => {
  const hold = await held()
  const before = await kept(hold)
  const gate = await makeGate(machine.postgres.url, 'gemaal.dataset_runs', `old.status = 'held' and new.status = 'published'`)
  await gate.shut()
  const released = await accept(hold)
  await gate.reached()
  await worker.kill()
  await gate.remove()
  worker = await machine.worker()
  await released()
  const since = await machine.waterdam.rows<{ present: number }>('select count(*) as present from zaken.zaken')
  expect(since[0]!.present).toBeGreaterThanOrEqual(before.length)
  expect(await standing()).toEqual(expect.arrayContaining(before))
  await expectAccountsClosed(machine.waterdam)
})

test('after a kill of everything a newer reading supersedes what is held, and nothing of it stays in staging', async () => {
  const hold = await held()
  await killEverything()
  const newer = await held()
  expect(await machine.waterdam.rows('select id, status from gemaal.holds where id in ($1, $2) order by id', [hold, newer])).toEqual([
    { id: hold, status: 'superseded' },
    { id: newer, status: 'open' },
  ])
  await expectAccountsClosed(machine.waterdam)
  const released = await accept(newer)
  await released()
  await expectAccountsClosed(machine.waterdam)
})
