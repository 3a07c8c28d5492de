/** Geometry as GeoJSON (RFC 7946), whose coordinates may be numbers that keep their text. */
import { isLosslessNumber } from 'lossless-json'

/** The first position of a geometry; undefined where it has none that can be read. */
export function firstPosition(geometry: unknown): readonly [x: number, y: number] | undefined {
  for (const position of positionsOf(geometry)) return position
  return undefined
}

export interface Box {
  xmin: number
  ymin: number
  xmax: number
  ymax: number
}

/** The box around a geometry; undefined where it has no position. Of positions in three dimensions the height is left out. */
export function boxOf(geometry: unknown): Box | undefined {
  let box: Box | undefined
  for (const [x, y] of positionsOf(geometry)) {
    box ??= { xmin: x, ymin: y, xmax: x, ymax: y }
    if (x < box.xmin) box.xmin = x
    if (x > box.xmax) box.xmax = x
    if (y < box.ymin) box.ymin = y
    if (y > box.ymax) box.ymax = y
  }
  return box
}

function* positionsOf(geometry: unknown): Generator<readonly [x: number, y: number]> {
  if (typeof geometry !== 'object' || geometry === null) return
  const { coordinates, geometries } = geometry as { coordinates?: unknown; geometries?: unknown }
  if (Array.isArray(geometries)) for (const each of geometries) yield* positionsOf(each)
  else yield* positionsIn(coordinates)
}

function* positionsIn(coordinates: unknown): Generator<readonly [x: number, y: number]> {
  if (!Array.isArray(coordinates)) return
  if (Array.isArray(coordinates[0])) {
    for (const part of coordinates) yield* positionsIn(part)
    return
  }
  const [x, y] = coordinates.slice(0, 2).map((c) => (typeof c === 'number' || isLosslessNumber(c) ? Number(c) : Number.NaN))
  if (Number.isFinite(x) && Number.isFinite(y)) yield [x!, y!]
}
