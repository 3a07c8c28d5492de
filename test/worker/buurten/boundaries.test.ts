import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Area, Boundaries } from '../../../worker/buurten/boundaries.js'
import { prepareBuurtOf } from '../../../worker/buurten/buurten.js'
import { placeOf } from '../../../worker/buurten/place.js'
import { type Position, systemOf, toSystem } from '../../../worker/buurten/systems.js'
import { areaOf, buurten } from '../../sources/waterdam-buurten.js'

const ring = (...positions: number[]): Float64Array => Float64Array.from(positions)
const square = (x: number, y: number, side: number): Float64Array => ring(x, y, x + side, y, x + side, y + side, x, y + side, x, y)

const waterdam = (crs: 'rd' | 'wgs84'): Boundaries =>
  new Boundaries(
    buurten.map((buurt): Area => {
      const { type, coordinates } = areaOf(buurt, crs)
      const polygons = (type === 'Polygon' ? [coordinates] : coordinates) as number[][][][]
      return { code: buurt.buurtcode, polygons: polygons.map((rings) => rings.map((each) => ring(...each.flat()))) }
    }),
  )

describe('a point', () => {
  const boundaries = new Boundaries([
    { code: 'BU02', polygons: [[square(10, 0, 10)]] },
    { code: 'BU01', polygons: [[square(0, 0, 10), square(2, 2, 4)], [square(30, 0, 10)]] },
    { code: 'BU03', polygons: [[square(3, 3, 2)]] },
  ])

  test.each<[string, Position, string | null]>([
    ['within an area', [1, 1], 'BU01'],
    ['within the second polygon of an area', [35, 5], 'BU01'],
    ['in a hole', [2.5, 2.5], null],
    ['in an area within the hole of another', [4, 4], 'BU03'],
    ['on a border between two areas, in the first of them by code', [10, 5], 'BU01'],
    ['on a corner of two areas, in the first of them by code', [10, 10], 'BU01'],
    ['on the border of a hole, in the area around it', [2, 3], 'BU01'],
    ['outside of all', [25, 5], null],
    ['far away', [1e9, -1e9], null],
    ['that is none', [Number.NaN, 5], null],
  ])('%s', (_, point, code) => {
    expect(boundaries.codeAt(point)).toBe(code)
  })

  test('a hair beside a slanting border is on its own side', () => {
    const slanting = new Boundaries([
      { code: 'BU01', polygons: [[ring(0, 0, 3, 1, 0, 1, 0, 0)]] },
      { code: 'BU02', polygons: [[ring(0, 0, 3, 0, 3, 1, 0, 0)]] },
    ])
    expect(slanting.codeAt([1.5, 0.5])).toBe('BU01')
    expect(slanting.codeAt([1.5, 0.5 - Number.EPSILON / 2])).toBe('BU02')
    expect(slanting.codeAt([1.5, 0.5 + Number.EPSILON])).toBe('BU01')
  })

  test('has the code of the tile that it lies in, however many there are and whichever way their rings go', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 25 }),
        fc.boolean(),
        fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })), { maxLength: 20 }),
        (side, backwards, points) => {
          const areas = Array.from({ length: side * side }, (_, at): Area => {
            const tile = square(at % side, Math.floor(at / side), 1)
            const pairs = Array.from({ length: 5 }, (__, i) => [tile[2 * i]!, tile[2 * i + 1]!])
            return { code: String(at).padStart(4, '0'), polygons: [[ring(...(backwards ? pairs.reverse() : pairs).flat())]] }
          })
          const tiles = new Boundaries(areas)
          for (const [x, y] of points) {
            // On a border the tile to the left or below comes first by its code.
            const at = (value: number) => Math.max(0, Math.ceil(value * side) - 1)
            expect(tiles.codeAt([x * side, y * side])).toBe(String(at(y) * side + at(x)).padStart(4, '0'))
          }
        },
      ),
      { numRuns: 60 },
    )
  })

  test('in Waterdam is in one buurt, the same one in degrees and in metres', () => {
    const [rd, wgs84] = [prepareBuurtOf(waterdam('rd'), 'rd'), prepareBuurtOf(waterdam('wgs84'), 'wgs84')]
    const at = (low: number, high: number) => fc.double({ min: low, max: high, noNaN: true })
    // A metre of a border either side can differ: it is straight in one of the two systems.
    const border = [4.99, 5.01, 5.02, 5.05, 5.06, 5.09, 5.15, 52.27, 52.285, 52.3, 52.31, 52.32, 52.33]
    const clear = (value: number) => border.every((each) => Math.abs(each - value) > 5e-5)
    fc.assert(
      fc.property(at(4.99, 5.15).filter(clear), at(52.27, 52.33).filter(clear), (x, y) => {
        const code = wgs84({ json: { type: 'Point', coordinates: [x, y] } })
        expect(code).toMatch(/^BU/)
        expect(rd({ json: { type: 'Point', coordinates: [x, y] } })).toBe(code)
        expect(wgs84({ json: { type: 'Point', coordinates: toSystem([x, y], 'rd') } })).toBe(code)
      }),
    )
  })

  test('with swapped axes, or elsewhere in the world, is in no buurt: nothing is guessed', () => {
    const buurtOf = prepareBuurtOf(waterdam('wgs84'), 'wgs84')
    expect(buurtOf({ json: { type: 'Point', coordinates: [5.03, 52.28] } })).toBe('BU03630001')
    expect(buurtOf('POINT (5.03 52.28)')).toBe('BU03630001')
    expect(buurtOf({ json: { type: 'Point', coordinates: [52.28, 5.03] } })).toBeNull()
    expect(buurtOf({ json: { type: 'Point', coordinates: [0, 0] } })).toBeNull()
    expect(buurtOf('Dam 1')).toBeNull()
  })
})

