import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { field, type RecordSchema } from '../../connectors/connector.js'
import { InvalidConnector } from '../../connectors/errors.js'
import { fieldsOf, needsExactNumbers, type RecordField } from '../../connectors/record.js'

/** The one field of a record with one property. */
function only(property: z.ZodType | RecordSchema): RecordField {
  const record =
    property instanceof z.ZodType ? z.object({ veld: property }) : { type: 'object', required: ['veld'], properties: { veld: property } }
  const fields = fieldsOf(record)
  expect(fields).toHaveLength(1)
  return fields[0]!
}

const plain = { kind: 'none', description: 'x' } as const
const as = (type: z.ZodType, more: Parameters<typeof field>[3] = {}) => field(type, 'none', 'x', more)

describe('the value of a field follows from its type', () => {
  test.each<[string, z.ZodType, Partial<RecordField>]>([
    ['text', as(z.string()), { value: 'text' }],
    ['a whole number', as(z.int()), { value: 'integer' }],
    ['a number', as(z.number()), { value: 'decimal' }],
    ['a number written as text', as(z.string(), { format: 'decimal' }), { value: 'decimal' }],
    ['a boolean', as(z.boolean()), { value: 'boolean' }],
    ['a date', as(z.iso.date()), { value: 'date' }],
    ['a moment', as(z.iso.datetime({ offset: true })), { value: 'datetime' }],
    ['a duration', as(z.iso.duration()), { value: 'duration' }],
    ['a uuid', as(z.uuid()), { value: 'uuid' }],
    ['an address', as(z.url()), { value: 'text' }],
    ['a link to a stream', as(z.url(), { reference: 'zaken' }), { value: 'reference', reference: 'zaken' }],
    ['a uuid of a stream', as(z.uuid(), { reference: 'zaken' }), { value: 'uuid', reference: 'zaken' }],
    ['a geometry', as(z.looseObject({}), { format: 'geojson' }), { value: 'geometry' }],
    ['text or a number', as(z.union([z.string(), z.number()])), { value: 'text' }],
    ['a list of texts', as(z.array(z.string())), { value: 'text', list: true }],
    ['a list of links to a stream', as(z.array(z.url()), { reference: 'zaken' }), { value: 'reference', list: true, reference: 'zaken' }],
    ['codes', as(z.enum(['a', 'b', '']), { ordered: true }), { value: 'text', codes: ['a', 'b'], ordered: true }],
    ['one code', as(z.literal('a')), { value: 'text', codes: ['a'] }],
    ['what another stream reads', as(z.unknown(), { lands: false }), { lands: false }],
    ['what the connector adds', as(z.string(), { added: true, volatile: true }), { added: true, volatile: true }],
  ])('%s', (_, type, expected) => {
    expect(only(type)).toMatchObject({
      path: ['veld'],
      kind: 'none',
      description: 'x',
      required: true,
      list: false,
      lands: true,
      ...expected,
    })
  })

  test.each<[string, RecordSchema, Partial<RecordField>]>([
    ['text that may be null', { ...plain, type: ['string', 'null'], format: 'date' }, { value: 'date', required: false }],
    ['codes that may be null', { ...plain, enum: ['a', null] }, { value: 'text', codes: ['a'] }],
    ['one of two forms', { ...plain, anyOf: [{ type: 'string' }, { type: 'null' }] }, { value: 'text', required: false }],
    ['an object with a kind', { ...plain, type: 'object', properties: { a: { ...plain, type: 'string' } } }, { value: 'json' }],
  ])('%s in JSON Schema', (_, schema, expected) => {
    expect(only(schema)).toMatchObject(expected)
  })
})

describe('a field is required', () => {
  test('when it is always there and never null, in groups that are', () => {
    const record = z.object({
      altijd: as(z.string()),
      soms: as(z.string()).optional(),
      leeg: as(z.string().nullable()),
      groep: z.object({ altijd: as(z.string()) }),
      losse_groep: z.object({ altijd: as(z.string()) }).nullable(),
    })
    expect(
      fieldsOf(record)
        .filter(({ required }) => required)
        .map(({ path }) => path.join('.')),
    ).toEqual(['altijd', 'groep.altijd'])
  })
})

test('what is said inside of nullable and optional counts, whichever way round they stand', () => {
  for (const type of [field(z.string(), 'bsn', 'BSN').nullable().optional(), field(z.string().nullish(), 'bsn', 'BSN')]) {
    expect(only(type)).toMatchObject({ kind: 'bsn', description: 'BSN', required: false })
  }
})

