/** `gemaal dev`: everything on this machine until Ctrl-C, with Temporal's own web UI. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { CommandContext } from './context.js'
import { startLocal } from './local.js'
import { untilSignal } from './signals.js'

export async function run(context: CommandContext): Promise<undefined> {
  const { out } = context
  const { temporal, worker } = await startLocal(context, true)
  const { url } = await import('./embedded/postgres.js').then(async (m) => m.findPostgres(context.postgresOptions()))
  out.say()
  out.say(`Postgres   ${url}`)
  out.say(`Temporal   ${temporal.address}, namespace ${temporal.namespace}`)
  if (temporal.uiUrl) out.say(`Web UI     ${temporal.uiUrl}`)
  out.say(`Worker     ${worker.id}`)
  out.say(`Data       ${context.folder}`)
  out.say()
  out.say(
    existsSync(join(process.cwd(), 'gemaal.yaml'))
      ? 'Next, in another terminal: gemaal apply, then gemaal run <source>'
      : 'Next, in another terminal: gemaal init <folder>, or gemaal apply in the folder of a project',
  )
  out.say('Ctrl-C stops everything; the data stays.')
  await Promise.race([untilSignal(), worker.stopped])
  out.say('Stopping.')
}
