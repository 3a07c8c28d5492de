/** Runs `parent.ts` as a process of its own, which a test can kill. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { root } from '../../../cli/embedded/build.mjs'
import { childrenOf, signal, waitUntilGone } from '../../../cli/embedded/processes.js'

export interface Parent {
  postgres: number
  temporal: number
  /** `kill -9` of the parent alone. */
  kill(): Promise<void>
  /** `kill -9` of the parent after its watchdogs, so that nothing stops the servers. */
  killWithWatchdogs(): Promise<void>
}

export async function startParent(folder: string, which: 'both' | 'postgres' | 'temporal'): Promise<Parent> {
  const program = join(root, 'dist', 'test', 'cli', 'embedded', 'parent.js')
  const child = spawn(process.execPath, [program, folder, which], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  const servers = JSON.parse(line) as { postgres: number; temporal: number }
  const kill = async () => {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  return {
    ...servers,
    kill,
    killWithWatchdogs: async () => {
      const watchdogs = (await childrenOf(child.pid!)).filter((pid) => pid !== servers.postgres && pid !== servers.temporal)
      child.kill('SIGSTOP') // so that it does not see them go
      for (const pid of watchdogs) signal(pid, 'SIGKILL')
      await kill()
    },
  }
}

export async function expectGone(...pids: number[]): Promise<void> {
  for (const pid of pids) {
    if (!(await waitUntilGone(pid, 30_000))) throw new Error(`Process ${pid} still lives.`)
  }
}
