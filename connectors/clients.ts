/** What a connector reads with: the clients of a source, opened by the worker. `http.ts` and `files.ts` are behind them. */
import type { Json, SourceRecord } from './connector.js'

export interface HttpRequest {
  /** Path under the base URL (of `api`), or an absolute URL of an origin that the source file lists (it is mapped by `knownAs`). */
  url: string
  api?: string | undefined
  method?: 'GET' | 'POST'
  params?: { [name: string]: string | number | boolean | undefined }
  headers?: { [name: string]: string }
  body?: Json
  /** Statuses that come back as an answer rather than as an error, beside 200..299. */
  accept?: readonly number[]
  /**
   * Asked of the whole answer, where its status alone does not say what it means: `renew` when our token ended, `refuse` when an error that
   * `accept` names is none that the caller can use, so that it means what its status says. What it throws ends the request; a
   * SourceUnavailable after the usual attempts.
   */
  judge?(answer: HttpAnswer): 'renew' | 'refuse' | undefined
  /** Numbers of the body as `LosslessNumber` of lossless-json, which keeps their text. Default: exact when the stream's record has a decimal. */
  exact?: boolean
  /** No byte for so long ends the request. Default: the client's idle time-out. */
  idleTimeoutMs?: number
}

export interface HttpAnswer {
  status: number
  headers: { readonly [name: string]: string | undefined }
  /** The URL that was called, for resolving relative links. It can hold a value of a person: never in a message. */
  url: string
  /** What was asked, for messages: source, stream, method and address, with `…` for what may not be shown. */
  where: string
  /** The parsed body: JSON where it is JSON, undefined where it is empty. */
  body: unknown
}

/**
 * One client a source: credentials, budget, retries of short failures, redaction. Errors are those of `errors.ts`: what lasts (429, 5xx, no
 * connection) is SourceUnavailable, 401 and 403 are SourceRefused, any other status that `accept` does not name is UnexpectedResponse.
 */
export interface HttpClient {
  request(request: HttpRequest): Promise<HttpAnswer>
  /**
   * The records of one large answer, parsed as a stream in chunks of at most 500. `at` is the dotted path of the array; left out: the body
   * itself is the array. A status of `accept` that is an error gives no records; `answered` is told it, and all else that stands before them.
   *
   * @throws SourceUnavailable when the answer breaks off after some records: it is read again from the start of the slice
   */
  records(request: HttpRequest, at?: string, answered?: (answer: Omit<HttpAnswer, 'body'>) => void): AsyncIterable<SourceRecord[]>
  /**
   * Turns a link of the source into one that can be requested: relative to `from` (left out: to the base URL), mapped by `knownAs`.
   *
   * @throws SourceRefused when it leads to an origin that the source file does not list
   */
  resolve(link: string, from?: string): string
}

/** A file of a source. */
export interface SourceFileFound {
  /** Path under the folder of the source, with forward slashes. */
  path: string
  size: number
  changedAt: Date
}

/** The folder of a source. Nothing outside of it is reached, also not through links. */
export interface FilesClient {
  /**
   * All files, by path; hidden ones are left out.
   *
   * @throws SourceUnavailable when one was changed so lately that it may still be written: half a file would pass for a whole one
   */
  list(): Promise<SourceFileFound[]>
  /** SHA-256 of the content, 64 hex digits: the same name with other content is another delivery. */
  checksum(path: string): Promise<string>
  /**
   * The bytes of a file.
   *
   * @throws SourceUnavailable when the file changes while it is read, at the latest at its end
   */
  read(path: string): AsyncIterable<Uint8Array>
  /** Opens a file to read it in any order, for formats whose directory stands at their end. The caller closes it. */
  open(path: string): Promise<OpenFile>
}

/** A file that is read in any order: as it was when it was opened. */
export interface OpenFile {
  readonly size: number
  /**
   * The bytes from one place to another, `to` exclusive and at most `size`.
   *
   * @throws SourceUnavailable when the file is no longer the one that was opened
   */
  bytes(from: number, to: number): Promise<Uint8Array>
  close(): Promise<void>
}

/** A statement as the text around its values: one text more than there are values. The client puts the server's placeholders between. */
export interface SqlStatement {
  readonly texts: readonly string[]
  readonly values: readonly string[]
}

/** The server of a source whose base URL is a database (`postgres://…`): each statement on its own, in a session that can only read. */
export interface SqlClient {
  /** Whose SQL it takes; MariaDB and MySQL are one here. */
  readonly server: 'postgres' | 'mysql' | 'sqlserver'
  /**
   * All rows of one statement, each value as text: a statement turns its values into text itself where the server does not send them so.
   * The statement says how many rows at most.
   *
   * @throws SourceUnavailable when there is no connection, no room for one, or no answer in time
   * @throws SourceRefused when the login or a right is missing, or a table or column is not there
   */
  rows(statement: SqlStatement): Promise<readonly SqlRow[]>
}

/** Values in the order in which the statement asked for them. */
export type SqlRow = readonly (string | null)[]

export interface Log {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
}
