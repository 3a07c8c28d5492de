/** Rules on what the rows of a dataset refer to, joined with the datasets that hold it. */
import type { DatasetPlan, PlannedReferenceRule } from '../../config/dataset-plan.js'
import type { ReferenceRule } from '../../config/rules.js'
import type { ChosenRule } from './rules.js'

/**
 * @param standing datasets of the project, by the stream of the same source that they take
 * @returns the rules that can be judged, and of the others why not
 */
export function planReferenceRules(
  chosen: readonly ChosenRule<ReferenceRule>[],
  _dataset: DatasetPlan,
  _standing: ReadonlyMap<string, readonly DatasetPlan[]>,
): { rules: PlannedReferenceRule[]; unjudged: { id: string; why: string }[] } {
  return { rules: [], unjudged: chosen.map(({ rule }) => ({ id: rule.id, why: 'rules on references are not judged yet by this version' })) }
}
