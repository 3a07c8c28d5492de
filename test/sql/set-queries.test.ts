import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { NamedCheck } from '../../config/dataset-plan.js'
import type { ExampleColumn } from '../../sql/example-rows.js'
import { judgeRows } from '../../sql/set-rules.js'
import { openDatabase, type TestDatabase } from '../support/database.js'

let database: TestDatabase
let pool: pg.Pool
beforeAll(async () => {
  database = await openDatabase()
  pool = new pg.Pool({ connectionString: database.url })
})
afterAll(async () => {
  await pool.end()
  await database.close()
})

type Row = (string | null)[]

/** Judges rows that are written as lists, in the order of the columns. */
async function broken(check: NamedCheck, columns: { [name: string]: ExampleColumn['type'] }, rows: Row[]) {
  const names = Object.keys(columns)
  const answer = await judgeRows(
    pool,
    check,
    names.map((name) => ({ name, type: columns[name]! })),
    rows.map((row) => Object.fromEntries(names.map((name, i) => [name, row[i]!]))),
  )
  return 'broken' in answer ? answer.broken : answer.failed
}

const unique: NamedCheck = { name: 'unique', parameters: { columns: ['organisatie', 'nummer'] } }
const numbers = { organisatie: 'text', nummer: 'text' } as const

test('rows with the same values together break `unique`, each of them', async () => {
  const rows: Row[] = [
    ['a', '1'],
    ['a', '2'],
    ['b', '1'],
    ['a', '1'],
  ]
  expect(await broken(unique, numbers, rows)).toEqual([0, 3])
})

test('a row without one of the values is no double of another', async () => {
  const rows: Row[] = [
    ['a', null],
    ['a', null],
    [null, null],
  ]
  expect(await broken(unique, numbers, rows)).toEqual([])
})

test('`at-most-one` counts only the rows that its condition names', async () => {
  const check: NamedCheck = { name: 'at-most-one', parameters: { per: ['zaak'], where: { soort: ['initiator', 'mede'], einde: null } } }
  const columns = { zaak: 'text', soort: 'text', einde: 'date' } as const
  const rows: Row[] = [
    ['z', 'initiator', null],
    ['z', 'mede', null],
    ['z', 'adviseur', null],
    ['z', 'initiator', '2026-01-01'],
    ['y', 'initiator', null],
  ]
  expect(await broken(check, columns, rows)).toEqual([0, 1])
})

test('a condition on a boolean and on a number is written as its text', async () => {
  const check: NamedCheck = { name: 'at-most-one', parameters: { per: ['a'], where: { b: 'true', c: '2' } } }
  const rows: Row[] = [
    ['x', 'true', '2'],
    ['x', 'true', '2'],
    ['x', 'false', '2'],
    ['x', 'true', '3'],
  ]
  expect(await broken(check, { a: 'text', b: 'boolean', c: 'bigint' }, rows)).toEqual([0, 1])
})

test('a quote in a value or a name is no SQL', async () => {
  const check: NamedCheck = { name: 'at-most-one', parameters: { per: ['o"o'], where: { c: "'; drop table x; --" } } }
  const rows: Row[] = [
    ['x', "'; drop table x; --"],
    ['x', "'; drop table x; --"],
    ['x', 'y'],
  ]
  expect(await broken(check, { 'o"o': 'text', c: 'text' }, rows)).toEqual([0, 1])
})

const period = (end: 'inclusive' | 'exclusive'): NamedCheck => ({
  name: 'no-overlap',
  parameters: { per: ['type'], from: 'van', to: 'tot', end },
})
const days = { type: 'text', van: 'date', tot: 'date' } as const

test('periods that share their last and first day overlap where the end still belongs to them', async () => {
  const rows: Row[] = [
    ['a', '2020-01-01', '2020-12-31'],
    ['a', '2020-12-31', null],
  ]
  expect(await broken(period('inclusive'), days, rows)).toEqual([0, 1])
  expect(await broken(period('exclusive'), days, rows)).toEqual([])
})

test('periods that follow each other do not overlap', async () => {
  const rows: Row[] = [
    ['a', '2020-01-01', '2020-12-31'],
    ['a', '2021-01-01', null],
    ['b', '2020-06-01', null],
  ]
  expect(await broken(period('inclusive'), days, rows)).toEqual([])
})

test('an open period overlaps all that begin later, and a long one those inside it', async () => {
  const rows: Row[] = [
    ['a', '2019-01-01', null],
    ['a', '2020-01-01', '2020-02-01'],
    ['a', '2021-01-01', '2021-02-01'],
    ['a', '2010-01-01', '2010-02-01'],
  ]
  expect(await broken(period('inclusive'), days, rows)).toEqual([0, 1, 2])
})

