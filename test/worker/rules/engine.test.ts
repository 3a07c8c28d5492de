import { expect, test } from 'vitest'
import type { RecordSeverity } from '../../../config/dataset-plan.js'
import { prepareShape } from '../../../worker/pipeline/shape.js'
import type { Value } from '../../../worker/pipeline/values.js'
import { prepareRules } from '../../../worker/rules/engine.js'
import { type DatasetSketch, streamPlan } from '../plans.js'

type RuleSketch = NonNullable<DatasetSketch['rules']>[number]

const bsn: RuleSketch = { id: 'nl.bsn', field: 'bsn', check: { name: 'bsn', parameters: {} } }
const datum: RuleSketch = { id: 'time.datum', field: 'datum', severity: 'warn', check: { name: 'date', parameters: {} } }

const fields = { bsn: { kind: 'bsn' as const }, datum: { value: 'date' as const }, nummers: { list: true } }

function findings(rules: RuleSketch[], record: object) {
  const plan = streamPlan(fields, [{ rules }])
  const shaped = prepareShape(plan)(record as { [field: string]: unknown }, new Set())
  return prepareRules(plan)[0]!(shaped)
}

test('a record that satisfies its rules has no finding', () => {
  expect(findings([bsn, datum], { id: '1', bsn: '999990019', datum: '2026-01-01' })).toEqual([])
})

test('what is absent breaks no rule but that it has to be there', () => {
  expect(findings([bsn, datum], { id: '1', bsn: null })).toEqual([])
  const required: RuleSketch = { id: 'own.bsn-verplicht', field: 'bsn', check: { name: 'required', parameters: {} } }
  expect(findings([bsn, required], { id: '1' })).toEqual([{ rule: 'own.bsn-verplicht', severity: 'reject', field: 1 }])
})

test('a finding names the rule, what it does and the field, and no value', () => {
  const found = findings([bsn], { id: '1', bsn: '999990018' })
  expect(found).toEqual([{ rule: 'nl.bsn', severity: 'reject', field: 1 }])
})

test('a record that breaks two rules has two findings', () => {
  const rules = findings([bsn, datum], { id: '1', bsn: '12345678', datum: '31-12-1999' }).map((f) => f.rule)
  expect(rules.sort()).toEqual(['nl.bsn', 'time.datum'])
})

test('a value that is not of its type is what a rule on that type is about, with the severity of the rule', () => {
  expect(findings([datum], { id: '1', datum: '31-12-1999' })).toEqual([
    { rule: 'time.datum', severity: 'warn', field: 2, detail: 'expected date, found text of 10 characters' },
  ])
})

test('where no rule is about the type, a value that is not of it refuses the record', () => {
  expect(findings([bsn], { id: '1', datum: '31-12-1999' })).toEqual([
    { rule: 'shape.date', severity: 'reject', field: 2, detail: 'expected date, found text of 10 characters' },
  ])
})

test('a list breaks a rule where one of its values does, and an absent one among them does not count', () => {
  const pattern: RuleSketch = { id: 'own.cijfers', field: 'nummers', check: { name: 'pattern', parameters: { pattern: '[0-9]+' } } }
  expect(findings([pattern], { id: '1', nummers: ['1', null, '22'] })).toEqual([])
  expect(findings([pattern], { id: '1', nummers: [] })).toEqual([])
  expect(findings([pattern], { id: '1', nummers: ['1', 'x'] })).toHaveLength(1)
})

test.each<[RecordSeverity, RecordSeverity]>([
  ['reject', 'reject'],
  ['blank', 'blank'],
  ['warn', 'warn'],
  ['report', 'warn'],
])('a rule of severity %s that throws is itself a finding, which does %s', (severity, does) => {
  const plan = streamPlan(fields, [{ rules: [{ ...bsn, field: 'nummers', severity }] }])
  const broken: Value[] = ['1']
  broken.some = () => {
    throw new Error('999990019 cannot be judged')
  }
  const found = prepareRules(plan)[0]!({ values: ['1', null, null, broken], problems: [] })
  expect(found).toEqual([{ rule: 'nl.bsn', severity: does, field: 3, detail: 'the rule failed' }])
})

test('each dataset of a stream is judged by its own rules', () => {
  const plan = streamPlan(fields, [{ rules: [bsn] }, { rules: [] }, { rules: [{ ...bsn, severity: 'report' }] }])
  const shaped = prepareShape(plan)({ id: '1', bsn: '1' }, new Set())
  expect(prepareRules(plan).map((judge) => judge(shaped).map((f) => f.severity))).toEqual([['reject'], [], ['report']])
})

