import { areaOf, buurten } from '../waterdam-buurten.js'

export type Crs = 'rd' | 'wgs84'

/** A geometry in both systems; null for a feature without a place. */
export type Geometry = { [crs in Crs]: { type: string; coordinates?: unknown; geometries?: unknown } } | null

export interface Feature {
  /** Left out: a feature without an id. */
  id?: string | number
  properties: { [name: string]: unknown }
  geometry: Geometry
}

export interface Collection {
  id: string
  title: string
  description: string
  crs: readonly Crs[]
  /** Name of the geometry in the schema. */
  geometryName: string
  /** JSON Schema of each property. */
  schema: { [name: string]: { type: string; format?: string; title?: string; description?: string } }
  /** Properties that can be filtered on. */
  queryables: readonly string[]
  features: Feature[]
}

const text = (description: string) => ({ type: 'string', description })

/** Buurten as a publisher of open geodata has them: numbered anew with each release, with a code of their own. */
export function buurtenCollection(): Collection {
  return {
    id: 'buurten',
    title: 'Buurten',
    description: 'Grenzen van de buurten, met kerncijfers',
    crs: ['wgs84', 'rd'],
    geometryName: 'geom',
    schema: {
      buurtcode: text('Code van de buurt'),
      buurtnaam: text('Naam van de buurt'),
      wijkcode: text('Code van de wijk'),
      gemeentecode: text('Code van de gemeente'),
      gemeentenaam: text('Naam van de gemeente'),
      aantal_inwoners: { type: 'integer', description: 'Aantal inwoners op 1 januari' },
    },
    queryables: ['buurtcode', 'gemeentecode'],
    features: buurten.map((buurt, at) => ({
      id: at + 1,
      properties: {
        buurtcode: buurt.buurtcode,
        buurtnaam: buurt.buurtnaam,
        wijkcode: buurt.wijkcode,
        gemeentecode: buurt.gemeentecode,
        gemeentenaam: buurt.gemeentenaam,
        aantal_inwoners: buurt.aantalInwoners,
      },
      geometry: { rd: areaOf(buurt, 'rd'), wgs84: areaOf(buurt, 'wgs84') },
    })),
  }
}

const point = (x: number, y: number, lon: number, lat: number, z?: number): Geometry => ({
  rd: { type: 'Point', coordinates: z === undefined ? [x, y] : [x, y, z] },
  wgs84: { type: 'Point', coordinates: z === undefined ? [lon, lat] : [lon, lat, z] },
})
const at = point(129935.46, 475839.32, 5.02, 52.27)!

/** What stands in public space, in every form that a geometry can have. */
export function objectenCollection(count = 12): Collection {
  const features: Feature[] = Array.from({ length: count }, (_, i) => ({
    id: `paal.${i + 1}`,
    properties: { soort: i % 2 === 0 ? 'lichtmast' : 'bank', hoogte: i + 0.5, geplaatst: '2026-01-15' },
    geometry: point(129900 + i, 475800 + i, 5.02 + i / 1e5, 52.27 + i / 1e5),
  }))
  features[1]!.geometry = null
  features[2]!.geometry = point(129902, 475802, 5.02, 52.27, 1.25)
  features[3]!.geometry = {
    rd: {
      type: 'GeometryCollection',
      geometries: [
        at.rd,
        {
          type: 'LineString',
          coordinates: [
            [129900, 475800],
            [129950, 475890],
          ],
        },
      ],
    },
    wgs84: {
      type: 'GeometryCollection',
      geometries: [
        at.wgs84,
        {
          type: 'LineString',
          coordinates: [
            [5.02, 52.27],
            [5.021, 52.271],
          ],
        },
      ],
    },
  }
  return {
    id: 'straatmeubilair',
    title: 'Straatmeubilair',
    description: 'Palen en banken',
    crs: ['wgs84', 'rd'],
    geometryName: 'geometry',
    schema: { soort: text('Soort object'), hoogte: { type: 'number' }, geplaatst: { type: 'string', format: 'date' } },
    queryables: ['soort'],
    features,
  }
}
