import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as findings from '../../cli/findings.js'
import { csvOf, type ReportedFinding, type ReportOptions, report } from '../../cli/findings-report.js'
import { run as status } from '../../cli/status.js'
import type { Finding } from '../../sql/finding-views.js'
import { type ListsProject, openLists } from '../pitfalls/lists.js'
import { someEntries } from '../sources/lists/server.js'
import { openRunning, type Running } from '../support/running.js'
import { type Gemaal, gemaalFor } from './gemaal.js'

const pack = `pack: { title: Panden, registration: BAG }
naam-goed:
  field: naam
  check: { pattern: '=?Rij \\d+' }
  severity: warn
  source: Catalogus BAG 2018, 7.2.3
  nl: De naam is Rij met een nummer.
  en: The name is Rij with a number.
  examples: { valid: [Rij 1], invalid: [rij] }
soort-goed:
  field: soort
  check: { code-list: [a, b] }
  severity: reject
  source: Catalogus BAG 2018, 7.2.4
  nl: De soort is a of b.
  en: The kind is a or b.
  examples: { valid: [a], invalid: [c] }
plaats-goed:
  field: plaats
  check: { code-list: [hier] }
  severity: report
  source: Catalogus BAG 2018, 7.2.5
  nl: De plaats is hier.
  en: The place is hier.
  examples: { valid: [hier], invalid: [daar] }
`

const contract = (set = '') => `from: lists/page\nrules:\n  packs: [panden]\n  ${set}\n`

let lists: ListsProject
let running: Running
let gemaal: Gemaal
beforeAll(async () => {
  lists = await openLists({
    entries: someEntries(40).map((e) => ({ ...e, soort: 'a', plaats: 'hier' })),
    fields: `
        naam: { type: [string, "null"], kind: none, description: Name }
        soort: { type: [string, "null"], kind: none, description: Kind }
        plaats: { type: [string, "null"], kind: none, description: Place }`,
  })
  await lists.apply({ 'rules/panden.yaml': pack, 'datasets/lists/page.yaml': contract() })
  running = await openRunning(lists)
  await running.worker()
  gemaal = gemaalFor(lists, running)
  await gemaal.applySchedules()
})
afterAll(async () => {
  await running?.close()
  await lists?.close()
})

const entry = (id: number) => lists.server.entries.find((e) => e.id === id)!
const read = () => running.run({ source: 'lists', sync: 'dataset lists.page', streams: ['page'], reading: 'full' })
const found = (options: findings.FindingsOptions = {}) => gemaal.read<Finding[], findings.FindingsOptions>(findings.run, [], options)
const lines = async (options: findings.FindingsOptions = {}) => (await found(options)).map((f) => `${f.rule} ${f.state} ${f.count}/${f.of}`)

test('what the first reading finds is there, and what a later one finds first is new', async () => {
  entry(1).naam = 'een'
  await read()
  expect(await lines()).toEqual(['panden.naam-goed open 1/40'])
  expect(await lines({ state: 'new' })).toEqual([])
  entry(2).soort = 'x'
  entry(3).plaats = 'daar'
  const { stderr } = await gemaal.run('run', 'lists.page', '--full')
  expect(stderr).toContain(
    'New findings since the run before:\n  lists.page: panden.plaats-goed, 1 of 40\n  lists.page: panden.soort-goed, 1 of 40\n',
  )
  expect(await lines({ state: 'new' })).toEqual(['panden.plaats-goed new 1/40', 'panden.soort-goed new 1/40'])
  const told = await gemaal.verb(status)
  expect(told.stderr).toContain('New findings since the run before:\n  lists.page: panden.plaats-goed, panden.soort-goed\n')
})

test('findings are chosen by severity, level, rule, state and run', async () => {
  expect(await lines({ severity: 'reject' })).toEqual(['panden.soort-goed new 1/40'])
  expect((await lines({ level: 'field' })).length).toBe(3)
  expect(await lines({ level: 'record' })).toEqual([])
  expect(await lines({ rule: 'panden.naam-goed' })).toEqual(['panden.naam-goed open 1/40'])
  const [{ run }] = (await found({ rule: 'panden.naam-goed' })) as [Finding]
  expect((await lines({ run: String(run) })).length).toBe(3)
  expect(await gemaal.verb(findings.run, [], { state: 'nieuw' })).toMatchObject({ code: 2, stderr: expect.stringContaining("'nieuw'") })
  const table = await gemaal.run('findings', '--dataset', 'lists.page')
  expect(table.stdout).toMatch(/lists\.page +panden\.naam-goed +warn +open +1 +40 +2\.5 % +=/)
})

