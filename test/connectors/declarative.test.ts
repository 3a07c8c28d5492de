import { readFile } from 'node:fs/promises'
import Ajv from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import type { Stream } from '../../connectors/connector.js'
import { parseConnector } from '../../connectors/declarative.js'
import { InvalidConnector } from '../../connectors/errors.js'
import { connectorJsonSchema } from '../../connectors/form.js'
import { fieldsOf } from '../../connectors/record.js'

/** The example of the style guide. */
const laadpalen = `# yaml-language-server: $schema=../connector.schema.json
docs: https://data.example.nl/laadpalen/v1/docs
streams:
  laadpalen:
    path: laadpalen
    pages: { by: nextLink, records: results, next: next }
    key: id
    changes: { cursor: gewijzigdOp, param: gewijzigdNa }
    record:
      type: object
      required: [id, gewijzigdOp]
      properties:
        id: { type: string, kind: none, description: Number on the pole }
        gewijzigdOp: { type: string, format: date-time, kind: none, description: Last change of the record }
        vermogen: { type: number, kind: none, description: Power in kW }
`

/** All that the form has. */
const whole = `docs: https://data.example.nl/docs
authentication: { by: oauth2, tokenPath: '/{settings.gebied}/token', scope: lezen, body: json, client: basic, fields: { audience: zaken } }
apis: { zaken: /zaken, catalogi: /catalogi }
headers: { Accept-Crs: EPSG:4326 }
settings:
  jaar: { description: Jaar van de cijfers, default: 2025 }
  gebied: { description: Code van het gebied }
  wijk: { description: Code van de wijk, optional: true }
streams:
  zaken:
    description: Zaken
    path: zaken/{settings.jaar}
    params: { gebied: '{settings.gebied}', gemeente: '{organisation.code}' }
    api: zaken
    headers: { Accept: application/vnd.zaken+json }
    method: POST
    body:
      filter: { code: 0363, exact: '5', vanaf: 2.50, open: true, bij: null, soort: [1, 12E4], gebied: '{settings.gebied}' }
      query: '{ zaken { id } }'
    pages: { by: pageNumber, param: page, first: 0, size: { param: size, value: 0100 }, end: total, total: count, most: 10000, estimated: { body: geschat }, more: { header: X-Meer, is: ja } }
    key: [uuid, versie]
    byKeyPath: zaken/{uuid}/{versie}
    changes: { cursor: versie, param: $filter, value: 'versie ge {}', overlap: 10, order: { param: $orderby, value: versie }, sees: { updates: true, deletes: false }, blind: Niets }
    onAnswer: [{ status: 410, means: expired }, { status: 403, body: code, is: [498, 499], means: renew }, { body: success, is: false, means: refused }]
    defaults: { retention: { follow: archiefactiedatum }, packs: [nl] }
    record:
      properties:
        uuid: { type: string, format: uuid, kind: none, description: Uuid }
        versie: { type: integer, kind: none, description: Versie }
        soort: { enum: [0363, 1E4, true, null], ordered: true, kind: none, description: Soort }
        omschrijving: { type: [string, null], volatile: true, lands: true, kind: vrije_tekst, description: Omschrijving }
  rollen:
    path: zaken/{parent.uuid}/{parent.versie}/rollen
    api: zaken
    pages: { by: single }
    parent: { stream: zaken, field: zaak }
    after: [zaken]
    key: id
    record:
      properties:
        id: { type: string, kind: none, description: Id }
        zaak: { type: string, added: true, kind: none, description: Zaak }
`

test('the smallest connector is one', () => {
  const connector = parseConnector(laadpalen, 'connector.yaml')
  expect(connector.streams).toMatchObject({
    laadpalen: { key: 'id', pages: { by: 'nextLink', next: 'next' }, changes: { cursor: 'gewijzigdOp' } },
  })
})

test('numbers and flags are what the form says, and codes keep their text', () => {
  const connector = parseConnector(whole, 'connector.yaml')
  const { zaken } = connector.streams as Exclude<typeof connector.streams, (...args: never[]) => unknown>
  expect(zaken!.pages).toEqual({
    by: 'pageNumber',
    param: 'page',
    first: 0,
    size: { param: 'size', value: 100 },
    end: 'total',
    total: 'count',
    most: 10_000,
    estimated: { body: 'geschat' },
    more: { header: 'X-Meer', is: 'ja' },
  })
  expect(zaken!.onAnswer![1]).toEqual({ status: 403, body: 'code', is: ['498', '499'], means: 'renew' })
  expect(zaken!.changes!.sees).toEqual({ updates: true, deletes: false })
  const fields = fieldsOf(zaken!.record)
  expect(fields.find(({ path }) => path[0] === 'soort')).toMatchObject({ codes: ['0363', '1E4', 'true', 'null'], ordered: true })
  expect(fields.find(({ path }) => path[0] === 'omschrijving')).toMatchObject({ value: 'text', required: false, volatile: true })
})

