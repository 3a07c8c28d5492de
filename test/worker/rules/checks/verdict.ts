import type { ShapedField } from '../../../../config/dataset-plan.js'
import type { Value } from '../../../../worker/pipeline/values.js'
import { fieldChecks, type Verdict } from '../../../../worker/rules/field-checks.js'
import { streamPlan } from '../../plans.js'

/** What a check says of a value, as it was shaped. */
export function verdict(name: string, value: Value, parameters: object = {}, field: Partial<ShapedField> = {}): Verdict {
  return fieldChecks[name]!.prepare({ ...parameters }, streamPlan({ veld: field }).fields[1]!)(value)
}

/** What it says of several texts, by text. */
export function verdicts(name: string, texts: readonly string[], parameters: object = {}): { [text: string]: Verdict } {
  return Object.fromEntries(texts.map((text) => [text, verdict(name, text, parameters)]))
}

export const all = (texts: readonly string[], is: Verdict): { [text: string]: Verdict } =>
  Object.fromEntries(texts.map((text) => [text, is]))
