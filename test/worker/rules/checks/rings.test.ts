import { expect, test } from 'vitest'
import { crossesItself } from '../../../../worker/rules/checks/rings.js'
import { verdict } from './verdict.js'

type Ring = readonly (readonly [number, number])[]

/** The ring from each of its corners, both ways around, turned by each quarter, and moved to where its numbers have other signs. */
function* everyWay(corners: Ring): Generator<Ring> {
  for (let from = 0; from < corners.length; from++) {
    const begun = [...corners.slice(from), ...corners.slice(0, from)]
    for (const way of [begun, [...begun].reverse()]) {
      for (const [dx, dy] of [
        [0, 0],
        [-3, -1],
        [-1, -3],
        [-50, 20],
      ] as const) {
        let turned: Ring = way.map(([x, y]) => [x + dx, y + dy])
        for (let quarter = 0; quarter < 4; quarter++) {
          yield [...turned, turned[0]!]
          turned = turned.map(([x, y]) => [-y, x])
        }
      }
    }
  }
}

const says = (corners: Ring) => new Set([...everyWay(corners)].map((ring) => crossesItself(ring)))

test.each<[what: string, corners: Ring]>([
  [
    'a triangle',
    [
      [0, 0],
      [4, 0],
      [0, 4],
    ],
  ],
  [
    'a square',
    [
      [0, 0],
      [4, 0],
      [4, 4],
      [0, 4],
    ],
  ],
  [
    'a square with corners on its edges',
    [
      [0, 0],
      [1, 0],
      [3, 0],
      [4, 0],
      [4, 2],
      [4, 4],
      [2, 4],
      [0, 4],
      [0, 1],
    ],
  ],
  [
    'a slanting edge with corners on it',
    [
      [0, 0],
      [2, 1],
      [4, 2],
      [6, 3],
      [0, 5],
    ],
  ],
  [
    'two edges on one line with room between them',
    [
      [0, 0],
      [4, 0],
      [4, 1],
      [2, 1],
      [2, 2],
      [4, 2],
      [4, 3],
      [0, 3],
    ],
  ],
  [
    'a corner just before an edge',
    [
      [0, 0],
      [6, 0],
      [6, 4],
      [3, 0.001],
      [0, 4],
    ],
  ],
  [
    'a corner at the height of an edge, beside it',
    [
      [0, 0],
      [4, 0],
      [4, 2],
      [6, 2],
      [6, 0],
      [8, 0],
      [8, 4],
      [0, 4],
    ],
  ],
  [
    'a sharp corner',
    [
      [0, 0],
      [6, 0.001],
      [6, 0],
      [7, 3],
    ],
  ],
  [
    'a position that stands twice in a row',
    [
      [0, 0],
      [4, 0],
      [4, 0],
      [4, 4],
      [0, 4],
    ],
  ],
])('%s is a ring that does not cross or touch itself', (_, corners) => {
  expect(says(corners)).toEqual(new Set([false]))
})

test.each<[what: string, corners: Ring]>([
  [
    'a bow-tie',
    [
      [0, 0],
      [4, 4],
      [4, 0],
      [0, 4],
    ],
  ],
  [
    'a corner on an edge',
    [
      [0, 0],
      [6, 0],
      [6, 4],
      [3, 0],
      [0, 4],
    ],
  ],
  [
    'a corner on a slanting edge',
    [
      [0, 0],
      [6, 3],
      [6, 6],
      [2, 1],
      [0, 6],
    ],
  ],
  [
    'a corner that is met twice',
    [
      [0, 0],
      [2, 0],
      [2, 2],
      [4, 2],
      [4, 4],
      [2, 4],
      [2, 2],
      [0, 2],
    ],
  ],
  [
    'an edge along another',
    [
      [0, 0],
      [4, 0],
      [4, 3],
      [6, 3],
      [6, 0],
      [2, 0],
      [2, -2],
      [0, -2],
    ],
  ],
  [
    'an edge that lies inside another',
    [
      [0, 0],
      [8, 0],
      [8, 4],
      [5, 4],
      [5, 0],
      [3, 0],
      [3, 4],
      [0, 4],
    ],
  ],
  [
    'an edge that goes back',
    [
      [0, 0],
      [4, 0],
      [4, 4],
      [4, 2],
      [0, 2],
    ],
  ],
  [
    'a slanting edge that goes back',
    [
      [0, 0],
      [6, 3],
      [2, 1],
      [0, 5],
    ],
  ],
  [
    'an edge that goes back further than it came',
    [
      [0, 0],
      [4, 0],
      [4, 4],
      [4, -2],
      [0, -2],
    ],
  ],
  [
    'a line there and back',
    [
      [0, 0],
      [4, 1],
    ],
  ],
  [
    'three corners on one line',
    [
      [0, 0],
      [4, 2],
      [2, 1],
    ],
  ],
  ['one position', [[1, 1]]],
  [
    'one position, several times',
    [
      [1, 1],
      [1, 1],
      [1, 1],
      [1, 1],
    ],
  ],
])('%s is no ring', (_, corners) => {
  expect(says(corners)).toEqual(new Set([true]))
})

test('as many pairs are compared as is allowed, and no more', () => {
  const square: Ring = [
    [0, 0],
    [4, 0],
    [4, 4],
    [0, 4],
    [0, 0],
  ]
  const needs = [1, 2, 3, 4, 5, 6, 7].find((most) => crossesItself(square, most) !== undefined)!
  expect(crossesItself(square, needs)).toBe(false)
  expect(crossesItself(square, needs - 1)).toBeUndefined()
  // All but the pair of upright edges lie beside each other.
  expect(needs).toBe(5)
})

test('a geometry of few or odd numbers is judged as it is written', () => {
  expect(verdict('geometrie', { json: { type: 'Point', coordinates: [1, 2, 3, 4] } })).toBe('ok')
  expect(verdict('geometrie', 'POINT (1   2)')).toBe('ok')
  for (const pair of [
    ['1', ''],
    ['1', ' '],
    ['1', 'x'],
    ['x', '1'],
  ])
    expect(verdict('geometrie', pair)).toBe('violation')
  const higher = [
    [0, 0],
    [4, 0],
    [4, 4],
    [0, 0, 1],
  ]
  expect(verdict('geometrie', { json: { type: 'Polygon', coordinates: [higher] } })).toBe('violation')
})
