import fc from 'fast-check'
import { expect, test } from 'vitest'
import { columnOf, longestColumn } from '../../../worker/planning/names.js'
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

test('a name that Postgres would cut off is refused', async () => {
  const long = 'a'.repeat(longestColumn + 1)
  const { problems } = await planned({ connector: connector(long, 'é'.repeat(32)), contract })
  expect(problems).toEqual([
    `1:7  field '${long}' would be column '${long}', which is longer than 63 bytes; name it in the contract with { from }`,
    `1:7  field '${'é'.repeat(32)}' would be column '${'é'.repeat(32)}', which is longer than 63 bytes; name it in the contract with { from }`,
  ])
})

test('a name that begins as those of the platform do is refused', async () => {
  const { problems } = await planned({ connector: connector('_run_id'), contract })
  expect(problems).toEqual(["1:7  field '_run_id' would be column '_run_id'; names that begin with _ are the platform's own"])
})

test('a column keeps the name that it was given before', async () => {
  const stored = new Map([['bron/dingen', new Map([['mijnVeld', 'mijnveld']])]])
  const { stream, problems } = await planned({ connector: connector('mijnVeld'), contract, stored })
  expect(problems).toEqual([])
  expect(stream('dingen').plan.fields.map((f) => f.column)).toEqual(['id', 'mijnveld'])
})
