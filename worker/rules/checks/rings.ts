/** Whether a ring of a polygon is simple. */
import { orient2d } from 'robust-predicates'

type Position = readonly number[]

interface Segment {
  /** Place in the ring. */
  at: number
  ax: number
  ay: number
  bx: number
  by: number
  left: number
  right: number
}

/** Pairs of segments that are compared at most: some ten milliseconds. Only a ring that was made to be hard needs as many. */
const mostPairs = 2_000_000

/**
 * Whether a closed ring crosses or touches itself, or encloses nothing. Positions that stand twice in a row count once; heights do not count. Exact:
 * no rounding decides it.
 *
 * @param atMost pairs of segments that are compared
 * @returns undefined when it would take too long to say
 */
export function crossesItself(ring: readonly Position[], atMost = mostPairs): boolean | undefined {
  const segments = segmentsOf(ring)
  const count = segments.length
  if (count < 3) return true
  if (count === 3) return area(segments[0]!, segments[1]!) === 0
  const sorted = segments.toSorted((s, t) => s.left - t.left)
  let pairs = 0
  for (let i = 0; i < count; i++) {
    const s = sorted[i]!
    for (let j = i + 1; j < count && sorted[j]!.left <= s.right; j++) {
      if (++pairs > atMost) return undefined
      const t = sorted[j]!
      if (Math.max(s.ay, s.by) < Math.min(t.ay, t.by) || Math.max(t.ay, t.by) < Math.min(s.ay, s.by)) continue
      const apart = Math.abs(s.at - t.at)
      // Neighbours have a corner in common. Where one goes back over the other, it meets the neighbour on the other side of that.
      if (apart !== 1 && apart !== count - 1 && touches(s, t)) return true
    }
  }
  return false
}

function segmentsOf(ring: readonly Position[]): Segment[] {
  const segments: Segment[] = []
  for (let i = 1; i < ring.length; i++) {
    const [ax, ay] = ring[i - 1] as [number, number]
    const [bx, by] = ring[i] as [number, number]
    if (ax === bx && ay === by) continue
    segments.push({ at: segments.length, ax, ay, bx, by, left: Math.min(ax, bx), right: Math.max(ax, bx) })
  }
  return segments
}

/** Twice the area of the triangle that two segments in a row make; its sign is exact. */
function area(s: Segment, t: Segment): number {
  return orient2d(s.ax, s.ay, s.bx, s.by, t.bx, t.by)
}

/** Whether two segments whose boxes overlap have a point in common; on one line they have. */
function touches(s: Segment, t: Segment): boolean {
  const a = orient2d(s.ax, s.ay, s.bx, s.by, t.ax, t.ay)
  const b = orient2d(s.ax, s.ay, s.bx, s.by, t.bx, t.by)
  const c = orient2d(t.ax, t.ay, t.bx, t.by, s.ax, s.ay)
  const d = orient2d(t.ax, t.ay, t.bx, t.by, s.bx, s.by)
  return opposite(a, b) && opposite(c, d)
}

const opposite = (a: number, b: number): boolean => (a <= 0 && b >= 0) || (a >= 0 && b <= 0)
