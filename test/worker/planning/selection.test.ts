import { expect, test } from 'vitest'
import type { Condition } from '../../../config/dataset-plan.js'
import type { Stream } from '../../../connectors/connector.js'
import { pushedConditions } from '../../../worker/planning/selection.js'
import { activities, planned } from '../projects.js'

const from = 'from: bron/mensen\nactivity: proef\n'

async function conditions(where: string): Promise<object[]> {
  const { stream, problems } = await planned({ contract: `${from}where: ${where}\n` })
  expect(problems).toEqual([])
  const { plan } = stream('mensen')
  return plan.datasets[0]!.where.map(({ field, ...condition }) => {
    expect(plan.fields[field]!.column).toBe(condition.column)
    return condition
  })
}

test.each<[where: string, condition: object]>([
  ['{ dag: null }', { column: 'dag', test: 'null' }],
  ['{ kleur: rood }', { column: 'kleur', test: 'in', values: ['rood'] }],
  ['{ kleur: [rood, null] }', { column: 'kleur', test: 'in', values: ['rood', null] }],
  ['{ open: true }', { column: 'open', test: 'in', values: ['true'] }],
  ['{ bedrag: [1E+3, -0] }', { column: 'bedrag', test: 'in', values: ['1000', '0'] }],
  ['{ aantal: 007 }', { column: 'aantal', test: 'in', values: ['7'] }],
  [
    '{ zaak_uuid: 6C3B9A52-8F0E-4D0B-9F67-2D1C2F6F0A01 }',
    { column: 'zaak_uuid', test: 'in', values: ['6c3b9a52-8f0e-4d0b-9f67-2d1c2f6f0a01'] },
  ],
  ['{ soort: { atMost: intern } }', { column: 'soort', test: 'atMost', value: 'intern', order: ['open', 'intern', 'geheim'] }],
  ['{ dag: { from: 2024-01-01 } }', { column: 'dag', test: 'range', from: '2024-01-01', to: undefined, value: 'date' }],
  ['{ bedrag: { from: 0.50, to: 1e2 } }', { column: 'bedrag', test: 'range', from: '0.50', to: '100', value: 'decimal' }],
  // A day as the bound of a moment begins at midnight on the Dutch clock.
  [
    '{ gezet: { from: 2026-07-01, to: 2027-01-01T00:00:00Z } }',
    { column: 'gezet', test: 'range', from: '2026-06-30T22:00:00.000000Z', to: '2027-01-01T00:00:00.000000Z', value: 'datetime' },
  ],
])('where %s', async (where, condition) => {
  expect(await conditions(where)).toEqual([condition])
})

test('what is selected by need not land', async () => {
  const { stream, problems } = await planned({ contract: `${from}columns: [dag]\nwhere: { kleur: rood }\n` })
  expect(problems).toEqual([])
  expect(stream('mensen').plan.datasets[0]!.columns.map((c) => c.name)).toEqual(['id', 'dag'])
})

test('to select by what says something of a person, both keys have to be turned', async () => {
  const refused = "3:15  'postcode' is of kind 'postcode'; to select by it, ask for it under 'personal' and let the activity allow it"
  expect((await planned({ contract: `${from}where: { postcode: 2611AB }\n` })).problems.map((p) => p.replace(/^3:\d+/, '3:15'))).toEqual([
    refused,
  ])
  const allowed = `${from}where: { postcode: 2611AB }\npersonal: [postcode]\nretention: { keep: 1 year, after: dag }\n`
  expect((await planned({ contract: allowed, activities: activities('{ postcode: pc4 }') })).problems).toEqual([])
})

test.each<[what: string, where: string, problem: string]>([
  ['a column that is not there', '{ kleurr: rood }', "3:18  there is no column 'kleurr' in this stream"],
  [
    'a column with more than one value',
    '{ trefwoorden: a }',
    "3:23  'trefwoorden' holds more than one value; a condition is for columns with one",
  ],
  ['a nested column', '{ delen: null }', "3:17  'delen' holds more than one value; a condition is for columns with one"],
  ['an order that a column does not have', '{ kleur: { atMost: rood } }', "3:17  'atMost' is for ordered code lists, and 'kleur' is none"],
  [
    'a code that is not in the order',
    '{ soort: { atMost: inter } }',
    "3:27  'inter' is no code of 'soort'; expected one of open, intern, geheim; did you mean 'intern'?",
  ],
  ['a value that is no code', '{ kleur: [rood, geel] }', "3:24  'geel' is no code of 'kleur'; expected one of rood, blauw"],
  ['a value of another type', '{ dag: 31-12-1999 }', "3:15  '31-12-1999' is no date, as 'dag' is; expected a date"],
  ['a number with a comma', "{ bedrag: '1,5' }", "3:18  '1,5' is no decimal, as 'bedrag' is; expected a decimal"],
  ['a range of what has no order', '{ kleur: { from: blauw } }', "3:17  a range is for numbers, dates and moments, and 'kleur' is text"],
  ['a bound of another type', '{ dag: { from: 2024-02-30 } }', "3:23  '2024-02-30' is no date, as 'dag' is; expected a date"],
  [
    'a local time that the clock skips',
    "{ gezet: { to: '2026-03-29T02:30:00' } }",
    "3:23  '2026-03-29T02:30:00' is no datetime, as 'gezet' is; expected a datetime",
  ],
])('%s is refused at its place', async (_, where, expected) => {
  const { problems } = await planned({ contract: `${from}where: ${where}\n` })
  expect(
    problems.filter((p) => p.startsWith(expected)),
    problems.join('\n'),
  ).toHaveLength(1)
})

const able: Pick<Stream, 'pushDown'> = { pushDown: { dag: ['null', 'range'], soort: ['atMost'], kleur: ['in'] } }
const push = (...datasets: Condition[][]) =>
  pushedConditions(
    able as Stream,
    datasets.map((where) => ({ where })),
  )

const open: Condition = { field: 1, column: 'dag', test: 'null' }
const recent: Condition = { field: 1, column: 'dag', test: 'range', from: '2024-01-01', value: 'date' }
const red: Condition = { field: 2, column: 'kleur', test: 'in', values: ['rood'] }
const inside: Condition = { field: 3, column: 'soort', test: 'atMost', value: 'intern', order: ['open', 'intern'] }

test('what the source can filter on is left to it', () => {
  expect(push([open, red, inside])).toEqual([
    { column: 'dag', is: null },
    { column: 'kleur', in: ['rood'] },
    { column: 'soort', atMost: 'intern' },
  ])
  expect(push([recent])).toEqual([{ column: 'dag', from: '2024-01-01' }])
})

test('what the source cannot filter on is not left to it', () => {
  expect(
    push([
      { ...open, column: 'kleur' },
      { field: 4, column: 'naam', test: 'null' },
    ]),
  ).toEqual([])
  expect(pushedConditions({} as Stream, [{ where: [open] }])).toEqual([])
  // No filter says "one of these, or absent".
  expect(push([{ ...red, values: ['rood', null] } as Condition])).toEqual([])
})

test('only what every dataset of the stream asks for is left to the source', () => {
  expect(push([open, red], [{ ...open, field: 9 }])).toEqual([{ column: 'dag', is: null }])
  expect(push([open], [recent])).toEqual([])
  expect(push([open], [])).toEqual([])
  expect(push()).toEqual([])
})
