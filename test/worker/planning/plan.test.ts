import { expect, test } from 'vitest'
import { activities, planned, type Sketch } from '../projects.js'

const from = 'from: bron/mensen\nactivity: proef\n'

test.each<[what: string, sketch: Sketch, problem: string]>([
  [
    'a connector that is not there',
    { source: 'connector: proff\nbaseUrl: https://bron.example\n', contract: from },
    `sources/bron.yaml:1:12  there is no connector 'proff'; expected one of `,
  ],
  [
    'a setting that the connector does not know',
    { source: 'connector: proef\nbaseUrl: https://bron.example\nkleur: rood\n', contract: from },
    `sources/bron.yaml:3:8  unknown key 'kleur'; expected a key that all sources have`,
  ],
  [
    'streams of a connector that has its own',
    { source: 'connector: proef\nbaseUrl: https://bron.example\nstreams: { x: { a: b } }\n', contract: from },
    `sources/bron.yaml:3:10  connector 'proef' has streams of its own; expected no 'streams' here`,
  ],
  [
    'a connector that contradicts itself',
    {
      connector: 'docs: https://a.example\nstreams: { mensen: { path: x, pages: { by: single }, key: id, record: { properties: {} } } }\n',
      contract: from,
    },
    `sources/bron.yaml:1:12  connectors/proef/connector.yaml`,
  ],
  [
    'a stream that the connector does not have',
    { contract: 'from: bron/mens\nactivity: proef\n' },
    `1:7  connector 'proef' has no stream 'mens'; expected one of mensen, personen, dingen`,
  ],
])('%s is refused at its place', async (_, sketch, expected) => {
  const { problems } = await planned(sketch)
  expect(
    problems.filter((p) => p.startsWith(expected)),
    problems.join('\n'),
  ).toHaveLength(1)
})

test('a connector that is misspelt is told with all that there are, and the nearest', async () => {
  const { problems } = await planned({ source: 'connector: proff\nbaseUrl: https://bron.example\n', contract: from })
  expect(problems[0]).toMatch(/expected one of .*proef.*zgw; did you mean 'proef'\?$/)
})

test('a source that is wrong is told once, however many datasets take from it', async () => {
  const files = { 'datasets/proef/twee.yaml': from, 'datasets/proef/drie.yaml': from }
  const { problems } = await planned({ source: 'connector: proff\nbaseUrl: https://bron.example\n', contract: from, files })
  expect(problems).toHaveLength(1)
})

test('a stream is read once for all datasets that take from it, with the fields that any of them needs', async () => {
  const twee = 'from: bron/mensen\nactivity: proef\ncolumns: [dag]\nwhere: { soort: intern }\n'
  const { plan, stream } = await planned({ contract: `${from}columns: [kleur]\n`, files: { 'datasets/proef/twee.yaml': twee } })
  expect([...plan.streams.keys()]).toEqual(['bron/mensen'])
  const { fields, datasets, key } = stream('mensen').plan
  expect(fields.map((f) => f.column)).toEqual(['id', 'soort', 'kleur', 'dag'])
  expect(key).toEqual([0])
  const landed = datasets.map((d) => [d.name, d.columns.map((c) => [c.name, fields[c.field]!.column])])
  expect(landed).toEqual([
    [
      'proef.mensen',
      [
        ['id', 'id'],
        ['kleur', 'kleur'],
      ],
    ],
    [
      'proef.twee',
      [
        ['id', 'id'],
        ['dag', 'dag'],
      ],
    ],
  ])
})

test('a stream that no dataset takes from is not planned', async () => {
  expect((await planned({})).plan.streams.size).toBe(0)
})

