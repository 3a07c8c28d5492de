/**
 * The tables of a dataset as they follow from its plan: present rows, deleted keys, history, and a table for each child. Plain data:
 * `dataset-diff.ts` compares it with what stands there, `dataset-ddl.ts` writes it as SQL.
 */
import type { ChildTable, DatasetPlan, PlannedColumn } from '../config/dataset-plan.js'

export interface TableColumn {
  name: string
  /** As Postgres' `format_type` writes it, with `timestamptz` for its long form. */
  type: string
  required: boolean
  /** SQL of the default. */
  default?: string
  comment?: string
}

/** Known by what it indexes: Postgres chooses its name, so that two tables never want the same one. */
export interface TableIndex {
  columns: readonly string[]
  /** At most one row a key where this holds. */
  uniqueWhere?: string
  /** Only of rows for which this holds. */
  where?: string
  /** For values that hold many: jsonb and arrays. */
  gin?: boolean
}

export interface DatasetTable {
  schema: string
  name: string
  role: 'present' | 'deleted' | 'history' | 'child'
  columns: readonly TableColumn[]
  /** Columns of the primary key; none for history. */
  key: readonly string[]
  /** A child goes with its parent: the leading columns of `key` refer to the key of that table. */
  parent?: string
  indexes: readonly TableIndex[]
  comment: string
}

/** Why a key left a dataset, in `<dataset>_deleted._reason`. */
export type DeletedReason = 'deleted' | 'removed' | 'outside' | 'parent' | 'refused'

export const sourceColumn: TableColumn = {
  name: '_source',
  type: 'text',
  required: true,
  comment: 'Source that the row was read from; part of the key.',
}

const runId: TableColumn = { name: '_run_id', type: 'bigint', required: false, comment: 'Run that wrote the row last; see meta.runs.' }
const readAt: TableColumn = {
  name: '_read_at',
  type: 'timestamptz',
  required: true,
  comment: 'When the row was read from the source last.',
}
const changedAt: TableColumn = {
  name: '_changed_at',
  type: 'timestamptz',
  required: true,
  comment: 'When the content of the row changed last in this dataset.',
}
const hash: TableColumn = {
  name: '_hash',
  type: 'uuid',
  required: true,
  comment: 'Content of the row, to see changes by; volatile columns are no part of it.',
}
const findings: TableColumn = {
  name: '_findings',
  type: 'text[]',
  required: true,
  default: `'{}'`,
  comment: 'Rules that this row broke without being refused.',
}

/** The key columns of the dataset's table, `_source` first where several sources feed it. */
export function keyOf(plan: DatasetPlan): string[] {
  return [...(plan.sourceInKey ? [sourceColumn.name] : []), ...plan.columns.filter((c) => c.key).map((c) => c.name)]
}

/** The tables that a plan asks for: present rows first, children last. */
export function tablesOf(plan: DatasetPlan): DatasetTable[] {
  const key = keyColumns(plan)
  const names = key.map((c) => c.name)
  const present = [...key, ...plan.columns.filter((c) => !c.key).map(landed), runId, readAt, changedAt, hash, findings]
  const about = `Owner: ${plan.owner}.${plan.activity ? ` Activity: ${plan.activity}.` : ''}`
  const tables: DatasetTable[] = [
    {
      schema: plan.schema,
      name: plan.table,
      role: 'present',
      columns: present,
      key: names,
      indexes: indexesOf(plan),
      comment: [`${plan.title}: ${plan.description}`, about].join('\n'),
    },
    {
      schema: plan.schema,
      name: `${plan.table}_deleted`,
      role: 'deleted',
      columns: [
        ...key,
        { name: '_deleted_at', type: 'timestamptz', required: true, comment: 'When the row left the dataset.' },
        { name: '_read_at', type: 'timestamptz', required: true, comment: 'When the source said so.' },
        {
          name: '_reason',
          type: 'text',
          required: true,
          comment:
            'deleted: gone at the source; removed: the source said so itself; outside: no longer in the selection; parent: its parent is gone; refused: a newer version is in quarantine, and the contract hides the older.',
        },
        runId,
      ],
      key: names,
      indexes: [],
      comment: [`Keys that left ${plan.name}, and why.`, about].join('\n'),
    },
  ]
  if (plan.history) tables.push(historyOf(plan, present, names, about))
  for (const child of plan.children) tables.push(childOf(plan, child, key, about))
  return tables
}

