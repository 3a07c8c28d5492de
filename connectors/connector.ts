/**
 * The contract of a connector, and the glossary. Start reading here.
 *
 * - **source**: one place that holds records; `sources/<name>.yaml` of a project.
 * - **connector**: code or data that reads one kind of source; a folder in `connectors/`.
 * - **stream**: one collection in a source. **record**: one item as read. **key**: the fields that identify it.
 * - **page**: what one request returns. **slice**: a part of a stream that can be read on its own, on another worker.
 * - **cursor**: where reading of a slice resumes, opaque outside the connector. **checkpoint**: where a stream is, moved by publish.
 * - **reading**: a way to read a stream. `full` lists all of it; `changes` is the cheapest sound way that the source offers.
 *
 * Nothing here knows Postgres or Temporal.
 */
import type { z } from 'zod'
import type { Kind } from '../config/kinds.js'
import type { FilesClient, HttpClient, Log, SqlClient } from './clients.js'
import type { AnswerRule, Changes, Pages } from './lists.js'
import type { Notificaties } from './notificaties.js'

export type * from './clients.js'
export * from './errors.js'
export type * from './lists.js'
export type * from './notificaties.js'
export { keyIsStated, recordOf, type StatedRecord, statedKey, statedRecord } from './stated-record.js'

/** Where reading of a slice resumes. JSON text of at most 8 KB, opaque outside the connector. */
export type Cursor = string & { readonly __brand?: 'Cursor' }

/** Where a stream is: the source's own text, at its own precision. Compared by the stream's `compare` only. */
export type Checkpoint = string & { readonly __brand?: 'Checkpoint' }

export type Json = string | number | boolean | null | Json[] | { [name: string]: Json }
export type JsonObject = { [name: string]: Json }

/** A record as the source gave it. Decimals are exact: see `field` on how numbers arrive. */
export type SourceRecord = { [name: string]: unknown }

/** The values of the key fields by field name, as text: `{ uuid: '…' }`. */
export type Key = { readonly [field: string]: string }

export type Reading = 'full' | 'changes'

/**
 * The scope that was listed whole: everything, the children of one parent, of each of the parents that the pages name under
 * `completeParents`, or a period named by the slice. `false` where the listing cannot claim it; then absence means nothing.
 *
 * `appended`: everything that there is was read, and what it lacks is not gone all the same, as of a source that only ever adds.
 */
export type Complete = 'all' | 'appended' | 'parents' | `parent=${string}` | `period=${string}` | false

/**
 * The rights that the source grants to our token: grant → how far it reaches. Compared with those that were accepted, grant by grant. A grant is
 * one or more words; the word `*` stands for every word in its place.
 */
export type Scope = { readonly [grant: string]: number }

// ---------------------------------------------------------------------------------------------------------------------- record

/**
 * JSON Schema (2020-12) of a record, with these words added:
 * `kind` what a field says of a person; `reference` the stream that a URL points to (it lands as `<field>_uuid`); `volatile: true` a field
 * that is no part of change detection; `lands: false` a field that is known but read by another stream; `ordered: true` on a code list
 * whose order means something; `added: true` a field that the connector adds itself.
 *
 * Types: `string` with `format` date, date-time, uuid, uri, duration, decimal, geojson; `number` (exact decimal); `integer`; `boolean`; `object` with
 * `properties` (a group, flattened); `array` of scalars (an array column) or of objects (jsonb, or a child table by contract).
 */
export interface RecordSchema {
  type?: string | string[]
  format?: string
  description?: string
  enum?: readonly (string | null)[]
  properties?: { [name: string]: RecordSchema }
  required?: readonly string[]
  items?: RecordSchema
  anyOf?: readonly RecordSchema[]
  kind?: Kind
  reference?: string
  volatile?: boolean
  lands?: boolean
  ordered?: boolean
  added?: boolean
  [keyword: string]: unknown
}

/**
 * Describes one field of a record in a TypeScript connector: its form, what it says of a person, and what it means.
 *
 * Numbers of a stream that has a `z.number()` field arrive as exact text, never through floating point.
 */
export function field<T extends z.ZodType>(
  type: T,
  kind: Kind,
  description: string,
  more: { reference?: string; volatile?: boolean; lands?: boolean; ordered?: boolean; added?: boolean; format?: string } = {},
): T {
  return type.meta({ kind, description, ...more }) as T
}

