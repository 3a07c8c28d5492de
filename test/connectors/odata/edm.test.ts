import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type EdmType, literalOf } from '../../../connectors/odata/edm.js'
import type { Edm, Version } from '../../sources/odata/model.js'
import { literalValue } from '../../sources/odata/query.js'

describe.each([2, 3, 4] as Version[])('a literal of version %s', (version) => {
  test('of any text is read back as that text, by a service that takes its own notation only', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(literalValue('String', literalOf('String', text, version), version)).toBe(text)
      }),
    )
  })

  test.each([
    ['Int64', '9007199254742633'],
    ['Int32', '-7'],
    ['Decimal', '0.10'],
    ['Boolean', 'true'],
    ['Guid', '00000000-0000-4000-8000-000000000001'],
    ['DateTimeOffset', '2026-03-02T09:30:00.1234567Z'],
    ['DateTimeOffset', '2026-03-02T09:30:00+01:00'],
  ] as [EdmType, string][])('of %s %s keeps every digit', (edm, text) => {
    expect(literalValue(edm as Edm, literalOf(edm, text, version), version)).toBe(text)
  })
})

test.each([
  ['2026-03-02T09:30:00.25', "datetime'2026-03-02T09:30:00.25'"],
  ['2026-03-02T09:30:00Z', "datetime'2026-03-02T09:30:00'"],
  ['2026-03-02T09:30:00+01:00', "datetime'2026-03-02T09:30:00'"],
  ['2026-03-02', "datetime'2026-03-02T00:00:00'"],
])('Edm.DateTime has no zone: %s', (text, literal) => {
  expect(literalOf('DateTime', text, 2)).toBe(literal)
})
