import { afterAll, beforeAll, expect, test } from 'vitest'
import { openRunning, type Running, until } from '../support/running.js'
import { openTcpProxy, type TcpProxy } from '../support/tcp-proxy.js'
import { openWaterdam, type Waterdam } from '../support/waterdam.js'
import { expectBalanced, expectZakenEqual } from './equal.js'

let waterdam: Waterdam
let running: Running
let temporal: TcpProxy
let postgres: TcpProxy
beforeAll(async () => {
  waterdam = await openWaterdam({ zaken: 300 })
  await waterdam.read('zaken')
  running = await openRunning(waterdam)
  temporal = await openTcpProxy({ port: Number(new URL(`tcp://${running.address}`).port) })
  postgres = await openTcpProxy({ port: Number(new URL(waterdam.url).port) })
})
afterAll(async () => {
  await running.close()
  await Promise.all([temporal.close(), postgres.close()])
  await waterdam.close()
})

test('17: a publish that a lost worker left half way is undone, another worker publishes, and the lost one changes nothing more', async () => {
  const url = new URL(waterdam.url)
  url.port = String(postgres.port)
  const lost = await running.workerProcess({ TEMPORAL_ADDRESS: `127.0.0.1:${temporal.port}`, DATABASE_URL: url.href })
  waterdam.zgw.applyChanges(40, 1)
  // It may begin to publish and look, and not write.
  const blocker = await waterdam.warehouse.pool.connect()
  await blocker.query('begin')
  await blocker.query('lock table zaken.zaken in share mode')
  const run = await running.start({ streams: ['zaken'], reading: 'full' })
  await until(
    async () => (await waterdam.rows(`select from pg_locks where relation = 'zaken.zaken'::regclass and not granted`)).length > 0,
    'the publish waits to write',
  )
  postgres.stall()
  temporal.cut()
  await blocker.query('rollback')
  blocker.release()
  await until(
    async () =>
      (await waterdam.rows(`select from pg_stat_activity where state = 'idle in transaction' and query like 'update "zaken"."zaken"%'`))
        .length > 0,
    'the publish stands still half way',
  )
  await running.workerProcess()
  expect(await running.ended(run)).toMatchObject({ status: 'synced' })
  await expectZakenEqual(waterdam)
  await expectBalanced(waterdam)
  const rows = () => waterdam.rows('select xmin, * from zaken.zaken order by uuid')
  const before = await rows()
  const said = lost.output().length
  postgres.mend()
  await until(async () => lost.output().length > said, 'the lost worker hears of it')
  expect(await rows()).toEqual(before)
}, 120_000)
