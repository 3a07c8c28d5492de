/** The fields of a stream as columns: what can land of it, whatever a contract takes. */
import type { ColumnType, ShapedField, ValueType } from '../../config/dataset-plan.js'
import type { Treatment } from '../../config/kinds.js'
import { columnOf } from '../../connectors/column.js'
import type { RecordField } from '../../connectors/record.js'
import type { OpenStream } from '../../connectors/stream.js'

/** A described field with the column that it becomes. */
export interface StreamField extends ShapedField {
  lands: boolean
}

/** Names by path (`a.b`) that were given before, so that a name never changes under an analyst. */
export type StoredNames = ReadonlyMap<string, string>

/**
 * @returns the fields in the order of the record, and what is wrong with their names
 */
export function fieldsOfStream(stream: OpenStream, stored: StoredNames = new Map()): { fields: StreamField[]; faults: string[] } {
  const faults: string[] = []
  const taken = new Map<string, string>()
  const fields = stream.fields.map((field) => {
    const path = field.path.join('.')
    const column = stored.get(path) ?? columnOf(field.path, field.value)
    const other = taken.get(column)
    if (other !== undefined) faults.push(`fields '${other}' and '${path}' would both be column '${column}'`)
    taken.set(column, path)
    return shapedField(field, column, stream.key)
  })
  return { fields, faults }
}

function shapedField(field: RecordField, column: string, key: readonly string[]): StreamField {
  return {
    column,
    path: field.path,
    value: field.value,
    list: field.list,
    kind: field.kind,
    description: field.description,
    required: field.required,
    codes: field.codes,
    ordered: field.ordered,
    reference: field.reference,
    volatile: field.volatile,
    key: field.path.length === 1 && key.includes(field.path[0]!),
    inside: field.inside,
    lands: field.lands,
  }
}

const scalarTypes: Record<ValueType, ColumnType> = {
  text: 'text',
  integer: 'bigint',
  decimal: 'numeric',
  boolean: 'boolean',
  date: 'date',
  datetime: 'timestamptz',
  duration: 'text',
  uuid: 'uuid',
  reference: 'uuid',
  geometry: 'jsonb',
  json: 'jsonb',
}

/** The type of a column: what a treatment leaves of a value decides it. */
export function typeOf(field: { value: ValueType; list: boolean }, treatment: Treatment): ColumnType {
  const type = treatment === 'keep' ? scalarTypes[field.value] : treatment === 'year' ? 'bigint' : 'text'
  return field.list && type !== 'jsonb' ? (`${type}[]` as ColumnType) : type
}
