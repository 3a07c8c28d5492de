import fc from 'fast-check'
import { LosslessNumber, parse, stringify } from 'lossless-json'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { recordOf } from '../../worker/kept.js'
import { prepareChecks } from '../../worker/pipeline/check.js'
import { prepareShape } from '../../worker/pipeline/shape.js'
import { prepareShield } from '../../worker/pipeline/shield.js'
import { openWarehouse, type Warehouse } from '../sql/warehouse.js'
import { streamPlan } from './plans.js'

let warehouse: Warehouse
beforeAll(async () => {
  warehouse = await openWarehouse()
})
afterAll(() => warehouse.close())

const inside = (path: string[], value: 'text' | 'decimal' | 'date', list = false) => ({
  path,
  value,
  list,
  kind: 'none' as const,
  description: path.join('.'),
})
const nested = [inside(['zz'], 'text'), inside(['a', 'bedrag'], 'decimal'), inside(['a', 'dagen'], 'date', true)]
const plan = streamPlan({
  tekst: {},
  geheel: { value: 'integer' },
  bedrag: { value: 'decimal', path: ['groep', 'bedrag'] },
  ja: { value: 'boolean', path: ['groep', 'diep', 'ja'] },
  dag: { value: 'date' },
  moment: { value: 'datetime' },
  duur: { value: 'duration' },
  uuid: { value: 'uuid' },
  verwijzing: { value: 'reference' },
  plek: { value: 'geometry' },
  lijst: { list: true },
  dagen: { value: 'date', list: true },
  genest: { value: 'json', inside: nested },
})
// The sketch lands every field; what is inside of a nested one is kept.
const dataset = {
  ...plan.datasets[0]!,
  columns: plan.datasets[0]!.columns.map((c) =>
    c.name === 'genest'
      ? { ...c, type: 'jsonb' as const, inside: nested.map(({ path, kind }) => ({ path, kind, treatment: 'keep' as const })) }
      : c,
  ),
}
const alone = { ...plan, datasets: [dataset] }

const orNull = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: null })
const day = fc
  .date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T00:00:00Z'), noInvalidDate: true })
  .map((d) => d.toISOString().slice(0, 10))
const number = fc
  .tuple(fc.bigInt(-(10n ** 15n), 10n ** 15n), fc.stringMatching(/^(\.\d{1,9})?$/))
  .map(([whole, fraction]) => new LosslessNumber(`${whole}${fraction}`))
const text = fc.string({ unit: 'grapheme' }).filter((t) => !t.includes('\0') && t.isWellFormed())
const record = fc.record({
  id: text.filter((t) => t !== ''),
  tekst: orNull(text),
  geheel: orNull(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n).map((n) => new LosslessNumber(String(n)))),
  groep: orNull(fc.record({ bedrag: orNull(number), diep: orNull(fc.record({ ja: orNull(fc.boolean()) })) })),
  dag: orNull(day),
  moment: orNull(
    fc.tuple(day, fc.stringMatching(/^T1\d:[0-5]\d:[0-5]\d\.\d{1,9}$/), fc.constantFrom('Z', '+02:00', '-0330')).map((p) => p.join('')),
  ),
  duur: orNull(fc.constantFrom('P30D', 'P1Y6M', 'PT36H')),
  uuid: orNull(fc.uuid().map((u) => u.toUpperCase())),
  verwijzing: orNull(fc.uuid().map((u) => `https://zaken.example/api/v1/zaken/${u}/`)),
  plek: orNull(fc.tuple(number, number).map((coordinates) => ({ type: 'Point', crs: 'x', coordinates }))),
  lijst: orNull(fc.array(orNull(text))),
  dagen: orNull(fc.array(orNull(day))),
  genest: orNull(fc.record({ a: orNull(fc.record({ bedrag: orNull(number), dagen: orNull(fc.array(day)) })), zz: orNull(text) })),
})

test('a record that was kept whole is shaped as the source gave it, with the same content, whatever stands in it', async () => {
  const shape = prepareShape(alone)
  const shield = prepareShield(alone, dataset, undefined)
  const [check] = prepareChecks(alone)
  await fc.assert(
    fc.asyncProperty(record, async (raw) => {
      const first = shape(raw, new Set())
      fc.pre(first.problems.length === 0)
      const checked = check!(first)
      const kept = stringify(shield.refused(first, checked).record)!
      const [row] = await warehouse.query<{ kept: string }>(`select ${literal(kept)}::jsonb::text as kept`)
      const again = shape(recordOf(alone, dataset.columns, parse(row!.kept) as { [column: string]: unknown }), new Set())
      expect(again.problems).toEqual([])
      expect(shield.row(again, checked)).toEqual(shield.row(first, checked))
    }),
    { numRuns: 200 },
  )
})

const literal = (value: string) => `E'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
