import { z } from 'zod'
import { nearestWord, oneOf } from './problem.js'
import { defaultSyncs, type Sync, syncForm } from './syncs.js'
import { type ConfigValue, configValue, isReference, type Reference, reference } from './values.js'
import { count, duration, type Hours, hours, kebabCase, kebabName, streamName, textLike } from './words.js'
import type { Path, WrittenMap } from './yaml.js'

const address = configValue.superRefine((value, ctx) => {
  if (typeof value !== 'string') return
  const url = URL.canParse(value) ? new URL(value) : undefined
  const fault = !url
    ? 'this is not an address; expected one such as https://api.example.nl/v1, { env: NAME } or { file: path }'
    : url.username !== '' || url.password !== ''
      ? 'the address holds a user or password; give them as credentials of the source'
      : url.search !== '' || url.hash !== ''
        ? 'the address holds a query or fragment; an address ends with its path, and a key in it is a credential'
        : undefined
  if (fault) ctx.addIssue({ code: 'custom', message: fault })
})

const origin = textLike(/^https?:\/\/[^\s/?#@]+(\/[^\s?#@]*)?$/, 'an address such as https://login.example.nl')
const apiName = textLike(/^[a-z][A-Za-z0-9]*$/, 'the name of an API of the connector, such as zaken')
const fieldName = textLike(/^[a-z][A-Za-z0-9]*$/, 'the name of a credential, such as clientId')
const hostKey = textLike(
  /^SHA256:[A-Za-z0-9+/]{43}$/,
  'the fingerprint of a host key, SHA256: and 43 characters, as ssh-keygen -l and gemaal doctor show it',
)
const headerName = textLike(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 'the name of a header')

const commonShape = {
  connector: textLike(kebabCase, 'the name of a connector, such as zgw').describe(
    'Name of the connector: a folder in connectors/ of the product or of this project',
  ),
  baseUrl: z
    .union([address, z.record(apiName, address)], { error: 'an address, { env: NAME }, or a map with an address for each API' })
    .optional()
    .describe('Where the source is: one address, or one for each API of the connector'),
  knownAs: z
    .record(origin, apiName)
    .default({})
    .describe('Addresses that stand inside links of the source, and the API that they mean: mapped for requests, never in data'),
  origins: z.array(origin).default([]).describe('Further addresses that credentials may go to, such as that of a token endpoint'),
  headers: z.record(headerName, configValue).default({}).describe('Headers of every request'),
  credentials: z.record(fieldName, configValue).default({}).describe('Credentials; left out: GEMAAL_<SOURCE>_<FIELD> or …_FILE'),
  tls: z
    .strictObject({
      ca: reference.optional().describe('Certificates (PEM) that the source is trusted by'),
      cert: reference.optional().describe('Our own certificate (PEM), for mutual TLS'),
      key: reference.optional().describe('The private key (PEM) of our certificate'),
    })
    .superRefine((tls, ctx) => {
      if ((tls.cert === undefined) !== (tls.key === undefined)) {
        const missing = tls.cert === undefined ? 'cert' : 'key'
        ctx.addIssue({ code: 'custom', message: `missing key '${missing}': our certificate and its private key go together` })
      }
    })
    .optional()
    .describe('TLS beyond what the machine trusts'),
  hostKey: z
    .union([hostKey.transform((key) => [key]), z.array(hostKey).min(1)], {
      error: 'the fingerprint of a host key, SHA256:…, or a list of them',
    })
    .optional()
    .describe('SFTP: the host key by which the server is known; a list while it gets another one'),
  endpoint: address.optional().describe('S3: address of the server; left out: that of Amazon in the region'),
  region: textLike(/^[a-z0-9-]+$/, 'the name of a region, such as eu-central-1')
    .optional()
    .describe('S3: region of the bucket; left out: us-east-1, as servers without regions take it'),
  ready: textLike(/\{file\}/, 'the path of a marker with {file} in it, such as {file}.ok')
    .optional()
    .describe(
      'Files: the marker that a sender puts beside a file when it is whole, such as {file}.ok; left out: a file is read when it has come to rest',
    ),
  budget: z
    .strictObject({
      name: kebabName.optional().describe('Sources that name the same budget share it; left out: this source alone'),
      requests: count.optional().describe('At most so many requests a period'),
      per: duration.optional().describe('The period; left out: 1 minute'),
      atOnce: count.optional().describe('At most so many requests that are not yet answered'),
      between: hours.optional().describe('Hours in Europe/Amsterdam in which the source may be read, such as 19:00-07:00'),
    })
    .superRefine((budget, ctx) => {
      if (budget.per !== undefined && budget.requests === undefined)
        ctx.addIssue({ code: 'custom', path: ['per'], message: "'per' goes with 'requests'; expected how many requests a period" })
    })
    .optional()
    .describe('What the source takes; left out: no limit'),
  giveUpAfter: duration
    .default(86_400)
    .describe('How long a stream waits for a source that is unavailable before it is incomplete; left out: 1 day'),
  settle: z
    .union([z.literal('none').transform(() => 0), duration], { error: 'a duration such as 60 seconds, or none' })
    .optional()
    .describe(
      'How long a record that others refer to and that no listing showed may be on its way, before it is asked for by key; left out: as the connector says, else 60 seconds',
    ),
  notificaties: z
    .strictObject({
      baseUrl: address.describe('Address of the Notificaties API, such as https://notificaties.waterdam.example/api/v1'),
      callback: address.describe('Where it reaches us: the address that leads to /notificaties/<source> of a worker'),
    })
    .optional()
    .describe('Where the source tells what changed; left out: it is read by its syncs alone'),
  syncs: z
    .record(kebabName, syncForm)
    .refine((syncs) => Object.keys(syncs).length > 0, { error: "'syncs' names none; leave it out for the default ones", abort: true })
    .optional()
    .describe('When the source is read; left out: daily at 05:30 by changes, weekly on Sunday 03:30 by full'),
  streams: z
    .record(streamName, z.record(z.string(), z.unknown(), { error: 'a map with the settings of the stream' }))
    .default({})
    .describe('Streams of a generic connector, each with the settings that the connector asks for'),
}

const commonKeys = Object.keys(commonShape)

/** A source file. What is not common to all connectors is a setting of the connector's own, which only the connector can judge. */
export const sourceForm = z
  .object(commonShape)
  .catchall(z.unknown())
  .superRefine((source, ctx) => {
    for (const { path, message } of placeFaults(source)) ctx.addIssue({ code: 'custom', path: [path], message })
  })
  .superRefine(({ baseUrl, knownAs }, ctx) => {
    if (!hasApis(baseUrl)) return
    const apis = Object.keys(baseUrl)
    for (const [from, api] of Object.entries(knownAs)) {
      if (apis.includes(api)) continue
      const nearest = nearestWord(api, apis)
      const meant = nearest ? `; did you mean '${nearest}'?` : ''
      const message = `there is no API '${api}' under baseUrl; expected ${oneOf(apis)}${meant}`
      ctx.addIssue({ code: 'custom', path: ['knownAs', from], message, params: { found: api, nearest } })
    }
  })

/** Settings of a place of files, each with the addresses that it goes with. An address that stands elsewhere is judged when it is used. */
function placeFaults(source: {
  baseUrl?: unknown
  hostKey?: unknown
  endpoint?: unknown
  region?: unknown
}): { path: string; message: string }[] {
  const { baseUrl, endpoint, region } = source
  if (typeof baseUrl !== 'string') return []
  const isS3 = baseUrl.startsWith('s3:')
  const stray = [
    ...(baseUrl.startsWith('sftp:') || source.hostKey === undefined
      ? []
      : [{ path: 'hostKey', message: "'hostKey' goes with an address sftp://…" }]),
    ...(isS3 ? [] : (['endpoint', 'region'] as const).filter((key) => source[key] !== undefined)).map((key) => ({
      path: key,
      message: `'${key}' goes with an address s3://…`,
    })),
  ]
  const isNowhere = isS3 && endpoint === undefined && region === undefined
  return isNowhere
    ? [
        ...stray,
        { path: 'baseUrl', message: "an address s3://… goes with 'endpoint', the address of the server, or with 'region' for Amazon" },
      ]
    : stray
}

/** Whether a value at this path of a source file can be secret. Only what is known to hold none is ever shown. */
export function hidesInSource(path: Path): boolean {
  return !['connector', 'hostKey', 'region', 'ready', 'budget', 'giveUpAfter', 'settle', 'syncs'].includes(String(path[0]))
}

/** What the source takes. */
export interface BudgetSettings {
  /** Shared by all sources that name it; the source's own name where it names none. */
  name: string
  requests: number | undefined
  perSeconds: number
  atOnce: number | undefined
  between: Hours | undefined
}

/** A source, as `sources/<name>.yaml` says. Values that stand elsewhere are references still: `resolveValue` and `findCredential` find them. */
export interface SourceFile {
  /** File name without `.yaml`. */
  name: string
  /** Path in the project. */
  file: string
  connector: string
  /** One address, or one for each API; undefined where the connector knows its own. */
  baseUrl: ConfigValue | { readonly [api: string]: ConfigValue } | undefined
  knownAs: { readonly [address: string]: string }
  origins: readonly string[]
  headers: { readonly [name: string]: ConfigValue }
  credentials: { readonly [field: string]: ConfigValue }
  tls: { readonly ca?: Reference | undefined; readonly cert?: Reference | undefined; readonly key?: Reference | undefined }
  /** What its place of files asks for, where its address is one. */
  place: {
    readonly hostKeys: readonly string[]
    readonly endpoint: ConfigValue | undefined
    readonly region: string | undefined
    readonly ready: string | undefined
  }
  budget: BudgetSettings | undefined
  /** Seconds. */
  giveUpAfter: number
  /** Seconds; undefined where the connector says. */
  settle: number | undefined
  /** Where the source tells what changed; undefined where it does not. */
  notificaties: { readonly baseUrl: ConfigValue; readonly callback: ConfigValue } | undefined
  syncs: { readonly [name: string]: Sync }
  /** Settings of streams that are known only here, as written: the connector's `streamSettings` reads them. */
  streams: { readonly [stream: string]: WrittenMap }
  /** Settings of the connector's own, as written: the connector's `settings` reads them. */
  settings: WrittenMap
  /** Keys that were left out and have a value all the same. */
  derived: readonly string[]
}

export function sourceOf(name: string, file: string, written: z.output<typeof sourceForm>): SourceFile {
  const { budget } = written
  const own = Object.entries(written).filter(([key]) => !commonKeys.includes(key))
  return {
    name,
    file,
    connector: written.connector,
    baseUrl: written.baseUrl,
    knownAs: written.knownAs,
    origins: written.origins,
    headers: written.headers,
    credentials: written.credentials,
    tls: written.tls ?? {},
    place: { hostKeys: written.hostKey ?? [], endpoint: written.endpoint, region: written.region, ready: written.ready },
    budget: budget && {
      name: budget.name ?? name,
      requests: budget.requests,
      perSeconds: budget.per ?? 60,
      atOnce: budget.atOnce,
      between: budget.between,
    },
    giveUpAfter: written.giveUpAfter,
    settle: written.settle,
    notificaties: written.notificaties,
    syncs: written.syncs ?? defaultSyncs,
    streams: written.streams as SourceFile['streams'],
    settings: Object.fromEntries(own) as WrittenMap,
    derived: written.syncs ? [] : ['syncs'],
  }
}

/** Whether the base URL is one for each API. */
export function hasApis(baseUrl: SourceFile['baseUrl']): baseUrl is { readonly [api: string]: ConfigValue } {
  return typeof baseUrl === 'object' && !isReference(baseUrl)
}

/** The syncs of a source that read a stream. */
export function syncsOf(source: SourceFile, stream: string): Sync[] {
  return Object.values(source.syncs).filter(({ streams }) => streams === undefined || streams.includes(stream))
}
