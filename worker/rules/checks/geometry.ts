/**
 * Geometry: GeoJSON as shape made it, WKT (with or without `SRID=…;`) as text, or a pair of numbers as a list or as text.
 */
import { isLosslessNumber } from 'lossless-json'
import { isObject, type Value } from '../../pipeline/values.js'
import { type FieldCheck, judge, type ParametersOf, type Verdict } from '../field-check.js'
import { crossesItself } from './rings.js'

/** A point: x, y and perhaps a height. */
export type Position = readonly number[]
type Nested = Position | readonly Nested[]

/** How deep positions lie in the coordinates of a type. */
const depths = { Point: 0, MultiPoint: 1, LineString: 1, MultiLineString: 2, Polygon: 2, MultiPolygon: 3 } as const
type Type = keyof typeof depths

interface Geometry {
  type: Type
  coordinates: Nested
}

/** The simple geometries that a value holds; undefined when it cannot be read as a geometry. */
export function geometriesOf(value: Value): Geometry[] | undefined {
  if (typeof value === 'string') return fromText(value)
  if (Array.isArray(value)) return fromPair(value)
  return isObject(value) && 'json' in value ? fromGeoJson(value.json) : undefined
}

function fromGeoJson(json: unknown): Geometry[] | undefined {
  if (!isObject(json) || typeof json.type !== 'string') return undefined
  if (json.type === 'GeometryCollection') {
    const inside = Array.isArray(json.geometries) ? json.geometries.map(fromGeoJson) : [undefined]
    return inside.includes(undefined) ? undefined : inside.flatMap((geometries) => geometries!)
  }
  if (!Object.hasOwn(depths, json.type)) return undefined
  const type = json.type as Type
  const coordinates = coordinatesOf(json.coordinates, depths[type])
  return coordinates && [{ type, coordinates }]
}

function coordinatesOf(raw: unknown, depth: number): Nested | undefined {
  if (!Array.isArray(raw) || raw.length === 0) return undefined
  if (depth > 0) {
    const inside = raw.map((part) => coordinatesOf(part, depth - 1))
    return inside.includes(undefined) ? undefined : (inside as Nested)
  }
  if (raw.length < 2 || raw.length > 4) return undefined
  const position = raw.map((c) => (typeof c === 'number' || isLosslessNumber(c) ? Number(c) : Number.NaN))
  return position.every(Number.isFinite) ? position : undefined
}

const pair = /^\s*(-?\d{1,15}(?:\.\d{1,15})?)(?:\s*[,;]\s*|\s+)(-?\d{1,15}(?:\.\d{1,15})?)\s*$/
const wkt = /^(?:SRID=\d{1,6};)?\s*(MULTI)?(POINT|LINESTRING|POLYGON)\s*(?:Z|M|ZM)?\s*(\([-+\d.eE\s,()]*\))\s*$/i
const names = { POINT: 'Point', LINESTRING: 'LineString', POLYGON: 'Polygon' } as const

function fromText(text: string): Geometry[] | undefined {
  const numbers = pair.exec(text)
  if (numbers) return [{ type: 'Point', coordinates: [Number(numbers[1]), Number(numbers[2])] }]
  const parts = wkt.exec(text)
  if (!parts) return undefined
  const type = `${parts[1] ? 'Multi' : ''}${names[parts[2]!.toUpperCase() as keyof typeof names]}` as Type
  const coordinates = coordinatesOf(fromParentheses(parts[3]!, type), depths[type])
  return coordinates && [{ type, coordinates }]
}

/** `((0 0, 1 1))` as nested lists. */
function fromParentheses(text: string, type: Type): unknown {
  const lists = text.replace(/[^(),]+/g, (words) => {
    const numbers = words.trim()
    return numbers === '' ? '' : `[${numbers.split(/\s+/).join(',')}]`
  })
  try {
    const nested = JSON.parse(lists.replaceAll('(', '[').replaceAll(')', ']')) as unknown[]
    if (type === 'Point') return nested[0]
    // MULTIPOINT ((1 2), (3 4)) and MULTIPOINT (1 2, 3 4) are the same.
    return type === 'MultiPoint' ? nested.map((point) => (Array.isArray(point) && Array.isArray(point[0]) ? point[0] : point)) : nested
  } catch {
    return undefined
  }
}

