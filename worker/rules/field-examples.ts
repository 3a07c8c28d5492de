/** The examples of a rule on a field, judged as the path would judge a value of the columns that it is meant for. */
import type { ShapedField } from '../../config/dataset-plan.js'
import type { FieldRule } from '../../config/rules.js'
import { scalars } from '../pipeline/values.js'
import type { Verdict } from './field-check.js'
import { fieldChecks } from './field-checks.js'

/**
 * What a rule says of an example, written as the source would write it. A geometry is written as WKT.
 *
 * @throws when there is no check of the rule's name
 */
export function judgeExample(rule: Pick<FieldRule, 'id' | 'appliesTo' | 'check'>, example: string | null): Verdict {
  const check = fieldChecks[rule.check.name]
  if (!check) throw new Error(`rule ${rule.id} names the check '${rule.check.name}', which does not exist`)
  if (example === null && rule.check.name !== 'required') return 'not applicable'
  const [type = 'text'] = rule.appliesTo.types ?? []
  const shape = type === 'geometry' || type === 'json' ? scalars.text : scalars[type]
  const value = example === null ? null : shape(example)
  // A value that is not of its type breaks the rule that is about the type; another one has nothing to judge.
  if (value === undefined) return check.claimsMisfits ? 'violation' : 'not applicable'
  // Of a moment only the source's own writing tells that its hour occurs twice.
  return check.prepare(rule.check.parameters, fieldOf(rule, type))(check.claimsTwice ? example : value)
}

function fieldOf({ id, appliesTo: { kinds } }: Pick<FieldRule, 'id' | 'appliesTo'>, value: ShapedField['value']): ShapedField {
  const column = id.slice(id.indexOf('.') + 1).replaceAll('-', '_')
  return {
    column,
    path: [column],
    value,
    list: false,
    kind: kinds?.[0] ?? 'none',
    description: id,
    required: false,
    volatile: false,
    key: false,
  }
}
