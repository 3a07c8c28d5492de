import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { RecordSeverity } from '../../../config/dataset-plan.js'
import { type Checked, prepareChecks } from '../../../worker/pipeline/check.js'
import { compareDecimals } from '../../../worker/pipeline/decimals.js'
import { prepareShape } from '../../../worker/pipeline/shape.js'
import { decimal } from '../../../worker/pipeline/values.js'
import { type DatasetSketch, streamPlan } from '../plans.js'

const order = ['openbaar', 'intern', 'geheim']
const fields = {
  soort: {},
  mate: { codes: order, ordered: true },
  bedrag: { value: 'decimal' as const },
  dag: { value: 'date' as const },
  gezet: { value: 'datetime' as const },
  open: { value: 'boolean' as const },
  bsn: { kind: 'bsn' as const },
  geboren: { kind: 'geboortedatum' as const },
  postcode: { kind: 'postcode' as const },
}

function check(sketch: DatasetSketch, record: object): Checked {
  const plan = streamPlan(fields, [sketch])
  const shaped = prepareShape(plan)({ id: '1', ...record }, new Set())
  return prepareChecks(plan)[0]!(shaped)
}

const rulesOf = (checked: Checked) => checked.findings.map((f) => f.rule)
const where = (...conditions: NonNullable<DatasetSketch['where']>): DatasetSketch => ({ where: conditions })

test('a record without findings lands', () => {
  expect(check({}, { soort: 'a' })).toEqual({ goes: 'land', findings: [], blank: undefined })
})

const none = where({ column: 'dag', test: 'null' })
const some = where({ column: 'soort', test: 'in', values: ['a', null] })
const atMost = where({ column: 'mate', test: 'atMost', value: 'intern', order })
const days = where({ column: 'dag', test: 'range', from: '2024-01-01', to: '2025-01-01', value: 'date' })
const sums = where({ column: 'bedrag', test: 'range', from: '-1.5', to: '10', value: 'decimal' })
const since = where({ column: 'gezet', test: 'range', from: '2026-07-01T10:00:00.000000Z', value: 'datetime' })
const flags = where({ column: 'open', test: 'in', values: ['true'] })

test.each<[string, DatasetSketch, object, Checked['goes']]>([
  ['absent, as asked', none, {}, 'land'],
  ['there, where it should be absent', none, { dag: '2026-01-01' }, 'outside'],
  ['one of the values', some, { soort: 'a' }, 'land'],
  ['none of the values', some, { soort: 'b' }, 'outside'],
  ['absent, which is one of the values', some, {}, 'land'],
  ['a boolean that is one of the values', flags, { open: true }, 'land'],
  ['a boolean that is none of the values', flags, { open: false }, 'outside'],
  ['at the bound of an ordered list', atMost, { mate: 'intern' }, 'land'],
  ['below it', atMost, { mate: 'openbaar' }, 'land'],
  ['over it', atMost, { mate: 'geheim' }, 'outside'],
  ['absent, of which no order is known', atMost, {}, 'outside'],
  ['on the first day', days, { dag: '2024-01-01' }, 'land'],
  ['on the last day', days, { dag: '2024-12-31' }, 'land'],
  ['on the day after', days, { dag: '2025-01-01' }, 'outside'],
  ['absent from a range', days, {}, 'outside'],
  ['a number that is smaller as a text', sums, { bedrag: '9.99' }, 'land'],
  ['a number at the lower bound, written otherwise', sums, { bedrag: '-1.50' }, 'land'],
  ['a number below it', sums, { bedrag: '-1.51' }, 'outside'],
  ['a number at the upper bound', sums, { bedrag: '1e1' }, 'outside'],
  ['a moment at the bound, in another zone', since, { gezet: '2026-07-01T12:00:00+02:00' }, 'land'],
  ['a moment before it', since, { gezet: '2026-07-01T11:59:59+02:00' }, 'outside'],
])('a value that is %s', (_, sketch, record, goes) => {
  expect(check(sketch, record)).toMatchObject({ goes, findings: [] })
})

test('all conditions have to hold', () => {
  const both = where({ column: 'soort', test: 'in', values: ['a'] }, { column: 'dag', test: 'null' })
  expect(check(both, { soort: 'a' }).goes).toBe('land')
  expect(check(both, { soort: 'a', dag: '2026-01-01' }).goes).toBe('outside')
  expect(check(both, { soort: 'b' }).goes).toBe('outside')
})

