/** What a source is read with: its client, from the source file, and what a connector's functions are called with. Knows no warehouse. */
import { fileURLToPath } from 'node:url'
import { readSettings } from '../config/form.js'
import { problemText } from '../config/problem.js'
import type { Project } from '../config/project.js'
import { hasApis, type SourceFile } from '../config/source.js'
import { type ConfigValue, credentialVariable, type Environment, findCredential, resolveInside, resolveValue } from '../config/values.js'
import type { Budget, BudgetLimits } from '../connectors/budget.js'
import type { Connector, Context, FilesClient, Log } from '../connectors/connector.js'
import { SourceRefused } from '../connectors/errors.js'
import { openFiles } from '../connectors/files.js'
import { openHttp, type SourceHttp } from '../connectors/http.js'
import type { ProxySettings } from '../connectors/proxy.js'
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
  /** For a source whose base URL is a folder. */
  files: FilesClient | undefined
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
  const folder = folderOf(settings.baseUrl)
  return {
    // A source of files has no address to call; its connector asks for nothing over http.
    http: openHttp({ ...settings, ...(folder !== undefined && { baseUrl: 'http://localhost' }), ...more }),
    files: folder === undefined ? undefined : openFiles({ source: file.name, folder }),
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
  { http, files }: SourceClient,
  options: SourceOptions,
  signal: AbortSignal,
): Context {
  const { project, file, connector, stream } = of
  return {
    source: file.name,
    stream: stream.name,
    http: http.of({ stream: stream.name, signal, exact: stream.exact }),
    settings: settingsOf(file, connector, project, options.environment),
    ...(files && { files }),
    organisation: { code: project.gemaal.organisation.code, rsin: project.gemaal.organisation.rsin },
    clientId: findCredential(file, 'clientId', options.environment).value?.reveal(),
    signal,
    log: options.log,
  }
}

/** The folder of a `file:` base URL; undefined for every other. */
function folderOf(baseUrl: string | { readonly [api: string]: string }): string | undefined {
  return typeof baseUrl === 'string' && baseUrl.startsWith('file:') ? fileURLToPath(baseUrl) : undefined
}

/**
 * The connector's own settings of a source file, as its form reads them, with the values that stand elsewhere.
 *
 * @throws SourceRefused when a value is not found or does not fit
 */
function settingsOf(
  file: SourceFile,
  connector: Connector,
  project: Project,
  environment: Environment,
): { readonly [name: string]: unknown } {
  const { value, looked } = resolveInside(file.settings, environment)
  if (looked.length > 0) throw new SourceRefused(`source '${file.name}': a setting was not found; looked at ${looked.join(', ')}`)
  if (!connector.settings) return value as { readonly [name: string]: unknown }
  const reading = readSettings(connector.settings, value, project, { file: file.file, path: [] })
  if (reading.value === undefined) throw new SourceRefused(`source '${file.name}': ${reading.problems.map(problemText).join('; ')}`)
  return reading.value as { readonly [name: string]: unknown }
}

/** What `openHttp` needs of a source file, with values found when they are needed. */
function clientOptions(file: SourceFile, connector: Connector, options: SourceOptions) {
  const { environment } = options
  const value = (written: ConfigValue, what: string): string => {
    const found = resolveValue(written, environment)
    if (found.value === undefined)
      throw new SourceRefused(`source '${file.name}': ${what} was not found; looked at ${found.looked.join(', ')}`)
    return found.value.reveal()
  }
  const { baseUrl } = file
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
    authentication: connector.authentication,
    credentials: (field: string) => {
      const found = findCredential(file, field, environment)
      if (found.value === undefined)
        throw new SourceRefused(`source '${file.name}': the credential '${field}' was not found; looked at ${found.looked.join(', ')}`)
      return found.value.reveal()
    },
    credentialSetting: (field: string) => credentialVariable(file.name, field),
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
