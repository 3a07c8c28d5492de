import { notAChoice, type Predicate } from './filters.js'
import type { Sight } from './grants.js'
import type { List } from './lists.js'
import type { Municipality, Row, StreamName } from './model.js'
import { unstableSort } from './ordering.js'
import type { Links } from './records.js'

/** What a list is asked for, apart from which page of it. */
export interface Question {
  stream: StreamName
  list: List
  params: ReadonlyMap<string, string>
  links: Links
  /** Names the rights by which is looked, for what is kept. */
  viewer: string
  sight: Sight
  /** Also what only shows by its address otherwise. */
  everyVersion?: boolean
}

// A walk asks for the same rows again and again; a loop over parents never does.
const kept = 40

/** The rows of a list by rights and filters, in its own order. What was worked out before is kept until something changes. */
export class Selection {
  readonly #municipality: Municipality
  readonly #kept = new Map<string, Row[]>()
  #version = -1

  constructor(municipality: Municipality) {
    this.#municipality = municipality
  }

  rows(question: Question): readonly Row[] {
    if (this.#municipality.version !== this.#version) {
      this.#kept.clear()
      this.#version = this.#municipality.version
    }
    const { stream, list, params, links, viewer, everyVersion } = question
    const key = JSON.stringify([stream, viewer, [...params], links, everyVersion === true])
    const known = this.#kept.get(key)
    if (known !== undefined) return known
    const rows = this.#ordered(stream, list).filter(every(question))
    if (this.#kept.size >= kept) this.#kept.clear()
    this.#kept.set(key, rows)
    return rows
  }

  /** Newest first, or as the list has it. */
  #ordered(stream: StreamName, list: List): readonly Row[] {
    const key = `all ${stream}`
    const known = this.#kept.get(key)
    if (known !== undefined) return known
    const { rows } = list.table(this.#municipality)
    const ordered = list.compare ? rows.toSorted(list.compare) : rows.toReversed()
    this.#kept.set(key, ordered)
    return ordered
  }
}

function every({ list, params, links, sight, everyVersion }: Question): Predicate<Row> {
  const predicates: Predicate<Row>[] = list.zaakOf || list.sees ? [(row) => isSeen(row, list, sight)] : []
  if (list.isListed && !everyVersion) predicates.push(list.isListed)
  for (const [name, filter] of Object.entries(list.filters)) {
    const text = params.get(name) ?? list.implied?.[name]
    // An empty parameter is no parameter.
    const predicate = text === undefined || text === '' ? undefined : filter(text, name, links)
    if (predicate !== undefined) predicates.push(predicate)
  }
  return (row) => predicates.every((predicate) => predicate(row))
}

/** Whether somebody sees a row: by the zaak that it belongs to, or by itself. */
export function isSeen(row: Row, { zaakOf, sees }: List, sight: Sight): boolean {
  return zaakOf ? sight.sees(zaakOf(row)) : (sees?.(row, sight) ?? true)
}

/**
 * Orders rows on fields, without a tie-break: rows that are equal come in another order for each page.
 *
 * @throws Problem 400 for a field that may not be ordered on
 */
export function ordered(rows: readonly Row[], { ordering }: List, text: string, page: number): Row[] {
  const fields = text.split(',').map((field) => {
    const get = ordering?.[field.replace(/^-/, '')]
    if (get === undefined) throw notAChoice('ordering', field)
    return { get, down: field.startsWith('-') }
  })
  return unstableSort(rows, fields, page)
}