test('a rule that names a check that does not exist cannot be prepared', () => {
  const rules = [{ ...bsn, check: { name: 'bsnn', parameters: {} } }]
  expect(() => prepareRules(streamPlan(fields, [{ rules }]))).toThrow("rule nl.bsn names the check 'bsnn', which does not exist")
})

const volgorde: RuleSketch = { id: 'own.volgorde', severity: 'warn', fields: ['datum', 'einde'], check: 'datum <= einde' }
const perioden = { ...fields, einde: { value: 'date' as const } }

function wholeFindings(rules: RuleSketch[], record: { [field: string]: unknown }) {
  const plan = streamPlan(perioden, [{ rules }])
  return prepareRules(plan)[0]!(prepareShape(plan)(record, new Set()))
}

test('a finding of a rule on the record names no field', () => {
  expect(wholeFindings([volgorde], { id: '1', datum: '2026-01-02', einde: '2026-01-01' })).toEqual([
    { rule: 'own.volgorde', severity: 'warn' },
  ])
  expect(wholeFindings([volgorde], { id: '1', datum: '2026-01-01', einde: '2026-01-01' })).toEqual([])
})

test('rules on values and on the record judge it together, in the order of the plan', () => {
  const record = { id: '1', bsn: '1', datum: '2026-01-02', einde: '2026-01-01' }
  expect(wholeFindings([bsn, volgorde, datum], record).map((f) => f.rule)).toEqual(['nl.bsn', 'own.volgorde'])
  expect(wholeFindings([volgorde, bsn], record).map((f) => f.rule)).toEqual(['own.volgorde', 'nl.bsn'])
})

test('a rule on the record says nothing where a value is absent', () => {
  expect(wholeFindings([volgorde], { id: '1', datum: '2026-01-02' })).toEqual([])
})

test('of a value that cannot be read, a rule on the record says nothing: it is not absent', () => {
  const einde: RuleSketch = { ...volgorde, id: 'own.einde', check: 'einde != null && datum != null' }
  expect(wholeFindings([volgorde, einde], { id: '1', datum: '2026-01-02', einde: '1 mei' }).map((f) => f.rule)).toEqual(['shape.date'])
  expect(wholeFindings([einde], { id: '1', datum: '2026-01-02' }).map((f) => f.rule)).toEqual(['own.einde'])
  const beide = { id: '1', bsn: [], datum: '2026-01-02', einde: '1 mei' }
  expect(wholeFindings([einde], beide).map((f) => f.rule)).toEqual(['shape.text', 'shape.date'])
  expect(wholeFindings([einde], { ...beide, einde: null }).map((f) => f.rule)).toEqual(['shape.text', 'own.einde'])
})

test.each<[RecordSeverity, RecordSeverity]>([
  ['reject', 'reject'],
  ['warn', 'warn'],
  ['report', 'warn'],
])('a rule of severity %s on too long a list is a finding, which does %s', (severity, does) => {
  const lang: RuleSketch = { id: 'own.nummers', severity, fields: ['nummers'], check: 'nummers.all(n, n != "")' }
  expect(wholeFindings([lang], { id: '1', nummers: Array(1_000_000).fill('1') })).toEqual([
    { rule: 'own.nummers', severity: does, detail: 'the list is too long' },
  ])
})

test('a rule on the record that throws is a finding that says no value', () => {
  const broken = new Proxy<Value[]>(['1'], {
    get: () => {
      throw new Error('999990019 cannot be judged')
    },
  })
  const plan = streamPlan(fields, [{ rules: [{ id: 'own.nummers', severity: 'report', fields: ['nummers'], check: 'size(nummers) > 0' }] }])
  expect(prepareRules(plan)[0]!({ values: ['1', null, null, broken], problems: [] })).toEqual([
    { rule: 'own.nummers', severity: 'warn', detail: 'the rule failed' },
  ])
})

test('a rule on the record that cannot be judged of the plan is not prepared', () => {
  const rules: RuleSketch[] = [{ ...volgorde, check: 'datum <= eind' }]
  expect(() => prepareRules(streamPlan(perioden, [{ rules }]))).toThrow(
    "rule own.volgorde cannot be judged: there is no column 'eind' in the stream",
  )
})
