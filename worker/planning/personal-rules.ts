/** Rules on columns that claim to hold nothing of persons, as a dataset uses them. */
import type { PlannedColumn, PlannedLoadRule } from '../../config/dataset-plan.js'
import type { LoadRule } from '../../config/rules.js'
import type { ChosenRule, Refuse, RuleGround } from './rules.js'

const types: readonly PlannedColumn['type'][] = ['text', 'text[]', 'bigint', 'bigint[]']

/** Whether a column holds text or whole numbers that are said to be about no person, as they are and not from a list of codes. */
function isWatched({ kind, treatment, codes, type, inside }: PlannedColumn): boolean {
  if (kind !== 'none' || treatment !== 'keep' || codes !== undefined) return false
  return types.includes(type) || (inside?.some((leaf) => leaf.kind === 'none' && leaf.treatment === 'keep') ?? false)
}

export function planPersonalRule(chosen: ChosenRule<LoadRule>, { columns, rules }: RuleGround, refuse: Refuse): PlannedLoadRule[] {
  const { rule, severity, upTo } = chosen
  const { id, version, check, nl, en } = rule
  // An RSIN passes the test of a BSN: where a rule says that a column holds those, nothing can be told.
  const rsin = new Set(rules.flatMap((r) => (r.level === 'field' && r.check.name === 'rsin' ? [r.field] : [])))
  const watched = columns.filter((c) => isWatched(c) && !(check.parameters.of === 'bsn' && rsin.has(c.field)))
  if (watched.length === 0) {
    refuse(chosen, ['check'], 'no column of this dataset lands text or whole numbers that are said to be about no person')
    return []
  }
  return [
    {
      level: 'load',
      id,
      version,
      severity: severity as PlannedLoadRule['severity'],
      upTo,
      check,
      columns: watched.map((c) => c.name),
      nl,
      en,
    },
  ]
}
