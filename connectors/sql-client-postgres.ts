import type { ClientConfig } from 'pg'
import type { SqlRow } from './connector.js'
import { connectMs, type SqlAddress, type SqlConnection, type SqlDriver, statementMs } from './sql-client-driver.js'
import { connectionCode, type SqlFailure } from './sql-client-failures.js'

/**
 * What a session is: it can only read, and writes values in one way whatever the settings of server and role are. Each statement sees what was
 * committed when it began, and locks nothing that others wait for.
 *
 * @see https://www.postgresql.org/docs/current/runtime-config-client.html
 */
const session = [
  'set session characteristics as transaction isolation level read committed read only',
  `set statement_timeout = ${statementMs}`,
  'set lock_timeout = 30000',
  "set datestyle = 'ISO, YMD'",
  "set intervalstyle = 'iso_8601'",
  "set timezone = 'UTC'",
  'set extra_float_digits = 1',
].join(';')

/** Speaks with a PostgreSQL that is a source. The warehouse is not its business. */
export const postgres: SqlDriver = {
  port: 5432,
  placeholder: (n) => `$${n + 1}`,
  connect,
  failureOf,
}

async function connect({ host, port, database, username, password, tls }: SqlAddress): Promise<SqlConnection> {
  const { default: pg } = await import('pg')
  const config: ClientConfig = {
    host,
    port,
    database,
    user: username,
    password,
    ssl: tls ? { ca: tls.ca, cert: tls.cert, key: tls.key, rejectUnauthorized: true, servername: host } : false,
    application_name: 'gemaal',
    connectionTimeoutMillis: connectMs,
    keepAlive: true,
  }
  const client = new pg.Client(config)
  // Of a connection that stands idle nobody waits for the error; the next statement on it meets its end.
  client.on('error', () => {})
  const destroy = () => void client.end().catch(() => {})
  try {
    await client.connect()
    await client.query(session)
  } catch (error) {
    destroy()
    throw error
  }
  return {
    async rows(text, values) {
      const asText = { getTypeParser: () => (value: unknown) => value }
      const { rows } = await client.query({ text, values: [...values], rowMode: 'array', types: asText })
      return rows as unknown as SqlRow[]
    },
    destroy,
  }
}

/** @see https://www.postgresql.org/docs/current/errcodes-appendix.html */
function failureOf(error: unknown): SqlFailure {
  const state = (error as { code?: unknown }).code
  if (typeof state === 'string' && /^[0-9A-Z]{5}$/.test(state)) return { code: state, means: meaningOf(state) }
  return { means: 'broken', code: connectionCode(error) ?? codeInWords(error) }
}

function meaningOf(state: string): SqlFailure['means'] {
  if (state === '57014') return 'slow'
  if (state === '42501') return 'right'
  if (state === '42P01' || state === '42703' || state === '3F000') return 'absent'
  if (state === '3D000' || state.startsWith('28')) return 'login'
  if (/^(08|53|55|57|58|40)/.test(state)) return 'busy'
  return 'wrong'
}

/** The driver has words only for what goes wrong before and after a session. */
function codeInWords(error: unknown): string {
  const words = String((error as { message?: unknown }).message)
  if (/timeout/i.test(words)) return 'connect-timeout'
  if (/does not support SSL/i.test(words)) return 'ERR_SSL_WRONG_VERSION_NUMBER'
  return 'ECONNRESET'
}