/** Every table name that a plan takes in its schema. */
export function tableNames(plan: DatasetPlan): string[] {
  return tablesOf(plan).map((t) => t.name)
}

/** The field that a child table is made of, as quarantined records name it. */
export function childColumn(plan: DatasetPlan, child: ChildTable): string {
  return child.table.startsWith(`${plan.table}_`) ? child.table.slice(plan.table.length + 1) : child.table
}

/** Whether a column says something of a person, itself or in what is inside of it; pseudonymised it still does. */
export function saysOfPersons(column: Pick<PlannedColumn, 'kind' | 'inside'>): boolean {
  return column.kind !== 'none' || (column.inside ?? []).some((i) => i.kind !== 'none' && i.treatment !== 'drop')
}

function keyColumns(plan: DatasetPlan): TableColumn[] {
  const own = plan.columns.filter((c) => c.key).map((c) => ({ ...landed(c), required: true }))
  return plan.sourceInKey ? [sourceColumn, ...own] : own
}

function landed(column: PlannedColumn): TableColumn {
  return { name: column.name, type: column.type, required: column.key, comment: column.description }
}

function historyOf(plan: DatasetPlan, present: readonly TableColumn[], key: readonly string[], about: string): DatasetTable {
  return {
    schema: plan.schema,
    name: `${plan.table}_history`,
    role: 'history',
    columns: [
      ...present,
      { name: '_recorded_from', type: 'timestamptz', required: true, comment: 'From when this version stood in the dataset.' },
      {
        name: '_recorded_to',
        type: 'timestamptz',
        required: false,
        comment: 'Until when, that moment not included; null: it stands there now.',
      },
    ],
    key: [],
    indexes: [{ columns: [...key, '_recorded_from'] }, { columns: key, uniqueWhere: '_recorded_to is null' }],
    comment: [`Versions of the rows of ${plan.name} as they were recorded here.`, about].join('\n'),
  }
}

function childOf(plan: DatasetPlan, child: ChildTable, key: readonly TableColumn[], about: string): DatasetTable {
  return {
    schema: plan.schema,
    name: child.table,
    role: 'child',
    columns: [
      ...key,
      { name: '_index', type: 'integer', required: true, comment: 'Place in the list of its parent, from 0.' },
      ...child.columns.map((c) => ({ name: c.name, type: c.type, required: false, comment: c.description })),
      hash,
      runId,
    ],
    key: [...key.map((c) => c.name), '_index'],
    parent: plan.table,
    indexes: [],
    comment: [`${childColumn(plan, child)} of ${plan.name}, one row an element.`, about].join('\n'),
  }
}

function indexesOf(plan: DatasetPlan): TableIndex[] {
  const key = keyOf(plan)
  // What children are joined and deleted by.
  const parents = plan.columns.filter((c) => c.reference !== undefined && c.name.endsWith('_uuid') && c.name !== key[0]).map((c) => c.name)
  const asked = [...new Set([...plan.indexes, ...parents])].map((column): TableIndex => {
    const type = plan.columns.find((c) => c.name === column)?.type ?? 'text'
    return type === 'jsonb' || type.endsWith('[]') ? { columns: [column], gin: true } : { columns: [column] }
  })
  // Every publish counts what rules found. Of 1,000,000 rows of 0.9 KB of which 3 % have findings, that took 0.5 s without it and 0.2 s with
  // it, all in memory; on disk it saves reading the rest. By the key, which never changes: one on the findings has no room for many.
  return [...asked, { columns: plan.columns.filter((c) => c.key).map((c) => c.name), where: `_findings <> '{}'` }]
}
