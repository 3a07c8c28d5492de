import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { fieldsOf } from '../../connectors/record.js'
import { keyIsStated, recordOf, type StatedRecord, statedKey, statedOf, statedRecord } from '../../connectors/stated-record.js'

const settings = z.strictObject({ key: statedKey, record: statedRecord }).superRefine(keyIsStated)

const stated = {
  NUMMER: { type: 'text', kind: 'none', description: 'Nummer van de voorziening' },
  BSN: { type: 'text', kind: 'bsn' },
  BEDRAG: { type: 'decimal', kind: 'none' },
  SOORT: { type: 'text' },
  GEMAAKT: { type: 'datetime', kind: 'none', volatile: 'true' },
  codes: { type: 'integer', kind: 'none', list: 'true' },
  adres: { fields: { postcode: { type: 'text', kind: 'postcode' }, plaats: { type: 'text' } } },
  regels: { list: 'true', fields: { dag: { type: 'date', kind: 'none' } } },
  leeg: { fields: { iets: { type: 'text' } } },
}
const { key, record } = settings.parse({ key: 'NUMMER', record: stated })

describe('a record that a source file states', () => {
  const fields = fieldsOf(recordOf(record, key))
  const field = (path: string) => fields.find((each) => each.path.join('.') === path)

  test('has each field with its type and kind, described by its name where nobody said more', () => {
    expect(field('NUMMER')).toMatchObject({ value: 'text', kind: 'none', required: true, description: 'Nummer van de voorziening' })
    expect(field('BSN')).toMatchObject({ value: 'text', kind: 'bsn', required: false, description: 'BSN' })
    expect(field('BEDRAG')).toMatchObject({ value: 'decimal' })
    expect(field('GEMAAKT')).toMatchObject({ value: 'datetime', volatile: true })
    expect(field('codes')).toMatchObject({ value: 'integer', list: true })
  })

  test('lands groups as their fields, and lists of groups as one value', () => {
    expect(field('adres.postcode')).toMatchObject({ value: 'text', kind: 'postcode' })
    expect(field('regels')).toMatchObject({ value: 'json', inside: [expect.objectContaining({ path: ['*', 'dag'], value: 'date' })] })
  })

  test('has no field without a kind, nor a group that has none with one', () => {
    expect(fields.map(({ path }) => path.join('.'))).toEqual(['NUMMER', 'BSN', 'BEDRAG', 'GEMAAKT', 'codes', 'adres.postcode', 'regels'])
  })
})

describe('what contradicts itself is refused', () => {
  const refusal = (change: { [field: string]: unknown }, by: string | string[] = 'NUMMER') =>
    settings
      .safeParse({ key: by, record: { ...stated, ...change } })
      .error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
      .join()

  test.each([
    ['a field without a type', { X: { kind: 'none' } }, /record\.X: a field has either a 'type', or 'fields'/],
    ['a group with a type', { X: { type: 'text', fields: {} } }, /record\.X: a field has either a 'type', or 'fields'/],
    ['a group with a kind', { X: { kind: 'none', fields: {} } }, /record\.X: what a group says of a person, its fields say/],
    ['a kind that is none', { X: { type: 'text', kind: 'bsm' } }, /record\.X\.kind/],
    ['a word that nobody knows', { X: { type: 'text', knd: 'bsn' } }, /record\.X/],
  ])('%s', (_, change, message) => {
    expect(refusal(change)).toMatch(message)
  })

  test.each([
    ['that is no field', ['NUMMER', 'NR'], /key: the key 'NR' is not a field of 'record'/],
    ['without a kind', 'SOORT', /key: the key 'SOORT' has no kind/],
    ['that is a list', 'codes', /key: the key 'codes' is a list or a group/],
  ])('a key %s', (_, by, message) => {
    expect(refusal({}, by)).toMatch(message)
  })
})

test('what is proposed from a record in JSON Schema describes the same types again, whatever they are', () => {
  const value = fc.record({
    type: fc.constantFrom('text', 'integer', 'decimal', 'boolean', 'date', 'datetime', 'duration', 'uuid', 'geometry'),
    list: fc.constantFrom(undefined, true),
  })
  const { records } = fc.letrec((tie) => ({
    records: fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), tie('field'), { minKeys: 1, maxKeys: 4 }),
    field: fc.oneof({ maxDepth: 2 }, value, fc.record({ fields: tie('records'), list: fc.constantFrom(undefined, true) })),
  }))
  const withKinds = (each: StatedRecord): StatedRecord =>
    Object.fromEntries(
      Object.entries(each).map(([name, field]) => [
        name,
        field.fields ? { ...field, fields: withKinds(field.fields) } : { ...field, kind: 'none' },
      ]),
    )
  const typesIn = (each: StatedRecord) =>
    fieldsOf(recordOf(each)).map(({ path, value, list, inside }) => ({
      path,
      value,
      list,
      inside: inside?.map(({ path, value }) => ({ path, value })),
    }))
  fc.assert(
    fc.property(records as fc.Arbitrary<StatedRecord>, (each) => {
      const first = withKinds(each)
      expect(typesIn(withKinds(statedOf(recordOf(first))))).toEqual(typesIn(first))
    }),
    { numRuns: 100 },
  )
})
