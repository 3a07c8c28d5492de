/** A source as a worker opens it, for the checks of a connector: without a project, and with waits that pass at once. */

import { withSettings } from '../authentication.js'
import type { Clock } from '../clock.js'
import type { Connector, Context, FilesClient, JsonObject, Log, Stream } from '../connector.js'
import { type HttpOptions, openHttp, type SourceHttp } from '../http.js'
import { streamsOf } from '../load.js'
import type { SourceSql } from '../sql-client.js'
import { type OpenStream, openStream } from '../stream.js'

export interface OpenSource {
  connector: Connector
  streams: { readonly [name: string]: Stream }
  http: SourceHttp
  log: KeptLog
  stream(name: string): OpenStream
  context(stream: string): Context & { fields: ReadonlySet<string> }
  close(): void
}

export interface SourceOptions {
  baseUrl: HttpOptions['baseUrl']
  credentials?: { [field: string]: string }
  http?: Partial<HttpOptions>
  files?: FilesClient
  sql?: SourceSql
  settings?: JsonObject
  streams?: { [name: string]: JsonObject }
}

/** The municipality that asks. */
export const organisation = { code: '0363', rsin: '002564440' } as const

/**
 * Opens a source under the name `probe`. Nothing is sent yet.
 *
 * @throws InvalidConnector when a stream contradicts itself
 */
export function openSource(connector: Connector, options: SourceOptions): OpenSource {
  const { credentials = {}, settings = {}, streams: stated = {} } = options
  const streams = streamsOf(connector, { settings, streams: stated })
  const log = keptLog()
  const http = openHttp({
    source: 'probe',
    version: '0.0.0',
    baseUrl: options.baseUrl,
    apis: connector.apis,
    authentication: withSettings(connector.authentication, 'probe', () => settings),
    headers: connector.headers,
    credentials: (field) => credentials[field] ?? '',
    clock: impatientClock,
    log,
    ...options.http,
  })
  const signal = new AbortController().signal
  return {
    connector,
    streams,
    http,
    log,
    stream: (name) => openStream(name, streams),
    context: (stream) => ({
      source: 'probe',
      stream,
      http: http.of({ stream, signal, exact: openStream(stream, streams).exact }),
      files: options.files,
      sql: options.sql?.of({ stream, signal }),
      settings,
      streams: stated,
      organisation,
      clientId: credentials.clientId,
      signal,
      log,
      fields: new Set(openStream(stream, streams).fields.map(({ path }) => path[0]!)),
    }),
    close() {
      http.close()
      options.sql?.close()
    },
  }
}

/** The clock of this machine, but for its sleep, which passes at once: for sources that judge a token by the time. */
export const impatientClock: Clock = {
  now: () => new Date(),
  random: () => 0,
  sleep: async (_, signal) => {
    signal?.throwIfAborted()
    await new Promise((resolve) => setImmediate(resolve))
  },
}

export interface KeptLog extends Log {
  lines: string[]
}

/** A log that keeps its lines as text, to search them. */
export function keptLog(): KeptLog {
  const lines: string[] = []
  const keep = (level: string) => (fields: object, message: string) => {
    lines.push(`${level} ${message} ${JSON.stringify(fields)}`)
  }
  return { lines, debug: keep('debug'), info: keep('info'), warn: keep('warn') }
}
