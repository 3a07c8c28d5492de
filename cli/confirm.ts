/** Asks before what cannot be taken back. */
import { ask, mayAsk } from './ask.js'
import type { CommandContext } from './context.js'
import { UsageError } from './exit.js'

/**
 * Goes on with `--yes`, or when a person at the terminal says yes.
 *
 * @param what will be done, as a sentence
 * @throws UsageError when nobody said yes: nothing was done
 */
export async function confirm(context: CommandContext, what: string, yes: boolean | undefined): Promise<void> {
  if (yes) return
  context.out.say(what)
  if (!mayAsk(context)) throw new UsageError('Nothing was done. Give --yes to do it.')
  const answer = await ask('Do it? Type yes or no:', (text) => (/^(yes|y|no|n|)$/i.test(text) ? undefined : 'Type yes or no.'))
  if (!/^y/i.test(answer)) throw new UsageError('Nothing was done.')
}
