/** `gemaal migrate`: the control schema. Opening the warehouse brings it up to date. */
import type { CommandContext } from './context.js'

export async function run(context: CommandContext): Promise<undefined> {
  await context.warehouse({ make: true })
  context.out.say('The control schema is up to date.')
}
