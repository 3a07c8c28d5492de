import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openFolder, type TestFolder } from '../support/folder.js'
import { gemaal } from '../support/gemaal.js'
import { copySample } from '../support/waterdam.js'
import { type Machine, openMachine } from './machine.js'

// Without the one dataset that lands personal data, which nobody approved.
const personal = 'datasets/zaken/rollen.yaml'

let machine: Machine
let folder: TestFolder
let project: string
beforeAll(async () => {
  machine = await openMachine({ zaken: 500 }, { [personal]: undefined })
  await machine.worker()
  folder = await openFolder()
  project = join(folder.path, 'waterdam')
  await copySample(project)
  await rm(join(project, personal))
})
afterAll(async () => {
  await machine?.close()
  await folder?.remove()
})

async function apply(): Promise<string> {
  const env = { ...machine.waterdam.environment, DATABASE_URL: machine.postgres.url, TEMPORAL_ADDRESS: machine.temporal.address }
  const { code, stdout, stderr } = await gemaal(['apply'], { cwd: project, env })
  expect({ code, stderr }).toMatchObject({ code: 0 })
  return stdout
}

const schedules = () =>
  machine.withClient(async (client) => {
    const found: string[] = []
    for await (const { scheduleId } of client.schedule.list()) found.push(scheduleId)
    return found.sort()
  })

test("after Temporal's database was deleted in the middle of a run, `apply` restores the schedules and the next run puts all right", async () => {
  await apply()
  await expect.poll(schedules, { timeout: 30_000 }).not.toEqual([])
  const before = await schedules()
  const { zgw } = machine.waterdam
  const page = zgw.hold({ list: 'zaken', on: 'pageSize=500' })
  const lost = await machine.start()
  await page.arrived

  await machine.temporal.kill()
  for (const file of ['', '-wal', '-shm']) await rm(`${machine.temporal.databaseFile}${file}`, { force: true })
  await machine.temporal.start()
  expect(await schedules()).toEqual([])

  expect(await apply()).toMatch(/schedule sync:open-zaak\/daily is made/)
  await expect.poll(schedules, { timeout: 30_000 }).toEqual(before)
  // Nobody in Temporal knows the run, so that a worker ends it.
  expect(await machine.ended(lost)).toMatchObject({ status: 'failed', errorCode: 'Lost' })

  page.release()
  zgw.applyChanges(30, 1)
  await machine.withClient((client) => client.schedule.getHandle('sync:open-zaak/weekly').trigger())
  await machine.untilRows(`select from gemaal.runs where sync = 'weekly' and ended_at is not null`, 'the run of the schedule ends')
  expect(await machine.waterdam.rows(`select status, trigger from gemaal.runs where sync = 'weekly'`)).toEqual([
    { status: 'synced', trigger: 'schedule' },
  ])
  await machine.expectRight()
})

test('a run that was open when Temporal was lost gives way to a newer one, also before any worker saw that it is lost', async () => {
  const { zgw } = machine.waterdam
  const page = zgw.hold({ list: 'zaken', on: 'pageSize=500' })
  const lost = await machine.start()
  await page.arrived
  await machine.temporal.kill()
  for (const file of ['', '-wal', '-shm']) await rm(`${machine.temporal.databaseFile}${file}`, { force: true })
  await machine.temporal.start()
  const next = await machine.start()
  page.release()
  expect((await machine.ended(next)).status).toBe('synced')
  expect((await machine.ended(lost)).status).toBe('failed')
  await machine.expectRight()
})
