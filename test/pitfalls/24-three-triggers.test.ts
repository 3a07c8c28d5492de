import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadSnapshot } from '../../config/load.js'
import { appliedFiles } from '../../sql/config-versions.js'
import { applySchedules, scheduleId, schedulesOf } from '../../worker/schedules.js'
import { openRunning, type Running, until } from '../support/running.js'
import { openWaterdam, type Waterdam } from '../support/waterdam.js'
import { expectBalanced, expectZakenEqual } from './equal.js'

let waterdam: Waterdam
let running: Running
beforeAll(async () => {
  waterdam = await openWaterdam({ zaken: 60, broken: 0 })
  running = await openRunning(waterdam)
  await running.worker()
})
afterAll(async () => {
  await running.close()
  await waterdam.close()
})

interface Row {
  id: number
  status: string
  message: string | null
  trigger: string
  ended: boolean
}
const runs = () => waterdam.rows<Row>('select id, status, message, trigger, ended_at is not null as ended from gemaal.runs order by id')

test('24: of three manual triggers at once and a scheduled run, one runs; the others wait and say for what', async () => {
  const held = waterdam.zgw.hold({ list: 'zaken' })
  const { project } = loadSnapshot((await appliedFiles(waterdam.warehouse.db, waterdam.digest))!)
  const { plan } = await waterdam.workspace.load(waterdam.digest)
  await applySchedules(running.client, schedulesOf(project, plan, running.taskQueue))
  const sync = Object.keys(project.sources.get('open-zaak')!.syncs)[0]!
  const manual = await Promise.all([1, 2, 3].map(() => running.start({ sync })))
  await running.client.schedule.getHandle(scheduleId('open-zaak', sync)).trigger()
  await held.arrived
  let reader = 0
  await until(async () => {
    const all = await runs()
    const going = all.filter((r) => r.status === 'running')
    reader = going[0]?.id ?? 0
    return (
      all.length === 4 &&
      going.length === 1 &&
      all.filter((r) => r.status === 'queued' && r.message?.endsWith(`waits for run ${reader}, which reads it`)).length === 3
    )
  }, 'one runs and three say what they wait for')
  expect((await runs()).map((r) => r.trigger).sort()).toEqual(['manual', 'manual', 'manual', 'schedule'])
  held.release()
  for (const id of manual) expect(await running.ended(id)).toMatchObject({ status: 'synced', message: null })
  await until(async () => (await runs()).every((r) => r.ended), 'all runs have ended')
  expect((await runs()).map((r) => r.status)).toEqual(['synced', 'synced', 'synced', 'synced'])
  // No two readings of a stream overlap.
  expect(
    await waterdam.rows(
      `select a.stream from gemaal.stream_runs a join gemaal.stream_runs b on a.stream = b.stream and a.id < b.id and b.listing_began_at < a.ended_at`,
    ),
  ).toEqual([])
  expect(await waterdam.rows(`select stream from gemaal.stream_runs group by stream having count(*) <> 4`)).toEqual([])
  await expectZakenEqual(waterdam)
  await expectBalanced(waterdam)
})
