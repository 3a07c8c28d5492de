import { expect, test } from 'vitest'
import { activities, planned } from '../projects.js'

/** Personal kinds that land: the BSN as a pseudonym, a birth date as its year, a postcode as it is. */
const register = activities('{ bsn: pseudonymise, geboortedatum: year, postcode: keep }')
const from =
  'from: bron/mensen\nactivity: proef\npersonal: [bsn, geboortedatum, postcode]\nretention: { keep: 1 year, after: dag }\ncolumns: { kleur: drop }\n'

const rule = (check: string, more = '') => `
  own:
    proef:
      check: ${check}
      severity: warn
      nl: Een zin.
      en: A sentence.${more}
      examples: { valid: [EXAMPLE], invalid: [EXAMPLE] }
`
const set = (check: string, more = '') => rule(check, more).replaceAll('EXAMPLE', '[{ id: "1" }]')
const load = (check: string) => rule(check).replaceAll('EXAMPLE', '{ before: [], now: "0" }')

async function plan(own: string, packs = '[]') {
  const made = await planned({ activities: register, contract: `${from}rules:\n  packs: ${packs}${own}` })
  const dataset = made.problems.length > 0 ? undefined : made.stream('mensen').plan.datasets[0]
  return { ...made, setRules: dataset?.setRules ?? [], loadRules: dataset?.loadRules ?? [] }
}
const problems = async (own: string) => (await plan(own)).problems

test('a rule on a dataset knows the columns that it looks at', async () => {
  const { setRules } = await plan(set('{ at-most-one: { per: [dag, soort], where: { open: "true" } } }'))
  expect(setRules).toMatchObject([{ id: 'own.proef', level: 'dataset', version: 1, severity: 'warn', columns: ['dag', 'soort', 'open'] }])
})

test('a column that is not in the dataset, or does not land, is a problem at its place', async () => {
  expect(await problems(set('{ unique: [dagg] }'))).toEqual([
    expect.stringMatching(/^10:24 {2}there is no column 'dagg' in this dataset; expected one of id, .*; did you mean 'dag'\?$/),
  ])
  expect(await problems(set('{ at-most-one: { per: dag, where: { kleur: rood } } }'))).toEqual([
    expect.stringMatching(/^10:\d+ {2}column 'kleur' does not land in this dataset, so that a rule on what landed cannot look at it$/),
  ])
  expect(await problems(set('{ unique: [naam] }'))).toEqual([expect.stringContaining("'naam' does not land")])
})

test('pseudonyms can be compared, and nothing else can be asked of them', async () => {
  expect(await problems(set('{ unique: [bsn] }'))).toEqual([])
  expect(await problems(set('{ at-most: { per: bsn, most: 3 } }'))).toEqual([])
  const lands = [expect.stringContaining("'bsn' lands as a pseudonym, of which can be said only whether two are the same")]
  expect(await problems(set('{ at-most-one: { per: dag, where: { bsn: "999990019" } } }'))).toEqual(lands)
  expect(await problems(set('{ sql: "select id from {rows}" }', '\n      uses: { rows: [bsn] }'))).toEqual(lands)
})

test('a column that lands coarser is not judged as what it was', async () => {
  expect(await problems(set('{ unique: [geboren, postcode] }'))).toEqual([
    expect.stringContaining("'geboren' lands coarser than it is (year)"),
  ])
  expect(await problems(set('{ unique: [postcode] }'))).toEqual([])
})

test('a period is two days, two moments or two numbers', async () => {
  const overlap = (begin: string, end: string) => set(`{ no-overlap: { per: soort, from: ${begin}, to: ${end}, end: inclusive } }`)
  expect(await problems(overlap('dag', 'dag'))).toEqual([])
  expect(await problems(overlap('dag', 'gezet'))).toEqual([expect.stringContaining("'dag' is date, 'gezet' timestamptz")])
  expect(await problems(overlap('soort', 'soort'))).toEqual([expect.stringContaining('two days, two moments or two numbers')])
})

test('a tree refers to its own key', async () => {
  expect(await problems(set('{ hierarchy: { parent: soort, levels: 2 } }'))).toEqual([])
  expect(await problems(set('{ hierarchy: { parent: zaak_uuid, levels: 2 } }'))).toEqual([
    expect.stringContaining("'zaak_uuid' (uuid) cannot refer to the key 'id' (text)"),
  ])
})

test('SQL on a dataset is one SELECT over its own rows', async () => {
  const sql = (text: string, uses = '{ rows: [dag] }') => set(`{ sql: "${text}" }`, `\n      uses: ${uses}\n      level: dataset`)
  expect(await problems(sql('select {key} from {rows} where dag is null'))).toEqual([])
  expect(await problems(sql('select id from {rows}; select 1'))).toEqual([expect.stringContaining('more than one statement')])
  expect(await problems(sql('select id from mensen'))).toEqual([expect.stringContaining('it does not look at {rows}')])
  expect(await problems(sql('select id from {rows}, {dingen}', '{ rows: [dag], dingen: [id] }'))).toEqual([
    expect.stringContaining('a rule on a dataset looks at its rows alone'),
  ])
})

test('of a load only absence is counted where a column is about persons', async () => {
  expect((await plan(load('{ null-share-within: { column: bsn } }'))).loadRules).toMatchObject([{ columns: ['bsn'] }])
  expect(await problems(load('{ distribution-within: { column: postcode } }'))).toEqual([
    expect.stringContaining("'postcode' is about persons (postcode), and what a rule on a load measures is kept and shown"),
  ])
})

test('a rule on a load that names no column is about those that it can measure', async () => {
  const { loadRules } = await plan(load('null-share-within'))
  expect(loadRules[0]!.columns).toContain('soort')
  expect(loadRules[0]!.columns).not.toContain('id')
  expect((await plan(load('distribution-within'))).loadRules).toMatchObject([{ columns: ['soort'] }])
  expect((await plan(load('row-count-within'))).loadRules).toMatchObject([{ columns: [] }])
})

test('how fresh a load is follows from a day or a moment, and its codes from a description', async () => {
  expect(await problems(load('{ fresh-within: { column: gezet, of: 1 day } }'))).toEqual([])
  expect(await problems(load('{ fresh-within: { column: soort, of: 1 day } }'))).toEqual([
    expect.stringContaining("'soort' is text, and no day or moment"),
  ])
  expect(await problems(load('{ distribution-within: { column: soort } }'))).toEqual([])
  expect(await problems(load('{ distribution-within: { column: dag } }'))).toEqual([
    expect.stringContaining('whose codes nobody described'),
  ])
})

test('a rule of a pack whose columns do not land is left out, and it says why', async () => {
  const made = await planned({
    activities: register,
    contract: `${from}rules:\n  packs: [eigen]\n`,
    files: {
      'rules/eigen.yaml': `pack: { title: Eigen regels, version: 1.0.0 }
kleuren:
  check: { unique: kleur }
  severity: hold
  source: Afspraak van de proef
  nl: Elke kleur is er een keer.
  en: Each colour is there once.
  examples: { valid: [[{ kleur: rood }]], invalid: [[{ kleur: rood }, { kleur: rood }]] }
`,
    },
  })
  expect(made.problems).toEqual([])
  expect(made.plan.unjudged).toEqual([
    {
      dataset: 'proef.mensen',
      rule: 'eigen.kleuren',
      why: "column 'kleur' does not land in this dataset, so that a rule on what landed cannot look at it",
    },
  ])
})
