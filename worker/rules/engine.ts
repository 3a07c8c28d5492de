/**
 * The rule engine: rules of a plan → one function a record. The seam that packs and checks plug into: it knows no rule, only how a rule is
 * prepared once and asked for each record.
 */
import type {
  DatasetPlan,
  PlannedFieldRule,
  PlannedRecordRule,
  PlannedRule,
  RecordSeverity,
  StreamPlan,
} from '../../config/dataset-plan.js'
import { recordSeverities } from '../../config/rules.js'
import type { Shaped } from '../pipeline/shape.js'
import { RuleFailure } from './cel-values.js'
import { fieldChecks, type Verdict } from './field-checks.js'
import { prepareRecordRule } from './record-rules.js'

/** What a rule says of a record. `detail` names types and lengths, never a value. */
export interface Finding {
  rule: string
  severity: RecordSeverity
  /** Index in `StreamPlan.fields`; undefined for rules on the whole record. */
  field?: number
  detail?: string
}

/** What a dataset's rules say of one record; an empty list for most. */
export type Judge = (shaped: Shaped) => readonly Finding[]

const nothing: readonly Finding[] = Object.freeze([])

/**
 * Prepares the judges of all datasets of a stream.
 *
 * A rule that throws is itself a finding, of its own severity but never milder than `warn`. Its detail says what was too much of the record, such
 * as `the list is too long`, else `the rule failed`.
 *
 * @returns one judge a dataset, in the order of `plan.datasets`
 */
export function prepareRules(plan: StreamPlan): Judge[] {
  return plan.datasets.map((dataset) => judgeOf(plan, dataset))
}

/** A rule that can be asked. */
export interface PreparedRule {
  rule: PlannedRule
  /** A value that is not of its field's type is what the rule is about. */
  claimsMisfits: boolean
  /** @throws for a record that it cannot judge, RuleFailure where the record is too much for it */
  verdict(shaped: Shaped): Verdict
}

/** @throws Error for a rule that the plan should not have taken in */
export function prepareRule(rule: PlannedRule, plan: StreamPlan): PreparedRule {
  return rule.level === 'field' ? prepareFieldRule(rule, plan) : prepareWhole(rule, plan)
}

function judgeOf(plan: StreamPlan, dataset: DatasetPlan): Judge {
  const rules = dataset.rules.map((rule) => prepareRule(rule, plan))
  const misfitRules = new Map<number, PlannedFieldRule>()
  for (const { rule, claimsMisfits } of rules) {
    if (!claimsMisfits || rule.level !== 'field') continue
    // Of several on one field the strictest: a rule that only counts dates far away does not let through what is no date.
    const other = misfitRules.get(rule.field)
    if (!other || recordSeverities.indexOf(rule.severity) < recordSeverities.indexOf(other.severity)) misfitRules.set(rule.field, rule)
  }
  return (shaped) => {
    let findings: Finding[] | undefined
    for (const problem of shaped.problems) {
      const claimed = misfitRules.get(problem.field)
      findings ??= []
      findings.push({
        rule: claimed?.id ?? `shape.${problem.expected}`,
        severity: claimed?.severity ?? 'reject',
        field: problem.field,
        detail: `expected ${problem.expected}${problem.at ? ` at ${problem.at}` : ''}, found ${problem.found}`,
      })
    }
    for (const { rule, verdict } of rules) {
      try {
        if (verdict(shaped) !== 'violation') continue
        findings ??= []
        findings.push(findingOf(rule))
      } catch (error) {
        const detail = error instanceof RuleFailure ? error.message : 'the rule failed'
        findings ??= []
        findings.push({ ...findingOf(rule), severity: rule.severity === 'report' ? 'warn' : rule.severity, detail })
      }
    }
    return findings ?? nothing
  }
}

function findingOf(rule: PlannedRule): Finding {
  return rule.level === 'field' ? { rule: rule.id, severity: rule.severity, field: rule.field } : { rule: rule.id, severity: rule.severity }
}

function prepareWhole(rule: PlannedRecordRule, plan: StreamPlan): PreparedRule {
  return { rule, claimsMisfits: false, verdict: prepareRecordRule(rule, plan) }
}

function prepareFieldRule(rule: PlannedFieldRule, plan: StreamPlan): PreparedRule {
  const check = fieldChecks[rule.check.name]
  const field = plan.fields[rule.field]
  if (!check || !field) throw new Error(`rule ${rule.id} names the check '${rule.check.name}', which does not exist`)
  const judge = check.prepare(rule.check.parameters, field)
  const at = rule.field
  const asksAbsent = rule.check.name === 'required'
  return {
    rule,
    claimsMisfits: check.claimsMisfits === true,
    verdict: (shaped) => {
      const value = shaped.values[at]!
      if (value === null && !asksAbsent) return 'not applicable'
      if (check.claimsTwice && shaped.twice?.includes(at)) return 'violation'
      if (check.wholeList || !Array.isArray(value)) return judge(value)
      // A list breaks the rule where one of its values does.
      return value.some((v) => v !== null && judge(v) === 'violation') ? 'violation' : 'ok'
    },
  }
}
