/**
 * A whole Gemaal that a test can take the power from: a Postgres and a Temporal of its own, workers as processes, and the sample municipality.
 */
import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client'
import pg from 'pg'
import { expect, vi } from 'vitest'
import { type EmbeddedPostgres, startPostgres } from '../../cli/embedded/postgres.js'
import { isAlive } from '../../cli/embedded/processes.js'
import { startTemporal, type TemporalDevServer } from '../../cli/embedded/temporal.js'
import { startSync } from '../../cli/runs.js'
import { findRun, type RunSummary } from '../../sql/run-views.js'
import type { SyncInput } from '../../workflows/messages.js'
import type { ZgwOptions } from '../sources/zgw/server.js'
import { openFolder } from '../support/folder.js'
import type { Files, TestProject } from '../support/project.js'
import { testBinaries } from '../support/settings.js'
import { until } from '../support/until.js'
import { openSample, openWaterdam, type Waterdam } from '../support/waterdam.js'
import { spawnWorker, type WorkerProcess } from '../support/worker-process.js'

// A worker that was killed is missed after ten seconds; on a busy machine a few of those, and of starts of servers, take their time.
vi.setConfig({ testTimeout: 240_000 })

export interface Machine {
  waterdam: Waterdam
  postgres: EmbeddedPostgres
  temporal: TemporalDevServer
  /** A new client each time: one that a server was killed under is not to be relied on. */
  withClient<T>(work: (client: Client) => Promise<T>): Promise<T>
  /** Starts a worker as a process, and waits until it takes work. `more`: variables before its own. */
  worker(more?: { [variable: string]: string }): Promise<WorkerProcess>
  /** Starts one, whatever becomes of it. */
  spawnWorker(more?: { [variable: string]: string }): WorkerProcess
  /** Starts a run of the zaken and what they need. Returns its workflow id. */
  start(input?: Partial<SyncInput>): Promise<string>
  /** Waits until the run of a workflow has ended by itself. */
  ended(workflowId: string, withinMs?: number): Promise<RunSummary>
  run(input?: Partial<SyncInput>): Promise<RunSummary>
  /** Asks for a cancel, as `gemaal runs cancel` does. One that has ended stays as it is. */
  cancel(workflowId: string): Promise<void>
  /** Waits until the workflow is closed. Returns how, by Temporal: `COMPLETED`, `CANCELLED`, … */
  closed(workflowId: string): Promise<string>
  /** Waits for a condition in the warehouse, which may be down now and then. */
  untilRows(sql: string, what: string, values?: unknown[]): Promise<void>
  /** What must hold whatever was killed: datasets as an undisturbed reading makes them, closed balances, nothing left behind. */
  expectRight(): Promise<void>
  /** Stops all, and checks that no process stays. */
  close(): Promise<void>
}

export const taskQueue = 'gemaal'
const streams = ['zaaktypen', 'zaken']

/** @param files changes to the sample project */
export async function openMachine(options: ZgwOptions = {}, files: Files = {}): Promise<Machine> {
  const folder = await openFolder()
  const log = () => {}
  // The processes are killed, not the machine: what the system was given it writes.
  const postgres = await startPostgres({ folder: folder.path, log, binaries: testBinaries, settings: { fsync: 'off' } })
  const temporal = await startTemporal({ folder: folder.path, log, environment: process.env, headless: true })
  const waterdam = await openWaterdam(options, files, { url: postgres.url, close: async () => {} })
  const { db } = waterdam.warehouse
  const workers: WorkerProcess[] = []
  const pids = new Set<number>()
  const noteServers = () => {
    for (const pid of [postgres.pid, temporal.pid]) if (pid !== undefined) pids.add(pid)
  }
  const machine: Machine = {
    waterdam,
    postgres,
    temporal,
    async withClient(work) {
      const connection = await Connection.connect({ address: temporal.address })
      try {
        return await work(new Client({ connection, namespace: temporal.namespace }))
      } finally {
        await connection.close()
      }
    },
    spawnWorker(more = {}) {
      noteServers()
      const worker = spawnWorker({
        ...waterdam.environment,
        DATABASE_URL: postgres.url,
        TEMPORAL_ADDRESS: temporal.address,
        GEMAAL_TASK_QUEUE: taskQueue,
        GEMAAL_DATA: folder.path,
        ...more,
      })
      workers.push(worker)
      pids.add(worker.pid)
      return worker
    },
    async worker(more) {
      const worker = machine.spawnWorker(more)
      await worker.says('takes work from task queue')
      return worker
    },
    start: (input = {}) =>
      machine.withClient((client) =>
        startSync(client, taskQueue, {
          source: 'open-zaak',
          sync: 'daily',
          streams,
          reading: 'full',
          trigger: 'manual',
          askedBy: 'test',
          ...input,
        }),
      ),
    async ended(workflowId, withinMs = 120_000) {
      let run: RunSummary | undefined
      await until(
        async () => {
          run = await findRun(db, { workflowId }).catch(() => undefined)
          return run?.ended_at != null
        },
        `the run ${workflowId} ends`,
        withinMs,
      )
      return run!
    },
    async run(input) {
      return machine.ended(await machine.start(input))
    },
    async cancel(workflowId) {
      await machine
        .withClient((client) => client.workflow.getHandle(workflowId).cancel())
        .catch((error) => {
          if (!(error instanceof WorkflowNotFoundError)) throw error
        })
    },
    async closed(workflowId) {
      let status = 'RUNNING'
      await until(async () => {
        status = await machine
          .withClient(async (client) => (await client.workflow.getHandle(workflowId).describe()).status.name)
          .catch(() => 'RUNNING')
        return status !== 'RUNNING'
      }, `the workflow ${workflowId} closes`)
      return status
    },
    async untilRows(sql, what, values = []) {
      await until(async () => {
        const rows = await waterdam.rows(sql, values).catch(() => [])
        return rows.length > 0
      }, what)
    },
    async expectRight() {
      await expectAccountsClosed(waterdam)
      const reference = await openReference(postgres, waterdam)
      try {
        for (const table of tables)
          expect(differences(table, await contentOf(waterdam, table), await contentOf(reference, table))).toEqual([])
      } finally {
        await reference.close()
      }
    },
    async close() {
      noteServers()
      await Promise.all(workers.map((worker) => worker.kill()))
      await waterdam.close()
      await Promise.all([postgres.stop(), temporal.stop()])
      for (const pid of pids) if (await isAlive(pid)) throw new Error(`process ${pid} stays`)
      await folder.remove()
    },
  }
  return machine
}

