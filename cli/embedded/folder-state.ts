/**
 * What a folder of an embedded server remembers between starts: who started the server that may still run there, and its ports. Starts
 * in one folder go one at a time.
 */
import { randomInt, randomUUID } from 'node:crypto'
import { linkSync } from 'node:fs'
import { link, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isAlive, runsWith, signal, waitUntilGone } from './processes.js'

export interface Running {
  pid: number
  /** The process that started it and stops it. */
  startedBy: number
  ports: { [name: string]: number }
}

const stateFile = 'server.json'

export async function readRunning(folder: string): Promise<Running | undefined> {
  const text = await readFile(join(folder, stateFile), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  try {
    return JSON.parse(text) as Running
  } catch {
    return undefined // a process was killed while it wrote: as good as none
  }
}

export async function writeRunning(folder: string, running: Running): Promise<void> {
  const path = join(folder, stateFile)
  await writeFile(`${path}.new`, `${JSON.stringify(running)}\n`, { mode: 0o600 })
  await rename(`${path}.new`, path)
}

/**
 * What to do with a server that may already run in the folder. One whose starter lives is shared with it. One whose starter was killed is
 * stopped here, whether or not its watchdog got to it yet.
 *
 * @param argument an argument on the command line of every server of this folder and no other
 * @returns the server to share, or undefined when none runs (any more)
 */
export async function findRunning(
  folder: string,
  argument: string,
  stop: { signal: NodeJS.Signals; graceMs: number },
): Promise<Running | undefined> {
  const running = await readRunning(folder)
  if (!running || !(await runsWith(running.pid, argument))) return undefined
  if (await isAlive(running.startedBy)) return running
  signal(running.pid, stop.signal)
  if (!(await waitUntilGone(running.pid, stop.graceMs))) {
    signal(running.pid, 'SIGKILL')
    await waitUntilGone(running.pid, stop.graceMs)
  }
  return undefined
}

/** Locks that this process holds: a lock with our pid that is not among them was left by an earlier process that had the same one. */
const held = new Set<string>()

/** No start takes so long; a lock of this age was left behind, and its pid means another process by now. */
const lockExpiresMs = 10 * 60 * 1000

/** Does the work while no other process does work under the lock of this folder. A lock whose holder was killed is void. */
export async function alone<T>(folder: string, work: () => Promise<T>): Promise<T> {
  await mkdir(folder, { recursive: true })
  const lock = join(folder, 'start.lock')
  while (!(await takeLock(lock))) await sleep(50)
  try {
    return await work()
  } finally {
    held.delete(lock)
    await rm(lock, { force: true })
  }
}

async function takeLock(lock: string): Promise<boolean> {
  const mine = `${lock}.${randomUUID()}`
  await writeFile(mine, String(process.pid), { mode: 0o600 })
  try {
    linkSync(mine, lock) // in one step: there or not, and never without its pid
    held.add(lock)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    await rm(mine, { force: true })
  }
  if (await isVoid(lock)) {
    const aside = `${lock}.${randomUUID()}`
    await rename(lock, aside).catch(() => {})
    // Another process may have done the same a moment before, and then this is its lock: it goes back.
    if (!(await isVoid(aside))) await link(aside, lock).catch(() => {})
    await rm(aside, { force: true })
  }
  return false
}

async function isVoid(lock: string): Promise<boolean> {
  const holder = Number(await readFile(lock, 'utf8').catch(() => Number.NaN))
  const age = Date.now() - (await stat(lock).catch(() => ({ mtimeMs: Date.now() }))).mtimeMs
  if (Number.isNaN(holder)) return false // it went away meanwhile
  return age > lockExpiresMs || (holder === process.pid ? !held.has(lock) : !(await isAlive(holder)))
}

/**
 * Ports below those that systems hand out to outgoing connections (32768 and up on Linux, 49152 on macOS). A port among those could be taken
 * while its server is down, by the very client that tries to reach it.
 */
const firstPort = 15_000
const lastPort = 32_000

/** @returns `wanted` when it is free on 127.0.0.1, else a port that is */
export async function freePort(wanted?: number): Promise<number> {
  if (wanted && (await isFree(wanted))) return wanted
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = randomInt(firstPort, lastPort)
    if (await isFree(port)) return port
  }
  throw new Error(`No port from ${firstPort} to ${lastPort} could be listened on at 127.0.0.1.`)
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host: '127.0.0.1' }, () => server.close(() => resolve(true)))
  })
}
