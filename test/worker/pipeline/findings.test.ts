import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ListsProject, openLists } from '../../pitfalls/lists.js'
import { type Entry, someEntries } from '../../sources/lists/server.js'

const rule = (field: string, check: string, severity: string) => `
      check: ${check}
      field: ${field}
      severity: ${severity}
      nl: Zo moet het zijn.
      en: This is how it has to be.
      examples: { valid: ['Rij 1'], invalid: ['rij'] }`

/** `naam` warns, `soort` refuses, `plaats` counts. */
const contract = (more = '') => `from: lists/page
${more}rules:
  own:
    naam-goed: ${rule('naam', `{ pattern: 'Rij \\d+' }`, 'warn')}
    soort-goed: ${rule('soort', '{ code-list: [a, b] }', 'reject')}
    plaats-goed: ${rule('plaats', '{ code-list: [hier] }', 'report')}
`

const fields = `
        naam: { type: [string, "null"], kind: none, description: Name }
        soort: { type: [string, "null"], kind: none, description: Kind }
        plaats: { type: [string, "null"], kind: none, description: Place }
        gewijzigd: { type: string, format: date-time, kind: none, description: Changed }`

let lists: ListsProject
const day = (n: number) => `2026-01-${String(n).padStart(2, '0')}T00:00:00Z`

beforeAll(async () => {
  lists = await openLists({
    entries: someEntries(40).map((e) => ({ ...e, soort: 'a', plaats: 'hier', gewijzigd: day(1) })),
    fields,
    changes: '{ cursor: gewijzigd, param: since }',
    since: (entry, since) => String(entry.gewijzigd) > since,
  })
  await lists.apply({ 'datasets/lists/page.yaml': contract() })
})
afterAll(() => lists.close())

const entry = (id: number) => lists.server.entries.find((e) => e.id === id)!
let today = 1
const change = (id: number, values: Partial<Entry>) => Object.assign(entry(id), values, { gewijzigd: day(today) })
const read = (reading?: 'full' | 'changes') => {
  today++
  return lists.readList('page', reading)
}

interface State {
  rule: string
  state: string
  records: number
  of: number
}
const states = async (rule?: string) =>
  (
    await lists.rows<State>(
      `select rule, state, records, of from meta.findings where dataset = 'lists.page' and ($1::text is null or rule = $1) order by first_run, rule`,
      [rule && `own.${rule}`],
    )
  ).map((s) => `${s.rule} ${s.state} ${s.records}/${s.of}`)

test('a finding is new in the run that finds it, open in the next, and resolved when no record breaks the rule any more', async () => {
  await read()
  expect(await states()).toEqual([])
  change(3, { naam: 'drie' })
  change(4, { naam: 'vier' })
  await read()
  expect(await states()).toEqual(['own.naam-goed new 2/40'])
  await read()
  expect(await states()).toEqual(['own.naam-goed open 2/40'])
  change(3, { naam: 'Rij 3' })
  await read()
  expect(await states()).toEqual(['own.naam-goed open 1/40'])
  change(4, { naam: 'Rij 4' })
  await read()
  expect(await states()).toEqual(['own.naam-goed resolved 0/40'])
})

test('what a rule finds again is new again, and what it found before is kept', async () => {
  change(4, { naam: 'vier' })
  await read()
  expect(await states('naam-goed')).toEqual(['own.naam-goed resolved 0/40', 'own.naam-goed new 1/40'])
})

test('a reading of changes resolves nothing that it did not look at, and knows what it did', async () => {
  change(5, { naam: 'vijf' })
  await read('changes')
  expect(await states('naam-goed')).toEqual(['own.naam-goed resolved 0/40', 'own.naam-goed open 2/40'])
  await read('changes')
  expect(await states('naam-goed')).toEqual(['own.naam-goed resolved 0/40', 'own.naam-goed open 2/40'])
  change(5, { naam: 'Rij 5' })
  change(4, { naam: 'Rij 4' })
  await read('changes')
  expect(await states('naam-goed')).toEqual(['own.naam-goed resolved 0/40', 'own.naam-goed resolved 0/40'])
})

