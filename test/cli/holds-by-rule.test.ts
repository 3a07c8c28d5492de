import { afterAll, beforeAll, expect, test } from 'vitest'
import { accept, list } from '../../cli/holds.js'
import type { Hold } from '../../sql/holds.js'
import { openSmall, type Small } from './small.js'

const contract = (severity: string) => `from: open-zaak/zaaktypen
rules:
  own:
    een-ervan:
      uses: { rows: [omschrijving] }
      check: { sql: "select {key} from {rows} where omschrijving = (select min(omschrijving) from {rows})" }
      severity: ${severity}
      nl: Er is er geen die vooraan staat.
      en: None comes first.
      examples: { valid: [[]], invalid: [[{ omschrijving: a }]] }
`
const file = 'datasets/catalogi/zaaktypen.yaml'

let small: Small
beforeAll(async () => {
  small = await openSmall({}, { [file]: contract('hold') })
  await small.running.worker()
})
afterAll(() => small?.close())

const zaaktypen = () => small.waterdam.rows('select uuid from catalogi.zaaktypen')

test('a hold by a rule says how many rows break which rule, and is published when it is accepted', async () => {
  const read = await small.gemaal.run('run', 'catalogi.zaaktypen')
  expect(read).toMatchObject({ code: 7 })
  expect(await zaaktypen()).toEqual([])
  const [hold] = await small.gemaal.read<Hold[]>(list)
  const shown = await small.gemaal.run('holds', 'show', String(hold!.id))
  expect(shown.stdout).toMatch(/In catalogi.zaaktypen \d+ of \d+ rows break own.een-ervan./)
  expect(shown.stderr).toContain(`gemaal holds accept ${hold!.id} --reason`)
  expect(shown.stderr).not.toContain('holds freeze')
  expect((await small.gemaal.verb(accept, [String(hold!.id)], { reason: 'bekend', yes: true })).code).toBe(0)
  expect((await zaaktypen()).length).toBeGreaterThan(0)
  expect((await small.gemaal.run('run', 'catalogi.zaaktypen')).code).toBe(0)
})

test('a run in which a rule of severity fail is broken fails with the rule, by exit code 4', async () => {
  await small.waterdam.apply({ [file]: contract('fail') })
  const ended = await small.gemaal.run('run', 'catalogi.zaaktypen', '--full')
  expect(ended).toMatchObject({ code: 4 })
  expect(ended.stderr + ended.stdout).toMatch(/\d+ of \d+ rows break own.een-ervan/)
  const [run] = await small.waterdam.rows('select status, error_code from gemaal.runs order by id desc limit 1')
  expect(run).toEqual({ status: 'failed', error_code: 'RuleBroken' })
})
