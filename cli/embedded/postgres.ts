/** Finds the Postgres of the warehouse: the one that the settings name, else one of our own. */
import pg from 'pg'
import { SettingsError } from '../../config/settings.js'
import { WarehouseUnavailable } from '../../sql/database.js'
import { type EmbeddedPostgres, type EmbeddedPostgresOptions, startPostgres } from './postgres-embedded.js'

export { EmbeddedPostgres, startPostgres } from './postgres-embedded.js'

export interface FindPostgresOptions extends EmbeddedPostgresOptions {
  /** `DATABASE_URL`. */
  databaseUrl?: string | undefined
  /** The `PG…` variables, when PGHOST is set. */
  pg?: PostgresVariables | undefined
}

/** `PGHOST` (a name, an address or the folder of a socket), `PGPORT` and so on. */
export interface PostgresVariables {
  host: string
  port?: string | number | undefined
  user?: string | undefined
  password?: string | undefined
  database?: string | undefined
  sslMode?: string | undefined
}

export interface ExternalPostgres {
  readonly kind: 'external'
  /** Holds the password, where there is one. */
  readonly url: string
  readonly version: string
  /** Does nothing: it is not ours. */
  stop(): Promise<void>
}

export type PostgresServer = ExternalPostgres | EmbeddedPostgres

/** Postgres 15 has what the SQL of the warehouse relies on (unique indexes with nulls not distinct, merge). */
const oldest = 15

/**
 * `DATABASE_URL`, else `PG…` when PGHOST is set, else an embedded server that is started here and lives until stop(), or until this process
 * ends.
 *
 * @throws WarehouseUnavailable when it is out of reach; SettingsError when it is older than version 15, or does not take what is set
 */
export async function findPostgres(options: FindPostgresOptions): Promise<PostgresServer> {
  if (options.databaseUrl) return external(options.databaseUrl, 'DATABASE_URL')
  if (options.pg) return external(urlOfVariables(options.pg), 'PGHOST')
  return startPostgres(options)
}

/** The connection URL that the variables mean. */
export function urlOfVariables(variables: PostgresVariables): string {
  const { host, port, user, password, database, sslMode } = variables
  const who = user ? `${encodeURIComponent(user)}${password ? `:${encodeURIComponent(password)}` : ''}@` : ''
  // An IPv6 address goes in brackets; the folder of a socket is escaped whole.
  const where = host.includes(':') ? `[${host}]` : encodeURIComponent(host)
  const which = encodeURIComponent(database ?? user ?? '')
  // sslMode then means what it means to psql: `require` encrypts and does not check who answers.
  const how = sslMode ? `?sslmode=${encodeURIComponent(sslMode)}&uselibpqcompat=true` : ''
  return `postgresql://${who}${where}${port ? `:${port}` : ''}/${which}${how}`
}

async function external(url: string, setting: string): Promise<ExternalPostgres> {
  const place = withoutPassword(url)
  const client = connectionOf(url, setting)
  client.on('error', () => {}) // a connection that breaks fails the query, which says so
  try {
    await client.connect()
    const { rows } = await client.query<{ number: string; name: string }>(
      `select current_setting('server_version_num') as number, current_setting('server_version') as name`,
    )
    const version = rows[0]?.name.split(' ')[0] ?? ''
    if (Number(rows[0]?.number) < oldest * 10_000) {
      throw new SettingsError([
        `The Postgres that ${setting} names, ${place}, is version ${version}; Gemaal needs version ${oldest} or later. ` +
          `Ask its administrator for a newer one, or leave ${setting} out to use the embedded one.`,
      ])
    }
    return { kind: 'external', url, version, stop: async () => {} }
  } catch (cause) {
    if (cause instanceof SettingsError) throw cause
    const told =
      `The Postgres that ${setting} names, ${place}, could not be reached: ${reasonOf(cause)}. ` +
      `Mend ${setting}, or ask its administrator; without it the embedded one is used.`
    // It answered, and takes neither this login nor this database: time does not mend that.
    if (/^(28|3D)/.test((cause as { code?: string }).code ?? '')) throw new SettingsError([told])
    throw new WarehouseUnavailable(told, { cause })
  } finally {
    await client.end().catch(() => {})
  }
}

function connectionOf(url: string, setting: string): pg.Client {
  if (/^postgres(ql)?:\/\//.test(url)) {
    try {
      return new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
    } catch {
      // Without a cause: the error of a URL that cannot be read quotes it, with the password.
    }
  }
  throw new SettingsError([
    `${setting} is no connection URL. It should look like postgresql://user:password@host:5432/database, with special characters escaped.`,
  ])
}

/** `host:5432/database`, for messages. */
function withoutPassword(url: string): string {
  return url.replace(/^\w+:\/\/(.*@)?/s, '').replace(/\?.*$/s, '')
}

function reasonOf(cause: unknown): string {
  // Node tries each address of a name and puts the failures together in one error without a message.
  const errors = cause instanceof AggregateError ? cause.errors : [cause]
  return errors.map((error) => (error instanceof Error ? error.message : String(error))).join('; ')
}
