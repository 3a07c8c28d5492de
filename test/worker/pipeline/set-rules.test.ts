import { afterEach, beforeEach, expect, test } from 'vitest'
import { publishDataset } from '../../../sql/publish.js'
import { verifyAndPublish } from '../../../worker/pipeline/pipeline.js'
import { type ListsProject, openLists } from '../../pitfalls/lists.js'
import { until } from '../../support/until.js'

const fields = `
        naam: { type: [string, "null"], kind: none, description: Name of the entry }
        boven: { type: [integer, "null"], kind: none, description: Entry above it }
        gewijzigd: { type: string, kind: none, description: Last change }`

let project: ListsProject
beforeEach(async () => {
  project = await openLists({
    fields,
    changes: '{ cursor: gewijzigd, param: since }',
    since: (entry, since) => String(entry.gewijzigd) >= since,
    entries: ['a', 'b', 'a', 'c'].map((naam, i) => ({ id: i + 1, naam, boven: null, gewijzigd: '1' })),
  })
})
afterEach(() => project.close())

const contract = (rules: string) => ({ 'datasets/lists/page.yaml': `from: lists/page\nrules:\n  own:${rules}` })
const rule = (name: string, check: string, severity = 'warn') => `
    ${name}:
      check: ${check}
      severity: ${severity}
      nl: Een zin.
      en: A sentence.
      examples: { valid: [[{ id: "1", naam: a }]], invalid: [[{ id: "1", naam: a }, { id: "2", naam: a }]] }`

const marks = async () =>
  Object.fromEntries(
    (await project.rows<{ id: number; f: string[] }>('select id, _findings as f from lists.page order by id')).map((r) => [r.id, r.f]),
  )
const findings = () =>
  project.rows(
    'select rule, severity, level, count, of, examples, detail from gemaal.findings where run_id = (select max(id) from gemaal.runs) order by rule',
  )

test('rows that break a rule on the dataset carry its id, and the run counts them with their keys', async () => {
  await project.apply(contract(rule('naam-een-keer', '{ unique: naam }')))
  await project.readList('page')
  expect(await marks()).toEqual({ 1: ['own.naam-een-keer'], 2: [], 3: ['own.naam-een-keer'], 4: [] })
  expect(await findings()).toEqual([
    { rule: 'own.naam-een-keer', severity: 'warn', level: 'dataset', count: 2, of: 4, examples: ['1', '3'], detail: null },
  ])
})

test('a row that was not read again loses the id when the other one is mended', async () => {
  await project.apply(contract(rule('naam-een-keer', '{ unique: naam }')))
  await project.readList('page')
  Object.assign(project.server.entries[2]!, { naam: 'd', gewijzigd: '2' })
  Object.assign(project.server.entries[3]!, { naam: 'b', gewijzigd: '2' })
  const { datasets } = await project.read('lists/page', 'changes')
  expect(datasets[0]!.balance).toMatchObject({ changed: 2 })
  expect(await marks()).toEqual({ 1: [], 2: ['own.naam-een-keer'], 3: [], 4: ['own.naam-een-keer'] })
})

test('a second reading of what did not change touches no row', async () => {
  const notA = rule('naam-a', "{ pattern: '[^a]' }")
    .replace('check:', 'field: naam\n      check:')
    .replace(/examples: .*/, 'examples: { valid: [b], invalid: [a] }')
  await project.apply(contract(rule('naam-een-keer', '{ unique: naam }') + notA))
  await project.readList('page')
  expect(await marks()).toMatchObject({ 1: ['own.naam-a', 'own.naam-een-keer'], 2: [] })
  const before = await project.rows('select id, xmin::text, _findings from lists.page order by id')
  await project.readList('page')
  expect(await project.rows('select id, xmin::text, _findings from lists.page order by id')).toEqual(before)
})

test('the ids of a rule that left the contract, or is only counted now, go with the next run', async () => {
  await project.apply(contract(rule('naam-een-keer', '{ unique: naam }')))
  await project.readList('page')
  await project.apply(contract(rule('naam-een-keer', '{ unique: naam }', 'report')))
  await project.read('lists/page', 'changes')
  expect(await marks()).toEqual({ 1: [], 2: [], 3: [], 4: [] })
  expect(await findings()).toMatchObject([{ rule: 'own.naam-een-keer', severity: 'report', count: 2 }])
  await project.apply({ 'datasets/lists/page.yaml': 'from: lists/page\n' })
  await project.read('lists/page', 'changes')
  expect(await findings()).toEqual([])
})

