import fc from 'fast-check'
import { LosslessNumber } from 'lossless-json'
import { expect, test } from 'vitest'
import type { Value } from '../../../../worker/pipeline/values.js'
import { crossesItself } from '../../../../worker/rules/checks/rings.js'
import { all, verdict, verdicts } from './verdict.js'

const geojson = (type: string, coordinates: unknown): Value => ({ json: { type, coordinates } })
const point = (...position: number[]): Value => geojson('Point', position)
const exact = (...position: string[]): Value =>
  geojson(
    'Point',
    position.map((c) => new LosslessNumber(c)),
  )

test('a place in the Rijksdriehoek grid lies in the Netherlands, x before y, in metres', () => {
  for (const right of [
    point(155000, 463000),
    point(84500, 447200),
    point(233000, 582000),
    point(-7000, 289000, -20),
    point(300000, 629000, 400),
  ])
    expect(verdict('rd', right)).toBe('ok')
  // Swapped, degrees, kilometres.
  for (const wrong of [point(463000, 155000), point(5.12, 52.09), point(155, 463), point(-7001, 463000), point(300001, 463000)])
    expect(verdict('rd', wrong)).toBe('violation')
  for (const wrong of [point(155000, 288999), point(155000, 629001), point(155000, 463000, -21), point(155000, 463000, 401)])
    expect(verdict('rd', wrong)).toBe('violation')
})

test('a place in degrees lies in the Netherlands, longitude before latitude', () => {
  for (const right of [
    point(5.1214, 52.0907),
    point(4.3571, 52.0116),
    point(6.5665, 53.2194),
    point(3.2, 50.7),
    point(7.3, 53.7, 12),
    exact('5.1214', '52.0907'),
  ])
    expect(verdict('wgs84', right)).toBe('ok')
  for (const wrong of [
    point(52.0907, 5.1214),
    point(0, 0),
    point(512.14, 52.09),
    point(3.19, 52),
    point(7.31, 52),
    point(5, 50.69),
    point(5, 53.71),
  ])
    expect(verdict('wgs84', wrong)).toBe('violation')
})

test('swapped axes are seen everywhere in the Netherlands, in both systems', () => {
  const between = (min: number, max: number) => fc.double({ min, max, noNaN: true })
  fc.assert(
    fc.property(between(-7000, 300000), between(300001, 629000), (x, y) => {
      expect(verdict('rd', point(x, y))).toBe('ok')
      expect(verdict('rd', point(y, x))).toBe('violation')
    }),
  )
  fc.assert(
    fc.property(between(3.2, 7.3), between(50.7, 53.7), (longitude, latitude) => {
      expect(verdict('wgs84', point(longitude, latitude))).toBe('ok')
      expect(verdict('wgs84', point(latitude, longitude))).toBe('violation')
    }),
  )
})

test('every position of a geometry has to lie there', () => {
  const square = [
    [
      [5, 52],
      [5.1, 52],
      [5.1, 52.1],
      [5, 52],
    ],
  ]
  expect(verdict('wgs84', geojson('Polygon', square))).toBe('ok')
  expect(
    verdict(
      'wgs84',
      geojson('MultiPolygon', [
        square,
        [
          [
            [5, 52],
            [5.1, 52],
            [52.1, 5.1],
            [5, 52],
          ],
        ],
      ]),
    ),
  ).toBe('violation')
  expect(
    verdict(
      'wgs84',
      geojson('LineString', [
        [5, 52],
        [0, 0],
      ]),
    ),
  ).toBe('violation')
  const both = {
    type: 'GeometryCollection',
    geometries: [
      { type: 'Point', coordinates: [5, 52] },
      { type: 'Point', coordinates: [0, 0] },
    ],
  }
  expect(verdict('wgs84', { json: both })).toBe('violation')
  expect(verdict('wgs84', { json: { ...both, geometries: both.geometries.slice(0, 1) } })).toBe('ok')
})

test('a place can be written as a pair of numbers, as WKT, or as a list of two', () => {
  const written = [
    '155000 463000',
    '155000,463000',
    '155000.5 ; 463000.25',
    'POINT (155000 463000)',
    'POINT Z (155000 463000 12)',
    'SRID=28992;POINT(155000 463000)',
  ]
  expect(verdicts('rd', written)).toEqual(all(written, 'ok'))
  expect(verdict('rd', ['155000', '463000'])).toBe('ok')
  expect(verdict('wgs84', ['5.1214', '52.0907'])).toBe('ok')
  for (const list of [['463000', '155000'], ['155000'], ['155000', '463000', '1'], ['155000', null], ['155000', ''], ['x', 'y'], []])
    expect(verdict('rd', list as Value[])).toBe('violation')
  const wrong = [
    '463000 155000',
    '155000',
    '155000 463000 12',
    'x y',
    'POINT (155000)',
    'POINT 155000 463000',
    'POINT (155000 463000',
    'POINT EMPTY',
    'CIRCLE (1 2)',
    '',
  ]
  expect(verdicts('rd', wrong)).toEqual(all(wrong, 'violation'))
})

