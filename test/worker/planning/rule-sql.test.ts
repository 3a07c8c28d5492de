import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ListsProject, openLists } from '../../pitfalls/lists.js'

let project: ListsProject
beforeAll(async () => {
  project = await openLists()
})
afterAll(() => project.close())

const contract = (sql: string) => ({
  'datasets/lists/page.yaml': `from: lists/page
rules:
  own:
    waarde-naam:
      uses: { rows: [naam, waarde] }
      check:
        sql: ${sql}
      severity: warn
      nl: Een zin.
      en: A sentence.
      examples: { valid: [[{ naam: a }]], invalid: [[{ naam: a }]] }
`,
})
const block = (...lines: string[]) => `|${lines.map((line) => `\n          ${line}`).join('')}`
const refused = async (sql: string) => {
  try {
    await project.apply(contract(sql))
  } catch (error) {
    return (error as Error).message
  }
  return undefined
}

test('SQL that runs is applied, with or without names for the key', async () => {
  expect(await refused('select id from {rows} where waarde > 3')).toBeUndefined()
  expect(await refused(block('select {key} from {rows} r', "where r.naam = 'a' -- a comment"))).toBeUndefined()
})

test('a column that is not there is a problem at its line in the file', async () => {
  expect(await refused(block('select id', 'from {rows}', 'where waarden > 3'))).toBe(
    'datasets/lists/page.yaml:10:14  own.waarde-naam of lists.page: Postgres refuses it with 42703 (no such column) at waarden',
  )
  expect(await refused('select id from {rows} where waarden > 3')).toMatch(/^datasets\/lists\/page.yaml:7:14 .*42703/)
})

test('a column that the rule does not say it looks at is not there', async () => {
  expect(await refused('select id from {rows} where _read_at is null')).toMatch(/42703/)
})

test('types that do not fit, and a key that is not returned, are refused', async () => {
  expect(await refused('select id from {rows} where naam = 3')).toMatch(/42883/)
  expect(await refused('select naam from {rows}')).toMatch(/42703/)
})

test('a rule reads its rows and no other table', async () => {
  expect(await refused("select id from {rows} where exists (select from gemaal.audit_trail where who = 'x')")).toMatch(
    /it reads gemaal.audit_trail; a rule reads what stands in braces, {rows}/,
  )
})

test('a second statement, or one that writes, is refused before Postgres sees it', async () => {
  expect(await refused('"select id from {rows}; drop table lists.page"')).toMatch(/more than one statement/)
  expect(await refused('delete from {rows}')).toMatch(/this is not a SELECT/)
  expect(await refused('with gone as (delete from {rows} returning id) select id from gone')).toMatch(/Postgres refuses it with/)
})
