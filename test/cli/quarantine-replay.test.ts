import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ListOptions, list } from '../../cli/quarantine.js'
import { type ReplayOptions, replay } from '../../cli/quarantine-replay.js'
import type { QuarantineList } from '../../sql/quarantine.js'
import { type ListsProject, openLists } from '../pitfalls/lists.js'
import { someEntries } from '../sources/lists/server.js'
import { openRunning, type Running } from '../support/running.js'
import { type Gemaal, gemaalFor } from './gemaal.js'

const fields = `
        naam: { type: [string, "null"], kind: none, description: Name }
        bedrag: { type: [number, "null"], kind: none, description: Amount }
        begin: { type: [string, "null"], format: date-time, kind: none, description: Begin }
        plek: { type: [object, "null"], kind: none, description: Place, properties: { x: { type: number, kind: none, description: x } } }`

/** Refuses a name that does not fit; `more` are other rules. */
const contract = (pattern: string, more = '', columns = '') => `from: lists/page
${columns}rules:
  own:
    naam-goed:
      field: naam
      check: { pattern: '${pattern}' }
      severity: reject
      nl: De naam past.
      en: The name fits.
      examples: { valid: ['x'], invalid: ['y'] }
${more}`

interface Place {
  lists: ListsProject
  running: Running
  gemaal: Gemaal
}
const places: { asked: Place; shut: Place } = {} as never

async function open(byKey: boolean): Promise<Place> {
  const lists = await openLists({ byKey, entries: [], fields })
  for (const entry of someEntries(20))
    lists.server.entries.push({
      id: entry.id,
      naam: entry.naam,
      bedrag: 0.5,
      begin: '2026-07-01T12:00:00.123456+02:00',
      plek: { x: 1.25 },
    })
  await lists.apply({ 'datasets/lists/page.yaml': contract('Rij \\d+') })
  const running = await openRunning(lists)
  await running.worker()
  return { lists, running, gemaal: gemaalFor(lists, running) }
}
beforeAll(async () => {
  places.asked = await open(true)
  places.shut = await open(false)
})
afterAll(async () => {
  for (const place of Object.values(places)) {
    await place.running.close()
    await place.lists.close()
  }
})

interface Answer {
  replayed: { id: number; how: string | null }[]
  waiting: number
  entries: { id: number; way: string; refusedBy: string[]; why: string | null; how: string | null }[]
}

const read = ({ running }: Place) => running.run({ source: 'lists', sync: 'dataset lists.page', streams: ['page'], reading: 'full' })
const refused = async ({ gemaal }: Place) => (await gemaal.read<QuarantineList, ListOptions>(list, [], { dataset: 'lists.page' })).entries
const replayed = ({ gemaal }: Place, options: ReplayOptions = {}) =>
  gemaal.read<Answer, ReplayOptions>(replay, [], { all: true, ...options })
const entry = ({ lists }: Place, id: number) => lists.server.entries.find((e) => e.id === id)!
const rule = ({ lists }: Place, pattern: string, more = '', columns = '') =>
  lists.apply({ 'datasets/lists/page.yaml': contract(pattern, more, columns) })
const asks = ({ lists }: Place) => lists.server.requests.length

test('by the rules that refused a record only its source can have changed, and is asked', async () => {
  const place = places.asked
  for (const id of [1, 2, 3]) entry(place, id).naam = `fout ${id}`
  await read(place)
  entry(place, 1).naam = 'Rij 1'
  const { entries } = await replayed(place)
  expect(entries.map((e) => `${e.way} ${e.how}`).sort()).toEqual(['asked null', 'asked null', 'asked passed'])
})

