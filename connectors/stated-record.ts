/**
 * A record that only the source knows, as a person states it under `record:` of a source file: `BSN: { type: text, kind: bsn }`. One form for
 * every connector whose streams are stated there. Scalars come as text, as everywhere in a project.
 */
import { z } from 'zod'
import type { Kind } from '../config/kinds.js'
import type { RecordSchema } from './connector.js'
import { flag, kind, text } from './form.js'

/** What a value is, in words, with its JSON Schema. */
const schemas = {
  text: { type: 'string' },
  integer: { type: 'integer' },
  decimal: { type: 'string', format: 'decimal' },
  boolean: { type: 'boolean' },
  date: { type: 'string', format: 'date' },
  datetime: { type: 'string', format: 'date-time' },
  duration: { type: 'string', format: 'duration' },
  uuid: { type: 'string', format: 'uuid' },
  geometry: { type: 'object', format: 'geojson' },
} as const satisfies { [type: string]: RecordSchema }

export type StatedType = keyof typeof schemas

/** A value has a `type`, a group of fields has `fields`. */
export interface StatedField {
  type?: StatedType | undefined
  /** Left out: nobody has said yet what it says of a person, and it does not land. */
  kind?: Kind | undefined
  /** Left out: the name of the field. */
  description?: string | undefined
  /** A list of such values, or of such groups. */
  list?: boolean | undefined
  /** No part of change detection: a moment of export that every delivery has anew. */
  volatile?: boolean | undefined
  fields?: StatedRecord | undefined
}

export interface StatedRecord {
  [field: string]: StatedField
}

const statedField: z.ZodType<StatedField> = z.lazy(() =>
  z
    .strictObject({
      type: z.enum(Object.keys(schemas) as StatedType[]).optional(),
      kind: kind.optional(),
      description: text.optional(),
      list: flag.optional(),
      volatile: flag.optional(),
      fields: z.record(text, statedField).optional(),
    })
    .superRefine(({ type, fields, kind: said, volatile }, ctx) => {
      const fault = (message: string) => ctx.addIssue({ code: 'custom', message })
      if ((type === undefined) === (fields === undefined))
        fault("a field has either a 'type', or 'fields' where it is a group; expected one of the two")
      else if (fields !== undefined && (said !== undefined || volatile !== undefined))
        fault("what a group says of a person, its fields say; expected no 'kind' and no 'volatile' beside 'fields'")
    }),
)

/** `record:` of a stream in a source file. */
export const statedRecord: z.ZodType<StatedRecord> = z.record(text, statedField).meta({
  description: 'The fields of a record by name, each with its type, its kind and what it means. A field without a kind does not land.',
})

/** `key:` of such a stream: a field, or several. */
export const statedKey = z
  .union([text, z.array(text).min(1)], { error: 'the name of a field, or a list of names' })
  .meta({ description: 'Name of the field, or names of the fields, that identify a record.' })

/** Refuses a key of which the record does not say what it is. For the `superRefine` of the settings of a stream. */
export function keyIsStated(stream: { key: string | readonly string[]; record: StatedRecord }, ctx: z.RefinementCtx): void {
  for (const name of [stream.key].flat()) {
    const field = stream.record[name]
    const message =
      field === undefined
        ? `the key '${name}' is not a field of 'record'; expected one of ${Object.keys(stream.record).join(', ')}`
        : field.type === undefined || field.list
          ? `the key '${name}' is a list or a group; expected a field with one value`
          : field.kind === undefined
            ? `the key '${name}' has no kind; expected what it says of a person, or none`
            : undefined
    if (message !== undefined) ctx.addIssue({ code: 'custom', path: ['key'], message })
  }
}

/**
 * The record of a stream. Fields without a kind are left out of it, so that they do not land and are reported as fields that nobody described.
 *
 * @param key name of the key field, or names: always there and never null
 */
export function recordOf(stated: StatedRecord, key: string | readonly string[] = []): RecordSchema {
  const required = [key].flat()
  const properties = Object.entries(stated).flatMap(([name, field]) => {
    const schema = schemaOf(name, field)
    return schema ? [[name, schema] as const] : []
  })
  return { type: 'object', properties: Object.fromEntries(properties), ...(required.length > 0 && { required }) }
}

function schemaOf(name: string, { type, kind: said, description = name, list, volatile, fields }: StatedField): RecordSchema | undefined {
  const more = { description, ...(volatile && { volatile }) }
  if (fields === undefined) {
    if (said === undefined || type === undefined) return undefined
    const value = schemas[type]
    return { ...(list ? { type: 'array', items: value } : value), kind: said, ...more }
  }
  const group = recordOf(fields)
  if (Object.keys(group.properties ?? {}).length === 0) return undefined
  // What a list of groups says of a person, its fields say.
  return list ? { type: 'array', items: group, kind: 'none', ...more } : group
}

/** A record in JSON Schema as a person would state it, without kinds: for what `discover` proposes. */
export function statedOf(record: RecordSchema): StatedRecord {
  return Object.fromEntries(Object.entries(record.properties ?? {}).map(([name, schema]) => [name, statedFieldOf(schema)]))
}

function statedFieldOf(schema: RecordSchema): StatedField {
  const { description, volatile } = schema
  const isList = firstType(schema) === 'array'
  const inside = isList ? (schema.items ?? {}) : schema
  const more = { ...(isList && { list: true }), ...(description !== undefined && { description }), ...(volatile && { volatile }) }
  return inside.properties ? { fields: statedOf(inside), ...more } : { type: typeOf(inside), ...more }
}

function typeOf(schema: RecordSchema): StatedType {
  if (firstType(schema) === 'number') return 'decimal'
  const same = Object.entries(schemas).find(
    ([, known]: [string, RecordSchema]) =>
      known.format === schema.format && (known.format !== undefined || known.type === firstType(schema)),
  )
  return (same?.[0] as StatedType | undefined) ?? 'text'
}

const firstType = ({ type }: RecordSchema): string | undefined => [type ?? []].flat().find((each) => each !== 'null')
