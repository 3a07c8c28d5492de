/** `gemaal worker` as a process of its own, which a test can freeze and kill. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { root } from '../../cli/embedded/build.mjs'
import { until } from './until.js'

export interface WorkerProcess {
  pid: number
  /** What it wrote so far. */
  output(): string
  signal(name: NodeJS.Signals): void
  /** `kill -9`. */
  kill(): Promise<void>
  /** SIGTERM, and waits until it has ended. */
  stop(): Promise<void>
}

/** Starts one, and waits until it takes work. */
export async function startWorkerProcess(environment: { [variable: string]: string }): Promise<WorkerProcess> {
  const { PATH = '', HOME = '' } = process.env
  const child: ChildProcess = spawn(process.execPath, [join(root, 'dist', 'cli', 'main.js'), 'worker'], {
    env: { PATH, HOME, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const gone = once(child, 'exit')
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (data) => {
      output += data
    })
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`the worker ended at once:\n${output}`)
    return output.includes('takes work from task queue')
  }, 'the worker takes work').catch((error: Error) => {
    child.kill('SIGKILL')
    throw new Error(`${error.message}; it wrote:\n${output}`)
  })
  const end = async (name: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(name)
    await gone
  }
  return {
    pid: child.pid!,
    output: () => output,
    signal: (name) => void child.kill(name),
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
  }
}
