/** What a connector reads with: the clients of a source, opened by the worker. `http.ts` and `source-files.ts` are behind them. */
import type { Json, SourceRecord } from './connector.js'

export interface HttpRequest {
  /** Path under the base URL (of `api`), or an absolute URL of an origin that the source file lists (it is mapped by `knownAs`). */
  url: string
  api?: string | undefined
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
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
  /** The body as text, for an answer that is no JSON, such as XML. */
  text?: boolean
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
  /** The parsed body: JSON where it is JSON, undefined where it is empty; its text where that was asked for. */
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
  /** Path under the base URL, with forward slashes. A file in an archive stands under it: `levering.zip/wmo.csv`. */
  path: string
  /** Bytes as it lies there: of a `.gz` those that are packed. Not a number where a web server does not say. */
  size: number
  /** 1970 where the place does not say. */
  changedAt: Date
  /** What the place tells of the content without giving it, such as an ETag. While it stays the same, so does the content; another one can be the same content, delivered again. */
  version: string
}

/** A file that is read in any order: as it was when it was opened. */
export interface OpenFile {
  readonly size: number
  /**
   * The bytes from one place to another, `to` exclusive and at most `size`. From afar each call is a request: ask for much at a time.
   *
   * @throws SourceUnavailable when the file is no longer the one that was opened
   */
  bytes(from: number, to: number): Promise<Uint8Array>
}

/**
 * The files of a source, at the place that its base URL names: a folder, or one over SFTP, S3 or HTTPS. Nothing outside of it is reached, also
 * not through links. Hidden files and those of an upload that goes on (`.part`, `.tmp`, `.filepart`) are never seen.
 */
export interface FilesClient {
  /**
   * Files by path. A pattern is a path in which `*` and `?` stand for text within a name, `**` for folders, `{a,b}` for either, `[0-9]` for a character;
   * `leveringen/*.zip/*.csv` are files in archives. Over HTTPS, which has no listing, each pattern is the path of a file.
   *
   * @param patterns left out: all files, of which archives are not opened
   * @throws SourceUnavailable when one that is asked for may still be written: half a file would pass for a whole one
   * @throws SourceUnavailable when there is nothing at all in a folder that a pattern names: a share that is not mounted looks so too
   */
  list(patterns?: readonly string[]): Promise<SourceFileFound[]>
  /** SHA-256 of what `read` gives, 64 hex digits. Reads the whole file, also from afar: `version` tells at no cost that nothing changed. */
  checksum(path: string): Promise<string>
  /**
   * The bytes of a file, unpacked where its name ends in `.gz`.
   *
   * @throws SourceUnavailable when the file changes while it is read, at the latest at its end
   */
  read(path: string): AsyncIterable<Uint8Array>
  /**
   * Opens a file to read it in any order, for formats whose directory stands at their end.
   *
   * @throws SourceRefused for a file that is packed or in an archive and unpacks to more than 64 MB: it is in memory then
   */
  open(path: string): Promise<OpenFile>
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
