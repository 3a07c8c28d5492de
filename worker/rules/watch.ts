/** Watches the columns that claim to hold nothing of persons while a slice is read. */

import { isLosslessNumber } from 'lossless-json'
import type { ShapedField, StreamPlan } from '../../config/dataset-plan.js'
import { isObject, type Value } from '../pipeline/values.js'
import { addCounts, look, noCounts, type PersonalCounts } from './detector.js'

/** Counts by column. */
export interface PersonalSeen {
  [column: string]: PersonalCounts
}

export interface Watch {
  /** @param seq place of the record in its slice: it decides whether the record is looked at, so that a slice which goes on elsewhere goes on so */
  look(values: readonly Value[], seq: number): void
  /** What was seen since the last time. */
  take(): PersonalSeen
}

/** The first records of a slice, and then one of so many: enough to see what a column holds, and hardly any work. */
const firstRecords = 1000
const oneOf = 50
const mostElements = 20

/** @returns undefined where no rule asks */
export function prepareWatch({ datasets, fields }: Pick<StreamPlan, 'datasets' | 'fields'>): Watch | undefined {
  const asked = new Set(datasets.flatMap((d) => d.loadRules.filter((r) => r.check.name === 'personal-values').flatMap((r) => r.columns)))
  const watched = fields.flatMap((field, at) => (asked.has(field.column) ? [{ column: field.column, at, leaves: leavesOf(field) }] : []))
  if (watched.length === 0) return undefined
  let seen: PersonalSeen = {}
  return {
    look(values, seq) {
      if (seq >= firstRecords && seq % oneOf !== 0) return
      for (const { column, at, leaves } of watched) {
        const value = values[at]!
        if (value === null) continue
        seen[column] ??= noCounts()
        const counts = seen[column]
        if (typeof value === 'string') look(counts, value)
        else if (Array.isArray(value)) lookAt(counts, value)
        else if (isObject(value)) for (const path of leaves) lookAt(counts, along(value.json, path))
      }
    },
    take() {
      const taken = seen
      seen = {}
      return taken
    },
  }
}

/** The paths inside a nested value that say nothing of a person. */
function leavesOf({ inside = [] }: ShapedField): (readonly string[])[] {
  return inside.flatMap(({ path, kind, value }) => (kind === 'none' && (value === 'text' || value === 'integer') ? [path] : []))
}

/** What stands at a path, `*` for each element of a list; a list that is long tells enough by its first elements. */
function along(json: unknown, [name, ...rest]: readonly string[]): unknown[] {
  if (name === undefined) return Array.isArray(json) ? json.slice(0, mostElements) : [json]
  if (name === '*') return Array.isArray(json) ? json.slice(0, mostElements).flatMap((element) => along(element, rest)) : []
  return isObject(json) && Object.hasOwn(json, name) ? along(json[name], rest) : []
}

function lookAt(counts: PersonalCounts, values: readonly unknown[]): void {
  for (const value of values) {
    if (typeof value === 'string') look(counts, value)
    else if (isLosslessNumber(value)) look(counts, value.value)
  }
}

/** The counts of both together; changes neither. */
export function addSeen(stored: { readonly [column: string]: { readonly [what: string]: number } }, more: PersonalSeen): PersonalSeen {
  const sum: PersonalSeen = {}
  for (const part of [stored, more]) {
    for (const [column, counts] of Object.entries(part)) {
      const total = sum[column] ?? noCounts()
      addCounts(total, { ...noCounts(), ...counts })
      sum[column] = total
    }
  }
  return sum
}
