import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import fc from 'fast-check'
import { LosslessNumber, parse, stringify } from 'lossless-json'
import { from as copyFrom } from 'pg-copy-streams'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { StreamPlan } from '../../../config/dataset-plan.js'
import { migrate, openDatabase as openPool, type Warehouse } from '../../../sql/database.js'
import { createStaging, dropStaging, stagingTable } from '../../../sql/staging.js'
import { type PageInput, type Processed, preparePages, stagedChildColumns, stagedColumns } from '../../../worker/pipeline/page.js'
import { openDatabase, type TestDatabase } from '../../support/database.js'
import { type DatasetSketch, leaf, streamPlan } from '../plans.js'

let database: TestDatabase
let warehouse: Warehouse
beforeAll(async () => {
  database = await openDatabase()
  warehouse = openPool(database.url)
  await migrate(warehouse.db)
})
afterAll(async () => {
  await warehouse.close()
  await database.close()
})

const readAt = new Date('2026-11-25T10:00:00.123Z')

function processed(plan: StreamPlan, page: Partial<PageInput>, slice = 0, from = 0): Processed {
  return preparePages(plan, []).process({ records: [], readAt, ...page } as PageInput, slice, from)
}

/** Stages what came out of a page in real tables, one a dataset and child, and gives their rows in the order of the source. */
async function staged(plan: StreamPlan, { staged: texts }: Processed): Promise<{ [table: string]: { [column: string]: unknown }[] }> {
  await warehouse.db.transaction().execute(async (trx) => {
    for (const [at, dataset] of plan.datasets.entries()) await createStaging(trx, dataset, at)
  })
  const client = await warehouse.pool.connect()
  const rows: { [table: string]: { [column: string]: unknown }[] } = {}
  try {
    for (const { dataset, child, text } of texts) {
      const table = stagingTable(plan.datasets[dataset]!, dataset, child)
      const columns = table.columns.map((c) => `"${c}"`).join(', ')
      await pipeline(Readable.from([text]), client.query(copyFrom(`copy staging.${table.name} (${columns}) from stdin`)))
    }
    for (const [at, dataset] of plan.datasets.entries()) {
      for (const child of [undefined, ...dataset.children.keys()]) {
        const table = stagingTable(dataset, at, child)
        rows[table.name] = (await client.query(`select * from staging.${table.name} order by _slice, _seq`)).rows
      }
    }
  } finally {
    client.release()
    for (const [at, dataset] of plan.datasets.entries()) await dropStaging(warehouse.db, dataset, at)
  }
  return rows
}

test('the columns are written in the order in which staging has them', () => {
  const [dataset] = streamPlan({ a: {} }, [{ children: [{ table: 'x', field: 'a', columns: [] }] }]).datasets
  expect(stagingTable(dataset!, 1).columns).toEqual([...stagedColumns, 'id', 'a'])
  expect(stagingTable(dataset!, 1, 0).columns).toEqual([...stagedChildColumns])
})

// Everything that a source can send in a text and Postgres can hold, with a leaning to what COPY, arrays and JSON write in a special way.
const storable = fc
  .oneof(
    fc.string({ unit: 'binary' }),
    fc.string({
      unit: fc.constantFrom(
        '\\',
        '\t',
        '\n',
        '\r',
        '\b',
        '\f',
        '\v',
        'N',
        '.',
        '"',
        "'",
        '{',
        '}',
        ',',
        ' ',
        'é',
        '😀',
        '\u2028',
        '\ufeff',
      ),
    }),
    fc.constantFrom('', '\\N', '\\.', 'NULL', '{}', '{NULL}', '\\x41', '\\u0041', ' ', 'null'),
  )
  .filter((text) => !text.includes('\0'))
const maybe = <T>(one: fc.Arbitrary<T>) => fc.option(one, { nil: null })
const number = fc.tuple(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.nat(12)).map(([units, scale]) => {
  const digits = String(units < 0n ? -units : units).padStart(scale + 1, '0')
  const at = digits.length - scale
  return new LosslessNumber(`${units < 0n ? '-' : ''}${digits.slice(0, at)}${scale > 0 ? `.${digits.slice(at)}` : ''}`)
})

