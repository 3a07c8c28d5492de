/**
 * What a dataset lands, decided before a record is read: contract, stream and activity joined into one plan. The stops of the pipeline
 * and all SQL work from this plan and know nothing of YAML.
 *
 * `planStreams` (worker/plan.ts) makes it; it is plain data, so that it can be compared, hashed and handed to a worker thread.
 */
import type { Kind, Treatment } from './kinds.js'

/** Types that a column can have in Postgres. */
export type ColumnType =
  | 'text'
  | 'bigint'
  | 'numeric'
  | 'boolean'
  | 'date'
  | 'timestamptz'
  | 'uuid'
  | 'jsonb'
  | 'text[]'
  | 'bigint[]'
  | 'numeric[]'
  | 'boolean[]'
  | 'date[]'
  | 'timestamptz[]'
  | 'uuid[]'

/** How the value of a field becomes the value of a column, before shield. */
export type ValueType =
  | 'text'
  | 'integer'
  | 'decimal'
  | 'boolean'
  | 'date'
  | 'datetime'
  | 'duration'
  | 'uuid'
  | 'reference'
  | 'geometry'
  | 'json'

/** One value that shape takes from a record. The same for every dataset of the stream. */
export interface ShapedField {
  /** Column name, snake_case. */
  column: string
  /** Path in the record. */
  path: readonly string[]
  value: ValueType
  /** An array of such values. */
  list: boolean
  kind: Kind
  description: string
  required: boolean
  codes?: readonly string[] | undefined
  ordered?: boolean | undefined
  /** Stream that a reference points to. */
  reference?: string | undefined
  volatile: boolean
  key: boolean
  /** For `json`: the described paths inside, so that nothing undescribed lands. */
  inside?: readonly InsideField[] | undefined
}

/** A described leaf inside a `json` value: `['*', 'kenmerk']`, where `*` is any element of an array. */
export interface InsideField {
  path: readonly string[]
  kind: Kind
  value: ValueType
  /** An array of such values. */
  list: boolean
  description: string
}

/** A column of the dataset's table. */
export interface PlannedColumn {
  name: string
  type: ColumnType
  /** Index of its field in `StreamPlan.fields`. */
  field: number
  kind: Kind
  treatment: Treatment
  description: string
  /** Part of the primary key. */
  key: boolean
  volatile: boolean
  reference?: string | undefined
  codes?: readonly string[] | undefined
  /** For jsonb columns: which inside paths stay, and how. */
  inside?: readonly { path: readonly string[]; kind: Kind; treatment: Treatment }[] | undefined
}

export interface ChildTable {
  /** Table name: `<dataset>_<column>`. */
  table: string
  /** Index of the field in `StreamPlan.fields`; its value is an array of objects. */
  field: number
  columns: readonly {
    name: string
    path: readonly string[]
    type: ColumnType
    value: ValueType
    kind: Kind
    treatment: Treatment
    description: string
  }[]
}

/** A condition on a shaped value; all must hold for a record to be inside. */
export type Condition = { field: number; column: string } & (
  | { test: 'null' }
  | { test: 'in'; values: readonly (string | null)[] }
  | { test: 'atMost'; value: string; order: readonly string[] }
  | { test: 'range'; from?: string | undefined; to?: string | undefined; value: ValueType }
)

export type Severity = 'reject' | 'blank' | 'warn' | 'report'

/** A rule as a dataset uses it. */
export interface PlannedRule {
  id: string
  severity: Severity
  /** Share (0..1) or count of findings that the contract still takes. */
  upTo?: { share: number } | { count: number } | undefined
  /** Field rules: index of the field in `StreamPlan.fields`, and the check by name with its parameters. */
  field: number
  check: { name: string; parameters: { readonly [name: string]: unknown } }
  nl: string
  en: string
}

export interface DatasetPlan {
  /** `<schema>.<dataset>`. */
  name: string
  schema: string
  table: string
  title: string
  description: string
  owner: string
  version: string
  source: string
  stream: string
  /** More than one source feeds the table: `_source` is part of its key. */
  sourceInKey: boolean
  activity: string | undefined
  /** Pseudonym domain of its activity. */
  domain: string | undefined
  columns: readonly PlannedColumn[]
  children: readonly ChildTable[]
  where: readonly Condition[]
  rules: readonly PlannedRule[]
  indexes: readonly string[]
  history: boolean
  /** Seconds. */
  freshWithin: number
  retention: { follow: string } | { keep: string; after: string } | undefined
  refused: 'keep' | 'hide'
  /** Thresholds over which publishing waits for a person. */
  holds: { deleted: Threshold; quarantined: Threshold | undefined; scope: 'any' | 'narrower' | 'wider' | 'none' }
  /** `everyone`: each reader of the warehouse; `activity`: the role of its activity. */
  access: 'everyone' | 'activity'
  /** Whether a column of a personal kind lands. */
  personal: boolean
  /** Described fields that do not land, and why; for `plan` and `privacy show`. */
  left: readonly { column: string; kind: Kind; why: 'not asked for' | 'not allowed' | 'dropped by contract' | 'dropped by activity' }[]
  /** SHA-256 (16 hex) over all that decides what lands; another value means another table or other values. */
  fingerprint: string
}

/** Days on the Dutch calendar, `YYYY-MM-DD`: `from` inclusive, `to` exclusive; a side that is left out has no limit. */
export interface DayWindow {
  from?: string
  to?: string
}

/** Over either bound at once: for `{ share: 0.1, atLeast: 5 }` more than 10 % and more than 5 rows. `max` holds by itself. */
export interface Threshold {
  share: number
  atLeast: number
  max: number
}

/** What one reading of a stream needs for all its datasets. */
export interface StreamPlan {
  source: string
  stream: string
  connector: string
  /** Fields that some dataset lands, judges or selects on; the order of a shaped record. */
  fields: readonly ShapedField[]
  /** Positions in `fields` of the key. */
  key: readonly number[]
  datasets: readonly DatasetPlan[]
  /** Numbers must arrive as exact text. */
  exact: boolean
  /** Paths of the fields that are described, landed or not; others are reported as new. */
  known: readonly (readonly string[])[]
}
