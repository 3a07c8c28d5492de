import { z } from 'zod'
import type { InsideField, ValueType } from '../config/dataset-plan.js'
import type { Kind } from '../config/kinds.js'
import type { RecordSchema } from './connector.js'
import { InvalidConnector } from './errors.js'

/** A described field of a record: one value that may land. Groups are flattened to such leaves. */
export interface RecordField {
  /** Names from the record down to the value. */
  path: readonly string[]
  value: ValueType
  /** An array of such values. An array of objects is one `json` value. */
  list: boolean
  kind: Kind
  description: string
  /** Always there and never null, as the source promises; also within its groups. */
  required: boolean
  codes?: readonly string[]
  /** The order of `codes` means something. */
  ordered?: boolean
  /** Stream that the value points to. */
  reference?: string
  /** No part of change detection. */
  volatile: boolean
  /** False: known, but read by another stream. */
  lands: boolean
  /** The connector adds it; the source does not have it. */
  added: boolean
  /** For `json`: the described leaves inside, `*` being any element of an array. */
  inside?: readonly InsideField[]
}

/** Whether the numbers of a record have to arrive as exact text: a float holds neither each decimal nor each integer. */
export function needsExactNumbers(fields: readonly RecordField[]): boolean {
  const exact = (value: ValueType) => value === 'decimal' || value === 'integer'
  return fields.some((field) => field.lands && (exact(field.value) || (field.inside ?? []).some((leaf) => exact(leaf.value))))
}

/** JSON Schema of a record in either form. */
export function schemaOf(record: z.ZodObject | RecordSchema): RecordSchema {
  return record instanceof z.ZodType ? (z.toJSONSchema(record, { unrepresentable: 'any', io: 'input' }) as RecordSchema) : record
}

/**
 * The fields that a record describes, in the order in which it does.
 *
 * @param where what the record belongs to, for messages: `connector 'x', stream 'y'`
 * @throws InvalidConnector when a field has no kind, no description or no type that can land
 */
export function fieldsOf(record: z.ZodObject | RecordSchema, where = 'record'): RecordField[] {
  const { fields, faults } = describedBy(record)
  if (faults.length > 0) throw new InvalidConnector(faults.map(({ message }) => `${where}, ${message}.`))
  return fields
}

/** What a record does not say of one of its fields. */
export interface FieldFault {
  /** Names from the record down to the field; `*` for the elements of an array. */
  path: readonly string[]
  message: string
}

/** The same, with what is wrong in place of an error. */
export function describedBy(record: z.ZodObject | RecordSchema): { fields: RecordField[]; faults: FieldFault[] } {
  const walk = new Walk()
  walk.group(schemaOf(record), [], true)
  return walk
}

/** A schema without the ways to say "or null": its one form, whether null is allowed, and what is said of it on the outside and inside. */
interface Form {
  schema: RecordSchema
  nullable: boolean
}

/** The words of ours that a schema may carry on its outside or, where it was made nullable afterwards, on the form inside. */
const words = ['kind', 'description', 'reference', 'volatile', 'lands', 'ordered', 'added', 'format'] as const

class Walk {
  readonly fields: RecordField[] = []
  readonly faults: FieldFault[] = []

  group(schema: RecordSchema, path: readonly string[], required: boolean): void {
    const always = new Set(schema.required ?? [])
    for (const [name, property] of Object.entries(schema.properties ?? {})) {
      const { schema: form, nullable } = this.#formOf(property, [...path, name])
      const present = required && always.has(name) && !nullable
      // A group is only a way to arrange fields: what it says of a person, its fields say.
      if (isGroup(form)) this.group(form, [...path, name], present)
      else this.#field(form, [...path, name], present)
    }
  }

  #field(form: RecordSchema, path: readonly string[], required: boolean): void {
    const { kind, description } = this.#said(form, path)
    const list = typeOf(form) === 'array' && !isGroup(this.#itemOf(form, path))
    const leaf = list ? this.#itemOf(form, path) : form
    const lands = form.lands !== false
    const value = valueTypeOf(leaf, form)
    if (value === undefined && lands)
      this.#fault(path, 'has no type that can land; state one, describe what is inside, or say lands: false')
    const codes = codesOf(leaf)
    const inside = value === 'json' ? this.#inside(form, path, []) : undefined
    if (value === 'json' && lands && inside?.length === 0)
      this.#fault(path, 'describes nothing inside, so that nothing of it would land; describe its fields, or say lands: false')
    this.fields.push({
      path,
      value: value ?? 'json',
      list,
      kind,
      description,
      required,
      ...(codes ? { codes } : {}),
      ...(form.ordered ? { ordered: true } : {}),
      ...((form.reference ?? leaf.reference) ? { reference: form.reference ?? leaf.reference } : {}),
      volatile: form.volatile === true,
      lands,
      added: form.added === true,
      ...(inside ? { inside } : {}),
    })
  }