function fromPair(list: readonly Value[]): Geometry[] | undefined {
  const coordinates = list.map((value) => (typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN))
  return coordinates.length === 2 && coordinates.every(Number.isFinite) ? [{ type: 'Point', coordinates }] : undefined
}

function everyPosition(nested: Nested, depth: number, holds: (position: Position) => boolean): boolean {
  return depth === 0 ? holds(nested as Position) : (nested as readonly Nested[]).every((part) => everyPosition(part, depth - 1, holds))
}

function within(holds: (position: Position) => boolean): (value: Value) => Verdict {
  return (value) => {
    const geometries = geometriesOf(value)
    return judge(geometries?.every(({ type, coordinates }) => everyPosition(coordinates, depths[type], holds)) === true)
  }
}

const between = (low: number, value: number, high: number): boolean => low <= value && value <= high

/**
 * Every position in the Netherlands in metres of the Rijksdriehoeksmeting. There x is less than y everywhere, so that swapped axes are seen.
 *
 * @see EPSG:28992; RDNAPTRANS2018, area of use
 */
export const rd: FieldCheck<object> = {
  wholeList: true,
  prepare: () =>
    within(([x, y, z]) => between(-7_000, x!, 300_000) && between(289_000, y!, 629_000) && (z === undefined || between(-20, z, 400))),
}

/**
 * Every position in the European Netherlands in degrees, longitude first; the bounds lie so far apart that swapped axes are seen.
 *
 * @see RFC 7946 §3.1.1 (order) and §4 (WGS 84)
 */
export const wgs84: FieldCheck<object> = {
  wholeList: true,
  prepare: () => within(([longitude, latitude]) => between(3.2, longitude!, 7.3) && between(50.7, latitude!, 53.7)),
}

/**
 * A geometry that can be drawn: rings closed, of four positions or more and crossing nor touching themselves, lines of two positions or more, and
 * of one of `types` where those are given.
 *
 * @see RFC 7946 §3.1; OGC 06-103r4 §6.1.11
 */
export const geometrie: FieldCheck<ParametersOf<'geometrie'>> = {
  claimsMisfits: true,
  wholeList: true,
  prepare: ({ types }) => {
    return (value) => {
      const geometries = geometriesOf(value)
      if (!geometries) return 'violation'
      let verdict: Verdict = 'ok'
      for (const geometry of geometries) {
        if (types && !types.includes(geometry.type)) return 'violation'
        const drawn = drawable(geometry)
        if (drawn === 'violation') return 'violation'
        if (drawn === 'unknown') verdict = 'unknown'
      }
      return verdict
    }
  },
}

function drawable({ type, coordinates }: Geometry): Verdict {
  switch (type) {
    case 'LineString':
      return judge(coordinates.length >= 2)
    case 'MultiLineString':
      return judge((coordinates as readonly Nested[]).every((line) => line.length >= 2))
    case 'Polygon':
      return ringsOf(coordinates as readonly (readonly Position[])[])
    case 'MultiPolygon':
      return ringsOf((coordinates as readonly (readonly (readonly Position[])[])[]).flat())
    default:
      return 'ok'
  }
}

function ringsOf(rings: readonly (readonly Position[])[]): Verdict {
  let verdict: Verdict = 'ok'
  for (const ring of rings) {
    const [first, last] = [ring[0]!, ring.at(-1)!]
    if (ring.length < 4 || first.length !== last.length || first.some((c, i) => c !== last[i])) return 'violation'
    const crosses = crossesItself(ring)
    if (crosses) return 'violation'
    if (crosses === undefined) verdict = 'unknown'
  }
  return verdict
}
