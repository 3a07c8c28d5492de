import fc from 'fast-check'
import { LosslessNumber } from 'lossless-json'
import { expect, test } from 'vitest'
import type { StreamPlan } from '../../../config/dataset-plan.js'
import { prepareShape, type Shaped } from '../../../worker/pipeline/shape.js'
import { leaf, streamPlan } from '../plans.js'

function shape(plan: StreamPlan, record: unknown): { shaped: Shaped; news: string[] } {
  const news = new Set<string>()
  return { shaped: prepareShape(plan)(record as { [field: string]: unknown }, news), news: [...news] }
}

/** The shaped values by column, and what does not fit, in words. */
function columns(plan: StreamPlan, record: unknown): { [column: string]: unknown } {
  const { values, problems } = shape(plan, record).shaped
  const wrong = new Map(problems.map((p) => [p.field, `${p.expected}${p.at ? ` at ${p.at}` : ''}, found ${p.found}`]))
  return Object.fromEntries(plan.fields.map((field, at) => [field.column, wrong.get(at) ?? values[at]]))
}

test('a value is shaped by the type of its field, and what is absent is null', () => {
  const plan = streamPlan({
    naam: {},
    bedrag: { value: 'decimal' },
    dag: { value: 'date' },
    open: { value: 'boolean' },
    zaak_uuid: { path: ['zaak'], value: 'reference' },
    weg: {},
  })
  expect(
    columns(plan, {
      id: 7,
      naam: 'Zaak',
      bedrag: new LosslessNumber('12.50'),
      dag: '2026-07-01',
      open: false,
      zaak: 'https://a.example/zaken/6C3B9A52-8F0E-4D0B-9F67-2D1C2F6F0A01',
      weg: null,
    }),
  ).toEqual({
    id: '7',
    naam: 'Zaak',
    bedrag: '12.50',
    dag: '2026-07-01',
    open: false,
    zaak_uuid: '6c3b9a52-8f0e-4d0b-9f67-2d1c2f6f0a01',
    weg: null,
  })
})

test('a value that does not fit is told by its type and length, and the others are shaped all the same', () => {
  const plan = streamPlan({ dag: { value: 'date' }, bedrag: { value: 'decimal' }, open: { value: 'boolean' }, naam: {} })
  expect(columns(plan, { id: '1', dag: '31-12-1999', bedrag: 'gratis', open: 1, naam: { voor: 'Jan' } })).toEqual({
    id: '1',
    dag: 'date, found text of 10 characters',
    bedrag: 'decimal, found text of 6 characters',
    open: 'boolean, found a number',
    naam: 'text, found an object',
  })
})

test('a list is shaped value by value, and fits when all of them do', () => {
  const plan = streamPlan({ dagen: { value: 'date', list: true } })
  expect(columns(plan, { id: '1', dagen: ['2026-01-01', null] }).dagen).toEqual(['2026-01-01', null])
  expect(columns(plan, { id: '1', dagen: [] }).dagen).toEqual([])
  expect(columns(plan, { id: '1', dagen: ['2026-01-01', 'morgen'] }).dagen).toBe('date, found a list of 2')
  expect(columns(plan, { id: '1', dagen: '2026-01-01' }).dagen).toBe('date, found text of 10 characters')
})

test('a field in a group is found by its path; a group that is absent has no values', () => {
  const plan = streamPlan({ reden: { path: ['verlenging', 'reden'] }, diep: { path: ['a', 'b', 'c'] } })
  expect(columns(plan, { id: '1', verlenging: { reden: 'Stukken' }, a: { b: { c: 'x' } } })).toEqual({
    id: '1',
    reden: 'Stukken',
    diep: 'x',
  })
  expect(columns(plan, { id: '1', verlenging: null, a: {} })).toEqual({ id: '1', reden: null, diep: null })
})

test('what stands where a group should is a problem of each of its fields', () => {
  const plan = streamPlan({ reden: { path: ['verlenging', 'reden'] }, duur: { path: ['verlenging', 'duur'] } })
  expect(columns(plan, { id: '1', verlenging: 'Jansen 999990019' })).toEqual({
    id: '1',
    reden: 'text, found text of 16 characters',
    duur: 'text, found text of 16 characters',
  })
  expect(columns(plan, { id: '1', verlenging: [{ reden: 'x' }] }).reden).toBe('text, found a list of 1')
  expect(columns(plan, { id: '1', verlenging: new LosslessNumber('12') }).reden).toBe('text, found a number')
})

const kenmerken = {
  kenmerken: {
    value: 'json' as const,
    inside: [
      leaf(['*', 'kenmerk']),
      leaf(['*', 'datum'], 'date'),
      leaf(['*', 'aantal'], 'integer'),
      leaf(['*', 'codes'], 'text', 'none', true),
    ],
  },
}

test('of a nested value the described paths are kept and nothing else', () => {
  const plan = streamPlan(kenmerken)
  const record = {
    id: '1',
    kenmerken: [{ kenmerk: 'A', bsn: '999990019', persoon: { naam: 'Jansen' } }, { datum: '2026-01-01', kenmerk: null }, null],
  }
  expect(columns(plan, record).kenmerken).toEqual({ json: [{ kenmerk: 'A' }, { kenmerk: null, datum: '2026-01-01' }, null] })
})

