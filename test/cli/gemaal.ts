/** The command against a project that is applied: as a process of its own, or its verbs in this one, which takes no second to start. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { CommandContext } from '../../cli/context.js'
import { root } from '../../cli/embedded/build.mjs'
import { exitCodeOf } from '../../cli/exit.js'
import { openOutput, tableText } from '../../cli/output.js'
import { loadSettings } from '../../config/settings.js'
import { applySchedules, schedulesOf } from '../../worker/schedules.js'
import type { TestProject } from '../support/project.js'
import type { Running } from '../support/running.js'

export interface Ended {
  code: number
  stdout: string
  stderr: string
}

type Verb<O> = (context: CommandContext, args: string[], options: O) => Promise<number | undefined>

export interface Gemaal {
  environment: { [variable: string]: string }
  /** `gemaal <words>` as a process. */
  run(...words: string[]): Promise<Ended>
  /** The same with `--json`, and what it wrote to stdout. Throws when that is no document. */
  json<T>(...words: string[]): Promise<T>
  /** A verb's function in this process. */
  verb<O>(verb: Verb<O>, args?: string[], options?: O): Promise<Ended>
  /** The same with `--json`. */
  read<T, O = object>(verb: Verb<O>, args?: string[], options?: O): Promise<T>
  /** Brings the schedules to the applied project, as `gemaal apply` does. */
  applySchedules(): Promise<void>
}

/** @param more variables of the command, over those of the project */
export function gemaalFor(project: TestProject, running: Running, more: { [variable: string]: string } = {}): Gemaal {
  const environment = {
    ...project.environment,
    DATABASE_URL: project.url,
    TEMPORAL_ADDRESS: running.address,
    TEMPORAL_NAMESPACE: running.namespace,
    GEMAAL_TASK_QUEUE: running.taskQueue,
    GEMAAL_LOG: 'silent',
    GEMAAL_USER: 'beheerder',
    CI: 'true',
    ...more,
  }
  const gemaal: Gemaal = {
    environment,
    run: (...words) => start(words, environment),
    async json(...words) {
      const ended = await gemaal.run('--json', ...words)
      return parsed(ended)
    },
    verb: (verb, args = [], options) => call(verb, args, options, environment, false),
    async read(verb, args = [], options) {
      return parsed(await call(verb, args, options, environment, true))
    },
    async applySchedules() {
      const { project: loaded, plan } = await project.workspace.load(project.digest)
      await applySchedules(running.client, schedulesOf(loaded, plan, running.taskQueue))
    },
  }
  return gemaal
}

function parsed<T>({ code, stdout, stderr }: Ended): T {
  try {
    return JSON.parse(stdout) as T
  } catch {
    throw new Error(`no document on stdout, exit code ${code}:\n${stdout}\n${stderr}`)
  }
}

async function start(words: readonly string[], environment: { [variable: string]: string }): Promise<Ended> {
  const { PATH = '', HOME = '' } = process.env
  const child = spawn(process.execPath, [join(root, 'dist', 'cli', 'main.js'), ...words], {
    env: { PATH, HOME, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const read = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text) => {
      read[name] += text
    })
  const [code] = await once(child, 'close')
  return { code: code as number, ...read }
}

async function call<O>(
  verb: Verb<O>,
  args: string[],
  options: O | undefined,
  environment: { [variable: string]: string },
  json: boolean,
): Promise<Ended> {
  const ended: Ended = { code: 0, stdout: '', stderr: '' }
  const out = {
    ...openOutput({ json, colour: false }),
    say: (text = '') => {
      ended.stderr += `${text}\n`
    },
    data: (value: unknown) => {
      ended.stdout += json ? `${JSON.stringify(value, null, 2)}\n` : `${value}\n`
    },
    table: (...[rows, columns]: Parameters<typeof tableText>) => {
      ended.stdout += json ? `${JSON.stringify(rows, null, 2)}\n` : tableText(rows, columns)
    },
  }
  const context = new CommandContext(out, {}, loadSettings(environment), environment)
  try {
    ended.code = (await verb(context, args, (options ?? {}) as O)) ?? 0
  } catch (error) {
    ended.code = exitCodeOf(error)
    ended.stderr += error instanceof Error ? error.message : String(error)
  } finally {
    await context.close()
  }
  return ended
}