test('what changed rules refuse still, as it was kept, is said without asking the source, unless that is wanted', async () => {
  const place = places.asked
  await rule(place, 'Rij \\d+|fout 3')
  entry(place, 2).naam = 'Rij 2'
  const before = asks(place)
  const [two] = (await refused(place)).filter((e) => e.key![0] === '2')
  const ended = await place.gemaal.verb(replay, [String(two!.id)])
  expect(ended.code).toBe(0)
  expect(ended.stdout).toMatch(new RegExp(`${two!.id} +lists\\.page +judged as kept +still refused by own\\.naam-goed`))
  expect(ended.stderr).toContain('1 entry of lists.page: still refused by own.naam-goed, judged as kept by the rules of now.')
  expect(asks(place)).toBe(before)
  const { entries } = await replayed(place)
  expect(entries.map((e) => [e.way, e.refusedBy, e.how])).toEqual([
    ['judged', ['own.naam-goed'], null],
    ['asked', [], 'passed'],
  ])
  expect((await replayed(place, { askSource: true })).entries.map((e) => `${e.way} ${e.how}`)).toEqual(['asked passed'])
  expect(await refused(place)).toEqual([])
})

test('where the source cannot be asked, what passes now lands from what was kept, as the source would have given it', async () => {
  const place = places.shut
  Object.assign(entry(place, 4), { naam: 'fout 4', bedrag: 12345678901.125 })
  entry(place, 5).naam = 'fout 5'
  await read(place)
  const waiting = await place.gemaal.verb(replay, [], { all: true })
  expect(waiting.code).toBe(2)
  expect(waiting.stderr).toContain('cannot be asked for single records. As they were kept they are still refused by own.naam-goed.')
  await rule(place, 'Rij \\d+|fout 4')
  const before = asks(place)
  const { entries } = await replayed(place)
  expect(entries.map((e) => [e.way, e.refusedBy, e.how])).toEqual([
    ['kept', [], 'passed'],
    ['waits', ['own.naam-goed'], null],
  ])
  expect(asks(place)).toBe(before)
  const kept = await place.lists.rows('select * from lists.page where id = 4')
  expect(kept).toMatchObject([{ naam: 'fout 4', bedrag: '12345678901.125', plek: { x: 1.25 }, _findings: [] }])
  const [run] = await place.lists.rows<{ read: number; new: number; balanced: boolean }>(
    `select read::int, new::int + changed::int as new, balanced from meta.runs where reading = 'by-key' order by id desc limit 1`,
  )
  expect(run).toEqual({ read: 1, new: 1, balanced: true })
  // The source gives the same record: nothing changes.
  await read(place)
  expect(await place.lists.rows('select _run_id, _changed_at, _hash from lists.page where id = 4')).toEqual(
    kept.map(({ _run_id, _changed_at, _hash }) => ({ _run_id, _changed_at, _hash })),
  )
})

test('a record that was not kept whole waits, and one of which a rule cannot be asked is read again', async () => {
  const all = 'version: 2.0.0\n'
  const little = `${all}columns: [id, naam]\n`
  const shut = places.shut
  entry(shut, 6).naam = 'fout 6'
  await rule(shut, 'Rij \\d+|fout 4', '', little)
  await read(shut)
  await rule(shut, 'Rij \\d+|fout \\d', '', all)
  expect((await replayed(shut)).entries.map((e) => `${e.way} ${e.refusedBy}`)).toEqual(['waits ', 'waits '])
  await read(shut)
  expect(await refused(shut)).toEqual([])

  const asked = places.asked
  entry(asked, 7).naam = 'fout 7'
  await rule(asked, 'Rij \\d+|fout 3', '', little)
  await read(asked)
  // Now a rule looks at what did not land then.
  const more = `    begin-goed:
      field: begin
      check: { date: { from: 2020-01-01 } }
      severity: warn
      nl: Het begin past.
      en: The begin fits.
      examples: { valid: ['2026-01-01'], invalid: ['2019-01-01'] }
`
  await rule(asked, 'Rij \\d+|fout 3', more, all)
  expect((await replayed(asked)).entries.map((e) => `${e.way} ${e.how}`)).toEqual(['asked null'])
})