test('a refused record counts while it is in quarantine, beside the older version that stands', async () => {
  change(6, { soort: 'x' })
  lists.server.entries.push({ id: 41, naam: 'Rij 41', soort: 'x', plaats: 'hier', gewijzigd: day(today) })
  await read()
  expect(await states('soort-goed')).toEqual(['own.soort-goed new 2/41'])
  expect(await lists.rows('select id::int, _findings from lists.page where id = 6')).toEqual([
    { id: 6, _findings: ['refused:own.soort-goed'] },
  ])
  change(6, { soort: 'b' })
  await read('changes')
  expect(await states('soort-goed')).toEqual(['own.soort-goed open 1/41'])
  lists.server.entries.pop()
  await read()
  expect(await states('soort-goed')).toEqual(['own.soort-goed resolved 0/40'])
})

test('a rule that only counts is compared by readings of everything alone', async () => {
  for (const id of [1, 2, 3]) change(id, { plaats: 'daar' })
  await read()
  expect(await states('plaats-goed')).toEqual(['own.plaats-goed new 3/40'])
  change(1, { plaats: 'hier' })
  await read('changes')
  expect(await states('plaats-goed')).toEqual(['own.plaats-goed open 3/40'])
  change(4, { plaats: 'daar' })
  await read('changes')
  expect(await states('plaats-goed')).toEqual(['own.plaats-goed open 3/40'])
  change(5, { plaats: 'daar' })
  await read()
  expect(await states('plaats-goed')).toEqual(['own.plaats-goed open 4/40'])
  for (const id of [2, 3, 4, 5]) change(id, { plaats: 'hier' })
  await read()
  expect(await states('plaats-goed')).toEqual(['own.plaats-goed resolved 0/40'])
})

test('what each run left standing is kept, down to nothing', async () => {
  const counts = await lists.rows<{ records: number }>(
    `select records from gemaal.rule_counts where dataset = 'lists.page' and rule = 'own.naam-goed' order by run_id`,
  )
  expect(counts.map((c) => c.records)).toEqual([2, 2, 1, 0, 1, 2, 2, 0])
})

test('how good each column was is there for each full reading, also where no record broke a rule', async () => {
  change(7, { naam: 'zeven', soort: 'x' })
  change(8, { naam: 'acht' })
  await read()
  const last = `run_id = (select max(run_id) from meta.column_quality where dataset = 'lists.page')`
  expect(
    await lists.rows(`select "column", rule, broken::int, of::int, share::float8 from meta.column_quality where ${last} order by 1`),
  ).toEqual([
    { column: 'naam', rule: 'own.naam-goed', broken: 2, of: 40, share: 0.05 },
    { column: 'plaats', rule: 'own.plaats-goed', broken: 0, of: 40, share: 0 },
    { column: 'soort', rule: 'own.soort-goed', broken: 1, of: 40, share: 0.025 },
  ])
  await read('changes')
  expect(await lists.rows(`select count(*)::int as n from meta.column_quality where run_id = (select max(id) from gemaal.runs)`)).toEqual([
    { n: 0 },
  ])
})

test.each(['keep', 'hide'])(
  'a record that breaks a rule on the record as a whole goes to quarantine, and its older version is treated as said: %s',
  async (refused) => {
    const together = `    samen:
      check: soort != 'b' || plaats == 'hier'
      severity: reject
      nl: Van soort b is de plaats hier.
      en: Of kind b the place is hier.
      examples:
        valid: [{ soort: b, plaats: hier }]
        invalid: [{ soort: b, plaats: daar }]
`
    await lists.apply({ 'datasets/lists/page.yaml': `${contract(`refused: ${refused}\n`)}${together}` })
    const row = () => lists.rows('select soort, _findings from lists.page where id = 20')
    change(20, { soort: 'a', plaats: 'hier' })
    await read()
    change(20, { soort: 'b', plaats: 'daar' })
    await read()
    expect(await row()).toEqual(refused === 'keep' ? [{ soort: 'a', _findings: ['refused:own.plaats-goed', 'refused:own.samen'] }] : [])
    expect(
      await lists.rows(`select key, findings from gemaal.quarantine where dataset = 'lists.page' and key = '{20}' and closed_at is null`),
    ).toEqual([
      {
        key: ['20'],
        findings: expect.arrayContaining([expect.objectContaining({ rule: 'own.samen', severity: 'reject' })]),
      },
    ])
    expect(await states('samen')).toContain('own.samen new 1/40')
    change(20, { plaats: 'hier' })
    await read('changes')
    expect(await row()).toEqual([{ soort: 'b', _findings: [] }])
    expect((await states('samen')).at(-1)).toBe('own.samen resolved 0/40')
  },
)
