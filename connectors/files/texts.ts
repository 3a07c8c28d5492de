/**
 * Values as text → values as the record states them: numbers and dates in the notation of the stream, and texts that mean that nothing is known.
 * Text that is not in the stated notation stays text that is none in ours, for shape to refuse with its field and key.
 */
import type { RecordSchema, SourceRecord } from '../connector.js'

export interface TextForms {
  decimal?: ',' | '.' | undefined
  dates?: string | undefined
  /** A null stands for the word, in whatever case: YAML reads it so. */
  null?: string | null | readonly (string | null)[] | undefined
}

/** What a text becomes, by what the record says of its field. */
export type ReadText = (text: string) => string | null

/** Prepares the reading of values by a schema of the record. */
export function textReader(schema: RecordSchema | undefined, forms: TextForms): ReadText {
  const nulls = new Set(forms.null === undefined ? [''] : [forms.null].flat())
  const isNull = (text: string) => nulls.has(text) || (nulls.has(null) && /^null$/i.test(text))
  const read = valueReader(schema, forms)
  const isText = read === asItIs && schema?.type === 'string'
  return (text) => (isNull(text) || (text === '' && !isText) ? null : read(text))
}

const asItIs = (text: string): string => text

function valueReader(schema: RecordSchema | undefined, forms: TextForms): (text: string) => string {
  if (schema === undefined) return asItIs
  if (schema.format === 'decimal' || schema.type === 'integer') return numberReader(forms.decimal ?? '.')
  if (schema.format === 'date') return dateReader(forms.dates)
  if (schema.format === 'date-time') return momentReader(forms.dates)
  return asItIs
}

/** A number in the notation of JSON; what is none in the stated notation has no point that could be taken for a decimal one. */
function numberReader(decimal: ',' | '.'): (text: string) => string {
  const group = decimal === ',' ? '.' : ','
  const form = new RegExp(`^[+-]?(\\d{1,3}(\\${group}\\d{3})+|\\d+)(\\${decimal}\\d*)?([eE][+-]?\\d+)?$`)
  return (written) => {
    const text = written.trim()
    if (form.test(text)) return text.replaceAll(group, '').replace(decimal, '.')
    return decimal === ',' ? text.replaceAll('.', ',') : text
  }
}

/** A form of dates: jjjj, mm and dd in any order, with what stands between them. Undefined when it is none. */
export function patternOf(written: string): RegExp | undefined {
  const parts = written.match(/jjjj|mm|dd|[^a-z]+|[a-z]+/gi) ?? []
  const places: { [part: string]: string } = { jjjj: '(?<year>\\d{4})', mm: '(?<month>\\d{1,2})', dd: '(?<day>\\d{1,2})' }
  const isWhole = Object.keys(places).every((place) => parts.filter((part) => part === place).length === 1)
  if (!isWhole || parts.some((part) => /[a-z\d]/i.test(part) && !(part in places))) return undefined
  // Without anything between them, each part has all its digits.
  const packed = parts.length === 3
  const source = parts.map(
    (part) => places[part]?.replace('{1,2}', packed ? '{2}' : '{1,2}') ?? part.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&'),
  )
  return new RegExp(`^${source.join('')}`)
}

type DateReader = (text: string) => string

function dateReader(dates: string | undefined): DateReader {
  const pattern = dates === undefined ? undefined : patternOf(dates)
  if (!pattern) return asItIs
  return (text) => {
    const found = pattern.exec(text)
    return found?.groups && found[0].length === text.length ? isoDate(found.groups) : text
  }
}

/** A moment: a date in the stated form, with a time behind it, or none where the day begins. */
function momentReader(dates: string | undefined): DateReader {
  const pattern = dates === undefined ? /^(?<year>\d{4})-(?<month>\d{2})-(?<day>\d{2})/ : patternOf(dates)
  return (text) => {
    const found = pattern?.exec(text)
    if (!found?.groups) return text
    const rest = text.slice(found[0].length)
    if (rest === '') return `${isoDate(found.groups)}T00:00:00`
    const time = /^[T ](?<hour>\d{1,2}):(?<after>\d{2}.*)$/.exec(rest)?.groups
    return time ? `${isoDate(found.groups)}T${time.hour!.padStart(2, '0')}:${time.after}` : text
  }
}

const isoDate = ({ year, month, day }: { [part: string]: string }): string => `${year}-${month!.padStart(2, '0')}-${day!.padStart(2, '0')}`

/** Reads each text in a record by its stated schema, nested ones too; in place. For formats that have groups and lists. */
export function recordReader(schema: RecordSchema, forms: TextForms): (record: SourceRecord) => SourceRecord {
  const fields = Object.entries(schema.properties ?? {}).map(([name, field]) => [name, nestedReader(field, forms)] as const)
  return (record) => {
    for (const [name, read] of fields) if (Object.hasOwn(record, name)) record[name] = read(record[name])
    return record
  }
}

function nestedReader(schema: RecordSchema, forms: TextForms): (value: unknown) => unknown {
  if (schema.type === 'array') {
    const item = nestedReader(schema.items ?? {}, forms)
    return (value) => (Array.isArray(value) ? value.map(item) : value)
  }
  if (schema.properties) {
    const group = recordReader(schema, forms)
    return (value) => (typeof value === 'object' && value !== null && !Array.isArray(value) ? group(value as SourceRecord) : value)
  }
  const read = textReader(schema, forms)
  return (value) => (typeof value === 'string' ? read(value) : value)
}
