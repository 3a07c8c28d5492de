/** Which of many areas a point lies in. */
import { orient2d } from 'robust-predicates'
import type { Position } from './systems.js'

/** An area with its code: polygons, each its outer ring first, then its holes; a ring as x, y, x, y, … and closed. */
export interface Area {
  code: string
  polygons: readonly (readonly Float64Array[])[]
}

/** More cells than this in a row find no point sooner: an area then lies in many of them. */
const mostCells = 256

/** Areas in one system of coordinates, with a grid over them: a point is compared with the few whose box lies in its cell. */
export class Boundaries {
  readonly #areas: readonly Area[]
  readonly #cells: number[][]
  readonly #side: number
  readonly #box: Box

  constructor(areas: readonly Area[]) {
    // A point on a border belongs to the area that comes first by its code, whoever else it touches.
    this.#areas = areas.toSorted((a, b) => (a.code < b.code ? -1 : 1))
    const boxes = this.#areas.map(({ polygons }) => boxOf(polygons.map(([outer]) => outer!)))
    this.#box = boxes.reduce(joined, emptyBox)
    this.#side = Math.min(mostCells, Math.max(1, Math.ceil(Math.sqrt(areas.length) * 2)))
    this.#cells = Array.from({ length: this.#side ** 2 }, () => [])
    for (const [at, { xmin, ymin, xmax, ymax }] of boxes.entries()) {
      for (let column = this.#column(xmin); column <= this.#column(xmax); column++)
        for (let row = this.#row(ymin); row <= this.#row(ymax); row++) this.#cells[row * this.#side + column]!.push(at)
    }
  }

  /** The code of the area that a point lies in or on the border of; null outside of all. */
  codeAt([x, y]: Position): string | null {
    const { xmin, ymin, xmax, ymax } = this.#box
    if (!(x >= xmin && x <= xmax && y >= ymin && y <= ymax)) return null
    const near = this.#cells[this.#row(y) * this.#side + this.#column(x)]!
    const at = near.find((each) => this.#areas[each]!.polygons.some((rings) => holds(rings, x, y)))
    return at === undefined ? null : this.#areas[at]!.code
  }

  #column(x: number): number {
    return cell(x, this.#box.xmin, this.#box.xmax, this.#side)
  }

  #row(y: number): number {
    return cell(y, this.#box.ymin, this.#box.ymax, this.#side)
  }
}

const cell = (value: number, from: number, to: number, count: number): number =>
  to > from ? Math.min(count - 1, Math.floor(((value - from) / (to - from)) * count)) : 0

/**
 * Whether a polygon holds a point, its borders included, those of holes too. Exact: the side of a line that a point is on is decided without rounding.
 */
function holds(rings: readonly Float64Array[], x: number, y: number): boolean {
  let inside = false
  for (const ring of rings) {
    for (let i = 2; i < ring.length; i += 2) {
      const [ax, ay, bx, by] = [ring[i - 2]!, ring[i - 1]!, ring[i]!, ring[i + 1]!]
      if ((ay < y && by < y) || (ay > y && by > y) || (ax < x && bx < x)) continue
      const side = orient2d(ax, ay, bx, by, x, y)
      if (side === 0 && x >= Math.min(ax, bx) && x <= Math.max(ax, bx)) return true
      // A line from the point to the right crosses this one: upwards with the point on its left, or downwards with it on its right.
      if (ay > y !== by > y && leftOf(side) === by > ay) inside = !inside
    }
  }
  return inside
}

/** orient2d is made for an axis that points down: a point on the left of a line is negative to it. */
const leftOf = (side: number): boolean => side < 0

interface Box {
  xmin: number
  ymin: number
  xmax: number
  ymax: number
}

const emptyBox: Box = { xmin: Infinity, ymin: Infinity, xmax: -Infinity, ymax: -Infinity }

function joined(a: Box, b: Box): Box {
  return {
    xmin: Math.min(a.xmin, b.xmin),
    ymin: Math.min(a.ymin, b.ymin),
    xmax: Math.max(a.xmax, b.xmax),
    ymax: Math.max(a.ymax, b.ymax),
  }
}

function boxOf(rings: readonly Float64Array[]): Box {
  const box = { ...emptyBox }
  for (const ring of rings) {
    for (let i = 0; i < ring.length; i += 2) {
      box.xmin = Math.min(box.xmin, ring[i]!)
      box.xmax = Math.max(box.xmax, ring[i]!)
      box.ymin = Math.min(box.ymin, ring[i + 1]!)
      box.ymax = Math.max(box.ymax, ring[i + 1]!)
    }
  }
  return box
}