// ---------------------------------------------------------------------------------------------------------------------- reading

/** What one request returned. */
export interface Page {
  records: SourceRecord[]
  /** Keys that the source itself says are gone. */
  removed?: Key[]
  /** Where to go on after this page. Left out: the slice starts again from its beginning after a failure. */
  cursor?: Cursor
  /** How many records the source says this slice holds, as of this page. */
  total?: number
  /** When the first request of this page was sent. Left out: when the page was asked of the connector. */
  readAt?: Date
  /**
   * Parents whose children this page and the ones before it hold whole, as their key is spelt in the child's parent field (a UUID for a link).
   * A parent that is gone has none.
   */
  completeParents?: readonly string[]
  /** Records that could not be read: each becomes a finding in quarantine, by key. */
  unreadable?: { key: Key | null; reason: string }[]
}

/** How a slice ended. */
export interface End {
  /** The scope that this slice listed whole. `all` on every slice of a plan means the union of the slices is the stream. */
  complete: Complete
  /** Where the stream is after this slice; publish keeps the greatest of all slices. */
  checkpoint?: Checkpoint
}

/** A part of a stream that can be read independently. `name` is unique in its plan and holds no value of a person. */
export interface Slice {
  name: string
  params?: JsonObject
}

/** What a slice reader asks of the warehouse: keys of this stream that stand in its datasets. */
export interface Known {
  /**
   * Keys that match all conditions on columns in one dataset of the stream or more, in key order, in chunks of at most 1,000.
   * `undefined` when a dataset lacks one of the columns or does not hold its keys as the source spells them.
   */
  keys(conditions?: { [column: string]: string | null }): AsyncIterable<Key[]> | undefined
  /** The same of another stream of this source, with a limit to rows whose content changed at or after a moment. */
  keysOf(stream: string, conditions?: { [column: string]: string | null }, changedSince?: Date): AsyncIterable<Key[]> | undefined
}

export interface Context {
  /** Name of the source, for messages. */
  readonly source: string
  /** Name of the stream, for messages. */
  readonly stream: string
  readonly http: HttpClient
  /** The files of a source whose base URL names a place of files: `file:`, `sftp:` or `s3:`, or `https:` for a connector of files; undefined for others. */
  readonly files?: FilesClient | undefined
  /** The server of a source whose base URL is a database; undefined for others. */
  readonly sql?: SqlClient | undefined
  /** Settings of the source file that are the connector's own, parsed by its `settings`. */
  readonly settings: { readonly [name: string]: unknown }
  /** Entries under `streams:` of the source file as the connector's `streamSettings` reads them, without those that do not fit it yet. */
  readonly streams: { readonly [stream: string]: JsonObject }
  readonly organisation: { readonly code: string; readonly rsin?: string | undefined }
  /** The name by which the source knows us, where its authentication has a `clientId`; no secret. */
  readonly clientId?: string | undefined
  readonly signal: AbortSignal
  readonly log: Log
}

export interface SliceContext extends Context {
  readonly reading: Reading
  /** Where the stream is; undefined when it was never read or for `full`. */
  readonly checkpoint: Checkpoint | undefined
  /** Fields that some dataset lands or judges, to ask the source for no more. */
  readonly fields: ReadonlySet<string>
  /** Conditions that every dataset of the stream shares and that the stream says it can push down. */
  readonly where: readonly PushedCondition[]
  readonly known: Known
}

export interface ReadContext extends SliceContext {
  readonly slice: Slice
  /** Where an earlier attempt of this slice was; undefined at its beginning. */
  readonly cursor: Cursor | undefined
}

/** A condition of a contract that was pushed to the source, on a column name. */
export type PushedCondition =
  | { column: string; is: null }
  | { column: string; in: readonly string[] }
  | { column: string; atMost: string }
  | { column: string; from?: string; to?: string }

/** What re-reading one key says. `unreadable`: it is there, and the source fails on it; the reason is for a finding. */
export type KeyAnswer = { key: Key } & ({ found: SourceRecord } | { gone: true } | { forbidden: true } | { unreadable: string })

