/** A Temporal dev server of our own on this machine, with its database in a folder of its own. */

import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Connection } from '@temporalio/client'
import { alone, findRunning, freePort, type Running, readRunning, writeRunning } from './folder-state.js'
import { isAlive, runsWith } from './processes.js'
import { lastLines, ServerProcess } from './server-process.js'
import { type Environment, ensureTemporalBinary } from './temporal-binary.js'

export interface TemporalServerOptions {
  /** Folder of Gemaal on this machine, `.gemaal`; the database is kept in `temporal/` under it. */
  folder: string
  /** Takes one line for people about what is happening. */
  log: (line: string) => void
  /** Where the program is looked for; see `ensureTemporalBinary`. */
  environment: Environment
  /** Without the web UI. */
  headless?: boolean | undefined
  /** Made when it is not there. Left out: `default`. */
  namespace?: string | undefined
}

/** What our workflows can be searched by. Keywords: a SQL store has room for ten in a namespace. */
export const searchAttributes = ['GemaalSource', 'GemaalSync', 'GemaalOutcome'] as const

const stopGraceMs = 10_000
const readyWithinMs = 60_000

/**
 * Starts the dev server on the database in the folder and waits until it answers. A server that another living process runs there is shared
 * with it; one whose process was killed is stopped first. Ports stay the same from start to start where they are free.
 *
 * @throws when there is no program or it does not start; the message says why and what a person can do
 */
export async function startTemporal(options: TemporalServerOptions): Promise<TemporalDevServer> {
  // The file's path is what a server of this folder is known by, whatever folder a command is given in.
  const home = resolve(options.folder, 'temporal')
  await mkdir(home, { recursive: true, mode: 0o700 }) // for our eyes only; the server's files are open to others
  return alone(home, async () => {
    const running = await shareRunning(home, options)
    const server = new TemporalDevServer(home, options, running)
    if (!running) await server.launch()
    return server
  })
}

/** The dev server that another living process runs in the folder and that answers; none is started, and none is stopped. */
export async function runningTemporal(options: TemporalServerOptions): Promise<TemporalDevServer | undefined> {
  const home = resolve(options.folder, 'temporal')
  const running = await readRunning(home)
  if (!running || !(await runsWith(running.pid, databaseIn(home))) || !(await isAlive(running.startedBy))) return undefined
  const failure = await failureOf(answers(addressOf(running.ports), options.namespace ?? 'default'))
  return failure ? undefined : new TemporalDevServer(home, options, running)
}

/** Waits for a server that another process may be stopping right now. */
async function shareRunning(home: string, options: TemporalServerOptions): Promise<Running | undefined> {
  const deadline = Date.now() + readyWithinMs
  for (;;) {
    const running = await findRunning(home, databaseIn(home), { signal: 'SIGTERM', graceMs: stopGraceMs })
    if (!running) return undefined
    const failure = await failureOf(answers(addressOf(running.ports), options.namespace ?? 'default'))
    if (!failure) return running
    if (Date.now() > deadline) {
      throw new Error(
        `Temporal in ${home} is run by process ${running.startedBy} and does not answer. Stop that process, then start again.`,
        { cause: failure },
      )
    }
    await sleep(100)
  }
}

export class TemporalDevServer {
  readonly kind = 'embedded'
  readonly namespace: string
  /** Another process runs it and will stop it. */
  readonly shared: boolean
  private readonly home: string
  private readonly options: TemporalServerOptions
  private ports: { [name: string]: number }
  private readonly sharedPid: number | undefined
  private server: ServerProcess | undefined

  constructor(home: string, options: TemporalServerOptions, running: Running | undefined) {
    this.home = home
    this.options = options
    this.namespace = options.namespace ?? 'default'
    this.shared = running !== undefined
    this.sharedPid = running?.pid
    this.ports = running?.ports ?? {}
  }

  get address(): string {
    return addressOf(this.ports)
  }

  /** For `Connection` and for `NativeConnection`. */
  get connectionOptions(): { address: string } {
    return { address: this.address }
  }

  /** The web UI, unless headless. */
  get uiUrl(): string | undefined {
    return this.ports.ui ? `http://127.0.0.1:${this.ports.ui}` : undefined
  }

  /** Pid of the server while it runs. */
  get pid(): number | undefined {
    if (this.sharedPid) return this.sharedPid
    return this.server && this.server.end === undefined ? this.server.pid : undefined
  }

  get logFile(): string {
    return join(this.home, 'temporal.log')
  }

  /** The database; deleting it while the server is stopped makes Temporal forget everything. */
  get databaseFile(): string {
    return databaseIn(this.home)
  }

  /** Resolves when the server that runs now has ended, with how. Never for a shared one. */
  get ended(): Promise<string> {
    return this.server?.ended ?? new Promise(() => {})
  }

