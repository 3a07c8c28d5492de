/** The sample municipality for a test: its ZGW server over real HTTP, its project applied to a fresh warehouse. */
import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { loadProject, loadSnapshot } from '../../config/load.js'
import { findConnectors } from '../../connectors/load.js'
import { migrate, openDatabase as openPool, type Warehouse } from '../../sql/database.js'
import { openRun } from '../../sql/runs.js'
import { applyProject } from '../../worker/apply.js'
import { openLog } from '../../worker/log.js'
import { runStream, type StreamOutcome } from '../../worker/pipeline/pipeline.js'
import { planProject } from '../../worker/planning/plan.js'
import { newPseudonymKey } from '../../worker/pseudonyms.js'
import type { StreamSession } from '../../worker/session.js'
import { storedColumnNames } from '../../sql/config-versions.js'
import { Workspace } from '../../worker/workspace.js'
import { startZgw, type ZgwOptions, type ZgwServer } from '../sources/zgw/server.js'
import { openDatabase } from './database.js'

export const sampleFolder = fileURLToPath(new URL('../../config/sample/waterdam', import.meta.url))

export interface Waterdam {
  zgw: ZgwServer
  warehouse: Warehouse
  /** URL of the warehouse. */
  url: string
  workspace: Workspace
  environment: { [name: string]: string }
  digest: string
  /** Applies other files of the project: text to replace, undefined to remove. */
  apply(changes?: { [path: string]: string | undefined }): Promise<void>
  session(stream: string): Promise<StreamSession>
  /** Reads one stream through the whole path, without Temporal. */
  read(stream: string, reading?: 'full' | 'changes'): Promise<StreamOutcome>
  /** Rows of a query, for assertions. */
  rows<T = { [column: string]: unknown }>(sql: string, values?: unknown[]): Promise<T[]>
  close(): Promise<void>
}

/** @param files changes to the sample project before it is applied */
export async function openWaterdam(options: ZgwOptions = {}, files: { [path: string]: string | undefined } = {}): Promise<Waterdam> {
  const zgw = await startZgw({ zaken: 300, ...options })
  const database = await openDatabase()
  const warehouse = openPool(database.url)
  await migrate(warehouse.db)
  const environment: { [name: string]: string } = {
    OPEN_ZAAK_URL: zgw.url,
    GEMAAL_OPEN_ZAAK_CLIENT_ID: zgw.clientId,
    GEMAAL_OPEN_ZAAK_SECRET: zgw.secret,
    GEMAAL_KEY_STURING_DIENSTVERLENING: newPseudonymKey('sturing-dienstverlening'),
    GEMAAL_KEY_SOCIAAL: newPseudonymKey('sociaal'),
  }
  const workspace = new Workspace({ warehouse, environment, version: '0.0.0-test', log: openLog('silent') })
  let texts: { [path: string]: string } = {}
  const waterdam: Waterdam = {
    zgw,
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
      const { project } = loadSnapshot(texts)
      const plan = await planProject(project, await findConnectors({ project: texts }), await storedColumnNames(warehouse.db))
      if (plan.problems.length > 0) throw new Error(plan.problems.map((p) => `${p.file}:${p.line} ${p.message}`).join('\n'))
      await applyProject(warehouse, project, plan, { who: 'test', environment, version: '0.0.0-test' })
      waterdam.digest = project.digest
    },
    session: (stream) => workspace.session(waterdam.digest, 'open-zaak', stream, randomBytes(16).toString('hex')),
    async read(stream, reading = 'full') {
      const runId = await openRun(warehouse.db, {
        source: 'open-zaak',
        sync: 'test',
        trigger: 'manual',
        askedBy: 'test',
        digest: waterdam.digest,
        productVersion: '0.0.0-test',
        workflowId: 'test',
        workflowRunId: randomBytes(8).toString('hex'),
        traceId: randomBytes(16).toString('hex'),
      })
      return runStream(await waterdam.session(stream), { runId, digest: waterdam.digest, reading }, new AbortController().signal)
    },
    rows: async (sql, values) => (await warehouse.pool.query(sql, values)).rows,
    async close() {
      await workspace.close()
      await warehouse.close()
      await database.close()
      await zgw.stop()
    },
  }
  const { project } = await loadProject(sampleFolder)
  texts = { ...project.files }
  await waterdam.apply(files)
  return waterdam
}
