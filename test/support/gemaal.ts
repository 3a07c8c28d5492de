/** The command `gemaal` as a person or a script runs it: a process of its own, with only the variables that a test gives it. */
import { spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CommandContext } from '../../cli/context.js'
import { type Output, tableText } from '../../cli/output.js'
import { loadSettings } from '../../config/settings.js'

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

/** No command of a test takes so long, whatever else the machine does. */
const hangsMs = 50_000

export interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

export interface GemaalOptions {
  /** Folder that it is run in. */
  cwd: string
  /** Variables beside PATH and HOME. */
  env?: { readonly [name: string]: string | undefined } | undefined
  /** What is typed at it; without, its stdin is empty. */
  input?: string
  /** Presses Ctrl-C when this resolves. */
  interrupt?: Promise<unknown>
}

/** Runs it to its end. No variable of this process comes through but PATH and HOME. */
export function gemaal(args: readonly string[], { cwd, env = {}, input = '', interrupt }: GemaalOptions): Promise<Ended> {
  const child = spawn(process.execPath, [main, ...args], {
    cwd,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, CI: 'true', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const texts = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) child[name].setEncoding('utf8').on('data', (text: string) => (texts[name] += text))
  child.stdin.end(input)
  void interrupt?.then(() => child.kill('SIGINT'))
  // Told with what it said until then, which a test that merely runs out of time would not show.
  const hung = setTimeout(() => child.kill('SIGKILL'), hangsMs)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      clearTimeout(hung)
      if (signal === null) resolve({ code, ...texts })
      else reject(new Error(`gemaal ${args.join(' ')} ended by ${signal}; it said:\n${texts.stderr}${texts.stdout}`))
    })
  })
}

/** A command in this process, for long tables of cases: what it says is kept, what it throws is thrown. */
export function commandIn(project: string | undefined, env: { readonly [name: string]: string } = {}, json = false): CommandHere {
  const texts = { stdout: '', stderr: '' }
  const out: Output = {
    json,
    colour: false,
    data: (value) => {
      texts.stdout += json ? `${JSON.stringify(value, null, 2)}\n` : `${String(value)}\n`
    },
    say: (text = '') => {
      texts.stderr += `${text}\n`
    },
    table: (rows, columns) => {
      texts.stdout += json ? `${JSON.stringify(rows, null, 2)}\n` : tableText(rows, columns)
    },
  }
  // No folder of servers that a person left in this checkout is looked at.
  const settings = loadSettings({ GEMAAL_DATA: join(tmpdir(), 'gemaal-test-without-servers'), ...env })
  return { context: new CommandContext(out, { project }, settings, env), texts }
}

export interface CommandHere {
  context: CommandContext
  texts: { stdout: string; stderr: string }
}
