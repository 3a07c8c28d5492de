/** Everything on one machine: the warehouse, Temporal and a worker in this process. */
import type { Client } from '@temporalio/client'
import type { Warehouse } from '../sql/database.js'
import { installRuntime, type RunningWorker, startWorker } from '../worker/main.js'
import type { CommandContext } from './context.js'
import type { TemporalServer } from './embedded/temporal.js'
import { version } from './version.js'

export interface Local {
  warehouse: Warehouse
  client: Client
  temporal: TemporalServer
  worker: RunningWorker
}

/**
 * Starts what is missing. The worker drains when the context is closed.
 *
 * @param dev approvals that are missing are warnings
 */
export async function startLocal(context: CommandContext, dev: boolean): Promise<Local> {
  const warehouse = await context.warehouse({ make: true })
  const { client, server } = await context.temporal()
  const worker = await workerHere(context, warehouse, server, dev)
  return { warehouse, client, temporal: server, worker }
}

export async function workerHere(
  context: CommandContext,
  warehouse: Warehouse,
  server: TemporalServer,
  dev: boolean,
): Promise<RunningWorker> {
  installRuntime(context.log)
  const worker = await startWorker({
    warehouse,
    temporal: { connection: server.connectionOptions, namespace: server.namespace },
    settings: context.settings,
    environment: context.environment,
    cache: `${context.folder}/cache`,
    version,
    dev,
    log: context.log,
  })
  context.onClose(async () => {
    worker.shutdown()
    await worker.stopped
  })
  return worker
}
