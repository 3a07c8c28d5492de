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
  /** Waits until it wrote this. */
  says(text: string): Promise<void>
  /** SIGTERM, and waits until it has ended. Returns its exit code. */
  stop(): Promise<number | null>
  /** Waits until it has ended by itself. */
  ended(): Promise<number | null>
}

/** Starts one, and waits until it takes work. */
export async function startWorkerProcess(environment: { [variable: string]: string }): Promise<WorkerProcess> {
  const worker = spawnWorker(environment)
  await worker.says('takes work from task queue').catch(async (error) => {
    await worker.kill()
    throw error
  })
  return worker
}

/** Starts one, whatever becomes of it. */
export function spawnWorker(environment: { [variable: string]: string }): WorkerProcess {
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
  const ended = async () => {
    await gone
    return child.exitCode
  }
  const end = async (name: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(name)
    await until(async () => child.exitCode !== null || child.signalCode !== null, `the worker ends by ${name}`).catch((error: Error) => {
      child.kill('SIGKILL')
      throw new Error(`${error.message}; it said:\n${output}`)
    })
    return ended()
  }
  return {
    pid: child.pid!,
    output: () => output,
    async says(text) {
      await until(async () => {
        if (child.exitCode !== null) throw new Error(`the worker ended with code ${child.exitCode}`)
        return output.includes(text)
      }, `the worker says '${text}'`).catch((error: Error) => {
        throw new Error(`${error.message}; it said:\n${output}`)
      })
    },
    signal: (name) => void child.kill(name),
    kill: async () => void (await end('SIGKILL')),
    stop: () => end('SIGTERM'),
    ended,
  }
}
