/** The names that publish speaks of, quoted once. */
import type { DatasetPlan } from '../config/dataset-plan.js'
import { literal, quoted } from './names.js'
import { goneName, stagingName } from './staging.js'

export class PublishTables {
  readonly target: string
  readonly deleted: string
  readonly history: string
  readonly staging: string
  readonly gone: string
  readonly children: { name: string; target: string; staging: string; columns: string[] }[]
  /** Key columns as the record has them, without `_source`. */
  readonly keys: string[]
  /** Everything staged, to drop. */
  readonly all: string[]
  /** `_source` where several sources feed the table: in an insert, as a value, in a list; each empty or ending in a comma. */
  readonly sourceColumn: { insert: string; value: string; list: string }
  readonly #source: string | undefined

  constructor(plan: DatasetPlan, datasetRunId: number) {
    const table = (name: string) => `${quoted(plan.schema)}.${quoted(name)}`
    this.target = table(plan.table)
    this.deleted = table(`${plan.table}_deleted`)
    this.history = table(`${plan.table}_history`)
    this.staging = `staging.${stagingName(datasetRunId)}`
    this.gone = `staging.${goneName(datasetRunId)}`
    this.keys = plan.columns.filter((c) => c.key).map((c) => quoted(c.name))
    this.children = plan.children.map((child, c) => ({
      name: child.table,
      target: table(child.table),
      staging: `staging.${stagingName(datasetRunId, c)}`,
      columns: child.columns.map((column) => quoted(column.name)),
    }))
    this.all = [this.staging, this.gone, ...this.children.map((c) => c.staging)]
    this.#source = plan.sourceInKey ? literal(plan.source) : undefined
    this.sourceColumn = this.#source
      ? { insert: '_source, ', value: `${this.#source}, `, list: '_source, ' }
      : { insert: '', value: '', list: '' }
  }

  quote(name: string): string {
    return quoted(name)
  }

  /** The key columns, of `alias` where given. */
  list(alias?: string): string {
    return this.keys.map((k) => (alias ? `${alias}.${k}` : k)).join(', ')
  }

  /** `kept` (a table of the dataset) and `other` have the same key, within this source. */
  same(kept: string, other: string): string {
    return [...(this.#source ? [`${kept}._source = ${this.#source}`] : []), ...this.keys.map((k) => `${kept}.${k} = ${other}.${k}`)].join(
      ' and ',
    )
  }

  /** Of this source where several feed the table: a condition to add, or nothing. */
  ofSource(alias: string): string {
    return this.#source ? ` and ${alias}._source = ${this.#source}` : ''
  }

  get hasKey(): string {
    return this.keys.map((k) => `${k} is not null`).join(' and ')
  }

  /** The key as control tables keep it: texts, in key order. */
  keyArray(alias: string): string {
    return `array[${this.keys.map((k) => `${alias}.${k}::text`).join(', ')}]`
  }

  /** The key as one text, for people. */
  keyText(alias: string): string {
    return keyText(this.keyArray(alias))
  }
}

/** Keys that a finding names at most. */
export const exampleKeys = 20

/** A key as control tables keep it as one text, for people. */
export function keyText(array: string): string {
  return `array_to_string(${array}, '|', '')`
}
