/** Tables of StatLine as both versions of its service show them. */

export interface Topic {
  /** Name of its column in version 3, without the number of its place, which follows from the order. */
  name: string
  /** Its code in version 4. */
  id: string
  title: string
  unit: string
  decimals: number
  /** Headings above it, outermost first. */
  groups?: readonly string[]
  /** It holds text. */
  text?: true
}

export interface Dimension {
  name: string
  /** Its type in version 3 and kind in version 4. */
  type: 'Dimension' | 'TimeDimension' | 'GeoDimension' | 'GeoDetail'
  codes: { code: string; title: string; status?: string }[]
}

/** A value as JSON writes it in version 3; null where it is absent. */
export interface Cell {
  value: string | null
  /** Why it is absent, in version 4. Left out: the figure itself is, there. */
  attribute?: 'Confidential' | 'Impossible' | 'Missing'
}

export interface Row {
  codes: { [dimension: string]: string }
  /** By topic, in their order. */
  cells: Cell[]
}

export interface Table {
  id: string
  title: string
  /** What the catalogue of version 3 says of its periods. */
  period: string
  modified: string
  dimensions: Dimension[]
  topics: Topic[]
  rows: Row[]
  /** Version 4 has it whole; or only what it says of it. */
  inVersion4: 'whole' | 'described'
}

/** The column of a topic in version 3. */
export const columnOf = (table: Table, topic: Topic): string => `${topic.name}_${table.topics.indexOf(topic) + 1}`

/** Codes are as long as the longest that StatLine has: spaces fill them up. */
export const padded = (code: string): string => code.padEnd(10)

export interface Group {
  id: number
  parent: number | null
  title: string
}

/** The headings of a table, each once. */
export function groupsOf(table: Table): { groups: Group[]; groupOf(topic: Topic): Group | undefined } {
  const groups = new Map<string, Group>()
  for (const { groups: titles = [] } of table.topics) {
    titles.forEach((title, depth) => {
      const path = titles.slice(0, depth + 1).join('/')
      const parent = groups.get(titles.slice(0, depth).join('/'))?.id ?? null
      if (!groups.has(path)) groups.set(path, { id: 1000 + groups.size, parent, title })
    })
  }
  return { groups: [...groups.values()], groupOf: ({ groups: titles = [] }) => groups.get(titles.join('/')) }
}
