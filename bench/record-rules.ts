/**
 * What rules on a record cost: those of the pack zgw-zaken, asked of an open and of a closed zaak.
 *
 *     npm run build && node dist/bench/record-rules.js
 *
 * Beside it the same sentences as the libraries would evaluate them by themselves, over untyped values and with every absence asked for, since
 * neither of them lets a typed value be absent. The second is measured where it is installed:
 *
 *     npm install --no-save @bufbuild/cel@0.6.1 @bufbuild/cel-spec@0.6.1
 */
import { Environment } from '@marcbachmann/cel-js'
import type { StreamPlan } from '../config/dataset-plan.js'
import { shippedPacks } from '../config/packs.js'
import { findConnectors, streamsOf } from '../connectors/load.js'
import { openStream } from '../connectors/stream.js'
import { prepareShape, type Shaped } from '../worker/pipeline/shape.js'
import { fieldsOfStream } from '../worker/planning/fields.js'
import { compile } from '../worker/rules/cel.js'
import { prepareRecordRule } from '../worker/rules/record-rules.js'

const uuid = '6c3b9a52-8f0e-4d0b-9f67-2d1c2f6f0a01'
const open = {
  uuid,
  startdatum: '2026-03-01',
  registratiedatum: '2026-03-01',
  einddatumGepland: '2026-05-31',
  betalingsindicatie: 'nvt',
  archiefstatus: 'nog_te_archiveren',
}
const closed = {
  ...open,
  einddatum: '2026-04-15',
  resultaat: 'https://zaken.example.nl/zaken/api/v1/resultaten/1b6f2e7a-0d59-4f7e-9a43-2b8d4c3e5f6a',
  hoofdzaak: 'https://zaken.example.nl/zaken/api/v1/zaken/0a5e1f7c-53d5-47c7-8a39-6f7c1a2b3c4d',
  betalingsindicatie: 'geheel',
  laatsteBetaaldatum: '2026-03-11T10:15:00Z',
  archiefstatus: 'gearchiveerd',
  archiefnominatie: 'vernietigen',
  archiefactiedatum: '2031-04-15',
  startdatumBewaartermijn: '2026-04-15',
}

/** Sentences of the pack as a library takes them that knows no absent value. */
const guarded = [
  'hoofdzaak == null || hoofdzaak != uuid',
  'startdatum == null || einddatum == null || startdatum <= einddatum',
  'startdatum == null || einddatumGepland == null || startdatum <= einddatumGepland',
  'registratiedatum == null || registratiedatum <= "2026-07-01"',
  'laatsteBetaaldatum == null || laatsteBetaaldatum <= "2026-07-01T12:00:00Z"',
  'betalingsindicatie != "nvt" || laatsteBetaaldatum == null',
  'archiefstatus == "nog_te_archiveren" || archiefnominatie != null && (archiefactiedatum != null || archiefnominatie == "blijvend_bewaren")',
  'archiefstatus == "nog_te_archiveren" || archiefnominatie != "blijvend_bewaren" || archiefactiedatum != null',
  'einddatum != null || archiefactiedatum == null',
  'startdatumBewaartermijn == null || archiefnominatie == "vernietigen"',
]

const rounds = 200_000

/** Microseconds that all rules take of one record. */
function measure(name: string, rules: number, ask: (i: number) => void): void {
  for (let i = 0; i < rounds / 4; i++) ask(i)
  const before = process.hrtime.bigint()
  for (let i = 0; i < rounds; i++) ask(i)
  const each = Number(process.hrtime.bigint() - before) / 1000 / rounds
  console.log(`${name.padEnd(44)} ${each.toFixed(2).padStart(6)} µs a record, ${rules} rules`)
}

const zgw = streamsOf(await (await findConnectors()).get('zgw'), { settings: {}, streams: {} })
const { fields } = fieldsOfStream(openStream('zaken', zgw))
const plan: Pick<StreamPlan, 'fields' | 'known'> = { fields, known: [] }
const shape = prepareShape(plan)
const shaped = [open, closed].map((record) => shape(record, new Set()))
const columns = new Map(fields.map((field) => [field.column, field]))
const rules = [...shippedPacks().get('zgw-zaken')!.rules.values()].flatMap((rule) => {
  if (rule.level !== 'record' || !rule.appliesTo.streams?.includes('zaken')) return []
  const { expression } = compile(rule.check, columns)
  if (!expression) return []
  const at = expression.columns.map((column) => fields.findIndex((field) => field.column === column))
  return [prepareRecordRule({ ...rule, level: 'record', severity: 'warn', fields: at }, plan)]
})

function all(record: Shaped): void {
  for (const rule of rules) if (rule(record) === 'violation') throw new Error('a zaak without faults is accused')
}
measure('ours, an open zaak', rules.length, () => all(shaped[0]!))
measure('ours, a closed zaak', rules.length, () => all(shaped[1]!))

const absent = Object.fromEntries(
  ['einddatum', 'hoofdzaak', 'laatsteBetaaldatum', 'archiefnominatie', 'archiefactiedatum', 'startdatumBewaartermijn'].map((name) => [
    name,
    null,
  ]),
)
const records = [
  { ...absent, ...open },
  { ...absent, ...closed },
]
type Asked = (record: object) => unknown

function askAll(rules: readonly Asked[], record: object | undefined): void {
  for (const rule of rules) rule(record!)
}

const celJs = new Environment({ unlistedVariablesAreDyn: true })
const parsed = guarded.map((rule) => celJs.parse(rule))
measure('cel-js by itself, an open zaak, untyped', parsed.length, () => askAll(parsed, records[0]))
measure('cel-js by itself, a closed zaak, untyped', parsed.length, () => askAll(parsed, records[1]))

interface Bufbuild {
  celEnv(options: object): unknown
  parse(rule: string): unknown
  plan(environment: unknown, parsed: unknown): Asked
}
const bufbuild = (await import('@bufbuild/cel' as string).catch(() => undefined)) as Bufbuild | undefined
if (bufbuild) {
  const environment = bufbuild.celEnv({})
  const planned = guarded.map((rule) => bufbuild.plan(environment, bufbuild.parse(rule)))
  measure('@bufbuild/cel, an open zaak, untyped', planned.length, () => askAll(planned, records[0]))
  measure('@bufbuild/cel, a closed zaak, untyped', planned.length, () => askAll(planned, records[1]))
}
