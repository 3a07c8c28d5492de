/** What it takes to bring one table from how it stands to how its dataset wants it. Pure. */
import type { StandingTable } from './catalogue.js'
import type { TableWork } from './dataset-changes.js'
import type { Alteration } from './dataset-ddl.js'
import type { DatasetTable, TableIndex } from './dataset-tables.js'
import { widens } from './dataset-values.js'

export interface TableDiff extends TableWork {
  /** Columns that someone dropped or retyped by hand. */
  mended: string[]
  /** Columns of indexes that are made anew, and that go while their columns stay. */
  newIndexes: string[]
  goneIndexes: string[]
  /** How many comments of columns that stand there, and of the table, differ. */
  wrongComments: number
}

export interface TableChange {
  /** Columns whose values must leave. */
  emptied: ReadonlySet<string>
  /** Values left the dataset: the hashes made from them leave too. */
  rehash: boolean
  /** Columns that are added in another way. */
  except: readonly string[]
}

/** @param old the table as the former plan wanted it: what it does not know was made by hand, and stays */
export function diffTable(table: DatasetTable, old: DatasetTable, stands: StandingTable, change: TableChange): TableDiff {
  const diff: TableDiff = {
    table,
    alterations: [],
    dropIndexes: [],
    makeIndexes: [],
    comments: false,
    mended: [],
    newIndexes: [],
    goneIndexes: [],
    wrongComments: 0,
  }
  diffColumns(diff, old, stands, change)
  diffIndexes(diff, old, stands)
  const wrong = table.columns.filter((c) => {
    const found = find(stands.columns, c.name)
    return found && (c.comment ?? null) !== found.comment
  })
  diff.wrongComments = wrong.length + (table.comment === stands.comment ? 0 : 1)
  diff.comments = diff.wrongComments > 0 || table.columns.some((c) => !find(stands.columns, c.name))
  return diff
}

function diffColumns(diff: TableDiff, old: DatasetTable, stands: StandingTable, change: TableChange): void {
  const { table, alterations } = diff
  for (const column of table.columns) {
    const { name, type } = column
    const found = find(stands.columns, name)
    const planned = find(old.columns, name)
    if (!found) {
      if (change.except.includes(name)) continue
      if (planned) diff.mended.push(name)
      alterations.push({ do: 'add column', column })
    } else if (change.emptied.has(name)) alterations.push({ do: 'empty column', name, type })
    else if (found.type !== type) {
      if (planned?.type === type) diff.mended.push(name)
      alterations.push(widens(found.type, type) ? { do: 'cast column', name, type } : { do: 'empty column', name, type })
    }
  }
  for (const { name } of stands.columns)
    if (find(old.columns, name) && !find(table.columns, name)) alterations.push({ do: 'drop column', name })
  const hashed = find(stands.columns, '_hash') !== undefined
  if (hashed && (change.rehash || alterations.some((a) => a.do === 'empty column'))) alterations.push({ do: 'reset hash' })
}

function diffIndexes(diff: TableDiff, old: DatasetTable, stands: StandingTable): void {
  const { table } = diff
  const partial = (index: TableIndex) => (index.uniqueWhere ?? index.where) !== undefined
  const standing = (index: TableIndex) =>
    stands.indexes.find(
      (i) =>
        !i.owned &&
        i.columns.join() === index.columns.join() &&
        i.unique === (index.uniqueWhere !== undefined) &&
        i.partial === partial(index),
    )
  for (const index of table.indexes) {
    const found = standing(index)
    if (found && !retyped(diff.alterations, index, stands)) continue
    // An index does not follow its column to every type.
    if (found) diff.dropIndexes.push(found.name)
    else diff.newIndexes.push(index.where ? 'the rows that rules found something in' : index.columns.join(', '))
    diff.makeIndexes.push(index)
  }
  for (const index of old.indexes) {
    if (
      table.indexes.some((i) => i.columns.join() === index.columns.join() && i.uniqueWhere === index.uniqueWhere && i.where === index.where)
    )
      continue
    const found = standing(index)
    if (!found) continue
    diff.dropIndexes.push(found.name)
    if (index.columns.every((c) => find(table.columns, c))) diff.goneIndexes.push(index.columns.join(', '))
  }
}

function retyped(alterations: readonly Alteration[], index: TableIndex, stands: StandingTable): boolean {
  return alterations.some(
    (a) =>
      (a.do === 'cast column' || a.do === 'empty column') &&
      index.columns.includes(a.name) &&
      find(stands.columns, a.name)?.type !== a.type,
  )
}

function find<T extends { name: string }>(columns: readonly T[], name: string): T | undefined {
  return columns.find((c) => c.name === name)
}
