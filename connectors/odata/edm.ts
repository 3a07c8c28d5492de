import type { StatedType } from '../stated-record.js'

export type Version = 2 | 3 | 4

/** Primitive types of which a value can stand in an address. */
export const edmTypes = [
  'String',
  'Boolean',
  'Byte',
  'SByte',
  'Int16',
  'Int32',
  'Int64',
  'Decimal',
  'Double',
  'Single',
  'Guid',
  'Date',
  'DateTime',
  'DateTimeOffset',
  'Time',
  'TimeOfDay',
  'Duration',
] as const

export type EdmType = (typeof edmTypes)[number]

/** What a field is at the source when its file says no more than a type. */
export function edmOf(type: StatedType | undefined, version: Version): EdmType {
  switch (type) {
    case 'integer':
      return version === 4 ? 'Int64' : 'Int32'
    case 'decimal':
      return 'Decimal'
    case 'boolean':
      return 'Boolean'
    case 'date':
      return version === 4 ? 'Date' : 'DateTime'
    case 'datetime':
      return version === 4 ? 'DateTimeOffset' : 'DateTime'
    case 'duration':
      return version === 4 ? 'Duration' : 'Time'
    case 'uuid':
      return 'Guid'
    default:
      return 'String'
  }
}

/**
 * A value as it stands in an address, not yet percent-encoded.
 *
 * @see OData 2.0, "Overview", §6 Primitive Data Types; OData 4.01 ABNF, `primitiveLiteral`
 */
export function literalOf(edm: EdmType, text: string, version: Version): string {
  switch (edm) {
    case 'String':
      return `'${text.replaceAll("'", "''")}'`
    case 'Duration':
      return `duration'${text}'`
    case 'Time':
      return `time'${text}'`
    case 'DateTime': {
      const local = text.replace(/(Z|[+-]\d{2}:?\d{2})$/i, '')
      return `datetime'${local.length === 10 ? `${local}T00:00:00` : local}'`
    }
    default:
      return version === 4 ? text : typed(edm, text)
  }
}

function typed(edm: EdmType, text: string): string {
  if (edm === 'Guid') return `guid'${text}'`
  if (edm === 'DateTimeOffset') return `datetimeoffset'${text}'`
  const suffix: { readonly [type in EdmType]?: string } = { Int64: 'L', Decimal: 'M', Double: 'd', Single: 'f' }
  return text + (suffix[edm] ?? '')
}
