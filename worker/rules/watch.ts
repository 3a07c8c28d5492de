/** Watches the columns that claim to hold nothing of persons while a slice is read. */
import type { StreamPlan } from '../../config/dataset-plan.js'
import type { Value } from '../pipeline/values.js'
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

/** @returns undefined where no rule asks */
export function prepareWatch({ datasets, fields }: Pick<StreamPlan, 'datasets' | 'fields'>): Watch | undefined {
  const asked = new Set(datasets.flatMap((d) => d.loadRules.filter((r) => r.check.name === 'personal-values').flatMap((r) => r.columns)))
  const watched = fields.flatMap(({ column }, at) => (asked.has(column) ? [{ column, at }] : []))
  if (watched.length === 0) return undefined
  let seen: PersonalSeen = {}
  return {
    look(values, seq) {
      if (seq >= firstRecords && seq % oneOf !== 0) return
      for (const { column, at } of watched) {
        const value = values[at]!
        if (value === null) continue
        seen[column] ??= noCounts()
        const counts = seen[column]
        if (typeof value === 'string') look(counts, value)
        else if (Array.isArray(value)) for (const one of value) if (typeof one === 'string') look(counts, one)
      }
    },
    take() {
      const taken = seen
      seen = {}
      return taken
    },
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
