/** Rules on whole records, as a dataset uses them. */
import type { PlannedRecordRule } from '../../config/dataset-plan.js'
import type { RecordRule } from '../../config/rules.js'
import type { ChosenRule, Refuse, RuleGround } from './rules.js'

export function planRecordRule(chosen: ChosenRule<RecordRule>, _ground: RuleGround, refuse: Refuse): PlannedRecordRule[] {
  refuse({ ...chosen, own: false }, ['check'], 'rules on whole records are not judged yet by this version')
  return []
}
