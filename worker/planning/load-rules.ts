/** Rules on a load beside the earlier ones, as a dataset uses them. */
import type { ColumnType, PlannedColumn, PlannedLoadRule } from '../../config/dataset-plan.js'
import type { LoadRule } from '../../config/rules.js'
import type { ChosenRule, Refuse, RuleGround } from './rules.js'
import { looksAtWhatLands, type NamedColumn } from './set-rules.js'

/** Types of codes beside text whose codes are described: what other text holds, nobody said. */
const codeTypes: readonly ColumnType[] = ['boolean', 'bigint', 'uuid']
const momentTypes: readonly ColumnType[] = ['date', 'timestamptz']

/** What is measured is kept and shown, and so no value of a column about persons is: of those only absence can be counted. */
export function planLoadRule(chosen: ChosenRule<LoadRule>, ground: RuleGround, refuse: Refuse): PlannedLoadRule[] {
  const { rule, severity, upTo } = chosen
  const { id, version, check, nl, en } = rule
  const column = check.parameters.column as string | undefined
  const named: NamedColumn[] = column === undefined ? [] : [{ column, path: ['check', check.name, 'column'], compared: counts(check.name) }]
  if (!looksAtWhatLands(chosen, named, ground, refuse)) return []
  const landed = ground.columns.find((c) => c.name === column)
  const fault = landed && faultOf(check.name, landed)
  if (fault !== undefined) {
    refuse(chosen, ['check', check.name, 'column'], fault)
    return []
  }
  const columns = column !== undefined ? [column] : ground.columns.filter((c) => measured(check.name, c)).map((c) => c.name)
  if (check.name === 'distribution-within' && columns.length === 0) {
    refuse(chosen, ['check'], 'this dataset has no column whose codes are described')
    return []
  }
  return [{ level: 'load', id, version, severity: severity as PlannedLoadRule['severity'], upTo, check, columns, nl, en }]
}

/** Whether a rule that names no column is about this one. A key is never absent. */
function measured(check: string, column: PlannedColumn): boolean {
  if (check === 'null-share-within') return !column.key
  return (
    check === 'distribution-within' && column.codes !== undefined && column.treatment === 'keep' && faultOf(check, column) === undefined
  )
}

/** Looks only at whether there is a value. */
const counts = (check: string) => check === 'null-share-within'

function faultOf(check: string, { name, kind, type, codes }: PlannedColumn): string | undefined {
  if (counts(check)) return undefined
  if (kind !== 'none') return `column '${name}' is about persons (${kind}), and what a rule on a load measures is kept and shown`
  if (check === 'fresh-within') return momentTypes.includes(type) ? undefined : `column '${name}' is ${type}, and no day or moment`
  if ((type === 'text' && codes) || codeTypes.includes(type)) return undefined
  return `column '${name}' is ${type} whose codes nobody described, so that its values are not kept to compare with`
}
