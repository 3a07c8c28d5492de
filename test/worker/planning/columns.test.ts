import { expect, test } from 'vitest'
import type { DatasetPlan } from '../../../config/dataset-plan.js'
import { isSpecial, type PersonalKind, personalKinds, type Treatment, treatmentsOf } from '../../../config/kinds.js'
import { activities, planned, type Sketch } from '../projects.js'

async function dataset(sketch: Sketch, stream = 'mensen'): Promise<DatasetPlan & { problems: string[] }> {
  const { stream: of, problems } = await planned(sketch)
  return { ...of(stream).plan.datasets[0]!, problems }
}

const from = 'from: bron/mensen\nactivity: proef\n'
const kept = 'retention: { keep: 5 years, after: dag }\n'
const names = (plan: DatasetPlan) => plan.columns.map((c) => c.name)
const left = (plan: DatasetPlan) => Object.fromEntries(plan.left.map((l) => [l.column, l.why]))

test('without a word on columns, every described field lands that says nothing of a person, the key first', async () => {
  const plan = await dataset({ contract: from })
  expect(plan.problems).toEqual([])
  expect(names(plan)).toEqual([
    ...[
      'id',
      'soort',
      'kleur',
      'bedrag',
      'aantal',
      'dag',
      'gezet',
      'open',
      'trefwoorden',
      'zaak_uuid',
      'gewijzigd_op',
      'adres_land',
      'delen',
    ],
  ])
  expect(Object.fromEntries(plan.columns.map((c) => [c.name, c.type]))).toMatchObject({
    bedrag: 'numeric',
    aantal: 'bigint',
    dag: 'date',
    gezet: 'timestamptz',
    open: 'boolean',
    trefwoorden: 'text[]',
    zaak_uuid: 'uuid',
    delen: 'jsonb',
  })
  expect(plan.columns.find((c) => c.name === 'delen')!.inside!.map((i) => i.path.join('.'))).toEqual(['*.nummer', '*.codes'])
  expect(plan).toMatchObject({ personal: false, access: 'everyone' })
})

/** One stream whose record has a field of one kind, of a type that all its treatments suit. */
function ofKind(kind: PersonalKind): string {
  const form = kind === 'locatie' ? 'type: object, format: geojson' : 'type: string'
  return `
docs: https://bron.example/docs
streams:
  mensen:
    path: mensen
    pages: { by: single }
    key: id
    record:
      properties:
        id: { type: string, kind: none, description: Nummer }
        dag: { type: string, format: date, kind: none, description: Dag }
        veld: { ${form}, kind: ${kind}, description: Een veld }
`
}

// Two keys turn the lock: every kind, asked for or not, and every treatment that the activity can allow, or none.
const combinations = personalKinds.flatMap((kind) =>
  [false, true].flatMap((asked) => [undefined, ...treatmentsOf[kind]].map((allowed) => [kind, asked, allowed] as const)),
)

test.each(combinations)('kind %s, asked for: %s, allowed: %s', async (kind, asked, allowed) => {
  const special = isSpecial(kind) && allowed !== undefined ? `  special: [${kind}]\n` : ''
  const { stream, problems } = await planned({
    connector: ofKind(kind),
    activities: activities(allowed ? `{ ${kind}: ${allowed} }` : '{}', special),
    contract: `${from}${kept}${asked ? `personal: [${kind}]\n` : ''}`,
  })
  const plan = stream('mensen').plan.datasets[0]!
  const column = plan.columns.find((c) => c.name === 'veld')
  if (asked && allowed !== undefined && allowed !== 'drop') {
    expect(column).toMatchObject({ kind, treatment: allowed })
    expect(plan).toMatchObject({ personal: true, access: 'activity' })
    expect(problems).toEqual(allowed === 'buurt' ? [expect.stringContaining('does not name the dataset with their boundaries')] : [])
  } else {
    expect(column).toBeUndefined()
    expect(plan).toMatchObject({ personal: false, access: 'everyone' })
    expect(left(plan)).toEqual({ veld: !asked ? 'not asked for' : allowed === 'drop' ? 'dropped by activity' : 'not allowed' })
    const message = `4:12  activity 'proef' does not allow '${kind}'; have the FG name it under 'personal' in activities.yaml`
    expect(problems).toEqual(asked ? [message] : [])
  }
})

test('a special kind that the activity allows by name alone lands as it is', async () => {
  const plan = await dataset({
    contract: `${from}${kept}personal: [gezondheid]\n`,
    activities: activities('{}', '  special: [gezondheid]\n'),
  })
  expect(plan.columns.find((c) => c.name === 'klacht')).toMatchObject({ treatment: 'keep', kind: 'gezondheid' })
})

