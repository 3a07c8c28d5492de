/** What a source is read with: its client, from the source file, and what a connector's functions are called with. Knows no warehouse. */
import { readSettings } from '../config/form.js'
import { problemText } from '../config/problem.js'
import type { Project } from '../config/project.js'
import { hasApis, type SourceFile } from '../config/source.js'
import { type ConfigValue, credentialVariable, type Environment, findCredential, resolveInside, resolveValue } from '../config/values.js'
import { withSettings } from '../connectors/authentication.js'
import type { Budget, BudgetLimits } from '../connectors/budget.js'
import type { Connector, Context, JsonObject, Log } from '../connectors/connector.js'
import { SourceRefused } from '../connectors/errors.js'
import { isPlaceOfFiles, requestsOf } from '../connectors/file-access.js'
import { openHttp, type SourceHttp } from '../connectors/http.js'
import type { ProxySettings } from '../connectors/proxy.js'
import { openFiles, type SourceFiles } from '../connectors/source-files.js'
import { isDatabase, openSql, type SourceSql } from '../connectors/sql-client.js'
import type { OpenStream } from '../connectors/stream.js'

export interface SourceOptions {
  /** Where credentials are found. */
  environment: Environment
  proxy?: ProxySettings | undefined
  version: string
  log: Log
}

export interface SourceClient {
  http: SourceHttp
  /** For a source whose base URL is a place of files. */
  files: SourceFiles | undefined
  /** For a source whose base URL is a database. */
  sql: SourceSql | undefined
  /** Closes the connections that are kept. */
  close(): void
}

/**
 * Opens the client of a source. Nothing is sent yet; credentials are looked for when they are needed.
 *
 * @param more `budget`: left out, the client knows no limit; `traceId`: left out, a trace of its own
 * @throws SourceRefused when an address or a certificate is not found or cannot be used
 */
export function openSource(
  file: SourceFile,
  connector: Connector,
  options: SourceOptions,
  more: { budget?: Budget; traceId?: string } = {},
): SourceClient {
  const settings = clientOptions(file, connector, options)
  const { baseUrl, place, optional } = settings
  const sql = typeof baseUrl === 'string' && isDatabase(baseUrl) ? openSql({ ...settings, baseUrl, ...more }) : undefined
  const files = typeof baseUrl === 'string' && isPlaceOfFiles(baseUrl, connector) ? baseUrl : undefined
  const http = openHttp({
    ...settings,
    // A database has no address to call; its connector asks for nothing over http.
    ...(sql && { baseUrl: 'http://localhost' }),
    ...(files !== undefined && requestsOf(file.name, files, place, (field) => optional(field) !== undefined)),
    ...more,
  })
  const opened =
    files === undefined ? undefined : openFiles({ ...settings, ...place, ...more, baseUrl: files, credentials: optional, http })
  return {
    http,
    files: opened,
    sql,
    close() {
      http.close()
      opened?.close()
      sql?.close()
    },
  }
}

/** The budget that a source file states. */
export function limitsOf(file: SourceFile): BudgetLimits & { periodMs: number } {
  return {
    name: file.budget?.name ?? file.name,
    requests: file.budget?.requests,
    periodMs: (file.budget?.perSeconds ?? 60) * 1000,
    atOnce: file.budget?.atOnce,
    between: file.budget?.between,
  }
}

/** What the functions of a connector are called with, for one stream. */
export function contextOf(
  of: { project: Project; file: SourceFile; connector: Connector; stream: Pick<OpenStream, 'name' | 'exact'> },
  { http, files, sql }: SourceClient,
  options: SourceOptions,
  signal: AbortSignal,
): Context {
  const { project, file, connector, stream } = of
  return {
    source: file.name,
    stream: stream.name,
    http: http.of({ stream: stream.name, signal, exact: stream.exact }),
    settings: settingsOf(file, connector, project, options.environment),
    streams: streamSettingsOf(file, connector, project),
    ...(files && { files: files.of({ stream: stream.name, signal }) }),
    ...(sql && { sql: sql.of({ stream: stream.name, signal }) }),
    organisation: { code: project.gemaal.organisation.code, rsin: project.gemaal.organisation.rsin },
    clientId: findCredential(file, 'clientId', options.environment).value?.reveal(),
    signal,
    log: options.log,
  }
}

