import { afterEach, beforeEach, expect, test } from 'vitest'
import { decideHold } from '../../../sql/hold-decisions.js'
import { listHolds } from '../../../sql/holds.js'
import { openByKey } from '../../../worker/pipeline/open.js'
import { verifyAndPublish } from '../../../worker/pipeline/pipeline.js'
import { stageSlice } from '../../../worker/pipeline/stage.js'
import * as steps from '../../../worker/steps.js'
import { type ListsProject, openLists } from '../../pitfalls/lists.js'

const fields = `
        naam: { type: [string, "null"], kind: none, description: Name of the entry }
        gewijzigd: { type: string, kind: none, description: Last change }`

let project: ListsProject
beforeEach(async () => {
  project = await openLists({
    fields,
    changes: '{ cursor: gewijzigd, param: since }',
    since: (entry, since) => String(entry.gewijzigd) >= since,
    entries: ['a', 'b', 'a', 'c'].map((naam, i) => ({ id: i + 1, naam, gewijzigd: '1' })),
  })
})
afterEach(() => project.close())

const contract = (severity: string, more = '') => `from: lists/page
rules:
  own:
    naam-een-keer:
      check: { unique: naam }
      severity: ${severity}
      nl: Een naam komt een keer voor.
      en: A name occurs once.
      examples: { valid: [[{ naam: a }]], invalid: [[{ naam: a }, { naam: a }]] }
${more}`
const apply = (severity: string, more?: string) => project.apply({ 'datasets/lists/page.yaml': contract(severity, more) })
const ids = () => project.ids('page')
const holds = () => listHolds(project.warehouse.db, {})
const release = (hold: number) =>
  steps.publishHeld(
    { workspace: project.workspace, dev: true },
    { hold, source: 'lists', stream: 'page', forbiddenLeaves: false, askedBy: 'test' },
    new AbortController().signal,
  )
const accept = async (hold: number) => {
  await decideHold(project.warehouse.db, hold, 'accept', 'test', 'known')
  await release(hold)
}

test('what breaks a rule of severity hold waits for a person, with the rule and how many rows break it', async () => {
  await apply('hold')
  const { datasets } = await project.read('lists/page')
  expect(datasets).toMatchObject([{ outcome: 'held' }])
  expect(await ids()).toEqual([])
  expect(await holds()).toMatchObject([
    { why: 'rule', withholds: 'all', facts: { rules: [{ rule: 'own.naam-een-keer', count: 2, of: 4 }] }, status: 'open' },
  ])
})

test('a released hold is published, and the next run waits only when more rows break the rule', async () => {
  await apply('hold')
  await project.read('lists/page')
  await accept((await holds())[0]!.id)
  expect(await ids()).toEqual([1, 2, 3, 4])
  expect(await project.rows(`select id from lists.page where _findings = '{own.naam-een-keer}' order by 1`)).toEqual([{ id: 1 }, { id: 3 }])
  const again = await project.read('lists/page')
  expect(again.datasets).toMatchObject([{ outcome: 'published' }])
  project.server.entries.push({ id: 5, naam: 'a', gewijzigd: '1' })
  const more = await project.read('lists/page')
  expect(more.datasets).toMatchObject([{ outcome: 'held' }])
})

test('what was accepted and mended since is not accepted once more', async () => {
  await apply('hold')
  await project.read('lists/page')
  await accept((await holds())[0]!.id)
  project.server.entries[2]!.naam = 'd'
  await project.read('lists/page')
  project.server.entries[2]!.naam = 'a'
  expect((await project.read('lists/page')).datasets).toMatchObject([{ outcome: 'held' }])
})

