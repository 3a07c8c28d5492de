/** Checks that know no standard: lists, lengths, numbers, patterns, references, presence. */
import { compareDecimals } from '../../pipeline/decimals.js'
import * as values from '../../pipeline/values.js'
import { type FieldCheck, judge, ofText, type ParametersOf } from '../field-check.js'

/** One of the codes given, else of the codes that the field's record describes. */
export const codeList: FieldCheck<ParametersOf<'code-list'>> = {
  prepare: ({ values: given }, field) => {
    const codes = new Set(given ?? field.codes ?? [])
    return codes.size === 0 ? () => 'unknown' : (value) => judge(typeof value === 'string' && codes.has(value))
  },
}

/** The whole text matches a regular expression (ECMAScript, with the `u` flag). */
export const pattern: FieldCheck<ParametersOf<'pattern'>> = {
  prepare: ({ pattern }) => {
    const expression = new RegExp(`^(?:${pattern})$`, 'u')
    return (value) => judge(typeof value === 'string' && expression.test(value))
  },
}

/** So many characters, as a person counts them on a keyboard: one outside the first plane is one. */
export const length: FieldCheck<ParametersOf<'length'>> = {
  prepare: ({ min = 0, max = Number.POSITIVE_INFINITY }) => {
    return (value) => {
      // A character has at most two code units: a text that is far too long is not counted.
      if (typeof value !== 'string' || value.length > 2 * max) return 'violation'
      const count = [...value].length
      return judge(count >= min && count <= max)
    }
  },
}

/** A decimal from `from` up to and including `to`, with at most so many digits after the point that count. Compared exactly. */
export const number: FieldCheck<ParametersOf<'number'>> = {
  prepare: ({ from, to, decimals }) => {
    return (value) => {
      const exact = typeof value === 'string' ? values.decimal(value) : undefined
      if (exact === undefined) return 'violation'
      const places = (exact.split('.')[1] ?? '').replace(/0+$/, '').length
      return judge(
        (from === undefined || compareDecimals(exact, from) >= 0) &&
          (to === undefined || compareDecimals(exact, to) <= 0) &&
          (decimals === undefined || places <= decimals),
      )
    }
  },
}

/** A link that ends in the identification of what it refers to. Whether that exists is a rule on the set. */
export const reference: FieldCheck<object> = { ...ofText((text) => values.reference(text) !== undefined), claimsMisfits: true }

/** Not absent: the one check that judges a value that is not there. */
export const required: FieldCheck<object> = { prepare: () => (value) => judge(value !== null) }
