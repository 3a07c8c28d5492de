import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { SyncInput } from '../../workflows/messages.js'
import { type DistrictsServer, districtsProject, startDistricts } from '../sources/districts/server.js'
import { openProject, type TestProject } from '../support/project.js'
import { openRunning, type Running } from '../support/running.js'
import { until } from '../support/until.js'

const districts = ['noord', 'oost', 'zuid', 'west', 'centrum', 'haven']

let town: DistrictsServer
let project: TestProject
let running: Running
beforeAll(async () => {
  town = await startDistricts([...districts])
  project = await openProject(await districtsProject('10 minutes'), { TOWN_URL: town.url })
  running = await openRunning(project)
  await running.worker()
})
afterEach(async () => {
  town.calm()
  await project.rows('update gemaal.budgets set blocked_until = null')
})
afterAll(async () => {
  await running?.close()
  await project?.close()
  await town?.stop()
})

const read = (streams: string[], more: Partial<SyncInput> = {}): Partial<SyncInput> => ({
  source: 'town',
  streams,
  reading: 'full',
  ...more,
})

/** How the streams of a run ended, by the warehouse. */
async function streamsOf(workflowId: string): Promise<{ [stream: string]: string }> {
  const rows = await project.rows<{ stream: string; status: string }>(
    `select distinct on (stream) stream, s.status from gemaal.stream_runs s join gemaal.runs r on r.id = s.run_id
     where r.workflow_id = $1 order by stream, s.id desc`,
    [workflowId],
  )
  return Object.fromEntries(rows.map(({ stream, status }) => [stream, status]))
}

async function untilRun(workflowId: string, status: string): Promise<{ id: number; message: string | null }> {
  let run: { id: number; message: string | null } | undefined
  await until(async () => {
    const rows = await project.rows<{ id: number; message: string | null }>(
      'select id, message from gemaal.runs where workflow_id = $1 and status = $2',
      [workflowId, status],
    )
    run = rows[0]
    return run !== undefined
  }, `the run is ${status}`)
  return run!
}

/** @returns how the workflow closed, by Temporal */
async function closed(workflowId: string): Promise<string> {
  const handle = running.client.workflow.getHandle(workflowId)
  await handle.result().catch(() => {})
  return (await handle.describe()).status.name
}

test('a stream has one reader at a time: the second run waits, says for which, and reads when the first has ended', async () => {
  const kept = town.hold('wijken')
  const first = await running.start(read(['wijken']))
  await kept
  const second = await running.start(read(['wijken']))
  const { id } = await untilRun(first, 'running')
  const { message } = await untilRun(second, 'queued')
  expect(message).toBe(`town/wijken waits for run ${id}, which reads it`)
  const calls = town.calls.length
  expect(town.calls.filter((path) => path === 'wijken')).toHaveLength(1)
  town.release()
  expect((await running.ended(first)).status).toBe('synced')
  expect((await running.ended(second)).status).toBe('synced')
  expect(town.calls.slice(calls)).toEqual(['wijken'])
})

test('a run that waits for a stream can be cancelled, and the reader goes on', async () => {
  const kept = town.hold('wijken')
  const first = await running.start(read(['wijken']))
  await kept
  const second = await running.start(read(['wijken']))
  await untilRun(second, 'queued')
  await running.client.workflow.getHandle(second).cancel()
  expect(await closed(second)).toBe('CANCELLED')
  expect((await running.ended(second)).status).toBe('cancelled')
  expect(await streamsOf(second)).toEqual({ wijken: 'cancelled' })
  town.release()
  expect((await running.ended(first)).status).toBe('synced')
})

test('a stream that fails does not sink the others, and the run says which one and why', async () => {
  town.refuse('meldingen', 403)
  const run = await running.start(read(['wijken', 'adressen', 'meldingen']))
  const ended = await running.ended(run)
  expect(ended.status).toBe('failed')
  expect(ended.errorCode).toBe('SourceRefused')
  expect(ended.message).toMatch(/^town\/meldingen: .*403/)
  expect(await streamsOf(run)).toEqual({ wijken: 'published', adressen: 'published', meldingen: 'failed' })
})

test('parents are published before their children are read; streams of no kin do not wait', async () => {
  const kept = town.hold('wijken')
  const from = town.calls.length
  const run = await running.start(read(['adressen', 'wijken', 'meldingen']))
  await kept
  await until(async () => (await streamsOf(run)).meldingen === 'published', 'the reports are published')
  expect(town.calls.slice(from).filter((path) => path.startsWith('adressen/'))).toEqual([])
  town.release()
  expect((await running.ended(run)).status).toBe('synced')
  const [parents, children] = await project.rows<{ at: Date }>(
    `select case when s.stream = 'wijken' then s.ended_at else s.listing_began_at end as at from gemaal.stream_runs s join gemaal.runs r on r.id = s.run_id
     where r.workflow_id = $1 and s.stream in ('wijken', 'adressen') order by s.stream = 'adressen'`,
    [run],
  )
  expect(children!.at.getTime()).toBeGreaterThan(parents!.at.getTime())
})