test('what is posted has the values of JSON, and text where it stands in quotes or is no number of JSON', () => {
  const { zaken } = parseConnector(whole, 'connector.yaml').streams as { [name: string]: Stream }
  expect(zaken!.body).toEqual({
    filter: { code: '0363', exact: '5', vanaf: 2.5, open: true, bij: null, soort: [1, '12E4'], gebied: '{settings.gebied}' },
    query: '{ zaken { id } }',
  })
})

test('settings of a source are text, with defaults, and no others', () => {
  const { settings } = parseConnector(whole, 'connector.yaml')
  expect(settings!.parse({ gebied: '0363' })).toEqual({ gebied: '0363', jaar: '2025' })
  expect(settings!.safeParse({}).success).toBe(false)
  expect(settings!.safeParse({ gebied: '0363', gebeid: '0363' }).success).toBe(false)
})

describe('a fault is named with its line, its column and what is expected', () => {
  test.each<[string, string, string, string]>([
    ['a misspelt key', 'key: id', 'keey: id', "c.yaml:7:5  unknown key 'keey'; expected one of "],
    ['the nearest key', 'description: Power', 'discription: Power', "did you mean 'description'?"],
    ['a key of another place', 'key: id', 'key: id\n    docs: x', "c.yaml:8:5  unknown key 'docs'"],
    ['a missing key', '    path: laadpalen\n', '', "c.yaml:4:3  'streams.laadpalen.path' is missing"],
    ['a missing key of a form', 'next: next', 'x: next', "c.yaml:6:5  'streams.laadpalen.pages.next' is missing"],
    [
      'an unknown way of paging',
      'by: nextLink',
      'by: nextlink',
      "c.yaml:6:18  'streams.laadpalen.pages.by' is none of nextLink, pageNumber, offset, cursorToken, lastRecord, single; did you mean 'nextLink'?",
    ],
    [
      'a key that the way of paging does not have',
      'next: next',
      'next: next, param: x',
      "c.yaml:6:58  unknown key 'param'; expected one of by, records, total, estimated, more, size, next, header, end",
    ],
    [
      'a number that is none',
      'next: next',
      'next: next, size: { param: n, value: many }',
      "c.yaml:6:83  'streams.laadpalen.pages.size.value'",
    ],
    [
      'an unknown kind',
      'kind: none, description: Power',
      'kind: nane, description: Power',
      "c.yaml:15:41  'streams.laadpalen.record.properties.vermogen.kind' is none of none, bsn",
    ],
    ['an unknown type', 'type: number', 'type: decimal', "c.yaml:15:27  'streams.laadpalen.record.properties.vermogen.type'"],
    [
      'a field without a kind',
      'kind: none, description: Power',
      'description: Power',
      "c.yaml:15:19  stream 'laadpalen': field 'vermogen' has no kind",
    ],
    [
      'a field without a description',
      ', description: Power in kW',
      '',
      "c.yaml:15:19  stream 'laadpalen': field 'vermogen' has no description",
    ],
    ['a key that is no field', 'key: id', 'key: uuid', "c.yaml:7:10  stream 'laadpalen': the key 'uuid' is not a field of its record"],
    [
      'a cursor that is no field',
      'cursor: gewijzigdOp',
      'cursor: gewijzigd',
      "c.yaml:8:24  stream 'laadpalen': the cursor 'gewijzigd' is not a field of its record",
    ],
    ['an overlap that is none', 'param: gewijzigdNa', 'param: gewijzigdNa, overlap: P1M', 'c.yaml:8:66  stream'],
    ['a name that is no name of a stream', '  laadpalen:\n', '  Laad-palen:\n', "stream 'Laad-palen': the name is not in snake_case"],
    [
      'something to fill in that is not known',
      'path: laadpalen',
      'path: laadpalen/{jaar}',
      "c.yaml:5:11  stream 'laadpalen': there is nothing to put in {jaar}; here can be {settings.…}",
    ],
    [
      'a parent that is not there',
      'key: id',
      'key: id\n    parent: { stream: palen, field: id }',
      "c.yaml:8:23  stream 'laadpalen': there is no stream 'palen' to be its parent",
    ],
    ['a status that is none', 'key: id', 'key: id\n    onAnswer: [{ status: 99, means: empty }]', "'99' is not a status of an answer"],
    [
      'a meaning that there is none of',
      'key: id',
      'key: id\n    onAnswer: [{ status: 404, means: emty }]',
      "c.yaml:8:38  'streams.laadpalen.onAnswer.0.means' is none of empty, expired, renew, unavailable, refused; did you mean 'empty'?",
    ],
    [
      'a sign that looks at nothing',
      'key: id',
      "key: id\n    onAnswer: [{ is: 'false', means: refused }]",
      "c.yaml:8:16  stream 'laadpalen': it says nothing to look at; expected a status, a header or a place in the body",
    ],
    [
      'a rule that can never count',
      'key: id',
      'key: id\n    onAnswer: [{ status: 403, means: refused }, { status: 403, body: code, is: busy, means: unavailable }]',
      "c.yaml:8:49  stream 'laadpalen': an earlier rule counts for each answer of this one",
    ],
    [
      'a misspelt word of a sign',
      'next: next',
      'next: next, more: { statis: 206 }',
      "unknown key 'statis'; expected one of status, header, body, is; did you mean 'status'?",
    ],
    ['a body without POST', 'key: id', 'key: id\n    body: { a: 1 }', "c.yaml:8:11  stream 'laadpalen': a body is sent by POST only"],
    [
      'something in a body that cannot be filled in',
      'key: id',
      "key: id\n    method: POST\n    body: { query: '{ id }', code: '{organisation.naam}' }",
      "c.yaml:9:11  stream 'laadpalen': there is nothing to put in {organisation.naam}",
    ],
    [
      'a key in two places',
      'streams:',
      'authentication: { by: apiKey, header: X-Key, param: key }\nstreams:',
      'c.yaml:3:23  authentication: an apiKey goes either in a header or in a param',
    ],
    [
      'something of a token endpoint that cannot be filled in',
      'streams:',
      "authentication: { by: oauth2, tokenPath: '/{tenant}/token' }\nstreams:",
      'c.yaml:3:42  authentication: there is nothing to put in {tenant}; here can be {settings.…}',
    ],
    [
      'an API that is not there',
      'key: id',
      'key: id\n    api: zaken',
      "c.yaml:8:10  stream 'laadpalen': the API 'zaken' is not under apis",
    ],
    ['docs that are no address', 'https://data.example.nl/laadpalen/v1/docs', 'zie wiki', "c.yaml:2:7  'docs'"],
    ['a doubled key', '    key: id\n', '    key: id\n    key: id\n', 'c.yaml:8:5  Map keys must be unique'],
    ['an alias', 'key: id', 'key: *id', 'c.yaml:7:10  aliases are not taken'],
    ['a tab', '  laadpalen:', '\tlaadpalen:', 'c.yaml:4:1  Tabs are not allowed'],
  ])('%s', (_, from, to, message) => {
    const text = laadpalen.replace(from, to)
    expect(text).not.toBe(laadpalen)
    expect(() => parseConnector(text, 'c.yaml')).toThrow(InvalidConnector)
    expect(() => parseConnector(text, 'c.yaml')).toThrow(message)
  })

  test('all faults at once, in the order of the file', () => {
    const text = laadpalen
      .replace('key: id', 'key: uuid')
      .replace('kind: none, description: Power', 'description: Power')
      .replace('cursor: gewijzigdOp', 'cursor: x')
    const error = (() => {
      try {
        parseConnector(text, 'c.yaml')
      } catch (caught) {
        return caught
      }
    })() as InvalidConnector
    expect(error.faults.map((fault) => fault.slice(0, 9))).toEqual(['c.yaml:7:', 'c.yaml:8:', 'c.yaml:15'])
  })

  test.each(['', 'docs', '- a', 'null'])('text that is no connector at all: %j', (text) => {
    expect(() => parseConnector(text, 'c.yaml')).toThrow(InvalidConnector)
  })
})

describe('the schema for editors', () => {
  const ajv = new Ajv.default({ strict: false, formats: { uri: true } })
  const validate = ajv.compile(connectorJsonSchema())

  test('is that of the form', async () => {
    const written = JSON.parse(await readFile(new URL('../../connectors/connector.schema.json', import.meta.url), 'utf8'))
    // Written by `npm run schemas`.
    expect(written).toEqual(JSON.parse(JSON.stringify(connectorJsonSchema())))
  })

  test.each([laadpalen, whole])('takes a connector as an editor reads it', (text) => {
    validate(parse(text))
    expect(validate.errors).toBeNull()
  })

  test('refuses a misspelt key and a kind that is not there', () => {
    expect(validate(parse(laadpalen.replace('key: id', 'keey: id')))).toBe(false)
    expect(validate(parse(laadpalen.replace('kind: none', 'kind: nane')))).toBe(false)
  })
})