/** Every balance closed, every run and stream ended, nothing in staging but what is held, no transaction left open. */
export async function expectAccountsClosed({ rows }: Pick<TestProject, 'rows'>): Promise<void> {
  expect(await rows(`select id, dataset, read from gemaal.dataset_runs where status = 'published' and balanced is not true`)).toEqual([])
  expect(await rows('select id, status from gemaal.runs where ended_at is null')).toEqual([])
  expect(await rows('select id, stream, status from gemaal.stream_runs where ended_at is null')).toEqual([])
  expect(await rows(`select id, dataset from gemaal.dataset_runs where status = 'staging'`)).toEqual([])
  expect(
    await rows(`select tablename from pg_tables where schemaname = 'staging' and not exists (
      select from gemaal.dataset_runs where status = 'held' and tablename ~ ('^d' || id || '(_|$)'))`),
  ).toEqual([])
  expect(await rows(`select state, query from pg_stat_activity where application_name = 'gemaal' and state ~ 'in transaction'`)).toEqual([])
}

/** The same project in a database of its own, read once without Temporal and without a kill. */
async function openReference(postgres: EmbeddedPostgres, { zgw, environment }: Waterdam): Promise<TestProject> {
  const name = 'reference'
  const client = new pg.Client({ connectionString: postgres.url })
  await client.connect()
  await client.query(`drop database if exists ${name} with (force)`)
  await client.query(`create database ${name} template template0`)
  await client.end()
  const url = new URL(postgres.url)
  url.pathname = `/${name}`
  const reference = await openSample(zgw, {}, { url: url.href, close: async () => {} }, environment)
  for (const stream of streams) await reference.read(`open-zaak/${stream}`)
  return reference
}

const tables = ['zaken.zaken', 'zaken.open_zaken', 'wmo.zaken', 'wmo.zaken_kenmerken', 'catalogi.zaaktypen', 'gemaal.quarantine']

/** The first few, so that a failure can be read. */
function differences(table: string, here: readonly string[], there: readonly string[]): string[] {
  const [has, wanted] = [new Set(here), new Set(there)]
  const missing = there.filter((row) => !has.has(row)).map((row) => `${table} lacks ${row}`)
  const strange = here.filter((row) => !wanted.has(row)).map((row) => `${table} has ${row}`)
  const doubled = here.length > has.size ? [`${table} has rows twice`] : []
  return [...doubled, ...missing.slice(0, 3), ...strange.slice(0, 3)]
}

/**
 * What stands in a table, without who read it when, and without what rules on references say: those are judged by what the source answers beside
 * the readings, which the reference does not ask.
 */
async function contentOf({ rows }: Pick<TestProject, 'rows'>, table: string): Promise<string[]> {
  const own = [`'_run_id'`, `'_read_at'`, `'_changed_at'`]
  const ofRuns = [
    `'id'`,
    `'connector'`,
    `'first_run_id'`,
    `'last_run_id'`,
    `'first_seen_at'`,
    `'last_seen_at'`,
    `'read_at'`,
    `'times_seen'`,
  ]
  const without = table === 'gemaal.quarantine' ? ofRuns : own
  const open = table === 'gemaal.quarantine' ? 'where closed_at is null' : ''
  const ofReading = `jsonb_build_object('_findings', array(select f from unnest(t._findings) f
    where f not in (select rule from gemaal.standing_rules where level = 'reference')))`
  const [has] = await rows(
    `select from information_schema.columns where table_schema || '.' || table_name = $1 and column_name = '_findings'`,
    [table],
  )
  const found = await rows<{ row: string }>(
    `select (to_jsonb(t) - array[${without.join(', ')}]${has ? ` || ${ofReading}` : ''})::text as row from ${table} t ${open} order by 1`,
  )
  return found.map(({ row }) => row)
}
