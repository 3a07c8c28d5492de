/** What the operating system knows of other processes: whether they live, what they run, whose children they are. */
import { execFile } from 'node:child_process'
import { readdir, readFile, readlink } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)
const hasProc = process.platform === 'linux'

/** A zombie (ended, but not yet reaped by its parent, as happens in containers without an init) does not count as living. */
export async function isAlive(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM: it lives and belongs to another user.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  return !hasProc || (await statOf(pid)).state !== 'Z'
}

/** Whether the process lives and `argument` is one of its arguments. Pids are used again, so a pid alone proves nothing. */
export async function runsWith(pid: number, argument: string): Promise<boolean> {
  if (!(await isAlive(pid))) return false
  if (hasProc) {
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    return line.split('\0').includes(argument)
  }
  const { stdout } = await run('ps', ['-ww', '-o', 'command=', '-p', String(pid)]).catch(() => ({ stdout: '' }))
  return ` ${stdout.trim()} `.includes(` ${argument} `)
}

/** Pids of the living children of a process. */
export async function childrenOf(parent: number): Promise<number[]> {
  if (!hasProc) {
    const { stdout } = await run('ps', ['-axo', 'pid=,ppid='])
    const pairs = stdout.split('\n').map((line) => line.trim().split(/\s+/).map(Number))
    return pairs.filter(([, ppid]) => ppid === parent).map(([pid]) => pid as number)
  }
  const children: number[] = []
  for (const pid of await allPids()) {
    const { state, ppid } = await statOf(pid)
    if (ppid === parent && state !== 'Z') children.push(pid)
  }
  return children
}

/** Pids of the processes that work in a folder; Linux only, elsewhere none are found. */
export async function workingIn(folder: string): Promise<number[]> {
  if (!hasProc) return []
  const found: number[] = []
  for (const pid of await allPids()) {
    if ((await readlink(`/proc/${pid}/cwd`).catch(() => '')) === folder) found.push(pid)
  }
  return found
}

/** Sends a signal; a process that is gone already is fine. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** Waits until the process is gone. @returns false when it still lives after `timeoutMs` */
export async function waitUntilGone(pid: number, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs
  while (await isAlive(pid)) {
    if (Date.now() > deadline) return false
    await sleep(25)
  }
  return true
}

async function allPids(): Promise<number[]> {
  return (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
}

async function statOf(pid: number): Promise<{ state: string; ppid: number }> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  // `pid (name) state ppid …`; the name can hold spaces and brackets. @see proc(5)
  const [state = '', ppid = '0'] = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return { state, ppid: Number(ppid) }
}
