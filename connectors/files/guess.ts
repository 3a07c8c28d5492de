/** A guess at the types of fields from a few records. For a proposal only: reading itself guesses nothing. */
import { isLosslessNumber } from 'lossless-json'
import type { RecordSchema, SourceRecord } from '../connector.js'
import { patternOf } from './texts.js'

export interface Guess {
  properties: { [field: string]: RecordSchema }
  /** The form of dates, where they have one that is not ISO 8601. */
  dates?: string
}

const dateForms = ['dd-mm-jjjj', 'dd/mm/jjjj', 'dd.mm.jjjj']

export function guessFields(records: readonly SourceRecord[], decimal: ',' | '.'): Guess {
  const values = new Map<string, unknown[]>()
  for (const record of records) {
    for (const [name, value] of Object.entries(record)) {
      const known = values.get(name) ?? []
      if (value !== null && value !== undefined) known.push(value)
      values.set(name, known)
    }
  }
  const texts = [...values.values()].filter((each) => each.length > 0 && each.every((value) => typeof value === 'string')) as string[][]
  const dates = dateForms.find((form) => texts.some((each) => each.every((text) => patternOf(form)!.test(text))))
  const properties = Object.fromEntries([...values].map(([name, each]) => [name, guess(each, decimal, dates)]))
  return { properties, ...(dates && { dates }) }
}

function guess(values: readonly unknown[], decimal: ',' | '.', dates: string | undefined): RecordSchema {
  if (values.length === 0) return { type: 'string' }
  if (values.every(Array.isArray))
    return {
      type: 'array',
      items: guess(
        values.flat().filter((value) => value !== null),
        decimal,
        dates,
      ),
    }
  if (values.every(isGroup)) {
    if (values.every((value) => typeof value.type === 'string' && 'coordinates' in value)) return { type: 'object', format: 'geojson' }
    return { type: 'object', properties: guessFields(values, decimal).properties }
  }
  if (values.every((value) => typeof value === 'boolean' || value === 'true' || value === 'false')) return { type: 'boolean' }
  const numbers = values.filter((value) => typeof value === 'number' || isLosslessNumber(value))
  if (numbers.length === values.length)
    return numbers.every((value) => /^-?\d{1,18}$/.test(String(value))) ? { type: 'integer' } : { type: 'string', format: 'decimal' }
  return values.every((value) => typeof value === 'string') ? guessText(values as string[], decimal, dates) : { type: 'string' }
}

const isGroup = (value: unknown): value is SourceRecord =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !isLosslessNumber(value)

function guessText(texts: readonly string[], decimal: ',' | '.', dates: string | undefined): RecordSchema {
  const all = (form: RegExp) => texts.every((text) => form.test(text))
  const date = dates === undefined ? undefined : patternOf(dates)!
  if (all(/^\d{4}-\d{2}-\d{2}$/) || (date && texts.every((text) => date.exec(text)?.[0].length === text.length)))
    return { type: 'string', format: 'date' }
  if (all(/^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}/) || (date && all(date))) return { type: 'string', format: 'date-time' }
  if (all(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i)) return { type: 'string', format: 'uuid' }
  // What begins with a zero, or is as long as a BSN or a number of a case, is a name and not an amount.
  if (all(/^-?(0|[1-9]\d{0,6})$/)) return { type: 'integer' }
  const amount = decimal === ',' ? /^-?\d{1,3}(\.?\d{3})*(,\d+)?$/ : /^-?\d{1,12}(\.\d+)?$/
  if (all(amount) && texts.some((text) => text.includes(decimal))) return { type: 'string', format: 'decimal' }
  return { type: 'string' }
}
