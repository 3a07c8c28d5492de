/**
 * What a worker keeps between steps: projects by digest with their plans, one client a source and run, the pseudonymisers. Opened by digest,
 * so that every worker of a run works by the same files.
 */
import type { DatasetPlan } from '../config/dataset-plan.js'
import { loadSnapshot } from '../config/load.js'
import type { Project } from '../config/project.js'
import type { SourceFile } from '../config/source.js'
import { type Environment, fromVariableOrFile, shouted } from '../config/values.js'
import { longestInPlaceMs, opensAt } from '../connectors/budget.js'
import type { Connector, Key, Known, Log } from '../connectors/connector.js'
import { SourceUnavailable } from '../connectors/errors.js'
import { type Connectors, findConnectors } from '../connectors/load.js'
import { openBudget, type SharedBudget } from '../sql/budgets.js'
import { appliedFiles, storedColumnNames } from '../sql/config-versions.js'
import type { Warehouse } from '../sql/database.js'
import { knownKeys } from '../sql/known.js'
import { checkPseudonymKey } from '../sql/pseudonym-keys.js'
import { Buurten } from './buurten/buurten.js'
import { NotAllowed } from './errors.js'
import type { BuurtOf, Pseudonymise } from './pipeline/shield.js'
import { landsAs } from './planning/columns.js'
import { type PlannedStream, type ProjectPlan, planProject } from './planning/plan.js'
import { fingerprintOf, pseudonymiser, readPseudonymKey } from './pseudonyms.js'
import { keyOfLanded, type StreamSession } from './session.js'
import { contextOf, limitsOf, openSource, type SourceClient, type SourceOptions } from './source-client.js'

/** `environment` is also where pseudonym keys are found. */
export interface WorkspaceOptions extends SourceOptions {
  warehouse: Warehouse
  /** Folder for what a project's TypeScript connectors become. */
  cache?: string | undefined
}

export interface LoadedProject {
  project: Project
  plan: ProjectPlan
  connectors: Connectors
}

interface Client extends SourceClient {
  budget: SharedBudget
}

export class Workspace {
  readonly warehouse: Warehouse
  readonly version: string
  readonly log: Log
  readonly #options: WorkspaceOptions
  readonly #projects = new Map<string, Promise<LoadedProject>>()
  readonly #clients = new Map<string, Promise<Client>>()
  readonly #buurten: Buurten
  readonly #pseudonymisers = new Map<string, Pseudonymise>()

  constructor(options: WorkspaceOptions) {
    this.#options = options
    this.warehouse = options.warehouse
    this.#buurten = new Buurten(options.warehouse.db)
    this.version = options.version
    this.log = options.log
  }

