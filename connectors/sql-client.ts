import type { Credentials } from './authentication.js'
import { type Budget, memoryBudget } from './budget.js'
import { waitFor } from './clock.js'
import type { Log, SqlClient, SqlRow, SqlStatement } from './connector.js'
import { SourceRefused } from './errors.js'
import { connectMs, type SqlConnection, type SqlDriver, statementMs } from './sql-client-driver.js'
import { sqlFailure } from './sql-client-failures.js'
import type { TlsSettings } from './wire.js'

export interface SqlOptions {
  /** Name of the source, for messages. */
  source: string
  /** `postgres://host:5432/database`, also `mariadb:`, `mysql:` and `sqlserver:`; with `+plain` behind the scheme nothing is encrypted. */
  baseUrl: string
  /** Gives `username` and `password` each time that a connection is made. */
  credentials: Credentials
  /** The setting in which a credential is found, for messages. */
  credentialSetting(field: string): string
  /** Left out: the server is trusted by what the machine trusts. Its certificate is always checked, with the name of the host. */
  tls?: TlsSettings | undefined
  /** A place is taken for each statement. Left out: no limit. */
  budget?: Budget | undefined
  log: Log
}

/** The client of a source that is a database. Connections are shared by all that `of` gives. */
export interface SourceSql {
  of(view: { stream: string; signal: AbortSignal }): SqlClient
  /** Closes the connections that are kept. Statements that still run fail. */
  close(): void
}

const schemes: { readonly [scheme: string]: { server: SqlClient['server']; driver(): Promise<SqlDriver> } | undefined } = {
  postgres: { server: 'postgres', driver: async () => (await import('./sql-client-postgres.js')).postgres },
  postgresql: { server: 'postgres', driver: async () => (await import('./sql-client-postgres.js')).postgres },
  mariadb: { server: 'mysql', driver: async () => (await import('./sql-client-mysql.js')).mysql },
  mysql: { server: 'mysql', driver: async () => (await import('./sql-client-mysql.js')).mysql },
  sqlserver: { server: 'sqlserver', driver: async () => (await import('./sql-client-sqlserver.js')).sqlserver },
}

/** What the scheme of an address says; undefined when it is none of a database. */
function schemeOf(baseUrl: string) {
  const [, name = '', plain] = /^([a-z]+)(\+plain)?:/.exec(baseUrl) ?? []
  const known = Object.hasOwn(schemes, name) ? schemes[name] : undefined
  return known && { ...known, isPlain: plain !== undefined }
}

/** Whether an address is that of a database. */
export const isDatabase = (baseUrl: string): boolean => schemeOf(baseUrl) !== undefined

/**
 * Opens the client of a database. Nothing is sent yet.
 *
 * @throws SourceRefused when the address cannot be used
 */
export function openSql(options: SqlOptions): SourceSql {
  const pool = new Pool(options)
  const { server } = pool
  return {
    of: ({ stream, signal }) => ({
      server,
      rows: (statement) => pool.rows(statement, `source '${options.source}', stream '${stream}'`, signal),
    }),
    close: () => pool.close(),
  }
}

/** A connection that nobody used for so long is closed: a source has few of them. */
const idleMs = 10_000

class Pool {
  readonly server: SqlClient['server']
  readonly #options: SqlOptions
  readonly #scheme: NonNullable<ReturnType<typeof schemeOf>>
  readonly #url: URL
  readonly #budget: Budget
  readonly #idle = new Map<SqlConnection, NodeJS.Timeout>()
  readonly #busy = new Set<SqlConnection>()

