/**
 * The rule engine: rules of a plan → one function a record. The seam that packs and checks plug into: it knows no rule, only how a rule is
 * prepared once and asked for each record.
 */
import type { DatasetPlan, PlannedFieldRule, RecordSeverity, StreamPlan } from '../../config/dataset-plan.js'
import type { Shaped } from '../pipeline/shape.js'
import { fieldChecks, type Verdict } from './field-checks.js'

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
 * A rule that throws is itself a finding: `<rule>` with detail `the rule failed`, of its own severity but never milder than `warn`.
 *
 * @returns one judge a dataset, in the order of `plan.datasets`
 */
export function prepareRules(plan: StreamPlan): Judge[] {
  return plan.datasets.map((dataset) => judgeOf(plan, dataset))
}

interface Prepared {
  rule: PlannedFieldRule
  claimsMisfits: boolean
  asksAbsent: boolean
  verdict(shaped: Shaped): Verdict
}

function judgeOf(plan: StreamPlan, dataset: DatasetPlan): Judge {
  const rules = dataset.rules.flatMap((rule) => (rule.level === 'field' ? [prepareRule(rule, plan)] : []))
  const misfitRules = new Map<number, Prepared>()
  for (const rule of rules) if (rule.claimsMisfits) misfitRules.set(rule.rule.field, rule)
  return (shaped) => {
    let findings: Finding[] | undefined
    for (const problem of shaped.problems) {
      const claimed = misfitRules.get(problem.field)
      findings ??= []
      findings.push({
        rule: claimed?.rule.id ?? `shape.${problem.expected}`,
        severity: claimed?.rule.severity ?? 'reject',
        field: problem.field,
        detail: `expected ${problem.expected}${problem.at ? ` at ${problem.at}` : ''}, found ${problem.found}`,
      })
    }
    for (const prepared of rules) {
      if (!prepared.asksAbsent && shaped.values[prepared.rule.field] === null) continue
      const { rule } = prepared
      try {
        if (prepared.verdict(shaped) !== 'violation') continue
        findings ??= []
        findings.push({ rule: rule.id, severity: rule.severity, field: rule.field })
      } catch {
        findings ??= []
        findings.push({
          rule: rule.id,
          severity: rule.severity === 'report' ? 'warn' : rule.severity,
          field: rule.field,
          detail: 'the rule failed',
        })
      }
    }
    return findings ?? nothing
  }
}

function prepareRule(rule: PlannedFieldRule, plan: StreamPlan): Prepared {
  const check = fieldChecks[rule.check.name]
  const field = plan.fields[rule.field]
  if (!check || !field) throw new Error(`rule ${rule.id} names the check '${rule.check.name}', which does not exist`)
  const judge = check.prepare(rule.check.parameters, field)
  const at = rule.field
  return {
    rule,
    claimsMisfits: check.claimsMisfits === true,
    asksAbsent: rule.check.name === 'required',
    verdict: (shaped) => {
      const value = shaped.values[at]!
      if (check.claimsTwice && shaped.twice?.includes(at)) return 'violation'
      if (check.wholeList || !Array.isArray(value)) return judge(value)
      // A list breaks the rule where one of its values does.
      return value.some((v) => v !== null && judge(v) === 'violation') ? 'violation' : 'ok'
    },
  }
}
