/** What of a stream lands in a dataset and what does not, in words for people. */
import type { DatasetPlan } from '../config/dataset-plan.js'
import type { Treatment } from '../config/kinds.js'

/** A column as it is shown. */
export interface ColumnLine {
  column: string
  type: string
  kind: string
  treatment: string
  description: string
}

const treated: { readonly [treatment in Treatment]: string } = {
  drop: 'dropped',
  pseudonymise: 'pseudonym',
  year: 'year',
  month: 'month',
  pc4: 'pc4',
  buurt: 'buurt',
  keep: 'as it is',
}

/** All columns of a dataset and of its child tables, in the order of the table. */
export function columnLines(plan: DatasetPlan): ColumnLine[] {
  const own = plan.columns.flatMap((c) => [
    {
      column: c.name,
      type: `${c.type}${c.key ? ' (key)' : ''}`,
      kind: c.kind,
      treatment: treated[c.treatment],
      description: c.description,
    },
    // What says nothing of a person inside a nested value lands with it, and needs no line.
    ...(c.inside ?? [])
      .filter((i) => i.kind !== 'none')
      .map((i) => ({
        column: `  ${c.name}.${i.path.join('.')}`,
        type: '',
        kind: i.kind,
        treatment: treated[i.treatment],
        description: '',
      })),
  ])
  const children = plan.children.flatMap((child) =>
    child.columns.map((c) => ({
      column: `${child.table}.${c.name}`,
      type: c.type,
      kind: c.kind,
      treatment: treated[c.treatment],
      description: c.description,
    })),
  )
  return [...own, ...children]
}

export const columnColumns = [{ name: 'column' }, { name: 'type' }, { name: 'kind' }, { name: 'treatment', title: 'lands as' }]

/** Why described fields do not land, one line a reason, with what a person can do about it. */
export function leftLines({ left, activity }: DatasetPlan): string[] {
  const lines: string[] = []
  const of = (why: DatasetPlan['left'][number]['why'], words: (columns: string, kinds: string) => string) => {
    const fields = left.filter((l) => l.why === why)
    if (fields.length === 0) return
    const kinds = [...new Set(fields.map((f) => f.kind))]
    for (const kind of kinds) {
      const columns = fields.filter((f) => f.kind === kind).map((f) => f.column)
      lines.push(words(columns.join(', '), kind))
    }
  }
  of('not asked for', (columns, kind) => `${kind}, which is not asked for (add it under personal, when the purpose needs it): ${columns}`)
  of(
    'not allowed',
    (columns, kind) => `${kind}, which activity '${activity ?? ''}' does not allow (the FG allows it in activities.yaml): ${columns}`,
  )
  of('dropped by activity', (columns, kind) => `${kind}, which activity '${activity ?? ''}' drops: ${columns}`)
  of('dropped by contract', (columns, kind) => `${kind === 'none' ? 'left out' : kind} by the contract: ${columns}`)
  return lines
}
