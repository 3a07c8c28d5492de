/** What a check on one value is. The checks themselves are in `checks/`, joined into one table by `field-checks.ts`. */
import type { z } from 'zod'
import type { fieldCheckForms } from '../../config/checks.js'
import type { ShapedField } from '../../config/dataset-plan.js'
import type { Value } from '../pipeline/values.js'

export type Verdict = 'ok' | 'violation' | 'not applicable' | 'unknown'

export type FieldCheckName = keyof typeof fieldCheckForms

/** The parameters of a check as its form reads them; of a check that is written as its name alone, none of them is there. */
export type ParametersOf<N extends FieldCheckName> = Partial<z.output<(typeof fieldCheckForms)[N]>>

export interface FieldCheck<P = { readonly [name: string]: unknown }> {
  /** Prepares a function that judges a value which is there, as it was shaped. It throws for no value. */
  prepare(parameters: P, field: ShapedField): (value: Value) => Verdict
  /** Whether a value that is not of its field's type is what this check is about. */
  claimsMisfits?: true
  /** Whether a local time that occurs twice is what this check is about: of the value as it was shaped that can no longer be seen. */
  claimsTwice?: true
  /** Whether a list is judged as one value; else a list breaks the rule where one of its values does. */
  wholeList?: true
}

export const judge = (ok: boolean): Verdict => (ok ? 'ok' : 'violation')

/** A check without parameters on a text; what is no text breaks it. */
export function ofText(test: (text: string) => boolean): FieldCheck<object> {
  return { prepare: () => (value) => judge(typeof value === 'string' && test(value)) }
}