  /**
   * The project as applied under a digest.
   *
   * @throws NotAllowed when no such version was applied, or this product reads it differently
   */
  load(digest: string): Promise<LoadedProject> {
    let loaded = this.#projects.get(digest)
    if (!loaded) {
      loaded = this.#load(digest)
      this.#projects.set(digest, loaded)
      loaded.catch(() => this.#projects.delete(digest))
    }
    return loaded
  }

  async #load(digest: string): Promise<LoadedProject> {
    const { db } = this.warehouse
    const files = await appliedFiles(db, digest)
    if (!files) throw new NotAllowed(`configuration ${digest.slice(0, 12)} was never applied; run \`gemaal apply\``)
    const { project } = loadSnapshot(files)
    const connectors = await findConnectors({ project: project.files, cache: this.#options.cache })
    const plan = await planProject(project, connectors, await storedColumnNames(db))
    if (plan.problems.length > 0)
      throw new NotAllowed(
        `configuration ${digest.slice(0, 12)} has faults for this version of Gemaal; run \`gemaal check\`, then \`gemaal apply\``,
      )
    return { project, plan, connectors }
  }

  /** All datasets of a project, one plan a source that feeds them. */
  static plansOf(plan: ProjectPlan): DatasetPlan[] {
    return [...plan.streams.values()].flatMap((s) => s.plan.datasets)
  }

  /**
   * @param traceId W3C trace of the run, sent with each request
   * @throws NotAllowed when the project has no such stream, or a pseudonym key is missing or another one
   */
  async session(digest: string, source: string, stream: string, traceId: string): Promise<StreamSession> {
    const loaded = await this.load(digest)
    const planned = loaded.plan.streams.get(`${source}/${stream}`)
    const file = loaded.project.sources.get(source)
    if (!planned || !file) throw new NotAllowed(`no dataset takes from ${source}/${stream}`)
    const client = await this.#client(digest, file, planned.connector, traceId)
    const parent = planned.stream.definition.parent?.stream
    return {
      warehouse: this.warehouse,
      plan: planned.plan,
      stream: planned.stream,
      connector: planned.connector,
      connectorVersion: `${file.connector} ${this.version}`,
      pseudonymise: await Promise.all(planned.plan.datasets.map((d) => this.#pseudonymise(d))),
      buurtOf: await this.#buurtOf(planned.plan.datasets),
      parents: (parent && loaded.plan.streams.get(`${source}/${parent}`)?.plan.datasets) || [],
      known: this.#known(loaded.plan, planned, source),
      pushed: planned.pushed,
      fields: new Set(planned.plan.fields.map((f) => f.path[0]!)),
      context: (signal) =>
        contextOf({ project: loaded.project, file, connector: planned.connector, stream: planned.stream }, client, this.#options, signal),
    }
  }

  #known(plan: ProjectPlan, planned: PlannedStream, source: string): Known {
    const { db } = this.warehouse
    const keys = (
      of: PlannedStream | undefined,
      conditions?: { [column: string]: string | null },
      since?: Date,
    ): AsyncIterable<Key[]> | undefined => {
      const landed = of && knownKeys(db, of.plan.datasets, conditions, since)
      return landed && of ? mapped(landed, (key) => keyOfLanded(of.plan, key)) : undefined
    }
    return {
      keys: (conditions) => keys(planned, conditions),
      keysOf: (stream, conditions, since) => keys(plan.streams.get(`${source}/${stream}`), conditions, since),
    }
  }

  /** One client a source and run: connections are kept, and the trace is the run's. */
  #client(digest: string, file: SourceFile, connector: Connector, traceId: string): Promise<Client> {
    const key = `${digest}/${file.name}/${traceId}`
    let client = this.#clients.get(key)
    if (!client) {
      client = this.#openClient(file, connector, traceId)
      this.#clients.set(key, client)
      client.catch(() => this.#clients.delete(key))
    }
    return client
  }

  async #openClient(file: SourceFile, connector: Connector, traceId: string): Promise<Client> {
    const limits = limitsOf(file)
    const { between } = limits
    const budget = await openBudget(this.warehouse.db, {
      limits,
      longestInPlaceMs,
      ...(between && { opensAt: (now: Date) => opensAt(now, between) }),
      tooLong: (until, why) =>
        new SourceUnavailable(`source '${file.name}', budget '${limits.name}': ${why}; it goes on by itself at ${until.toISOString()}`, {
          retryAt: until,
        }),
    })
    return { ...openSource(file, connector, this.#options, { traceId, budget }), budget }
  }

  async #buurtOf(plans: readonly DatasetPlan[]): Promise<BuurtOf | undefined> {
    // A project names one dataset of boundaries, so that those of one stream are all of it.
    const plan = plans.find(({ buurten }) => buurten !== undefined)
    return plan?.buurten && this.#buurten.of(plan.buurten, plan.name)
  }

  /** Looks at each step whether the key is still the one in use: another worker may have brought a new one. */
  async #pseudonymise(plan: DatasetPlan): Promise<Pseudonymise | undefined> {
    if (!pseudonymises(plan) || plan.domain === undefined) return undefined
    const { domain } = plan
    const key = pseudonymKeyOf(domain, this.#options.environment)
    const fingerprint = fingerprintOf(key)
    const standing = await checkPseudonymKey(this.warehouse.db, { domain, id: key.id, fingerprint })
    if (standing === 'shared') {
      throw new NotAllowed(
        `the pseudonym key of domain '${domain}' is that of another domain too, so that the two could be joined; \`gemaal keys new ${domain}\` makes one of its own`,
      )
    }
    if (standing === 'other') {
      throw new NotAllowed(
        `the pseudonym key of domain '${domain}' on this worker is not the one in use; give each worker the same key, or start a new generation with \`gemaal keys replace ${domain}\``,
      )
    }
    const name = `${domain}/${fingerprint}`
    const ready = this.#pseudonymisers.get(name) ?? pseudonymiser(key)
    this.#pseudonymisers.set(name, ready)
    return ready
  }

  /** Drops the clients of a run that has ended. */
  async release(traceId: string): Promise<void> {
    for (const [key, client] of this.#clients) {
      if (!key.endsWith(`/${traceId}`)) continue
      this.#clients.delete(key)
      await client.then(close, () => {})
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#clients.values()].map((client) => client.then(close, () => {})))
    this.#clients.clear()
  }
}

async function close({ budget, ...client }: Client): Promise<void> {
  client.close()
  await budget.close().catch(() => {})
}

/**
 * The key of a domain, from `GEMAAL_KEY_<DOMAIN>` or the file that `…_FILE` names.
 *
 * @throws NotAllowed when there is none, or it has not the form of a key
 */
export function pseudonymKeyOf(domain: string, environment: Environment) {
  const variable = `GEMAAL_KEY_${shouted(domain)}`
  const found = fromVariableOrFile(variable, environment)
  if (found.value === undefined)
    throw new NotAllowed(
      `there is no pseudonym key of domain '${domain}'; looked at ${found.looked.join(', ')}. \`gemaal keys new ${domain}\` makes one`,
    )
  const key = readPseudonymKey(domain, found.value.reveal())
  if (!key) throw new NotAllowed(`${found.from} does not hold a pseudonym key; \`gemaal keys new ${domain}\` makes one`)
  return key
}

/** Whether any column of a dataset lands as a pseudonym. */
export function pseudonymises(plan: DatasetPlan): boolean {
  return landsAs(plan, 'pseudonymise')
}

async function* mapped<A, B>(chunks: AsyncIterable<A[]>, to: (a: A) => B): AsyncGenerator<B[]> {
  for await (const chunk of chunks) yield chunk.map(to)
}
