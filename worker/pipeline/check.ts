/**
 * Stop 3, check: what the rules say of a shaped record, for each dataset that takes from the stream, before anything is dropped.
 */
import type { Condition, DatasetPlan, StreamPlan } from '../../config/dataset-plan.js'
import { type Finding, type Judge, prepareRules } from '../rules/engine.js'
import { compareDecimals, compareTexts } from './decimals.js'
import { generalisations } from './generalise.js'
import type { Shaped } from './shape.js'
import type { BuurtOf } from './shield.js'
import type { Value } from './values.js'

/** Where a record goes in one dataset. */
export interface Checked {
  /** `land` to the dataset, `quarantine` because a rule rejects it or it has no key, `outside` the contract's `where`. */
  goes: 'land' | 'quarantine' | 'outside'
  findings: readonly Finding[]
  /** Fields that a rule blanks. */
  blank: readonly number[] | undefined
}

export type Check = (shaped: Shaped) => Checked

/** Columns that land coarser than they are read, and what says whether a value can be. */
function coarseColumns(
  dataset: DatasetPlan,
  buurtOf: BuurtOf | undefined,
): { field: number; rule: string; coarsens: (value: Value) => boolean }[] {
  return dataset.columns.flatMap(({ field, treatment }) => {
    if (treatment === 'buurt' && buurtOf) return [{ field, rule: 'shield.buurt', coarsens: (value: Value) => buurtOf(value) !== null }]
    if (treatment !== 'year' && treatment !== 'month' && treatment !== 'pc4') return []
    const coarser = generalisations[treatment]
    return [{ field, rule: `shield.${treatment}`, coarsens: (value: Value) => coarser(String(value)) !== undefined }]
  })
}

const outside: Checked = Object.freeze({ goes: 'outside', findings: [], blank: undefined })
const fine: Checked = Object.freeze({ goes: 'land', findings: [], blank: undefined })

/**
 * Prepares one check a dataset, in the order of `plan.datasets`.
 *
 * @param buurtOf left out: nothing is said of places that lie in no buurt
 */
export function prepareChecks(plan: StreamPlan, buurtOf?: BuurtOf | undefined): Check[] {
  const judges = prepareRules(plan)
  return plan.datasets.map((dataset, i) => checkOf(plan, dataset, judges[i]!, buurtOf))
}

function checkOf(plan: StreamPlan, dataset: DatasetPlan, judge: Judge, buurtOf: BuurtOf | undefined): Check {
  const conditions = dataset.where.map((condition) => ({ field: condition.field, holds: holdsOf(condition) }))
  const selecting = new Set(dataset.where.map((c) => c.field))
  const coarse = coarseColumns(dataset, buurtOf)
  // A value that cannot be shaped matters where the dataset lands it, selects by it or is keyed by it; a rule on a record then says nothing.
  const used = new Set([
    ...dataset.columns.map((c) => c.field),
    ...dataset.children.map((c) => c.field),
    ...dataset.rules.flatMap((r) => (r.level === 'field' ? [r.field] : [])),
    ...selecting,
    ...plan.key,
  ])
  return (shaped) => {
    let undecided: number | undefined
    for (const { field, holds } of conditions) {
      // Whether a record with an unreadable value is meant cannot be known: it goes on to quarantine.
      if (shaped.problems.length > 0 && shaped.problems.some((p) => p.field === field)) continue
      const inside = holds(shaped.values[field]!)
      if (inside === false) return outside
      if (inside === undefined) undecided = field
    }
    const keyless = plan.key.some((k) => shaped.values[k] === null)
    let all = judge(shaped)
    for (const { field, rule, coarsens } of coarse) {
      // It lands as null, and says why.
      if (![shaped.values[field]].flat().every((v) => v === null || coarsens(v as Value)))
        all = [...all, { rule, severity: 'blank', field }]
    }
    if (all.length === 0 && !keyless && undecided === undefined) return fine
    const findings = all.filter((f) => f.field === undefined || used.has(f.field))
    if (keyless && !findings.some((f) => f.severity === 'reject'))
      findings.push({ rule: 'shape.key', severity: 'reject', field: plan.key.find((k) => shaped.values[k] === null)! })
    if (undecided !== undefined) findings.push({ rule: 'where.unknown-code', severity: 'reject', field: undecided })
    // A column that selects can't be blanked: the row would leave the dataset by itself.
    const rejects = findings.some(
      (f) =>
        f.severity === 'reject' ||
        (f.severity === 'blank' && f.field !== undefined && (selecting.has(f.field) || plan.key.includes(f.field))),
    )
    if (rejects) return { goes: 'quarantine', findings, blank: undefined }
    const blank = findings.filter((f) => f.severity === 'blank' && f.field !== undefined).map((f) => f.field!)
    return { goes: 'land', findings, blank: blank.length > 0 ? blank : undefined }
  }
}

/** True inside, false outside, undefined for a code whose place in its order is not known. */
function holdsOf(condition: Condition): (value: Value) => boolean | undefined {
  switch (condition.test) {
    case 'null':
      return (value) => value === null
    case 'in': {
      const values = new Set(condition.values)
      return (value) => values.has(value === true ? 'true' : value === false ? 'false' : (value as string | null))
    }
    case 'atMost': {
      const highest = condition.order.indexOf(condition.value)
      return (value) => {
        if (value === null) return false
        const at = condition.order.indexOf(value as string)
        return at < 0 ? undefined : at <= highest
      }
    }
    case 'range': {
      const { from, to, value: type } = condition
      const compare = type === 'integer' || type === 'decimal' ? compareDecimals : compareTexts
      return (value) =>
        typeof value === 'string' && (from === undefined || compare(value, from) >= 0) && (to === undefined || compare(value, to) < 0)
    }
  }
}
