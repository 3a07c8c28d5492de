/** A stream of a source as `try` and `doctor` read it: through its connector alone, with no warehouse and no Temporal. */
import { contractForm, contractOf } from '../config/dataset.js'
import { ConfigError } from '../config/problem.js'
import type { Project } from '../config/project.js'
import type { SourceFile } from '../config/source.js'
import { memoryBudget } from '../connectors/budget.js'
import type { Connector, Context, Known, Log, SliceContext } from '../connectors/connector.js'
import { findConnectors } from '../connectors/load.js'
import type { OpenStream } from '../connectors/stream.js'
import type { Logger } from '../worker/log.js'
import { type PlannedStream, planProject } from '../worker/planning/plan.js'
import { contextOf, limitsOf, openSource, type SourceOptions } from '../worker/source-client.js'
import type { CommandContext } from './context.js'
import { UsageError } from './exit.js'
import { notThere } from './project-here.js'
import { version } from './version.js'

/** A request as it was sent, its address without what may not be shown. */
export interface SentRequest {
  method: string
  url: string
  /** Of an answer over HTTP. */
  status?: number
  /** Of a statement to a database. */
  rows?: number
  ms: number
}

export interface Requests {
  sent: SentRequest[]
  /** Attempts that were made anew, in place. */
  again: number
}

export interface StreamHere {
  project: Project
  file: SourceFile
  planned: PlannedStream
  /** No dataset takes from it: what it lands is what says nothing of a person. */
  withoutDataset: boolean
}

/**
 * A stream of the project here, whether or not a dataset takes from it.
 *
 * @param name `<source>/<stream>`
 */
export async function streamHere(context: CommandContext, name: string): Promise<StreamHere> {
  const { project, plan } = await context.plan()
  const [sourceName = '', streamName] = name.split('/')
  const file = project.sources.get(sourceName)
  if (!file) throw notThere('source', sourceName, [...project.sources.keys()])
  if (!streamName) throw new UsageError(`say which stream of ${sourceName}: <source>/<stream>; gemaal discover ${sourceName} lists them`)
  const planned = plan.streams.get(name)
  if (planned) return { project, file, planned, withoutDataset: false }
  // As a contract that asks for nothing.
  const contract = contractOf({ schema: 'none', table: 'none', file: '' }, contractForm.parse({ from: name }), ['from'], {
    owner: '',
    fresh: 0,
  })
  const connectors = await findConnectors({ project: project.files, cache: `${context.folder}/connectors` })
  const alone = await planProject({ ...project, datasets: new Map([[contract.name, contract]]) }, connectors)
  const found = alone.streams.get(name)
  if (found) return { project, file, planned: found, withoutDataset: true }
  const ofSource = alone.problems.filter((p) => p.file === file.file)
  if (ofSource.length > 0) throw new ConfigError(ofSource)
  throw new UsageError(alone.problems.map((p) => p.message).join('\n'))
}

/** A source that is open for one stream. */
export interface OpenReading {
  requests: Requests
  /** What the connector's functions are called with. */
  context(signal: AbortSignal): Context
  close(): void
}

/** What the client of a source is opened with. */
export function sourceOptions({ environment, settings, log }: CommandContext): SourceOptions {
  const { proxy } = settings
  return { environment, proxy: { http: proxy.http?.reveal(), https: proxy.https?.reveal(), no: proxy.no }, version, log }
}

/** Opens the client of a source; each request that it sends is noted. */
export function openReading(
  context: CommandContext,
  of: { project: Project; file: SourceFile; connector: Connector; stream: Pick<OpenStream, 'name' | 'exact'> },
): OpenReading {
  const requests: Requests = { sent: [], again: 0 }
  const options = { ...sourceOptions(context), log: noting(context.log, requests) }
  const client = openSource(of.file, of.connector, options, { budget: memoryBudget(limitsOf(of.file)) })
  return { requests, context: (signal) => contextOf(of, client, options, signal), close: () => client.close() }
}

/** Nothing is known of a warehouse here. */
export const nothing: Known = { keys: () => undefined, keysOf: () => undefined }

/** What a full reading of the stream is planned with. */
export function sliceContextOf(reading: OpenReading, { plan, pushed }: PlannedStream, signal: AbortSignal): SliceContext {
  return {
    ...reading.context(signal),
    reading: 'full',
    checkpoint: undefined,
    fields: new Set(plan.fields.map((f) => f.path[0]!)),
    where: pushed,
    known: nothing,
  }
}

/** The http client tells its log of each answer, with the address as it may be shown. */
function noting(log: Logger, requests: Requests): Log {
  return {
    debug(fields, message) {
      const { method, url, status, rows, ms } = fields as Partial<SentRequest>
      if (message === 'answered')
        requests.sent.push({ method: method!, url: url!, ...(rows === undefined ? { status: status! } : { rows }), ms: ms! })
      else if (message === 'request is tried again') requests.again += 1
      log.debug(fields, message)
    },
    info: (fields, message) => log.debug(fields, message),
    warn: (fields, message) => log.warn(fields, message),
  }
}
