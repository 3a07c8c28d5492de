import {
  type Context,
  type Json,
  type JsonObject,
  type RecordSchema,
  type SourceRecord,
  type StreamProposal,
  UnexpectedResponse,
} from '../connector.js'
import { readPages } from '../paging.js'
import { pages } from './pages.js'

/** A stream for each objecttype, with the fields of the version that was published last, or of the newest one. */
export async function discover(ctx: Context): Promise<{ [stream: string]: StreamProposal }> {
  const proposals: { [stream: string]: StreamProposal } = {}
  for await (const { records } of readPages(ctx.http, { url: 'objecttypes', api: 'objecttypen', pages })) {
    for (const objecttype of records) {
      ctx.signal.throwIfAborted()
      const name = nameOf(objecttype, proposals)
      const version = await versionOf(ctx, String(objecttype.uuid))
      if (version) proposals[name] = proposalOf(objecttype, version)
    }
  }
  return proposals
}

function nameOf({ namePlural, name, uuid }: SourceRecord, taken: object): string {
  const words = String(namePlural || name || uuid)
  const plain = words
    .normalize('NFD')
    .replace(/\p{Diacritic}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
  const safe = /^[a-z]/.test(plain) ? plain : `type_${plain}`
  return safe in taken ? `${safe}_${String(uuid).slice(0, 8)}` : safe
}

interface Version {
  version: number
  status: string
  jsonSchema: JsonObject
}

async function versionOf({ http }: Context, uuid: string): Promise<Version | undefined> {
  const versions: Version[] = []
  for await (const { records } of readPages(http, { url: `objecttypes/${encodeURIComponent(uuid)}/versions`, api: 'objecttypen', pages }))
    versions.push(...(records as unknown as Version[]))
  const newest = (of: Version[]) => of.sort((a, b) => Number(b.version) - Number(a.version))[0]
  return newest(versions.filter(({ status }) => status === 'published')) ?? newest(versions)
}

function proposalOf({ uuid, description, name, dataClassification }: SourceRecord, { version, jsonSchema }: Version): StreamProposal {
  const record = schemaOf(jsonSchema, jsonSchema)
  if (record.type !== 'object')
    throw new UnexpectedResponse(`objecttype ${String(uuid)}: the JSON Schema of version ${version} describes no object.`)
  return {
    settings: { objecttype: String(uuid) },
    record,
    description: [String(description || name), `versie ${version}`, dataClassification && `${String(dataClassification)}`]
      .filter(Boolean)
      .join(', '),
  }
}

const scalars: { readonly [type: string]: RecordSchema } = {
  string: { type: 'string' },
  integer: { type: 'integer' },
  number: { type: 'string', format: 'decimal' },
  boolean: { type: 'boolean' },
}
const formats = ['date', 'date-time', 'uuid', 'duration']
const deepest = 8

/**
 * The part of a JSON Schema that says what a record looks like. References within the document are followed; of a choice the first form that is
 * not null is taken. What says nothing of its form is text.
 */
export function schemaOf(schema: Json | undefined, root: JsonObject, depth = 0): RecordSchema {
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema) || depth > deepest) return { type: 'string' }
  const description = [schema.description, schema.title].find((text) => typeof text === 'string') as string | undefined
  const told = description === undefined ? {} : { description }
  if (typeof schema.$ref === 'string') return { ...schemaOf(pointedTo(schema.$ref, root), root, depth + 1), ...told }
  for (const choice of [schema.anyOf, schema.oneOf, schema.allOf]) {
    if (!Array.isArray(choice)) continue
    const form = choice.find((each) => (each as JsonObject | null)?.type !== 'null')
    return { ...schemaOf(form, root, depth + 1), ...told }
  }
  const type = [schema.type].flat().find((each) => each !== 'null')
  if (type === 'array') return { type: 'array', items: schemaOf(schema.items, root, depth + 1), ...told }
  if (type === 'object' || schema.properties !== undefined) {
    const properties = Object.entries((schema.properties ?? {}) as JsonObject)
    return {
      type: 'object',
      properties: Object.fromEntries(properties.map(([name, of]) => [name, schemaOf(of, root, depth + 1)])),
      ...told,
    }
  }
  const format = type === 'string' && typeof schema.format === 'string' && formats.includes(schema.format) ? { format: schema.format } : {}
  return { ...(scalars[String(type)] ?? { type: 'string' }), ...format, ...told }
}

function pointedTo(reference: string, root: JsonObject): Json | undefined {
  if (!reference.startsWith('#/')) return undefined
  const steps = reference.slice(2).split('/')
  return steps.reduce<Json | undefined>(
    (at, step) =>
      typeof at === 'object' && at !== null && !Array.isArray(at) ? at[step.replaceAll('~1', '/').replaceAll('~0', '~')] : undefined,
    root,
  )
}