test('of several sources each is judged for itself', async () => {
  const both = { 'sources/others.yaml': 'connector: lists\nbaseUrl: { env: LISTS_URL }\n' }
  const { 'datasets/lists/page.yaml': text } = contract(rule('naam-een-keer', '{ unique: naam }'))
  await project.apply({
    ...both,
    'datasets/lists/page.yaml': text.replace('from: lists/page', 'from: [lists/page, others/page]\nversion: 2.0.0'),
  })
  await project.read('lists/page')
  await project.read('others/page')
  const rows = await project.rows(
    "select _source, array_agg(id order by id) as ids from lists.page where _findings <> '{}' group by 1 order by 1",
  )
  expect(rows).toEqual([
    { _source: 'lists', ids: ['1', '3'] },
    { _source: 'others', ids: ['1', '3'] },
  ])
})

test('a rule that fails is a finding, keeps what it said before, and ends no run', async () => {
  const sql = (written: string) => `{ sql: "${written}" }\n      uses: { rows: [naam] }`
  await project.apply(contract(rule('naam-getal', sql("select id from {rows} where naam = 'a'"))))
  await project.readList('page')
  await project.apply(contract(rule('naam-getal', sql('select id from {rows} where naam::int = 1'))))
  await project.readList('page')
  expect(await marks()).toEqual({ 1: ['own.naam-getal'], 2: [], 3: ['own.naam-getal'], 4: [] })
  const [finding] = await findings()
  expect(finding).toMatchObject({ rule: 'own.naam-getal', count: 0, of: 4, examples: [] })
  expect(finding!.detail).toMatch(/^the rule failed \(22P02/)
})

test('a rule that takes longer than its time is a finding, and the rules beside it are judged', async () => {
  const slow = `{ sql: "select id from {rows} where (select count(*) from generate_series(1, 100000000) g where g % 7 = 1) > 0" }`
  await project.apply(
    contract(rule('traag', `${slow}\n      uses: { rows: [naam] }`, 'report') + rule('naam-een-keer', '{ unique: naam }')),
  )
  const begun = await project.begin('lists/page')
  await begun.stage()
  const { plan } = await project.session('lists/page')
  const [run] = await project.rows<{ id: number; run_id: number }>(
    'select d.id, s.run_id from gemaal.dataset_runs d join gemaal.stream_runs s on s.id = d.stream_run_id',
  )
  const { published } = await publishDataset(project.warehouse, {
    ...{ plan: plan.datasets[0]!, datasetRunId: run!.id, streamRunId: begun.streamRunId, runId: run!.run_id, connector: 'lists' },
    ...{ reading: 'full', byKey: false, listedAll: true, toTheEnd: true, ruleTimeoutMs: 200 },
  })
  expect(published).toBe(true)
  expect(await findings()).toMatchObject([
    { rule: 'own.naam-een-keer', count: 2, detail: null },
    { rule: 'own.traag', severity: 'warn', count: 0, detail: 'it took longer than 200 ms' },
  ])
  expect(await project.rows(`show statement_timeout`)).toEqual([{ statement_timeout: '0' }])
})

test('a run that is cancelled while a rule is judged publishes nothing', async () => {
  const slow = `{ sql: "select id from {rows} where (select count(*) from generate_series(1, 100000000) g where g % 7 = 1) > 0" }`
  await project.apply(contract(rule('traag', `${slow}\n      uses: { rows: [naam] }`)))
  const begun = await project.begin('lists/page')
  await begun.stage()
  const session = await project.session('lists/page')
  const cancel = new AbortController()
  const publishing = verifyAndPublish(session, begun.streamRunId, cancel.signal)
  await until(
    async () =>
      (
        await project.rows(
          `select 1 from pg_stat_activity where query like '%generate_series%' and state = 'active' and pid <> pg_backend_pid()`,
        )
      ).length > 0,
    'the rule is being judged',
  )
  cancel.abort(new Error('cancelled'))
  await expect(publishing).rejects.toThrow()
  expect(await project.rows('select id from lists.page')).toEqual([])
})
