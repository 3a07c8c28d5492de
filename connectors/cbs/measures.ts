import type { Measure } from './table.js'

/** The name of a column in v3 without the number of its place, which changes with each edition of a table: `AantalInwoners_5`. */
const withoutPlace = (key: string): string => key.replace(/_\d+$/, '')

/** Names that a table has more than once: `Tussenwoning` is one for electricity and one for gas. */
export function repeatedNames(measures: readonly Measure[]): string[] {
  const count = new Map<string, number>()
  for (const { key } of measures) count.set(withoutPlace(key), (count.get(withoutPlace(key)) ?? 0) + 1)
  return [...count].flatMap(([name, times]) => (times > 1 ? [name] : []))
}

/**
 * The code of each measure of a v3 table, by column: the name without its place, which is the same in each edition. A name that repeats has as
 * many of its headings before it as tell it from the others: `GemiddeldAardgasverbruik.Tussenwoning`.
 *
 * @param repeated names that some table of the stream has more than once, so that all of them get the same code
 */
export function codesOfColumns(measures: readonly Measure[], repeated: readonly string[]): Map<string, string> {
  const codes = new Map<string, string>()
  for (const measure of measures) {
    const name = withoutPlace(measure.key)
    if (!repeated.includes(name)) {
      codes.set(measure.key, name)
      continue
    }
    const alike = measures.filter((other) => other !== measure && withoutPlace(other.key) === name)
    const depth = [1, 2, 3, 4, 5].find((depth) => alike.every((other) => headed(other, depth) !== headed(measure, depth)))
    codes.set(measure.key, depth === undefined ? measure.key : headed(measure, depth))
  }
  return codes
}

/** A measure with so many of its headings before it, innermost last. */
function headed({ key, groups }: Measure, depth: number): string {
  return [...groups.slice(-depth).map(wordOf), withoutPlace(key)].join('.')
}

/** A heading as StatLine makes names of columns: `Gemiddeld aardgasverbruik` → `GemiddeldAardgasverbruik`. */
const wordOf = (title: string): string =>
  (title.normalize('NFD').match(/[A-Za-z0-9]+/g) ?? []).map((word) => word[0]!.toUpperCase() + word.slice(1)).join('')

/** Headings of each group from the outside in, by its id. A group within itself ends there. */
export function headingsOf(
  groups: readonly { id: string; parent: string | undefined; title: string }[],
): (id: string | undefined) => string[] {
  const byId = new Map(groups.map((group) => [group.id, group]))
  return (id) => {
    const headings: string[] = []
    const seen = new Set<string>()
    for (let at = byId.get(id ?? ''); at && !seen.has(at.id); at = byId.get(at.parent ?? '')) {
      seen.add(at.id)
      headings.unshift(at.title)
    }
    return headings
  }
}
