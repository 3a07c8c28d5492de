import { afterEach, beforeEach, expect, test } from 'vitest'
import { decideHold } from '../../../sql/hold-decisions.js'
import { listHolds } from '../../../sql/holds.js'
import * as steps from '../../../worker/steps.js'
import { type ListsProject, openLists } from '../../pitfalls/lists.js'

const fields = `
        naam: { type: [string, "null"], kind: none, description: Name of the entry }
        soort: { type: string, kind: none, enum: [open, dicht], description: Whether it is open }
        gewijzigd: { type: string, format: date-time, kind: none, description: Last change }`

const lately = () => new Date(Date.now() - 60_000).toISOString()
let project: ListsProject
beforeEach(async () => {
  project = await openLists({
    byKey: false,
    fields,
    size: 1000,
    entries: Array.from({ length: 200 }, (_, i) => ({ id: i + 1, naam: 'a', soort: i % 2 ? 'open' : 'dicht', gewijzigd: lately() })),
  })
})
afterEach(() => project.close())

const rule = (name: string, check: string, severity: string) => `
    ${name}:
      check: ${check}
      severity: ${severity}
      nl: Een zin.
      en: A sentence.
      examples: { valid: [{ before: [], now: "0" }], invalid: [{ before: [], now: "0" }] }`
const apply = (...rules: string[]) =>
  project.apply({ 'datasets/lists/page.yaml': `from: lists/page\nholds: { deleted: 100 % }\nrules:\n  own:${rules.join('')}\n` })
const readTimes = async (times: number) => {
  for (let n = 0; n < times; n++) await project.read('lists/page')
}
const findings = () =>
  project.rows(
    `select rule, severity, level, columns, count, of, detail, examples from gemaal.findings where run_id = (select max(id) from gemaal.runs) order by rule`,
  )
const holds = () => listHolds(project.warehouse.db, {})
const accept = async (hold: number) => {
  await decideHold(project.warehouse.db, hold, 'accept', 'test', 'they moved to another register')
  await steps.publishHeld(
    { workspace: project.workspace, dev: true },
    { hold, source: 'lists', stream: 'page', forbiddenLeaves: false, askedBy: 'test' },
    new AbortController().signal,
  )
}
const grow = (to: number) => {
  const { entries } = project.server
  while (entries.length < to)
    entries.push({ id: entries.length + 1, naam: 'a', soort: entries.length % 2 ? 'open' : 'dicht', gewijzigd: lately() })
}

test('a load of far more rows than usual waits for a person, who makes it the new usual', async () => {
  await apply(rule('aantal', 'row-count-within', 'hold'))
  await readTimes(7)
  grow(400)
  const { datasets } = await project.read('lists/page')
  expect(datasets).toMatchObject([{ outcome: 'held' }])
  const [hold] = await holds()
  expect(hold).toMatchObject({
    why: 'rule',
    facts: { rules: [{ rule: 'own.aantal', count: 1, of: 1, detail: '400 rows; usual 200 ± 0 over 7 runs' }] },
  })
  await accept(hold!.id)
  expect(await project.ids('page')).toHaveLength(400)
  expect(await findings()).toMatchObject([{ rule: 'own.aantal', severity: 'hold', level: 'load', count: 1, of: 1, examples: [] }])
  expect((await project.read('lists/page')).datasets).toMatchObject([{ outcome: 'published' }])
  expect(await findings()).toEqual([])
})

test('a rule that only warns is a finding of the run with what was measured, and stops nothing', async () => {
  await apply(
    rule('aantal', '{ row-count-within: { rise: 10 % } }', 'warn'),
    rule('leeg', '{ null-share-within: { atMost: 5 % } }', 'report'),
    rule('verdeling', '{ distribution-within: { column: soort } }', 'warn'),
  )
  await readTimes(7)
  expect(await findings()).toEqual([])
  grow(240)
  for (const entry of project.server.entries) Object.assign(entry, { soort: 'open' }, entry.id <= 30 && { naam: null })
  await project.read('lists/page')
  expect(await findings()).toEqual([
    {
      ...{ rule: 'own.aantal', severity: 'warn', level: 'load', columns: [], count: 1, of: 1, examples: [] },
      detail: '240 rows; usual 200 over 7 runs',
    },
    {
      ...{ rule: 'own.leeg', severity: 'report', level: 'load', columns: ['naam', 'soort', 'gewijzigd'], count: 1, of: 3, examples: [] },
      detail: 'naam: 12.5 % absent, at most 5 %',
    },
    {
      ...{ rule: 'own.verdeling', severity: 'warn', level: 'load', columns: ['soort'], count: 1, of: 1, examples: [] },
      detail: expect.stringMatching(/^soort: stability index [\d.]+, at most 0.2, over 7 runs; 'dicht' went from 50 % to 0 %$/),
    },
  ])
})

test('a load that is not fresh, or short of keys, is told', async () => {
  await apply(rule('vers', '{ fresh-within: { column: gewijzigd, of: 1 day } }', 'warn'), rule('volledig', 'complete', 'warn'))
  await project.read('lists/page')
  expect(await findings()).toEqual([])
  for (const entry of project.server.entries) entry.gewijzigd = '2020-01-01T00:00:00Z'
  project.server.entries[0]!.gewijzigd = '2999-01-01T00:00:00Z'
  project.server.options.counts = { off: 3 }
  await project.read('lists/page')
  expect(await findings()).toMatchObject([
    { rule: 'own.vers', detail: expect.stringMatching(/^gewijzigd: the newest is [\d,.]+ days old, at most 24 hours$/) },
    { rule: 'own.volledig', detail: "the listing is short of 3 keys by the source's own count" },
  ])
})

test('what a load measured holds counts and codes that are described, and no other text', async () => {
  await apply(rule('verdeling', '{ distribution-within: { column: soort } }', 'warn'), rule('leeg', 'null-share-within', 'warn'))
  project.server.entries[0]!.soort = '999990019'
  await project.read('lists/page')
  const [{ profile }] = (await project.rows('select profile from gemaal.load_profiles')) as [{ profile: unknown }]
  expect(profile).toEqual({
    rows: 200,
    absent: { naam: 0, soort: 0, gewijzigd: 0 },
    codes: { soort: { open: 100, dicht: 99, '…': 1 } },
    newest: {},
  })
})