  /** The described leaves of the nested value at `outer`, from `path` in it down. */
  #inside(form: RecordSchema, outer: readonly string[], path: readonly string[]): InsideField[] {
    if (typeOf(form) === 'array') {
      const item = this.#itemOf(form, [...outer, ...path])
      if (isGroup(item) || typeOf(item) === 'array') return this.#inside(item, outer, [...path, '*'])
    }
    return Object.entries(form.properties ?? {}).flatMap(([name, property]) => {
      const within = [...path, name]
      const place = [...outer, ...within]
      const { schema: inner } = this.#formOf(property, place)
      if (isGroup(inner) || (typeOf(inner) === 'array' && isGroup(this.#itemOf(inner, place)))) return this.#inside(inner, outer, within)
      const { kind, description } = this.#said(inner, place)
      const list = typeOf(inner) === 'array'
      const value = valueTypeOf(list ? this.#itemOf(inner, place) : inner, inner) ?? 'text'
      return inner.lands === false ? [] : [{ path: within, kind, value, list, description }]
    })
  }

  #itemOf(form: RecordSchema, path: readonly string[]): RecordSchema {
    return this.#formOf(form.items ?? {}, path).schema
  }

  #said(form: RecordSchema, path: readonly string[]): { kind: Kind; description: string } {
    if (form.kind === undefined) this.#fault(path, 'has no kind: say what it says of a person, or none')
    if (!form.description?.trim()) this.#fault(path, 'has no description: say what it means')
    return { kind: form.kind ?? 'none', description: form.description ?? '' }
  }

  /** Takes null apart, and joins forms that differ (as of a betrokkene) to one that has the fields of each. */
  #formOf(property: RecordSchema, path: readonly string[]): Form {
    const { anyOf, oneOf, allOf, ...own } = property as RecordSchema & { oneOf?: readonly RecordSchema[]; allOf?: readonly RecordSchema[] }
    const types = [own.type ?? []].flat()
    const outer: Form = {
      schema: { ...own, type: types.length === 1 ? types[0] : types.filter((type) => type !== 'null') },
      nullable: types.includes('null'),
    }
    if (own.type === undefined) delete outer.schema.type
    const forms = (anyOf ?? oneOf ?? allOf ?? []).map((each) => this.#formOf(each, path))
    if (forms.length === 0) return outer
    const real = forms.filter(({ schema }) => typeOf(schema) !== 'null')
    const nullable = outer.nullable || real.length < forms.length || real.some((form) => form.nullable)
    const joined = real.map((form) => form.schema).reduce((a, b) => this.#join(a, b, path, allOf !== undefined), {} as RecordSchema)
    for (const word of words) if (outer.schema[word] !== undefined) Object.assign(joined, { [word]: outer.schema[word] })
    return { schema: { ...outer.schema, ...joined }, nullable }
  }

  #join(a: RecordSchema, b: RecordSchema, path: readonly string[], both: boolean): RecordSchema {
    if (Object.keys(a).length === 0) return b
    const properties = { ...a.properties }
    for (const [name, property] of Object.entries(b.properties ?? {})) {
      const before = properties[name]
      if (before?.kind !== undefined && property.kind !== undefined && before.kind !== property.kind) {
        this.#fault([...path, name], `has kind ${before.kind} in one form and ${property.kind} in another; use one name for one thing`)
      }
      properties[name] = before === undefined ? property : { ...property, ...before, ...joinedCodes(before, property) }
    }
    const types = [...new Set([a.type, b.type].flat().filter((type): type is string => type !== undefined))]
    const required = both
      ? [...(a.required ?? []), ...(b.required ?? [])]
      : (a.required ?? []).filter((name) => (b.required ?? []).includes(name))
    return {
      ...b,
      ...a,
      ...joinedCodes(a, b),
      ...(types.length === 0 ? {} : { type: types.length === 1 ? types[0]! : types }),
      ...(a.properties || b.properties ? { properties, required } : {}),
    }
  }

  #fault(path: readonly string[], what: string): void {
    this.faults.push({ path, message: `field '${path.join('.')}' ${what}` })
  }
}

function typeOf(schema: RecordSchema): string | undefined {
  const types = [schema.type ?? []].flat().filter((type) => type !== 'null')
  if (types.length === 1) return types[0]
  if (types.length > 1) return types.every((type) => type === 'string' || type === 'number' || type === 'integer') ? 'string' : undefined
  if (schema.properties) return 'object'
  if (schema.type === 'null' || (Array.isArray(schema.type) && schema.type.length > 0)) return 'null'
  const values = [schema.enum ?? [], 'const' in schema ? [schema.const] : []].flat().filter((value) => value !== null)
  return values.length > 0 && values.every((value) => typeof value === 'string') ? 'string' : undefined
}

/** An object that lands as its fields. One that has a kind itself is one value. */
const isGroup = (schema: RecordSchema): boolean =>
  schema.properties !== undefined && Object.keys(schema.properties).length > 0 && schema.kind === undefined

function valueTypeOf(leaf: RecordSchema, outer: RecordSchema): ValueType | undefined {
  if ((outer.format ?? leaf.format) === 'geojson') return 'geometry'
  switch (typeOf(leaf)) {
    case 'boolean':
      return 'boolean'
    case 'integer':
      return 'integer'
    case 'number':
      return 'decimal'
    case 'object':
    case 'array':
      return 'json'
    case 'string':
      return textValue(leaf.format ?? outer.format, (outer.reference ?? leaf.reference) !== undefined)
    default:
      return undefined
  }
}

function textValue(format: string | undefined, isReference: boolean): ValueType {
  switch (format) {
    case 'date':
    case 'duration':
    case 'decimal':
    case 'uuid':
      return format
    case 'date-time':
      return 'datetime'
    default:
      return isReference ? 'reference' : 'text'
  }
}

function codesOf(leaf: RecordSchema): readonly string[] | undefined {
  const values = leaf.enum ?? (typeof leaf.const === 'string' ? [leaf.const] : [])
  const codes = values.filter((value): value is string => typeof value === 'string' && value !== '')
  return codes.length > 0 ? codes : undefined
}

/** Of two forms of one field the codes of both, when both are closed. */
function joinedCodes(a: RecordSchema, b: RecordSchema): { enum?: string[] } {
  const [mine, other] = [codesOf(a), codesOf(b)]
  return mine && other ? { enum: [...new Set([...mine, ...other])] } : {}
}
