import { expect, test } from 'vitest'
import { planned } from '../projects.js'

const rule = (name: string, check: string, more = '') =>
  `    ${name}: { ${more}check: ${check}, severity: warn, nl: Het is er., en: It is there., examples: { valid: [{ rows: [] }], invalid: [{ rows: [{ id: a }] }] } }\n`

const files = (contracts: { [name: string]: string } = {}) =>
  Object.fromEntries(Object.entries(contracts).map(([name, text]) => [`datasets/proef/${name}.yaml`, text]))

const dingen = 'from: bron/dingen\n'
const connector = `
docs: https://bron.example/docs
streams:
  mensen:
    path: mensen
    pages: { by: single }
    key: id
    record:
      properties:
        id: { type: string, format: uuid, kind: none, description: Nummer }
        ding: { type: string, format: uri, reference: dingen, kind: none, description: Ding }
        dingen: { type: array, items: { type: string, format: uri }, reference: dingen, kind: none, description: Dingen }
        naam: { type: string, kind: naam, description: Naam }
        adres: { type: array, kind: none, description: Adressen, items: { properties: { straat: { type: string, kind: none, description: Straat } } } }
  dingen:
    path: dingen
    pages: { by: single }
    key: id
    record:
      properties:
        id: { type: string, format: uuid, kind: none, description: Nummer }
        kleur: { type: string, kind: none, description: Kleur }
        eigenaar: { type: string, kind: naam, description: Eigenaar }
  paren:
    path: paren
    pages: { by: single }
    key: [links, rechts]
    record:
      properties:
        links: { type: string, kind: none, description: Links }
        rechts: { type: string, kind: none, description: Rechts }
`

async function plan(rules: string, contracts: { [name: string]: string } = { dingen: `${dingen}activity: proef\n` }) {
  const { plan, problems, stream } = await planned({
    connector,
    contract: `from: bron/mensen\nactivity: proef\nrules:\n  packs: [eigen]\n  own:\n${rules}`,
    files: { 'rules/eigen.yaml': 'pack: { title: Eigen }\n', ...files(contracts) },
  })
  const [mensen] = problems.length > 0 ? [] : stream('mensen').plan.datasets
  return { problems, unjudged: plan.unjudged, rules: mensen?.referenceRules ?? [] }
}

const reference = (column: string, to: string) => `{ references: { column: ${column}, to: ${to} } }`
const sql = (text: string) => `{ sql: '${text}' }`

test('a rule on a reference is joined with the dataset that takes the stream', async () => {
  const { rules, problems } = await plan(rule('ding', reference('ding_uuid', 'dingen')))
  expect(problems).toEqual([])
  expect(rules).toMatchObject([
    {
      ...{ level: 'reference', id: 'own.ding', severity: 'warn', columns: ['ding_uuid'] },
      uses: { dingen: { dataset: 'proef.dingen', schema: 'proef', table: 'dingen', key: ['id'], columns: ['id'], sourceInKey: false } },
    },
  ])
})

test('a column that holds several references is one that refers', async () => {
  expect((await plan(rule('dingen', reference('dingen_uuid', 'dingen')))).rules).toHaveLength(1)
})

test('SQL is joined with a dataset for each stream that it uses, with the columns that it names', async () => {
  const uses = 'uses: { rows: [ding_uuid], dingen: [id, kleur] }, '
  const { rules } = await plan(rule('sql', sql('select {key} from {rows} r join {dingen} d on d.id = r.ding_uuid'), uses))
  expect(rules).toMatchObject([{ columns: ['ding_uuid'], uses: { dingen: { dataset: 'proef.dingen', columns: ['id', 'kleur'] } } }])
})

test('of several datasets of a stream the first that takes all of it is joined', async () => {
  const contracts = { blauwe: `${dingen}activity: proef\nwhere: { kleur: [blauw] }\n`, dingen: `${dingen}activity: proef\n` }
  const { rules } = await plan(rule('ding', reference('ding_uuid', 'dingen')), contracts)
  expect(rules[0]!.uses.dingen!.dataset).toBe('proef.dingen')
})

test.each([
  ['a stream that no dataset takes', reference('ding_uuid', 'dingen'), '', {}, "no dataset takes from 'dingen' of this source"],
  [
    'a dataset that takes a part',
    ...[reference('ding_uuid', 'dingen'), '', { blauwe: `${dingen}activity: proef\nwhere: { kleur: [blauw] }\n` }],
    "proef.blauwe takes a part of 'dingen' (where)",
  ],
  ['a column that is not there', reference('dingg_uuid', 'dingen'), '', undefined, "column 'dingg_uuid' does not land"],
  ['a column that does not land', reference('naam', 'dingen'), '', undefined, "column 'naam' does not land"],
  [
    'a column that refers elsewhere',
    reference('ding_uuid', 'mensen'),
    '',
    undefined,
    "column 'ding_uuid' refers to 'dingen', and not to 'mensen'",
  ],
  ['a structure', reference('adres', 'dingen'), '', undefined, "column 'adres' holds a structure, and no reference"],
  [
    'a key of several columns',
    ...[reference('id', 'paren'), '', { paren: 'from: bron/paren\nactivity: proef\n' }],
    'the key of proef.paren is of 2 columns, and a reference names one',
  ],
  [
    'SQL on a column that does not land there',
    ...[
      sql('select r.id from {rows} r join {dingen} d on d.id = r.ding_uuid'),
      'uses: { rows: [ding_uuid], dingen: [id, eigenaar] }, ',
      undefined,
    ],
    "of proef.dingen column 'eigenaar' does not land",
  ],
  [
    'SQL on a column that does not land here',
    ...[sql('select r.id from {rows} r join {dingen} d on d.id = r.ding_uuid'), 'uses: { rows: [naam], dingen: [id] }, ', undefined],
    "column 'naam' does not land",
  ],
  [
    'SQL that writes',
    ...[sql('delete from {rows} using {dingen}'), 'uses: { rows: [ding_uuid], dingen: [id] }, ', undefined],
    'this is not a SELECT',
  ],
] as [string, string, string, { [name: string]: string } | undefined, string][])(
  "a contract's own rule with %s is a problem at its place",
  async (_, check, uses, contracts, why) => {
    const { problems } = await plan(rule('ding', check, uses), contracts)
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain(why)
    expect(problems[0]).toMatch(/^6:\d+ /)
  },
)

test('the same of a pack is a note that the rule is left out', async () => {
  const pack = `pack: { title: Eigen }
ding:
  check: { references: { column: ding_uuid, to: dingen } }
  severity: warn
  source: Afspraak van de proef
  nl: Het is er.
  en: It is there.
  examples: { valid: [{ rows: [] }], invalid: [{ rows: [{ id: a }] }] }
`
  const contract = 'from: bron/mensen\nactivity: proef\nrules: { packs: [eigen] }\n'
  const { plan: made, problems } = await planned({ connector, contract, files: { 'rules/eigen.yaml': pack } })
  expect(problems).toEqual([])
  expect(made.unjudged).toEqual([{ dataset: 'proef.mensen', rule: 'eigen.ding', why: "no dataset takes from 'dingen' of this source" }])
})
