/**
 * Stop 2, shape: a record → the columns of its stream, each value exact and of its declared type. What a value is not is a problem of that
 * field, which check turns into a finding; the other fields are shaped all the same.
 */

import { LosslessNumber } from 'lossless-json'
import type { InsideField, ShapedField, StreamPlan, ValueType } from '../../config/dataset-plan.js'
import type { SourceRecord } from '../../connectors/connector.js'
import type { Value } from './values.js'
import * as values from './values.js'

/** A value that is not of its field's type. Its type and length may be told, itself never. */
export interface ShapeProblem {
  /** Index in `StreamPlan.fields`. */
  field: number
  expected: ValueType
  /** `text of 10 characters`, `a number`, `an object`, … */
  found: string
  /** Where in a nested value, `verlenging.duur`; `*` for any element. */
  at?: string
}

/** A shaped record: one value a field of the plan, null where absent or where there is a problem. */
export interface Shaped {
  values: Value[]
  problems: readonly ShapeProblem[]
  /** Fields with a local time that occurs twice; the earlier moment was taken. */
  twice?: readonly number[]
}

/** Fields that the record has and the stream does not describe: `name`, `group.name`; `…` for a name that looks like a value. */
export type NewFields = Set<string>

const none: readonly ShapeProblem[] = Object.freeze([])

type Convert = (raw: unknown) => Value | Misfit | undefined

/**
 * Prepares shaping for a stream. The returned function is pure but for `news`, to which it adds undescribed field names.
 */
export function prepareShape(plan: Pick<StreamPlan, 'fields' | 'known'>): (record: SourceRecord, news: NewFields) => Shaped {
  const converts = plan.fields.map((field) => convertOf(field))
  const paths = plan.fields.map((field) => field.path)
  const moments = plan.fields.map((field) => field.value === 'datetime')
  const note = prepareNews(plan.known)
  return (record, news) => {
    const shaped: Value[] = new Array(paths.length)
    let problems: ShapeProblem[] | undefined
    let twice: number[] | undefined
    for (let i = 0; i < paths.length; i++) {
      const raw = valueAt(record, paths[i]!)
      if (raw instanceof NoGroup) {
        shaped[i] = null
        problems ??= []
        problems.push({ field: i, expected: plan.fields[i]!.value, found: raw.found })
        continue
      }
      if (raw === null || raw === undefined) {
        shaped[i] = null
        continue
      }
      const value = converts[i]!(raw)
      if (value === undefined || value instanceof Misfit) {
        shaped[i] = null
        problems ??= []
        problems.push(value ? { field: i, ...value } : { field: i, expected: plan.fields[i]!.value, found: describe(raw) })
        continue
      }
      shaped[i] = value
      if (moments[i] && (Array.isArray(raw) ? raw.some(values.occursTwice) : values.occursTwice(raw))) {
        twice ??= []
        twice.push(i)
      }
    }
    note(record, news)
    return { values: shaped, problems: problems ?? none, ...(twice && { twice }) }
  }
}

/** What stands where a group of fields should. */
class NoGroup {
  readonly found: string
  constructor(raw: unknown) {
    this.found = describe(raw)
  }
}

function valueAt(record: SourceRecord, path: readonly string[]): unknown {
  let at: unknown = record
  for (const name of path) {
    if (at === null || at === undefined) return undefined
    if (!values.isObject(at)) return new NoGroup(at)
    at = Object.hasOwn(at, name) ? at[name] : undefined
  }
  return at
}

// A map from a person's number is no record, and its names are values.
const fieldName = /^(?!.*\d{6})[\p{L}_$@][\p{L}\p{N}_$@:. -]{0,99}$/u
/** Enough to see what happened; a record that is a map has new names for ever. */
const mostNews = 200

interface Group {
  place: string
  fields: Map<string, Group>
}

/** Notes the fields of a record and of its groups that are not described. */
function prepareNews(known: StreamPlan['known']): (record: SourceRecord, news: NewFields) => void {
  const root: Group = { place: '', fields: new Map() }
  for (const path of known) {
    let at = root
    for (const name of path) {
      if (!at.fields.has(name)) at.fields.set(name, { place: `${at.place}${name}.`, fields: new Map() })
      at = at.fields.get(name)!
    }
  }
  return (record, news) => noteNews(record, root, news)
}

