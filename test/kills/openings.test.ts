import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { closeRun } from '../../sql/outcome.js'
import { accountOf, endStreamRun, openRun } from '../../sql/runs.js'
import { type Opened, openStream } from '../../worker/pipeline/open.js'
import { openWaterdam, type Waterdam } from '../support/waterdam.js'

let waterdam: Waterdam
beforeAll(async () => {
  waterdam = await openWaterdam({ zaken: 50 })
})
afterAll(() => waterdam?.close())

async function newRun(): Promise<number> {
  const { id } = await openRun(waterdam.warehouse.db, {
    source: 'open-zaak',
    sync: 'test',
    trigger: 'manual',
    askedBy: 'test',
    digest: waterdam.digest,
    productVersion: '0.0.0-test',
    workflowId: '',
    workflowRunId: randomBytes(8).toString('hex'),
    traceId: randomBytes(16).toString('hex'),
  })
  return id
}

async function open(runId: number, opening: string): Promise<Opened> {
  return openStream(
    await waterdam.session('zaken'),
    { runId, digest: waterdam.digest, reading: 'full', opening },
    new AbortController().signal,
  )
}

const cancelled = { status: 'cancelled', errorCode: null, errorMessage: null } as const

const statusOf = async ({ streamRunId }: Opened) =>
  (await waterdam.rows<{ status: string }>('select status from gemaal.stream_runs where id = $1', [streamRunId]))[0]?.status

const stagingTables = async () =>
  (await waterdam.rows<{ name: string }>(`select tablename as name from pg_tables where schemaname = 'staging' order by 1`)).map(
    ({ name }) => name,
  )

test('an opening that is tried again finds what it made, and what was staged stays', async () => {
  const run = await newRun()
  const first = await open(run, 'a/1')
  const made = await stagingTables()
  const again = await open(run, 'a/1')
  expect(again).toMatchObject({ streamRunId: first.streamRunId, slices: first.slices, datasetRuns: first.datasetRuns })
  expect(await stagingTables()).toEqual(made)
  expect(await statusOf(first)).toBe('reading')
})

test('two attempts at one opening at the same moment make one account', async () => {
  const run = await newRun()
  const [one, other] = await Promise.all([open(run, 'b/1'), open(run, 'b/1')])
  expect(one.streamRunId).toBe(other.streamRunId)
})

test('an opening that comes late, from a worker that was frozen, takes nothing over', async () => {
  const old = await newRun()
  const stale = await open(old, 'c/1')
  const reader = await open(await newRun(), 'd/1')
  expect(await statusOf(stale)).toBe('abandoned')
  await expect(open(old, 'c/1')).rejects.toThrow('has ended')
  await closeRun(waterdam.warehouse.db, old, false)
  await expect(open(old, 'c/2')).rejects.toThrow(`run ${old} has ended`)
  expect(await statusOf(reader)).toBe('reading')
})

test('a stream that could not be opened has one account, however often its end is told', async () => {
  const run = await newRun()
  const stream = { runId: run, source: 'open-zaak', stream: 'zaken', reading: 'full' } as const
  const { db } = waterdam.warehouse
  const account = await accountOf(db, stream, 'e/1')
  await endStreamRun(db, account, { ...cancelled, status: 'failed' })
  expect(await accountOf(db, stream, 'e/1')).toBe(account)
  expect(await accountOf(db, stream)).toBe(account)
  await endStreamRun(db, account, cancelled)
  expect(await waterdam.rows('select status from gemaal.stream_runs where run_id = $1', [run])).toEqual([{ status: 'failed' }])
})

test('an end that breaks off half way has not happened, and is told again', async () => {
  const { db, pool } = waterdam.warehouse
  const opened = await open(await newRun(), 'f/1')
  const [staging] = (await stagingTables()).filter((name) => name === `d${opened.datasetRuns[0]!.datasetRunId}`)
  const reader = await pool.connect()
  await reader.query('begin')
  await reader.query(`select from staging.${staging}`)
  const end = endStreamRun(db, opened.streamRunId, cancelled)
  const broken = expect(end).rejects.toThrow()
  await expect
    .poll(async () =>
      waterdam.rows(
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like 'drop table%'`,
      ),
    )
    .toHaveLength(1)
  await broken
  await reader.query('rollback')
  reader.release()
  expect(await statusOf(opened)).toBe('reading')
  await endStreamRun(db, opened.streamRunId, cancelled)
  expect(await statusOf(opened)).toBe('cancelled')
  expect(await stagingTables()).not.toContain(staging)
})
