import { expect, test } from 'vitest'
import { whereOf } from '../../../worker/pipeline/window.js'

const column = 'registratiedatum'

test('a window joins what the datasets ask of the source', () => {
  const pushed = [{ column: 'einddatum', is: null }] as const
  expect(whereOf(pushed, undefined)).toEqual(pushed)
  expect(whereOf(pushed, { column, from: '2026-01-01' })).toEqual([...pushed, { column, from: '2026-01-01' }])
})

test('of a window and a range of the datasets on the same column only what lies in both is asked for', () => {
  const pushed = [{ column, from: '2024-01-01', to: '2026-07-01' }]
  expect(whereOf(pushed, { column, from: '2023-01-01', to: '2026-01-01' })).toEqual([{ column, from: '2024-01-01', to: '2026-01-01' }])
  expect(whereOf(pushed, { column, from: '2025-01-01' })).toEqual([{ column, from: '2025-01-01', to: '2026-07-01' }])
})
