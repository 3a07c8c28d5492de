/** What a source tells us that changed, from the message to the run that reads it again. */
import type { Client } from '@temporalio/client'
import { type Environment, findCredential } from '../config/values.js'
import type { Notificatie } from '../connectors/connector.js'
import { currentDigest } from '../sql/config-versions.js'
import { noteNotified, noteWoken, unwokenSources, waitingNotified } from '../sql/notified.js'
import type { Callbacks } from './callbacks.js'
import { serveCallbacks } from './callbacks.js'
import type { LoadedProject, Workspace } from './workspace.js'

export interface NotifiedOptions {
  workspace: Workspace
  client: Client
  taskQueue: string
  environment: Environment
}

/** Field of the credentials: what the source sends as `Authorization` when it calls us. */
export const callbackCredential = 'callbackSecret'

/** Serves the callbacks of every source that asks for it in the project that is applied now. */
export function serveNotificaties(options: NotifiedOptions, port: number): Promise<Callbacks> {
  const { workspace, environment } = options
  return serveCallbacks({
    port,
    log: workspace.log,
    async secretOf(source) {
      const file = (await applied(workspace))?.project.sources.get(source)
      return file?.notificaties && findCredential(file, callbackCredential, environment).value?.reveal()
    },
    take: (source, notificatie) => take(options, source, notificatie),
  })
}

async function take(options: NotifiedOptions, source: string, notificatie: Notificatie): Promise<void> {
  const { workspace } = options
  const loaded = await applied(workspace)
  const planned = [...(loaded?.plan.streams.values() ?? [])].filter((s) => s.plan.source === source)
  const keys = planned[0]?.connector.notificaties?.keysOf(notificatie) ?? []
  const known = keys.filter(({ stream }) => planned.some((s) => s.plan.stream === stream && s.stream.byKey))
  if (known.length === 0) return
  await noteNotified(workspace.warehouse.db, source, known)
  // It is kept: should Temporal be away, it is told when it is back.
  await wake(options, source).catch((error) =>
    workspace.log.warn({ source, code: (error as Error).name }, 'Temporal did not take that something changed; it is told again'),
  )
}

/** Tells the workflow of a source that there is something to read again; starts it where none runs. */
async function wake({ workspace, client, taskQueue }: NotifiedOptions, source: string): Promise<void> {
  await client.workflow.signalWithStart('notified', {
    workflowId: `notified:${source}`,
    taskQueue,
    args: [{ source }],
    signal: 'toldAgain',
  })
  await noteWoken(workspace.warehouse.db, source)
}

/** Wakes what was kept while Temporal, or the worker that took it, was away. */
export async function wakeUnwoken(options: NotifiedOptions): Promise<void> {
  for (const source of await unwokenSources(options.workspace.warehouse.db)) await wake(options, source)
}

/** A run by key reads no more records than this; what is left is for the next. */
export const mostKeysAtOnce = 1000

/** Streams of a source with records to read again, parents before children. */
export async function notifiedStreams(workspace: Workspace, source: string): Promise<{ stream: string; more: boolean }[]> {
  const waiting = await waitingNotified(workspace.warehouse.db, source)
  const plan = (await applied(workspace))?.plan
  const streams = [...(plan?.streams.values() ?? [])].filter((s) => s.plan.source === source).map((s) => s.plan.stream)
  return streams.flatMap((stream) => (waiting.has(stream) ? [{ stream, more: waiting.get(stream)! > mostKeysAtOnce }] : []))
}

async function applied(workspace: Workspace): Promise<LoadedProject | undefined> {
  const digest = await currentDigest(workspace.warehouse.db)
  return digest === undefined ? undefined : workspace.load(digest)
}
