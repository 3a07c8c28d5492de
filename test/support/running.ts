/** The sample municipality with Temporal: workers in this process or in processes of their own, and runs that are followed to their end. */
import { Client, Connection } from '@temporalio/client'
import { startSync } from '../../cli/runs.js'
import { loadSettings, type Settings } from '../../config/settings.js'
import { findRun, type RunSummary } from '../../sql/run-views.js'
import { openLog } from '../../worker/log.js'
import { installRuntime, type RunningWorker, startWorker } from '../../worker/main.js'
import type { SyncInput } from '../../workflows/messages.js'
import { openFolder } from './folder.js'
import type { TestProject } from './project.js'
import { openNamespace, type TestNamespace } from './temporal.js'
import { until } from './until.js'
import { startWorkerProcess, type WorkerProcess } from './worker-process.js'

export { until } from './until.js'
export type { WorkerProcess } from './worker-process.js'

export interface Running extends TestNamespace {
  client: Client
  /** Starts a run by hand, as `gemaal run` does. Returns its workflow id. */
  start(input?: Partial<SyncInput>): Promise<string>
  /** Waits until the run of a workflow has ended. */
  ended(workflowId: string): Promise<RunSummary>
  /** Both. */
  run(input?: Partial<SyncInput>): Promise<RunSummary>
  /** A worker in this process. */
  worker(more?: Partial<Settings>): Promise<RunningWorker>
  /** `gemaal worker` as a process of its own, which a test can freeze and kill. */
  workerProcess(more?: { [variable: string]: string }): Promise<WorkerProcess>
  /** Stops the workers first. */
  close(): Promise<void>
}

let installed = false

/** @param waterdam the sample municipality, or any other project: its runs then name their source */
export async function openRunning(waterdam: Pick<TestProject, 'warehouse' | 'url' | 'environment'>): Promise<Running> {
  const space = await openNamespace()
  const folder = await openFolder()
  const connection = await Connection.connect({ address: space.address })
  const client = new Client({ connection, namespace: space.namespace })
  const { db } = waterdam.warehouse
  const closers: (() => Promise<void>)[] = []
  const log = openLog('silent')
  const running: Running = {
    ...space,
    client,
    start: (input = {}) =>
      startSync(client, space.taskQueue, { source: 'open-zaak', sync: 'test', trigger: 'manual', askedBy: 'test', ...input }),
    async ended(workflowId) {
      let run: RunSummary | undefined
      await until(async () => {
        run = await findRun(db, { workflowId }).catch(() => undefined) // a warehouse that is away comes back
        return run?.ended_at != null
      }, `the run ${workflowId} ends`)
      return run!
    },
    async run(input) {
      return running.ended(await running.start(input))
    },
    async worker(more = {}) {
      if (!installed) installRuntime(log)
      installed = true
      const worker = await startWorker({
        warehouse: waterdam.warehouse,
        temporal: { connection: { address: space.address }, namespace: space.namespace },
        settings: { ...loadSettings({}), taskQueue: space.taskQueue, ...more },
        environment: waterdam.environment,
        version: '0.0.0-test',
        dev: true,
        log,
      })
      closers.push(async () => {
        worker.shutdown()
        await worker.stopped
      })
      return worker
    },
    async workerProcess(more = {}) {
      const worker = await startWorkerProcess({
        ...waterdam.environment,
        DATABASE_URL: waterdam.url,
        TEMPORAL_ADDRESS: space.address,
        TEMPORAL_NAMESPACE: space.namespace,
        GEMAAL_TASK_QUEUE: space.taskQueue,
        GEMAAL_DATA: folder.path,
        ...more,
      })
      closers.push(worker.kill)
      return worker
    },
    async close() {
      await Promise.all(closers.splice(0).map((close) => close()))
      await connection.close()
      await folder.remove()
    },
  }
  return running
}
