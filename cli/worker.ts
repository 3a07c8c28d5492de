/** `gemaal worker`: one worker, until SIGTERM or Ctrl-C. */
import type { CommandContext } from './context.js'
import { workerHere } from './local.js'
import { untilSignal } from './signals.js'

export async function run(context: CommandContext): Promise<undefined> {
  const warehouse = await context.warehouse()
  const { server } = await context.temporal()
  const worker = await workerHere(context, warehouse, server, false)
  context.out.say(`Worker ${worker.id} takes work from task queue '${context.settings.taskQueue}'.`)
  await Promise.race([untilSignal(), worker.stopped])
  context.out.say('Draining: what runs reaches a safe point first.')
}