const ring = (...positions: [number, number][]): Value => geojson('Polygon', [positions])

test('a geometry can be drawn: rings are closed, have four positions and do not cross themselves', () => {
  const right: Value[] = [
    ring([0, 0], [4, 0], [4, 4], [0, 4], [0, 0]),
    ring([0, 0], [4, 0], [0, 4], [0, 0]),
    point(5, 52),
    geojson('MultiPoint', [[1, 2]]),
    geojson('LineString', [
      [1, 2],
      [3, 4],
    ]),
    geojson('MultiLineString', [
      [
        [1, 2],
        [3, 4],
      ],
      [
        [5, 6],
        [7, 8],
      ],
    ]),
    // With a hole.
    geojson('MultiPolygon', [
      [
        [
          [0, 0],
          [9, 0],
          [9, 9],
          [0, 9],
          [0, 0],
        ],
        [
          [2, 2],
          [2, 4],
          [4, 4],
          [4, 2],
          [2, 2],
        ],
      ],
    ]),
    { json: { type: 'GeometryCollection', geometries: [{ type: 'Point', coordinates: [1, 2] }] } },
    // A position that stands twice in a row is no fault, nor is one on a straight line.
    ring([0, 0], [4, 0], [4, 0], [4, 4], [0, 4], [0, 0]),
    ring([0, 0], [2, 0], [4, 0], [4, 4], [0, 4], [0, 0]),
  ]
  for (const value of right) expect(verdict('geometrie', value)).toBe('ok')
  const wrong: Value[] = [
    ring([0, 0], [4, 0], [4, 4], [0, 4]), // open
    ring([0, 0], [4, 4], [4, 0], [0, 4], [0, 0]), // bow-tie
    geojson('Polygon', []),
    geojson('Polygon', [[]]),
    geojson('Point', []),
    ring([0, 0], [4, 0], [0, 0]), // three positions
    ring([0, 0], [4, 0], [4, 0], [0, 0]), // encloses nothing
    ring([0, 0], [4, 0], [2, 0], [0, 0]),
    ring([0, 0], [6, 0], [4, 0], [4, 4], [0, 4], [0, 0]), // goes back over itself
    ring([0, 0], [4, 0], [4, 4], [2, 0], [0, 4], [0, 0]), // touches itself
    geojson('LineString', [[1, 2]]),
    geojson('MultiLineString', [
      [
        [1, 2],
        [3, 4],
      ],
      [[5, 6]],
    ]),
    geojson('Point', [[1, 2]]),
    geojson('Polygon', [[1, 2]]),
    geojson('Point', [1]),
    geojson('Point', [1, 2, 3, 4, 5]),
    geojson('Point', [1, Number.NaN]),
    geojson('Point', [1, '2']),
    geojson('Circle', [1, 2]),
    geojson('toString', [1, 2]),
    { json: { type: 'GeometryCollection', geometries: [{ type: 'Point', coordinates: [] }] } },
    { json: { type: 'GeometryCollection' } },
    { json: null },
    { json: [1, 2] },
    true,
  ]
  for (const value of wrong) expect([value, verdict('geometrie', value)]).toEqual([value, 'violation'])
  // A ring that is closed but for its height.
  const heights = (last: number[]) => verdict('geometrie', geojson('Polygon', [[[0, 0, 1], [4, 0, 1], [4, 4, 1], last]])) // biome-ignore format: a ring
  expect(heights([0, 0, 2])).toBe('violation')
  expect(heights([0, 0])).toBe('violation')
  expect(heights([0, 0, 1])).toBe('ok')
})

test('a geometry written as WKT is judged as the same in GeoJSON', () => {
  const valid = [
    'POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0))',
    'SRID=28992;POLYGON((0 0,4 0,4 4,0 0))',
    'MULTIPOINT (1 2, 3 4)',
    'MULTIPOINT ((1 2), (3 4))',
    'LINESTRING (1 2, 3 4)',
    'multilinestring ((1 2, 3 4), (5 6, 7 8))',
    'POINT Z (1 2 3)',
    'POINT (-1.5e2 2)',
  ]
  expect(verdicts('geometrie', valid)).toEqual(all(valid, 'ok'))
  const invalid = [
    'POLYGON ((0 0, 4 4, 4 0, 0 4, 0 0))',
    'POLYGON ((0 0, 4 0, 4 4, 0 4))',
    'POLYGON (())',
    'POLYGON EMPTY',
    'POINT (1 2',
    'POINT ((1 2))',
    'POINT (1,2)',
    'POINT (1-2 3)',
    'LINESTRING (1 2)',
    '{}',
    '',
  ]
  expect(verdicts('geometrie', invalid)).toEqual(all(invalid, 'violation'))
})

