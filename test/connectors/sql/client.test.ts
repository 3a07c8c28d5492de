import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { SourceRefused, SourceUnavailable } from '../../../connectors/errors.js'
import type { SourceSql } from '../../../connectors/sql-client.js'
import { password, type SqlSource, voorzieningen } from '../../sources/sql/source.js'
import { openTcpProxy, type TcpProxy } from '../../support/tcp-proxy.js'
import { openClient } from '../fixtures/sql.js'
import { onEachServer } from './servers.js'

const statement = (...texts: string[]) => ({ texts, values: [] })

onEachServer((start, name) => {
  const isPostgres = name === 'PostgreSQL'
  let source: SqlSource
  const clients: SourceSql[] = []
  beforeAll(async () => {
    source = await start()
    await source.execute(voorzieningen(1, 3))
  })
  afterEach(() => {
    for (const client of clients.splice(0)) client.close()
  })
  afterAll(() => source?.stop())

  function open(
    change: Partial<Pick<SqlSource, 'baseUrl' | 'credentials'>> = {},
    more: object = {},
    signal = new AbortController().signal,
  ) {
    const client = openClient({ ...source, ...change }, more)
    clients.push(client)
    return client.of({ stream: 'voorzieningen', signal })
  }
  const count = statement('select cast(count(*) as char(5)) from wmo.voorziening')
  const through = ({ port }: TcpProxy) => ({ baseUrl: source.baseUrl.replace(`:${source.port}`, `:${port}`) })

  test('values go apart from the text of a statement', async () => {
    const hostile = `x' or '1'='1`
    const rows = await open().rows({ texts: ['select soort from wmo.voorziening where soort = ', ''], values: [hostile] })
    expect(rows).toEqual([])
  })

  test('a session cannot write, whatever the login may do', async () => {
    await source.execute(
      isPostgres ? `grant all on all tables in schema wmo to ${source.credentials.username}` : `grant all on wmo.* to 'lezer'@'127.0.0.1'`,
    )
    await expect(open().rows(statement('delete from wmo.voorziening'))).rejects.toThrow()
    expect(Number((await open().rows(count))[0]![0])).toBe(3)
  })

  if (isPostgres) {
    test('a session says who it is', async () => {
      const asked = 'select application_name from pg_stat_activity where pid = pg_backend_pid()'
      expect(await open().rows(statement(asked))).toEqual([['gemaal']])
    })
  }

  test('a wrong password is refused with the names of the settings, and tells nothing of it', async () => {
    const credentials = { username: source.credentials.username, password: 'geheim-en-fout' }
    const error = await open({ credentials })
      .rows(count)
      .catch((caught) => caught)
    expect(error).toBeInstanceOf(SourceRefused)
    expect(error.message).toMatch(/does not let us in.*GEMAAL_PROBE_USERNAME and GEMAAL_PROBE_PASSWORD/)
    expect(`${error.stack} ${error.cause}`).not.toMatch(/geheim-en-fout/)
  })

  test('a database that is not there, a table that is not, and a right that is missing are refused each in its words', async () => {
    const elsewhere = source.baseUrl.replace(/\/[^/]+$/, '/weg')
    await expect(open({ baseUrl: elsewhere }).rows(count)).rejects.toThrow(/the name of the database in sources\/probe.yaml/)
    await expect(open().rows(statement('select 1 from wmo.weg'))).rejects.toThrow(/table or column is not there any more/)
    await source.execute(
      isPostgres ? 'create schema dicht; create table dicht.t (a int)' : 'create database dicht; create table dicht.t (a int)',
    )
    const error = await open()
      .rows(statement('select a from dicht.t'))
      .catch((caught) => caught)
    expect(error).toBeInstanceOf(SourceRefused)
    expect(error.message).toMatch(/grant SELECT/)
  })

  test('an error tells nothing of the values that the server names in it', async () => {
    if (!isPostgres)
      await source.execute(`
        create function wmo.fout(said text) returns integer begin signal sqlstate '45000' set message_text = said; return 1; end;
        grant execute on function wmo.fout to 'lezer'@'127.0.0.1'`)
    const failing = isPostgres ? 'cast(soort as integer)' : 'wmo.fout(soort)'
    await expect(source.execute(`select ${failing} from wmo.voorziening`)).rejects.toThrow(/Hulp/)
    const error = await open()
      .rows(statement(`select ${failing} from wmo.voorziening`))
      .catch((caught) => caught)
    expect(error).toBeInstanceOf(Error)
    expect(`${error.stack} ${error.cause} ${JSON.stringify(error)}`).not.toMatch(/Hulp/)
  })

  test('a connection that breaks is unavailable, and the next statement has a new one', async () => {
    const proxy = await openTcpProxy({ port: source.port })
    const client = open(through(proxy))
    expect(Number((await client.rows(count))[0]![0])).toBe(3)
    // The kept connection is gone by the time of the next statement: that alone is no error.
    proxy.cut()
    proxy.mend()
    expect(Number((await client.rows(count))[0]![0])).toBe(3)
    proxy.cut()
    const error = await client.rows(count).catch((caught) => caught)
    expect(error).toBeInstanceOf(SourceUnavailable)
    expect(error.message).toMatch(/^source 'probe', stream 'voorzieningen': /)
    proxy.mend()
    expect(Number((await client.rows(count))[0]![0])).toBe(3)
    await proxy.close()
  })

  test('a server that takes no more connections is unavailable', async () => {
    const { username } = source.credentials
    const limit = (most: number) =>
      isPostgres
        ? `alter role ${username} connection limit ${most}`
        : `alter user 'lezer'@'127.0.0.1' with max_user_connections ${most || 1}`
    await source.execute(limit(isPostgres ? 0 : 1))
    const first = isPostgres ? undefined : open()
    await first?.rows(count)
    await expect(open().rows(count)).rejects.toThrow(SourceUnavailable)
    await source.execute(isPostgres ? limit(-1) : `alter user 'lezer'@'127.0.0.1' with max_user_connections 0`)
    expect(await open().rows(count)).toHaveLength(1)
  })

  test('what is asked to stop stops at once, with the reason', async () => {
    const stop = new AbortController()
    const asked = open({}, {}, stop.signal).rows(statement(isPostgres ? 'select pg_sleep(50)::text' : 'select cast(sleep(50) as char)'))
    setImmediate(() => stop.abort(new Error('genoeg')))
    await expect(asked).rejects.toThrow('genoeg')
  })

  test('with TLS a server that does not speak it is refused, since nothing goes unencrypted unasked', async () => {
    const error = await open({ baseUrl: source.baseUrl.replace('+plain', '') })
      .rows(count)
      .catch((caught) => caught)
    expect(error).toBeInstanceOf(SourceRefused)
    expect(error.message).toMatch(/does not speak TLS/)
  })

  test('each statement takes a place in the budget of the source, and gives it back', async () => {
    let held = 0
    let most = 0
    const budget = {
      acquire: async () => {
        held += 1
        most = Math.max(most, held)
        return () => {
          held -= 1
        }
      },
      blockedUntil: async () => {},
    }
    const client = open({}, { budget })
    await Promise.all([client.rows(count), client.rows(count)])
    expect([most, held]).toEqual([2, 0])
  })
})

