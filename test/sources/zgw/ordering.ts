import type { Row } from './model.js'
import { scatter } from './random.js'

export interface OrderedField {
  get(row: Row): string | null
  down: boolean
}

/**
 * Sorts as Postgres may: rows that are equal in every field come in any order. Here that order is the same for one page and differs
 * between pages, so that a walk over ties loses rows and doubles others, each time in the same way.
 */
export function unstableSort(rows: readonly Row[], fields: readonly OrderedField[], page: number): Row[] {
  return rows.toSorted((a, b) => {
    for (const { get, down } of fields) {
      const order = compare(get(a), get(b))
      if (order !== 0) return down ? -order : order
    }
    return scatter(a.pk, page) - scatter(b.pk, page)
  })
}

/** Null is greater than any value: last going up, first going down. */
function compare(a: string | null, b: string | null): number {
  if (a === b) return 0
  if (a === null) return 1
  if (b === null) return -1
  return a < b ? -1 : 1
}
