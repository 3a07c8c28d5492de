/** What a driver of a database is for its client: the part that differs from server to server. */
import type { SqlRow } from './connector.js'
import type { SqlFailure } from './sql-client-failures.js'
import type { TlsSettings } from './wire.js'

/** Where a server is, and how a connection is made to it. */
export interface SqlAddress {
  host: string
  port: number
  database: string
  username: string
  password: string
  /** Undefined: nothing is encrypted. */
  tls: TlsSettings | undefined
}

/** A connection whose session can only read. */
export interface SqlConnection {
  rows(text: string, values: readonly string[]): Promise<SqlRow[]>
  /** Ends at once, whatever runs on it. */
  destroy(): void
}

/** How one kind of server is spoken with. Its driver is loaded when a first connection is made. */
export interface SqlDriver {
  readonly port: number
  /** The placeholder of the n-th value, counted from 0. */
  placeholder(n: number): string
  connect(address: SqlAddress): Promise<SqlConnection>
  /** What an error of the driver means. */
  failureOf(error: unknown): SqlFailure
}

/** How long a connection may take to be made, and a statement to be answered. A chunk takes some milliseconds where the key has an index. */
export const connectMs = 20_000
export const statementMs = 300_000
