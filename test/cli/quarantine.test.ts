import { afterAll, beforeAll, expect, test } from 'vitest'
import * as findings from '../../cli/findings.js'
import { discard, type FilterOptions, type ListOptions, list, show } from '../../cli/quarantine.js'
import { replay } from '../../cli/quarantine-replay.js'
import type { Finding } from '../../sql/finding-views.js'
import type { QuarantineDetail, QuarantineList } from '../../sql/quarantine.js'
import { type ListsProject, openLists } from '../pitfalls/lists.js'
import { someEntries } from '../sources/lists/server.js'
import { openRunning, type Running } from '../support/running.js'
import { type Gemaal, gemaalFor } from './gemaal.js'
import { openSmall, type Small } from './small.js'

let small: Small
let lists: ListsProject
let listsRunning: Running
let listsGemaal: Gemaal

beforeAll(async () => {
  small = await openSmall()
  await small.running.worker()
  // A list whose entries cannot be asked for one by one.
  lists = await openLists({ byKey: false, entries: someEntries(20) })
  listsRunning = await openRunning(lists)
  listsGemaal = gemaalFor(lists, listsRunning)
})
afterAll(async () => {
  await listsRunning?.close()
  await lists?.close()
  await small?.close()
})

interface Replayed {
  replayed: { id: number; how: string | null }[]
  waiting: number
  unknown: number[]
}

const right = '002564440'
const wrong = '123456789'
const refused = (options: ListOptions = {}) => small.gemaal.read<QuarantineList, ListOptions>(list, [], options)
const found = (options: findings.FindingsOptions = {}) =>
  small.gemaal.read<Finding[], findings.FindingsOptions>(findings.run, [], { dataset: 'zaken.zaken', ...options })
const readZaken = () => small.running.run({ sync: 'dataset zaken.zaken', streams: ['zaken'], reading: 'full' })
const isThere = async (uuid: string) => (await small.waterdam.rows('select uuid from zaken.zaken where uuid = $1', [uuid])).length > 0
const entryOf = async (uuid: string) => (await refused({ limit: '1000' })).entries.find((e) => e.key?.[0] === uuid)!

/** Zaken that the source has and that are refused from now on. */
async function refuse(count: number): Promise<string[]> {
  const made = small.waterdam.zgw.addZaken(count)
  for (const uuid of made) small.waterdam.zgw.changeZaak(uuid, { bronorganisatie: wrong })
  await readZaken()
  return made
}

test('refused records are listed newest first, by page and by condition, with how many each rule refused', async () => {
  const made = await refuse(3)
  const all = await refused({ dataset: 'zaken.zaken' })
  expect(all.entries.map((e) => e.id)).toEqual(all.entries.map((e) => e.id).sort((a, b) => b - a))
  expect(all.byRule).toEqual([{ dataset: 'zaken.zaken', rule: 'nl.rsin', count: all.total }])
  const first = await refused({ limit: '2' })
  const second = await refused({ limit: '2', after: String(first.next) })
  expect([...first.entries, ...second.entries].map((e) => e.id)).toEqual(all.entries.slice(0, 4).map((e) => e.id))
  expect((await refused({ rule: 'nl.bsn' })).total).toBe(0)
  expect((await refused({ since: '2999-01-01' })).total).toBe(0)
  const text = await small.gemaal.run('quarantine', 'list', '--dataset', 'zaken.zaken')
  expect(text.code).toBe(0)
  for (const uuid of made) expect(text.stdout).toContain(uuid)
  expect(await small.gemaal.run('quarantine', 'list', '--since', 'gisteren')).toMatchObject({ code: 2 })
})

test('an entry is shown as it was kept, with the rule and the column, and nothing that the contract does not let land', async () => {
  const [uuid] = await refuse(1)
  const entry = await small.gemaal.read<QuarantineDetail, object>(show, [String((await entryOf(uuid!)).id)])
  expect(entry.findings).toEqual([{ rule: 'nl.rsin', severity: 'reject', column: 'bronorganisatie' }])
  const [{ columns }] = (await small.waterdam.rows<{ columns: string[] }>(
    "select array(select c->>'name' from jsonb_array_elements(plan->'columns') c) as columns from gemaal.datasets where name = 'zaken.zaken'",
  )) as [{ columns: string[] }]
  expect(Object.keys(entry.record).filter((column) => !columns.includes(column))).toEqual([])
  const text = await small.gemaal.run('quarantine', 'show', String(entry.id))
  expect(text.stdout).toContain(`bronorganisatie: ${wrong}`)
  expect(text.stdout).toMatch(/\n {2}Een RSIN .*\n {2}An? RSIN .*\n {2}Laat de bronhouder .*\n {2}Have the owner /)
  expect(text.stderr).toContain(`gemaal quarantine replay ${entry.id}`)
  expect(await small.gemaal.verb(show, ['4711'])).toMatchObject({ code: 2, stderr: expect.stringContaining('there is no entry 4711') })
})

