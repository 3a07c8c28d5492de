/** Rules on whole records, as a dataset uses them: checked against the columns of the stream before a record is read. */
import type { PlannedRecordRule, RecordSeverity } from '../../config/dataset-plan.js'
import type { RecordRule } from '../../config/rules.js'
import { compile } from '../rules/cel.js'
import type { ChosenRule, Refuse, RuleGround } from './rules.js'

/**
 * A rule on a record sees all that its stream describes, landed or not. One of a pack that names no stream holds where its columns are; one
 * that is meant for this stream and cannot be judged of it is told.
 */
export function planRecordRule(chosen: ChosenRule<RecordRule>, { streamName, fields }: RuleGround, refuse: Refuse): PlannedRecordRule[] {
  const { rule, severity, upTo, own } = chosen
  const { expression, problem } = compile(rule.check, new Map(fields.map((field) => [field.column, field])))
  if (!expression) {
    if (problem.missing.length === 0) refuse(chosen, ['check'], problem.message, parts(problem))
    else if (own) refuse(chosen, ['check'], `stream '${streamName}' has no column '${problem.missing[0]}'`, parts(problem))
    else if (rule.appliesTo.streams) {
      const columns = problem.missing.map((column) => `'${column}'`).join(', ')
      refuse(chosen, ['check'], `stream '${streamName}' has no column ${columns}`)
    }
    return []
  }
  const { id, version, check, nl, en } = rule
  const named = expression.columns.map((column) => fields.findIndex((field) => field.column === column))
  return [{ level: 'record', id, version, severity: severity as RecordSeverity, upTo, fields: named, check, nl, en }]
}

function parts({ found, nearest }: { found?: string; nearest?: string | undefined }): Parameters<Refuse>[3] {
  return { ...(found !== undefined && { found }), nearest }
}
