import type { JsonValue, Zaak } from './model.js'

type Point = readonly number[]

/** The outer ring of the polygon in `{ within: … }`; undefined when it is none. */
export function within(value: JsonValue): readonly Point[] | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const area = value.within
  if (typeof area !== 'object' || area === null || Array.isArray(area) || area.type !== 'Polygon') return undefined
  const ring = Array.isArray(area.coordinates) ? area.coordinates[0] : undefined
  return Array.isArray(ring) && ring.length >= 4 ? (ring as unknown as Point[]) : undefined
}

/** Whether a zaak has a geometry, and all of it lies in an area. */
export function zaakIn(area: readonly Point[]): (zaak: Zaak) => boolean {
  return ({ zaakgeometrie }) => {
    if (zaakgeometrie === null) return false
    const { type, coordinates } = zaakgeometrie as { type: string; coordinates: unknown }
    const points = type === 'Point' ? [coordinates as Point] : (coordinates as Point[][])[0]!
    return points.every((point) => contains(area, point))
  }
}

/** A line from the point to the east crosses the ring an odd number of times. */
function contains(ring: readonly Point[], [x, y]: Point): boolean {
  let inside = false
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [xi, yi] = ring[i] as [number, number]
    const [xj, yj] = ring[j] as [number, number]
    if (yi > y! !== yj > y! && x! < ((xj - xi) * (y! - yi)) / (yj - yi) + xi) inside = !inside
  }
  return inside
}