test('a value inside a nested one is shaped as a column of its type is, and numbers stay numbers', () => {
  const plan = streamPlan({
    ...kenmerken,
    zaken: { value: 'json', inside: [leaf(['*', 'url'], 'reference'), leaf(['*', 'gezet'], 'datetime'), leaf(['*', 'plek'], 'geometry')] },
  })
  const record = {
    id: '1',
    kenmerken: [{ kenmerk: 12, aantal: '12.0', codes: ['a', null] }],
    zaken: [
      {
        url: 'https://a.example/zaken/6C3B9A52-8F0E-4D0B-9F67-2D1C2F6F0A01',
        gezet: '2026-07-01T12:00:00+02:00',
        plek: { type: 'Point', coordinates: [4, 52], bewoner: 'Jansen' },
      },
    ],
  }
  expect(columns(plan, record)).toEqual({
    id: '1',
    kenmerken: { json: [{ kenmerk: '12', aantal: new LosslessNumber('12'), codes: ['a', null] }] },
    zaken: {
      json: [
        {
          url: '6c3b9a52-8f0e-4d0b-9f67-2d1c2f6f0a01',
          gezet: '2026-07-01T10:00:00.000000Z',
          plek: { type: 'Point', coordinates: [4, 52] },
        },
      ],
    },
  })
})

test.each<[string, unknown, string]>([
  ['a value that is not of its type', [{ datum: 'Jansen' }], 'date at kenmerken.*.datum, found text of 6 characters'],
  ['a number that is none', [{ aantal: '1,5' }], 'integer at kenmerken.*.aantal, found text of 3 characters'],
  ['a text that cannot be stored', [{ kenmerk: 'a\0b' }], 'text at kenmerken.*.kenmerk, found text of 3 characters, a NUL among them'],
  ['an object in place of a value', [{ kenmerk: { naam: 'Jansen' } }], 'text at kenmerken.*.kenmerk, found an object'],
  ['a list in place of a value', [{ kenmerk: ['Jansen'] }], 'text at kenmerken.*.kenmerk, found a list of 1'],
  ['a value in place of a list', [{ codes: 'a' }], 'text at kenmerken.*.codes, found text of 1 characters'],
  ['a value in place of an element', ['Jansen'], 'json at kenmerken.*, found text of 6 characters'],
  ['an object in place of the list', { kenmerk: 'A' }, 'json at kenmerken, found an object'],
  ['a text in place of the list', 'Jansen', 'json at kenmerken, found text of 6 characters'],
])('%s inside a nested one does not fit, and is told with its place', (_, raw, told) => {
  expect(columns(streamPlan(kenmerken), { id: '1', kenmerken: raw }).kenmerken).toBe(told)
})

test('fields that nobody described are told by their names, those in groups with their place', () => {
  const plan = streamPlan({ reden: { path: ['verlenging', 'reden'] }, etag: { path: ['@odata.etag'] } })
  const record = { id: '1', '@odata.etag': 'x', nieuw: 'Jansen', verlenging: { reden: 'x', door: { naam: 'Jansen' } }, 'eigen veld': 1 }
  expect(shape(plan, record).news).toEqual(['nieuw', 'verlenging.door', 'eigen veld'])
})

test('a name that looks like a value is not told', () => {
  expect(shape(streamPlan(), { id: '1', 999990019: {}, 'BSN 12345678': 1, 'Jansen, J. (man)': 2 }).news).toEqual(['…'])
})

test('a record that is a map from values does not fill the memory with names', () => {
  const record = Object.fromEntries(Array.from({ length: 5000 }, (_, at) => [`naam${at}`, at]))
  expect(shape(streamPlan(), { id: '1', ...record }).news).toHaveLength(200)
})

test('names that every object has by itself are no fields', () => {
  const plan = streamPlan({ constructor: {}, inhoud: { value: 'json', inside: [leaf(['toString'])] } })
  expect(columns(plan, { id: '1', inhoud: {} })).toEqual({ id: '1', constructor: null, inhoud: { json: {} } })
})

const types = ['text', 'integer', 'decimal', 'boolean', 'date', 'datetime', 'duration', 'uuid', 'reference', 'geometry', 'json'] as const

test('whatever a record holds, each field has a value or a problem, and a problem tells no value', () => {
  const inside = [leaf(['*', 'a'], 'integer'), leaf(['b', 'c'], 'date')]
  const plan = streamPlan(
    Object.fromEntries(
      types.flatMap((value) => [
        [value, { value, inside }],
        [`${value}_list`, { value, list: value !== 'json', inside }],
      ]),
    ),
  )
  const shaping = prepareShape(plan)
  const secret = 'GEHEIM'
  const raw = fc.anything({
    values: [fc.string().map((text) => `${secret}${text}`), fc.integer(), fc.double(), fc.boolean(), fc.constant(null)],
  })
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...plan.fields.map((f) => f.column)), raw), (record) => {
      const { values, problems } = shaping(record, new Set())
      expect(values).toHaveLength(plan.fields.length)
      expect(JSON.stringify(problems)).not.toContain(secret)
      for (const { field } of problems) expect(values[field]).toBeNull()
    }),
    { numRuns: 1000 },
  )
})
