import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { shippedPacks } from '../../config/packs.js'
import type { ReferenceRule } from '../../config/rules.js'
import { columnsOf, judgeReferenceExample } from '../../sql/reference-examples.js'
import { ruleSqlFault } from '../../sql/rule-sql.js'
import { openDatabase, type TestDatabase } from '../support/database.js'

const rules = [...shippedPacks().values()].flatMap((pack) => [...pack.rules.values()]).filter((rule) => rule.level === 'reference')

let database: TestDatabase
let pool: pg.Pool
beforeAll(async () => {
  database = await openDatabase()
  pool = new pg.Pool({ connectionString: database.url })
})
afterAll(async () => {
  await pool?.end()
  await database?.close()
})

test.each(rules.map((rule) => [rule.id, rule as ReferenceRule] as const))(
  'the examples of %s are judged as the pack says',
  async (_, rule) => {
    if (rule.check.name === 'sql')
      expect(ruleSqlFault(String(rule.check.parameters.sql), ['key', ...Object.keys(rule.uses)])).toBeUndefined()
    const judge = (example: ReferenceRule['examples']['valid'][number]) => judgeReferenceExample(pool, rule, example)
    for (const example of rule.examples.valid) expect(await judge(example), JSON.stringify(example)).toEqual({ broken: [] })
    for (const example of rule.examples.invalid)
      expect(await judge(example), JSON.stringify(example)).toEqual({ broken: [expect.any(Number)] })
    expect(Math.min(rule.examples.valid.length, rule.examples.invalid.length)).toBeGreaterThanOrEqual(3)
  },
)

test('columns of made-up rows are of the narrowest type that their values have', () => {
  const rows = [
    { a: '1', b: '007', c: '2026-01-01', d: '2026-01-01T10:00:00Z', e: 'true', f: null, g: ['x', 'y'], h: '1.50', i: null },
    { a: '-20', b: '12', c: null, d: null, e: 'false', f: null, g: [], h: '2', i: '6c3b9a52-8f0e-4d0b-9f67-2d1c2f6f0a01' },
  ]
  expect(Object.fromEntries(columnsOf(rows, ['j']))).toEqual({
    ...{ a: 'bigint', b: 'text', c: 'date', d: 'timestamptz', e: 'boolean', f: 'text', g: 'text[]', h: 'numeric', i: 'uuid', j: 'text' },
  })
})

test('{key} stands for what tells made-up rows apart', async () => {
  const rows = [{ kleur: 'rood' }, { kleur: 'geel' }]
  const sql = 'select {key} from {rows} where kleur not in (select kleur from {kleuren})'
  const rule = { check: { name: 'sql', parameters: { sql } }, uses: { rows: ['kleur'], kleuren: ['kleur'] } }
  const example = { rows, kleuren: [{ kleur: 'rood' }] }
  expect(await judgeReferenceExample(pool, { ...rule, examples: { valid: [], invalid: [example] } }, example)).toEqual({ broken: [1] })
})

test('a rule that does not work says why, without a value', async () => {
  const rows = [{ uuid: 'a' }]
  const rule = { check: { name: 'sql', parameters: { sql: 'select nothing from {rows}' } }, uses: { rows: ['uuid'] } }
  const examples = { valid: [{ rows }], invalid: [] }
  expect(await judgeReferenceExample(pool, { ...rule, examples }, { rows })).toEqual({ failed: 'the rule failed (42703: no such column)' })
})
