/** `gemaal worker`: one worker, until SIGTERM or Ctrl-C. It may be started before Postgres and Temporal are up. */
import { serveHealth } from '../worker/health.js'
import type { CommandContext } from './context.js'
import { workerHere } from './local.js'
import { patiently } from './patience.js'
import { untilSignal } from './signals.js'

export async function run(context: CommandContext): Promise<undefined> {
  const { out, settings } = context
  const stop = new AbortController()
  const stopped = untilSignal().then(() => stop.abort())
  let missing = async (): Promise<string | undefined> => 'waiting for the warehouse and Temporal'
  if (settings.healthPort !== undefined) {
    const health = await serveHealth(settings.healthPort, () => missing())
    context.onClose(() => health.close())
  }
  const worker = await patiently(
    async () => {
      const warehouse = await context.warehouse({ make: true })
      const { server } = await context.temporal()
      return workerHere(context, warehouse, server, false)
    },
    (line) => out.say(line),
    stop.signal,
  )
  if (!worker) return
  missing = worker.missing
  out.say(`Worker ${worker.id} takes work from task queue '${settings.taskQueue}'.`)
  if (worker.callbackPort !== undefined) out.say(`It takes notificaties on port ${worker.callbackPort}, at /notificaties/<source>.`)
  await Promise.race([stopped, worker.stopped])
  out.say('Draining: what runs reaches a safe point first.')
}