  constructor(options: SqlOptions) {
    const { source, baseUrl, tls } = options
    const refuse = (what: string) => new SourceRefused(`source '${source}': ${what} Correct baseUrl in sources/${source}.yaml.`)
    const scheme = schemeOf(baseUrl)
    if (!scheme) throw refuse('baseUrl is not the address of a database.')
    if (scheme.isPlain && (tls?.ca ?? tls?.cert) !== undefined) throw refuse('baseUrl says that nothing is encrypted, beside tls.')
    this.#scheme = scheme
    this.server = scheme.server
    this.#url = new URL(baseUrl)
    if (this.#url.username !== '' || this.#url.password !== '')
      throw refuse(`baseUrl holds a user or password; they are credentials of the source.`)
    if (this.#url.search !== '' || this.#url.hash !== '')
      throw refuse('baseUrl ends with the name of the database; it takes no parameters.')
    if (!/^\/[^/]+\/?$/.test(this.#url.pathname)) throw refuse('baseUrl does not name one database: postgres://host/database.')
    this.#options = options
    this.#budget = options.budget ?? memoryBudget({ name: source })
  }

  async rows(statement: SqlStatement, where: string, signal: AbortSignal): Promise<SqlRow[]> {
    const driver = await this.#scheme.driver()
    const text = statement.texts.map((part, n) => (n === 0 ? part : driver.placeholder(n - 1) + part)).join('')
    const release = await this.#budget.acquire(signal)
    try {
      for (;;) {
        signal.throwIfAborted()
        const kept = this.#takeIdle()
        try {
          const connection = kept ?? (await this.#connect(driver, signal))
          const began = Date.now()
          const rows = await this.#run(connection, text, statement.values, signal)
          const { source, baseUrl, log } = this.#options
          log.debug({ source, method: 'SQL', url: baseUrl, rows: rows.length, ms: Date.now() - began }, 'answered')
          return rows
        } catch (error) {
          signal.throwIfAborted()
          const failure = driver.failureOf(error)
          // A server ends a connection that stood still: that says nothing of a new one. Reading twice does no harm.
          if (kept && failure.means === 'broken') continue
          this.#options.log.debug({ source: this.#options.source, code: failure.code, means: failure.means }, 'statement failed')
          throw sqlFailure(failure, this.#context(where))
        }
      }
    } finally {
      release()
    }
  }

  #context(where: string) {
    const { source, credentialSetting } = this.#options
    return { where, source, host: this.#url.host, settings: ['username', 'password'].map(credentialSetting) }
  }

  #takeIdle(): SqlConnection | undefined {
    const [connection, timer] = this.#idle.entries().next().value ?? []
    if (connection === undefined) return undefined
    clearTimeout(timer)
    this.#idle.delete(connection)
    return connection
  }

  async #connect(driver: SqlDriver, signal: AbortSignal): Promise<SqlConnection> {
    const { credentials, tls = {} } = this.#options
    const { hostname, port, pathname } = this.#url
    const connecting = driver.connect({
      host: hostname.replace(/^\[|\]$/g, ''),
      port: port === '' ? driver.port : Number(port),
      database: decodeURIComponent(pathname.slice(1).replace(/\/$/, '')),
      username: await credentials('username'),
      password: await credentials('password'),
      tls: this.#scheme.isPlain ? undefined : tls,
    })
    return waitFor(connecting, signal).catch((error: unknown) => {
      // It may still come to be, after nobody waits for it any more.
      connecting.then(
        (late) => late.destroy(),
        () => {},
      )
      throw error
    })
  }

  /** A connection on which something failed is not used again: half an answer may still be on its way. */
  async #run(connection: SqlConnection, text: string, values: readonly string[], signal: AbortSignal): Promise<SqlRow[]> {
    this.#busy.add(connection)
    // The server keeps to its own time-out. This one is for a network that says nothing any more.
    const late = setTimeout(() => connection.destroy(), statementMs + connectMs)
    try {
      const rows = await waitFor(connection.rows(text, values), signal)
      this.#keep(connection)
      return rows
    } catch (error) {
      connection.destroy()
      throw error
    } finally {
      clearTimeout(late)
      this.#busy.delete(connection)
    }
  }

  #keep(connection: SqlConnection): void {
    const timer = setTimeout(() => {
      this.#idle.delete(connection)
      connection.destroy()
    }, idleMs)
    timer.unref()
    this.#idle.set(connection, timer)
  }

  close(): void {
    for (const [connection, timer] of this.#idle) {
      clearTimeout(timer)
      connection.destroy()
    }
    this.#idle.clear()
    for (const connection of this.#busy) connection.destroy()
  }
}