// A contract may be stricter than its activity, and never milder: every pair of treatments that a kind has.
const pairs = (['geboortedatum', 'postcode', 'bsn'] as const).flatMap((kind) =>
  treatmentsOf[kind].filter((t) => t !== 'drop').flatMap((ceiling) => treatmentsOf[kind].map((asked) => [kind, ceiling, asked] as const)),
)
const fieldOf: { [kind in PersonalKind]?: string } = { geboortedatum: 'geboren', postcode: 'postcode', bsn: 'bsn' }

test.each(pairs)('of kind %s, allowed as %s, the contract asks for %s', async (kind, ceiling, asked) => {
  const column = fieldOf[kind]!
  const plan = await dataset({
    activities: activities(`{ ${kind}: ${ceiling} }`),
    contract: `${from}${kept}personal: [${kind}]\ncolumns: { ${column}: ${asked} }\n`,
  })
  const stricter = treatmentsOf[kind].indexOf(asked) <= treatmentsOf[kind].indexOf(ceiling)
  if (asked === 'drop') {
    expect(names(plan)).not.toContain(column)
    expect(left(plan)[column]).toBe('dropped by contract')
  } else expect(plan.columns.find((c) => c.name === column)!.treatment).toBe(stricter ? asked : ceiling)
  expect(plan.problems).toEqual(
    stricter
      ? []
      : [`5:${14 + column.length}  '${asked}' is milder than the activity allows for '${kind}'; expected '${ceiling}' or stricter`],
  )
})

test.each<[Treatment, string]>([
  ['pseudonymise', 'text'],
  ['year', 'bigint'],
  ['month', 'text'],
  ['keep', 'text'],
])('the type of a column follows from what the treatment %s leaves: %s', async (treatment, type) => {
  const plan = await dataset({
    activities: activities(`{ geboortedatum: ${treatment} }`),
    contract: `${from}${kept}personal: [geboortedatum]\n`,
  })
  expect(plan.columns.find((c) => c.name === 'geboren')!.type).toBe(type)
})

test('a list of columns takes exactly these, and the key', async () => {
  const plan = await dataset({ contract: `${from}columns: [kleur, dag]\n` })
  expect(names(plan)).toEqual(['id', 'kleur', 'dag'])
  expect(plan.problems).toEqual([])
})

test('a column can have another name, which lands in place of its own', async () => {
  const plan = await dataset({
    activities: activities('{ geboortedatum: month }'),
    contract: `${from}${kept}personal: [geboortedatum]\ncolumns:\n  geboortejaar: { from: geboren, description: Jaar van geboorte, treatment: year }\n`,
  })
  expect(names(plan)).not.toContain('geboren')
  expect(plan.columns.find((c) => c.name === 'geboortejaar')).toMatchObject({
    treatment: 'year',
    description: 'Jaar van geboorte',
    kind: 'geboortedatum',
  })
  expect(plan.problems).toEqual([])
})

test('a list of objects can be a table of its own, with the columns that the two keys let through', async () => {
  const contract = `${from}${kept}columns: { delen: table }\npersonal: [naam]\n`
  const plan = await dataset({ contract, activities: activities('{ naam: pseudonymise }') })
  expect(names(plan)).not.toContain('delen')
  expect(plan.children).toMatchObject([{ table: 'mensen_delen' }])
  expect(plan.children[0]!.columns.map((c) => [c.name, c.type, c.treatment])).toEqual([
    ['nummer', 'bigint', 'keep'],
    ['door', 'text', 'pseudonymise'],
    ['codes', 'text[]', 'keep'],
  ])
  expect(plan.personal).toBe(true)
  const without = await dataset({ contract: `${from}columns: { delen: table }\n` })
  expect(without.children[0]!.columns.map((c) => c.name)).toEqual(['nummer', 'codes'])
  expect(without.personal).toBe(false)
})

test('a nested value keeps the paths that the two keys let through, each as it is allowed', async () => {
  const plan = await dataset({ contract: `${from}${kept}personal: [naam]\n`, activities: activities('{ naam: pseudonymise }') })
  expect(plan.columns.find((c) => c.name === 'delen')!.inside).toEqual([
    { path: ['*', 'nummer'], kind: 'none', treatment: 'keep' },
    { path: ['*', 'door'], kind: 'naam', treatment: 'pseudonymise' },
    { path: ['*', 'codes'], kind: 'none', treatment: 'keep' },
  ])
})

test('a key of a personal kind lands as the activity says', async () => {
  const files = {
    'datasets/proef/personen.yaml': 'from: bron/personen\nactivity: proef\npersonal: [bsn]\nretention: { keep: 1 year, after: dag }\n',
  }
  const plan = await dataset({ files, activities: activities('{ bsn: pseudonymise }') }, 'personen')
  expect(plan.columns[0]).toMatchObject({ name: 'bsn', key: true, treatment: 'pseudonymise' })
  expect(plan.problems).toEqual([])
})

const bsnKey = "the key 'bsn' is of kind 'bsn'; ask for it under 'personal' and let the activity allow it, so that it lands as a pseudonym"

