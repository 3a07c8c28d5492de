/**
 * The field checks that packs and contracts know by name. Each takes one shaped value, never null, and says ok or violation; the
 * parameters are typed and parsed when the config is loaded.
 */
import { z } from 'zod'
import type { ShapedField } from '../../config/dataset-plan.js'
import type { Value } from '../pipeline/values.js'
import * as values from '../pipeline/values.js'

export type Verdict = 'ok' | 'violation' | 'not applicable' | 'unknown'

export interface FieldCheck<P = unknown> {
  parameters: z.ZodType<P>
  /** Judges a value that is there, as it was shaped. */
  prepare(parameters: P, field: ShapedField): (value: Value) => Verdict
  /** Whether a value that is not of its field's type is what this check is about. */
  claimsMisfits?: true
}

const noParameters = z.strictObject({})

function check<P>(definition: FieldCheck<P>): FieldCheck {
  return definition as unknown as FieldCheck
}

const judge = (ok: boolean): Verdict => (ok ? 'ok' : 'violation')

export const fieldChecks: { readonly [name: string]: FieldCheck } = {
  /** Nine digits, not all zero, 11-test with the last digit counted negative. @see Wet algemene bepalingen BSN; Logisch Ontwerp BSN §3 */
  bsn: check({ parameters: noParameters, prepare: () => (value) => judge(typeof value === 'string' && elevenTest(value)) }),

  /** The same sum as a BSN: the two share one number space. */
  rsin: check({ parameters: noParameters, prepare: () => (value) => judge(typeof value === 'string' && elevenTest(value)) }),

  /** One of the codes given, else of the codes that the field's record describes. */
  'code-list': check({
    parameters: z.strictObject({ values: z.array(z.string()).min(1).optional() }),
    prepare: ({ values: given }, field) => {
      const codes = new Set(given ?? field.codes ?? [])
      return codes.size === 0 ? () => 'unknown' : (value) => judge(typeof value === 'string' && codes.has(value))
    },
  }),

  /** A real calendar day, from `from` up to and including `to` where they are given; of a moment, the Dutch day on which it falls. */
  date: check({
    parameters: z.strictObject({ from: z.iso.date().optional(), to: z.iso.date().optional() }),
    claimsMisfits: true,
    prepare:
      ({ from, to }) =>
      (value) => {
        const day = values.date(value)
        return judge(day !== undefined && (!from || day >= from) && (!to || day <= to))
      },
  }),

  /** A link that ends in the identification of what it refers to. Whether that exists is a rule on the set. */
  reference: check({
    parameters: noParameters,
    claimsMisfits: true,
    prepare: () => (value) => judge(values.reference(value) !== undefined),
  }),

  /** The whole text matches a regular expression (ECMAScript, with the `u` flag). */
  pattern: check({
    parameters: z.strictObject({ pattern: z.string().min(1) }),
    prepare: ({ pattern }) => {
      const expression = new RegExp(`^(?:${pattern})$`, 'u')
      return (value) => judge(typeof value === 'string' && expression.test(value))
    },
  }),

  /** Not absent: the one check that judges a value that is not there. */
  required: check({ parameters: noParameters, prepare: () => (value) => judge(value !== null) }),
}

/** Whether nine digits pass the 11-test of BSN and RSIN: 9·d1 + 8·d2 + … + 2·d8 − d9 is a multiple of 11, and not all are zero. */
export function elevenTest(digits: string): boolean {
  if (!/^\d{9}$/.test(digits) || digits === '000000000') return false
  let sum = -Number(digits[8])
  for (let i = 0; i < 8; i++) sum += (9 - i) * Number(digits[i])
  return sum % 11 === 0
}