test('two periods that are the same overlap, by day and by moment', async () => {
  const rows: Row[] = [
    ['a', '2020-01-01', '2020-02-01'],
    ['a', '2020-01-01', '2020-02-01'],
  ]
  expect(await broken(period('inclusive'), days, rows)).toEqual([0, 1])
  expect(await broken(period('exclusive'), { type: 'text', van: 'timestamptz', tot: 'timestamptz' }, rows)).toEqual([0, 1])
})

test('a period that ends before it begins, or has no begin, overlaps nothing', async () => {
  const rows: Row[] = [
    ['a', '2020-01-01', '2020-12-31'],
    ['a', '2020-06-01', '2020-05-01'],
    ['a', null, '2020-05-01'],
    [null, '2020-06-01', null],
    [null, '2020-06-01', null],
  ]
  expect(await broken(period('inclusive'), days, rows)).toEqual([])
})

const dayOf = (n: number) => `2020-01-${String(n).padStart(2, '0')}`
const someDay = fc.integer({ min: 1, max: 12 })

test.each(['inclusive', 'exclusive'] as const)(
  'of periods with an %s end, those that share a moment with another are found, and no others',
  async (end) => {
    const row = fc.record({ type: fc.constantFrom('a', 'b'), from: someDay, to: fc.option(someDay) })
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 8 }), async (rows) => {
        const held = rows.map(({ type, from, to }) => ({ type, from, to: to ?? 99 }))
        const holdsSome = ({ from, to }: { from: number; to: number }) => (end === 'inclusive' ? to >= from : to > from)
        const meet = (a: (typeof held)[number], b: (typeof held)[number]) =>
          a.type === b.type && (end === 'inclusive' ? a.from <= b.to && b.from <= a.to : a.from < b.to && b.from < a.to)
        const wrong = held.flatMap((a, i) => (holdsSome(a) && held.some((b, j) => i !== j && holdsSome(b) && meet(a, b)) ? [i] : []))
        const written = rows.map(({ type, from, to }): Row => [type, dayOf(from), to === null ? null : dayOf(to)])
        expect(await broken(period(end), days, written)).toEqual(wrong)
      }),
      { numRuns: 60 },
    )
  },
)

test('of trees, the rows that are too deep and those in or under a circle are found, and no others', async () => {
  const edges = fc.array(fc.option(fc.integer({ min: 0, max: 9 })), { minLength: 1, maxLength: 8 })
  await fc.assert(
    fc.asyncProperty(edges, fc.integer({ min: 2, max: 4 }), async (parents, levels) => {
      const depth = (at: number, steps = 1): number => {
        const up = parents[at]
        return steps > 20 ? 99 : up === null || up === undefined || up >= parents.length ? steps : depth(up, steps + 1)
      }
      const wrong = parents.flatMap((_, at) => (depth(at) > levels ? [at] : []))
      const written = parents.map((up, at): Row => [String(at), up === null ? null : String(up)])
      expect(await broken(tree(levels), nodes, written)).toEqual(wrong)
    }),
    { numRuns: 60 },
  )
})

const tree = (levels: number): NamedCheck => ({ name: 'hierarchy', parameters: { parent: 'boven', levels } })
const nodes = { id: 'text', boven: 'text' } as const

test('rows deeper than the levels that there may be break a tree', async () => {
  const rows: Row[] = [
    ['a', null],
    ['b', 'a'],
    ['c', 'b'],
    ['d', 'c'],
    ['e', 'elsewhere'],
    ['f', 'e'],
  ]
  expect(await broken(tree(2), nodes, rows)).toEqual([2, 3])
  expect(await broken(tree(4), nodes, rows)).toEqual([])
})

test('rows in a circle, and those that hang from it, break a tree', async () => {
  const rows: Row[] = [
    ['a', 'b'],
    ['b', 'a'],
    ['c', 'c'],
    ['d', 'c'],
    ['e', null],
  ]
  expect(await broken(tree(100), nodes, rows)).toEqual([0, 1, 2, 3])
})

test('the SQL of an author gives the keys, and what is no key of a row is left out', async () => {
  const check: NamedCheck = {
    name: 'sql',
    parameters: { sql: "select id from {rows} r where n > 5 union select 'zz' from {rows} -- done" },
  }
  const rows: Row[] = [
    ['a', '5'],
    ['b', '6'],
  ]
  expect(await broken(check, { id: 'text', n: 'bigint' }, rows)).toEqual([1])
})

test('SQL that fails says so by its code, without a value', async () => {
  const check = (sql: string): NamedCheck => ({ name: 'sql', parameters: { sql } })
  const rows: Row[] = [['geheim', '5']]
  const columns = { id: 'text', n: 'bigint' } as const
  expect(await broken(check('select id from {rows} where id::int = 1'), columns, rows)).toMatch(/^the rule failed \(22P02/)
  expect(await broken(check('select x from {rows}'), columns, rows)).toMatch(/42703/)
  expect(await broken(check('with gone as (delete from {rows} returning id) select id from gone'), columns, rows)).toMatch(
    /the rule failed/,
  )
})
