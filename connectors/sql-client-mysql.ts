import type { SqlRow } from './connector.js'
import { connectMs, type SqlAddress, type SqlConnection, type SqlDriver, statementMs } from './sql-client-driver.js'
import { connectionCode, type SqlFailure } from './sql-client-failures.js'

/** Speaks with MariaDB and MySQL. */
export const mysql: SqlDriver = {
  port: 3306,
  placeholder: () => '?',
  connect,
  failureOf,
}

async function connect({ host, port, database, username, password, tls }: SqlAddress): Promise<SqlConnection> {
  const { createConnection } = await import('mysql2/promise')
  const connection = await createConnection({
    host,
    port,
    database,
    user: username,
    password,
    ...(tls && { ssl: { ca: tls.ca, cert: tls.cert, key: tls.key, rejectUnauthorized: true, verifyIdentity: true } }),
    charset: 'utf8mb4',
    connectTimeout: connectMs,
    connectAttributes: { program_name: 'gemaal' },
    // Readings by key differ in their number of values: each number is a statement that the server keeps.
    maxPreparedStatements: 50,
    // No file of this machine is sent to a server that asks for one.
    infileStreamFactory: () => {
      throw new Error('no file is sent')
    },
  })
  const destroy = () => connection.destroy()
  connection.on('error', () => {})
  try {
    const [[version]] = (await connection.query({ sql: 'select version()', rowsAsArray: true })) as unknown as [[[string]]]
    for (const statement of session(/mariadb/i.test(version[0]))) await connection.query(statement)
  } catch (error) {
    destroy()
    throw error
  }
  return {
    async rows(text, values) {
      const [rows] = await connection.execute({ sql: text, values: [...values], rowsAsArray: true })
      return rows as unknown as SqlRow[]
    },
    destroy,
  }
}

/**
 * What a session is: it can only read, shows moments in UTC, and lets pass what older versions stored, such as `0000-00-00`. Each statement
 * sees what was committed when it began.
 *
 * @see https://mariadb.com/kb/en/server-system-variables/
 */
const session = (isMariadb: boolean): string[] => [
  "set session sql_mode = ''",
  "set session time_zone = '+00:00'",
  'set session transaction isolation level read committed, read only',
  'set session lock_wait_timeout = 30',
  isMariadb ? `set session max_statement_time = ${statementMs / 1000}` : `set session max_execution_time = ${statementMs}`,
]

/** Numbers of errors by what they mean. @see https://mariadb.com/kb/en/mariadb-error-code-reference/ */
const meanings: readonly [SqlFailure['means'], readonly number[]][] = [
  ['busy', [1040, 1203, 1226, 1205, 1213, 1053, 1927]],
  ['slow', [1969, 3024]],
  ['login', [1044, 1045, 1049, 1698, 1130, 1862, 3118]],
  ['right', [1142, 1143, 1227, 1370]],
  ['absent', [1146, 1054, 1356, 1109]],
]

function failureOf(error: unknown): SqlFailure {
  const { errno, code } = error as { errno?: unknown; code?: unknown }
  // Errors of the server are numbered from 1000; those of Node.js are negative.
  if (typeof errno === 'number' && errno >= 1000)
    return { code: String(errno), means: meanings.find(([, numbers]) => numbers.includes(errno))?.[0] ?? 'wrong' }
  if (code === 'ETIMEDOUT') return { means: 'broken', code: 'connect-timeout' }
  if (code === 'HANDSHAKE_NO_SSL_SUPPORT') return { means: 'broken', code: 'ERR_SSL_WRONG_VERSION_NUMBER' }
  // The driver puts this name over that of Node.js, whose words are left.
  if (code === 'HANDSHAKE_SSL_ERROR')
    return { means: 'broken', code: /certificate|altnames/i.test((error as Error).message) ? 'CERT_NOT_TRUSTED' : 'ERR_SSL_HANDSHAKE' }
  return { means: 'broken', code: connectionCode(error) ?? 'ECONNRESET' }
}
