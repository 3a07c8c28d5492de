/** Questions to a person at a terminal. A script is never asked. */
import { createInterface } from 'node:readline/promises'
import type { CommandContext } from './context.js'
import { Ended, exit } from './exit.js'

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
  // Ctrl-C and Ctrl-D leave a question without an answer.
  const left = new Promise<never>((_, reject) => terminal.once('close', () => reject(new Ended(exit.interrupted))))
  left.catch(() => {})
  try {
    for (;;) {
      const answer = (await Promise.race([terminal.question(`${question} `), left])).trim()
      const fault = judge(answer)
      if (fault === undefined) return answer
      process.stderr.write(`${fault}\n`)
    }
  } finally {
    terminal.close()
  }
}
