import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { StaleAttempt } from '../../sql/database.js'
import { openRunning, type Running, until } from '../support/running.js'
import { openTcpProxy, type TcpProxy } from '../support/tcp-proxy.js'
import { openWaterdam, type Waterdam } from '../support/waterdam.js'
import type { WorkerProcess } from '../support/worker-process.js'
import { expectBalanced, expectZakenEqual } from './equal.js'
import { begin } from './steps.js'

let waterdam: Waterdam
beforeAll(async () => {
  waterdam = await openWaterdam({ zaken: 1_600 })
})
afterAll(() => waterdam.close())
afterEach(() => {
  waterdam.zgw.reset()
  waterdam.zgw.applyChanges(30, 1)
})

const slice = async (streamRunId: number) =>
  (
    await waterdam.rows<{ attempts: number; read: number; done: boolean }>(
      'select attempts, read, done from gemaal.slices where stream_run_id = $1 and number = 0',
      [streamRunId],
    )
  )[0]!
const staged = async (streamRunId: number) => {
  const [run] = await waterdam.rows(`select id from gemaal.dataset_runs where stream_run_id = $1 and dataset = 'zaken.zaken'`, [
    streamRunId,
  ])
  return (await waterdam.rows<{ n: number }>(`select count(*)::int as n from staging.d${run!.id}`))[0]!.n
}

test('17: of two attempts at one slice the older one stops at its next write, and the newer one goes on from the last batch', async () => {
  const run = await begin(waterdam, 'zaken')
  const held = waterdam.zgw.hold({ list: 'zaken', nth: 4 })
  const older = run.stage()
  older.catch(() => {})
  await held.arrived
  await until(async () => (await slice(run.streamRunId)).read > 0, 'the older attempt has written a batch')
  const newer = run.stage()
  await until(async () => (await slice(run.streamRunId)).attempts === 2, 'the newer attempt has begun')
  held.release()
  await expect(older).rejects.toThrow(StaleAttempt)
  await newer
  const { read, done } = await slice(run.streamRunId)
  expect(done).toBe(true)
  expect(await staged(run.streamRunId)).toBe(read)
  await run.publish()
  await expectZakenEqual(waterdam)
  await expectBalanced(waterdam)
})

test('17: of any number of attempts at once, one ends the slice and each record is staged once', async () => {
  const run = await begin(waterdam, 'zaken')
  const attempts = await Promise.allSettled(Array.from({ length: 6 }, () => run.stage()))
  const lost = attempts.filter((a) => a.status === 'rejected')
  expect(lost.map((a) => (a as PromiseRejectedResult).reason.name)).toEqual(lost.map(() => 'StaleAttempt'))
  const { read, done } = await slice(run.streamRunId)
  expect(done).toBe(true)
  expect(await staged(run.streamRunId)).toBe(read)
  expect(read).toBe(waterdam.zgw.snapshot().zaken.length)
  await run.publish()
  await expectZakenEqual(waterdam)
})

test('17: of two attempts to publish at once, one publishes and the other answers what was done', async () => {
  const run = await begin(waterdam, 'zaken')
  await run.stage()
  const [one, other] = await Promise.all([run.publish(), run.publish()])
  expect(one.datasets).toEqual(other.datasets)
  await expectZakenEqual(waterdam)
  await expectBalanced(waterdam)
})

describe('17: a worker that loses Temporal out of sight is taken for dead, and goes on with what it was doing', () => {
  let running: Running
  let lost: WorkerProcess
  let temporal: TcpProxy
  let postgres: TcpProxy
  beforeEach(async () => {
    running = await openRunning(waterdam)
    temporal = await openTcpProxy({ port: Number(new URL(`tcp://${running.address}`).port) })
    const url = new URL(waterdam.url)
    postgres = await openTcpProxy({ port: Number(url.port) })
    url.port = String(postgres.port)
    lost = await running.workerProcess({ TEMPORAL_ADDRESS: `127.0.0.1:${temporal.port}`, DATABASE_URL: url.href })
  })
  afterEach(async () => {
    await running.close()
    await Promise.all([temporal.close(), postgres.close()])
  })
  const start = () => running.start({ streams: ['zaken'], reading: 'full' })
  const newest = async (table: string) => (await waterdam.rows<{ id: number }>(`select max(id)::int as id from gemaal.${table}`))[0]!.id
  const takenOver = () => until(async () => (await slice(await newest('stream_runs'))).attempts > 1, 'another worker takes over')

  /** Nothing that stands is touched by the worker that was lost; and it is as good as any other when it is back. */
  async function expectRight(workflowId: string, other: WorkerProcess) {
    expect(await running.ended(workflowId)).toMatchObject({ status: 'synced', message: null })
    await expectZakenEqual(waterdam)
    await expectBalanced(waterdam)
    await other.stop()
    temporal.mend()
    waterdam.zgw.applyChanges(30, 2)
    expect(await running.run({ streams: ['zaken'], reading: 'full' })).toMatchObject({ status: 'synced' })
    await expectZakenEqual(waterdam)
  }

  test('17: its batch is refused when another worker has begun with the slice', async () => {
    const held = waterdam.zgw.hold({ list: 'zaken', nth: 4 })
    const run = await start()
    await held.arrived
    temporal.cut()
    const other = await running.workerProcess()
    await takenOver()
    held.release()
    await until(async () => lost.output().includes('another attempt took over'), 'the lost worker is told')
    await expectRight(run, other)
  })

  test('17: a transaction that it left open in the middle of a COPY keeps nobody waiting', async () => {
    const held = waterdam.zgw.hold({ list: 'zaken', nth: 2 })
    const run = await start()
    await held.arrived
    const staging = `staging.d${(await waterdam.rows<{ id: number }>(`select max(id)::int as id from gemaal.dataset_runs where dataset = 'zaken.zaken'`))[0]!.id}`
    const blocker = await waterdam.warehouse.pool.connect()
    await blocker.query('begin')
    await blocker.query(`lock table ${staging} in share mode`)
    held.release()
    await until(
      async () => (await waterdam.rows(`select from pg_locks where relation = '${staging}'::regclass and not granted`)).length > 0,
      'the COPY waits',
    )
    postgres.stall()
    temporal.cut()
    await blocker.query('rollback')
    blocker.release()
    await until(
      async () =>
        (await waterdam.rows(`select from pg_stat_activity where wait_event = 'ClientRead' and query ilike 'copy ${staging} %'`)).length >
        0,
      'Postgres waits for the rest of the COPY',
    )
    const other = await running.workerProcess()
    expect(await running.ended(run)).toMatchObject({ status: 'synced' })
    postgres.mend()
    await expectRight(run, other)
  })
})
