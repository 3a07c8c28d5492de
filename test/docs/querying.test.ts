import { afterAll, beforeAll, expect, test } from 'vitest'
import { openWaterdam, type Waterdam } from '../support/waterdam.js'
import { blocksOf, proseOf } from './pages.js'
import { expectReal, fenced, tableOf } from './real.js'

const page = 'docs/querying.md'

let waterdam: Waterdam

beforeAll(async () => {
  waterdam = await openWaterdam()
  for (const stream of ['zaaktypen', 'statustypen', 'zaken', 'statussen', 'rollen']) await waterdam.read(stream)
})

afterAll(() => waterdam.close())

const queries = blocksOf(page).filter(({ language }) => language === 'sql')

test.for(queries.map(({ line, text }) => [line, text] as const))('the query on line %i runs', async ([, text]) => {
  await waterdam.rows(text)
})

test('how good columns are is what the views say', async () => {
  const query = `select "column", rule, of, broken, round(100 * share, 2) as percent from meta.column_quality
where dataset = 'zaken.zaken' and broken > 0
  and run_id = (select max(run_id) from meta.column_quality where dataset = 'zaken.zaken')
order by broken desc, "column", rule limit 5;`
  const rows = await waterdam.rows<{ [name: string]: unknown }>(query)
  const head = ['column', 'rule', 'of', 'broken', 'percent']
  const table = tableOf(
    head,
    rows.map((row) => head.map((name) => String(row[name]))),
  )
  await expectReal('querying.md', { 'column-quality': `${fenced('sql', query)}\n\n${table}` })
})

test('queries that are to show something do', async () => {
  const shows = async (part: string) => (await waterdam.rows(queries.find(({ text }) => text.includes(part))!.text)).length
  for (const part of [
    'meta.datasets',
    'from meta.columns',
    'join zaken.statussen',
    'zaken_kenmerken',
    '_findings <>',
    'meta.runs',
    'meta.quarantine',
    'meta.findings',
    'group by day, rule',
    'from zaken.rollen',
  ])
    expect(await shows(part), part).toBeGreaterThan(0)
})

test('every meta view and every word for the state of a dataset is on the page', async () => {
  const views = await waterdam.rows<{ name: string; definition: string }>(
    `select viewname as name, definition from pg_views where schemaname = 'meta' order by 1`,
  )
  expect(firstCells('view')).toEqual(views.map(({ name }) => `meta.${name}`).sort())
  const { definition } = views.find(({ name }) => name === 'datasets')!
  const words = [...definition.matchAll(/(?:THEN|ELSE) \(?'([A-Z][^']*)'/g)].map(([, word]) => word!.trim())
  expect(firstCells('status')).toEqual([...new Set(words)].sort())
})

test('every column that a dataset has beside those of its source is on the page', async () => {
  const rows = await waterdam.rows<{ name: string }>(
    `select distinct column_name as name from information_schema.columns where table_schema in ('zaken', 'wmo') and table_name in ('zaken', 'rollen') and column_name like '\\_%'`,
  )
  expect(firstCells('column').filter((name) => name !== '_source')).toEqual(rows.map(({ name }) => name).sort())
})

/** Code in the first cells of the table whose first column has this head, in order. */
function firstCells(head: string): string[] {
  const lines = proseOf(page)
  const from = lines.findIndex((line) => line.startsWith(`| ${head} |`))
  const rest = lines.slice(from + 2)
  return rest
    .slice(
      0,
      rest.findIndex((line) => !line.startsWith('|')),
    )
    .map((line) => /`([^`]+)`/.exec(line)![1]!)
    .sort()
}
