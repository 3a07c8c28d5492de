/**
 * A server that runs as a child of this process: out of reach of Ctrl-C in the terminal, its output in a file, and never left behind.
 *
 * The last is the work of a watchdog, a `sh` that waits on a pipe which only this process holds open. However this process ends, `kill -9`
 * included, the system closes the pipe, and the watchdog stops the server.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, renameSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { signal } from './processes.js'

export interface ServerCommand {
  /** Name for messages: `Postgres`. */
  name: string
  command: string
  args: readonly string[]
  /** The whole environment of the server. Ours is not passed on: it holds secrets. */
  environment: NodeJS.ProcessEnv
  /** User to run as, when this process is root and the server should not be. */
  user?: { uid: number; gid: number } | undefined
  logFile: string
  /** Asks it to stop in good order. */
  stopSignal: NodeJS.Signals
  /** Ends it when it did not stop within `graceMs`. */
  endSignal: NodeJS.Signals
  graceMs: number
}

/** A log of this size is set aside as `<log>.1` at the next start, so that logs never grow without end. */
const logBytes = 5 * 1024 * 1024

// $1 pid, $2 signal to stop, $3 signal to end, $4 seconds between. A line on the pipe says that the server ended by itself.
const watchdog = `
read -r ended && exit 0
kill -s "$2" "$1" 2>/dev/null || exit 0
waited=0
while [ "$waited" -lt "$4" ]; do
  sleep 1
  kill -0 "$1" 2>/dev/null || exit 0
  waited=$((waited + 1))
done
kill -s "$3" "$1"`

export class ServerProcess {
  readonly pid: number
  /** How it ended, in words, once it has: `exit code 1`, `SIGKILL`. */
  readonly ended: Promise<string>
  private readonly command: ServerCommand
  private readonly child: ChildProcess
  private over: string | undefined

  private constructor(command: ServerCommand, child: ChildProcess, pid: number, watcher: ChildProcess) {
    this.command = command
    this.child = child
    this.pid = pid
    this.ended = new Promise((resolve) => {
      child.once('exit', (code, by) => {
        this.over = by ?? `exit code ${code}`
        watcher.stdin?.end('ended\n')
        resolve(this.over)
      })
    })
  }

  /** @returns when the process exists; whether the server in it answers is for the caller to find out */
  static async start(command: ServerCommand): Promise<ServerProcess> {
    if (process.platform === 'win32') {
      throw new Error(
        `${command.name} is started by Gemaal on Linux and macOS only. On Windows use WSL, or set DATABASE_URL and TEMPORAL_ADDRESS.`,
      )
    }
    setLargeLogAside(command.logFile)
    const log = openSync(command.logFile, 'a', 0o600)
    const child = spawn(command.command, command.args, {
      cwd: '/',
      env: command.environment,
      stdio: ['ignore', log, log],
      detached: true, // a session of its own: Ctrl-C reaches us, and we decide when the server stops
      ...command.user,
    })
    closeSync(log)
    const failed = new Promise<Error>((resolve) => child.once('error', resolve))
    if (child.pid === undefined) throw notStarted(command, await failed)
    const seconds = String(Math.ceil(command.graceMs / 1000))
    const signals = [command.stopSignal, command.endSignal].map((name) => name.slice('SIG'.length))
    const watcher = spawn('/bin/sh', ['-c', watchdog, 'gemaal-watchdog', String(child.pid), ...signals, seconds], {
      cwd: '/',
      env: { PATH: '/usr/bin:/bin' },
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    })
    if (watcher.pid === undefined) {
      signal(child.pid, 'SIGKILL')
      throw new Error(`${command.name} was not started: /bin/sh, which guards it, could not run.`)
    }
    watcher.stdin?.on('error', () => {}) // the watchdog may be gone first
    const server = new ServerProcess(command, child, child.pid, watcher)
    // Neither holds this process up: a program that forgets stop() still ends, and the watchdog does the rest.
    for (const one of [child, watcher]) one.unref()
    ;(watcher.stdin as unknown as { unref?: () => void } | null)?.unref?.()
    return server
  }

  /** How it ended, or undefined while it runs. */
  get end(): string | undefined {
    return this.over
  }

  /** Stops it in good order; by force after the grace. Safe to call twice. */
  async stop(): Promise<void> {
    if (this.over) return
    this.child.ref()
    signal(this.pid, this.command.stopSignal)
    const grace = new AbortController()
    const late = sleep(this.command.graceMs, 'late', { signal: grace.signal }).catch(() => 'in time')
    if ((await Promise.race([this.ended, late])) === 'late') signal(this.pid, this.command.endSignal)
    await this.ended
    grace.abort()
  }

  /** `kill -9`, of this one process. */
  kill(): void {
    signal(this.pid, 'SIGKILL')
  }

  /** Waits for its end; for a process that was sent a signal by other means. */
  async waitForEnd(): Promise<void> {
    this.child.ref()
    await this.ended
  }
}

/** The last lines of a log, for a message. */
export async function lastLines(logFile: string, count = 8): Promise<string> {
  const file = await open(logFile).catch(() => undefined)
  if (!file) return ''
  try {
    const { size } = await file.stat()
    const length = Math.min(size, 8192)
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(length), length, position: size - length })
    return buffer.toString('utf8', 0, bytesRead).trim().split('\n').slice(-count).join('\n')
  } finally {
    await file.close()
  }
}

function setLargeLogAside(logFile: string): void {
  const size = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0
  if (size > logBytes) renameSync(logFile, `${logFile}.1`)
}

function notStarted(command: ServerCommand, cause: Error): Error {
  return new Error(`${command.name} was not started: ${command.command} could not run (${(cause as NodeJS.ErrnoException).code}).`, {
    cause,
  })
}