// ---------------------------------------------------------------------------------------------------------------------- stream

/** What the `changes` reading can be trusted with. */
export interface ChangesReading {
  sees: { updates: boolean; deletes: boolean }
  /** In words, for `plan` and the docs: what this reading cannot see, and what finds it instead. */
  blind: string
  /** Orders two checkpoints exactly: negative, 0, positive. Left out: by the text of ISO instants at any precision. */
  compare?(a: Checkpoint, b: Checkpoint): number
  /** Columns of the stream's datasets that `known` needs; where a dataset lacks one, `full` is read instead. */
  needs?: readonly string[]
}

export interface Stream {
  /** One line: what the stream holds. */
  description?: string
  record: z.ZodObject | RecordSchema
  /** Name of the key field, or names. */
  key: string | readonly string[]
  /** Which base URL, for a connector with several. */
  api?: string
  /** The stream whose records own these, and the field that points to the owner. A parent that is gone takes its children along. */
  parent?: { stream: string; field: string }
  /** Left out: read after no other stream. Names of streams that must be published before this one is read. */
  after?: readonly string[]
  changes?: Changes
  changesReading?: ChangesReading

  /**
   * Path of the list. `{settings.x}`, `{organisation.code}` and `{organisation.rsin}` are filled in, here and in `params`; for a stream with a
   * parent also `{parent.<key field>}`: the list is then read for each parent.
   */
  path?: string
  params?: { [name: string]: string }
  pages?: Pages
  /** Headers of every request of this stream, over those of the connector. */
  headers?: { readonly [name: string]: string }
  /** A list that is asked for by POST: what paging and `changes` give goes into `body`, at the place that `param` names, and not into the address. */
  method?: 'POST'
  /** What is posted. In its texts `{settings.x}`, `{organisation.x}` and `{parent.x}` are filled in; other braces stay. */
  body?: JsonObject
  onAnswer?: readonly AnswerRule[]

  /** Parts that can be read independently. Left out: one slice named `all`. */
  slices?(ctx: SliceContext): Promise<Slice[]>
  /** Reads one slice. In place of `path` and `pages`. Safe to call again from any cursor that it gave. */
  read?(ctx: ReadContext): AsyncGenerator<Page, End>
  /** What `read` and `byKey` do to a record first, as far as it takes no request; in place. `gemaal rules explain` asks for it, which has only the record. */
  prepare?(record: SourceRecord): SourceRecord
  /** Re-reads given keys (1..1,000): each comes back once. A source without it cannot prove a delete at once. */
  byKey?(ctx: Context & { fields: ReadonlySet<string> }, keys: readonly Key[]): AsyncIterable<KeyAnswer>
  /** Declarative `byKey`: the path of one record, `zaken/{uuid}`; 404 and 410 say gone, 403 says forbidden. */
  byKeyPath?: string

  /** Conditions that the source can filter on, by column. */
  pushDown?: { [column: string]: readonly ('null' | 'in' | 'atMost' | 'range')[] }
  /** A request that must return no rows when the source honours the filter that `changes` relies on; run by `doctor`. */
  proveFilter?(ctx: Context): Promise<{ ok: boolean; message: string }>
  /** What a contract takes when it says nothing. */
  defaults?: { retention?: { follow: string } | { keep: string; after: string }; packs?: readonly string[] }
}

// ---------------------------------------------------------------------------------------------------------------------- connector

/** How requests are signed. The names of the credentials follow: `GEMAAL_<SOURCE>_<FIELD>`. */
export type Authentication =
  | { by: 'none' }
  | { by: 'bearer' } //  credentials: token
  | { by: 'token' } //   credentials: token; sends `Authorization: Token <token>`
  | { by: 'basic' } //   credentials: username, password
  | { by: 'afasToken' } // credentials: token, the XML text that AFAS Profit gives; sends `Authorization: AfasToken <base64>`
  | { by: 'apiKey'; header: string } // credentials: key
  | { by: 'apiKey'; param: string } //  credentials: key; in the query of every request, and in no cursor and no log
  | { by: 'zgw' } //     credentials: clientId, secret; a fresh HS256 token a request
  | OAuth2 //               credentials: clientId, clientSecret
  | { by: 'place' } //   for a connector of files: as the place that baseUrl names asks for
  | { by: 'stated' } //  for a connector of many sources: as `signIn` of the source file says, which `sign-in.ts` has the form of

