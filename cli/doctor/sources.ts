/** Each source: its credentials, the way to it, whether we are let in, with which rights, and whether its filters are honoured. */
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { Project } from '../../config/project.js'
import { hasApis, type SourceFile, syncsOf } from '../../config/source.js'
import { resolveValue } from '../../config/values.js'
import { opensAt } from '../../connectors/budget.js'
import type { Connector, HttpClient, JsonObject } from '../../connectors/connector.js'
import { SourceUnavailable, UnexpectedResponse } from '../../connectors/errors.js'
import { type Connectors, streamsOf } from '../../connectors/load.js'
import { passesProxy } from '../../connectors/proxy.js'
import { httpDate } from '../../connectors/retry-after.js'
import type { OpenStream } from '../../connectors/stream.js'
import type { Warehouse } from '../../sql/database.js'
import { compareScopes, scopeStanding } from '../../sql/scopes.js'
import { type PlannedStream, type ProjectPlan, streamsOfSource } from '../../worker/planning/plan.js'
import type { CommandContext } from '../context.js'
import { credentialsOf } from '../credentials.js'
import { exit } from '../exit.js'
import { moment } from '../output.js'
import { type OpenReading, openReading, sliceContextOf, streamHere } from '../reading.js'
import { withoutByKey } from '../stream-words.js'
import { type Check, Checks, clockWords, reasonOf } from './check.js'

export interface SourcesInput {
  context: CommandContext
  project: Project
  plan: ProjectPlan
  connectors: Connectors
  warehouse: Warehouse | undefined
}