  /** Stops it; a shared one is left to its owner. Safe to call twice. */
  async stop(): Promise<void> {
    await this.server?.stop()
  }

  /** `kill -9`. For tests. */
  async kill(): Promise<void> {
    if (!this.server) throw this.notOurs()
    this.server.kill()
    await this.server.waitForEnd()
  }

  /** Starts it again after stop() or kill(), on the same database and ports. Does nothing while it runs. */
  async start(): Promise<void> {
    if (this.pid !== undefined) return
    if (!this.server) throw this.notOurs()
    await alone(this.home, () => this.launch())
  }

  /** Part of startTemporal and start: runs the server and waits until it answers. The caller holds the lock of the folder. */
  async launch(): Promise<void> {
    const program = await ensureTemporalBinary(this.options)
    const again = this.ports.grpc !== undefined
    const wanted = (await readRunning(this.home))?.ports ?? {}
    for (let attempt = 1; ; attempt++) {
      if (!again) {
        const before = attempt === 1 ? wanted : {}
        this.ports = { grpc: await freePort(before.grpc), ...(!this.options.headless && { ui: await freePort(before.ui) }) }
      }
      const server = await this.spawn(program)
      const failure = await this.ready(server)
      if (!failure) return
      // Between looking for a free port and listening on it another program can take it; the server takes some of its own that way, too.
      const taken = failure.message.includes('address already in use')
      if (!taken || attempt === 3) throw failure
    }
  }

  private async spawn(program: string): Promise<ServerProcess> {
    const { grpc, ui } = this.ports
    // Only flags that every version since 1.0 has: the program on PATH may be of any.
    const server = await ServerProcess.start({
      name: 'Temporal',
      command: program,
      args: [
        ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(grpc)],
        ...(ui ? ['--ui-port', String(ui)] : ['--headless']),
        ...['--namespace', this.namespace, '--log-level', 'warn', '--db-filename', this.databaseFile],
        // Temporal's memory is disposable, our progress is in the warehouse: not waiting for the disk makes it three times as fast.
        ...['--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', 'synchronous=OFF'],
        ...searchAttributes.flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
      ],
      // A home of its own: the settings in the user's are for talking to other servers.
      environment: { PATH: '/usr/bin:/bin', HOME: this.home },
      logFile: this.logFile,
      stopSignal: 'SIGTERM',
      endSignal: 'SIGKILL',
      graceMs: stopGraceMs,
    })
    this.server = server
    await writeRunning(this.home, { pid: server.pid, startedBy: process.pid, ports: this.ports })
    return server
  }

  /** @returns why it does not answer, or undefined when it does */
  private async ready(server: ServerProcess): Promise<Error | undefined> {
    const deadline = Date.now() + readyWithinMs
    for (;;) {
      if (server.end !== undefined) {
        const log = await lastLines(this.logFile)
        return new Error(
          `Temporal in ${this.home} did not start (${server.end}). Its log, ${this.logFile}, ends with:\n${log}\n${startOver(this.home)}`,
        )
      }
      const failure = await failureOf(answers(this.address, this.namespace))
      if (!failure) return undefined
      if (Date.now() > deadline) {
        await server.stop()
        return new Error(
          `Temporal in ${this.home} did not answer within ${readyWithinMs / 1000} s. See ${this.logFile}. ${startOver(this.home)}`,
          {
            cause: failure,
          },
        )
      }
      await sleep(100)
    }
  }

  private notOurs(): Error {
    return new Error(`Temporal in ${this.home} is run by another process, which alone can kill or start it.`)
  }
}

function addressOf(ports: Running['ports']): string {
  return `127.0.0.1:${ports.grpc}`
}

function failureOf(work: Promise<void>): Promise<Error | undefined> {
  return work.then(
    () => undefined,
    (error: Error) => error,
  )
}

function databaseIn(home: string): string {
  return join(home, 'temporal.db')
}

function startOver(home: string): string {
  return `If its database is the cause (made by a newer version, or damaged): move ${home} away, start again, and run gemaal apply, which restores the schedules.`
}

/** Fails until the server serves, the namespace is there, and our search attributes are known in it. */
async function answers(address: string, namespace: string): Promise<void> {
  const connection = await Connection.connect({ address, connectTimeout: '2s' })
  try {
    await connection.withDeadline(Date.now() + 5_000, async () => {
      await connection.workflowService.describeNamespace({ namespace })
      const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace })
      const missing = searchAttributes.filter((name) => !(name in (customAttributes ?? {})))
      if (missing.length > 0) throw new Error(`The search attributes ${missing.join(', ')} are not known yet.`)
    })
  } finally {
    await connection.close()
  }
}
