/**
 * Stop 4, shield: the treatment of each column is applied, and the row is written as Postgres takes it. After it nothing holds a value that
 * the purpose does not allow: not staging, not quarantine, not a log, not Temporal.
 */

import * as crypto from 'node:crypto'
import { createHash } from 'node:crypto'
import { isLosslessNumber, stringify } from 'lossless-json'
import type { DatasetPlan, PlannedColumn, StreamPlan } from '../../config/dataset-plan.js'
import type { PersonalKind, Treatment } from '../../config/kinds.js'
import type { Checked } from './check.js'
import { generalisations } from './generalise.js'
import type { Shaped } from './shape.js'
import { isObject, type JsonValue, type Value } from './values.js'

/** A row as it leaves shield: one text a planned column, null where absent. */
export interface ShieldedRow {
  columns: (string | null)[]
  /** 32 hex digits over the columns that are part of change detection, and over the child rows. */
  hash: string
  /** Child rows, one list a child table: texts of the child's columns, with their hash. */
  children: { columns: (string | null)[]; hash: string }[][]
}

/** A refused record after shield: what quarantine keeps of it. */
export interface RefusedRecord {
  record: { [column: string]: unknown }
  findings: { rule: string; severity: string; column?: string; detail?: string }[]
}

export interface Shield {
  /** The row of a record that lands. */
  row(shaped: Shaped, checked: Checked): ShieldedRow
  /** Texts of the key columns, in the order of the plan's columns; null where the key could not be read. */
  key(shaped: Shaped): (string | null)[]
  /** What quarantine keeps: all landing columns, or only the key where the record could not be shaped. */
  refused(shaped: Shaped, checked: Checked): RefusedRecord
}

/** A pseudonymiser of the domain of each dataset's activity; asked only where a column needs it. */
export type Pseudonymise = (value: string, kind: PersonalKind) => string

/** An empty text names nobody: two rows that have one are not of one person. In a key it is a value as any other. */
function ofSomebody(pseudonymise: Pseudonymise | undefined): PseudonymOrNone | undefined {
  return pseudonymise && ((value, kind) => (value.trim() === '' ? null : pseudonymise(value, kind)))
}

/** The code of the buurt that a geometry lies in; null where it lies in none, or cannot be read as a geometry. */
export type BuurtOf = (value: Value) => string | null

type PseudonymOrNone = (value: string, kind: PersonalKind) => string | null

type Treat = (value: Value) => Value

/** What treatments need beside the value. */
interface Means {
  pseudonymise: PseudonymOrNone | undefined
  buurtOf: BuurtOf | undefined
}

/** Prepares the shield of one dataset. */
export function prepareShield(
  plan: StreamPlan,
  dataset: DatasetPlan,
  pseudonymise: Pseudonymise | undefined,
  buurtOf?: BuurtOf | undefined,
): Shield {
  const means: Means = { pseudonymise: ofSomebody(pseudonymise), buurtOf }
  const columns = dataset.columns.map((column) => ({
    column,
    treat: treatmentOf(column, column.key ? { ...means, pseudonymise } : means),
  }))
  const children = dataset.children.map((child) => ({
    field: child.field,
    columns: child.columns.map((c) => ({
      path: c.path,
      treat: scalarTreatment(c.treatment, c.kind as PersonalKind, means),
    })),
  }))
  const keys = columns.filter((c) => c.column.key)

  const textOf = (shaped: Shaped, { column, treat }: (typeof columns)[number]): string | null => {
    const value = shaped.values[column.field]!
    return value === null ? null : writeValue(treat(value))
  }

  return {
    row(shaped, checked) {
      const texts: (string | null)[] = new Array(columns.length)
      let content = ''
      for (let i = 0; i < columns.length; i++) {
        const { column } = columns[i]!
        const text = checked.blank?.includes(column.field) ? null : textOf(shaped, columns[i]!)
        texts[i] = text
        // NUL cannot occur in a text that Postgres takes, so that no two rows write the same content.
        if (!column.volatile) content += text === null ? 'N\0' : `V${text}\0`
      }
      const childRows = children.map((child) => childRowsOf(shaped.values[child.field]!, child.columns))
      for (const rows of childRows) content += `C${rows.map((r) => r.hash).join(',')}\0`
      return { columns: texts, hash: hashOf(content), children: childRows }
    },
    key: (shaped) => keys.map((k) => textOf(shaped, k)),
    refused(shaped, checked) {
      const unshapable = shaped.problems.length > 0
      const record: { [column: string]: unknown } = {}
      for (const { column, treat } of unshapable ? keys : columns) {
        const value = shaped.values[column.field]!
        record[column.name] = value === null ? null : jsonOf(treat(value))
      }
      const findings = checked.findings.map((f) => ({
        rule: f.rule,
        severity: f.severity,
        ...(f.field !== undefined && { column: plan.fields[f.field]!.column }),
        ...(f.detail !== undefined && { detail: f.detail }),
      }))
      return { record, findings }
    },
  }
}

