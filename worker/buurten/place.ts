/** The one point that stands for a geometry. */

import type { Value } from '../pipeline/values.js'
import { geometriesOf } from '../rules/checks/geometry.js'
import type { Position } from './systems.js'

type Line = readonly Position[]

/**
 * A point itself; of points the first; of a line the middle of its length, of lines the longest one's; of an area the middle of the widest part at half
 * its height, which lies inside whatever its form, of areas the largest one's; of a collection what goes for its first geometry.
 *
 * @returns undefined when the value cannot be read as a geometry
 */
export function placeOf(value: Value): Position | undefined {
  const [geometry] = geometriesOf(value) ?? []
  if (!geometry) return undefined
  const { type, coordinates } = geometry as unknown as { type: typeof geometry.type; coordinates: unknown }
  switch (type) {
    case 'Point':
      return coordinates as Position
    case 'MultiPoint':
      return (coordinates as Line)[0]
    case 'LineString':
      return middleOf(coordinates as Line)
    case 'MultiLineString':
      return middleOf(largest(coordinates as Line[], lengthOf))
    case 'Polygon':
      return insideOf(coordinates as Line[])
    case 'MultiPolygon':
      return insideOf(largest(coordinates as Line[][], ([outer]) => areaOf(outer!)))
  }
}

function largest<T>(parts: readonly T[], size: (part: T) => number): T {
  return parts.reduce((most, part) => (size(part) > size(most) ? part : most))
}

const distance = ([ax, ay]: Position, [bx, by]: Position): number => Math.hypot(bx - ax, by - ay)
const lengthOf = (line: Line): number => line.slice(1).reduce((length, position, at) => length + distance(line[at]!, position), 0)

function middleOf(line: Line): Position {
  let left = lengthOf(line) / 2
  for (const [at, to] of line.slice(1).entries()) {
    const from = line[at]!
    const length = distance(from, to)
    if (length > 0 && left <= length) return [from[0] + ((to[0] - from[0]) * left) / length, from[1] + ((to[1] - from[1]) * left) / length]
    left -= length
  }
  return line[0]!
}

function areaOf(ring: Line): number {
  const [ox, oy] = ring[0]!
  return Math.abs(ring.slice(1).reduce((sum, [x, y], at) => sum + (ring[at]![0] - ox) * (y - oy) - (x - ox) * (ring[at]![1] - oy), 0))
}

function insideOf(rings: readonly Line[]): Position {
  const outer = rings[0]!
  const heights = outer.map(([, y]) => y)
  const [low, high] = heights.reduce(([least, most], y) => [Math.min(least, y), Math.max(most, y)], [heights[0]!, heights[0]!])
  const y = (low + high) / 2
  const crossings = rings.flatMap((ring) => crossingsAt(ring, y)).sort((a, b) => a - b)
  let widest: Position = outer[0]!
  let width = 0
  for (let i = 1; i < crossings.length; i += 2) {
    const [left, right] = [crossings[i - 1]!, crossings[i]!]
    if (right - left <= width) continue
    width = right - left
    widest = [(left + right) / 2, y]
  }
  return widest
}

function crossingsAt(ring: Line, y: number): number[] {
  return ring.slice(1).flatMap(([bx, by], at) => {
    const [ax, ay] = ring[at]!
    return ay > y !== by > y ? [ax + ((y - ay) * (bx - ax)) / (by - ay)] : []
  })
}
