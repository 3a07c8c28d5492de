/** The query parameters of lists, read as Django's filters read them. */
import { dayOf } from './calendar.js'
import type { Row } from './model.js'
import { invalid } from './problems.js'
import type { Links } from './records.js'

export type Predicate<R> = (row: R) => boolean

/**
 * Makes a test of rows out of the text of a parameter. Undefined: the parameter holds nothing to filter on.
 *
 * @throws Problem 400 for a text that the filter cannot read
 */
export type Filter<R> = (text: string, name: string, links: Links) => Predicate<R> | undefined

export const equals =
  <R>(get: (row: R) => string): Filter<R> =>
  (text) =>
  (row) =>
    get(row) === text

/** Comma-separated. */
export const oneOf =
  <R>(get: (row: R) => string | null): Filter<R> =>
  (text) => {
    const values = new Set(text.split(','))
    return (row) => values.has(get(row) ?? '')
  }

export const choice =
  <R>(get: (row: R) => string | null, choices: readonly string[]): Filter<R> =>
  (text, name) => {
    if (!choices.includes(text)) throw notAChoice(name, text)
    return (row) => get(row) === text
  }

export function notAChoice(name: string, text: string) {
  return invalid(name, 'invalid_choice', `Selecteer een geldige keuze. ${text} is geen beschikbare keuze.`)
}

const comparisons = {
  exact: (value: string, bound: string) => value === bound,
  gt: (value: string, bound: string) => value > bound,
  gte: (value: string, bound: string) => value >= bound,
  lt: (value: string, bound: string) => value < bound,
  lte: (value: string, bound: string) => value <= bound,
}
export type Comparison = keyof typeof comparisons

/** A date against a date. What has none matches nothing. */
export const date =
  <R>(get: (row: R) => string | null, comparison: Comparison): Filter<R> =>
  (text, name) => {
    const day = Number.isNaN(Date.parse(text)) ? Number.NaN : dayOf(text)
    if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || Number.isNaN(day)) throw invalid(name, 'invalid', 'Voer een geldige datum in.')
    const compare = comparisons[comparison]
    return (row) => {
      const value = get(row)
      return value !== null && compare(value, text)
    }
  }

/** The parameters of one date: `naam` and `naam__gt` and so on. */
export function dates<R>(name: string, get: (row: R) => string | null, operators: readonly Comparison[]): { [param: string]: Filter<R> } {
  return Object.fromEntries(operators.map((operator) => [operator === 'exact' ? name : `${name}__${operator}`, date(get, operator)]))
}

/** Anything but true and false is no value, and filters nothing. */
export const truth =
  <R>(get: (row: R) => boolean): Filter<R> =>
  (text) => {
    const wanted = text.toLowerCase()
    if (wanted !== 'true' && wanted !== 'false') return undefined
    return (row) => get(row) === (wanted === 'true')
  }

/**
 * A URL of another record. By the host that the caller used it is one of ours; by any other it is an address elsewhere, which matches only
 * what refers to exactly that address.
 */
export const reference =
  <R>(get: (row: R) => Row | string | null, api: keyof Links, list: string): Filter<R> =>
  (text, name, links) => {
    if (!URL.canParse(text)) throw invalid(name, 'invalid', 'Voer een geldige URL in.')
    const base = `${links[api]}/${list}/`
    if (!text.startsWith(base)) return (row) => get(row) === text
    const uuid = text.slice(base.length)
    return (row) => {
      const target = get(row)
      return target !== null && typeof target !== 'string' && target.uuid === uuid
    }
  }
