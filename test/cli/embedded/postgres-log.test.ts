import { readFile } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import pg from 'pg'
import { from } from 'pg-copy-streams'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type EmbeddedPostgres, startPostgres } from '../../../cli/embedded/postgres.js'
import { openFolder, type TestFolder } from '../../support/folder.js'
import { testBinaries } from '../../support/settings.js'

const canary = '999990019'
let folder: TestFolder
let server: EmbeddedPostgres

beforeAll(async () => {
  folder = await openFolder()
  server = await startPostgres({ folder: folder.path, log: () => {}, binaries: testBinaries })
})

afterAll(async () => {
  await server?.stop()
  await folder?.remove()
})

beforeEach(async () => {
  await withClient(async (client) => {
    await client.query('drop table if exists personen')
    await client.query('create table personen (bsn text primary key, geboren date, leeftijd int check (leeftijd < 150))')
    await client.query(`insert into personen (bsn) values ('${canary}')`)
  })
})

test('a COPY that fails on a line does not show the line in the log', async () => {
  await fails('22007', (client) => copyIn(client, `1\t${canary}-geen-datum\t1\n`))
  await fails('22P04', (client) => copyIn(client, `${canary}\tte\tveel\tvelden\n`))
})

test('a doubled key does not show the key in the log', async () => {
  await fails('23505', (client) => client.query(`insert into personen (bsn) values ('${canary}')`))
  await fails('23505', (client) => client.query('insert into personen (bsn) values ($1)', [canary]))
  await fails('23505', (client) => copyIn(client, `${canary}\t\\N\t1\n`))
})

test('a value that cannot be cast is not in the log', async () => {
  await fails('22P02', (client) => client.query(`select '${canary}x'::int`))
  await fails('22P02', (client) => client.query('select $1::int', [`${canary}x`]))
  await fails('22003', (client) => client.query('select ($1::bigint * 1000)::int', [canary]))
})

test('a row that fails a check is not in the log', async () => {
  await fails('23514', (client) => client.query('insert into personen values ($1, null, 999)', [`${canary}1`]))
})

test('what a function raises or warns of is not in the log', async () => {
  await fails('P0001', (client) => client.query(`do $$ begin raise warning '${canary}'; raise exception '${canary}'; end $$`))
})

test('a statement that is cancelled is not in the log', async () => {
  await fails('57014', async (client) => {
    await client.query('set statement_timeout = 20')
    await client.query(`select pg_sleep(600), '${canary}'`)
  })
})

test('statements that wait for each other until one is refused are not in the log', async () => {
  await withClient((one) =>
    withClient(async (other) => {
      await one.query(`insert into personen (bsn) values ('a'), ('b')`)
      await one.query(`begin; update personen set leeftijd = 1 where bsn = 'a'`)
      await other.query(`begin; update personen set leeftijd = 1 where bsn = 'b'`)
      const outcomes = await Promise.allSettled([
        one.query(`update personen set leeftijd = 2 where bsn = 'b' and '${canary}' <> ''`),
        other.query(`update personen set leeftijd = 2 where bsn = 'a' and '${canary}' <> ''`),
      ])
      expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(1)
      await Promise.all([one.query('rollback'), other.query('rollback')])
    }),
  )
  await expectNoCanary()
})

test('the statement of a process that crashed is not in the log, and the crash is', async () => {
  await withClient(async (client) => {
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
    const broken = expect(client.query(`select pg_sleep(600), '${canary}'`)).rejects.toThrow()
    await seen(`select from pg_stat_activity where query like '%pg_sleep%' and pid = ${rows[0]!.pid} and state = 'active'`)
    process.kill(rows[0]!.pid, 'SIGKILL')
    await broken
  })
  await seen('select 1')
  expect(await readFile(server.logFile, 'utf8')).toContain('was terminated by signal 9')
  await expectNoCanary()
})

async function fails(code: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  await withClient(async (client) => {
    await expect(work(client)).rejects.toMatchObject({ code })
  })
  await expectNoCanary()
}

/** The log is written before the client is answered, so what it does not hold now it never will. */
async function expectNoCanary(): Promise<void> {
  const log = await readFile(server.logFile, 'utf8')
  expect(log).toContain('ready to accept connections')
  expect(log).not.toContain(canary)
}

async function copyIn(client: pg.Client, lines: string): Promise<void> {
  await pipeline([lines], client.query(from('copy personen from stdin')))
}

async function withClient(work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: server.url })
  client.on('error', () => {})
  try {
    await client.connect()
    await work(client)
  } finally {
    await client.end()
  }
}

/** Waits until the query gives a row; while the server recovers from a crash it gives none. */
async function seen(query: string): Promise<void> {
  await expect
    .poll(
      async () => {
        let rows = 0
        await withClient(async (client) => {
          rows = (await client.query(query)).rowCount ?? 0
        }).catch(() => {})
        return rows
      },
      { timeout: 30_000 },
    )
    .toBeGreaterThan(0)
}
