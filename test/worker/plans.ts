/** Plans by hand, for tests of one stop of the path. What a test does not say is as plain as can be. */
import type {
  ChildTable,
  DatasetPlan,
  PlannedColumn,
  PlannedFieldRule,
  PlannedRecordRule,
  ShapedField,
  StreamPlan,
} from '../../config/dataset-plan.js'
import type { Kind, Treatment } from '../../config/kinds.js'
import { typeOf } from '../../worker/planning/fields.js'

type FieldSketch = Partial<ShapedField>

/** Where something of a dataset says `field`, it is the name of a column. */
type Named<T extends { field: number }> = Omit<T, 'field'> & { field: string }

interface ColumnSketch extends Partial<Omit<PlannedColumn, 'field' | 'name'>> {
  treatment?: Treatment
}

export interface DatasetSketch extends Partial<Omit<DatasetPlan, 'columns' | 'where' | 'rules' | 'children'>> {
  /** Columns beside the key, with what is not as plain as can be. Default: every field, kept. */
  columns?: { [column: string]: ColumnSketch }
  where?: DatasetPlan['where'] extends readonly (infer C)[] ? (C extends { field: number } ? Omit<C, 'field'> : never)[] : never
  rules?: (FieldRuleSketch | RecordRuleSketch)[]
  children?: Named<ChildTable>[]
}

type FieldRuleSketch = Partial<Named<PlannedFieldRule>> & Pick<Named<PlannedFieldRule>, 'id' | 'field' | 'check'>
/** `fields`: the columns that the expression names. */
type RecordRuleSketch = Partial<Omit<PlannedRecordRule, 'fields'>> & Pick<PlannedRecordRule, 'id' | 'check'> & { fields: readonly string[] }

/**
 * A stream with an `id` of type text as its key and the fields given, each at the top of the record.
 *
 * @param datasets default: one that lands everything
 */
export function streamPlan(fields: { [column: string]: FieldSketch } = {}, datasets: DatasetSketch[] = [{}]): StreamPlan {
  const sketches: { [column: string]: FieldSketch } = { id: { key: true, required: true }, ...fields }
  const all: ShapedField[] = Object.entries(sketches).map(([column, sketch]) => ({
    column,
    path: [column],
    value: 'text',
    list: false,
    kind: 'none',
    description: column,
    required: false,
    volatile: false,
    key: false,
    ...sketch,
  }))
  const at = (column: string) => {
    const place = all.findIndex((f) => f.column === column)
    if (place < 0) throw new Error(`there is no field ${column} in the sketch`)
    return place
  }
  return {
    source: 'bron',
    stream: 'records',
    connector: 'none',
    fields: all,
    key: all.flatMap((f, i) => (f.key ? [i] : [])),
    datasets: datasets.map((sketch, n) => datasetPlan(sketch, n, all, at)),
    exact: true,
    known: all.map((f) => f.path),
  }
}

function datasetPlan(sketch: DatasetSketch, n: number, fields: readonly ShapedField[], at: (column: string) => number): DatasetPlan {
  const { columns, where = [], rules = [], children = [], ...rest } = sketch
  const landing = fields.filter((f) => f.key || !columns || f.column in columns)
  const planned = landing.map((field): PlannedColumn => {
    const own = columns?.[field.column] ?? {}
    const treatment = own.treatment ?? 'keep'
    const inside = field.inside?.map((i) => ({ path: i.path, kind: i.kind, treatment: 'keep' as const }))
    return {
      name: field.column,
      type: typeOf(field, treatment),
      field: at(field.column),
      kind: field.kind,
      description: field.description,
      key: field.key,
      volatile: field.volatile,
      codes: field.codes,
      ...(inside && { inside }),
      ...own,
      treatment,
    }
  })
  const table = `dataset_${n}`
  return {
    name: `proef.${table}`,
    schema: 'proef',
    table,
    title: table,
    description: table,
    owner: 'test',
    version: '1.0.0',
    source: 'bron',
    stream: 'records',
    sourceInKey: false,
    activity: undefined,
    domain: undefined,
    columns: planned,
    children: children.map((child) => ({ ...child, field: at(child.field) })),
    where: where.map((condition) => ({ ...condition, field: at(condition.column) })) as DatasetPlan['where'],
    rules: rules.map((rule) => {
      const base = { version: 1, severity: 'reject', nl: rule.id, en: rule.id } as const
      return 'fields' in rule
        ? { ...base, ...rule, level: 'record', fields: rule.fields.map(at) }
        : { ...base, ...rule, level: 'field', field: at(rule.field) }
    }),
    setRules: [],
    referenceRules: [],
    loadRules: [],
    indexes: [],
    history: false,
    freshWithin: 86_400,
    retention: undefined,
    refused: 'keep',
    holds: { deleted: { share: 0.1, atLeast: 5, max: 1000 }, quarantined: undefined, scope: 'any' },
    access: 'everyone',
    personal: planned.some((c) => c.kind !== 'none'),
    left: [],
    fingerprint: '0123456789abcdef',
    ...rest,
  }
}

/** A described leaf inside a nested value: `['*', 'kenmerk']`. */
export function leaf(path: readonly string[], value: ShapedField['value'] = 'text', kind: Kind = 'none', list = false) {
  return { path, value, list, kind, description: path.join('.') }
}