test('a replay lands what was mended, closes what is gone, and says what is refused still', async () => {
  const [mended, gone, still] = (await refuse(3)) as [string, string, string]
  const ids = await Promise.all([mended, gone, still].map(async (uuid) => (await entryOf(uuid)).id))
  small.waterdam.zgw.changeZaak(mended, { bronorganisatie: right })
  small.waterdam.zgw.deleteZaak(gone)
  expect(await isThere(mended)).toBe(false)
  const { replayed, unknown } = await small.gemaal.read<Replayed, FilterOptions>(replay, [...ids.map(String), '4711'])
  expect(ids.map((id) => replayed.find((e) => e.id === id)?.how)).toEqual(['passed', 'gone', null])
  expect(unknown).toEqual([4711])
  expect(await isThere(mended)).toBe(true)
  expect((await entryOf(still)).timesSeen).toBe(2)
})

test('a replay by condition re-reads all that matches, and asks for one', async () => {
  const made = await refuse(2)
  for (const uuid of made) small.waterdam.zgw.changeZaak(uuid, { bronorganisatie: right })
  expect(await small.gemaal.run('quarantine', 'replay')).toMatchObject({ code: 2, stderr: expect.stringContaining('say which') })
  const ended = await small.gemaal.run('quarantine', 'replay', '--dataset', 'zaken.zaken', '--rule', 'nl.rsin')
  expect(ended.stderr).toMatch(/Re-reading \d+ entries of zaken\.zaken\./)
  expect(ended.stdout).toContain('2 passed and landed')
  expect(await Promise.all(made.map(isThere))).toEqual([true, true])
})

test('what cannot be re-read by key waits for the next reading, and it is said why', async () => {
  lists.server.entries[3]!.waarde = 'veel'
  ;(lists.server.entries[4] as { id: unknown }).id = 'zonder nummer'
  await lists.readList('page')
  const { entries } = await listsGemaal.read<QuarantineList, ListOptions>(list, [], { dataset: 'lists.page' })
  expect(entries.map((e) => e.key)).toContainEqual(null)
  const ended = await listsGemaal.verb(replay, [], { all: true })
  expect(ended.code).toBe(2)
  expect(ended.stderr).toContain('2 entries of lists.page wait for the next reading: lists/page cannot be asked for single records.')
})

test('a discard closes entries with who and why, once, and only when it is meant', async () => {
  const [uuid] = await refuse(1)
  const { id } = await entryOf(uuid!)
  expect(await small.gemaal.run('quarantine', 'discard', String(id), '--reason', 'testzaak')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Give --yes'),
  })
  const ended = await small.gemaal.run('quarantine', 'discard', String(id), '--reason', 'testzaak', '--yes')
  expect(ended).toMatchObject({ code: 0, stdout: `closed ${id}\n` })
  const entry = await small.gemaal.read<QuarantineDetail, object>(show, [String(id)])
  expect(entry).toMatchObject({ closedHow: 'discarded', closedBy: 'beheerder', closedReason: 'testzaak' })
  expect(await small.gemaal.verb(discard, [String(id)], { reason: 'testzaak', yes: true })).toMatchObject({ code: 2 })
})

test('findings say how many of how many, and what is new since the reading before', async () => {
  await readZaken()
  const before = (await found()).find((f) => f.rule === 'nl.rsin')!
  const made = await refuse(2)
  const now = (await found()).find((f) => f.rule === 'nl.rsin')!
  expect(now).toMatchObject({ before: before.count, count: before.count + 2, of: before.of + 2, isNew: false, reading: 'full' })
  expect([...now.newExamples].sort()).toEqual([...made].sort())
  expect((await found({ new: true })).map((f) => f.rule)).toEqual(['nl.rsin'])
  const text = await small.gemaal.run('findings', '--dataset', 'zaken.zaken')
  expect(text.stdout).toMatch(/nl\.rsin +reject .* \+2 /)
  await readZaken()
  expect(await found({ new: true })).toEqual([])
  expect(await small.gemaal.run('findings', '--rule', 'nl.rsni')).toMatchObject({ code: 2, stderr: expect.stringContaining("'nl.rsin'") })
})