test('a finding is shown with its rule in two languages, where it comes from, what to do, and how it went', async () => {
  const { stdout, stderr } = await gemaal.run('findings', 'show', 'panden.soort-goed')
  expect(stdout).toContain('De soort is a of b.\n  The kind is a or b.')
  expect(stdout).toContain('Catalogus BAG 2018, 7.2.4')
  expect(stdout).toMatch(/to do +Onderzoek het/)
  expect(stdout).toMatch(/state +new, since/)
  expect(stdout).toMatch(/keys +2\n/)
  expect(stderr).toContain('gemaal quarantine list --rule panden.soort-goed')
  await read()
  const [shown] = await gemaal.read<{ trend: { records: number }[] }[], object>(findings.show, ['panden.naam-goed'])
  expect(shown!.trend.map((t) => t.records)).toEqual([1, 1, 1])
  expect(await gemaal.verb(findings.show, ['panden.naam-gooed'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("did you mean 'panden.naam-goed'?"),
  })
})

test('a rule that finds no more is resolved, and is shown with when it was found', async () => {
  entry(2).soort = 'a'
  await read()
  expect(await lines({ state: 'resolved' })).toEqual(['panden.soort-goed resolved 0/40'])
  expect((await lines()).length).toBe(2)
  entry(2).soort = 'x'
  await read()
  const { stdout } = await gemaal.verb(findings.show, ['panden.soort-goed'])
  expect(stdout).toMatch(/state +new/)
  expect(stdout).toMatch(/before +20\d\d-.* to 20\d\d-/)
})

test('the holder of a registration gets every record that breaks a rule about it, and none by a rule that only counts', async () => {
  for (const id of [11, 12]) entry(id).naam = `twaalf ${id}`
  await read()
  const { stdout, stderr } = await gemaal.run('findings', 'report', '--registration', 'bag')
  expect(stderr).toContain('4 findings about the BAG in lists.page.')
  expect(stderr).toContain('Left out: panden.plaats-goed in lists.page, which only counts.')
  const rows = parse(stdout, { delimiter: ';', bom: true, columns: true }) as ReportedFinding[]
  expect(rows.map((r) => `${r.regel} ${r.sleutel}`)).toEqual([
    'panden.naam-goed 1',
    'panden.naam-goed 11',
    'panden.naam-goed 12',
    'panden.soort-goed 2',
  ])
  expect(rows[0]).toMatchObject({
    dataset: 'lists.page',
    omschrijving: 'De naam is Rij met een nummer.',
    grondslag: 'Catalogus BAG 2018, 7.2.3',
    organisatie: 'Gemeente Waterdam',
    gemeentecode: '0363',
    eerst_gezien: expect.stringMatching(/^20\d\d-\d\d-\d\d \d\d:\d\d:\d\d$/),
  })
  const json = await gemaal.read<ReportedFinding[], ReportOptions>(report, [], { registration: 'BAG' })
  expect(json).toEqual(rows.map((r) => ({ ...r })))
  expect(await gemaal.verb(report, [], { registration: 'HR' })).toMatchObject({ code: 2, stderr: expect.stringContaining('BAG') })
})

test.each(['=HYPERLINK("https://x.example")', '+1', '-1', '@x', '\t=1', '\r=1'])(
  'a key such as %j is no formula in a spreadsheet',
  (sleutel) => {
    const rest = {
      dataset: 'd',
      regel: 'r',
      omschrijving: 'o',
      grondslag: 'g',
      eerst_gezien: '',
      laatst_gezien: '',
      organisatie: 'a',
      gemeentecode: '0363',
    }
    const [line] = parse(csvOf([{ ...rest, sleutel }], false), { delimiter: ';' }) as string[][]
    expect(line![1]).toBe(`'${sleutel}`)
  },
)

test('more findings than the contract takes end the run as such, and status says by which rule', async () => {
  await lists.apply({
    'datasets/lists/page.yaml': contract(
      'set: { panden.naam-goed: { severity: warn, upTo: 2 }, panden.plaats-goed: { severity: report, upTo: 10 % } }',
    ),
  })
  const ended = await gemaal.run('run', 'lists.page', '--full')
  expect(ended.code).toBe(3)
  expect(ended.stderr).toContain('findings (over the threshold of the contract: lists.page panden.naam-goed 3 of 40, at most 2)')
  const told = await gemaal.verb(status)
  expect(told.stdout).toContain('Synced with findings')
  expect(told.stderr).toContain('more findings than its contract takes: panden.naam-goed 3 of 40, at most 2')
  expect(await gemaal.verb(status, [], { check: true })).toMatchObject({ code: 3 })
  expect((await gemaal.verb(findings.run)).stdout).toMatch(/panden\.naam-goed .* over 2 /)
  entry(1).naam = 'Rij 1'
  expect((await gemaal.run('run', 'lists.page', '--full')).code).toBe(0)
  expect((await gemaal.verb(findings.run)).stdout).toMatch(/panden\.naam-goed .* within 2 /)
})
