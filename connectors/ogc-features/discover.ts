import type { Context, JsonObject, RecordSchema, SourceRecord, StreamProposal } from '../connector.js'
import { UnexpectedResponse } from '../connector.js'
import { systems, uriOf } from './crs.js'
import { addressOf } from './read.js'

/** A collection as the service describes it. @see OGC API Features part 1 (17-069r4) §7.13, part 2 (18-058r1) §6.2.1 */
interface Collection {
  id: string
  title?: string
  description?: string
  itemType?: string
  crs?: string[]
  extent?: { spatial?: { bbox?: number[][] } }
}

/** So many features are looked at where the service does not describe their properties. */
const sample = 100

/** Every collection of features, a stated one under its own name. Keys are for a person: a number that each release gives anew is none. */
export async function discover(
  ctx: Context,
  stated: { readonly [stream: string]: JsonObject },
): Promise<{ [stream: string]: StreamProposal }> {
  const { body, where } = await ctx.http.request({ url: 'collections' })
  const { collections, crs: shared = [] } = (body ?? {}) as { collections?: Collection[]; crs?: string[] }
  if (!Array.isArray(collections))
    throw new UnexpectedResponse(`${where}: there is no list of collections. Check baseUrl: it is the landing page of an OGC API.`)
  const proposals: { [stream: string]: StreamProposal } = {}
  for (const collection of collections) {
    ctx.signal.throwIfAborted()
    if (collection.itemType !== undefined && collection.itemType !== 'feature') continue
    const names = Object.keys(stated).filter((name) => stated[name]!.collection === collection.id)
    const proposal = await proposalOf(ctx, collection, shared)
    for (const name of names.length > 0 ? names : [nameOf(collection.id)]) proposals[name] = proposal
  }
  return proposals
}

async function proposalOf(ctx: Context, collection: Collection, shared: readonly string[]): Promise<StreamProposal> {
  const { id, title = id, description, crs = [], extent } = collection
  const uris = crs.flatMap((uri) => (uri === '#/crs' ? shared : [uri]))
  const offered = systems.filter((system) => system === 'wgs84' || uris.includes(uriOf[system]))
  const queryables = Object.keys((await describedAt(ctx, id, 'queryables')) ?? {})
  const box = extent?.spatial?.bbox?.[0]
  return {
    settings: { collection: id, crs: offered[0]! },
    record: { properties: await propertiesOf(ctx, id) },
    key: [],
    description: description ? `${title}: ${description}` : title,
    offers: [
      `crs: ${offered.join(', ')}`,
      ...(queryables.length > 0 ? [`filter: ${queryables.join(', ')}`] : []),
      ...(box ? [`bbox: [${box.join(', ')}] in degrees holds all`] : []),
    ],
  }
}

/** The name of a stream: the id of the collection, with what a name cannot hold replaced. */
function nameOf(id: string): string {
  const plain = id.replace(/[^A-Za-z0-9_-]+/g, '_')
  return /^[A-Za-z]/.test(plain) ? plain : `c_${plain}`
}

/** From the schema of the collection where there is one, else from its first features. */
async function propertiesOf(ctx: Context, id: string): Promise<{ [name: string]: RecordSchema }> {
  const schema = await describedAt(ctx, id, 'schema')
  const geometry = { type: 'object', format: 'geojson', description: 'Geometrie' }
  if (schema) {
    const fields = Object.entries(schema).filter(([, property]) => !isGeometry(property) && property['x-ogc-role'] !== 'id')
    return { ...Object.fromEntries(fields.map(([name, property]) => [name, typeOf(property)])), geometry }
  }
  const { body } = await ctx.http.request({ url: `${addressOf(id)}/items`, params: { limit: sample }, exact: false })
  const { features = [] } = (body ?? {}) as { features?: SourceRecord[] }
  const values = new Map<string, unknown[]>()
  for (const { id: own, properties } of features) {
    for (const [name, value] of Object.entries({ ...(own !== undefined && { id: own }), ...(properties as SourceRecord | null) }))
      values.set(name, [...(values.get(name) ?? []), value])
  }
  return { ...Object.fromEntries([...values].map(([name, each]) => [name, guess(each)])), geometry }
}

/** Properties by name of `/schema` (OGC 23-058r2) or `/queryables` (19-079r2); undefined where the service has none. */
async function describedAt(ctx: Context, id: string, what: 'schema' | 'queryables'): Promise<{ [name: string]: RecordSchema } | undefined> {
  // GeoServer says 400 and 406 to what it does not have.
  const { status, body } = await ctx.http.request({ url: `${addressOf(id)}/${what}`, accept: [400, 404, 405, 406, 501] })
  const properties = (body as { properties?: unknown } | undefined)?.properties
  return status < 300 && typeof properties === 'object' && properties !== null
    ? (properties as { [name: string]: RecordSchema })
    : undefined
}

const isGeometry = ({ format, $ref, ...property }: RecordSchema): boolean =>
  /^geometry-/.test(format ?? '') || /geojson/i.test(String($ref ?? '')) || property['x-ogc-role'] === 'primary-geometry'

const formats = ['date', 'date-time', 'uuid']

function typeOf({ type = 'string', format, title, description, items }: RecordSchema): RecordSchema {
  const first = [type].flat().find((each) => each !== 'null') ?? 'string'
  const words = description ?? title
  const said = typeof words === 'string' ? { description: words } : {}
  if (first === 'array') return { type: 'array', items: typeOf(items ?? {}), ...said }
  if (first === 'integer' || first === 'boolean') return { type: first, ...said }
  if (first === 'number') return { type: 'string', format: 'decimal', ...said }
  return { type: 'string', ...(format !== undefined && formats.includes(format) && { format }), ...said }
}

/** From the values of some features. Text stays text: what looks like a number is often a code. */
function guess(values: readonly unknown[]): RecordSchema {
  const there = values.filter((value) => value !== null && value !== undefined)
  const all = (holds: (value: unknown) => boolean): boolean => there.length > 0 && there.every(holds)
  if (all((value) => typeof value === 'boolean')) return { type: 'boolean' }
  if (all((value) => Number.isSafeInteger(value))) return { type: 'integer' }
  if (all((value) => typeof value === 'number')) return { type: 'string', format: 'decimal' }
  if (all((value) => typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value))) return { type: 'string', format: 'date' }
  if (all((value) => typeof value === 'string' && /^\d{4}-\d{2}-\d{2}T/.test(value))) return { type: 'string', format: 'date-time' }
  return { type: 'string' }
}
