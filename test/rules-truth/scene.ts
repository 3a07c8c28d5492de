/** The broken municipality, read into a warehouse, and what the rules said of each record. */
import type { DatasetPlan, Severity } from '../../config/dataset-plan.js'
import type { StreamName } from '../sources/zgw/model.js'
import { startZgw } from '../sources/zgw/server.js'
import type { Files, TestProject } from '../support/project.js'
import { openSample } from '../support/waterdam.js'
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
const left = ['wmo.zaken', 'zaken.open_zaken', 'zaken.zaakeigenschappen', 'zaken.zaakinformatieobjecten', 'zaken.zaakobjecten']
const files: Files = {
  ...Object.fromEntries(streams.map((stream) => [fileOf(datasets[stream]), contract(stream)])),
  ...Object.fromEntries([...left, 'catalogi.catalogussen', 'catalogi.eigenschappen'].map((dataset) => [fileOf(dataset), undefined])),
}

export interface Scene {
  truth: Truth
  project: TestProject
  plans: { readonly [stream in Stream]: DatasetPlan }
  /** Reads each stream in full, one after the other. */
  readAll(): Promise<void>
  close(): Promise<void>
}

export async function openScene(options: TruthOptions): Promise<Scene> {
  const truth = new Truth(options)
  const zgw = await startZgw({ seeded: truth.seeded })
  const project = await openSample(zgw, files)
  const plans: { [stream: string]: DatasetPlan } = {}
  for (const stream of streams) plans[stream] = (await project.session(`open-zaak/${stream}`)).plan.datasets[0]!
  return {
    truth,
    project,
    plans: plans as Scene['plans'],
    async readAll() {
      for (const stream of streams) await project.read(`open-zaak/${stream}`)
    },
    async close() {
      await project.close()
      await zgw.stop()
    },
  }
}

/** Every rule that is judged of a dataset, with what a violation does. */
export function rulesOf({ plans }: Scene, stream: Stream): Map<string, Severity> {
  const { rules, setRules, referenceRules, loadRules } = plans[stream]
  return new Map([...rules, ...setRules, ...referenceRules, ...loadRules].map(({ id, severity }) => [id, severity]))
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

/** The same as it has to be: a rule that is only counted leaves nothing with the record. */
export function expectedVerdicts(scene: Scene): Verdicts {
  const severities = Object.fromEntries(streams.map((stream) => [stream, rulesOf(scene, stream)]))
  const broken = new Map<string, string[]>()
  for (const { stream, uuid, rule } of scene.truth.accusations()) {
    if (severities[stream]?.get(rule) === 'report') continue
    const record = `${stream} ${uuid}`
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
export async function counted({ project }: Scene): Promise<{ [rule: string]: number }> {
  const rows = await project.rows<{ rule: string; count: string }>(
    `select f.dataset || ' ' || f.rule || ' ' || f.severity as rule, f.count from gemaal.findings f
     where f.run_id = (select max(run_id) from gemaal.stream_runs s where s.stream = f.stream)`,
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
