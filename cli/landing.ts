/** A record as it would land: shape, check and shield by the contracts of the project, and nothing else. */
import { isLosslessNumber } from 'lossless-json'
import type { DatasetPlan, StreamPlan } from '../config/dataset-plan.js'
import type { SourceRecord } from '../connectors/connector.js'
import { type Check, type Checked, prepareChecks } from '../worker/pipeline/check.js'
import { prepareShape, type Shaped } from '../worker/pipeline/shape.js'
import { type BuurtOf, type Pseudonymise, prepareShield, type Shield } from '../worker/pipeline/shield.js'
import { builtInRules } from '../worker/rules/built-in.js'

export interface TriedFinding {
  rule: string
  severity: string
  column: string | null
  detail: string | null
  /** What the rule asks. */
  nl: string | null
  en: string | null
}

/** A record after shield. */
export interface TriedRecord {
  goes: Checked['goes']
  /** Columns that land; of a refused record what quarantine would keep; of one that is outside its key. */
  columns: { [column: string]: unknown }
  /** Rows of the child tables, by table. */
  children: { [table: string]: { [column: string]: unknown }[] }
  findings: TriedFinding[]
}

/** The boundaries stand in the warehouse, which is not looked at here: that a buurt lands is shown, and not which. */
const someBuurt: BuurtOf = () => 'BU????????'

/** Prepares the path of a record up to shield for all datasets of a stream. */
export function prepareLanding(
  plan: StreamPlan,
  pseudonymise: (dataset: DatasetPlan) => Pseudonymise | undefined,
): { names: string[]; land(record: SourceRecord): TriedRecord[] } {
  const shape = prepareShape(plan)
  const checks = prepareChecks(plan)
  const targets = plan.datasets.map(
    (dataset, i) => new Target(plan, dataset, checks[i]!, prepareShield(plan, dataset, pseudonymise(dataset), someBuurt)),
  )
  return {
    names: plan.datasets.map((d) => d.name),
    land: (record) => {
      const shaped = shape(record, new Set())
      return targets.map((target) => target.land(shaped))
    },
  }
}

class Target {
  readonly #plan: StreamPlan
  readonly #dataset: DatasetPlan
  readonly #check: Check
  readonly #shield: Shield
  readonly #texts: ReadonlyMap<string, { nl: string; en: string }>

  constructor(plan: StreamPlan, dataset: DatasetPlan, check: Check, shield: Shield) {
    this.#plan = plan
    this.#dataset = dataset
    this.#check = check
    this.#shield = shield
    this.#texts = new Map([...Object.entries(builtInRules), ...dataset.rules.map((rule) => [rule.id, rule] as const)])
  }

  land(shaped: Shaped): TriedRecord {
    const checked = this.#check(shaped)
    const findings = checked.findings.map((f) => ({
      rule: f.rule,
      severity: f.severity,
      column: f.field === undefined ? null : this.#plan.fields[f.field]!.column,
      detail: f.detail ?? null,
      nl: this.#texts.get(f.rule)?.nl ?? null,
      en: this.#texts.get(f.rule)?.en ?? null,
    }))
    if (checked.goes === 'land') return { goes: 'land', ...this.#row(shaped, checked), findings }
    if (checked.goes === 'outside') return { goes: 'outside', columns: this.#key(shaped), children: {}, findings }
    return { goes: 'quarantine', columns: readable(this.#shield.refused(shaped, checked).record), children: {}, findings }
  }

  #row(shaped: Shaped, checked: Checked): Pick<TriedRecord, 'columns' | 'children'> {
    const row = this.#shield.row(shaped, checked)
    // Values as JSON are those of quarantine; a row itself is text as Postgres takes it.
    const json = shaped.problems.length === 0 ? readable(this.#shield.refused(shaped, checked).record) : {}
    const columns = Object.fromEntries(
      this.#dataset.columns.map(({ name }, i) => [name, row.columns[i] === null ? null : (json[name] ?? row.columns[i])]),
    )
    const children = Object.fromEntries(
      this.#dataset.children.map((child, c) => [
        child.table,
        row.children[c]!.map((r) => Object.fromEntries(child.columns.map(({ name }, i) => [name, r.columns[i] ?? null]))),
      ]),
    )
    return { columns, children }
  }

  #key(shaped: Shaped): TriedRecord['columns'] {
    const names = this.#dataset.columns.filter((c) => c.key).map((c) => c.name)
    const key = this.#shield.key(shaped)
    return Object.fromEntries(names.map((name, i) => [name, key[i] ?? null]))
  }
}

/** With numbers as numbers where nothing is lost by it, and as text elsewhere. */
function readable(record: { [column: string]: unknown }): { [column: string]: unknown } {
  const plain = (value: unknown): unknown => {
    if (isLosslessNumber(value)) return String(Number(value.value)) === value.value ? Number(value.value) : value.value
    if (Array.isArray(value)) return value.map(plain)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]))
  }
  return plain(record) as { [column: string]: unknown }
}
