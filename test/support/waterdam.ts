/** The sample municipality for a test: its ZGW server over real HTTP, what its project reads from there applied to a fresh warehouse. */
import { cp } from 'node:fs/promises'
import { inject } from 'vitest'
import { loadProject } from '../../config/load.js'
import type { StreamOutcome } from '../../worker/pipeline/pipeline.js'
import { newPseudonymKey } from '../../worker/pseudonyms.js'
import type { StreamSession } from '../../worker/session.js'
import { startZgw, type ZgwOptions, type ZgwServer } from '../sources/zgw/server.js'
import type { TestDatabase } from './database.js'
import { type Begun, type Files, openProject, type TestProject } from './project.js'

/** What of the sample project reads from ZGW, made once a run of tests; nobody writes in it. */
export const sampleFolder = inject('sample')

/** Its one source is `open-zaak`: streams go by their own name. */
export interface Waterdam extends TestProject {
  zgw: ZgwServer
  session(stream: string): Promise<StreamSession>
  /** Reads one stream through the whole path, without Temporal. */
  read(stream: string, reading?: 'full' | 'changes'): Promise<StreamOutcome>
  begin(stream: string, reading?: 'full' | 'changes'): Promise<Begun>
}

/**
 * @param files changes to the sample project before it is applied
 * @param database left out: one on the Postgres that all tests share
 */
export async function openWaterdam(options: ZgwOptions = {}, files: Files = {}, database?: TestDatabase): Promise<Waterdam> {
  const zgw = await startZgw({ zaken: 300, ...options })
  const project = await openSample(zgw, files, database)
  const { session, read, begin, close } = project
  return Object.assign(project, {
    zgw,
    session: (stream: string) => session(`open-zaak/${stream}`),
    read: (stream: string, reading?: 'full' | 'changes') => read(`open-zaak/${stream}`, reading),
    begin: (stream: string, reading?: 'full' | 'changes') => begin(`open-zaak/${stream}`, reading),
    async close() {
      await close()
      await zgw.stop()
    },
  })
}

/**
 * The sample project alone, reading from a server that is there.
 *
 * @param variables before those of the sample, such as the keys of another one
 */
export async function openSample(
  zgw: ZgwServer,
  files: Files = {},
  database?: TestDatabase,
  variables: { [name: string]: string } = {},
): Promise<TestProject> {
  const { project: sample } = await loadProject(sampleFolder)
  const environment = {
    OPEN_ZAAK_URL: zgw.url,
    GEMAAL_OPEN_ZAAK_CLIENT_ID: zgw.clientId,
    GEMAAL_OPEN_ZAAK_SECRET: zgw.secret,
    GEMAAL_KEY_STURING_DIENSTVERLENING: newPseudonymKey('sturing-dienstverlening'),
    GEMAAL_KEY_SOCIAAL: newPseudonymKey('sociaal'),
    ...variables,
  }
  return openProject({ ...sample.files, ...files }, environment, database)
}

/** What of the sample reads from ZGW, as files in a folder of its own, for commands. */
export const copySample = (to: string): Promise<void> => cp(sampleFolder, to, { recursive: true })
