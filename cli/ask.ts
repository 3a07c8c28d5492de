/** Questions to a person at a terminal. A script is never asked. */
import { createInterface } from 'node:readline/promises'
import type { CommandContext } from './context.js'

/** Whether someone is there to answer. */
export function mayAsk({ settings }: Pick<CommandContext, 'settings'>): boolean {
  return Boolean(process.stdin.isTTY && process.stderr.isTTY) && !settings.ci
}

/**
 * Asks until the answer is taken. The questions are on stderr: stdout is for data.
 *
 * @param judge says what is wrong with an answer; undefined: it is taken
 */
export async function ask(question: string, judge: (answer: string) => string | undefined): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    for (;;) {
      const answer = (await terminal.question(`${question} `)).trim()
      const fault = judge(answer)
      if (fault === undefined) return answer
      process.stderr.write(`${fault}\n`)
    }
  } finally {
    terminal.close()
  }
}