/** How a source is signed in at, when it is known which one. */
export type Signing = Exclude<Authentication, { by: 'stated' }>

/** OAuth2 client credentials (RFC 6749 §4.4). `{settings.x}` is filled in in each text. */
export interface OAuth2 {
  by: 'oauth2'
  /** Path of the token endpoint: from the root of the base URL with a slash in front, else under it. Or its address: its origin then stands under `origins` of the source file. */
  tokenPath: string
  scope?: string
  /** Further fields of the request for a token, such as `audience` or `resource`. */
  fields?: { readonly [name: string]: string }
  body?: 'form' | 'json'
  /** Our id and secret go by basic authentication. Left out: in the body. */
  client?: 'basic'
}

/** What `doctor` tells of a source. With `mend`, what to do about it, it is a warning. */
export interface Observation {
  message: string
  mend?: string
}

/** A difference in what a stream's source describes, for streams that are known only there. */
export interface StreamProposal {
  settings: JsonObject
  /** Left out, and `key` with it: the connector knows the record itself, and the source file has no entry for it. */
  record?: RecordSchema
  key?: readonly string[]
  description?: string
  /** What can be chosen from in the stream, for the one who writes its entry: a line each. Shown for streams that the file states, too. */
  offers?: readonly string[]
}

export interface Connector {
  /** Documentation of the source's API, for people. */
  docs: string
  authentication?: Authentication
  /** Where the source is when its file gives no `baseUrl`: a public service, that has one address for everyone. */
  defaultBaseUrl?: string | { readonly [api: string]: string }
  /** Names of the APIs when the source has several base URLs, each with its path under one shared base URL. */
  apis?: { [api: string]: string }
  /** Settings of a source file beyond the common ones. */
  settings?: z.ZodObject
  /** Settings of one entry under `streams:` of a source file, for streams that are known only at the source. */
  streamSettings?: z.ZodObject
  streams:
    | { readonly [name: string]: Stream }
    | ((source: { settings: JsonObject; streams: { [name: string]: JsonObject } }) => { [name: string]: Stream })
  /**
   * The rights that our token has now; asked at the start of a run. Left out: the source cannot say. `undefined`: it did not say this time,
   * which is no change; what was last known stands.
   */
  scope?(ctx: Context): Promise<Scope | undefined>
  /** What is worth knowing of the source beside its rights to read: its version, rights that our login should not have. Asked by `doctor`. */
  inspect?(ctx: Context): Promise<readonly Observation[]>
  /**
   * Streams that the source offers, for `discover`.
   *
   * @param stated what the source file states under `streams:` already, so that it can be described under its own name
   */
  discover?(ctx: Context, stated: { readonly [stream: string]: JsonObject }): Promise<{ [stream: string]: StreamProposal }>
  /** What messages of a Notificaties API mean for the streams. Left out: the source tells nothing by itself. */
  notificaties?: Notificaties
  /** Headers that every request carries. */
  headers?: { [name: string]: string }
  /**
   * Seconds until a record can be read to which another one, that was read, refers already: 0 for a source that is one database. A source file
   * can say otherwise. Left out: 60.
   */
  settleSeconds?: number
}

/** Names of the fields of a record; any text for a record in JSON Schema, which is checked when it is loaded. */
type FieldName<Record> = Record extends z.ZodObject<infer Shape> ? Extract<keyof Shape, string> : string

/** A stream whose key, cursor and link to its parent are fields of its own record. */
type FieldsExist<S> = S extends { record: infer Record }
  ? {
      key: FieldName<Record> | readonly FieldName<Record>[]
      changes?: { cursor: FieldName<Record> }
      parent?: { field: FieldName<Record> }
    }
  : unknown

type StreamsExist<Streams> = Streams extends (...source: never[]) => unknown
  ? unknown
  : { readonly [Name in keyof Streams]: FieldsExist<Streams[Name]> }

/** Declares a connector; being there is being registered. A key, cursor or parent field that is not in its `record` does not compile. */
export function connector<const C extends Connector>(definition: C & { streams: StreamsExist<C['streams']> }): C {
  return definition
}
