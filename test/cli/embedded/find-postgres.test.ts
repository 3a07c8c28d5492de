import { createServer, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { findPostgres, urlOfVariables } from '../../../cli/embedded/postgres.js'
import { openFolder, type TestFolder } from '../../support/folder.js'
import { postgresUrl } from '../../support/postgres.js'
import { testBinaries } from '../../support/settings.js'

const nowhere = { folder: '/nowhere', log: () => {} }
const closers: (() => unknown)[] = []

afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

test('DATABASE_URL goes before the PG variables, and is taken as it stands', async () => {
  const databaseUrl = await postgresUrl()
  const found = await findPostgres({ ...nowhere, databaseUrl, pg: { host: 'elsewhere.invalid' } })
  expect(found).toMatchObject({ kind: 'external', url: databaseUrl, version: expect.stringMatching(/^\d+\.\d+$/) })
})

test('the PG variables name a server when there is no DATABASE_URL', async () => {
  const { hostname: host, port, username: user, password, pathname } = new URL(await postgresUrl())
  const found = await findPostgres({ ...nowhere, pg: { host, port, user, password, database: pathname.slice(1) } })
  expect(found.kind).toBe('external')
})

test('without either, a server of our own is started', async () => {
  const folder: TestFolder = await openFolder()
  closers.push(() => folder.remove())
  const found = await findPostgres({ folder: folder.path, log: () => {}, binaries: testBinaries })
  closers.unshift(() => found.stop())
  expect(found.kind).toBe('embedded')
})

test('a server that is older than version 15 is refused with the version that was found', async () => {
  const port = await oldServer('14.9', '140009')
  await expect(findPostgres({ ...nowhere, databaseUrl: `postgresql://gemaal:geheim@127.0.0.1:${port}/warehouse` })).rejects.toThrow(
    `The Postgres that DATABASE_URL names, 127.0.0.1:${port}/warehouse, is version 14.9; Gemaal needs version 15 or later.`,
  )
})

test('a server out of reach is named without its password', async () => {
  const failure = await findPostgres({ ...nowhere, databaseUrl: 'postgresql://gemaal:geheim@127.0.0.1:1/warehouse' }).catch(
    (error: Error) => error,
  )
  expect(failure).toMatchObject({
    message: expect.stringMatching(/DATABASE_URL names, 127\.0\.0\.1:1\/warehouse, could not be reached: .*ECONNREFUSED/),
  })
  expect(String(failure)).not.toContain('geheim')
})

test.each(['warehouse', 'mysql://gemaal:geheim@host/warehouse', 'postgresql://gemaal:gehe%im@host:port/warehouse'])(
  'a DATABASE_URL that is none is not shown: %s',
  async (databaseUrl) => {
    const failure = await findPostgres({ ...nowhere, databaseUrl }).catch((error: Error) => error)
    expect(failure).toMatchObject({ message: expect.stringContaining('DATABASE_URL is no connection URL') })
    expect(failure).not.toHaveProperty('cause') // the error of the parser quotes the URL
  },
)

test.each([
  [{ host: 'db', user: 'a b', password: 'p@:/?#' }, 'postgresql://a%20b:p%40%3A%2F%3F%23@db/a%20b'],
  [{ host: '/run/postgresql', database: 'warehouse' }, 'postgresql://%2Frun%2Fpostgresql/warehouse'],
  [{ host: '::1', port: 5433, user: 'gemaal', database: 'warehouse' }, 'postgresql://gemaal@[::1]:5433/warehouse'],
  [{ host: 'db', database: 'w', sslMode: 'require' }, 'postgresql://db/w?sslmode=require&uselibpqcompat=true'],
])('the PG variables %j become a URL', (variables, url) => {
  expect(urlOfVariables(variables)).toBe(url)
})

/** Speaks as much of the protocol as a client needs to ask an old server for its version. @see PostgreSQL documentation, chapter 55 */
async function oldServer(name: string, number: string): Promise<number> {
  const message = (type: string, ...parts: Buffer[]) => {
    const body = Buffer.concat(parts)
    const length = Buffer.alloc(4)
    length.writeInt32BE(body.length + 4)
    return Buffer.concat([Buffer.from(type), length, body])
  }
  const int = (value: number, bytes: 2 | 4) => {
    const buffer = Buffer.alloc(bytes)
    buffer.writeIntBE(value, 0, bytes)
    return buffer
  }
  const text = (value: string) => Buffer.from(`${value}\0`)
  const column = (title: string) => Buffer.concat([text(title), int(0, 4), int(0, 2), int(25, 4), int(-1, 2), int(-1, 4), int(0, 2)])
  const field = (value: string) => Buffer.concat([int(value.length, 4), Buffer.from(value)])
  const ready = message('Z', Buffer.from('I'))
  const greeting = Buffer.concat([message('R', int(0, 4)), message('S', text('server_version'), text(name)), ready])
  const answer = Buffer.concat([
    message('T', int(2, 2), column('number'), column('name')),
    message('D', int(2, 2), field(number), field(name)),
    message('C', text('SELECT 1')),
    ready,
  ])
  const serve = (socket: Socket) => {
    socket.once('data', () => {
      socket.write(greeting)
      socket.on('data', (data) => data[0] === 'Q'.charCodeAt(0) && socket.write(answer))
    })
    socket.on('error', () => {})
  }
  const server = createServer(serve)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => server.close())
  return (server.address() as { port: number }).port
}
