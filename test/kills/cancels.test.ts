import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type Gate, makeGate } from './gate.js'
import { expectAccountsClosed, type Machine, openMachine } from './machine.js'

let machine: Machine
let gate: Gate | undefined
let round = 0
beforeAll(async () => {
  machine = await openMachine({ zaken: 1_200 })
  await machine.worker()
  expect((await machine.run()).status).toBe('synced')
})
afterEach(async () => {
  await gate?.remove()
  gate = undefined
  machine.waterdam.zgw.reset()
})
afterAll(() => machine?.close())

/** Cancels, and waits for the answer of Temporal and for the end of the account. Then the next run does what this one did not. */
async function expectCancelled(run: string): Promise<void> {
  await machine.cancel(run)
  await expectCancelledEnd(run)
}

async function expectCancelledEnd(run: string): Promise<void> {
  expect(await machine.closed(run)).toBe('CANCELLED')
  expect((await machine.ended(run)).status).toBe('cancelled')
  await expectAccountsClosed(machine.waterdam)
  machine.waterdam.zgw.reset()
  machine.waterdam.zgw.applyChanges(40, ++round)
  expect((await machine.run()).status).toBe('synced')
  await machine.expectRight()
}

const statusOf = (run: string, dataset: string) =>
  machine.waterdam.rows(
    `select d.status from gemaal.dataset_runs d join gemaal.stream_runs s on s.id = d.stream_run_id join gemaal.runs r on r.id = s.run_id
     where r.workflow_id = $1 and d.dataset = $2`,
    [run, dataset],
  )

test('a cancel while the source does not answer is answered, though the source still does not', async () => {
  const page = machine.waterdam.zgw.hold({ list: 'zaken', on: 'pageSize=500' })
  const run = await machine.start()
  await page.arrived
  await expectCancelled(run)
})

test('a cancel between COPY and commit takes the batch back', async () => {
  gate = await makeGate(machine.postgres.url, 'gemaal.slices', 'new.read > old.read')
  await gate.shut()
  const run = await machine.start({ streams: ['zaken'] })
  await gate.reached()
  await machine.cancel(run)
  expect(await machine.closed(run)).toBe('CANCELLED')
  await gate.remove()
  await expectCancelledEnd(run)
})

test('a cancel in the middle of publish keeps the datasets that are published and takes back the one that is not', async () => {
  gate = await makeGate(machine.postgres.url, 'gemaal.dataset_runs', `new.status = 'published' and new.dataset = 'zaken.open_zaken'`)
  await gate.shut()
  const run = await machine.start()
  await gate.reached()
  await machine.cancel(run)
  expect(await machine.closed(run)).toBe('CANCELLED')
  expect(await statusOf(run, 'wmo.zaken')).toEqual([{ status: 'published' }])
  expect(await statusOf(run, 'zaken.open_zaken')).toEqual([{ status: 'discarded' }])
  await gate.remove()
  await expectCancelledEnd(run)
})

test('a cancel while deletes are being proven deletes nothing', async () => {
  const { zgw } = machine.waterdam
  const [{ uuid }] = (await machine.waterdam.rows<{ uuid: string }>('select uuid from zaken.zaken order by uuid limit 1')) as [
    { uuid: string },
  ]
  zgw.deleteZaak(uuid)
  const proof = zgw.hold({ on: '/zaken/_zoek' })
  const run = await machine.start()
  await proof.arrived
  await machine.cancel(run)
  expect(await machine.closed(run)).toBe('CANCELLED')
  expect(await machine.waterdam.rows('select from zaken.zaken where uuid = $1', [uuid])).toHaveLength(1)
  await expectCancelledEnd(run)
})

test('a cancel of a run that waits for its source for long is answered at once', async () => {
  machine.waterdam.zgw.fail({ list: 'zaken', on: 'pageSize=500', fault: { kind: 'tooMany', retryAfter: '3600' } })
  const run = await machine.start()
  await machine.untilRows(`select from gemaal.stream_runs where status = 'waiting' and retry_at > clock_timestamp()`, 'the stream waits')
  await machine.cancel(run)
  expect(await machine.closed(run)).toBe('CANCELLED')
  // The source asked for an hour; for this test it has passed.
  await machine.waterdam.rows('update gemaal.budgets set blocked_until = null')
  await expectCancelledEnd(run)
})