test('a rule of severity fail lets nothing of its dataset land, and the other datasets of the stream do', async () => {
  await project.apply({ 'datasets/lists/page.yaml': contract('fail'), 'datasets/lists/copy.yaml': 'from: lists/page\n' })
  await expect(project.read('lists/page')).rejects.toMatchObject({
    name: 'RuleBroken',
    message: expect.stringContaining('lists.page: 2 of 4 rows break own.naam-een-keer'),
  })
  expect(await ids()).toEqual([])
  expect(await project.rows('select id from lists.copy order by id')).toHaveLength(4)
  expect(await project.rows('select status, error_code from gemaal.stream_runs')).toEqual([{ status: 'failed', error_code: 'RuleBroken' }])
  expect(await project.rows(`select dataset, status from gemaal.dataset_runs order by 1`)).toEqual([
    { dataset: 'lists.copy', status: 'published' },
    { dataset: 'lists.page', status: 'failed' },
  ])
  expect(await project.rows(`select tablename from pg_tables where schemaname = 'staging'`)).toEqual([])
})

test('a verify that is asked again after it failed says the same', async () => {
  await apply('fail')
  const begun = await project.begin('lists/page')
  await begun.stage()
  await expect(begun.publish()).rejects.toMatchObject({ name: 'RuleBroken' })
  await expect(begun.publish()).rejects.toMatchObject({
    name: 'RuleBroken',
    message: expect.stringContaining('2 of 4 rows break own.naam-een-keer'),
  })
})

test('a reading of changes is judged together with the rows that stand', async () => {
  project.server.entries[2]!.naam = 'd'
  await apply('fail')
  await project.read('lists/page')
  project.server.entries.push({ id: 5, naam: 'b', gewijzigd: '2' })
  await expect(project.read('lists/page', 'changes')).rejects.toMatchObject({ name: 'RuleBroken' })
  project.server.entries[1]!.naam = 'e'
  project.server.entries[1]!.gewijzigd = '2'
  expect((await project.read('lists/page', 'changes')).datasets).toMatchObject([{ outcome: 'published' }])
})

test('a row that the source no longer has, or that left the selection, breaks nothing', async () => {
  project.server.entries[2]!.naam = 'd'
  await apply('fail', 'where: { gewijzigd: ["1", "2"] }\n')
  await project.read('lists/page')
  project.server.entries.splice(0, 1)
  project.server.entries[2]!.naam = 'a'
  expect((await project.read('lists/page')).datasets).toMatchObject([{ outcome: 'published' }])
  expect(await ids()).toEqual([2, 3, 4])
  project.server.entries.push({ id: 9, naam: 'a', gewijzigd: '3' })
  expect((await project.read('lists/page')).datasets).toMatchObject([{ outcome: 'published' }])
})

test('the older version that stands while the newer one is in quarantine counts, unless the contract hides it', async () => {
  const refused = `refused: REFUSED
`
  const pattern = `    naam-kort:
      field: naam
      check: { pattern: '.' }
      severity: reject
      nl: Een naam is een letter.
      en: A name is one letter.
      examples: { valid: [a], invalid: [aa] }
`
  project.server.entries[2]!.naam = 'd'
  await apply('fail', pattern + refused.replace('REFUSED', 'keep'))
  await project.read('lists/page')
  project.server.entries[0]!.naam = 'too long'
  project.server.entries[2]!.naam = 'a'
  await expect(project.read('lists/page')).rejects.toMatchObject({ name: 'RuleBroken' })
  await apply('fail', pattern + refused.replace('REFUSED', 'hide'))
  expect((await project.read('lists/page')).datasets).toMatchObject([{ outcome: 'published' }])
})

