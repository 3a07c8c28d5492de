/** Columns of every type, for the tests of expressions over them. */
import type { ShapedField, ValueType } from '../../../config/dataset-plan.js'
import type { Value } from '../../../worker/pipeline/values.js'
import { type CelColumn, compile } from '../../../worker/rules/cel.js'
import { clockAt } from '../../../worker/rules/cel-evaluate.js'
import { leaf } from '../plans.js'

export const column = (name: string, value: ValueType, more: Partial<ShapedField> = {}): [string, CelColumn] => [
  name,
  { column: name, value, list: false, ...more },
]

export const columns = new Map([
  column('naam', 'text'),
  column('zaak', 'reference'),
  column('uuid', 'uuid'),
  column('aantal', 'integer'),
  column('bedrag', 'decimal'),
  column('ander_bedrag', 'decimal'),
  column('open', 'boolean'),
  column('begin', 'date'),
  column('einde', 'date'),
  column('gezet', 'datetime'),
  column('later', 'datetime'),
  column('duur', 'duration'),
  column('andere_duur', 'duration'),
  column('nummers', 'text', { list: true }),
  column('dagen', 'date', { list: true }),
  column('bedragen', 'decimal', { list: true }),
  column('plek', 'geometry'),
  column('kenmerken', 'json', {
    inside: [
      leaf(['*', 'kenmerk']),
      leaf(['*', 'dag'], 'date'),
      leaf(['*', 'rang'], 'integer'),
      leaf(['*', 'bedrag'], 'decimal'),
      leaf(['*', 'codes'], 'text', 'none', true),
      leaf(['*', 'delen', '*', 'naam']),
      leaf(['*', 'open'], 'boolean'),
      leaf(['*', 'gezet'], 'datetime'),
      leaf(['*', 'duur'], 'duration'),
      leaf(['*', 'zaak'], 'reference'),
      leaf(['*', 'dagen'], 'date', 'none', true),
      leaf(['*', 'plek'], 'geometry'),
      leaf(['*', 'adres', 'straat']),
    ],
  }),
  column('type', 'text'),
])

// 1 July, twenty past one at night in the Netherlands.
export const clock = clockAt(new Date('2026-06-30T23:20:00Z'))

/** Shaped values by column. */
export type Values = { [column: string]: Value }

/** What an expression says of a record; a column that it leaves out is absent. */
export function says(expression: string, record: Values = {}): boolean | null {
  const { expression: made, problem } = compile(expression, columns)
  if (!made) throw new Error(problem.message)
  return made.prepare<Values>((r, at) => r[made.columns[at]!] ?? null, clock)(record)
}