test('a group is flattened to its fields, at any depth', () => {
  const record = z.object({ a: z.object({ b: z.object({ c: as(z.string()) }).nullish(), d: as(z.int()) }) })
  expect(fieldsOf(record).map(({ path }) => path)).toEqual([
    ['a', 'b', 'c'],
    ['a', 'd'],
  ])
})

test('forms that differ give the fields of each, with the codes of all', () => {
  const betrokkene = z.union([
    z.object({ soort: field(z.literal('persoon'), 'none', 'Soort'), inpBsn: field(z.string(), 'bsn', 'BSN') }),
    z.object({ soort: field(z.literal('vestiging'), 'none', 'Soort'), vestigingsNummer: field(z.string(), 'none', 'Nummer') }),
  ])
  expect(fieldsOf(z.object({ betrokkene })).map(({ path, kind, codes, required }) => ({ name: path[1], kind, codes, required }))).toEqual([
    { name: 'soort', kind: 'none', codes: ['persoon', 'vestiging'], required: true },
    { name: 'inpBsn', kind: 'bsn', codes: undefined, required: false },
    { name: 'vestigingsNummer', kind: 'none', codes: undefined, required: false },
  ])
})

test('a list of objects is one value, with each described leaf inside named', () => {
  const record = z.object({
    kenmerken: as(
      z.array(
        z.object({
          kenmerk: field(z.string(), 'identificatie', 'Kenmerk'),
          groep: z.object({ codes: field(z.array(z.string()), 'none', 'Codes') }),
          regels: z.array(z.object({ bedrag: field(z.number(), 'none', 'Bedrag') })),
          weg: field(z.string(), 'bsn', 'Niet', { lands: false }),
        }),
      ),
    ),
  })
  expect(fieldsOf(record)).toMatchObject([
    {
      value: 'json',
      list: false,
      inside: [
        { path: ['*', 'kenmerk'], kind: 'identificatie', value: 'text', description: 'Kenmerk' },
        { path: ['*', 'groep', 'codes'], kind: 'none', value: 'text' },
        { path: ['*', 'regels', '*', 'bedrag'], value: 'decimal' },
      ],
    },
  ])
})

describe('a record is refused', () => {
  test.each<[string, RecordSchema | z.ZodType, string]>([
    ['when a field has no kind', z.string().meta({ description: 'x' }), "field 'veld' has no kind"],
    ['when a field has no description', { kind: 'none', type: 'string' }, "field 'veld' has no description"],
    ['when its description is blank', field(z.string(), 'none', '  '), "field 'veld' has no description"],
    [
      'when a leaf inside a list has no kind',
      as(z.array(z.object({ a: z.string().meta({ description: 'x' }) }))),
      "field 'veld.*.a' has no kind",
    ],
    ['when a field has no type', as(z.unknown()), 'has no type that can land'],
    ['when a field can be text or an object', { ...plain, type: ['string', 'object'] }, 'has no type that can land'],
    ['when nothing inside a value is described', { ...plain, type: 'object' }, 'describes nothing inside'],
    [
      'when two forms differ in a kind',
      { anyOf: [{ properties: { a: { ...plain, type: 'string' } } }, { properties: { a: { ...plain, kind: 'bsn', type: 'string' } } }] },
      'has kind none in one form and bsn in another',
    ],
  ])('%s', (_, property, fault) => {
    expect(() => only(property)).toThrow(InvalidConnector)
    expect(() => only(property)).toThrow(fault)
  })

  test('with all that is wrong at once', () => {
    const record = { type: 'object', properties: { a: { type: 'string' }, b: { kind: 'none', type: 'string' } } } as const
    const error = (() => {
      try {
        fieldsOf(record, "stream 'zaken'")
      } catch (caught) {
        return caught
      }
    })() as InvalidConnector
    expect(error.faults.map((fault) => fault.slice(0, 35))).toEqual([
      "stream 'zaken', field 'a' has no ki",
      "stream 'zaken', field 'a' has no de",
      "stream 'zaken', field 'b' has no de",
    ])
  })
})

test('numbers have to be exact when one lands, also inside another value', () => {
  const exact = (property: z.ZodType) => needsExactNumbers([only(property)])
  expect(exact(as(z.string()))).toBe(false)
  expect(exact(as(z.int()))).toBe(true)
  expect(exact(as(z.number(), { lands: false }))).toBe(false)
  expect(exact(as(z.array(z.object({ bedrag: as(z.number()) }))))).toBe(true)
})
