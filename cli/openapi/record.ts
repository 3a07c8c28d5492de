/** The record of a stream as an OpenAPI document describes it, in the words of a connector. Kinds are guesses. */

import { isNode, type Node, type OpenApi } from './document.js'
import { guessKind, snake } from './kinds.js'

/** A schema of a `connector.yaml`; `kind` ends in a question mark, so that it is taken for no answer. */
export interface ProposedSchema {
  type?: string | string[]
  format?: string
  enum?: string[]
  kind?: string
  description?: string
  lands?: false
  required?: string[]
  properties?: { [name: string]: ProposedSchema }
  items?: ProposedSchema
}

const formats = ['date', 'date-time', 'uuid', 'uri', 'duration', 'email', 'time']
/** Deeper is no record that people read. */
const deepest = 6

/** The fields of a record; undefined where the schema is no object with fields. */
export function recordOf(document: OpenApi, schema: unknown): ProposedSchema | undefined {
  const merged = mergedOf(document, schema)
  const properties = fieldsOf({ document, path: [], inside: [document.at(schema)] }, merged)
  const required = requiredOf(merged, properties)
  return Object.keys(properties).length === 0 ? undefined : { ...(required && { required }), properties }
}

/** Where a schema stands: its path from the record down, and the schemas that it stands in. */
interface Place {
  document: OpenApi
  path: readonly string[]
  inside: readonly (Node | undefined)[]
}

/** The parts of `allOf` as one; of `oneOf` and `anyOf` every field, of which then none is required. */
export function mergedOf(document: OpenApi, schema: unknown, depth = 0): Node {
  const node = document.at(schema)
  if (!node || depth > deepest) return {}
  const parts = (name: string) =>
    Array.isArray(node[name]) ? (node[name] as unknown[]).map((part) => mergedOf(document, part, depth + 1)) : []
  const all = parts('allOf')
  const some = [...parts('oneOf'), ...parts('anyOf')]
  const own = [node, ...all]
  return {
    ...Object.assign({}, ...some, ...all, node),
    properties: Object.assign({}, ...some.map(propertiesOf), ...own.map(propertiesOf)),
    required: own.flatMap((part) => (Array.isArray(part.required) ? (part.required as unknown[]) : [])),
    nullable: [...own, ...some].some((part) => part.nullable === true || part.type === 'null' || [part.type].flat().includes('null')),
  }
}

const propertiesOf = ({ properties }: Node): Node => (isNode(properties) ? properties : {})

function fieldsOf(place: Place, schema: Node): { [name: string]: ProposedSchema } {
  return Object.fromEntries(
    Object.entries(propertiesOf(schema)).flatMap(([name, property]) => {
      const merged = mergedOf(place.document, property)
      const own = { ...place, path: [...place.path, name], inside: [...place.inside, place.document.at(property)] }
      // What is only ever sent is not read.
      return merged.writeOnly === true ? [] : [[name, fieldOf(own, merged, place.inside.includes(own.inside.at(-1)))]]
    }),
  )
}

/** @param isRound it stands in itself, as a main record in its part does: its fields are those of that record */
function fieldOf(place: Place, schema: Node, isRound: boolean): ProposedSchema {
  const { path, document } = place
  const description = descriptionOf(schema, path.at(-1)!)
  const kind = kindOf(path, schema)
  const unread: ProposedSchema = { kind, lands: false, description }
  if (isGeometry(schema)) return { type: 'object', format: 'geojson', kind: 'locatie?', description }
  if (typeOf(schema) === 'object') {
    const properties = isRound || path.length >= deepest ? {} : fieldsOf(place, schema)
    if (Object.keys(properties).length === 0) return unread
    const required = requiredOf(schema, properties)
    return { ...(schema.nullable === true && { type: ['object', 'null'] }), ...(required && { required }), properties }
  }
  if (typeOf(schema) === 'array') {
    const items = mergedOf(document, schema.items)
    const node = document.at(schema.items)
    const isPast = place.inside.includes(node) || path.length >= deepest
    const properties = isPast ? {} : fieldsOf({ ...place, inside: [...place.inside, node] }, items)
    // What a list of groups says of a person, its fields say.
    if (Object.keys(properties).length > 0) return { type: 'array', kind: 'none', description, items: { properties } }
    const item = scalarOf(items)
    return item ? { type: 'array', kind: kindOf(path, items), description, items: item } : unread
  }
  const scalar = scalarOf(schema)
  return scalar ? { ...scalar, ...(schema.nullable === true && { type: [String(scalar.type), 'null'] }), kind, description } : unread
}

/** A schema with fields is one of an object, whatever it says. */
function typeOf(schema: Node): unknown {
  return Object.keys(propertiesOf(schema)).length > 0 ? 'object' : [schema.type].flat().find((each) => each !== 'null')
}

/** @see RFC 7946 §3.1 */
const isGeometry = (schema: Node): boolean =>
  schema.format === 'geojson' || ['type', 'coordinates'].every((name) => name in propertiesOf(schema))

function scalarOf({ type, format, enum: codes }: Node): ProposedSchema | undefined {
  const known = [type].flat().find((each) => each !== 'null')
  if (!['string', 'number', 'integer', 'boolean'].includes(String(known))) return undefined
  const texts = Array.isArray(codes) ? codes.filter((code): code is string => typeof code === 'string' && code !== '') : []
  return {
    type: String(known),
    ...(formats.includes(String(format)) && { format: String(format) }),
    ...(known === 'string' && texts.length > 0 && { enum: texts }),
  }
}

function kindOf(path: readonly string[], schema: Node): string {
  const isText = schema.type === 'string' && schema.enum === undefined && schema.format === undefined
  return `${guessKind(path, isText)}?`
}

/** Fields that are always there; a group is, when its fields say so. */
function requiredOf(schema: Node, properties: { [name: string]: ProposedSchema }): string[] | undefined {
  const required = (schema.required as unknown[]).filter((name): name is string => typeof name === 'string' && name in properties)
  return required.length > 0 ? [...new Set(required)] : undefined
}

/** The first sentence of what the document says, else its title, else the name in words. */
export function descriptionOf({ description, title }: Node, name: string): string {
  const said = [description, title].find((text): text is string => typeof text === 'string' && text.trim() !== '')
  if (said === undefined) return sentence(snake(name).replaceAll('_', ' '))
  const first = said
    .replace(/<[^>]*>|[*`_#]{1,3}(?=\S)|(?<=\S)[*`_]{1,3}/g, '')
    .replace(/\s+/g, ' ')
    .trim()
  const end = /[.!?](?=\s|$)/.exec(first)?.index ?? first.length
  return sentence(first.slice(0, Math.min(end, 200)).trim() || snake(name).replaceAll('_', ' '))
}

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
