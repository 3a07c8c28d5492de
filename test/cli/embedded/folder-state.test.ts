import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, utimes, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { alone, freePort } from '../../../cli/embedded/folder-state.js'
import { openFolder, type TestFolder } from '../../support/folder.js'

let folder: TestFolder

beforeEach(async () => {
  folder = await openFolder()
})

afterEach(() => folder.remove())

test('work in one folder is done by one at a time', async () => {
  let inside = 0
  let most = 0
  const work = () =>
    alone(folder.path, async () => {
      most = Math.max(most, ++inside)
      await readdir(folder.path)
      inside--
    })
  await Promise.all(Array.from({ length: 8 }, work))
  expect(most).toBe(1)
  expect(await readdir(folder.path)).toEqual([])
})

test('work that fails gives the lock back', async () => {
  await expect(
    alone(folder.path, async () => {
      throw new Error('broken')
    }),
  ).rejects.toThrow('broken')
  expect(await alone(folder.path, async () => 'done')).toBe('done')
})

test('a lock whose holder is gone is void, also when several wait for it', async () => {
  const gone = spawn('true')
  await once(gone, 'exit')
  await writeFile(join(folder.path, 'start.lock'), String(gone.pid))
  expect(await Promise.all([1, 2, 3].map((n) => alone(folder.path, async () => n)))).toEqual([1, 2, 3])
})

test('a lock that an earlier process with our pid left is void', async () => {
  await writeFile(join(folder.path, 'start.lock'), String(process.pid))
  expect(await alone(folder.path, async () => 'done')).toBe('done')
})

test('a lock of yesterday is void, though its pid is of a living process by now', async () => {
  const lock = join(folder.path, 'start.lock')
  const yesterday = new Date(Date.now() - 86_400_000)
  await writeFile(lock, String(process.ppid))
  await utimes(lock, yesterday, yesterday)
  expect(await alone(folder.path, async () => 'done')).toBe('done')
})

test('a port is kept when it is free, and another is found when it is not', async () => {
  const wanted = await freePort()
  expect(await freePort(wanted)).toBe(wanted)
  const holder = createServer().listen(wanted, '127.0.0.1')
  await once(holder, 'listening')
  try {
    expect(await freePort(wanted)).not.toBe(wanted)
  } finally {
    holder.close()
  }
})
