/** Rules on a record as a whole: prepared once, asked for each record. */
import type { PlannedRecordRule, ShapedField, StreamPlan, ValueType } from '../../config/dataset-plan.js'
import type { RecordExample, RecordRule } from '../../config/rules.js'
import { prepareShape, type Shaped } from '../pipeline/shape.js'
import * as values from '../pipeline/values.js'
import { type CelProblem, compile } from './cel.js'
import { clockAt, wallClock } from './cel-evaluate.js'
import type { Clock } from './cel-functions.js'
import type { Verdict } from './field-checks.js'

/** @throws RuleFailure of the function, for a record that the rule cannot be judged of */
export type JudgeRecord = (shaped: Shaped) => Verdict

/** @throws Error for a rule that the plan should not have taken in */
export function prepareRecordRule(rule: PlannedRecordRule, plan: Pick<StreamPlan, 'fields'>, clock: Clock = wallClock): JudgeRecord {
  const { expression, problem } = compile(rule.check, new Map(rule.fields.map((at) => [plan.fields[at]!.column, plan.fields[at]!])))
  if (!expression) throw new Error(`rule ${rule.id} cannot be judged: ${problem.message}`)
  const at = expression.columns.map((column) => rule.fields.find((field) => plan.fields[field]!.column === column)!)
  const answer = expression.prepare<Shaped>((shaped, column) => shaped.values[at[column]!], clock)
  return (shaped) => {
    // What cannot be read is not absent: nothing can be said of it, and its own finding is told already.
    if (shaped.problems.some((p) => at.includes(p.field))) return 'unknown'
    const says = answer(shaped)
    return says === null ? 'not applicable' : says ? 'ok' : 'violation'
  }
}

/** The moment at which examples are judged: noon of 1 July 2026 in the Netherlands, so that an example can say which day is tomorrow. */
export const exampleMoment = new Date('2026-07-01T12:00:00+02:00')

/**
 * Judges made-up records by a rule on a record.
 *
 * @param fields of the stream that the rule is for; undefined where there is none, and the examples show what the columns hold
 * @returns a function that judges one example, or why the rule cannot be judged
 */
export function prepareExamples(
  rule: RecordRule,
  fields: readonly ShapedField[] | undefined,
): { judge: (example: RecordExample) => Verdict; problem?: undefined } | { judge?: undefined; problem: CelProblem } {
  const guesses = fields ? [fields] : [shownFields(rule, false), shownFields(rule, true)]
  let problem: CelProblem | undefined
  for (const guess of guesses) {
    const names = new Set(guess.map((field) => field.column))
    const unknown = [...rule.examples.valid, ...rule.examples.invalid].flatMap(Object.keys).find((column) => !names.has(column))
    if (unknown !== undefined)
      return { problem: { message: `an example names the column '${unknown}', which the stream does not have`, missing: [] } }
    const compiled = compile(rule.check, new Map(guess.map((field) => [field.column, field])))
    if (compiled.expression) return { judge: judgeExamples(rule, guess) }
    problem ??= compiled.problem
  }
  return { problem: problem! }
}

function judgeExamples({ id, check, ...rule }: RecordRule, fields: readonly ShapedField[]): (example: RecordExample) => Verdict {
  // Each field stands at the top of an example, under the name of its column.
  const plan: Pick<StreamPlan, 'fields' | 'known'> = { fields: fields.map((field) => ({ ...field, path: [field.column] })), known: [] }
  const shape = prepareShape(plan)
  const { expression } = compile(check, new Map(fields.map((field) => [field.column, field])))
  const at = expression!.columns.map((column) => fields.findIndex((field) => field.column === column))
  const planned: PlannedRecordRule = { ...rule, id, check, level: 'record', severity: 'report', fields: at }
  const judge = prepareRecordRule(planned, plan, clockAt(exampleMoment))
  const nested = new Set(fields.filter(({ value }) => value === 'json' || value === 'geometry').map(({ column }) => column))
  return (example) => {
    const record = Object.entries(example).map(([column, value]) => [column, nested.has(column) ? parsed(value) : value])
    return judge(shape(Object.fromEntries(record), new Set()))
  }
}

/** Nested values are written as JSON. */
function parsed(written: RecordExample[string]): unknown {
  return typeof written === 'string' ? JSON.parse(written) : written
}

/** The columns that examples show, each of the narrowest type that all its values are of. Digits can be a number or a text. */
function shownFields(rule: RecordRule, numbers: boolean): ShapedField[] {
  const shown = new Map<string, RecordExample[string][]>()
  for (const example of [...rule.examples.valid, ...rule.examples.invalid])
    for (const [column, value] of Object.entries(example)) shown.set(column, [...(shown.get(column) ?? []), value])
  const types: ValueType[] = ['date', 'datetime', 'duration', 'boolean', ...(numbers ? (['integer', 'decimal'] as const) : [])]
  return [...shown].map(([column, all]) => {
    const texts = all.flat().filter((value) => value !== null)
    const fits = (type: ValueType) =>
      texts.length > 0 && texts.every((value) => values.scalars[type as values.ScalarType](value) !== undefined)
    return {
      column,
      path: [column],
      value: types.find(fits) ?? 'text',
      list: all.some(Array.isArray),
      kind: 'none',
      description: column,
      required: false,
      volatile: false,
      key: false,
    }
  })
}