test.each(['keep', 'hide'] as const)('the set that is judged is the one that publish leaves (refused: %s)', async (refused) => {
  const every = `from: lists/page
refused: ${refused}
where: { gewijzigd: ["1", "2"] }
rules:
  own:
    elke-rij:
      uses: { rows: [naam] }
      check: { sql: "select {key} from {rows}" }
      severity: hold
      nl: Geen rij.
      en: No row.
      examples: { valid: [[]], invalid: [[{ naam: a }]] }
    naam-kort:
      field: naam
      check: { pattern: '.' }
      severity: reject
      nl: Een naam is een letter.
      en: A name is one letter.
      examples: { valid: [a], invalid: [aa] }
`
  const { entries } = project.server
  await project.apply({ 'datasets/lists/page.yaml': every })
  const rowsOf = async () => {
    await project.read('lists/page')
    const [hold] = await holds()
    const [{ count, of }] = hold!.facts.rules as [{ count: number; of: number }]
    expect(count).toBe(of)
    await accept(hold!.id)
    expect(await ids()).toHaveLength(of)
    return of
  }
  expect(await rowsOf()).toBe(4)
  entries[0]!.naam = 'refused'
  entries[1]!.naam = 'e'
  entries[2]!.gewijzigd = '3'
  entries.splice(3, 1)
  entries.push(...Array.from({ length: 10 }, (_, i) => ({ id: 10 + i, naam: i === 0 ? 'refused' : 'n', gewijzigd: i === 1 ? '3' : '2' })))
  expect(await rowsOf()).toBe(refused === 'keep' ? 10 : 9)
})

test('a share or number of rows that the contract takes holds nothing', async () => {
  const pack = `naam-een-keer:
  check: { unique: naam }
  severity: warn
  source: Afspraak 1
  nl: Een naam komt een keer voor.
  en: A name occurs once.
  examples: { valid: [[{ naam: a }]], invalid: [[{ naam: a }, { naam: a }]] }
`
  const bounded = (upTo: string) =>
    project.apply({
      'rules/proef.yaml': pack,
      'datasets/lists/page.yaml': `from: lists/page\nrules:\n  packs: [proef]\n  set: { proef.naam-een-keer: { severity: hold, upTo: ${upTo} } }\n`,
    })
  await bounded('2')
  expect((await project.read('lists/page')).datasets).toMatchObject([{ outcome: 'published' }])
  await bounded('49 %')
  expect((await project.read('lists/page')).datasets).toMatchObject([{ outcome: 'held' }])
})

test('deletes that wait stay apart from what a rule holds: letting the one through deletes nothing', async () => {
  project.server.entries.push(...Array.from({ length: 20 }, (_, i) => ({ id: 100 + i, naam: `n${i}`, gewijzigd: '1' })))
  project.server.entries[2]!.naam = 'd'
  await apply('hold')
  await project.read('lists/page')
  project.server.entries.splice(4)
  project.server.entries[2]!.naam = 'a'
  await project.read('lists/page')
  const made = await holds()
  expect(made.map((h) => [h.why, h.withholds])).toEqual([
    ['rule', 'all'],
    ['deletes', 'deletes'],
  ])
  await accept(made[0]!.id)
  expect(await ids()).toHaveLength(24)
  expect((await holds()).map((h) => [h.why, h.status])).toEqual([['deletes', 'open']])
})

test('a re-read of single keys waits for nobody, and lands nothing that must not', async () => {
  project.server.entries[2]!.naam = 'd'
  await apply('hold')
  await project.read('lists/page')
  project.server.entries[2]!.naam = 'a'
  await readKey('3')
  expect(await project.rows('select naam from lists.page where id = 3')).toEqual([{ naam: 'a' }])
  project.server.entries[2]!.naam = 'b'
  await apply('fail')
  await expect(readKey('3')).rejects.toMatchObject({ name: 'RuleBroken' })
  expect(await project.rows('select naam from lists.page where id = 3')).toEqual([{ naam: 'a' }])
})

async function readKey(id: string): Promise<void> {
  const { signal } = new AbortController()
  const session = await project.session('lists/page')
  const [run] = await project.rows<{ id: number }>('select max(id) as id from gemaal.runs')
  const opened = await openByKey(session, { runId: run!.id, digest: project.digest, keys: { keys: [{ id }] } }, signal)
  for (let slice = 0; slice < opened.slices; slice++) await stageSlice(session, opened.streamRunId, slice, signal, () => {})
  await verifyAndPublish(session, opened.streamRunId, signal)
}