test('slices of a stream are read four at a time', async () => {
  const kept = districts.map((name) => town.hold(`adressen/${name}`))
  town.mostAtOnce = 0
  const from = town.calls.length
  const run = await running.start(read(['adressen']))
  await Promise.all(kept.slice(0, 4))
  expect(town.calls.slice(from).filter((path) => path.startsWith('adressen/'))).toHaveLength(4)
  town.release()
  expect((await running.ended(run)).status).toBe('synced')
  expect(town.mostAtOnce).toBe(4)
  expect(await project.rows('select count(*) as n from town.adressen')).toEqual([{ n: districts.length * 10 }])
})

test('a slice that fails ends the stream at once: the slices beside it stop, and nothing of it is published', async () => {
  const kept = ['noord', 'oost', 'west'].map((name) => town.hold(`adressen/${name}`))
  const held = town.hold('adressen/zuid')
  town.refuse('adressen/zuid', 403)
  const run = await running.start(read(['adressen']))
  await Promise.all([...kept, held])
  town.release('adressen/zuid')
  expect((await running.ended(run)).errorCode).toBe('SourceRefused')
  expect(await streamsOf(run)).toEqual({ adressen: 'failed' })
  expect(await project.rows(`select tablename from pg_tables where schemaname = 'staging'`)).toEqual([])
})

test('a cancel is answered within ten seconds, though the source does not answer', async () => {
  const kept = ['noord', 'oost', 'zuid', 'west'].map((name) => town.hold(`adressen/${name}`))
  const run = await running.start(read(['adressen', 'meldingen']))
  await Promise.all(kept)
  const asked = Date.now()
  await running.client.workflow.getHandle(run).cancel()
  expect(await closed(run)).toBe('CANCELLED')
  expect(Date.now() - asked).toBeLessThan(10_000)
  expect((await running.ended(run)).status).toBe('cancelled')
  expect(await streamsOf(run)).toMatchObject({ adressen: 'cancelled' })
})

test('a source that asks for a longer wait than we are willing to wait leaves the stream incomplete, with the reason', async () => {
  town.refuse('wijken', 429, '3600')
  const run = await running.start(read(['wijken']))
  const ended = await running.ended(run)
  expect(ended.status).toBe('incomplete')
  expect(ended.errorCode).toBe('SourceUnavailable')
  expect(await streamsOf(run)).toEqual({ wijken: 'incomplete' })
})

test('when the source forgot what changed since our checkpoint, the same run reads everything', async () => {
  expect((await running.run(read(['meldingen']))).status).toBe('synced')
  town.forgetsBefore = '2026-12-01'
  const run = await running.start(read(['meldingen'], { reading: 'changes' }))
  expect((await running.ended(run)).status).toBe('synced')
  const accounts = await project.rows(
    `select s.reading, s.status, s.error_code from gemaal.stream_runs s join gemaal.runs r on r.id = s.run_id where r.workflow_id = $1 order by s.id`,
    [run],
  )
  expect(accounts).toEqual([
    { reading: 'changes', status: 'failed', error_code: 'CheckpointExpired' },
    { reading: 'full', status: 'published', error_code: null },
  ])
})

test('a run that may not begin is on record with the reason', async () => {
  const run = await running.start({ source: 'village', streams: ['wijken'] })
  expect(await closed(run)).toBe('FAILED')
  expect(await running.ended(run)).toMatchObject({ status: 'failed', errorCode: 'NotAllowed', message: expect.stringContaining('village') })
})

test('a stream whose workflow was terminated fails the run, and the other streams go on', async () => {
  const kept = town.hold('wijken')
  const run = await running.start(read(['wijken', 'meldingen']))
  await kept
  await running.client.workflow.getHandle('stream:town/wijken').terminate('by a test')
  expect(await running.ended(run)).toMatchObject({ status: 'failed', errorCode: 'Terminated' })
  expect(await streamsOf(run)).toEqual({ wijken: 'failed', meldingen: 'published' })
  town.release()
  expect((await running.run(read(['wijken']))).status).toBe('synced')
})

test('a run whose workflow was terminated is ended by the workers, and the next one goes on', async () => {
  const kept = town.hold('wijken')
  const run = await running.start(read(['wijken']))
  await kept
  await running.client.workflow.getHandle(run).terminate('by a test')
  expect(await running.ended(run)).toMatchObject({ status: 'failed', errorCode: 'Lost' })
  town.release()
  expect((await running.run(read(['wijken']))).status).toBe('synced')
  expect(await project.rows(`select tablename from pg_tables where schemaname = 'staging'`)).toEqual([])
})