test('a rule can ask for types of geometry', () => {
  const types = ['Polygon', 'MultiPolygon']
  expect(verdict('geometrie', ring([0, 0], [4, 0], [4, 4], [0, 0]), { types })).toBe('ok')
  expect(verdict('geometrie', point(1, 2), { types })).toBe('violation')
  expect(
    verdict('geometrie', { json: { type: 'GeometryCollection', geometries: [{ type: 'Point', coordinates: [1, 2] }] } }, { types }),
  ).toBe('violation')
})

/** A star: corners around a point in the order of their angle, which never crosses itself. */
const star = fc
  .array(
    fc.record({ angle: fc.double({ min: 0, max: 2 * Math.PI - 0.001, noNaN: true }), far: fc.double({ min: 1, max: 10, noNaN: true }) }),
    { minLength: 5, maxLength: 40 },
  )
  .map((corners) => {
    const around = [0, 1, 2, 3, 4].map((i) => ({ angle: i * 1.25 + 0.01, far: 5 }))
    const sorted = [...corners, ...around]
      .sort((a, b) => a.angle - b.angle)
      .filter((c, i, list) => i === 0 || c.angle - list[i - 1]!.angle > 0.001)
    const positions = sorted.map(({ angle, far }): [number, number] => [far * Math.cos(angle), far * Math.sin(angle)])
    return [...positions, positions[0]!]
  })

test('a ring whose corners go around a point does not cross itself; with two of them in each other’s place it does', () => {
  fc.assert(
    fc.property(star, fc.nat(), (positions, place) => {
      expect(crossesItself(positions)).toBe(false)
      expect(crossesItself([...positions].reverse())).toBe(false)
      // The two edges between four corners in a row cross once the middle ones swap, when these four are convex; compare with each pair.
      const at = 1 + (place % (positions.length - 3))
      const swapped = positions.map((p, i) => (i === at ? positions[at + 1]! : i === at + 1 ? positions[at]! : p))
      expect(crossesItself(swapped)).toBe(slowlyCrosses(swapped))
    }),
  )
})

/** Each pair of edges that are no neighbours, in the plainest way; for positions in general place. */
function slowlyCrosses(ring: readonly (readonly [number, number])[]): boolean {
  const side = (a: readonly number[], b: readonly number[], c: readonly number[]) =>
    Math.sign((b[0]! - a[0]!) * (c[1]! - a[1]!) - (b[1]! - a[1]!) * (c[0]! - a[0]!))
  const edges = ring.slice(1).map((b, i) => [ring[i]!, b] as const)
  return edges.some(([a, b], i) =>
    edges.some(([c, d], j) => {
      if (j <= i + 1 || (i === 0 && j === edges.length - 1)) return false
      return side(a, b, c) !== side(a, b, d) && side(c, d, a) !== side(c, d, b)
    }),
  )
}

test('what touches by less than a rounding is seen exactly', () => {
  // A corner that lies on an edge, and one that lies a hair before it.
  const on: [number, number][] = [
    [0, 0],
    [3, 1],
    [3, 3],
    [1.5, 0.5],
    [0, 3],
    [0, 0],
  ]
  expect(crossesItself(on)).toBe(true)
  const before: [number, number][] = [
    [0, 0],
    [3, 1],
    [3, 3],
    [1.5, 0.5 + 2 ** -53],
    [0, 3],
    [0, 0],
  ]
  expect(crossesItself(before)).toBe(false)
})

test('a boundary of many positions is judged, and one that would take too long is left open', () => {
  const round = (count: number): [number, number][] =>
    Array.from({ length: count + 1 }, (_, i) => {
      const angle = ((i % count) * 2 * Math.PI) / count
      return [150000 + 9000 * Math.cos(angle), 450000 + 9000 * Math.sin(angle)]
    })
  // Hardly more pairs than there are edges.
  expect(crossesItself(round(5_000), 25_000)).toBe(false)
  // Every edge of a comb spans the whole width: each has to be compared with each.
  const comb = (teeth: number): [number, number][] => [
    ...Array.from({ length: teeth }, (_, i): [number, number] => [i % 2, i]),
    [-1, teeth],
    [-1, -1],
    [0, 0],
  ]
  expect(crossesItself(comb(100))).toBe(false)
  expect(crossesItself(comb(100), 5_200)).toBe(false)
  expect(crossesItself(comb(100), 4_500)).toBeUndefined()
  const hard = comb(2_100)
  expect(verdict('geometrie', geojson('Polygon', [hard]))).toBe('unknown')
  // A ring beside it that is wrong is wrong all the same.
  const bowTie = [[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]] // biome-ignore format: a ring
  expect(verdict('geometrie', geojson('MultiPolygon', [[bowTie], [hard]]))).toBe('violation')
})
