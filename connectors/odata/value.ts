import type { SourceRecord } from '../connector.js'
import type { StatedField, StatedRecord } from '../stated-record.js'
import type { Service } from './settings.js'

const label = '@OData.Community.Display.V1.FormattedValue'

/**
 * A record as its source file states it: moments as ISO 8601, lists as lists, and without what the service says of it beside its fields (links,
 * types, ETags). What is not of its stated type stays as it was written, for shape to refuse.
 */
export function plainRecord(given: SourceRecord, stated: StatedRecord, service: Service): SourceRecord {
  const record: SourceRecord = {}
  for (const [name, value] of Object.entries(given)) {
    if (service.labels && name.endsWith(label)) record[`${name.slice(0, -label.length)}_label`] = value
    else if (!isAside(name, value)) record[name] = plainValue(value, stated[name], service)
  }
  return record
}

/** Names of fields hold no `@` and no point. A link to other records (`__deferred`) is no field. */
const isAside = (name: string, value: unknown): boolean =>
  name === '__metadata' || /[@.]/.test(name) || (isObject(value) && '__deferred' in value)

function plainValue(value: unknown, stated: StatedField | undefined, service: Service): unknown {
  if (stated?.list) {
    const list = isObject(value) ? value.results : value
    return Array.isArray(list) ? list.map((each) => plainValue(each, { ...stated, list: false }, service)) : value
  }
  if (stated?.fields && isObject(value)) return plainRecord(value, stated.fields, service)
  if (typeof value !== 'string') return value
  return stated?.type === 'datetime' || stated?.type === 'date' ? momentOf(value, stated.type, service) : value
}

const ofVerbose = /^\/Date\((-?\d{1,15})([+-]\d{1,4})?\)\/$/

/**
 * A moment or day in ISO 8601. `/Date(…)/` counts milliseconds: in UTC with an offset behind it, and else what the clock showed, as if it were UTC.
 *
 * @see OData JSON Verbose Format 2.0 §4 Primitive Types
 */
function momentOf(written: string, type: 'datetime' | 'date', { zone }: Service): string | null {
  const [, milliseconds, offset] = ofVerbose.exec(written) ?? []
  const inUtc = milliseconds === undefined ? undefined : isoOf(Number(milliseconds))
  const text = inUtc === undefined ? written : offset === undefined ? inUtc.slice(0, -1) : inUtc
  // The least moment of .NET is how Business Central and others write that there is none.
  if (/^0001-01-01(T00:00:00(\.0+)?Z?)?$/.test(text)) return null
  if (/^\d{4}-\d{2}-\d{2}T[\d:.]+$/.test(text)) return zone === 'UTC' ? `${text}Z` : type === 'date' ? text.slice(0, 10) : text
  return text
}

/** Undefined outside of the years that four digits can write. */
function isoOf(milliseconds: number): string | undefined {
  const date = new Date(milliseconds)
  const year = date.getUTCFullYear()
  return year >= 1 && year <= 9999 ? date.toISOString().replace('.000Z', 'Z') : undefined
}

export const isObject = (value: unknown): value is { [name: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
