/** Settings of a process, from its environment. The one reader of `process.env`. */
import { z } from 'zod'
import { oneOf } from './problem.js'
import { Secret } from './secret.js'
import { type Environment, fromVariableOrFile } from './values.js'

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

/** Settings of this process. Secrets print as `[secret]`; an empty variable is none. */
export interface Settings {
  /** `DATABASE_URL` or the file that `DATABASE_URL_FILE` names; a URL can hold a password. */
  databaseUrl: Secret | undefined
  /** The `PG…` variables, where PGHOST is set. */
  pg: PostgresSettings | undefined
  /** What was set of `TEMPORAL_…`, for `doctor`; `@temporalio/envconfig` reads these itself. */
  temporal: {
    address: string | undefined
    namespace: string | undefined
    profile: string | undefined
    configFile: string | undefined
  }
  /** Folder of the project: `GEMAAL_PROJECT`. */
  project: string | undefined
  /** Folder in which one machine keeps its servers' data: `GEMAAL_DATA`, default `.gemaal`. */
  data: string
  /** `GEMAAL_LOG`, default `info`. */
  log: LogLevel
  /** Where failed, held, late and recovered are told, and the secret with which that is signed. */
  webhook: { url: Secret; secret: Secret } | undefined
  /** Task queue of Temporal: `GEMAAL_TASK_QUEUE`, default `gemaal`. */
  taskQueue: string
  /** Port of `/healthz` and `/readyz`: `GEMAAL_HEALTH_PORT`; undefined: none. 0: any that is free. */
  healthPort: number | undefined
  /** Port on which a worker takes notificaties: `GEMAAL_CALLBACK_PORT`; undefined: none. 0: any that is free. */
  callbackPort: number | undefined
  /** Streams and slices that one worker reads at once: `GEMAAL_CONCURRENCY`, default 4. */
  concurrency: number
  /** `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`, in capitals or not; a proxy's URL can hold a password. */
  proxy: { http: Secret | undefined; https: Secret | undefined; no: string | undefined }
  /** `NO_COLOR` is set: no colours. */
  noColor: boolean
  /** `CI` is set: no questions, plain progress. */
  ci: boolean
}

export interface PostgresSettings {
  host: string
  port: number | undefined
  user: string | undefined
  password: Secret | undefined
  database: string | undefined
  sslMode: string | undefined
}

/** Variables that cannot be used. Whoever starts the process mends them; the message names them, never what they hold. */
export class SettingsError extends Error {
  override name = 'SettingsError'
  readonly problems: readonly string[]
  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}

const port = z.coerce.number().int().min(0).max(65_535)
const optional = z.string().optional()

const form = z.object({
  PGHOST: optional,
  PGPORT: port.min(1).optional(),
  PGUSER: optional,
  PGDATABASE: optional,
  PGSSLMODE: optional,
  TEMPORAL_ADDRESS: optional,
  TEMPORAL_NAMESPACE: optional,
  TEMPORAL_PROFILE: optional,
  TEMPORAL_CONFIG_FILE: optional,
  GEMAAL_PROJECT: optional,
  GEMAAL_DATA: z.string().default('.gemaal'),
  GEMAAL_LOG: z.enum(logLevels).default('info'),
  GEMAAL_TASK_QUEUE: z.string().default('gemaal'),
  GEMAAL_HEALTH_PORT: port.optional(),
  GEMAAL_CALLBACK_PORT: port.optional(),
  // A slice holds a page of records and a COPY buffer; with 2 GB more than this many at once help nobody.
  GEMAAL_CONCURRENCY: z.coerce.number().int().min(1).max(100).default(4),
  NO_PROXY: optional,
  no_proxy: optional,
  NO_COLOR: optional,
  CI: optional,
})

const expected: { readonly [name: string]: string } = {
  PGPORT: 'a port, 1 to 65535',
  GEMAAL_LOG: oneOf(logLevels),
  GEMAAL_HEALTH_PORT: 'a port, 0 to 65535',
  GEMAAL_CALLBACK_PORT: 'a port, 0 to 65535',
  GEMAAL_CONCURRENCY: 'a whole number, 1 to 100',
}

/**
 * Reads the settings of this process.
 *
 * @throws SettingsError with every variable that cannot be used
 */
export function loadSettings(env: Environment = environment()): Settings {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''))
  const problems: string[] = []
  const reading = form.safeParse(set)
  for (const issue of reading.error?.issues ?? []) {
    const name = String(issue.path[0])
    problems.push(`${name} cannot be used; expected ${expected[name] ?? 'text'}.`)
  }
  const secret = (name: string): Secret | undefined => {
    const found = fromVariableOrFile(name, set)
    // Neither is set: that is no fault. A file that is named and cannot be read is one.
    if (!found.value && set[`${name}_FILE`]) problems.push(`${name} is not found. Looked at: ${found.looked.join('; ')}.`)
    return found.value
  }
  const databaseUrl = secret('DATABASE_URL')
  const password = secret('PGPASSWORD')
  const webhook = webhookOf(secret('GEMAAL_WEBHOOK_URL'), secret('GEMAAL_WEBHOOK_SECRET'), problems)
  if (!reading.success || problems.length > 0) throw new SettingsError(problems)
  const read = reading.data
  const proxy = (name: string) => {
    const url = set[name] ?? set[name.toLowerCase()]
    return url === undefined ? undefined : new Secret(url)
  }
  return {
    databaseUrl,
    pg:
      read.PGHOST === undefined
        ? undefined
        : { host: read.PGHOST, port: read.PGPORT, user: read.PGUSER, password, database: read.PGDATABASE, sslMode: read.PGSSLMODE },
    temporal: {
      address: read.TEMPORAL_ADDRESS,
      namespace: read.TEMPORAL_NAMESPACE,
      profile: read.TEMPORAL_PROFILE,
      configFile: read.TEMPORAL_CONFIG_FILE,
    },
    project: read.GEMAAL_PROJECT,
    data: read.GEMAAL_DATA,
    log: read.GEMAAL_LOG,
    webhook,
    taskQueue: read.GEMAAL_TASK_QUEUE,
    healthPort: read.GEMAAL_HEALTH_PORT,
    callbackPort: read.GEMAAL_CALLBACK_PORT,
    concurrency: read.GEMAAL_CONCURRENCY,
    proxy: { http: proxy('HTTP_PROXY'), https: proxy('HTTPS_PROXY'), no: read.NO_PROXY ?? read.no_proxy },
    noColor: read.NO_COLOR !== undefined,
    ci: read.CI !== undefined && read.CI !== 'false' && read.CI !== '0',
  }
}

/** The variables of this process, for `resolveValue`, `findCredential`, `findPseudonymKey` and the environment of a child process. */
export function environment(): Environment {
  return process.env
}

function webhookOf(url: Secret | undefined, secret: Secret | undefined, problems: string[]): Settings['webhook'] {
  if (!url) return undefined
  if (!URL.canParse(url.reveal()) || !/^https?:$/.test(new URL(url.reveal()).protocol)) {
    problems.push('GEMAAL_WEBHOOK_URL cannot be used; expected an address such as https://chat.example.nl/hooks/….')
    return undefined
  }
  if (!secret) {
    problems.push(
      'GEMAAL_WEBHOOK_URL is set without GEMAAL_WEBHOOK_SECRET or GEMAAL_WEBHOOK_SECRET_FILE; set it, so that the receiver can tell who calls.',
    )
    return undefined
  }
  return { url, secret }
}