describe('an address', () => {
  test.each([
    ['postgres://db.example', /does not name one database/],
    ['postgres://db.example/a/b', /does not name one database/],
    ['postgres://gebruiker:geheim@db.example/a', /holds a user or password/],
    ['postgres://db.example/a?sslmode=disable', /takes no parameters/],
  ])('%s is refused', (baseUrl, words) => {
    const refused = () => openClient({ baseUrl, credentials: { username: 'u', password } })
    expect(refused).toThrow(SourceRefused)
    expect(refused).toThrow(words)
    expect(refused).not.toThrow(/geheim/)
  })

  test('that is plain beside a CA is refused: one of them is a mistake', () => {
    const refused = () =>
      openClient({ baseUrl: 'postgres+plain://db.example/a', credentials: { username: 'u', password } }, { tls: { ca: 'CA' } })
    expect(refused).toThrow(/nothing is encrypted, beside tls/)
  })

  test('of a host that nobody knows is unavailable, with the host', async () => {
    const client = openClient({ baseUrl: 'postgres+plain://nergens.invalid/a', credentials: { username: 'u', password } })
    const asked = client.of({ stream: 's', signal: new AbortController().signal }).rows(statement('select 1'))
    await expect(asked).rejects.toThrow(/nergens.invalid is not known/)
    client.close()
  })
})

test('a SQL Server that is not there is unavailable, with its host', async () => {
  const client = openClient({ baseUrl: 'sqlserver+plain://127.0.0.1:1/suite', credentials: { username: 'u', password } })
  const asked = client.of({ stream: 's', signal: new AbortController().signal }).rows(statement('select 1'))
  const error = await asked.catch((caught) => caught)
  expect(error).toBeInstanceOf(SourceUnavailable)
  expect(error.message).toMatch(/127\.0\.0\.1:1 refuses the connection/)
  client.close()
})
