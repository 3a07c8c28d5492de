/** Rules on a field as the engine judges them of a record that was shaped. */
import { expect, test } from 'vitest'
import type { RecordSeverity, ShapedField } from '../../../config/dataset-plan.js'
import { prepareShape } from '../../../worker/pipeline/shape.js'
import { prepareRules } from '../../../worker/rules/engine.js'
import { type DatasetSketch, streamPlan } from '../plans.js'

type RuleSketch = NonNullable<DatasetSketch['rules']>[number]

const rule = (id: string, name: string, parameters: object = {}, severity: RecordSeverity = 'warn'): RuleSketch => ({
  id,
  field: 'veld',
  severity,
  check: { name, parameters: { ...parameters } },
})

function found(field: Partial<ShapedField>, rules: RuleSketch[], value: unknown) {
  const plan = streamPlan({ veld: field }, [{ rules }])
  const shaped = prepareShape(plan)({ id: '1', veld: value }, new Set())
  return prepareRules(plan)[0]!(shaped).map(({ rule, severity }) => [rule, severity])
}

test('of two rules on days the stricter tells of what is no day, whichever comes first', () => {
  const datum = rule('time.datum', 'date', {}, 'reject')
  const bereik = rule('time.datum-bereik', 'date', { from: '1850-01-01' }, 'report')
  for (const rules of [
    [datum, bereik],
    [bereik, datum],
  ]) {
    expect(found({ value: 'date' }, rules, '2026-02-30')).toEqual([['time.datum', 'reject']])
    expect(found({ value: 'date' }, rules, '1849-12-31')).toEqual([['time.datum-bereik', 'report']])
    expect(found({ value: 'date' }, rules, '1850-01-01')).toEqual([])
  }
})

test.each<[ShapedField['value'], string, unknown]>([
  ['datetime', 'moment', '2026-03-29T02:30:00'],
  ['duration', 'duration', 'P1W2D'],
  ['geometry', 'geometrie', { type: 'Point' }],
  ['integer', 'huisnummer', '15C'],
  ['reference', 'reference', 'https://bron.example/999990019'],
])('what is no %s is a finding of the rule on it', (value, check, raw) => {
  expect(found({ value }, [rule('eigen.regel', check)], raw)).toEqual([['eigen.regel', 'warn']])
})

test('a moment of the hour that occurs twice is told of, though it lands as one moment', () => {
  const tweemaal = rule('time.tijdstip-tweemaal', 'moment-once')
  expect(found({ value: 'datetime' }, [tweemaal], '2026-10-25T02:30:00')).toEqual([['time.tijdstip-tweemaal', 'warn']])
  expect(found({ value: 'datetime' }, [tweemaal], '2026-10-25T02:30:00+01:00')).toEqual([])
  expect(found({ value: 'datetime' }, [tweemaal], '2026-10-25T03:30:00')).toEqual([])
  expect(found({ value: 'datetime', list: true }, [tweemaal], ['2026-10-24T02:30:00', '2026-10-25T02:30:00'])).toEqual([
    ['time.tijdstip-tweemaal', 'warn'],
  ])
  // In a column of text it is seen as it stands there.
  expect(found({ value: 'text' }, [tweemaal], '2026-10-25T02:30:00')).toEqual([['time.tijdstip-tweemaal', 'warn']])
})

test('a pair of numbers is judged as one place, another list value by value', () => {
  const rd = rule('geo.rd', 'rd')
  expect(found({ value: 'decimal', list: true }, [rd], ['155000', '463000'])).toEqual([])
  expect(found({ value: 'decimal', list: true }, [rd], ['463000', '155000'])).toEqual([['geo.rd', 'warn']])
  const pand = rule('bag.naar-pand', 'bag-identificatie', { type: ['pand'] })
  expect(found({ list: true }, [pand], ['1926100000485708', '0363100012061414'])).toEqual([])
  expect(found({ list: true }, [pand], ['1926100000485708', '1926200000508011'])).toEqual([['bag.naar-pand', 'warn']])
})

test('a geometry is judged with its numbers as they were read', () => {
  const rules = [rule('geo.geometrie', 'geometrie'), rule('geo.wgs84', 'wgs84')]
  const square = [[[5, 52], [5.1, 52], [5.1, 52.1], [5, 52.1], [5, 52]]] // biome-ignore format: a ring
  expect(found({ value: 'geometry' }, rules, { type: 'Polygon', coordinates: square })).toEqual([])
  expect(found({ value: 'geometry' }, rules, { type: 'Polygon', coordinates: [square[0]!.slice(0, 4)] })).toEqual([
    ['geo.geometrie', 'warn'],
  ])
  expect(found({ value: 'geometry' }, rules, { type: 'Point', coordinates: [52.0907, 5.1214] })).toEqual([['geo.wgs84', 'warn']])
})
