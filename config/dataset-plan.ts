/**
 * What a dataset lands, decided before a record is read: contract, stream and activity joined into one plan. The stops of the pipeline
 * and all SQL work from this plan and know nothing of YAML.
 *
 * `planStreams` (worker/plan.ts) makes it; it is plain data, so that it can be compared, hashed and handed to a worker thread.
 */
import type { Kind, Treatment } from './kinds.js'
import type { Bound } from './words.js'

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

/** What a violation does to a record. */
export type RecordSeverity = 'reject' | 'blank' | 'warn' | 'report'
/** The same, and to a set: publishing waits for a person, or nothing of the dataset lands. */
export type Severity = RecordSeverity | 'hold' | 'fail'

/** Share (0..1) or count of findings that the contract still takes. */
export type UpTo = Bound

/** A check by the name under which the rule engine knows it, with its parameters as its form reads them. */
export interface NamedCheck {
  name: string
  parameters: { readonly [name: string]: unknown }
}

interface PlannedBase {
  id: string
  /** Version of the rule, as its pack says. */
  version: number
  upTo?: UpTo | undefined
  nl: string
  en: string
}

/** A rule on the value of one field. `field`: index in `StreamPlan.fields`. */
export interface PlannedFieldRule extends PlannedBase {
  level: 'field'
  severity: RecordSeverity
  field: number
  check: NamedCheck
}

/** A rule on a record. `fields`: indexes in `StreamPlan.fields` of the columns that its expression (CEL) names. */
export interface PlannedRecordRule extends PlannedBase {
  level: 'record'
  severity: RecordSeverity
  fields: readonly number[]
  check: string
}

/** A rule as a dataset uses it, judged record by record. */
export type PlannedRule = PlannedFieldRule | PlannedRecordRule

/** A rule on the records of a dataset together. `columns`: those of the dataset that it looks at. */
export interface PlannedSetRule extends PlannedBase {
  level: 'dataset'
  severity: 'warn' | 'report' | 'hold' | 'fail'
  check: NamedCheck
  columns: readonly string[]
}

/**
 * A rule on what the rows of a dataset refer to. `uses`: the datasets that it reads beside its own, by stream, each with the columns that the
 * rule needs.
 */
export interface PlannedReferenceRule extends PlannedBase {
  level: 'reference'
  severity: 'warn' | 'report'
  check: NamedCheck
  columns: readonly string[]
  uses: { readonly [stream: string]: UsedDataset }
}

export interface UsedDataset {
  /** `<schema>.<dataset>` */
  dataset: string
  schema: string
  table: string
  /** Key columns, in key order. */
  key: readonly string[]
  columns: readonly string[]
  sourceInKey: boolean
}

/** A rule on a load beside earlier ones. `columns`: those that it measures; none where it counts rows. */
export interface PlannedLoadRule extends PlannedBase {
  level: 'load'
  severity: 'warn' | 'report' | 'hold' | 'fail'
  check: NamedCheck
  columns: readonly string[]
}

/** The dataset that holds the boundaries of the buurten. */
export interface UsedBoundaries {
  /** `<schema>.<dataset>` */
  dataset: string
  schema: string
  table: string
  /** Column with the code of a buurt: its key. */
  code: string
  /** Column with its area. */
  geometry: string
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
  /** Judged record by record, on the path. */
  rules: readonly PlannedRule[]
  /** Judged by SQL over what is staged together with what stands. */
  setRules: readonly PlannedSetRule[]
  /** Judged when all streams of the run have published. */
  referenceRules: readonly PlannedReferenceRule[]
  /** Judged of a load beside the earlier ones. */
  loadRules: readonly PlannedLoadRule[]
  /** Whose boundaries say in which buurt a place lies; undefined where no column lands as one. */
  buurten?: UsedBoundaries | undefined
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
