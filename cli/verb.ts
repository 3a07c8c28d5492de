/** From a command that was typed to the verb that does it: options and arguments, the context around it, and the exit code. */
import type { Command } from 'commander'
import type { CommandContext, Options } from './context.js'
import { exit, exitCodeOf } from './exit.js'
import { openOutput } from './output.js'

/** Its options are those that are declared with the command; a verb says which of them it reads. */
type Verb = (context: CommandContext, args: string[], options: never) => Promise<number | undefined>

/** A verb's file in this folder exports `run`; one with several verbs of a noun is loaded by `as`. */
export function verb(load: () => Promise<{ run: Verb }>) {
  return async (...given: unknown[]) => {
    const command = given.at(-1) as Command
    const options = command.optsWithGlobals() as { [name: string]: unknown }
    const args = (given.slice(0, -2) as (string | string[] | undefined)[]).flat().filter((a): a is string => a !== undefined)
    process.exitCode = await perform(load, args, options)
  }
}

/** One of the verbs that a file exports under names of their own. */
export function as<Name extends string>(name: Name, load: () => Promise<{ [name in Name]: Verb }>) {
  return verb(async () => ({ run: (await load())[name] }))
}

async function perform(load: () => Promise<{ run: Verb }>, args: string[], options: { [name: string]: unknown }): Promise<number> {
  const out = openOutput({ json: options.json === true, colour: false })
  let context: CommandContext | undefined
  try {
    const { CommandContext } = await import('./context.js')
    context = new CommandContext(out, options as Options)
    const { run } = await load()
    return (await run(context, args, options as never)) ?? exit.good
  } catch (error) {
    const code = exitCodeOf(error)
    const text = error instanceof Error ? (options.verbose ? (error.stack ?? error.message) : error.message) : String(error)
    if (text) out.say(text)
    return code
  } finally {
    await context?.close()
  }
}