test('what is staged is what was read, whatever stands in it', async () => {
  const plan = streamPlan({
    tekst: {},
    teksten: { list: true },
    getal: { value: 'decimal' },
    getallen: { value: 'decimal', list: true },
    vlaggen: { value: 'boolean', list: true },
    genest: {
      value: 'json',
      inside: [leaf(['*', 'tekst']), leaf(['*', 'teksten'], 'text', 'none', true), leaf(['*', 'getal'], 'decimal')],
    },
  })
  const record = fc.record({
    tekst: maybe(storable),
    teksten: maybe(fc.array(maybe(storable), { maxLength: 4 })),
    getal: maybe(number),
    getallen: maybe(fc.array(maybe(number), { maxLength: 3 })),
    vlaggen: maybe(fc.array(maybe(fc.boolean()), { maxLength: 3 })),
    genest: maybe(
      fc.array(fc.record({ tekst: maybe(storable), teksten: maybe(fc.array(maybe(storable), { maxLength: 3 })), getal: maybe(number) }), {
        maxLength: 3,
      }),
    ),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(record, { minLength: 50, maxLength: 50 }), async (records) => {
      const numbered = records.map((r, at) => ({ id: String(at), ...r }))
      const { d0 } = await staged(plan, processed(plan, { records: numbered }))
      expect(d0).toHaveLength(records.length)
      const text = (n: LosslessNumber | null) => n?.value.replace(/^-(?=[0.]*$)/, '') ?? null
      for (const [at, row] of d0!.entries()) {
        const { tekst, teksten, getal, getallen, vlaggen, genest } = numbered[at]!
        expect(row).toMatchObject({ id: String(at), _state: 'r', _seq: at, _refused: null, _read_at: readAt })
        expect([row.tekst, row.teksten, row.getal, row.vlaggen]).toEqual([tekst, teksten, text(getal), vlaggen])
        expect((row.getallen as string[] | null)?.map(Number) ?? null).toEqual(
          getallen?.map((n) => (n === null ? 0 : Number(n.value))) ?? null,
        )
        // As text, since JavaScript has no room for these numbers.
        expect(normal(row.genest)).toEqual(normal(genest))
      }
    }),
    { numRuns: 10 },
  )
})

/** JSON with its numbers as floats, null as in an array of Postgres that has been read. */
const normal = (json: unknown): unknown => (json === null ? null : JSON.parse(stringify(json)!, (_, value) => (value === 0 ? 0 : value)))

test('types that Postgres has of its own arrive as they were shaped', async () => {
  const plan = streamPlan({
    dag: { value: 'date' },
    gezet: { value: 'datetime' },
    uuid: { value: 'uuid' },
    nummer: { value: 'integer' },
    dagen: { value: 'date', list: true },
    plek: { value: 'geometry' },
  })
  const record = {
    id: '1',
    dag: '0001-01-01',
    gezet: '2026-07-01T12:00:00.123456+02:00',
    uuid: '6C3B9A52-8F0E-4D0B-9F67-2D1C2F6F0A01',
    nummer: new LosslessNumber('-9007199254740991'),
    dagen: ['9999-12-31', null],
    plek: { type: 'Point', coordinates: [new LosslessNumber('4.360000000000000001'), new LosslessNumber('52')] },
  }
  const { d0 } = await staged(plan, processed(plan, { records: [record] }))
  expect(d0![0]).toMatchObject({
    dag: '0001-01-01',
    gezet: new Date('2026-07-01T10:00:00.123Z'),
    uuid: '6c3b9a52-8f0e-4d0b-9f67-2d1c2f6f0a01',
    nummer: -9007199254740991,
    plek: { type: 'Point', coordinates: [4.36, 52] },
  })
})

const bsn = (severity: 'reject' | 'warn' | 'report', id: string): NonNullable<DatasetSketch['rules']>[number] => ({
  id,
  field: 'bsn',
  severity,
  check: { name: 'bsn', parameters: {} },
})

test('a record lands, waits or stays outside in each dataset by itself, with its findings', async () => {
  const plan = streamPlan({ bsn: {}, soort: {} }, [
    { rules: [bsn('warn', 'nl.bsn'), bsn('report', 'eigen.bsn')] },
    { rules: [bsn('reject', 'nl.bsn')] },
    { where: [{ column: 'soort', test: 'in', values: ['b'] }] },
  ])
  const { count, staged: texts, outcomes } = processed(plan, { records: [{ id: '1', bsn: '12345678', soort: 'a' }] }, 3, 40)
  expect([count, outcomes]).toEqual([1, undefined])
  const { d0, d1, d2 } = await staged(plan, { count, staged: texts, outcomes })
  expect(d0).toMatchObject([
    { _slice: 3, _seq: 40, _state: 'r', _findings: ['nl.bsn'], _reported: ['eigen.bsn'], _refused: null, id: '1', bsn: '12345678' },
  ])
  expect(d1).toMatchObject([
    {
      _state: 'q',
      _hash: null,
      _findings: ['nl.bsn'],
      _reported: [],
      _refused: { record: { id: '1', bsn: '12345678', soort: 'a' }, findings: [{ rule: 'nl.bsn', severity: 'reject', column: 'bsn' }] },
      id: '1',
      bsn: null,
    },
  ])
  expect(d2).toMatchObject([{ _state: 'o', _refused: null, id: '1', bsn: null, soort: null }])
})

