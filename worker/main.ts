/**
 * The running worker: connects, registers, drains on SIGTERM. Start as many as the work needs; they share the work by Temporal and the
 * budgets by Postgres.
 */
import { randomUUID } from 'node:crypto'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Client } from '@temporalio/client'
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker'
import type { Settings } from '../config/settings.js'
import type { Environment } from '../config/values.js'
import type { Warehouse } from '../sql/database.js'
import { noteLate } from '../sql/late.js'
import { sweepStaging } from '../sql/sweep.js'
import { beatWorker, endWorker, ping } from '../sql/workers.js'
import { workflowBundle } from './bundle.js'
import type { Logger } from './log.js'
import { endLostRuns } from './lost-runs.js'
import { sendNotices } from './notices.js'
import { serveNotificaties, wakeUnwoken } from './notified.js'
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
  /** On which it takes notificaties; undefined: it takes none. */
  callbackPort: number | undefined
  /** Settles when the worker has stopped; rejects when it broke. */
  stopped: Promise<void>
  /** Says in words what it needs to do its work, for orchestrators; undefined: it is ready. */
  missing(): Promise<string | undefined>
  /** Takes no more work, lets what runs reach a safe point, then stops. */
  shutdown(): void
}

/** Long enough for a batch to commit, well below the 30 seconds that orchestrators give. */
const graceTime = '20s'
const forceTime = '25s'
const beatMs = 10_000
const awayAgainMs = 60_000

let installed = false

/** Once a process, before any connection; again does nothing. */
export function installRuntime(log: Logger): void {
  if (installed) return
  installed = true
  let saidAway = 0
  // Each of the pollers tells of it every ten seconds.
  const sayAway = () => {
    if (Date.now() - saidAway < awayAgainMs) return
    saidAway = Date.now()
    log.warn({ temporal: true }, 'Temporal does not answer; it is asked again until it does')
  }
  Runtime.install({
    // Signals are ours: a worker inside `gemaal dev` stops with the servers around it.
    shutdownSignals: [],
    logger: new DefaultLogger('WARN', ({ level, message }) => {
      if (message === 'Activity failed') return // told by the step itself, with what and why
      if (/^gRPC call \w+ retried \d+ times/.test(message)) sayAway()
      else log[level === 'ERROR' ? 'error' : 'warn']({ temporal: true }, message)
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
  const id = `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`
  const bundle = await workflowBundle(cache)
  const connection = await NativeConnection.connect(options.temporal.connection)
  const client = new Client({ connection, namespace: options.temporal.namespace })
  const worker = await Worker.create({
    connection,
    namespace: options.temporal.namespace,
    taskQueue: settings.taskQueue,
    workflowBundle: { codePath: bundle },
    activities: temporalActivities({ workspace, client, dev: options.dev }),
    maxConcurrentActivityTaskExecutions: settings.concurrency * 2,
    // The default looks at the heap alone; our workflows are small and short.
    maxCachedWorkflows: 100,
    // A cancel is answered within ten seconds: the server hears and answers at each beat.
    maxHeartbeatThrottleInterval: '2s',
    defaultHeartbeatThrottleInterval: '2s',
    shutdownGraceTime: graceTime,
    shutdownForceTime: forceTime,
  })
  const registered = { id, version, taskQueue: settings.taskQueue }
  const notified = { workspace, client, taskQueue: settings.taskQueue, environment: options.environment }
  const callbacks = settings.callbackPort === undefined ? undefined : await serveNotificaties(notified, settings.callbackPort)
  const rounds = [everyBeat(() => sayAlive(options, registered)), everyBeat(() => tend(options, client, () => wakeUnwoken(notified)))]
  void sweepStaging(db).catch(() => {})
  const stopped = worker.run().finally(async () => {
    await Promise.all([callbacks?.close(), ...rounds.map((each) => each.stop())])
    await workspace.close()
    await endWorker(db, id).catch(() => {})
    await connection.close()
  })
  return {
    id,
    callbackPort: callbacks?.port,
    stopped,
    missing: async () => {
      if (worker.getState() !== 'RUNNING') return `the worker is ${worker.getState().toLowerCase()}`
      return ping(db).then(
        () => undefined,
        () => 'no connection to the warehouse',
      )
    },
    shutdown: () => {
      if (worker.getState() === 'RUNNING') worker.shutdown()
    },
  }
}

/** Does something now and then, one at a time, until it is stopped. */
function everyBeat(work: () => Promise<void>): { stop(): Promise<void> } {
  const stop = new AbortController()
  const rounds = (async () => {
    while (!stop.signal.aborted) {
      await work()
      await wait(beatMs, undefined, { signal: stop.signal }).catch(() => {})
    }
  })()
  return {
    stop: () => {
      stop.abort()
      return rounds
    },
  }
}

async function sayAlive({ warehouse, log }: WorkerOptions, worker: { id: string; version: string; taskQueue: string }): Promise<void> {
  await beatWorker(warehouse.db, worker).catch((error) => log.debug({ err: error }, 'the warehouse did not answer; it is asked again'))
}

/** What any one of the workers has to do now and then. */
async function tend({ warehouse, settings, log }: WorkerOptions, client: Client, wake: () => Promise<void>): Promise<void> {
  const { db } = warehouse
  const tasks: { [doing: string]: () => Promise<unknown> } = {
    'looking for runs whose workflow is gone': async () => {
      for (const run of await endLostRuns(db, client)) log.warn({ run }, `run ${run} ended: its workflow is gone from Temporal`)
    },
    'telling of what changed': wake,
    'looking for datasets that are late': () => noteLate(db),
    'sending notices': async () => settings.webhook && sendNotices(db, settings.webhook),
  }
  for (const [doing, task] of Object.entries(tasks))
    await task().catch((error) => log.debug({ err: error }, `${doing} did not go; it is tried again`))
}
