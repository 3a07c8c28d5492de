import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadSnapshot } from '../../config/load.js'
import { appliedFiles } from '../../sql/config-versions.js'
import { decideHold } from '../../sql/hold-decisions.js'
import { findHold, listHolds } from '../../sql/holds.js'
import { applySchedules, scheduleId, schedulesOf } from '../../worker/schedules.js'
import type { ReleaseInput } from '../../workflows/messages.js'
import { expectAccountsClosed, type Machine, openMachine, taskQueue } from '../kills/machine.js'
import { until } from '../support/until.js'
import type { WorkerProcess } from '../support/worker-process.js'
import { expectBalanced, expectZakenEqual } from './equal.js'

let machine: Machine
let worker: WorkerProcess
beforeAll(async () => {
  // A reading of everything after which more than one in a hundred is refused waits for a person; the daily one goes on.
  machine = await openMachine(
    { zaken: 400, broken: 0 },
    {
      'datasets/wmo/zaken.yaml': undefined,
      'datasets/zaken/rollen.yaml': undefined,
      'datasets/zaken/zaken.yaml': 'from: open-zaak/zaken\nactivity: sturing-dienstverlening\nholds: { quarantined: 1 % }\n',
    },
  )
  worker = await machine.worker()
})
afterAll(() => machine?.close())

const rows = <T>(sql: string, values?: unknown[]) => machine.waterdam.rows<T>(sql, values)
const texts = async (sql: string) => (await rows<{ text: string }>(sql)).map(({ text }) => text)

/** As the schedule starts it. */
async function scheduledRun(): Promise<string> {
  const [before] = await rows<{ n: number }>(`select count(*)::int as n from gemaal.runs where trigger = 'schedule'`)
  await machine.withClient((client) => client.schedule.getHandle(scheduleId('open-zaak', 'daily')).trigger())
  await machine.untilRows(
    `select from gemaal.runs where trigger = 'schedule' having count(*) > ${before!.n} and bool_and(ended_at is not null)`,
    'the scheduled run ends',
  )
  const [run] = await rows<{ status: string }>(`select status from gemaal.runs where trigger = 'schedule' order by id desc limit 1`)
  return run!.status
}

test('23: a hold waits while schedules go on, Postgres is killed and the worker is replaced; released, it publishes exactly what it held', async () => {
  const { zgw, warehouse, digest, workspace } = machine.waterdam
  expect((await machine.run()).status).toBe('synced')
  const { project } = loadSnapshot((await appliedFiles(warehouse.db, digest))!)
  const { plan } = await workspace.load(digest)
  await machine.withClient((client) => applySchedules(client, schedulesOf(project, plan, taskQueue)))

  const closed = zgw
    .snapshot()
    .zaken.filter((z) => z.einddatum !== null)
    .map((z) => z.uuid as string)
  const broken = closed.slice(0, 10)
  const changed = closed.slice(10, 40)
  for (const uuid of broken) zgw.changeZaak(uuid, { einddatumGepland: '2026-02-30' })
  for (const uuid of changed) zgw.changeZaak(uuid, { startdatum: '2026-01-01' })
  expect((await machine.run()).status).toBe('held')
  const [hold] = await listHolds(warehouse.db)
  const kept = async () => {
    const [run] = await rows<{ id: number }>('select dataset_run_id as id from gemaal.holds where id = $1', [hold!.id])
    return texts(`select concat_ws(' ', uuid, _hash) as text from staging.d${run!.id} where _state = 'r' order by 1`)
  }
  const before = await kept()
  expect(before.length).toBe(zgw.snapshot().zaken.length - broken.length)

  // A day goes by.
  const [added] = zgw.addZaken(1)
  expect(await scheduledRun()).toBe('synced')
  await machine.postgres.kill()
  await machine.postgres.start()
  await until(
    () =>
      rows('select 1').then(
        () => true,
        () => false,
      ),
    'Postgres is back',
  )
  // And another; in the night a new version of the product was deployed.
  expect(await scheduledRun()).toBe('synced')
  await worker.stop()
  worker = await machine.worker()
  expect(await scheduledRun()).toBe('synced')

  expect(await kept()).toEqual(before)
  expect(await findHold(warehouse.db, hold!.id)).toMatchObject({ status: 'open', keys: 0 })
  expect(
    await texts(`select uuid::text as text from zaken.zaken where startdatum = '2026-01-01' and uuid = any('{${changed.join()}}')`),
  ).toEqual([])
  await decideHold(warehouse.db, hold!.id, 'accept', 'jan', 'gezien')
  const input: ReleaseInput = { hold: hold!.id, source: 'open-zaak', stream: 'zaken', forbiddenLeaves: false, askedBy: 'jan' }
  await machine.withClient((client) => client.workflow.execute('publish', { workflowId: `publish:${hold!.id}`, taskQueue, args: [input] }))
  // Of a refused record the older version stays, which was not held.
  const standing = await texts(
    `select concat_ws(' ', uuid, _hash) as text from zaken.zaken where uuid <> '${added}' and uuid <> all('{${broken.join()}}') order by 1`,
  )
  expect(standing).toEqual(before)
  await expectZakenEqual(machine.waterdam)
  await expectBalanced(machine.waterdam)
  await expectAccountsClosed(machine.waterdam)
}, 120_000)
