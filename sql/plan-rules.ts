/** The rules of a dataset by id, as findings speak of them: one that judges several columns is one rule. */
import type { Level } from '../config/checks.js'
import type {
  DatasetPlan,
  PlannedLoadRule,
  PlannedReferenceRule,
  PlannedRule,
  PlannedSetRule,
  Severity,
  UpTo,
} from '../config/dataset-plan.js'

export interface RuleOfPlan {
  id: string
  level: Level
  severity: Severity
  version: number
  /** Columns that land and that it looks at. */
  columns: string[]
  upTo?: UpTo | undefined
}

/** The rules that look at more than one record, which only a run can judge. */
export function rulesTogether(plan: DatasetPlan): readonly (PlannedSetRule | PlannedReferenceRule | PlannedLoadRule)[] {
  return [...plan.setRules, ...plan.referenceRules, ...plan.loadRules]
}

/** All rules of a dataset; one that judges several columns stands there for each. */
export function everyRule(plan: DatasetPlan): readonly (PlannedRule | ReturnType<typeof rulesTogether>[number])[] {
  return [...plan.rules, ...rulesTogether(plan)]
}

export function rulesOfPlan(plan: DatasetPlan): ReadonlyMap<string, RuleOfPlan> {
  const rules = new Map<string, RuleOfPlan>()
  const landing = (fields: readonly number[]) => plan.columns.filter((c) => fields.includes(c.field)).map((c) => c.name)
  const add = (rule: Omit<RuleOfPlan, 'columns'>, columns: readonly string[]) => {
    const { id, level, severity, version, upTo } = rule
    const known = rules.get(id)
    if (known) known.columns.push(...columns.filter((c) => !known.columns.includes(c)))
    else rules.set(id, { id, level, severity, version, upTo, columns: [...columns] })
  }
  for (const rule of plan.rules) add(rule, landing(rule.level === 'field' ? [rule.field] : rule.fields))
  for (const rule of rulesTogether(plan)) add(rule, rule.columns)
  return rules
}

/** Of a rule that no plan has: one that the path itself has, or one that left the contract. */
export function levelOfUnplanned(id: string): Level {
  return /^(shape|shield)\.(?!key$)/.test(id) ? 'field' : 'record'
}
