import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type EmbeddedPostgres, startPostgres } from '../../../cli/embedded/postgres.js'
import { isAlive } from '../../../cli/embedded/processes.js'
import { openFolder, type TestFolder } from '../../support/folder.js'
import { testBinaries } from '../../support/settings.js'
import { expectGone, startParent } from './parent-process.js'

let folder: TestFolder
let started: EmbeddedPostgres[]

beforeEach(async () => {
  folder = await openFolder()
  started = []
})

afterEach(async () => {
  for (const server of started) await server.stop()
  await folder.remove()
})

test('what was committed is there after a stop and after a kill, on the same port', async () => {
  const server = await start()
  const { url } = server
  await query(url, 'create table kept (moment text)')
  await query(url, `insert into kept values ('before the stop')`)
  await server.stop()
  expect(server.pid).toBeUndefined()
  await server.start()
  await query(url, `insert into kept values ('before the kill')`)
  await server.kill()
  expect(server.pid).toBeUndefined()
  await server.start()
  expect(server.url).toBe(url)
  expect(await query(url, 'select moment from kept order by 1')).toEqual([{ moment: 'before the kill' }, { moment: 'before the stop' }])
})

test('a kill in the midst of a statement ends every process of the server', async () => {
  const server = await start()
  const client = new pg.Client({ connectionString: server.url })
  client.on('error', () => {})
  await client.connect()
  const { rows } = await client.query<{ pid: number }>('select pid from pg_stat_activity')
  const broken = expect(client.query('select pg_sleep(600)')).rejects.toThrow()
  await server.kill()
  await broken
  for (const { pid } of rows) expect(await isAlive(pid)).toBe(false)
})

test('a later start in the same folder finds the data, the port and the password of the first', async () => {
  const first = await start()
  await query(first.url, 'create table kept (n int)')
  await first.stop()
  const second = await start()
  expect(second.url).toBe(first.url)
  expect(await query(second.url, 'select count(*)::int as n from kept')).toEqual([{ n: 0 }])
})

test('a start where another living process runs the server shares it, and leaves it running', async () => {
  const parent = await startParent(folder.path, 'postgres')
  const server = await start()
  expect(server.shared).toBe(true)
  expect(server.pid).toBe(parent.postgres)
  expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }])
  await server.stop()
  expect(await isAlive(parent.postgres)).toBe(true)
  await expect(server.kill()).rejects.toThrow('run by another process')
  await parent.kill()
  await expectGone(parent.postgres)
})

test('starts at the same moment in one folder end up with one server', async () => {
  const servers = await Promise.all([start(), start(), start()])
  expect(new Set(servers.map((server) => server.pid)).size).toBe(1)
  expect(servers.filter((server) => !server.shared)).toHaveLength(1)
})

test('a server whose process was killed, and that nothing stopped, is stopped by the next start, which finds its data', async () => {
  const parent = await startParent(folder.path, 'postgres')
  await parent.killWithWatchdogs()
  expect(await isAlive(parent.postgres)).toBe(true)
  const server = await start()
  await expectGone(parent.postgres)
  expect(server.shared).toBe(false)
  expect(await query(server.url, 'select current_database() as name')).toEqual([{ name: 'gemaal' }])
})

test('a postmaster.pid whose pid means another program by now does not keep it from starting', async () => {
  const server = await start()
  await server.kill()
  const lock = join(folder.path, 'postgres', 'data', 'postmaster.pid')
  const [, ...others] = (await readFile(lock, 'utf8')).split('\n')
  await writeFile(lock, [process.pid, ...others].join('\n'))
  await server.start()
  expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }])
})

test('what a start that was killed left half made does not stand in the way', async () => {
  const home = join(folder.path, 'postgres')
  await mkdir(join(home, 'data.new', 'base'), { recursive: true })
  await writeFile(join(home, 'password'), 'of the cluster that never was\n')
  const server = await start()
  expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }])
})

test('the password is for the eyes of the one who started it', async () => {
  await start()
  expect((await stat(join(folder.path, 'postgres', 'password'))).mode & 0o077).toBe(0)
  expect((await stat(join(folder.path, 'postgres', 'postgres.log'))).mode & 0o077).toBe(0)
})

test('nobody gets in without the password, from no other address, and through no socket', async () => {
  const server = await start()
  const stranger = new URL(server.url)
  stranger.password = 'guess'
  await expect(query(stranger.href, 'select 1')).rejects.toThrow('password authentication failed')
  expect(
    await query(
      server.url,
      `select name, setting from pg_settings where name in ('listen_addresses', 'unix_socket_directories') order by 1`,
    ),
  ).toEqual([
    { name: 'listen_addresses', setting: '127.0.0.1' },
    { name: 'unix_socket_directories', setting: '' },
  ])
})

test('text is sorted by code point, and what is committed is on disk', async () => {
  const server = await start()
  const sorted = await query(
    server.url,
    `select string_agg(word, ' ' order by word) as words from unnest(array['zee', 'Zee', 'één', 'een']) word`,
  )
  expect(sorted).toEqual([{ words: 'Zee een zee één' }])
  expect(await query(server.url, `select current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit`)).toEqual([
    { fsync: 'on', commit: 'on' },
  ])
})

test('data of another version is refused with both versions and the way out', async () => {
  const server = await start()
  await server.stop()
  await writeFile(join(folder.path, 'postgres', 'data', 'PG_VERSION'), '14\n')
  await expect(start()).rejects.toThrow(/made by Postgres 14, and this is Postgres \d+\.\d+.*move .*postgres away/)
})

async function start(): Promise<EmbeddedPostgres> {
  const server = await startPostgres({ folder: folder.path, log: () => {}, binaries: testBinaries })
  started.push(server)
  return server
}

async function query(url: string, statement: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  try {
    await client.connect()
    return (await client.query(statement)).rows
  } finally {
    await client.end()
  }
}
