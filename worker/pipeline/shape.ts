/**
 * Stop 2, shape: a record → the columns of its stream, each value exact and of its declared type. What a value is not is a problem of that
 * field, which check turns into a finding; the other fields are shaped all the same.
 */

import { isLosslessNumber } from 'lossless-json'
import type { InsideField, ShapedField, StreamPlan, ValueType } from '../../config/dataset-plan.js'
import type { SourceRecord } from '../../connectors/connector.js'
import type { JsonValue, Value } from './values.js'
import * as values from './values.js'

/** A value that is not of its field's type. Its type and length may be told, itself never. */
export interface ShapeProblem {
  /** Index in `StreamPlan.fields`. */
  field: number
  expected: ValueType
  /** `text of 10 characters`, `a number`, `an object`, … */
  found: string
}

/** A shaped record: one value a field of the plan, null where absent or where there is a problem. */
export interface Shaped {
  values: Value[]
  problems: readonly ShapeProblem[]
}

/** Fields that the record has and the stream does not describe: `name`, `group.name`. Names only. */
export type NewFields = Set<string>

const none: readonly ShapeProblem[] = Object.freeze([])

type Convert = (raw: unknown) => Value | undefined

/**
 * Prepares shaping for a stream. The returned function is pure but for `news`, to which it adds undescribed field names.
 */
export function prepareShape(plan: StreamPlan): (record: SourceRecord, news: NewFields) => Shaped {
  const converts = plan.fields.map((field) => convertOf(field))
  const paths = plan.fields.map((field) => field.path)
  const known = new Set(plan.known)
  return (record, news) => {
    const shaped: Value[] = new Array(paths.length)
    let problems: ShapeProblem[] | undefined
    for (let i = 0; i < paths.length; i++) {
      const raw = valueAt(record, paths[i]!)
      if (raw === null || raw === undefined) {
        shaped[i] = null
        continue
      }
      const value = converts[i]!(raw)
      if (value === undefined) {
        shaped[i] = null
        problems ??= []
        problems.push({ field: i, expected: plan.fields[i]!.value, found: describe(raw) })
      } else shaped[i] = value
    }
    for (const name in record) if (!known.has(name)) news.add(name)
    return { values: shaped, problems: problems ?? none }
  }
}

function valueAt(record: SourceRecord, path: readonly string[]): unknown {
  let at: unknown = record
  for (const name of path) {
    if (typeof at !== 'object' || at === null) return undefined
    at = (at as { [name: string]: unknown })[name]
  }
  return at
}

function convertOf(field: ShapedField): Convert {
  if (field.value === 'json') return nested(field.inside ?? [])
  if (field.value === 'geometry') return values.geometry
  const scalar: Convert = values.scalars[field.value]
  if (!field.list) return scalar
  return (raw) => {
    if (!Array.isArray(raw)) return undefined
    const list: Value[] = []
    for (const element of raw) {
      const value = element === null ? null : scalar(element)
      if (value === undefined) return undefined
      list.push(value)
    }
    return list
  }
}

interface Tree {
  leaf?: ValueType
  children: Map<string, Tree>
}

/** Keeps the described paths of a nested value and leaves out the rest, so that nothing undescribed lands inside a jsonb column. */
function nested(inside: readonly InsideField[]): Convert {
  const root: Tree = { children: new Map() }
  for (const { path, value } of inside) {
    let at = root
    for (const name of path) {
      let next = at.children.get(name)
      if (!next) {
        next = { children: new Map() }
        at.children.set(name, next)
      }
      at = next
    }
    at.leaf = value
  }
  return (raw): JsonValue | undefined => {
    if (typeof raw !== 'object' || raw === null) return undefined
    const json = pick(raw, root)
    return json === undefined || values.jsonText(json) === undefined ? undefined : { json }
  }
}

/** Undefined where a value inside does not fit. */
function pick(raw: unknown, tree: Tree): unknown {
  if (raw === null || raw === undefined) return null
  if (tree.leaf) return leaf(raw, tree.leaf)
  if (Array.isArray(raw)) {
    const element = tree.children.get('*')
    if (!element) return []
    const kept = raw.map((e) => pick(e, element))
    return kept.includes(undefined) ? undefined : kept
  }
  if (!values.isObject(raw)) return null
  const kept: { [name: string]: unknown } = {}
  for (const [name, child] of tree.children) {
    if (!(name in raw)) continue
    const value = pick(raw[name], child)
    if (value === undefined) return undefined
    kept[name] = value
  }
  return kept
}

/** A described leaf is a scalar or a list of them; an object in its place is undescribed. A link is what it refers to, as in a column. */
function leaf(raw: unknown, type: ValueType): unknown {
  if (Array.isArray(raw)) return raw.filter((e) => typeof e !== 'object' || e === null || isLosslessNumber(e))
  if (values.isObject(raw)) return null
  return type === 'reference' ? values.reference(raw) : raw
}

function describe(raw: unknown): string {
  if (typeof raw === 'string') return `text of ${raw.length} characters`
  if (Array.isArray(raw)) return `a list of ${raw.length}`
  if (typeof raw === 'boolean') return 'a boolean'
  return values.isObject(raw) ? 'an object' : 'a number'
}
