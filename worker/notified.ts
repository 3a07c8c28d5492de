/** What a source tells us that changed, from the message to the run that reads it again. */
import type { Client } from '@temporalio/client'
import type { SourceFile } from '../config/source.js'
import { type Environment, findCredential } from '../config/values.js'
import type { Notificatie } from '../connectors/connector.js'
import { currentDigest } from '../sql/config-versions.js'
import { noteNotified, noteWoken, unwokenSources, waitingNotified } from '../sql/notified.js'
import { serveCallbacks } from './callbacks.js'
import { streamsOfSource } from './planning/plan.js'
import type { Serving } from './serving.js'
import { streamSettingsOf } from './source-client.js'
import type { LoadedProject, Workspace } from './workspace.js'

export interface NotifiedOptions {
  workspace: Workspace
  client: Client
  taskQueue: string
  environment: Environment
}

/** Field of the credentials: what the source sends as `Authorization` when it calls us. */
export const callbackCredential = 'callbackSecret'

/** Each signal is an event in a history, and a batch of messages needs one. */
const batchMs = 300

/** Serves the callbacks of every source that asks for it in the project that is applied now. */
export function serveNotificaties(options: NotifiedOptions, port: number): Promise<Serving> {
  const { workspace, environment } = options
  const waking = new Set<string>()
  const wakeSoon = (source: string): void => {
    if (waking.has(source)) return
    waking.add(source)
    setTimeout(() => {
      waking.delete(source)
      // What was told is kept: should Temporal be away, it is told when it is back.
      wake(options, source).catch((error) =>
        workspace.log.warn({ source, code: (error as Error).name }, 'Temporal did not take that something changed; it is told again'),
      )
    }, batchMs).unref()
  }
  return serveCallbacks({
    port,
    log: workspace.log,
    async receiverOf(source) {
      const loaded = await applied(workspace)
      const file = loaded?.project.sources.get(source)
      const secret = file?.notificaties && findCredential(file, callbackCredential, environment).value?.reveal()
      if (!loaded || !file || secret === undefined) return undefined
      return {
        secret,
        async take(notificatie) {
          if (await note(workspace, loaded, file, notificatie)) wakeSoon(source)
        },
      }
    },
  })
}

/** @returns whether there is anything to read again */
async function note(workspace: Workspace, { project, plan }: LoadedProject, file: SourceFile, notificatie: Notificatie): Promise<boolean> {
  const planned = streamsOfSource(plan, file.name)
  const connector = planned[0]?.connector
  if (!connector?.notificaties) return false
  const keys = connector.notificaties.keysOf(notificatie, streamSettingsOf(file, connector, project))
  const known = keys.filter(({ stream }) => planned.some((s) => s.plan.stream === stream && s.stream.byKey))
  await noteNotified(workspace.warehouse.db, file.name, known)
  return known.length > 0
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
  const loaded = await applied(workspace)
  const streams = loaded ? streamsOfSource(loaded.plan, source).map((s) => s.plan.stream) : []
  return streams.flatMap((stream) => (waiting.has(stream) ? [{ stream, more: waiting.get(stream)! > mostKeysAtOnce }] : []))
}

async function applied(workspace: Workspace): Promise<LoadedProject | undefined> {
  const digest = await currentDigest(workspace.warehouse.db)
  return digest === undefined ? undefined : workspace.load(digest)
}
