/**
 * What the verbs share: settings, the project here, the warehouse and Temporal, each opened when it is needed. What speaks to servers is loaded
 * then too: it is two thirds of all code, and most verbs do without.
 */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Client } from '@temporalio/client'
import { findProject } from '../config/folder.js'
import { type Loaded, loadProject } from '../config/load.js'
import { ConfigError, type ConfigProblem } from '../config/problem.js'
import { environment, loadSettings, type Settings } from '../config/settings.js'
import type { Environment } from '../config/values.js'
import { findConnectors } from '../connectors/load.js'
import type { Warehouse } from '../sql/database.js'
import { type Logger, openLog } from '../worker/log.js'
import { type ProjectPlan, planProject } from '../worker/planning/plan.js'
import type { TemporalServer } from './embedded/temporal.js'
import type { Output } from './output.js'

export interface Options {
  project?: string | undefined
  env?: 'test' | undefined
}

export class CommandContext {
  readonly settings: Settings
  readonly out: Output
  readonly log: Logger
  readonly options: Options
  readonly #closers: (() => Promise<void>)[] = []
  #connected: Promise<Warehouse> | undefined
  #warehouse: Promise<Warehouse> | undefined
  #temporal: Promise<{ client: Client; server: TemporalServer }> | undefined

  /** Variables beside those of the process. */
  readonly #more: { [name: string]: string }

  constructor(out: Output, options: Options = {}, settings = loadSettings(), more: { [name: string]: string } = {}) {
    this.settings = settings
    this.#more = more
    this.out = out
    this.options = options
    this.log = openLog(settings.log)
  }

  /** Folder for servers and caches of this machine. */
  get folder(): string {
    return resolve(this.settings.data)
  }

  /** Where credentials and keys are found. */
  get environment(): Environment {
    return { ...environment(), ...this.#more }
  }

  /** The project folder: `--project`, `GEMAAL_PROJECT`, or the nearest gemaal.yaml upwards. */
  get projectFolder(): string {
    return findProject({ project: this.options.project, fromEnvironment: this.settings.project, cwd: process.cwd() })
  }

  /** Runs when the command ends, last added first. */
  onClose(closer: () => Promise<void>): void {
    this.#closers.unshift(closer)
  }

  async close(): Promise<void> {
    for (const closer of this.#closers.splice(0)) await closer().catch((error) => this.log.debug({ err: error }, 'closing'))
  }

  /** The project here, planned. Names of columns come from the warehouse where it is open. */
  async plan(): Promise<Loaded & { plan: ProjectPlan }> {
    const loaded = await loadProject(this.projectFolder, { env: this.options.env })
    const connectors = await findConnectors({ project: loaded.project.files, cache: `${this.folder}/connectors` })
    const plan = await planProject(loaded.project, connectors, await this.#columnNames())
    return { ...loaded, plan }
  }

  async #columnNames() {
    if (!this.#warehouse) return undefined
    const { storedColumnNames } = await import('../sql/config-versions.js')
    return storedColumnNames((await this.#warehouse).db)
  }

  /** As `plan`, and refuses a project with faults. */
  async soundPlan(): Promise<Loaded & { plan: ProjectPlan }> {
    const planned = await this.plan()
    if (planned.plan.problems.length > 0) throw new ConfigError(planned.plan.problems)
    this.warn([...planned.warnings, ...planned.plan.warnings])
    return planned
  }

  warn(warnings: readonly ConfigProblem[]): void {
    for (const w of warnings) this.out.say(`warning: ${w.file}:${w.line}  ${w.message}`)
  }

  postgresOptions() {
    const { databaseUrl, pg } = this.settings
    return {
      folder: this.folder,
      log: (line: string) => this.out.say(line),
      ...(databaseUrl && { databaseUrl: databaseUrl.reveal() }),
      ...(pg && {
        pg: { host: pg.host, port: pg.port, user: pg.user, password: pg.password?.reveal(), database: pg.database, sslMode: pg.sslMode },
      }),
    }
  }

  /**
   * The warehouse, migrated. One that failed can be asked for again.
   *
   * @param make an embedded one is made also where there is no project
   * @throws ConfigError where one would have to be made and no project is in sight
   */
  warehouse({ make = false } = {}): Promise<Warehouse> {
    this.#warehouse ??= this.#migrateWarehouse(make).catch((error) => {
      this.#warehouse = undefined
      throw error
    })
    return this.#warehouse
  }

  async #migrateWarehouse(make: boolean): Promise<Warehouse> {
    // Who asks in the wrong folder is told so, rather than shown a new warehouse with nothing in it.
    if (!make && !this.#hasWarehouse) void this.projectFolder
    const warehouse = await this.connectWarehouse()
    const { migrate } = await import('../sql/database.js')
    await migrate(warehouse.db)
    return warehouse
  }

  /**
   * The warehouse as it stands, for verbs that also do without one: none is made, and nothing in it is changed. Undefined where there is none,
   * where nothing was ever applied to it, or where it is out of reach, which is told.
   */
  async standingWarehouse(): Promise<Warehouse | undefined> {
    if (!this.#hasWarehouse) return undefined
    try {
      const warehouse = await this.connectWarehouse()
      const { controlSchema } = await import('../sql/database.js')
      const schema = await controlSchema(warehouse.db)
      if (schema === 'older')
        this.out.say('The warehouse is left out: its control schema is of an older version. `gemaal migrate` renews it.')
      if (schema !== 'current') return undefined
      this.#warehouse ??= Promise.resolve(warehouse)
      return warehouse
    } catch (error) {
      this.out.say(`The warehouse is left out: ${error instanceof Error ? error.message : error}`)
      return undefined
    }
  }

  /** Whether one is named, or was made here before. */
  get #hasWarehouse(): boolean {
    const { databaseUrl, pg } = this.settings
    return databaseUrl !== undefined || pg !== undefined || existsSync(join(this.folder, 'postgres', 'password'))
  }

  /** A connection to the warehouse, whatever is in it: an embedded one is started, and made where there is none. */
  connectWarehouse(): Promise<Warehouse> {
    this.#connected ??= this.#connectWarehouse().catch((error) => {
      this.#connected = undefined
      throw error
    })
    return this.#connected
  }

  async #connectWarehouse(): Promise<Warehouse> {
    const [{ findPostgres }, { openDatabase }] = await Promise.all([import('./embedded/postgres.js'), import('../sql/database.js')])
    const server = await findPostgres(this.postgresOptions())
    this.onClose(() => server.stop())
    if (server.kind === 'embedded') this.onClose(server.keepUp())
    // Each step of a worker takes a connection, publish and proofs two.
    const warehouse = openDatabase(server.url, this.settings.concurrency * 2 + 6)
    this.onClose(() => warehouse.close())
    return warehouse
  }

