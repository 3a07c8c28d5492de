import { afterAll, beforeAll, expect, test } from 'vitest'
import { openRunning, type Running, until } from '../support/running.js'
import { tablesWith } from '../support/search.js'
import { openWaterdam, type Waterdam } from '../support/waterdam.js'
import type { WorkerProcess } from '../support/worker-process.js'
import { expectBalanced, expectZakenEqual } from './equal.js'

const bytes = 4_000_000
/** What a message and a line of the log may be, whatever the source sends. */
const longest = 1_000

let waterdam: Waterdam
let running: Running
let worker: WorkerProcess
/** Of the persons of whom the error bodies tell; no text of any other sort holds them. */
let persons: string[]
beforeAll(async () => {
  waterdam = await openWaterdam({ zaken: 120 }, { 'datasets/wmo/zaken.yaml': undefined, 'datasets/zaken/open_zaken.yaml': undefined })
  running = await openRunning(waterdam)
  worker = await running.workerProcess({ GEMAAL_LOG: 'debug' })
  persons = waterdam.zgw.personalValues().filter((value) => /^\d{9}$/.test(value))
  expect(persons.length).toBeGreaterThan(50)
})
afterAll(async () => {
  await running.close()
  await waterdam.close()
})

/** Every text in the history of a workflow, with what its payloads hold. */
async function historyOf(workflowId: string): Promise<string> {
  const texts: string[] = []
  const walk = (value: unknown): void => {
    if (typeof value === 'string') texts.push(value)
    else if (value instanceof Uint8Array) texts.push(Buffer.from(value).toString('utf8'))
    else if (typeof value === 'object' && value !== null) for (const inside of Object.values(value)) walk(inside)
  }
  walk(await running.client.workflow.getHandle(workflowId).fetchHistory())
  return texts.join('\n')
}

/** Nothing of what a body held is anywhere, and what is said is short. */
async function expectNothingKept(workflowId: string): Promise<void> {
  const found = (text: string) => persons.filter((person) => text.includes(person))
  for (const id of [workflowId, 'stream:open-zaak/zaken']) {
    const history = await historyOf(id)
    expect(found(history)).toEqual([])
    expect(history).not.toContain('Traceback')
    expect(history.length).toBeLessThan(50_000)
  }
  const log = worker.output()
  expect(found(log)).toEqual([])
  expect(log).not.toContain('Traceback')
  expect(log.split('\n').filter((line) => line.length > 2 * longest)).toEqual([])
  expect((await tablesWith(waterdam.warehouse.pool, [...persons, 'Traceback'])).filter((name) => name !== 'zaken.rollen')).toEqual([])
  const said = await waterdam.rows<{ said: string }>(
    `select error_message as said from gemaal.stream_runs where error_message is not null union all select message from gemaal.runs where message is not null`,
  )
  for (const { said: text } of said) expect(text.length).toBeLessThan(longest)
}

test.each([
  [400, 'UnexpectedResponse', 'The source did not take the request'],
  [403, 'SourceRefused', 'has no right to this'],
  [404, 'UnexpectedResponse', 'The source did not take the request'],
  [418, 'UnexpectedResponse', 'The source did not take the request'],
])('20: of a body of megabytes full of persons, with status %i, only what it means is kept', async (status, code, words) => {
  waterdam.zgw.fail({ on: '/zaken/api/v1/zaken', fault: { kind: 'hugeError', status, bytes }, times: 20 })
  const workflowId = await running.start({ streams: ['zaken'], reading: 'full' })
  const run = await running.ended(workflowId)
  expect(run).toMatchObject({ status: 'failed', errorCode: code, message: expect.stringContaining(words) })
  expect(run.message).toContain(`: ${status}`)
  await expectNothingKept(workflowId)
  waterdam.zgw.reset()
})

test.each([500, 502, 503])('20: with status %i the run waits, says why in a line, and ends when the source is back', async (status) => {
  waterdam.zgw.fail({ list: 'zaken', fault: { kind: 'hugeError', status, bytes }, times: 200 })
  const workflowId = await running.start({ streams: ['zaken'], reading: 'full' })
  await until(async () => {
    const [last] = await waterdam.rows<{ status: string }>('select status from gemaal.stream_runs order by id desc limit 1')
    return last?.status === 'waiting'
  }, 'the run waits')
  await expectNothingKept(workflowId)
  waterdam.zgw.reset()
  expect(await running.ended(workflowId)).toMatchObject({ status: 'synced' })
  await expectNothingKept(workflowId)
  await expectZakenEqual(waterdam)
  await expectBalanced(waterdam)
})

test('20: a record that the source fails on with such a body is a finding of one line', async () => {
  const uuid = waterdam.zgw.snapshot().zaken[5]!.uuid as string
  waterdam.zgw.breakRecord(uuid)
  waterdam.zgw.fail({ on: `/zaken/${uuid}`, fault: { kind: 'hugeError', status: 500, bytes }, times: 20 })
  const workflowId = await running.start({ streams: ['zaken'], reading: 'full' })
  await running.ended(workflowId)
  const [entry] = await waterdam.rows<{ record: object; findings: { rule: string; detail: string }[] }>(
    'select record, findings from gemaal.quarantine order by id desc limit 1',
  )
  expect(entry!.findings).toMatchObject([{ rule: 'read.unreadable', severity: 'reject' }])
  expect(entry!.findings[0]!.detail.length).toBeLessThan(200)
  await expectNothingKept(workflowId)
})
