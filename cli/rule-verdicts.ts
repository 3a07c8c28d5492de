/** What each rule of a dataset says of one record, and why, without a value that says something of a person. */
import type { DatasetPlan, PlannedRule, RecordSeverity, ShapedField, StreamPlan } from '../config/dataset-plan.js'
import type { SourceRecord } from '../connectors/connector.js'
import { type Checked, prepareChecks } from '../worker/pipeline/check.js'
import { type NewFields, prepareShape, type Shaped } from '../worker/pipeline/shape.js'
import { isObject } from '../worker/pipeline/values.js'
import { builtInRules } from '../worker/rules/built-in.js'
import { RuleFailure } from '../worker/rules/cel-values.js'
import { type Finding, type PreparedRule, prepareRule, prepareRules } from '../worker/rules/engine.js'
import type { Verdict } from '../worker/rules/field-check.js'

export interface RuleVerdict {
  rule: string
  level: 'field' | 'record'
  /** Of a rule on a value. */
  column: string | null
  severity: RecordSeverity
  /** `failed`: the rule cannot judge this record, which is a finding too. */
  verdict: Verdict | 'failed'
  /** What the columns hold that the rule looks at. */
  why: string
  nl: string
  en: string
}

export interface Explanation {
  /** What the path would do with the record. */
  goes: Checked['goes']
  /** Each rule of the dataset, in order of the plan, and of the path's own rules those that the record breaks. */
  verdicts: RuleVerdict[]
  /** Fields that the stream does not describe. Names only. */
  undescribed: string[]
}

/**
 * @param dataset index in `plan.datasets`
 * @param record as reading gives it
 */
export function explainRecord(plan: StreamPlan, dataset: number, record: SourceRecord): Explanation {
  const of = plan.datasets[dataset]!
  const news: NewFields = new Set()
  const shaped = prepareShape(plan)(record, news)
  const checked = prepareChecks(plan)[dataset]!(shaped)
  const found = prepareRules(plan)[dataset]!(shaped)
  const own = of.rules.map((rule) => verdictOf(prepareRule(rule, plan), found, plan, of, shaped))
  return { goes: checked.goes, verdicts: [...own, ...builtIn(checked, plan, of, shaped)], undescribed: [...news].sort() }
}

function verdictOf(
  { rule, verdict }: PreparedRule,
  found: readonly Finding[],
  plan: StreamPlan,
  dataset: DatasetPlan,
  shaped: Shaped,
): RuleVerdict {
  const about = { ...head(rule), column: rule.level === 'field' ? columnOf(plan, dataset, rule.field) : null }
  const why = (rule.level === 'field' ? [rule.field] : rule.fields).map((field) => holds(plan.fields[field]!, field, shaped)).join('; ')
  // A value that cannot be read is the finding of one rule, its strictest; another one has nothing to judge.
  if (rule.level === 'field' && shaped.problems.some((p) => p.field === rule.field))
    return { ...about, verdict: found.some((f) => f.rule === rule.id && f.field === rule.field) ? 'violation' : 'unknown', why }
  try {
    return { ...about, verdict: verdict(shaped), why }
  } catch (error) {
    const failure = error instanceof RuleFailure ? error.message : 'the rule failed'
    return { ...about, verdict: 'failed', why: [failure, why].filter(Boolean).join('; ') }
  }
}

const head = ({ id, level, severity, nl, en }: PlannedRule) => ({ rule: id, level, severity, nl, en })

/** Findings by the rules that the path itself has. */
function builtIn(checked: Checked, plan: StreamPlan, dataset: DatasetPlan, shaped: Shaped): RuleVerdict[] {
  return checked.findings.flatMap(({ rule, severity, field, detail }): RuleVerdict[] => {
    const text = builtInRules[rule]
    if (!text) return []
    const column = field === undefined ? null : columnOf(plan, dataset, field)
    const why = detail ?? (field === undefined ? '' : holds(plan.fields[field]!, field, shaped))
    return [{ rule, level: 'field', column, severity, verdict: 'violation', why, nl: text.nl, en: text.en }]
  })
}

/** As the dataset calls it; of what does not land there as the stream does. */
function columnOf(plan: StreamPlan, dataset: DatasetPlan, field: number): string {
  return dataset.columns.find((c) => c.field === field)?.name ?? plan.fields[field]!.column
}

const longestShown = 60

/** What a column holds, in words. A value is shown where its field says nothing of a person, itself or in what is inside of it. */
function holds({ column, kind, inside }: ShapedField, at: number, shaped: Shaped): string {
  const problem = shaped.problems.find((p) => p.field === at)
  if (problem) return `${column} is ${problem.found}, which cannot be read as ${problem.expected}${problem.at ? ` at ${problem.at}` : ''}`
  const value = shaped.values[at]
  if (value === null || value === undefined) return `${column} is absent`
  if (isObject(value)) return `${column} is a structure`
  if (kind !== 'none' || inside?.length)
    return `${column} is ${Array.isArray(value) ? `a list of ${value.length}` : typeof value === 'string' ? `a text of ${value.length} characters` : 'there'}`
  const text = JSON.stringify(value)
  return `${column} is ${text.length > longestShown ? `${text.slice(0, longestShown)}…` : text}`
}
