/** A project applied to a fresh warehouse for a test, whose streams are read through the whole path without Temporal. */
import { randomBytes } from 'node:crypto'
import { loadSnapshot } from '../../config/load.js'
import { findConnectors } from '../../connectors/load.js'
import { storedColumnNames } from '../../sql/config-versions.js'
import type { Balance } from '../../sql/database.js'
import { migrate, openDatabase as openPool, type Warehouse } from '../../sql/database.js'
import { openRun } from '../../sql/runs.js'
import { applyProject } from '../../worker/apply.js'
import { openLog } from '../../worker/log.js'
import { type Opened, openStream } from '../../worker/pipeline/open.js'
import { runStream, type StreamOutcome, verifyAndPublish } from '../../worker/pipeline/pipeline.js'
import { stageSlice } from '../../worker/pipeline/stage.js'
import { planProject } from '../../worker/planning/plan.js'
import type { StreamSession } from '../../worker/session.js'
import { Workspace } from '../../worker/workspace.js'
import { openDatabase, type TestDatabase } from './database.js'
import { openFolder } from './folder.js'

export type Files = { [path: string]: string | undefined }

export interface TestProject {
  warehouse: Warehouse
  /** URL of the warehouse. */
  url: string
  workspace: Workspace
  environment: { [name: string]: string }
  digest: string
  /** Applies other files of the project: text to replace, undefined to remove. */
  apply(changes?: Files): Promise<void>
  /** @param stream `<source>/<stream>` */
  session(stream: string): Promise<StreamSession>
  /** Reads one stream through the whole path. */
  read(stream: string, reading?: 'full' | 'changes'): Promise<StreamOutcome>
  /** The same in two halves, as it goes when a worker dies between them. */
  begin(stream: string, reading?: 'full' | 'changes'): Promise<Begun>
  /** Rows of a query, for assertions. */
  rows<T = { [column: string]: unknown }>(sql: string, values?: unknown[]): Promise<T[]>
  close(): Promise<void>
}

/** A reading that is under way. */
export interface Begun extends Opened {
  /**
   * Reads the slices from where they are; a second call is a second attempt.
   *
   * @param tell called after each batch that was committed; what it throws ends the attempt there
   */
  stage(signal?: AbortSignal, tell?: () => void): Promise<void>
  /** Verifies and publishes. */
  publish(): Promise<StreamOutcome>
}

/**
 * Applies a project to a fresh warehouse.
 *
 * @param environment credentials and addresses by variable
 * @param given an empty database. Left out: one on the Postgres that all tests share
 */
export async function openProject(files: Files, environment: { [name: string]: string } = {}, given?: TestDatabase): Promise<TestProject> {
  const database = given ?? (await openDatabase())
  const cache = await openFolder()
  const warehouse = openPool(database.url)
  await migrate(warehouse.db)
  const workspace = new Workspace({ warehouse, environment, cache: cache.path, version: '0.0.0-test', log: openLog('silent') })
  const texts: { [path: string]: string } = {}
  const signal = new AbortController().signal
  const project: TestProject = {
    warehouse,
    url: database.url,
    workspace,
    environment,
    digest: '',
    async apply(changes = {}) {
      for (const [path, text] of Object.entries(changes)) {
        if (text === undefined) delete texts[path]
        else texts[path] = text
      }
      const { project: loaded } = loadSnapshot(texts)
      const connectors = await findConnectors({ project: texts, cache: cache.path })
      const plan = await planProject(loaded, connectors, await storedColumnNames(warehouse.db))
      if (plan.problems.length > 0) throw new Error(plan.problems.map((p) => `${p.file}:${p.line} ${p.message}`).join('\n'))
      await applyProject(warehouse, loaded, plan, { who: 'test', environment, version: '0.0.0-test' })
      project.digest = loaded.digest
    },
    session: (stream) => openSession(project, stream),
    async read(stream, reading = 'full') {
      const runId = await newRun(project, stream)
      return runStream(await openSession(project, stream), { runId, digest: project.digest, reading }, signal)
    },
    async begin(stream, reading = 'full') {
      const session = await openSession(project, stream)
      const opened = await openStream(session, { runId: await newRun(project, stream), digest: project.digest, reading }, signal)
      const { streamRunId } = opened
      return {
        ...opened,
        async stage(until = signal, tell = () => {}) {
          for (let slice = 0; slice < opened.slices; slice++) await stageSlice(session, streamRunId, slice, until, tell)
        },
        publish: async () => ({ streamRunId, ...(await verifyAndPublish(session, streamRunId, signal)) }),
      }
    },
    rows: async (sql, values) => (await warehouse.pool.query(sql, values)).rows,
    async close() {
      await workspace.close()
      await warehouse.close()
      await database.close()
      await cache.remove()
    },
  }
  await project.apply(files)
  return project
}

function openSession({ workspace, digest }: TestProject, stream: string): Promise<StreamSession> {
  const [source, name] = stream.split('/') as [string, string]
  return workspace.session(digest, source, name, randomBytes(16).toString('hex'))
}

async function newRun(project: TestProject, stream: string): Promise<number> {
  const { id } = await openRun(project.warehouse.db, {
    source: stream.split('/')[0]!,
    sync: 'test',
    trigger: 'manual',
    askedBy: 'test',
    digest: project.digest,
    productVersion: '0.0.0-test',
    workflowId: '',
    workflowRunId: randomBytes(8).toString('hex'),
    traceId: randomBytes(16).toString('hex'),
  })
  return id
}

/** Balance of a dataset in what a reading did. Throws when it was held back. */
export function balanceOf(outcome: StreamOutcome, dataset: string): Balance {
  const balance = outcome.datasets.find((d) => d.dataset === dataset)?.balance
  if (!balance) throw new Error(`${dataset} was not published`)
  return balance
}
