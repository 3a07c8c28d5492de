/** The command as its own help tells it. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { root } from '../../cli/embedded/build.mjs'

const run = promisify(execFile)

export interface Verb {
  /** `runs show`; empty for the command itself. */
  name: string
  /** Each with its dashes. */
  options: Set<string>
  verbs: Map<string, Verb>
}

/** Asks for the help of every verb, those below others too. */
export async function readHelp(above: readonly string[] = []): Promise<Verb> {
  const { stdout } = await run(process.execPath, [join(root, 'dist', 'cli', 'main.js'), ...above, '--help'])
  const [, usage = '', options = '', commands = ''] =
    /^(Usage:[\s\S]*?)(?:\nOptions:\n([\s\S]*?))?(?:\nCommands:\n([\s\S]*))?$/.exec(stdout) ?? []
  if (usage === '') throw new Error(`no usage in the help of gemaal ${above.join(' ')}`)
  const names = [...commands.matchAll(/^ {2}([a-z][a-z-]*)/gm)].map(([, name]) => name!).filter((name) => name !== 'help')
  const below = await Promise.all(names.map((name) => readHelp([...above, name])))
  return {
    name: above.join(' '),
    options: new Set(
      [...options.matchAll(/^ {2}(-\w)?(?:, )?(--[a-z-]+)?/gm)].flatMap(([, short, long]) => [short, long].filter((o) => o !== undefined)),
    ),
    verbs: new Map(below.map((verb) => [verb.name.split(' ').at(-1)!, verb])),
  }
}

/**
 * What is wrong with `gemaal …` as somebody may type it; undefined when nothing is.
 *
 * @param words after `gemaal`
 */
export function faultOf(help: Verb, words: readonly string[]): string | undefined {
  let verb = help
  const allowed = new Set(help.options)
  const rest = [...words]
  while (rest.length > 0 && !rest[0]!.startsWith('-') && verb.verbs.size > 0) {
    const next = verb.verbs.get(rest[0]!)
    if (!next) return `there is no verb '${[verb.name, rest[0]].filter(Boolean).join(' ')}'`
    verb = next
    for (const option of verb.options) allowed.add(option)
    rest.shift()
  }
  const unknown = rest
    .filter((word) => /^--?[a-zA-Z]/.test(word))
    .map((word) => word.split('=')[0]!)
    .find((word) => !allowed.has(word))
  return unknown === undefined ? undefined : `'gemaal ${verb.name}' has no option ${unknown}`
}
