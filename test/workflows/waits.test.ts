import { afterAll, beforeAll, expect, test } from 'vitest'
import { type DistrictsServer, districtsProject, startDistricts } from '../sources/districts/server.js'
import { openProject, type TestProject } from '../support/project.js'
import { openRunning, type Running } from '../support/running.js'
import { until } from '../support/until.js'

let town: DistrictsServer
let village: DistrictsServer
let project: TestProject
let running: Running
beforeAll(async () => {
  town = await startDistricts(['noord', 'oost', 'zuid', 'west'])
  village = await startDistricts(['dorp'])
  const files = await districtsProject()
  const second = {
    'sources/village.yaml': files['sources/town.yaml']!.replace('TOWN_URL', 'VILLAGE_URL'),
    'datasets/village/wijken.yaml': 'from: village/wijken\n',
  }
  project = await openProject({ ...files, ...second }, { TOWN_URL: town.url, VILLAGE_URL: village.url })
  running = await openRunning(project)
})
afterAll(async () => {
  await running?.close()
  await project?.close()
  await Promise.all([town?.stop(), village?.stop()])
})

test('slices that wait for their source take no place: a worker that works on two steps at once does other work meanwhile', async () => {
  await running.workerProcess({ GEMAAL_CONCURRENCY: '1' })
  for (const wijk of town.districts) town.refuse(`adressen/${wijk}`, 429, '600')
  const waiting = await running.start({ source: 'town', streams: ['adressen', 'meldingen'], reading: 'full' })
  await until(async () => {
    const rows = await project.rows(
      `select from gemaal.stream_runs where stream = 'adressen' and status = 'waiting' and retry_at > clock_timestamp()`,
    )
    return rows.length > 0
  }, 'the stream waits')
  expect((await running.run({ source: 'village', streams: ['wijken'], reading: 'full' })).status).toBe('synced')
  await running.client.workflow.getHandle(waiting).cancel()
  expect((await running.ended(waiting)).status).toBe('cancelled')
})
