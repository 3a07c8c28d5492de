/** What both versions of the service say of a table, in one form. */
import type { Context, SourceRecord } from '../connector.js'
import type { Listing } from '../listing.js'

export interface About {
  /** Number of the table, as the service spells it. */
  table: string
  title: string
  /** When the table last changed, in the service's own text. */
  modified: string
  /** How many rows (v3) or figures (v4) the whole table has; undefined where the service does not say. */
  rows?: number | undefined
  /** Code of the one year that a table without periods is about. */
  year?: string | undefined
}

export interface Dimension {
  name: string
  is: 'region' | 'period' | 'other'
}

export interface Measure {
  /** The column in v3, the identifier in v4. */
  key: string
  title: string | null
  unit: string | null
  /** Its headings, outermost first. */
  groups: readonly string[]
}

export interface Structure {
  /** In the order of the table. */
  dimensions: readonly Dimension[]
  measures: readonly Measure[]
}

/** The dimension of the regions, and that of the periods; undefined where a table has none. A second one is a dimension like any other. */
export const placeOf = ({ dimensions }: Structure): string | undefined => dimensions.find(({ is }) => is === 'region')?.name
export const timeOf = ({ dimensions }: Structure): string | undefined => dimensions.find(({ is }) => is === 'period')?.name

/** What a code of a dimension means. */
export interface Code {
  title: string | null
  /** Of a period: whether its figures are final. */
  status: string | null
}

export type Codes = ReadonlyMap<string, Code>

/** A part of a table. What is left out is not limited. */
export interface Selection {
  table: string
  structure: Structure
  /** Beginning of the codes of its region. */
  region?: string | undefined
  /** First and, exclusively, last code of its periods, or the beginnings of such. */
  from?: string | undefined
  before?: string | undefined
  /** Measures by key; all where undefined. */
  measures?: readonly string[] | undefined
}

/** A figure as the table has it. */
export interface Cell {
  /** Key of the measure. */
  measure: string
  /** Codes by name of the dimension, without padding. */
  codes: { readonly [dimension: string]: string }
  /** A decimal as exact text. */
  value: string | null
  text: string | null
  /** What the service says of the value, in its own word. */
  attribute: string | null
}

/** One version of the service. */
export interface Service {
  version: 3 | 4
  /** @throws SourceRefused when there is no such table */
  about(ctx: Context, table: string): Promise<About>
  structure(ctx: Context, table: string): Promise<Structure>
  /** The codes of a dimension that begin as given, by code without padding. */
  codes(ctx: Context, table: string, dimension: string, beginning?: string): Promise<Codes>
  /** The list of the rows of a part of a table. */
  listing(selection: Selection): Listing
  /** The figures in a row of that list, in the order of the structure; those that were not selected are left out. */
  cells(row: SourceRecord, selection: Selection): Iterable<Cell>
  /** How many figures the rows of a whole table have; undefined where that is not known. */
  cellsIn(about: About, selection: Selection): number | undefined
}

/** Names of regional dimensions that some tables do not call one. */
const regional = ['RegioS', 'WijkenEnBuurten']

/** @param type what the service says of it: `GeoDetail` is the type of `WijkenEnBuurten`, and has no "Dimension" in it */
export function dimensionOf(name: string, type: string): Dimension {
  return { name, is: /^Geo/.test(type) || regional.includes(name) ? 'region' : /^Time/.test(type) ? 'period' : 'other' }
}

// A request line of 8 kB is what servers commonly take. What does not fit is left out here instead.
const longestFilter = 2000

/** Conditions joined as OData does in both versions; one on measures is left out where it would be too long. */
export function filterOf({ structure, region, from, before }: Selection, measures?: string): string | undefined {
  const [place, period] = [placeOf(structure), timeOf(structure)]
  const conditions = [
    ...(region && place ? [`startswith(${place},${quoted(region)})`] : []),
    ...(from && period ? [`${period} ge ${quoted(from)}`] : []),
    ...(before && period ? [`${period} lt ${quoted(before)}`] : []),
    ...(measures !== undefined && measures.length <= longestFilter ? [measures] : []),
  ]
  return conditions.length === 0 ? undefined : conditions.join(' and ')
}

/** Text in a filter. @see OData v4 URL Conventions §5.1.1.14.1: a quote in it is doubled */
export const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`

/** Whole numbers come from v4 with a fraction of zeros: `93750.0`. */
export const plain = (value: string): string => value.replace(/\.0+$/, '')