/**
 * The connector's own settings of a source file, as its form reads them, with the values that stand elsewhere.
 *
 * @throws SourceRefused when a value is not found or does not fit
 */
function settingsOf(
  file: SourceFile,
  connector: Connector,
  project: Pick<Project, 'at'>,
  environment: Environment,
): { readonly [name: string]: unknown } {
  const { value, looked } = resolveInside(file.settings, environment)
  if (looked.length > 0) throw new SourceRefused(`source '${file.name}': a setting was not found; looked at ${looked.join(', ')}`)
  if (!connector.settings) return value as { readonly [name: string]: unknown }
  const reading = readSettings(connector.settings, value, project, { file: file.file, path: [] })
  if (reading.value === undefined) throw new SourceRefused(`source '${file.name}': ${reading.problems.map(problemText).join('; ')}`)
  return reading.value as { readonly [name: string]: unknown }
}

/** What stands under `streams:` of a source file, as the connector's form reads it. An entry that does not fit is the plan's to refuse. */
export function streamSettingsOf(file: SourceFile, connector: Connector, project: Project): { [stream: string]: JsonObject } {
  const form = connector.streamSettings
  if (!form) return {}
  return Object.fromEntries(
    Object.entries(file.streams).flatMap(([name, written]) => {
      const { value } = readSettings(form, written, project, { file: file.file, path: ['streams', name] })
      return value === undefined ? [] : [[name, value as JsonObject]]
    }),
  )
}

const elsewhere: Pick<Project, 'at'> = { at: (path) => ({ file: path, line: 1, column: 1 }) }

/**
 * The value of a setting of a source file.
 *
 * @throws SourceRefused when it is not found, with where was looked
 */
export function settingOf(file: SourceFile, written: ConfigValue, what: string, environment: Environment): string {
  const found = resolveValue(written, environment)
  if (found.value === undefined)
    throw new SourceRefused(`source '${file.name}': ${what} was not found; looked at ${found.looked.join(', ')}`)
  return found.value.reveal()
}

/** What `openHttp` needs of a source file, with values found when they are needed. */
export function clientOptions(file: SourceFile, connector: Connector, options: SourceOptions) {
  const { environment } = options
  const value = (written: ConfigValue, what: string): string => settingOf(file, written, what, environment)
  const { baseUrl = connector.defaultBaseUrl } = file
  if (baseUrl === undefined) throw new SourceRefused(`source '${file.name}': there is no baseUrl in ${file.file}`)
  const pem = (reference: ConfigValue | undefined, what: string) => (reference === undefined ? undefined : value(reference, what))
  return {
    source: file.name,
    baseUrl: hasApis(baseUrl)
      ? Object.fromEntries(Object.entries(baseUrl).map(([api, address]) => [api, value(address, `baseUrl of '${api}'`)]))
      : value(baseUrl, 'baseUrl'),
    apis: connector.apis,
    knownAs: file.knownAs,
    origins: file.origins,
    // Where a setting stands was told when the project was checked, which found it fit.
    authentication: withSettings(connector.authentication, file.name, () => settingsOf(file, connector, elsewhere, environment)),
    credentials: (field: string) => {
      const found = findCredential(file, field, environment)
      if (found.value === undefined)
        throw new SourceRefused(`source '${file.name}': the credential '${field}' was not found; looked at ${found.looked.join(', ')}`)
      return found.value.reveal()
    },
    /** A credential that a source can do without. */
    optional: (field: string) => findCredential(file, field, environment).value?.reveal(),
    credentialSetting: (field: string) => credentialVariable(file.name, field),
    place: { ...file.place, endpoint: file.place.endpoint === undefined ? undefined : value(file.place.endpoint, 'endpoint') },
    headers: {
      ...connector.headers,
      ...Object.fromEntries(Object.entries(file.headers).map(([name, header]) => [name, () => value(header, `header ${name}`)])),
    },
    tls: { ca: pem(file.tls.ca, 'tls.ca'), cert: pem(file.tls.cert, 'tls.cert'), key: pem(file.tls.key, 'tls.key') },
    proxy: options.proxy,
    version: options.version,
    log: options.log,
  }
}
