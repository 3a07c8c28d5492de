/**
 * The running worker: connects, registers, drains on SIGTERM. Start as many as the work needs; they share the work by Temporal and the
 * budgets by Postgres.
 */
import { randomUUID } from 'node:crypto'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker'
import type { Settings } from '../config/settings.js'
import type { Environment } from '../config/values.js'
import type { Warehouse } from '../sql/database.js'
import { noteLate } from '../sql/late.js'
import { sweepStaging } from '../sql/runs.js'
import { beatWorker, endWorker, ping, registerWorker } from '../sql/workers.js'
import { workflowBundle } from './bundle.js'
import { serveHealth } from './health.js'
import type { Logger } from './log.js'
import { sendNotices } from './notices.js'
import { temporalActivities } from './temporal-activities.js'
import { Workspace } from './workspace.js'

export interface WorkerOptions {
  warehouse: Warehouse
  temporal: { connection: Parameters<typeof NativeConnection.connect>[0]; namespace: string }
  settings: Settings
  /** Where credentials and keys are found. */
  environment: Environment
  /** Where the bundle, unless it was shipped, and compiled connectors of projects are kept. */
  cache?: string
  version: string
  /** On a developer's machine an approval that is missing is a warning. */
  dev: boolean
  log: Logger
}

export interface RunningWorker {
  id: string
  /** Settles when the worker has stopped; rejects when it broke. */
  stopped: Promise<void>
  /** Takes no more work, lets what runs reach a safe point, then stops. */
  shutdown(): void
}

/** Long enough for a batch to commit, well below the 30 seconds that orchestrators give. */
const graceTime = '20s'
const forceTime = '25s'
const beatMs = 10_000

/** Once a process, before any connection. */
export function installRuntime(log: Logger): void {
  Runtime.install({
    // Signals are ours: a worker inside `gemaal dev` stops with the servers around it.
    shutdownSignals: [],
    logger: new DefaultLogger('WARN', (entry) => {
      // Told by the step itself, with what and why.
      if (entry.message !== 'Activity failed') log[entry.level === 'ERROR' ? 'error' : 'warn']({ temporal: true }, entry.message)
    }),
    telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' }, forward: {} } },
  })
}

/** Starts a worker; it polls when this resolves. */
export async function startWorker(options: WorkerOptions): Promise<RunningWorker> {
  const { warehouse, settings, log, version } = options
  const { db } = warehouse
  const cache = options.cache ?? join(tmpdir(), 'gemaal')
  const { proxy } = settings
  const workspace = new Workspace({
    warehouse,
    environment: options.environment,
    proxy: { http: proxy.http?.reveal(), https: proxy.https?.reveal(), no: proxy.no },
    cache: join(cache, 'connectors'),
    version,
    log,
  })
  const connection = await NativeConnection.connect(options.temporal.connection)
  const worker = await Worker.create({
    connection,
    namespace: options.temporal.namespace,
    taskQueue: settings.taskQueue,
    workflowBundle: { codePath: await workflowBundle(cache) },
    activities: temporalActivities({ workspace, dev: options.dev }),
    maxConcurrentActivityTaskExecutions: settings.concurrency * 2,
    // The default looks at the heap alone; our workflows are small and short.
    maxCachedWorkflows: 100,
    // A cancel is answered within ten seconds: the server hears and answers at each beat.
    maxHeartbeatThrottleInterval: '2s',
    defaultHeartbeatThrottleInterval: '2s',
    shutdownGraceTime: graceTime,
    shutdownForceTime: forceTime,
  })
  const id = `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`
  await registerWorker(db, { id, version, taskQueue: settings.taskQueue })
  const beat = setInterval(() => void tend(options, id), beatMs)
  void sweepStaging(db).catch(() => {})
  const ready = async () => {
    if (worker.getState() !== 'RUNNING') return `the worker is ${worker.getState().toLowerCase()}`
    return ping(db).then(
      () => undefined,
      () => 'no connection to the warehouse',
    )
  }
  const health = settings.healthPort === undefined ? undefined : await serveHealth(settings.healthPort, ready)
  const stopped = worker.run().finally(async () => {
    clearInterval(beat)
    await health?.close()
    await workspace.close()
    await endWorker(db, id).catch(() => {})
    await connection.close()
  })
  return {
    id,
    stopped,
    shutdown: () => {
      if (worker.getState() === 'RUNNING') worker.shutdown()
    },
  }
}

/** Says that this worker lives, and does what any one of the workers has to do now and then. */
async function tend({ warehouse, settings, log }: WorkerOptions, id: string): Promise<void> {
  const { db } = warehouse
  try {
    await beatWorker(db, id)
    await noteLate(db)
    if (settings.webhook) await sendNotices(db, settings.webhook)
  } catch (error) {
    log.debug({ err: error }, 'the warehouse did not answer; it is asked again')
  }
}