function noteNews(raw: { readonly [name: string]: unknown }, { place, fields }: Group, news: NewFields): void {
  for (const name in raw) {
    const described = fields.get(name)
    const inside = raw[name]
    if (described && described.fields.size > 0 && values.isObject(inside)) noteNews(inside, described, news)
    else if (!described && news.size < mostNews) news.add(`${place}${fieldName.test(name) ? name : '…'}`)
  }
}

function convertOf(field: ShapedField): Convert {
  if (field.value === 'json') return nested(field)
  if (field.value === 'geometry') return values.geometry
  const scalar: (raw: unknown) => Value | undefined = values.scalars[field.value]
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
  /** Path from the record, for people. */
  place: string
  leaf?: (raw: unknown) => unknown
  expected?: ValueType
  children: Map<string, Tree>
}

/** A value inside a nested one that does not fit. */
class Misfit {
  readonly at: string
  readonly expected: ValueType
  readonly found: string
  constructor({ place, expected = 'json' }: Tree, raw: unknown) {
    this.at = place
    this.expected = expected
    this.found = describe(raw)
  }
}

/** Keeps the described paths of a nested value and leaves out the rest, so that nothing undescribed lands inside a jsonb column. */
function nested(field: ShapedField): Convert {
  const root: Tree = { place: field.path.join('.'), children: new Map() }
  for (const inside of field.inside ?? []) {
    let at = root
    for (const name of inside.path) {
      let next = at.children.get(name)
      if (!next) {
        next = { place: `${at.place}.${name}`, children: new Map() }
        at.children.set(name, next)
      }
      at = next
    }
    at.leaf = leafOf(inside)
    at.expected = inside.value
  }
  return (raw) => {
    const json = pick(raw, root)
    return json instanceof Misfit ? json : { json }
  }
}

function pick(raw: unknown, tree: Tree): unknown {
  if (raw === null || raw === undefined) return null
  if (tree.leaf) {
    const value = tree.leaf(raw)
    return value === undefined ? new Misfit(tree, raw) : value
  }
  if (Array.isArray(raw)) {
    const element = tree.children.get('*')
    if (!element) return new Misfit(tree, raw)
    const kept = raw.map((e) => pick(e, element))
    return kept.find((e) => e instanceof Misfit) ?? kept
  }
  if (!values.isObject(raw) || (tree.children.size === 1 && tree.children.has('*'))) return new Misfit(tree, raw)
  const kept: { [name: string]: unknown } = {}
  for (const [name, child] of tree.children) {
    if (!Object.hasOwn(raw, name)) continue
    const value = pick(raw[name], child)
    if (value instanceof Misfit) return value
    kept[name] = value
  }
  return kept
}

/** Shapes a described leaf as a column of its type is shaped; numbers stay numbers. */
function leafOf({ value: type, list }: InsideField): (raw: unknown) => unknown {
  if (type === 'json') return () => null // nothing of it is described
  const scalar = (raw: unknown): unknown => {
    if (type === 'geometry') return values.geometry(raw)?.json
    const value = values.scalars[type](raw)
    return value !== undefined && (type === 'integer' || type === 'decimal') ? new LosslessNumber(value as string) : value
  }
  if (!list) return scalar
  return (raw) => {
    if (!Array.isArray(raw)) return undefined
    const kept = raw.map((e) => (e === null ? null : scalar(e)))
    return kept.includes(undefined) ? undefined : kept
  }
}

/** Why a text cannot be stored as one, for whoever has to mend it at the source. */
function unstorable(raw: string): string {
  if (raw.includes('\0')) return ', a NUL among them'
  return raw.isWellFormed() ? '' : ', some of which are none: half a surrogate pair, or a byte that is not in the charset'
}

function describe(raw: unknown): string {
  if (typeof raw === 'string') return `text of ${raw.length} characters${unstorable(raw)}`
  if (Array.isArray(raw)) return `a list of ${raw.length}`
  if (typeof raw === 'boolean') return 'a boolean'
  return values.isObject(raw) ? 'an object' : 'a number'
}
