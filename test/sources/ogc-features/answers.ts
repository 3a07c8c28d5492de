/** What the service answers, by OGC 17-069r4 (Core), 18-058r1 (crs) and 23-058r2 (schemas), and its habits. */
import type { Collection, Crs, Feature } from './collections.js'
import type { Habits } from './server.js'

export interface Answer {
  status?: number
  headers?: { [name: string]: string }
  body: unknown
}

export interface Service {
  collections: readonly Collection[]
  habits: Habits
  most: number
}

const crsUris: { [crs in Crs]: string } = {
  rd: 'http://www.opengis.net/def/crs/EPSG/0/28992',
  wgs84: 'http://www.opengis.net/def/crs/OGC/1.3/CRS84',
}

const problem = (status: number, detail: string): Answer => ({ status, body: { title: 'Fout', status, detail } })

export function answerTo(url: URL, service: Service): Answer {
  const [version, collections, id, what, fid, ...rest] = url.pathname.split('/').slice(2)
  if (version !== 'v1' || rest.length > 0 || (collections !== undefined && collections !== 'collections')) return problem(404, 'onbekend')
  if (collections === undefined) return { body: { title: 'Geodata', links: [] } }
  if (id === undefined) return { body: { collections: service.collections.map(described), crs: Object.values(crsUris), links: [] } }
  const collection = service.collections.find((each) => each.id === id)
  if (!collection) return problem(404, 'deze collectie is er niet')
  const { describes = 'schema' } = service.habits
  if (what === undefined) return { body: described(collection) }
  if (what === 'schema' || what === 'queryables')
    return what === describes ? { body: schemaOf(collection, what) } : problem(404, 'onbekend')
  if (what !== 'items') return problem(404, 'onbekend')
  return fid === undefined ? itemsOf(url, collection, service) : itemOf(url, decodeURIComponent(fid), collection, service)
}

function described({ id, title, description, crs }: Collection): unknown {
  return {
    id,
    title,
    description,
    itemType: 'feature',
    extent: { spatial: { bbox: [[4.99, 52.27, 5.15, 52.33]] } },
    // As many do: the list of the whole service, by a reference.
    crs: crs.length > 1 ? ['#/crs'] : crs.map((each) => crsUris[each]),
    storageCrs: crsUris.rd,
    links: [],
  }
}

function schemaOf({ schema, queryables, geometryName }: Collection, what: 'schema' | 'queryables'): unknown {
  const names = Object.keys(schema).filter((name) => what === 'schema' || queryables.includes(name))
  return {
    type: 'object',
    properties: {
      ...(what === 'schema' && { fid: { type: 'integer', 'x-ogc-role': 'id' } }),
      [geometryName]: { format: 'geometry-any', 'x-ogc-role': 'primary-geometry' },
      ...Object.fromEntries(names.map((name) => [name, schema[name]])),
    },
  }
}

/** The system in which features are given, and what is said of it. */
function crsOf(url: URL, { habits }: Service): { crs: Crs; headers: { [name: string]: string } } | undefined {
  const asked = url.searchParams.get('crs') ?? crsUris.wgs84
  const crs = (Object.keys(crsUris) as Crs[]).find((each) => crsUris[each] === asked)
  if (!crs) return undefined
  if (habits.ignoresCrs) return { crs: 'wgs84', headers: {} }
  const given = habits.liesOfCrs ? (crs === 'rd' ? 'wgs84' : 'rd') : crs
  return { crs: given, headers: { 'content-crs': `<${crsUris[crs]}>` } }
}

function itemsOf(url: URL, collection: Collection, service: Service): Answer {
  const { habits, most } = service
  const known = ['f', 'limit', 'cursor', 'crs', 'bbox', 'bbox-crs', ...collection.queryables]
  const strange = [...url.searchParams.keys()].find((name) => !known.includes(name))
  if (strange) return problem(400, `onbekende parameter ${strange}`)
  const system = crsOf(url, service)
  if (!system) return problem(400, 'dit crs is er niet')
  const filters = collection.queryables.filter((name) => url.searchParams.has(name))
  const matching = collection.features.filter(
    ({ properties }) => habits.ignoresFilters || filters.every((name) => String(properties[name]) === url.searchParams.get(name)),
  )
  const limit = Math.min(most, Number(url.searchParams.get('limit') ?? 10))
  const question = questionOf(url)
  const [at = '0', of] = Buffer.from(url.searchParams.get('cursor') ?? '', 'base64url')
    .toString()
    .split('|')
  // A cursor of another question is no error: it is as if there were none.
  const from = of === question && !habits.forgetsCursor ? Number(at) : 0
  const page = matching.slice(from, from + limit)
  const reached = from + page.length
  const goesOn = reached < matching.length || (habits.endsEmpty && page.length === limit)
  const next = new URL(url)
  next.searchParams.set('cursor', Buffer.from(`${reached}|${question}`).toString('base64url'))
  return {
    headers: system.headers,
    body: {
      type: 'FeatureCollection',
      links: [
        { rel: 'self', href: url.href },
        { rel: 'next', type: 'text/html', href: `${next.href}&f=html` },
        { rel: 'next', type: 'application/geo+json', href: next.href },
      ].filter(({ rel }) => rel === 'self' || goesOn),
      numberReturned: page.length,
      ...(habits.counts && { numberMatched: matching.length }),
      features: page.map((feature) => featureOf(feature, system.crs, habits)),
    },
  }
}

/** All of a request but the place in the list. */
function questionOf(url: URL): string {
  const question = new URL(url)
  question.searchParams.delete('cursor')
  return question.searchParams.toString()
}

function itemOf(url: URL, fid: string, { features }: Collection, service: Service): Answer {
  const feature = features.find(({ id }) => id !== undefined && String(id) === fid)
  const system = crsOf(url, service)
  if (!feature || !system) return problem(404, 'dit object is er niet')
  return { headers: system.headers, body: featureOf(feature, system.crs, service.habits) }
}

function featureOf({ id, properties, geometry }: Feature, crs: Crs, { swapsAxes }: Habits): unknown {
  const placed = geometry?.[crs] ?? null
  return { type: 'Feature', ...(id !== undefined && { id }), properties, geometry: swapsAxes ? swapped(placed) : placed }
}

function swapped(value: unknown): unknown {
  if (Array.isArray(value)) return typeof value[0] === 'number' ? [value[1], value[0], ...value.slice(2)] : value.map(swapped)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, swapped(each)]))
}
