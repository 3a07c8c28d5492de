/** Judges the examples of a rule, each as the path would judge what it stands for. */
import type { ColumnType, ShapedField } from '../config/dataset-plan.js'
import type { DatasetRule, FieldRule, RecordRule, ReferenceRule, Rule } from '../config/rules.js'
import type { Warehouse } from '../sql/database.js'
import { columnsOf, judgeReferenceExample } from '../sql/reference-examples.js'
import { judgeRows } from '../sql/set-rules.js'
import type { Verdict } from '../worker/rules/field-check.js'
import { judgeExample } from '../worker/rules/field-examples.js'
import { judgeLoadExample } from '../worker/rules/load-checks.js'
import { prepareExamples } from '../worker/rules/record-rules.js'

/** What a project knows of the columns that a rule looks at; what it does not know, the examples show. */
export interface ExampleGround {
  /** Columns for which a rule on a value holds. */
  columns: readonly ShapedField[]
  /** All fields of each stream that a rule on a record is for. */
  streams: readonly (readonly ShapedField[])[]
  /** Types and key of the dataset for which another rule holds. */
  dataset: { types: ReadonlyMap<string, ColumnType>; key: readonly string[] } | undefined
  /** Any Postgres: nothing stays in it. */
  pool: Warehouse['pool'] | undefined
}

/** An example that is not judged as it says, or a rule that cannot be judged at all. */
export interface ExampleFault {
  /** Its place, from the rule: `['examples', 'valid', 0]`; `['check']` where it is about no example. */
  path: (string | number)[]
  message: string
}

export type Judgement = { faults: ExampleFault[] } | { untested: string }

const needsWarehouse: Judgement = { untested: 'needs a warehouse' }

export async function judgeExamples(rule: Rule, ground: ExampleGround): Promise<Judgement> {
  switch (rule.level) {
    case 'field':
      return each(rule, fieldJudges(rule, ground.columns))
    case 'record':
      return ofRecord(rule, ground.streams)
    case 'load':
      return each(rule, [(example) => judgeLoadExample(rule.check, example).verdict])
    case 'dataset':
      return ground.pool ? each(rule, [datasetJudge(rule, ground, ground.pool)]) : needsWarehouse
    case 'reference':
      return ground.pool ? each(rule, [referenceJudge(rule, ground.pool)]) : needsWarehouse
  }
}

/** @throws Error with why an example cannot be judged, in words that hold no more than the example does */
type Judge<T> = (example: T) => Verdict | Promise<Verdict>

/** Faults of all examples by all judges; the same one twice is one. */
async function each<T>(
  { examples }: { examples: { readonly valid: readonly T[]; readonly invalid: readonly T[] } },
  judges: readonly Judge<T>[],
): Promise<Judgement> {
  const faults = new Map<string, ExampleFault>()
  for (const list of ['valid', 'invalid'] as const) {
    for (const [at, example] of examples[list].entries()) {
      for (const judge of judges) {
        const message = await faultOf(list, example, judge)
        if (message !== undefined) faults.set(`${list} ${at} ${message}`, { path: ['examples', list, at], message })
      }
    }
  }
  return { faults: [...faults.values()] }
}

async function faultOf<T>(list: 'valid' | 'invalid', example: T, judge: Judge<T>): Promise<string | undefined> {
  try {
    const verdict = await judge(example)
    if (list === 'valid') return verdict === 'violation' ? "this example is under 'valid' and breaks the rule" : undefined
    return verdict === 'violation' ? undefined : `this example is under 'invalid' and ${saysOf[verdict]}`
  } catch (error) {
    return `this example cannot be judged: ${error instanceof Error ? error.message : error}`
  }
}

const saysOf: { readonly [verdict in Exclude<Verdict, 'violation'>]: string } = {
  ok: 'satisfies the rule',
  'not applicable': 'does not apply to the rule: what it judges is absent, or not of its type, which is a finding of its own',
  unknown: 'cannot be told by the rule',
}

/** By each type that its columns have in this project; by the one it is written for where it holds for none. */
function fieldJudges(rule: FieldRule, columns: readonly ShapedField[]): Judge<string | null>[] {
  if (columns.length === 0) return [(example) => judgeExample(rule, example)]
  return columns.map((field) => {
    const { check } = rule
    // Without codes of its own, the rule is about those of the field.
    const codes = check.name === 'code-list' && check.parameters.values === undefined && field.codes
    const here = {
      ...rule,
      appliesTo: { ...rule.appliesTo, types: [field.value] },
      check: codes ? { name: check.name, parameters: { values: field.codes } } : check,
    }
    return (example) => judgeExample(here, example)
  })
}

async function ofRecord(rule: RecordRule, streams: ExampleGround['streams']): Promise<Judgement> {
  const prepared = (streams.length > 0 ? streams : [undefined]).map((fields) => prepareExamples(rule, fields))
  const faults = prepared.flatMap(({ problem }) => (problem ? [{ path: ['check'], message: problem.message }] : []))
  if (faults.length > 0) return { faults: faults.slice(0, 1) }
  return each(
    rule,
    prepared.flatMap(({ judge }) => (judge ? [judge] : [])),
  )
}

function datasetJudge(
  rule: DatasetRule,
  { dataset }: ExampleGround,
  pool: Warehouse['pool'],
): Judge<DatasetRule['examples']['valid'][number]> {
  const shown = columnsOf([...rule.examples.valid, ...rule.examples.invalid].flat(), [])
  const columns = [...shown].map(([name, type]) => {
    const landed = dataset?.types.get(name)
    // Made-up rows are told apart by `z1` and `z2` as well as by real identifications.
    return { name, type: landed === undefined || landed === 'uuid' ? type : landed }
  })
  // A row of a tree is known by its key, which stands first where no dataset says what it is.
  const key = rule.check.name === 'hierarchy' && dataset ? dataset.key : undefined
  return async (rows) => verdictOf(await judgeRows(pool, rule.check, columns, rows, key))
}

function referenceJudge(rule: ReferenceRule, pool: Warehouse['pool']): Judge<ReferenceRule['examples']['valid'][number]> {
  return async (example) => verdictOf(await judgeReferenceExample(pool, rule, example))
}

function verdictOf(answer: { broken: readonly number[] } | { failed: string }): Verdict {
  if ('failed' in answer) throw new Error(answer.failed)
  return answer.broken.length > 0 ? 'violation' : 'ok'
}
