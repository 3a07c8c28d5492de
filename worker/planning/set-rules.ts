/** Rules on the records of a dataset together, and on a load beside earlier ones, as a dataset uses them. */
import type { PlannedLoadRule, PlannedSetRule } from '../../config/dataset-plan.js'
import type { DatasetRule, LoadRule } from '../../config/rules.js'
import type { ChosenRule, Refuse, RuleGround } from './rules.js'

export function planSetRule(chosen: ChosenRule<DatasetRule>, _ground: RuleGround, refuse: Refuse): PlannedSetRule[] {
  refuse({ ...chosen, own: false }, ['check'], 'rules on a dataset are not judged yet by this version')
  return []
}

export function planLoadRule(chosen: ChosenRule<LoadRule>, _ground: RuleGround, refuse: Refuse): PlannedLoadRule[] {
  refuse({ ...chosen, own: false }, ['check'], 'rules on a load are not judged yet by this version')
  return []
}