/** All sources at once, since one that is down takes its time. In the order of their names. */
export async function checkSources(input: SourcesInput): Promise<Check[]> {
  const sources = [...input.project.sources.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  return (await Promise.all(sources.map((file) => checkSource(input, file)))).flat()
}

/** What is needed to ask one source. */
interface Visit {
  context: CommandContext
  project: Project
  file: SourceFile
  connector: Connector
  warehouse: Warehouse | undefined
  checks: Checks
  signal: AbortSignal
}

/** A source that hangs is not waited for longer. */
const visitMs = 120_000

async function checkSource({ context, project, plan, connectors, warehouse }: SourcesInput, file: SourceFile): Promise<Check[]> {
  const checks = new Checks(`source ${file.name}`)
  if (!connectors.names.includes(file.connector)) {
    checks.problem(`there is no connector '${file.connector}'`, `correct 'connector' in ${file.file}`)
    return checks.all
  }
  const connector = await connectors.get(file.connector)
  const complete = checkCredentials(context, file, connector, checks)
  const known = await checkNames(context, file, connector, checks)
  const planned = streamsOfSource(plan, file.name)
  const opens = closedUntil(file)
  if (opens) {
    const { from, to } = file.budget!.between!
    checks.warning(`it may be read only between ${from} and ${to}, so that it is not asked now`, `run doctor again after ${moment(opens)}`)
  } else if (complete && known)
    await checkAccess({ context, project, file, connector, warehouse, checks, signal: AbortSignal.timeout(visitMs) }, planned)
  checkByKey(planned, checks)
  return checks.all
}

/** When the hours of its budget begin; undefined within them. */
function closedUntil({ budget }: SourceFile): Date | undefined {
  const now = new Date()
  const opens = budget?.between && opensAt(now, budget.between)
  return opens && opens > now ? opens : undefined
}

// --------------------------------------------------------------------------------------------------------------------- credentials

/** @returns whether all that a request needs is there */
function checkCredentials({ environment }: CommandContext, file: SourceFile, connector: Connector, checks: Checks): boolean {
  const before = checks.all.length
  const places = credentialsOf(file, connector, environment)
  for (const { field, variable, from, looked } of places) {
    if (from !== undefined) checks.ok(`credential ${field}: found in ${from}`)
    else
      checks.problem(
        `credential ${field}: not found; looked at ${looked.join('; ')}`,
        `set ${variable}, or ${variable}_FILE to a file that holds it`,
      )
  }
  if (places.length === 0) checks.ok('it needs no credentials')
  const { baseUrl, headers, tls } = file
  const written = [
    ...(hasApis(baseUrl)
      ? Object.entries(baseUrl).map(([api, value]) => [`baseUrl of ${api}`, value] as const)
      : [['baseUrl', baseUrl] as const]),
    ['endpoint', file.place.endpoint] as const,
    ...Object.entries(headers).map(([name, value]) => [`header ${name}`, value] as const),
    ...Object.entries(tls).map(([name, value]) => [`tls.${name}`, value] as const),
  ]
  for (const [what, value] of written) {
    if (value === undefined || typeof value === 'string') continue
    const found = resolveValue(value, environment)
    if (found.value === undefined)
      checks.problem(`${what}: not found; looked at ${found.looked.join('; ')}`, `set it, or correct ${file.file}`)
  }
  return !checks.all.slice(before).some((c) => c.result === 'problem')
}

// -------------------------------------------------------------------------------------------------------------------------- the way

/**
 * Looks its names up. What goes through a proxy, the proxy looks up.
 *
 * @returns whether all of them are known
 */
async function checkNames(
  { environment, settings }: CommandContext,
  file: SourceFile,
  { defaultBaseUrl }: Connector,
  checks: Checks,
): Promise<boolean> {
  let known = true
  const { baseUrl = defaultBaseUrl } = file
  const written = baseUrl === undefined ? [] : hasApis(baseUrl) ? Object.values(baseUrl) : [baseUrl]
  const addresses = [...written, ...(file.place.endpoint ? [file.place.endpoint] : [])]
    .flatMap((value) => resolveValue(value, environment).value?.reveal() ?? [])
    // The host of an address s3://… is a bucket.
    .filter((a) => URL.canParse(a) && !a.startsWith('s3:'))
  const proxy = { http: settings.proxy.http?.reveal(), https: settings.proxy.https?.reveal(), no: settings.proxy.no }
  const hosts = new Map(
    addresses
      .map((a) => new URL(a))
      .filter((url) => url.hostname !== '')
      .map((url) => [url.hostname, url]),
  )
  for (const [host, url] of hosts) {
    if (passesProxy(url, proxy)) {
      checks.ok(`${host} is called through the proxy`)
      continue
    }
    if (isIP(host.replace(/^\[|\]$/g, ''))) continue
    try {
      await lookup(host)
      checks.ok(`the name ${host} is known`)
    } catch (error) {
      known = false
      checks.problem(
        `the name ${host} is not known (${(error as NodeJS.ErrnoException).code ?? 'DNS'})`,
        `check baseUrl in ${file.file}, and the DNS of this machine`,
        exit.source,
      )
    }
  }
  return known
}

// --------------------------------------------------------------------------------------------------------------------------- access

/** Half a minute is as far as a source lets a token come from its future or past without complaint; a second is what its header tells. */
const clockOffMs = 30_000

async function checkAccess(visit: Visit, planned: readonly PlannedStream[]): Promise<void> {
  const { connector, checks } = visit
  const clock: Clock = { offMs: undefined }
  try {
    const streams = planned.length > 0 ? planned : await anyStream(visit)
    for (const stream of oneAnApi(streams)) await checkEntry(visit, stream, clock)
    tellClock(clock, connector, checks)
    for (const { stream } of streams) await checkFilter(visit, stream)
    if (streams[0]) {
      await checkRights(visit, streams[0])
      await inspect(visit, streams[0])
    }
  } catch (error) {
    tellClock(clock, connector, checks)
    const { name } = error as Error
    if (name === 'TimeoutError')
      checks.problem(`it does not answer within ${visitMs / 1000} s`, 'ask the administrator of the source', exit.source)
    else if (error instanceof SourceUnavailable || error instanceof UnexpectedResponse)
      checks.problem(reasonOf(error), 'try again later, or ask the administrator of the source', exit.source)
    else checks.problem(reasonOf(error), `correct ${visit.file.file} or its credentials, as the message says`)
  }
}

/** Reads a first page: a credential that is wrong, or has no right, shows in it. */
async function checkEntry(visit: Visit, planned: PlannedStream, clock: Clock): Promise<void> {
  const { stream } = planned
  const reading = openReading(visit.context, { ...visit, stream })
  try {
    await firstPage(reading, planned, clock, visit.signal)
    const { sent } = reading.requests
    const many = `${sent.length} ${sent.length === 1 ? 'request' : 'requests'}`
    // A folder, an SFTP server or a database is asked for nothing over HTTP.
    const how = sent.length > 0 ? ` (${many}, ${Math.max(...sent.map((r) => r.ms))} ms at most)` : ''
    const api = stream.definition.api ? ` at its API ${stream.definition.api}` : ''
    visit.checks.ok(`we are let in${api}: '${stream.name}' gives records${how}`)
  } finally {
    reading.close()
  }
}

/** A stream to ask for where no dataset takes from the source yet. */
async function anyStream({ context, file, connector }: Visit): Promise<PlannedStream[]> {
  const streams = streamsOf(connector, { settings: file.settings as JsonObject, streams: file.streams as { [name: string]: JsonObject } })
  const name = Object.entries(streams).find(([, s]) => s.parent === undefined)?.[0] ?? Object.keys(streams)[0]
  return name === undefined ? [] : [(await streamHere(context, `${file.name}/${name}`)).planned]
}

/** One stream for each API of the connector: one without a parent where there is one, since its list is asked for at once. */
function oneAnApi(streams: readonly PlannedStream[]): PlannedStream[] {
  const chosen = new Map<string, PlannedStream>()
  for (const one of [...streams].sort(
    (a, b) => Number(a.stream.definition.parent !== undefined) - Number(b.stream.definition.parent !== undefined),
  )) {
    const api = one.stream.definition.api ?? ''
    if (!chosen.has(api)) chosen.set(api, one)
  }
  return [...chosen.values()]
}

interface Clock {
  /** How far the clock of the source is ahead of ours. */
  offMs: number | undefined
}

async function firstPage(reading: OpenReading, planned: PlannedStream, clock: Clock, signal: AbortSignal): Promise<void> {
  const plain = sliceContextOf(reading, planned, signal)
  const context = { ...plain, http: watching(plain.http, clock) }
  const [slice] = await planned.stream.slices(context)
  const pages = planned.stream.read({ ...context, slice: slice!, cursor: undefined })
  await pages.next()
  await pages.return({ complete: false })
}

/** The client, with an eye on the time that each answer says. */
function watching(http: HttpClient, clock: Clock): HttpClient {
  const note = (began: number, date: string | undefined) => {
    const time = httpDate(date)
    // The header has whole seconds: the middle of that second against the middle of the request.
    if (time !== undefined) clock.offMs = time + 500 - (began + Date.now()) / 2
  }
  return {
    async request(request) {
      const began = Date.now()
      const answer = await http.request(request)
      note(began, answer.headers.date)
      return answer
    },
    records(request, at, answered) {
      const began = Date.now()
      return http.records(request, at, (answer) => {
        note(began, answer.headers.date)
        answered?.(answer)
      })
    },
    resolve: (link, from) => http.resolve(link, from),
  }
}

function tellClock({ offMs }: Clock, connector: Connector, checks: Checks): void {
  if (offMs === undefined) return
  if (Math.abs(offMs) < clockOffMs) checks.ok(`its clock agrees with this machine to within ${clockOffMs / 1000} s`)
  else
    checks.warning(
      `its clock ${clockWords(offMs)}`,
      `set the clock of this machine (NTP)${connector.authentication?.by === 'zgw' ? ': a token of ours says when it was made, and is refused when that is off' : ''}`,
    )
}

/** A filter that a source ignores answers 200 with everything: asked for what cannot be there, it must show nothing. */
async function checkFilter(visit: Visit, stream: OpenStream): Promise<void> {
  const { file, checks } = visit
  if (!stream.proveFilter || !stream.changes) return
  if (!syncsOf(file, stream.name).some((sync) => sync.read === 'changes')) return
  const reading = openReading(visit.context, { ...visit, stream })
  try {
    const { ok, message } = await stream.proveFilter(reading.context(visit.signal))
    const says = `'${stream.name}': ${message.replace(/\.$/, '')}`
    if (ok) checks.ok(says)
    else checks.problem(says, `let it be read in full, with read: full under syncs in ${file.file}`)
  } finally {
    reading.close()
  }
}

const decides = 'the next run is held, and `gemaal holds list` asks for a decision'

async function checkRights(visit: Visit, { stream }: PlannedStream): Promise<void> {
  const { connector, file, warehouse, checks } = visit
  if (!connector.scope) return
  const reading = openReading(visit.context, { ...visit, stream })
  try {
    const scope = await connector.scope(reading.context(visit.signal))
    if (scope === undefined) {
      checks.warning(
        'it does not tell which rights we have: when they get narrower, rows vanish without a word',
        'ask its administrator for the right to see our own rights',
      )
      return
    }
    const grants = Object.keys(scope)
    if (grants.length === 0)
      checks.problem('our token has no right to read anything', 'request the rights from the administrator of the source')
    else checks.ok(`rights to read: ${someOf(grants)}`)
    const standing = warehouse && (await scopeStanding(warehouse.db, file.name))
    if (!standing) return
    const { narrower, wider } = compareScopes(standing.scope, scope)
    if (narrower.length > 0)
      checks.warning(`rights are narrower than those that were accepted: ${someOf(narrower)}`, `have them given back; else ${decides}`)
    if (wider.length > 0) checks.warning(`rights are wider than those that were accepted: ${someOf(wider)}`, decides)
  } finally {
    reading.close()
  }
}

/** What the connector knows to look at. */
async function inspect({ connector, checks, ...visit }: Visit, { stream }: PlannedStream): Promise<void> {
  if (!connector.inspect) return
  const reading = openReading(visit.context, { ...visit, connector, stream })
  try {
    for (const { message, mend } of await connector.inspect(reading.context(visit.signal)))
      if (mend === undefined) checks.ok(message)
      else checks.warning(message, mend)
  } finally {
    reading.close()
  }
}

function someOf(grants: readonly string[]): string {
  return grants.length <= 3 ? grants.join(', ') : `${grants.slice(0, 3).join(', ')} and ${grants.length - 3} more`
}

function checkByKey(planned: readonly PlannedStream[], checks: Checks): void {
  const without = planned.filter((s) => s.stream.byKey === undefined).map((s) => s.stream.name)
  const n = planned.length - without.length
  if (n > 0) checks.ok(`records of ${n} ${n === 1 ? 'stream' : 'streams'} can be re-read by key`)
  for (const name of without)
    checks.warning(`'${name}': ${withoutByKey}`, 'let a sync with read: full run often enough; by default it is weekly')
}