test('records, keys that are gone and records that could not be read are counted and numbered one after the other', async () => {
  const plan = streamPlan()
  const page = {
    records: [{ id: 'a' }, { id: 'b' }],
    removed: [{ id: 'c' }],
    unreadable: [
      { key: { id: 'd' }, reason: 'the source answers 500' },
      { key: null, reason: 'no key' },
    ],
  }
  const result = processed(plan, page, 1, 10)
  expect(result.count).toBe(5)
  const { d0 } = await staged(plan, result)
  expect(d0!.map((row) => [row._seq, row._state, row.id])).toEqual([
    [10, 'r', 'a'],
    [11, 'r', 'b'],
    [12, 'x', 'c'],
    [13, 'q', 'd'],
    [14, 'q', null],
  ])
  expect(d0!.at(-1)!._refused).toEqual({ record: {}, findings: [{ rule: 'read.unreadable', severity: 'reject', detail: 'no key' }] })
})

test('rows of a child table stand under the record that they came with, in their order', async () => {
  const fields = { delen: { value: 'json' as const, inside: [leaf(['*', 'naam']), leaf(['*', 'codes'], 'text', 'none', true)] } }
  const column = { value: 'text', kind: 'none', treatment: 'keep', description: '' } as const
  const columns = [
    { ...column, name: 'naam', path: ['naam'], type: 'text' },
    { ...column, name: 'codes', path: ['codes'], type: 'text[]' },
  ] as const
  const plan = streamPlan(fields, [{ columns: {}, children: [{ table: 'dataset_0_delen', field: 'delen', columns }] }])
  const records = [
    { id: 'a', delen: [{ naam: '\t\\N' }, { codes: ['"', null] }] },
    { id: 'b', delen: [] },
    { id: 'c', delen: [{ naam: 'x' }] },
    { delen: [{ naam: 'keyless' }] },
  ]
  const { d0_c0 } = await staged(plan, processed(plan, { records }))
  expect(d0_c0!.map((row) => [row._seq, row._index, row.naam, row.codes])).toEqual([
    [0, 0, '\t\\N', null],
    [0, 1, null, ['"', null]],
    [2, 0, 'x', null],
  ])
})

test('a page leaves nothing behind for the next one but the names that nobody described', () => {
  const plan = streamPlan()
  const pages = preparePages(plan, [])
  const page = (id: string) => pages.process({ records: [{ id, nieuw: 1 }], readAt }, 0, 0)
  expect(page('a').staged[0]!.text).not.toBe(page('b').staged[0]!.text)
  expect(page('c').staged[0]!.text.split('\n')).toHaveLength(2)
  expect(pages.process({ records: [], readAt }, 0, 0)).toEqual({ count: 0, staged: [], outcomes: undefined })
  expect([...pages.news]).toEqual(['nieuw'])
})

test('what goes in and what comes out can be handed to another thread', () => {
  const plan = streamPlan({ genest: { value: 'json', inside: [leaf(['a'])] } }, [
    { where: [{ column: 'genest', test: 'null' }], rules: [bsn('warn', 'nl.bsn')].map((r) => ({ ...r, field: 'id' })) },
  ])
  const records = parse('[{ "id": "1", "getal": 1 }]') as PageInput['records']
  const result = processed(plan, { records })
  expect(structuredClone(result)).toEqual(result)
  expect(processed(structuredClone(plan), { records })).toEqual(result)
})

test('for a person who tries a stream, the outcome of each record in each dataset is given too', () => {
  const plan = streamPlan({}, [{}, { where: [{ column: 'id', test: 'in', values: ['2'] }] }])
  const { outcomes } = preparePages(plan, [], undefined, true).process({ records: [{ id: '1' }], readAt }, 0, 0)
  expect(outcomes!.map(({ checked, shaped }) => [checked.goes, shaped.values])).toEqual([
    ['land', ['1']],
    ['outside', ['1']],
  ])
})