test('a code whose place in the order is not known waits in quarantine: whether it is meant cannot be said', () => {
  const checked = check(atMost, { mate: 'prive' })
  expect(checked.goes).toBe('quarantine')
  expect(rulesOf(checked)).toEqual(['where.unknown-code'])
})

test('a value that cannot be read waits in quarantine where the contract selects by it, unless another condition leaves the record out', () => {
  const checked = check(days, { dag: '31-12-1999' })
  expect(checked.goes).toBe('quarantine')
  expect(rulesOf(checked)).toEqual(['shape.date'])
  const both = where({ column: 'dag', test: 'null' }, { column: 'soort', test: 'in', values: ['a'] })
  expect(check(both, { dag: '31-12-1999', soort: 'b' }).goes).toBe('outside')
  expect(check(both, { dag: '31-12-1999', soort: 'a' }).goes).toBe('quarantine')
})

test('a value that cannot be read is no matter where the dataset neither lands it nor selects or judges by it', () => {
  expect(check({ columns: { soort: {} } }, { dag: '31-12-1999', soort: 'a' })).toEqual({ goes: 'land', findings: [], blank: undefined })
})

test.each([[undefined], [null]])('a record whose key is %s waits in quarantine', (id) => {
  const plan = streamPlan(fields)
  const checked = prepareChecks(plan)[0]!(prepareShape(plan)({ id }, new Set()))
  expect(checked).toEqual({ goes: 'quarantine', findings: [{ rule: 'shape.key', severity: 'reject', field: 0 }], blank: undefined })
})

test('a key that cannot be read is told once', () => {
  const plan = streamPlan({ id: { key: true, value: 'uuid' } })
  const checked = prepareChecks(plan)[0]!(prepareShape(plan)({ id: '1' }, new Set()))
  expect(rulesOf(checked)).toEqual(['shape.uuid'])
})

const bsn = (severity: RecordSeverity, field = 'bsn'): DatasetSketch => ({
  rules: [{ id: 'nl.bsn', field, severity, check: { name: 'bsn', parameters: {} } }],
})

test.each<[RecordSeverity, Checked['goes'], readonly number[] | undefined]>([
  ['reject', 'quarantine', undefined],
  ['blank', 'land', [7]],
  ['warn', 'land', undefined],
  ['report', 'land', undefined],
])('a rule of severity %s that is broken: the record goes to %s', (severity, goes, blank) => {
  const checked = check(bsn(severity), { bsn: '12345678' })
  expect(checked).toEqual({ goes, findings: [{ rule: 'nl.bsn', severity, field: 7 }], blank })
})

test('a column that selects or is part of the key cannot be emptied: the record waits in quarantine', () => {
  expect(check({ ...bsn('blank', 'soort'), ...some }, { soort: 'a' }).goes).toBe('quarantine')
  expect(check(bsn('blank', 'id'), {}).goes).toBe('quarantine')
})

test('a record that the contract leaves out is not judged', () => {
  expect(check({ ...bsn('reject'), ...some }, { soort: 'b', bsn: '12345678' })).toEqual({ goes: 'outside', findings: [], blank: undefined })
})

test('a value that cannot be made coarser lands as null, with a finding; one that says it is not known lands as null', () => {
  const coarse: DatasetSketch = { columns: { geboren: { treatment: 'year' }, postcode: { treatment: 'pc4' } } }
  const checked = check(coarse, { geboren: 'in de oorlog', postcode: '2611 AB' })
  expect(checked).toEqual({ goes: 'land', findings: [{ rule: 'shield.year', severity: 'blank', field: 8 }], blank: [8] })
  expect(rulesOf(check(coarse, { geboren: '00000000' }))).toEqual([])
  expect(rulesOf(check(coarse, { geboren: '19560200', postcode: 'B-1000' }))).toEqual(['shield.pc4'])
})

test('decimals are ordered as numbers, however many digits they have', () => {
  const number = fc
    .tuple(fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }), fc.integer({ min: 0, max: 30 }), fc.nat(3))
    .map(([units, scale, zeros]) => ({ units, scale, text: decimal(`${units}e-${scale}`)! + (scale > 0 ? '0'.repeat(zeros) : '') }))
  fc.assert(
    fc.property(number, number, (a, b) => {
      const difference = a.units * 10n ** BigInt(b.scale) - b.units * 10n ** BigInt(a.scale)
      expect(Math.sign(compareDecimals(a.text, b.text)) + 0).toBe(difference < 0n ? -1 : difference > 0n ? 1 : 0)
    }),
    { numRuns: 2000 },
  )
})
