import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { freePort } from '../../cli/embedded/folder-state.js'
import type { WorkerProcess } from '../support/worker-process.js'
import { type Machine, openMachine } from './machine.js'

let machine: Machine
let worker: WorkerProcess | undefined
beforeAll(async () => {
  machine = await openMachine({ zaken: 2_500 })
})
afterEach(async () => {
  machine.waterdam.zgw.reset()
  await worker?.kill()
  worker = undefined
  await Promise.all([machine.postgres.start(), machine.temporal.start()])
})
afterAll(() => machine?.close())

const answerOf = async (port: number, path: string) => {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(20_000) })
  return `${response.status} ${(await response.text()).trim()}`
}

test('a worker that is started before Postgres and Temporal says what it waits for, and takes work when both are there', async () => {
  await Promise.all([machine.postgres.stop(), machine.temporal.stop()])
  const port = await freePort()
  worker = machine.spawnWorker({ GEMAAL_HEALTH_PORT: String(port) })
  await worker.says('Waiting. The Postgres that DATABASE_URL names')
  expect(await answerOf(port, '/healthz')).toBe('200 alive')
  expect(await answerOf(port, '/readyz')).toBe('503 waiting for the warehouse and Temporal')
  await machine.postgres.start()
  await worker.says(`Waiting. Temporal does not answer at ${machine.temporal.address}`)
  await machine.temporal.start()
  await worker.says('takes work from task queue')
  await expect.poll(() => answerOf(port, '/readyz'), { timeout: 30_000 }).toBe('200 ready')
  expect((await machine.run()).status).toBe('synced')
  expect(worker.output()).not.toContain(new URL(machine.postgres.url).password)
})

test('a worker that waits for its servers can be stopped', async () => {
  await machine.postgres.stop()
  worker = machine.spawnWorker()
  await worker.says('Waiting.')
  expect(await worker.stop()).toBe(0)
  await machine.postgres.start()
})

test('a worker does not wait for what time does not mend', async () => {
  const url = new URL(machine.postgres.url)
  url.password = 'another'
  worker = machine.spawnWorker({ DATABASE_URL: url.href })
  expect(await worker.ended()).not.toBe(0)
  expect(worker.output()).toMatch(/password authentication failed/)
})

test('a worker with nothing to do lives through a restart of Postgres and of Temporal', async () => {
  const port = await freePort()
  worker = await machine.worker({ GEMAAL_HEALTH_PORT: String(port) })
  await machine.postgres.stop()
  await expect.poll(() => answerOf(port, '/readyz'), { timeout: 30_000 }).toBe('503 no connection to the warehouse')
  await machine.temporal.stop()
  await Promise.all([machine.postgres.start(), machine.temporal.start()])
  await expect.poll(() => answerOf(port, '/readyz'), { timeout: 30_000 }).toBe('200 ready')
  expect((await machine.run()).status).toBe('synced')
  expect(await worker.stop()).toBe(0)
  expect(
    await machine.waterdam.rows("select from gemaal.workers where stopped_at is null and seen_at > clock_timestamp() - interval '5 s'"),
  ).toEqual([])
})

test('a worker told to stop drains: what it committed stands, and another one goes on from there', async () => {
  worker = await machine.worker()
  const { zgw } = machine.waterdam
  const page = zgw.hold({ list: 'zaken', on: 'page=4' })
  const run = await machine.start({ streams: ['zaken'] })
  await page.arrived
  await machine.untilRows(
    'select from gemaal.slices s join gemaal.stream_runs r on r.id = s.stream_run_id where r.ended_at is null and s.read > 0',
    'a batch is committed',
  )
  zgw.clearRequests()
  const code = worker.stop()
  await worker.says('Draining')
  const next = await machine.worker()
  expect(await code).toBe(0)
  page.release()
  expect((await machine.ended(run)).status).toBe('synced')
  const pages = zgw.requests().flatMap(({ search }) => /[?&]page=(\d+)/.exec(search)?.[1] ?? [])
  expect(pages).not.toContain('1')
  const slices = await machine.waterdam.rows(
    `select s.attempts > 1 as again, s.read from gemaal.slices s join gemaal.stream_runs r on r.id = s.stream_run_id join gemaal.runs u on u.id = r.run_id where u.workflow_id = $1`,
    [run],
  )
  expect(slices).toEqual([{ again: true, read: 2_500 }])
  await machine.expectRight()
  await next.kill()
})
