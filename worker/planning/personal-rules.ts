/** Rules on columns that claim to hold nothing of persons, as a dataset uses them. */
import type { PlannedColumn, PlannedLoadRule } from '../../config/dataset-plan.js'
import type { LoadRule } from '../../config/rules.js'
import type { ChosenRule, Refuse, RuleGround } from './rules.js'

const types: readonly PlannedColumn['type'][] = ['text', 'text[]', 'bigint', 'bigint[]']

/** Looks at the columns that land as they are, of kind none, whose values nobody listed. */
export function planPersonalRule(chosen: ChosenRule<LoadRule>, { columns, rules }: RuleGround, refuse: Refuse): PlannedLoadRule[] {
  const { rule, severity, upTo } = chosen
  const { id, version, check, nl, en } = rule
  // An RSIN passes the test of a BSN: where a rule says that a column holds those, nothing can be told.
  const rsin = new Set(rules.flatMap((r) => (r.level === 'field' && r.check.name === 'rsin' ? [r.field] : [])))
  const watched = columns.filter(
    (c) =>
      c.kind === 'none' &&
      c.treatment === 'keep' &&
      c.codes === undefined &&
      types.includes(c.type) &&
      !(check.parameters.of === 'bsn' && rsin.has(c.field)),
  )
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