/** Points of the test set of RDNAPTRANS2018: longitude, latitude, x, y. */
test.each<[string, number, number, number, number]>([
  ['Texel', 4.824761912, 53.160753042, 117380.12, 575040.34],
  ['Noord-Groningen', 6.776726674, 53.41948205, 247380.56, 604580.78],
  ['Amersfoort', 5.387203657, 52.155172897, 155000, 463000],
  ['Zeeuws-Vlaanderen', 3.397588595, 51.368607152, 16460.91, 377380.23],
  ['Zuid-Limburg', 5.773795548, 50.792584916, 182260.45, 311480.67],
  ['Maasvlakte', 4.072887101, 51.947393898, 64640.89, 440700.0101],
])('%s is converted within 25 cm, both ways', (_, longitude, latitude, x, y) => {
  const [toX, toY] = toSystem([longitude, latitude], 'rd')
  expect(Math.hypot(toX - x, toY - y)).toBeLessThan(0.25)
  const back = toSystem([x, y], 'wgs84')
  expect(Math.hypot((back[0] - longitude) * 68_000, (back[1] - latitude) * 111_000)).toBeLessThan(0.25)
  expect([systemOf([x, y]), systemOf([longitude, latitude]), systemOf([y, x]), systemOf([latitude, longitude])]).toEqual([
    'rd',
    'wgs84',
    undefined,
    undefined,
  ])
})

describe('what stands for', () => {
  test.each<[string, object, Position | undefined]>([
    ['a point is itself, without its height', { type: 'Point', coordinates: [1, 2, 3] }, [1, 2]],
    [
      'points is the first',
      {
        type: 'MultiPoint',
        coordinates: [
          [1, 2],
          [3, 4],
        ],
      },
      [1, 2],
    ],
    [
      'a line is the middle of its length',
      {
        type: 'LineString',
        coordinates: [
          [0, 0],
          [2, 0],
          [2, 6],
        ],
      },
      [2, 2],
    ],
    [
      'a line that goes nowhere is its beginning',
      {
        type: 'LineString',
        coordinates: [
          [1, 1],
          [1, 1],
        ],
      },
      [1, 1],
    ],
    [
      'lines is the middle of the longest',
      {
        type: 'MultiLineString',
        coordinates: [
          [
            [0, 0],
            [1, 0],
          ],
          [
            [0, 5],
            [4, 5],
          ],
        ],
      },
      [2, 5],
    ],
    [
      'an area is a point inside it',
      {
        type: 'Polygon',
        coordinates: [
          [
            [0, 0],
            [4, 0],
            [4, 2],
            [0, 2],
            [0, 0],
          ],
        ],
      },
      [2, 1],
    ],
    [
      'a horseshoe is a point of one of its legs, where its middle is outside',
      {
        type: 'Polygon',
        coordinates: [
          [
            [0, 0],
            [10, 0],
            [10, 10],
            [7, 10],
            [7, 2],
            [2, 2],
            [2, 10],
            [0, 10],
            [0, 0],
          ],
        ],
      },
      [8.5, 5],
    ],
    [
      'an area with a hole is a point beside the hole',
      {
        type: 'Polygon',
        coordinates: [
          [
            [0, 0],
            [10, 0],
            [10, 4],
            [0, 4],
            [0, 0],
          ],
          [
            [2, 1],
            [9, 1],
            [9, 3],
            [2, 3],
            [2, 1],
          ],
        ],
      },
      [1, 2],
    ],
    [
      'areas is a point of the largest',
      {
        type: 'MultiPolygon',
        coordinates: [
          [
            [
              [0, 0],
              [1, 0],
              [1, 1],
              [0, 1],
              [0, 0],
            ],
          ],
          [
            [
              [5, 5],
              [9, 5],
              [9, 9],
              [5, 9],
              [5, 5],
            ],
          ],
        ],
      },
      [7, 7],
    ],
    [
      'an area without height is its first corner',
      {
        type: 'Polygon',
        coordinates: [
          [
            [1, 1],
            [4, 1],
            [1, 1],
          ],
        ],
      },
      [1, 1],
    ],
    [
      'a collection is what does for its first',
      {
        type: 'GeometryCollection',
        geometries: [
          { type: 'Point', coordinates: [1, 2] },
          { type: 'Point', coordinates: [3, 4] },
        ],
      },
      [1, 2],
    ],
    ['an empty collection is nothing', { type: 'GeometryCollection', geometries: [] }, undefined],
    ['what is no geometry is nothing', { type: 'Circle', coordinates: [1, 2] }, undefined],
  ])('%s', (_, json, place) => {
    expect(placeOf({ json })?.slice(0, 2)).toEqual(place)
  })
})
