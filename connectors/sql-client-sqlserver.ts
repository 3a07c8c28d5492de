import type { Connection, ConnectionConfiguration } from 'tedious'
import type { SqlRow } from './connector.js'
import { connectMs, type SqlAddress, type SqlConnection, type SqlDriver, statementMs } from './sql-client-driver.js'
import { connectionCode, type SqlFailure } from './sql-client-failures.js'

/** Speaks with SQL Server. */
export const sqlserver: SqlDriver = {
  port: 1433,
  placeholder: (n) => `@p${n}`,
  connect,
  failureOf,
}

/**
 * What a session is. Snapshot isolation, where the database has it, reads what was committed without locking anything; else READ COMMITTED,
 * which waits for writers for at most 30 s and holds a lock for no longer than it reads a row. NOLOCK would show what is never committed, and
 * skip rows. Of a deadlock we are the victim.
 *
 * @see https://learn.microsoft.com/en-us/sql/t-sql/statements/set-transaction-isolation-level-transact-sql
 */
export const session = [
  'set lock_timeout 30000',
  'set deadlock_priority low',
  'set dateformat ymd',
  'set language us_english',
  'if exists (select 1 from sys.databases where database_id = db_id() and snapshot_isolation_state = 1) set transaction isolation level snapshot else set transaction isolation level read committed',
].join(';\n')

/** The settings of the driver for an address. */
export function configurationOf({ host, port, database, username, password, tls }: SqlAddress): ConnectionConfiguration {
  return {
    server: host,
    authentication: { type: 'default', options: { userName: username, password } },
    options: {
      port,
      database,
      appName: 'gemaal',
      connectTimeout: connectMs,
      requestTimeout: statementMs,
      readOnlyIntent: true,
      encrypt: tls !== undefined,
      trustServerCertificate: false,
      ...(tls && { cryptoCredentialsDetails: { ca: tls.ca, cert: tls.cert, key: tls.key } }),
    },
  }
}

async function connect(address: SqlAddress): Promise<SqlConnection> {
  const { Connection, Request, TYPES } = await import('tedious')
  const connection = new Connection(configurationOf(address))
  const destroy = () => connection.close()
  connection.on('error', () => {}) // told by what is asked next
  await new Promise<void>((resolve, reject) => {
    connection.connect((error) => (error ? reject(error) : resolve()))
  })
  const ask = (text: string, values: readonly string[], run: (request: InstanceType<typeof Request>) => void): Promise<SqlRow[]> =>
    new Promise((resolve, reject) => {
      const rows: SqlRow[] = []
      const end = () => reject(Object.assign(new Error('the connection ended'), { code: 'ESOCKET' }))
      connection.once('end', end)
      const request = new Request(text, (error) => {
        connection.removeListener('end', end)
        if (error) reject(error)
        else resolve(rows)
      })
      for (const [n, value] of values.entries()) request.addParameter(`p${n}`, TYPES.NVarChar, value)
      request.on('row', (columns: { value: string | null }[]) => rows.push(columns.map(({ value }) => value)))
      run(request)
    })
  try {
    // In a batch of its own: what a procedure sets ends with it.
    await ask(session, [], (request) => connection.execSqlBatch(request))
  } catch (error) {
    destroy()
    throw error
  }
  return { rows: (text, values) => ask(text, values, (request) => (connection as Connection).execSql(request)), destroy }
}

/** @see https://learn.microsoft.com/en-us/sql/relational-databases/errors-events/database-engine-events-and-errors */
const meanings: readonly [SqlFailure['means'], readonly number[]][] = [
  ['busy', [1205, 1222, 3960, 10928, 10929, 17809, 40197, 40501, 40613, 49918, 49919, 49920]],
  ['login', [4060, 18450, 18452, 18456, 18461, 18470, 18486, 18487, 18488]],
  ['right', [229, 230, 262, 297, 300, 916]],
  ['absent', [207, 208]],
]

export function failureOf(error: unknown): SqlFailure {
  const { number, code, cause } = error as { number?: unknown; code?: unknown; cause?: unknown }
  if (typeof number === 'number')
    return { code: String(number), means: meanings.find(([, numbers]) => numbers.includes(number))?.[0] ?? 'wrong' }
  if (code === 'ETIMEOUT' || code === 'ECONNTIMEOUT')
    return code === 'ETIMEOUT' && /Failed to connect/.test((error as Error).message)
      ? { means: 'broken', code: 'connect-timeout' }
      : { means: 'slow', code }
  if (code === 'ELOGIN') return { means: 'login', code }
  return { means: 'broken', code: connectionCode(cause) ?? (code === 'ESOCKET' ? 'ECONNRESET' : (connectionCode(error) ?? 'ECONNRESET')) }
}