  /** A client of Temporal; where none is configured, the dev server of this folder. One that failed can be asked for again. */
  temporal(): Promise<{ client: Client; server: TemporalServer }> {
    this.#temporal ??= this.#openTemporal().catch((error) => {
      this.#temporal = undefined
      throw error
    })
    return this.#temporal
  }

  /**
   * Temporal where it runs, for verbs that also do without: none is started.
   *
   * @returns in words why there is none to ask
   */
  async standingTemporal(): Promise<{ client: Client; server: TemporalServer } | string> {
    if (this.#temporal) return this.#temporal
    try {
      const { lookForTemporal } = await import('./embedded/temporal.js')
      const server = await lookForTemporal(this.#temporalOptions())
      if (!server) return 'Temporal does not run on this machine; `gemaal dev` starts it'
      return await this.#connect(server, '5s')
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
  }

  async #openTemporal(): Promise<{ client: Client; server: TemporalServer }> {
    const { findTemporal } = await import('./embedded/temporal.js')
    const server = await findTemporal(this.#temporalOptions())
    this.onClose(() => server.stop())
    return this.#connect(server)
  }

  #temporalOptions() {
    return { folder: this.folder, log: (line: string) => this.out.say(line), environment: this.environment }
  }

  async #connect(server: TemporalServer, connectTimeout?: '5s'): Promise<{ client: Client; server: TemporalServer }> {
    const { Client, Connection } = await import('@temporalio/client')
    const connection = await Connection.connect({ ...server.connectionOptions, ...(connectTimeout && { connectTimeout }) }).catch(
      (cause) => {
        throw new Error(`Temporal does not answer at ${server.address}: ${cause.message}. Start it, or mend TEMPORAL_ADDRESS.`, { cause })
      },
    )
    this.onClose(() => connection.close())
    return { client: new Client({ connection, namespace: server.namespace }), server }
  }
}
