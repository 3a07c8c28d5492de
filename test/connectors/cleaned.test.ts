import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { RecordSchema } from '../../connectors/connector.js'
import { fieldsOf } from '../../connectors/record.js'
import { cleaned } from '../../connectors/recordings/cleaned.js'
import { MadeUp } from '../../connectors/recordings/made-up.js'

const described = (kind: string, more: RecordSchema = { type: 'string' }): RecordSchema =>
  ({ ...more, kind, description: 'x' }) as RecordSchema

const types: RecordSchema[] = [
  { type: 'string' },
  { type: 'string', format: 'date' },
  { type: 'string', format: 'date-time' },
  { type: 'string', format: 'uuid' },
  { type: 'string', enum: ['a', 'b'] },
  { type: 'integer' },
  { type: 'number' },
  { type: 'boolean' },
  { type: 'object', format: 'geojson' },
  { type: 'array', items: { type: 'string' } },
]

const kinds = ['bsn', 'naam', 'contact', 'geboortedatum', 'rekening', 'vrije_tekst', 'identificatie', 'gezondheid', 'postcode']

/** Anything that JSON can hold, with a text in it that may come through nowhere. */
const anything: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom('canary', '1970-canary', 'canary@x.example', null, true, 7, -1.5, '', '2020-01-01'),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('canary', 'veld', 'type', 'coordinates'), tie('value'), { maxKeys: 3 }),
  ),
})).value

test('of a value of a person, or one that nobody described, nothing comes through, whatever its form', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...kinds),
      fc.constantFrom(...types),
      fc.dictionary(fc.constantFrom('veld', 'canary', 'groep'), anything),
      (kind, type, record) => {
        const schema: RecordSchema = {
          type: 'object',
          properties: {
            veld: described(kind, type),
            groep: { type: 'object', properties: { veld: described(kind, type) } },
          },
        }
        expect(JSON.stringify(cleaned(record, fieldsOf(schema), new MadeUp(), { kept: 0, madeUp: 0 }))).not.toContain('canary')
      },
    ),
    { numRuns: 2000 },
  )
})

test('of a field that says nothing of a person no more comes through than was described', () => {
  const closed = types.filter(({ type, enum: codes, format }) =>
    type !== 'string' && type !== 'array' ? true : codes !== undefined || format?.startsWith('date'),
  )
  fc.assert(
    fc.property(fc.constantFrom(...closed), anything, (type, veld) => {
      const schema: RecordSchema = { type: 'object', properties: { veld: described('none', type) } }
      expect(JSON.stringify(cleaned({ veld }, fieldsOf(schema), new MadeUp(), { kept: 0, madeUp: 0 }))).not.toContain('canary')
    }),
    { numRuns: 2000 },
  )
})

test('an address in a text leads to no host, and loses its query, whoever it names', () => {
  const schema: RecordSchema = { type: 'object', properties: { veld: described('none') } }
  const clean = (veld: string) => cleaned({ veld }, fieldsOf(schema), new MadeUp(), { kept: 0, madeUp: 0 }).veld
  expect(clean('https://canary:canary@canary.example/zaken/1?bsn=canary#canary')).toBe('https://bron.invalid/zaken/1')
  expect(clean('zie http://canary.example/a en https://canary.example')).toBe('zie https://bron.invalid/a en https://bron.invalid')
  expect(clean('Groen')).toBe('Groen')
})
