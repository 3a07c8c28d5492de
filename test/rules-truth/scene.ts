/** The broken municipality, read into a warehouse, and what the rules said of each record. */
import { randomBytes } from 'node:crypto'
import type { DatasetPlan, Severity } from '../../config/dataset-plan.js'
import { loadProject } from '../../config/load.js'
import { openRun } from '../../sql/runs.js'
import { openByKey } from '../../worker/pipeline/open.js'
import { runStream, verifyAndPublish } from '../../worker/pipeline/pipeline.js'
import { stageSlice } from '../../worker/pipeline/stage.js'
import { judgeRun, keysOfMissing, missingReferences } from '../../worker/references.js'
import type { StreamName } from '../sources/zgw/model.js'
import { startZgw } from '../sources/zgw/server.js'
import type { Files, TestProject } from '../support/project.js'
import { openSample, sampleFolder } from '../support/waterdam.js'
import { Truth, type TruthOptions } from './truth.js'

/** Streams in the order in which a sync reads them. */
const datasets = {
  zaaktypen: 'catalogi.zaaktypen',
  statustypen: 'catalogi.statustypen',
  resultaattypen: 'catalogi.resultaattypen',
  roltypen: 'catalogi.roltypen',
  zaken: 'zaken.zaken',
  statussen: 'zaken.statussen',
  resultaten: 'zaken.resultaten',
  rollen: 'zaken.rollen',
} as const satisfies { [stream in StreamName]?: string }
export type Stream = keyof typeof datasets
export const streams = Object.keys(datasets) as Stream[]

// Every stream whole and once, and no hold: it is about what is found, not about what waits for a person.
const contract = (stream: Stream): string =>
  [
    `from: open-zaak/${stream}`,
    ...(datasets[stream].startsWith('zaken.') ? ['activity: sturing-dienstverlening'] : []),
    ...(stream === 'rollen' ? ['personal: [bsn]'] : []),
    'holds: { deleted: 100 %, quarantined: 100 % }',
    '',
  ].join('\n')
const fileOf = (dataset: string): string => `datasets/${dataset.replace('.', '/')}.yaml`

/** The sample project with these datasets and no others. */
async function filesOfScene(): Promise<Files> {
  const { project } = await loadProject(sampleFolder)
  const others = Object.keys(project.files).filter((path) => path.startsWith('datasets/') || path.startsWith('marts/'))
  return {
    ...Object.fromEntries(others.map((path) => [path, undefined])),
    ...Object.fromEntries(streams.map((stream) => [fileOf(datasets[stream]), contract(stream)])),
  }
}

const { signal } = new AbortController()

export interface Scene {
  truth: Truth
  project: TestProject
  plans: { readonly [stream in Stream]: DatasetPlan }
  /** Reads each stream in full, in one run. */
  readAll(): Promise<void>
  /** Id of that run. */
  lastRun(): number
  close(): Promise<void>
}

export async function openScene(options: TruthOptions): Promise<Scene> {
  const truth = new Truth(options)
  const zgw = await startZgw({ seeded: truth.seeded })
  const project = await openSample(zgw, await filesOfScene())
  const plans: { [stream: string]: DatasetPlan } = {}
  let runId = 0
  for (const stream of streams) plans[stream] = (await project.session(`open-zaak/${stream}`)).plan.datasets[0]!
  return {
    truth,
    project,
    plans: plans as Scene['plans'],
    async readAll() {
      runId = await newRun(project)
      for (const stream of streams) {
        const session = await project.session(`open-zaak/${stream}`)
        await runStream(session, { runId, digest: project.digest, reading: 'full' }, signal)
      }
      await askForMissing(project, runId)
      await judgeRun(project.workspace, runId, signal)
    },
    lastRun: () => runId,
    async close() {
      await project.close()
      await zgw.stop()
    },
  }
}

/** What the run of a sync does when all its streams have ended: asks the source once for what rows refer to and no listing showed. */
async function askForMissing(project: TestProject, references: number): Promise<void> {
  for (const stream of (await missingReferences(project.workspace, references, signal)).streams) {
    const session = await project.session(`open-zaak/${stream}`)
    const keys = await keysOfMissing(project.workspace, references, session, signal)
    const opened = await openByKey(session, { runId: await newRun(project), digest: project.digest, keys: { keys, missing: true } }, signal)
    await stageSlice(session, opened.streamRunId, 0, signal, () => {})
    await verifyAndPublish(session, opened.streamRunId, signal)
  }
}

