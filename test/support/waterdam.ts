/** The sample municipality for a test: its ZGW server over real HTTP, what its project reads from there applied to a fresh warehouse. */
import { cp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadProject } from '../../config/load.js'
import type { StreamOutcome } from '../../worker/pipeline/pipeline.js'
import { newPseudonymKey } from '../../worker/pseudonyms.js'
import type { StreamSession } from '../../worker/session.js'
import { startZgw, type ZgwOptions, type ZgwServer } from '../sources/zgw/server.js'
import type { TestDatabase } from './database.js'
import { type Begun, type Files, openProject, type TestProject } from './project.js'

export const sampleFolder = fileURLToPath(new URL('../../config/sample/waterdam', import.meta.url))

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
  return openProject({ ...sample.files, ...ofZaken(sample.files), ...files }, environment, database)
}

/** The sample project as files in a folder of its own, for commands; what it reads from ZGW alone, as in `openSample`. */
export async function copySample(to: string): Promise<void> {
  const { project: sample } = await loadProject(sampleFolder)
  await cp(sampleFolder, to, { recursive: true })
  for (const [path, text] of Object.entries(ofZaken(sample.files)))
    await (text === undefined ? rm(join(to, path)) : writeFile(join(to, path), text))
}

/** Changes to the sample by which it has the one source `open-zaak`, without the bound. */
function ofZaken(files: Files): Files {
  const others = Object.entries(files).filter(
    ([path, text]) =>
      (path.startsWith('sources/') && path !== 'sources/open-zaak.yaml') ||
      (path.startsWith('datasets/') && !/^from: open-zaak\//m.test(text!)),
  )
  return { ...Object.fromEntries(others.map(([path]) => [path, undefined])), ...withoutBound(files) }
}

/** How many records are broken is up to the test: by the bound of the sample its runs would end as `findings`, and not by what the test is about. */
function withoutBound(files: Files): Files {
  const path = 'datasets/wmo/zaken.yaml'
  const bound = ', upTo: 0.5 %'
  const text = files[path]
  if (!text?.includes(bound)) throw new Error(`the sample sets no bound in ${path} any more`)
  return { [path]: text.replace(bound, '') }
}
