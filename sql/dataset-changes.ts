/** What `gemaal plan` says of a dataset, and the work behind it. */
import type { DatasetPlan } from '../config/dataset-plan.js'
import type { StandingTable } from './catalogue.js'
import type { Alteration } from './dataset-ddl.js'
import type { DatasetTable, TableIndex } from './dataset-tables.js'

export type ChangeKind =
  | 'create'
  | 'return'
  | 'retire'
  | 'key'
  | 'add column'
  | 'drop column'
  | 'type'
  | 'stricter treatment'
  | 'milder treatment'
  | 'kind'
  | 'generation'
  | 'where'
  | 'source'
  | 'child table'
  | 'history'
  | 'index'
  | 'comment'
  | 'repair'
  | 'other'
  | 'narrowing'
  | 'clash'
  | 'blocked'

/** One thing that `apply` does to a dataset, or that keeps it from doing anything. */
export interface DatasetChange {
  dataset: string
  what: ChangeKind
  /** The column (`<child table>.<column>` in a child) or child table that it is about. */
  column?: string
  /** One sentence for people, without a full stop. */
  words: string
  /** Values that stand in the dataset now leave it, its history, its child tables, quarantine and staging, for good. */
  purges: boolean
  /** Values are missing or of another form until the next reading, which is `full`. */
  rereads: boolean
  /** It keeps the dataset from being applied; `words` says what a person does about it. */
  refused: boolean
}

export interface StandingDataset {
  /** The plan that made the tables; undefined when the dataset is new. */
  plan: DatasetPlan | undefined
  retired: boolean
  /** Id of the key that made the pseudonyms in it. */
  pseudonymKey: string | null
  /** The relations of its schema that bear a name that this plan or the former one uses. */
  tables: ReadonlyMap<string, StandingTable>
}

export interface TableWork {
  table: DatasetTable
  alterations: Alteration[]
  dropIndexes: string[]
  makeIndexes: TableIndex[]
  /** Some comment differs. */
  comments: boolean
}

export interface DatasetWork {
  changes: DatasetChange[]
  /** Tables to drop, children first. */
  drop: string[]
  create: DatasetTable[]
  /** The source of the rows that stand there, where `_source` joins the key in place. */
  addSource: string | undefined
  alter: TableWork[]
  /** What leaves quarantine with the values: columns of its records, and the keys when they changed their form. */
  purge: { columns: string[]; keys: boolean }
  /** What is staged fits the tables no longer. */
  discardStaged: boolean
  /** Columns whose values or form change, by table; a view on them is in the way. `*`: the table itself. */
  touched: Map<string, Set<string>>
}
