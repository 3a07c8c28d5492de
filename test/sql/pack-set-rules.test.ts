import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { judgeExamples } from '../../cli/rule-examples.js'
import { shippedPacks } from '../../config/packs.js'
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

const all = [...shippedPacks().values()].flatMap((pack) => [...pack.rules.values()])
const rules = all.flatMap((rule) => (rule.level === 'dataset' || rule.level === 'load' ? [[rule.id, rule] as const] : []))

test('there are rules on a dataset and on a load to judge', () => {
  expect(rules.map(([id]) => id)).toEqual(
    expect.arrayContaining([
      'zgw-zaken.zrc-002',
      'zgw-zaken.zrc-013b',
      'zgw-catalogi.ztc-016',
      'bag.voorkomens',
      'load.aantal',
      'load.codes',
    ]),
  )
})

test.each(rules)('the examples of %s are what they say', async (_, rule) => {
  expect(await judgeExamples(rule, { columns: [], streams: [], dataset: undefined, pool })).toEqual({ faults: [] })
})

test.each(rules)('%s has three examples on each side, and says since when it holds', (_, { examples, validFrom }) => {
  expect(Math.min(examples.valid.length, examples.invalid.length)).toBeGreaterThanOrEqual(3)
  expect(validFrom).toMatch(/^(19|20)\d\d-\d\d-\d\d$/)
})