function treatmentOf(column: PlannedColumn, means: Means): Treat {
  if (column.inside) return insideTreatment(column.inside, means)
  return scalarTreatment(column.treatment, column.kind as PersonalKind, means)
}

function scalarTreatment(treatment: Treatment, kind: PersonalKind, { pseudonymise, buurtOf }: Means): Treat {
  const each = (treat: (text: string) => string | null): Treat => {
    const apply: Treat = (value) =>
      Array.isArray(value) ? value.map((v) => (v === null ? null : apply(v))) : value === null ? null : treat(String(value))
    return apply
  }
  switch (treatment) {
    case 'keep':
      return (value) => value
    case 'drop':
      return () => null
    case 'pseudonymise':
      if (!pseudonymise) throw new Error(`a column of kind ${kind} is pseudonymised, but no key of its domain was given`)
      return each((text) => pseudonymise(text, kind))
    case 'year':
    case 'month':
    case 'pc4':
      return each((text) => generalisations[treatment](text) ?? null)
    case 'buurt':
      if (!buurtOf) throw new Error(`a column of kind ${kind} lands as its buurt, but no boundaries were given`)
      return (value) => (Array.isArray(value) ? value.map(buurtOf) : value === null ? null : buurtOf(value))
  }
}

/** Keeps of a nested value what its paths allow, each by its own treatment. */
function insideTreatment(inside: NonNullable<PlannedColumn['inside']>, means: Means): Treat {
  interface Node {
    treat?: Treat
    children: Map<string, Node>
  }
  const root: Node = { children: new Map() }
  for (const { path, kind, treatment } of inside) {
    if (treatment === 'drop') continue
    let at = root
    for (const name of path) {
      let next = at.children.get(name)
      if (!next) {
        next = { children: new Map() }
        at.children.set(name, next)
      }
      at = next
    }
    at.treat = scalarTreatment(treatment, kind as PersonalKind, means)
  }
  const apply = (json: unknown, node: Node): unknown => {
    if (json === null || json === undefined) return null
    if (node.treat) return Array.isArray(json) ? json.map((e) => treatLeaf(e, node.treat!)) : treatLeaf(json, node.treat)
    if (Array.isArray(json)) {
      const element = node.children.get('*')
      return element ? json.map((e) => apply(e, element)) : []
    }
    if (!isObject(json)) return null
    const kept: { [name: string]: unknown } = {}
    for (const [name, child] of node.children) if (Object.hasOwn(json, name)) kept[name] = apply(json[name], child)
    return kept
  }
  return (value) => (isJson(value) ? { json: apply(value.json, root) } : value)
}

function treatLeaf(leaf: unknown, treat: Treat): unknown {
  const value = asValue(leaf)
  const treated = treat(value)
  return treated === value ? leaf : treated // kept: a number stays a number
}

function childRowsOf(value: Value, columns: readonly { path: readonly string[]; treat: Treat }[]): ShieldedRow['children'][number] {
  if (!isJson(value) || !Array.isArray(value.json)) return []
  return value.json.map((element) => {
    const texts = columns.map(({ path, treat }) => {
      let at: unknown = element
      for (const name of path) at = isObject(at) ? at[name] : undefined
      return writeValue(treat(asValue(at)))
    })
    return { columns: texts, hash: hashOf(texts.map((t) => (t === null ? 'N\0' : `V${t}\0`)).join('')) }
  })
}

/** A leaf inside a nested value as the value of a column. */
function asValue(leaf: unknown): Value {
  if (leaf === null || leaf === undefined) return null
  if (typeof leaf === 'string' || typeof leaf === 'boolean') return leaf
  if (isLosslessNumber(leaf)) return leaf.value
  return Array.isArray(leaf) ? leaf.map(asValue) : { json: leaf }
}

export function isJson(value: Value): value is JsonValue {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The text that Postgres reads as this value. */
export function writeValue(value: Value): string | null {
  if (value === null || typeof value === 'string') return value
  if (typeof value === 'boolean') return value ? 't' : 'f'
  if (Array.isArray(value)) return `{${value.map(arrayElement).join(',')}}`
  return stringify(value.json) ?? null
}

function arrayElement(value: Value): string {
  const text = writeValue(value)
  return text === null ? 'NULL' : `"${text.replace(/[\\"]/g, '\\$&')}"`
}

function jsonOf(value: Value): unknown {
  return isJson(value) ? value.json : Array.isArray(value) ? value.map(jsonOf) : value
}

// One call without a hash object is twice as fast where Node.js has it (20.12 and later).
const hashOf: (content: string) => string =
  typeof crypto.hash === 'function'
    ? (content) => crypto.hash('sha256', content, 'hex').slice(0, 32)
    : (content) => createHash('sha256').update(content).digest('hex').slice(0, 32)
