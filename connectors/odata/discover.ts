import { type Context, type JsonObject, type RecordSchema, SourceRefused, type StreamProposal, UnexpectedResponse } from '../connector.js'
import { statedOf } from '../stated-record.js'
import { streamNameFor } from '../stream-name.js'
import { type EdmType, edmOf, edmTypes, literalOf } from './edm.js'
import { type EntitySet, type Metadata, type Property, readMetadata } from './metadata.js'
import type { Service } from './settings.js'

/** More than a person looks through: a service of many sets is asked for some by name. */
const mostSets = 100
/** Complex types may hold each other. */
const deepest = 5

/** Every entity set that the service describes, or those that the source file names. Fields that cannot land, such as streams of bytes, are left out. */
export async function discover(
  ctx: Context,
  service: Service,
  stated: { readonly [stream: string]: JsonObject } = {},
): Promise<{ [stream: string]: StreamProposal }> {
  const metadata = await metadataOf(ctx, service)
  const streamsOf = (set: string) => Object.keys(stated).filter((name) => stated[name]!.entitySet === set)
  const wanted = ctx.settings.entitySets as readonly string[] | undefined
  const listed = metadata.sets.filter(({ listed, name }) => listed && (!wanted || wanted.includes(name) || streamsOf(name).length > 0))
  const missing = wanted?.find((name) => !metadata.sets.some((set) => set.name === name))
  if (missing !== undefined)
    throw new SourceRefused(
      `source '${ctx.source}': the service has no entity set '${missing}'. Correct entitySets in sources/${ctx.source}.yaml.`,
    )
  if (listed.length > mostSets)
    throw new SourceRefused(
      `source '${ctx.source}': the service has ${listed.length} entity sets. Name those that you want under entitySets in sources/${ctx.source}.yaml, and discover again.`,
    )
  const proposals: { [stream: string]: StreamProposal } = {}
  const isTaken = (name: string) => name in stated || name in proposals
  for (const set of listed) {
    const names = streamsOf(set.name)
    for (const name of names.length > 0 ? names : [freeName(streamNameFor(set.name), isTaken)])
      proposals[name] = proposalOf(set, metadata, service)
  }
  return proposals
}

/** Names that differ in capitals alone are one name of a stream. */
function freeName(name: string, isTaken: (name: string) => boolean): string {
  for (let count = 1; ; count += 1) {
    const free = count === 1 ? name : `${name}_${count}`
    if (!isTaken(free)) return free
  }
}

async function metadataOf(ctx: Context, { version, metadata: url }: Service): Promise<Metadata> {
  const answer = await ctx.http.request({ url, headers: { Accept: 'application/xml' }, text: true })
  let metadata: Metadata
  try {
    metadata = readMetadata(String(answer.body))
    if (metadata.version === '') throw new Error('there is no description of a service in it')
  } catch (error) {
    throw new UnexpectedResponse(
      `${answer.where}: it is no description of a service in XML. Check baseUrl: it is the root of the service, where $metadata is.`,
      {
        cause: error,
      },
    )
  }
  // What a service of version 2 or 3 says there is the least that it asks of a client: 1.0 is either.
  const isFour = metadata.version.startsWith('4')
  if (isFour !== (version === 4))
    throw new SourceRefused(
      `${answer.where}: the service speaks OData version ${isFour ? '4' : '2 or 3'}. Correct 'version' in sources/${ctx.source}.yaml.`,
    )
  return metadata
}

function proposalOf(set: EntitySet, metadata: Metadata, { version }: Service): StreamProposal {
  const { key, properties, description } = typeOf(set.type, metadata)
  const record: RecordSchema = { properties: schemasOf(properties, metadata, deepest) }
  const known = record.properties ?? {}
  const types = statedOf(record)
  const edm = Object.fromEntries(
    properties.flatMap(({ name, type }) => {
      const simple = standsFor(type, metadata).replace(/^Edm\./, '') as EdmType
      const isAsked = key.includes(name) || ['DateTime', 'DateTimeOffset'].includes(simple)
      if (!isAsked || !(name in known) || !edmTypes.includes(simple)) return []
      const written = (edm: EdmType) => literalOf(edm, '1', version)
      return written(simple) === written(edmOf(types[name]?.type, version)) ? [] : [[name, simple]]
    }),
  )
  const words = set.description ?? description
  return {
    settings: { entitySet: set.name, ...(Object.keys(edm).length > 0 && { edm }) },
    key: key.filter((name) => name in known),
    record,
    ...(words !== undefined && { description: words }),
    ...(set.tracked && { offers: ['changes: delta, since the service keeps track of its changes'] }),
  }
}

/** A structured type with what it has from the types that it extends. */
function typeOf(name: string, { types }: Metadata): { key: string[]; properties: Property[]; description?: string | undefined } {
  const key: string[] = []
  const properties: Property[] = []
  const seen = new Set<string>()
  for (let at: string | undefined = name; at !== undefined && !seen.has(at); at = types.get(at)?.base) {
    seen.add(at)
    const type = types.get(at)
    properties.unshift(...(type?.properties ?? []))
    if (key.length === 0) key.push(...(type?.key ?? []))
  }
  return { key, properties, description: types.get(name)?.description }
}

function schemasOf(properties: readonly Property[], metadata: Metadata, depth: number): { [name: string]: RecordSchema } {
  return Object.fromEntries(
    properties.flatMap((property) => {
      const schema = schemaOf(property, metadata, depth)
      const { description } = property
      return schema ? [[property.name, { ...schema, ...(description !== undefined && { description }) }] as const] : []
    }),
  )
}

function schemaOf({ type, isDay }: Property, metadata: Metadata, depth: number): RecordSchema | undefined {
  const [, inside = type] = /^Collection\((.*)\)$/.exec(type) ?? []
  const simple = standsFor(inside, metadata)
  const item = metadata.types.has(simple)
    ? groupOf(simple, metadata, depth - 1)
    : isDay
      ? { type: 'string', format: 'date' }
      : schemas[simple]
  return item && inside !== type ? { type: 'array', items: item } : item
}

function groupOf(type: string, metadata: Metadata, depth: number): RecordSchema | undefined {
  const properties = depth === 0 ? {} : schemasOf(typeOf(type, metadata).properties, metadata, depth)
  return Object.keys(properties).length > 0 ? { type: 'object', properties } : undefined
}

const standsFor = (type: string, { standFor }: Metadata): string => standFor.get(type) ?? type

/** What is left out has no value that can land: bytes, streams, and shapes in a form of their own. */
const schemas: { readonly [type: string]: RecordSchema } = {
  'Edm.String': { type: 'string' },
  'Edm.Boolean': { type: 'boolean' },
  'Edm.Byte': { type: 'integer' },
  'Edm.SByte': { type: 'integer' },
  'Edm.Int16': { type: 'integer' },
  'Edm.Int32': { type: 'integer' },
  'Edm.Int64': { type: 'integer' },
  'Edm.Decimal': { type: 'string', format: 'decimal' },
  'Edm.Double': { type: 'string', format: 'decimal' },
  'Edm.Single': { type: 'string', format: 'decimal' },
  'Edm.Guid': { type: 'string', format: 'uuid' },
  'Edm.Date': { type: 'string', format: 'date' },
  'Edm.DateTime': { type: 'string', format: 'date-time' },
  'Edm.DateTimeOffset': { type: 'string', format: 'date-time' },
  'Edm.Time': { type: 'string', format: 'duration' },
  'Edm.TimeOfDay': { type: 'string' },
  'Edm.Duration': { type: 'string', format: 'duration' },
}
