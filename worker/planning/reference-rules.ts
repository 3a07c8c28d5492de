/** Rules on what the rows of a dataset refer to, joined with the datasets that hold it. */
import type { DatasetPlan, PlannedColumn, PlannedReferenceRule, UsedDataset } from '../../config/dataset-plan.js'
import { nearestWord } from '../../config/problem.js'
import type { ReferenceRule } from '../../config/rules.js'
import { ruleSqlFault } from '../../sql/rule-sql.js'
import type { ChosenRule, Refuse } from './rules.js'

/**
 * @param standing datasets of the project, by the stream of the same source that they take
 * @returns the rules that can be judged; of the others `refuse` hears why not
 */
export function planReferenceRules(
  chosen: readonly ChosenRule<ReferenceRule>[],
  dataset: DatasetPlan,
  standing: ReadonlyMap<string, readonly DatasetPlan[]>,
  refuse: Refuse,
): PlannedReferenceRule[] {
  return chosen.flatMap((each): PlannedReferenceRule[] => {
    const joined = each.rule.check.name === 'references' ? joinReference(each, dataset, standing) : joinSql(each, dataset, standing)
    if ('why' in joined) {
      refuse(each, joined.path, joined.why, joined.parts)
      return []
    }
    const { id, version, check, nl, en } = each.rule
    const severity = each.severity as PlannedReferenceRule['severity']
    return [{ level: 'reference', id, version, severity, upTo: each.upTo, check, ...joined, nl, en }]
  })
}

type Joined = Pick<PlannedReferenceRule, 'columns' | 'uses'>
interface NotJoined {
  path: (string | number)[]
  why: string
  parts?: Parameters<Refuse>[3]
}

function joinReference({ rule }: ChosenRule<ReferenceRule>, dataset: DatasetPlan, standing: Standing): Joined | NotJoined {
  const { column, to } = rule.check.parameters as { column: string; to: string }
  const at = ['check', 'references']
  const own = unchanged(dataset, column)
  if ('why' in own) return { path: [...at, 'column'], ...own }
  if (own.column.type.startsWith('jsonb')) return { path: [...at, 'column'], why: `column '${column}' holds a structure, and no reference` }
  if (own.column.reference !== undefined && own.column.reference !== to)
    return { path: [...at, 'to'], why: `column '${column}' refers to '${own.column.reference}', and not to '${to}'` }
  const used = find(standing, to, (plan) => keyFault(plan))
  if ('why' in used) return { path: [...at, 'to'], why: used.why }
  return {
    columns: [column],
    uses: {
      [to]: usedOf(
        used.plan,
        used.plan.columns.filter((c) => c.key).map((c) => c.name),
      ),
    },
  }
}

function joinSql({ rule }: ChosenRule<ReferenceRule>, dataset: DatasetPlan, standing: Standing): Joined | NotJoined {
  const { rows = [], ...others } = rule.uses
  const fault = ruleSqlFault(String(rule.check.parameters.sql), ['rows', 'key', ...Object.keys(others)])
  if (fault !== undefined) return { path: ['check', 'sql'], why: fault }
  for (const [i, column] of rows.entries()) {
    const own = unchanged(dataset, column)
    if ('why' in own) return { path: ['uses', 'rows', i], ...own }
  }
  const uses: { [stream: string]: UsedDataset } = {}
  for (const [stream, columns] of Object.entries(others)) {
    const used = find(standing, stream, (plan) => {
      for (const column of columns) {
        const there = unchanged(plan, column)
        if ('why' in there) return `of ${plan.name} ${there.why}`
      }
      return undefined
    })
    if ('why' in used) return { path: ['uses', stream], why: used.why }
    uses[stream] = usedOf(used.plan, columns)
  }
  return { columns: rows, uses }
}

type Standing = ReadonlyMap<string, readonly DatasetPlan[]>

/** The first dataset that takes the whole stream and fits; else why the first one does not. */
function find(
  standing: Standing,
  stream: string,
  fault: (plan: DatasetPlan) => string | undefined,
): { plan: DatasetPlan } | { why: string } {
  const plans = standing.get(stream) ?? []
  const faults = plans.map((plan) => (plan.where.length > 0 ? `${plan.name} takes a part of '${stream}' (where)` : fault(plan)))
  const plan = plans[faults.indexOf(undefined)]
  return plan ? { plan } : { why: faults[0] ?? `no dataset takes from '${stream}' of this source` }
}

function keyFault(plan: DatasetPlan): string | undefined {
  const key = plan.columns.filter((c) => c.key)
  if (key.length !== 1) return `the key of ${plan.name} is of ${key.length} columns, and a reference names one`
  return key[0]!.treatment === 'keep' ? undefined : `the key of ${plan.name} does not land as the source gives it`
}

function unchanged(plan: DatasetPlan, name: string): { column: PlannedColumn } | Omit<NotJoined, 'path'> {
  const column = plan.columns.find((c) => c.name === name)
  if (!column) {
    const names = plan.columns.map((c) => c.name)
    const parts = { found: name, expected: `one of ${names.join(', ')}`, nearest: nearestWord(name, names) }
    return { why: `column '${name}' does not land`, parts }
  }
  return column.treatment === 'keep' ? { column } : { why: `column '${name}' does not land as the source gives it (${column.treatment})` }
}

function usedOf(plan: DatasetPlan, columns: readonly string[]): UsedDataset {
  const { name: dataset, schema, table, sourceInKey } = plan
  return { dataset, schema, table, key: plan.columns.filter((c) => c.key).map((c) => c.name), columns, sourceInKey }
}
