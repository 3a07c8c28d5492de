/** Rules on the rows of a dataset together, as a dataset uses them. */
import type { PlannedColumn, PlannedSetRule } from '../../config/dataset-plan.js'
import { nearestWord } from '../../config/problem.js'
import type { DatasetRule } from '../../config/rules.js'
import { ruleSqlFault } from '../../sql/rule-sql.js'
import { periodTypes, setBraces } from '../../sql/set-queries.js'
import type { ChosenRule, Refuse, RuleGround } from './rules.js'

/** A column that a rule looks at, and where the rule names it. */
export interface NamedColumn {
  column: string
  path: (string | number)[]
  /** The rule asks only whether values are the same, which those of a pseudonym are where the values were. */
  compared?: boolean
}

/**
 * Such a rule sees what lands, and so it can look at no column that does not, or lands as something else. Columns of which it asks only
 * whether they are the same may be pseudonyms.
 */
export function planSetRule(chosen: ChosenRule<DatasetRule>, ground: RuleGround, refuse: Refuse): PlannedSetRule[] {
  const { rule, severity, upTo } = chosen
  const named = columnsOf(rule)
  if (!looksAtWhatLands(chosen, named, ground, refuse)) return []
  const fault = faultOf(rule, ground.columns)
  if (fault !== undefined) {
    refuse(chosen, ['check', rule.check.name], fault)
    return []
  }
  const { id, version, check, nl, en } = rule
  const columns = [...new Set(named.map((n) => n.column))]
  return [{ level: 'dataset', id, version, severity: severity as PlannedSetRule['severity'], upTo, check, columns, nl, en }]
}

function columnsOf({ check: { name, parameters }, uses }: DatasetRule): NamedColumn[] {
  const at = ['check', name]
  const { columns = [], per = [], where = {}, from, to, parent } = parameters as { [name: string]: never }
  const compared = (list: readonly string[], path: (string | number)[]) => list.map((column) => ({ column, path, compared: true }))
  const plain = (parts: { [key: string]: string | undefined }) =>
    Object.entries(parts).flatMap(([key, column]) => (column === undefined ? [] : [{ column, path: [...at, key] }]))
  if (name === 'sql') return (uses.rows ?? []).map((column, i) => ({ column, path: ['uses', 'rows', i] }))
  return [
    ...compared(columns, at),
    ...compared(per, [...at, 'per']),
    ...plain({ from, to, parent }),
    ...Object.keys(where).map((column) => ({ column, path: [...at, 'where', column] })),
  ]
}

/** Whether each column that a rule names lands, and as what it is; refuses the rule where one does not. */
export function looksAtWhatLands(
  chosen: ChosenRule,
  named: readonly NamedColumn[],
  { columns, fields }: RuleGround,
  refuse: Refuse,
): boolean {
  for (const { column, path, compared } of named) {
    const landed = columns.find((c) => c.name === column)
    if (!landed) {
      const known = fields.some((f) => f.column === column)
      const names = columns.map((c) => c.name)
      if (known) refuse(chosen, path, `column '${column}' does not land in this dataset, so that a rule on what landed cannot look at it`)
      else
        refuse(chosen, path, `there is no column '${column}' in this dataset`, {
          found: column,
          expected: `one of ${names.join(', ')}`,
          nearest: nearestWord(column, names),
        })
      return false
    }
    const { treatment } = landed
    if (treatment === 'keep' || landed.key || (treatment === 'pseudonymise' && compared)) continue
    refuse(
      chosen,
      path,
      treatment === 'pseudonymise'
        ? `column '${column}' lands as a pseudonym, of which can be said only whether two are the same`
        : `column '${column}' lands coarser than it is (${treatment}), so that a rule on what landed would judge something else`,
    )
    return false
  }
  return true
}

function faultOf({ check: { name, parameters }, uses }: DatasetRule, columns: readonly PlannedColumn[]): string | undefined {
  const typeOf = (column: unknown) => columns.find((c) => c.name === column)?.type
  const key = columns.filter((c) => c.key)
  switch (name) {
    case 'sql':
      if (Object.keys(uses).some((stream) => stream !== 'rows'))
        return "a rule on a dataset looks at its rows alone; with another stream under 'uses' it is one on a reference"
      return ruleSqlFault(String(parameters.sql), setBraces)
    case 'no-overlap': {
      const [from, to] = [typeOf(parameters.from), typeOf(parameters.to)]
      if (from === to && from !== undefined && periodTypes.includes(from)) return undefined
      return `begin and end of a period are two days, two moments or two numbers, and '${parameters.from}' is ${from}, '${parameters.to}' ${to}`
    }
    case 'hierarchy': {
      if (key.length !== 1) return `a tree needs rows that one column identifies, and the key here is ${key.map((c) => c.name).join(', ')}`
      const [id, parent] = [key[0]!.type, typeOf(parameters.parent)]
      return id === parent ? undefined : `'${parameters.parent}' (${parent}) cannot refer to the key '${key[0]!.name}' (${id})`
    }
    default:
      return undefined
  }
}
