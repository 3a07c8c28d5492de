import { expect, test } from 'vitest'
import { fieldsOf } from '../../../worker/planning/plan.js'
import { activities, planned, type Sketch } from '../projects.js'

const from = 'from: bron/mensen\nactivity: proef\n'

const pack = `
pack: { title: Eigen regels, version: 1.0.0, also: [time] }
kleur:
  field: kleur
  check: code-list
  severity: warn
  source: Afspraak van de proef
  nl: Een kleur staat in de lijst.
  en: A colour is on the list.
  examples: { valid: [rood], invalid: [geel] }
nummers:
  for: { type: [integer, decimal], stream: mensen }
  check: { pattern: '[0-9.]+' }
  severity: report
  source: Afspraak van de proef
  nl: Een getal is niet negatief.
  en: A number is not negative.
  examples: { valid: ['1'], invalid: ['-1'] }
elders:
  for: { stream: dingen, column: kleur }
  check: required
  severity: reject
  source: Afspraak van de proef
  nl: Elders is een kleur verplicht.
  en: Elsewhere a colour is required.
  examples: { valid: [rood], invalid: [null] }
hele-record:
  check: dag == null || kleur != null
  severity: warn
  source: Afspraak van de proef
  nl: Wie een dag heeft, heeft een kleur.
  en: What has a day has a colour.
  examples: { valid: [{ dag: null, kleur: null }], invalid: [{ dag: 2026-01-01, kleur: null }] }
`

async function rules(contract: string, more: Sketch = {}) {
  const { stream, plan, problems } = await planned({ files: { 'rules/eigen.yaml': pack }, ...more, contract: `${from}${contract}` })
  const { fields, datasets } = problems.length > 0 ? { fields: [], datasets: [] } : stream('mensen').plan
  return {
    problems,
    unjudged: plan.unjudged,
    rules: (datasets[0]?.rules ?? [])
      // Of the packs that are shipped, these two rules stand for all.
      .filter((r) => r.id.startsWith('eigen.') || r.id.startsWith('own.') || r.id === 'time.datum' || r.id === 'nl.bsn')
      .map((r) => `${r.id} on ${fieldsOf(r).map((f) => fields[f]!.column)}: ${r.severity}`)
      .sort(),
  }
}

test('a dataset is judged by the packs that its contract chooses and by those that come along', async () => {
  const { rules: judged } = await rules('rules: { packs: [eigen] }\n')
  expect(judged).toEqual([
    'eigen.hele-record on dag,kleur: warn',
    'eigen.kleur on kleur: warn',
    'eigen.nummers on aantal: report',
    'eigen.nummers on bedrag: report',
    'time.datum on dag: reject',
  ])
})

test('without a word on packs the connector chooses, and without its choice there is none', async () => {
  expect((await rules('')).rules).toEqual([])
})

test('a contract sets severities, and takes in a rule of a pack that was not chosen by naming it', async () => {
  const { rules: judged } = await rules(
    'rules: { packs: [time], set: { time.datum: blank, eigen.kleur: { severity: reject, upTo: 5 % } } }\n',
  )
  expect(judged).toEqual(['eigen.kleur on kleur: reject', 'time.datum on dag: blank'])
})

test('a contract has rules of its own', async () => {
  const own =
    'rules: { packs: [], own: { dag-verplicht: { field: dag, check: required, severity: warn, nl: Een dag is er., en: There is a day., examples: { valid: [2026-01-01], invalid: [null] } } } }\n'
  expect((await rules(own)).rules).toEqual(['own.dag-verplicht on dag: warn'])
})

test('a rule of its own says itself how much of it the contract takes', async () => {
  const own =
    'rules: { packs: [], own: { dag-verplicht: { field: dag, check: required, severity: warn, upTo: 2, nl: Een dag is er., en: There is a day., examples: { valid: [2026-01-01], invalid: [null] } } } }\n'
  const { stream } = await planned({ contract: `${from}${own}` })
  expect(stream('mensen').plan.datasets[0]!.rules).toMatchObject([{ id: 'own.dag-verplicht', upTo: { count: 2 } }])
})

test('a value that does not land is no ground to refuse a record', async () => {
  expect((await rules('columns: [dag]\nrules: { packs: [time, nl] }\n')).rules).toEqual(['time.datum on dag: reject'])
  const landed = 'personal: [bsn]\nretention: { keep: 1 year, after: dag }\nrules: { packs: [nl] }\n'
  expect((await rules(landed, { activities: activities('{ bsn: pseudonymise }') })).rules).toEqual(['nl.bsn on bsn: reject'])
})

test('a rule keeps its sentences, its check and how much of it the contract takes', async () => {
  const { stream } = await planned({
    files: { 'rules/eigen.yaml': pack },
    contract: `${from}rules: { packs: [], set: { eigen.kleur: { severity: warn, upTo: 5 % } } }\n`,
  })
  expect(stream('mensen').plan.datasets[0]!.rules).toMatchObject([
    {
      id: 'eigen.kleur',
      upTo: { share: 0.05 },
      check: { name: 'code-list', parameters: {} },
      nl: 'Een kleur staat in de lijst.',
      en: 'A colour is on the list.',
    },
  ])
})