test('a dataset of two sources has the source in its key, and both have to land the same', async () => {
  const sources = { 'sources/tweede.yaml': 'connector: proef\nbaseUrl: https://tweede.example\n' }
  const both = await planned({ contract: 'from: [bron/mensen, tweede/mensen]\nactivity: proef\ncolumns: [kleur]\n', files: sources })
  expect(both.problems).toEqual([])
  expect([...both.plan.streams.values()].flatMap((s) => s.plan.datasets).map((d) => [d.source, d.sourceInKey])).toEqual([
    ['bron', true],
    ['tweede', true],
  ])
  const unlike = await planned({ contract: 'from: [bron/mensen, tweede/dingen]\nactivity: proef\n', files: sources })
  expect(unlike.problems).toEqual([
    `1:7  the streams of this dataset do not land the same columns; list the columns that they share under 'columns'`,
  ])
})

test('a parent is read before its children, and what is to be read after another comes after it', async () => {
  const record =
    '{ properties: { id: { type: string, kind: none, description: Nummer }, ouder: { type: string, kind: none, description: Ouder } } }'
  const common = `pages: { by: single }, key: id, record: ${record}`
  const connector = `docs: https://a.example
streams:
  a: { path: a, ${common}, after: [c] }
  b: { path: 'z/{parent.id}/b', ${common}, parent: { stream: z, field: ouder } }
  c: { path: c, ${common} }
  z: { path: z, ${common} }
`
  const files = Object.fromEntries(['a', 'b', 'c', 'z'].map((name) => [`datasets/proef/${name}.yaml`, `from: bron/${name}\n`]))
  const { plan, problems } = await planned({ connector, files })
  expect(problems).toEqual([])
  expect([...plan.streams.keys()]).toEqual(['bron/c', 'bron/a', 'bron/z', 'bron/b'])
})

/** The fingerprint of the dataset that a sketch plans. */
async function fingerprint(sketch: Sketch): Promise<string> {
  const { stream, problems } = await planned({ activities: activities('{ bsn: pseudonymise, geboortedatum: month }'), ...sketch })
  expect(problems).toEqual([])
  return stream('mensen').plan.datasets[0]!.fingerprint
}
const personal = `${from}personal: [bsn]\nretention: { keep: 5 years, after: dag }\n`

test.each<[string, Sketch]>([
  ['another column lands', { contract: `${personal}columns: { kleur: drop }\n` }],
  ['another kind lands', { contract: personal.replace('[bsn]', '[bsn, geboortedatum]') }],
  ['a treatment is another', { contract: personal, activities: activities('{ bsn: keep }') }],
  [
    'the domain of its pseudonyms is another',
    { contract: personal, activities: activities('{ bsn: pseudonymise }', '  domain: anders\n') },
  ],
  ['others are selected', { contract: `${personal}where: { open: true }\n` }],
  ['it is judged by other rules', { contract: `${personal}rules: { packs: [nl] }\n` }],
  ['it keeps history', { contract: `${personal}history: true\n` }],
  ['refused versions are hidden', { contract: `${personal}refused: hide\n` }],
])('the fingerprint of a dataset is another when %s', async (_, sketch) => {
  expect(await fingerprint(sketch)).not.toBe(await fingerprint({ contract: personal }))
})

test('the fingerprint of a dataset is the same when only its words change, or the streams around it', async () => {
  const before = await fingerprint({ contract: personal })
  expect(before).toMatch(/^[0-9a-f]{16}$/)
  expect(await fingerprint({ contract: `${personal}title: Anders\nowner: iemand\nindexes: [dag]\n` })).toBe(before)
  expect(await fingerprint({ contract: personal, files: { 'datasets/proef/dingen.yaml': 'from: bron/dingen\n' } })).toBe(before)
})

test('what a plan says can be handed to another thread and compared as text', async () => {
  const { stream } = await planned({ contract: `${from}columns: { delen: table }\nwhere: { dag: { from: 2024-01-01 } }\n` })
  const { plan } = stream('mensen')
  expect(structuredClone(plan)).toEqual(plan)
  expect(JSON.parse(JSON.stringify(plan))).toEqual(JSON.parse(JSON.stringify(structuredClone(plan))))
})