// Everything that can be wrong with what a contract asks of the columns: the line and column of the contract, and the sentence.
test.each<[what: string, sketch: Sketch, problem: string]>([
  [
    'a column that is not there',
    { contract: `${from}columns: [kleur, dagg]\n` },
    `3:18  there is no column 'dagg' in this stream; expected one of id, soort, kleur, bsn, naam, geboren, postcode, klacht, plek, bedrag, aantal, dag, gezet, open, trefwoorden, zaak_uuid, gewijzigd_op, adres_straat, adres_land, delen; did you mean 'dag'?`,
  ],
  [
    'a change of a column that is not there',
    { contract: `${from}columns: { kleuren: drop }\n` },
    `3:21  there is no column 'kleuren' in this stream`,
  ],
  [
    'a column made of one that is not there',
    { contract: `${from}columns:\n  tint: { from: kleurr, description: Kleur }\n` },
    `4:17  there is no column 'kleurr' in this stream`,
  ],
  [
    'a made column with the name of another',
    { contract: `${from}columns:\n  dag: { from: kleur, description: Kleur }\n` },
    `4:8  'dag' is a column of the stream already; give the column that is made of 'kleur' another name`,
  ],
  ['a dropped key', { contract: `${from}columns: { id: drop }\n` }, `3:16  'id' is the key of the stream and cannot be dropped`],
  [
    'a listed column that is not asked for',
    { contract: `${from}columns: [naam]\n` },
    `3:11  'naam' is of kind 'naam', which is not asked for; add it under 'personal'`,
  ],
  [
    'a listed column that is not allowed',
    { contract: `${from}personal: [naam]\ncolumns: [naam]\n` },
    `4:11  'naam' is of kind 'naam', which is not allowed by activity 'proef'`,
  ],
  [
    'a treatment of a column that is not asked for',
    { contract: `${from}columns: { naam: pseudonymise }\n` },
    `3:18  'naam' is of kind 'naam', which is not asked for; add it under 'personal'`,
  ],
  [
    'a treatment of what says nothing of a person',
    { contract: `${from}columns: { kleur: pseudonymise }\n` },
    `3:19  'kleur' says nothing of a person, so that 'pseudonymise' has nothing to hide`,
  ],
  [
    'a treatment that does not suit the kind',
    { contract: `${from}${kept}personal: [naam]\ncolumns: { naam: year }\n`, activities: activities('{ naam: keep }') },
    `5:18  'year' does not suit the kind 'naam'; expected one of drop, pseudonymise, keep`,
  ],
  [
    'a table of what is no list of objects',
    { contract: `${from}columns: { trefwoorden: table }\n` },
    `3:25  'trefwoorden' is no list of described objects, so that it cannot be a table of its own`,
  ],
  [
    'a kind that no field has',
    { contract: `${from}personal: [rekening]\n`, activities: activities('{ rekening: keep }') },
    `3:12  stream 'mensen' has no field of kind 'rekening'`,
  ],
  [
    'personal data without a retention',
    { contract: `${from}personal: [bsn]\n`, activities: activities('{ bsn: pseudonymise }') },
    `1:1  missing key 'retention': personal data lands; expected { follow: column } or { keep: 5 years, after: column }`,
  ],
  [
    'personal data for everyone',
    { contract: `${from}${kept}personal: [bsn]\naccess: everyone\n`, activities: activities('{ bsn: pseudonymise }') },
    `5:9  'everyone', while data of kind bsn lands; expected 'activity'`,
  ],
  [
    'no activity for data on persons',
    { contract: 'from: bron/mensen\n' },
    `1:1  missing key 'activity': stream 'mensen' holds data on persons, so that a processing activity has to say what it is for, even if all of that is dropped`,
  ],
  [
    'an index on a column that does not land',
    { contract: `${from}indexes: [naam]\n` },
    `3:11  there is no column 'naam' in this dataset; expected one of id, soort, kleur`,
  ],
  [
    'a personal key that is not asked for',
    { files: { 'datasets/proef/personen.yaml': 'from: bron/personen\nactivity: proef\n' } },
    `datasets/proef/personen.yaml:1:1  ${bsnKey}`,
  ],
  [
    'a personal key that is not allowed',
    { files: { 'datasets/proef/personen.yaml': 'from: bron/personen\nactivity: proef\npersonal: [bsn]\n' } },
    `datasets/proef/personen.yaml:1:1  ${bsnKey}`,
  ],
])('%s is refused at its place', async (_, sketch, expected) => {
  const { problems } = await planned(sketch)
  expect(
    problems.filter((p) => p.startsWith(expected)),
    problems.join('\n'),
  ).toHaveLength(1)
})

test('everything that is wrong is told at once', async () => {
  const { problems } = await planned({
    contract: `${from}personal: [naam]\ncolumns: { dagg: drop, id: drop }\nindexes: [nergens]\nwhere: { kleurr: rood }\n`,
  })
  expect(problems).toHaveLength(5)
})
