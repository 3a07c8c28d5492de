import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { remoteControl } from './control.js'
import type { Snapshot } from './controls.js'

const program = join(import.meta.dirname, '../../../dist/test/sources/zgw/main.js')

/** Starts the program and waits for its line. */
async function start(...flags: string[]): Promise<{ url: string; child: ChildProcess }> {
  const child = spawn(process.execPath, [program, ...flags], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(createInterface({ input: child.stdout! }), 'line')) as [string]
  return { url: (JSON.parse(line) as { url: string }).url, child }
}

async function stop(child: ChildProcess): Promise<unknown> {
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  return (await ended)[0]
}

/** What the program shows, without the port, which differs. */
async function shown(...flags: string[]): Promise<Snapshot> {
  const { url, child } = await start(...flags)
  const snapshot = JSON.stringify(await remoteControl(url, 'snapshot'))
  expect(await stop(child)).toBe(0)
  return JSON.parse(snapshot.replaceAll(url, 'http://zgw')) as Snapshot
}

describe('the ZGW server as a program', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'zgw-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('says where it listens in one line, and stops on SIGTERM', async () => {
    const { url, child } = await start('--zaken', '20')
    expect((await fetch(`${url}/zaken/api/v1/zaken`)).status).toBe(403)
    expect(await stop(child)).toBe(0)
  })

  it('shows the same municipality again from its state folder, whatever size is asked then', async () => {
    const state = join(folder, 'same')
    const first = await shown('--zaken', '40', '--state', state)
    expect(await shown('--zaken', '99', '--state', state)).toEqual(first)
  })

  it('goes on where the changes of the run before ended', async () => {
    const state = join(folder, 'changes')
    const first = await shown('--zaken', '60', '--state', state)
    const second = await shown('--state', state, '--changes', '8')
    expect(second).not.toEqual(first)
    expect(await shown('--state', state)).toEqual(second)
    expect(await shown('--state', state, '--changes', '8')).not.toEqual(second)
  })

  it('is told what to do by its control', async () => {
    const { url, child } = await start('--zaken', '20')
    const added = (await remoteControl(url, 'addZaken', 2)) as string[]
    const { zaken } = (await remoteControl(url, 'snapshot')) as Snapshot
    expect(zaken.slice(0, 2).map(({ uuid }) => uuid)).toEqual([...added].reverse())
    await expect(remoteControl(url, 'deleteZaak', 'geen')).rejects.toThrow('there is no zaak')
    await stop(child)
  })
})
