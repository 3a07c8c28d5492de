import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { personalSeen } from '../../../sql/personal.js'
import { type ListsProject, openLists } from '../../pitfalls/lists.js'
import { openWaterdam } from '../../support/waterdam.js'
import { bsn, digits } from '../rules/checks/numbers.js'

const fields = `
        nummer: { type: string, kind: none, description: Number of the entry }
        rsin: { type: string, kind: none, description: Number of an organisation }
        ander: { type: string, kind: none, description: Another number }
        reeks: { type: array, items: { type: string }, kind: none, description: Addresses }`

const numbers = fc.sample(bsn, { numRuns: 60, seed: 7 })
const others = fc.sample(digits(9), { numRuns: 60, seed: 7 })

let project: ListsProject
beforeEach(async () => {
  project = await openLists({
    byKey: false,
    fields,
    size: 25,
    entries: numbers.map((number, i) => ({
      id: i + 1,
      nummer: i % 4 === 0 ? number : `zaak ${i}`,
      rsin: number,
      ander: others[i],
      reeks: [`a${i}@voorbeeld.nl`, `b${i}@voorbeeld.nl`],
    })),
  })
})
afterEach(() => project.close())

const apply = () => project.apply({ 'datasets/lists/page.yaml': 'from: lists/page\nrules: { packs: [nl, avg] }\n' })
const found = () =>
  project.rows(`select rule, severity, level, count, of, detail, examples from gemaal.findings where level = 'load' order by rule`)

test('a column that claims to hold nothing of persons and holds BSNs or addresses is a finding of the run, without a value', async () => {
  await apply()
  await project.read('lists/page')
  expect(await found()).toEqual([
    {
      ...{ rule: 'avg.bsn-in-kolom', severity: 'warn', level: 'load', count: 1, of: 4, examples: [] },
      detail: 'nummer: 15 of 60 values that were looked at are a BSN (25 %), at most 1 %',
    },
    {
      ...{ rule: 'avg.email-in-kolom', severity: 'warn', level: 'load', count: 1, of: 5, examples: [] },
      detail: 'reeks: 120 of 120 values that were looked at are an e-mail address (100 %), at most 1 %',
    },
  ])
})

test('it is told again by each reading, and no more once the column holds none', async () => {
  await apply()
  await project.read('lists/page')
  for (const entry of project.server.entries) Object.assign(entry, { nummer: 'zaak', reeks: [] })
  await project.read('lists/page')
  expect(await project.rows(`select 1 from gemaal.findings where level = 'load' and run_id = (select max(id) from gemaal.runs)`)).toEqual(
    [],
  )
})

test('counts are kept with each batch, so that a reading which goes on after a break has all of them', async () => {
  await apply()
  const begun = await project.begin('lists/page')
  const broken = new Error('the worker was lost')
  await expect(
    begun.stage(undefined, () => {
      throw broken
    }),
  ).rejects.toThrow(broken)
  const half = await personalSeen(project.warehouse.db, begun.streamRunId)
  await begun.stage()
  const whole = await personalSeen(project.warehouse.db, begun.streamRunId)
  expect(half.nummer!.seen).toBeLessThanOrEqual(60)
  expect(whole).toMatchObject({ nummer: { seen: 60, nine: 15, bsn: 15 }, ander: { seen: 60, nine: 60 }, reeks: { seen: 120, email: 120 } })
  // Nothing but names of columns and counts.
  const [{ text }] = (await project.rows<{ text: string }>(`select string_agg(personal::text, '') as text from gemaal.slices`)) as [
    { text: string },
  ]
  for (const number of numbers) expect(text).not.toContain(number)
  await begun.publish()
  expect(await found()).toHaveLength(2)
})

test('numbers of zaken, RSINs and codes of the sample municipality are not accused', async () => {
  const waterdam = await openWaterdam({ zaken: 400 })
  try {
    for (const stream of ['zaaktypen', 'zaken', 'statussen', 'rollen', 'zaakobjecten']) await waterdam.read(stream)
    const [{ text }] = (await waterdam.rows<{ text: string }>(
      `select string_agg(personal::text, '') as text from gemaal.slices where stream_run_id in (select id from gemaal.stream_runs where stream = 'zaken')`,
    )) as [{ text: string }]
    expect(text).toContain('identificatie')
    expect(await waterdam.rows(`select rule, detail from gemaal.findings where rule like 'avg.%'`)).toEqual([])
  } finally {
    await waterdam.close()
  }
})