async function newRun({ warehouse, digest }: TestProject): Promise<number> {
  const { id } = await openRun(warehouse.db, {
    source: 'open-zaak',
    sync: 'weekly',
    trigger: 'manual',
    askedBy: 'test',
    digest,
    productVersion: '0.0.0-test',
    workflowId: '',
    workflowRunId: randomBytes(8).toString('hex'),
    traceId: randomBytes(16).toString('hex'),
  })
  return id
}

/** Every rule that is judged of a dataset, with what a violation does. */
export function rulesOf({ plans }: Scene, stream: Stream): Map<string, Severity> {
  const { rules, setRules, referenceRules, loadRules } = plans[stream]
  return new Map([...rules, ...setRules, ...referenceRules, ...loadRules].map(({ id, severity }) => [id, severity]))
}

/** `<stream> <rule>` of each rule that is judged of records, and that none of them breaks. */
export function unbroken({ plans, truth }: Scene): string[] {
  const broken = new Set(truth.accusations().map(({ stream, rule }) => `${stream} ${rule}`))
  return streams.flatMap((stream) => {
    const { rules, setRules, referenceRules } = plans[stream]
    const judged = new Set([...rules, ...setRules, ...referenceRules].map(({ id }) => `${stream} ${id}`))
    return [...judged].filter((rule) => !broken.has(rule))
  })
}

/** `<stream> <uuid>` → ids of the rules that a record breaks, as far as they are kept with the record. */
export type Verdicts = ReadonlyMap<string, string>

/** What stands with the rows, and in quarantine. */
export async function foundVerdicts({ project }: Scene): Promise<Verdicts> {
  const verdicts = new Map<string, string>()
  for (const stream of streams) {
    const rows = await project.rows<{ uuid: string; rules: string[] }>(
      `select uuid::text, _findings as rules from ${datasets[stream]} where _findings <> '{}'
       union all
       select key[1], array(select distinct f ->> 'rule' from jsonb_array_elements(findings) f)
       from gemaal.quarantine where dataset = $1 and closed_at is null`,
      [datasets[stream]],
    )
    for (const { uuid, rules } of rows) verdicts.set(`${stream} ${uuid}`, written(rules))
  }
  return verdicts
}

/** The same as it has to be: a rule that is only counted leaves nothing with a row. */
export function expectedVerdicts(scene: Scene): Verdicts {
  const severities = Object.fromEntries(streams.map((stream) => [stream, rulesOf(scene, stream)]))
  const refused = new Set(toQuarantine(scene))
  const broken = new Map<string, string[]>()
  for (const { stream, uuid, rule } of scene.truth.accusations()) {
    const record = `${stream} ${uuid}`
    if (severities[stream]?.get(rule) === 'report' && !refused.has(record)) continue
    broken.set(record, [...(broken.get(record) ?? []), rule])
  }
  return new Map([...broken].map(([record, rules]) => [record, written(rules)]))
}

const written = (rules: readonly string[]): string => [...new Set(rules)].sort().join(' ')

/** Keys of the open entries of quarantine, as `<stream> <uuid>`. */
export async function quarantined({ project }: Scene): Promise<string[]> {
  const entries = await project.rows<{ key: string }>(
    `select stream || ' ' || key[1] as key from gemaal.quarantine where closed_at is null order by 1`,
  )
  return entries.map(({ key }) => key)
}

/** The same as it has to be. */
export function toQuarantine(scene: Scene): string[] {
  const refused = scene.truth.accusations().filter(({ stream, rule }) => rulesOf(scene, stream as Stream).get(rule) === 'reject')
  return [...new Set(refused.map(({ stream, uuid }) => `${stream} ${uuid}`))].sort()
}

/** `<dataset> <rule> <severity>` → how many records broke it by the last run, as the report says. */
export async function counted({ project, lastRun }: Scene): Promise<{ [rule: string]: number }> {
  const rows = await project.rows<{ rule: string; count: string }>(
    `select dataset || ' ' || rule || ' ' || severity as rule, count from gemaal.findings where run_id = $1`,
    [lastRun()],
  )
  return Object.fromEntries(rows.map(({ rule, count }) => [rule, Number(count)]))
}

/** The same as it has to be. */
export function toCount(scene: Scene): { [rule: string]: number } {
  const counts: { [rule: string]: number } = {}
  const seen = new Set<string>()
  for (const { stream, uuid, rule } of scene.truth.accusations()) {
    if (seen.has(`${uuid} ${rule}`)) continue
    seen.add(`${uuid} ${rule}`)
    const line = `${datasets[stream as Stream]} ${rule} ${rulesOf(scene, stream as Stream).get(rule)}`
    counts[line] = (counts[line] ?? 0) + 1
  }
  return counts
}
