import type { SourceRecord, SqlRow } from '../connector.js'
import { parseJson } from '../json-text.js'
import type { Zone } from './settings.js'
import type { OpenTable } from './table.js'

type Field = OpenTable['fields'][number]

/** A row as a record. What is not of the stated type stays as the server wrote it, for shape to refuse: nothing is guessed. */
export function recordOf(fields: readonly Field[], row: SqlRow, zone: Zone): SourceRecord {
  return Object.fromEntries(fields.map((field, n) => [field.name, valueIn(field, row[n] ?? null, zone)]))
}

function valueIn({ column, stated }: Field, written: string | null, zone: Zone): unknown {
  if (written === null) return null
  switch (column.form) {
    case 'char':
      return written.replace(/ +$/, '')
    case 'boolean':
      return booleanOf(written, stated.type)
    case 'date':
    case 'datetime':
    case 'moment':
      return dayOrMoment(written, column.form, stated.type, zone)
    case 'list':
      return jsonOf(written)
    case 'json':
      return stated.type === 'text' && !stated.list ? written : jsonOf(written)
    default:
      // JSON that a table keeps as text, such as GeoJSON that a view makes.
      return stated.fields || stated.list || stated.type === 'geometry' ? jsonOf(written) : written
  }
}

function booleanOf(written: string, stated: string | undefined): unknown {
  if (stated !== 'boolean') return written
  if (written === '1' || written === 'true') return true
  return written === '0' || written === 'false' ? false : written
}

function dayOrMoment(written: string, form: 'date' | 'datetime' | 'moment', stated: string | undefined, zone: Zone): string | null {
  // MySQL writes so that there is no date.
  if (written.startsWith('0000-00-00')) return null
  const hasZone = /([Zz]|[+-]\d{2}(:?\d{2})?)$/.test(written.slice(10))
  const inUtc = form === 'moment' || (form === 'datetime' && zone === 'UTC')
  const exact = inUtc && !hasZone && stated !== 'text' ? `${written}Z` : written
  // The day of a moment without a zone is the day that the clock showed.
  return stated === 'date' && form === 'datetime' && zone === 'Europe/Amsterdam' ? exact.slice(0, 10) : exact
}

/** Text that is no JSON stays text. */
function jsonOf(written: string): unknown {
  try {
    return parseJson(written, true)
  } catch {
    return written
  }
}
