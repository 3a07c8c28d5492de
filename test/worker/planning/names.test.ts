import fc from 'fast-check'
import { expect, test } from 'vitest'
import { columnOf } from '../../../connectors/column.js'
import { longestColumn } from '../../../worker/planning/names.js'
import { planned } from '../projects.js'

test.each<[path: string[], column: string]>([
  [['uuid'], 'uuid'],
  [['registratiedatum'], 'registratiedatum'],
  [['betrokkeneIdentificatie', 'inpBsn'], 'betrokkene_identificatie_inp_bsn'],
  [['inpA_nummer'], 'inp_a_nummer'],
  [['VOORZIENING_ID'], 'voorziening_id'],
  [['HTTPStatus'], 'http_status'],
  [['BSNNummer'], 'bsn_nummer'],
  [['adres2'], 'adres2'],
  [['2eAdres'], '_2e_adres'],
  [['Perioden (jaar)'], 'perioden_jaar'],
  [['@odata.etag'], '_odata_etag'],
  [['Straße'], 'straße'],
])('%j becomes column %s', (path, column) => {
  expect(columnOf(path, 'text')).toBe(column)
})

test('a link to another record says so in its name', () => {
  expect(columnOf(['zaaktype'], 'reference')).toBe('zaaktype_uuid')
})

test('the name of a column is one of Postgres without quoting capitals, whatever the field is called', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 3 }), (path) => {
      const column = columnOf(path, 'text')
      expect(column).toBe(column.toLowerCase())
      expect(column).not.toMatch(/[\s"'.\-A-Z]/)
    }),
  )
})

function connector(...properties: string[]): string {
  return `docs: https://bron.example/docs
streams:
  dingen:
    path: dingen
    pages: { by: single }
    key: id
    record:
      properties:
        id: { type: string, kind: none, description: Nummer }
${properties.map((name) => `        ${name}: { type: string, kind: none, description: Een veld }\n`).join('')}`
}
const contract = 'from: bron/dingen\n'

test('two fields that come to one column are refused, with both names', async () => {
  const { problems } = await planned({ connector: connector('mijnVeld', 'mijn_veld'), contract })
  expect(problems).toEqual(["1:7  fields 'mijnVeld' and 'mijn_veld' would both be column 'mijn_veld'"])
})

const way = (name: string) => `; give it a name under 'columns', as in { kort: { from: ${name}, description: … } }`
const long = 'a'.repeat(longestColumn + 1)

test('a column under a name that Postgres would cut off is refused, and so is one under a name as those of the platform', async () => {
  const { problems } = await planned({ connector: connector(long, 'é'.repeat(32), '_run_id', '2eVeld'), contract })
  expect(problems).toEqual([
    `1:1  field '${long}' would be column '${long}', which is longer than 63 bytes${way(long)}`,
    `1:1  field '${'é'.repeat(32)}' would be column '${'é'.repeat(32)}', which is longer than 63 bytes${way('é'.repeat(32))}`,
    `1:1  field '_run_id' would be column '_run_id', and names that begin with _ are the platform's own${way('_run_id')}`,
    `1:1  field '2eVeld' would be column '_2e_veld', and names that begin with _ are the platform's own${way('_2e_veld')}`,
  ])
})

test('such a field lands under the name that the contract gives it, and is no matter where it does not land', async () => {
  const fields = connector(long, '_run_id', 'kleur')
  const given = `${contract}columns: { kort: { from: ${long}, description: Kort }, run: { from: _run_id, description: Run } }\n`
  const { stream, problems } = await planned({ connector: fields, contract: given })
  expect(problems).toEqual([])
  expect(stream('dingen').plan.datasets[0]!.columns.map((c) => c.name)).toEqual(['id', 'kort', 'run', 'kleur'])
  expect((await planned({ connector: fields, contract: `${contract}columns: [kleur]\n` })).problems).toEqual([])
})

test.each<[what: string, list: string, field: string, expected: string]>([
  ['the key of its record', 'delen', 'id', "'delen' would be a table with a column 'id', which another column of that table is called"],
  [
    'another field',
    'delen',
    'mijnVeld',
    "'delen' would be a table with a column 'mijn_veld', which another column of that table is called",
  ],
  [
    'a column of the platform',
    'delen',
    '_index',
    "'delen' would be a table with a column '_index', and names that begin with _ are the platform's own",
  ],
  [
    'no table that Postgres can have',
    'd'.repeat(60),
    'kleur',
    `'${'d'.repeat(60)}' would be table 'mensen_${'d'.repeat(60)}', which is longer than 63 bytes`,
  ],
])('a list of objects is refused as a table where a name in it is that of %s', async (_, list, field, expected) => {
  const element = `{ ${field}: { type: string, kind: none, description: Veld }, mijn_veld: { type: string, kind: none, description: Veld } }`
  const fields = `${connector()}        ${list}: { type: array, kind: none, description: Delen, items: { properties: ${element} } }\n`
  const { problems } = await planned({ connector: fields, contract: `${contract}columns: { ${list}: table }\n` })
  expect(problems).toEqual([`2:${14 + list.length}  ${expected}; land it as json, or drop it`])
})

test('a column keeps the name that it was given before', async () => {
  const stored = new Map([['bron/dingen', new Map([['mijnVeld', 'mijnveld']])]])
  const { stream, problems } = await planned({ connector: connector('mijnVeld'), contract, stored })
  expect(problems).toEqual([])
  expect(stream('dingen').plan.fields.map((f) => f.column)).toEqual(['id', 'mijnveld'])
})
