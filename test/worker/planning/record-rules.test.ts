import { expect, test } from 'vitest'
import { fieldsOf } from '../../../worker/planning/plan.js'
import { planned } from '../projects.js'

const from = 'from: bron/mensen\nactivity: proef\n'

const own = (check: string, more = '') => `${from}${more}rules:
  packs: []
  own:
    regel:
      check: ${JSON.stringify(check)}
      severity: warn
      nl: Zo is het.
      en: So it is.
      examples: { valid: [{ dag: null }], invalid: [{ dag: null }] }
`

const pack = (check: string, where = '') => `
hele-record:
  ${where}
  check: ${JSON.stringify(check)}
  severity: warn
  source: Afspraak van de proef
  nl: Zo is het.
  en: So it is.
  examples: { valid: [{ dag: null }], invalid: [{ dag: null }] }
`

async function ofPack(check: string, where?: string) {
  const { stream, plan, problems } = await planned({
    files: { 'rules/eigen.yaml': pack(check, where) },
    contract: `${from}rules: { packs: [eigen] }\n`,
  })
  return { problems, unjudged: plan.unjudged, rules: stream('mensen').plan.datasets[0]!.rules }
}

test('a rule on a record is planned with the columns that it names, also those that do not land', async () => {
  const { stream, problems } = await planned({ contract: own('dag == null || gezet == null || dag <= day(gezet)', 'columns: [kleur]\n') })
  expect(problems).toEqual([])
  const { fields, datasets } = stream('mensen').plan
  const [rule] = datasets[0]!.rules
  expect(rule).toMatchObject({ level: 'record', id: 'own.regel', severity: 'warn', version: 1, nl: 'Zo is het.', en: 'So it is.' })
  expect(fieldsOf(rule!).map((at) => fields[at]!.column)).toEqual(['dag', 'gezet'])
  expect(datasets[0]!.columns.map((c) => c.name)).toEqual(['id', 'kleur'])
})

test('a rule sees what a person may not: that a value is there is no value', async () => {
  const { stream, problems } = await planned({ contract: own('bsn != null || naam != null') })
  expect(problems).toEqual([])
  expect(stream('mensen').plan.datasets[0]!.columns.map((c) => c.name)).not.toContain('bsn')
})

test('a column that is not there is a problem where the check is written, with the nearest one', async () => {
  expect((await planned({ contract: own('dagg == null') })).problems).toEqual([
    "7:14  stream 'mensen' has no column 'dagg'; did you mean 'dag'?",
  ])
})

test.each([
  ['dag <= 3', "7:14  'dag <= 3' compares a day with a whole number"],
  ['dag <= gezet', "7:14  'dag <= gezet' compares a day with a moment"],
  ['kleur > aantal', "7:14  'kleur > aantal' compares a text with a whole number"],
  ['dag', '7:14  a rule is true or false, and this is a day'],
  ['dag <= dag &&', '7:14  this is no expression in CEL: unexpected token: EOF at character 14'],
])('%s is a problem of the contract', async (check, problem) => {
  expect((await planned({ contract: own(check) })).problems).toEqual([problem])
})

test('a rule of a pack that is meant for the stream and names a column that it does not have is told, and why', async () => {
  const { unjudged, rules, problems } = await ofPack('einddatum == null || dag <= einddatum', 'for: { stream: mensen }')
  expect(unjudged).toEqual([{ dataset: 'proef.mensen', rule: 'eigen.hele-record', why: "stream 'mensen' has no column 'einddatum'" }])
  expect({ rules, problems }).toEqual({ rules: [], problems: [] })
})

test('a rule of a pack that names no stream holds where its columns are, and is silent where they are not', async () => {
  expect((await ofPack('dag != null || kleur != null')).rules).toHaveLength(1)
  expect(await ofPack('dag <= einddatum')).toMatchObject({ unjudged: [], rules: [] })
})

test('a rule of a pack whose columns are of another type here is told, and why', async () => {
  expect((await ofPack('dag > 3')).unjudged).toEqual([
    { dataset: 'proef.mensen', rule: 'eigen.hele-record', why: "'dag > 3' compares a day with a whole number" },
  ])
})
