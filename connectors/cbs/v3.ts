import type { SourceRecord } from '../connector.js'
import { SourceRefused } from '../errors.js'
import type { Listing } from '../listing.js'
import { countOf, listOf, readWhole, trimmed } from './lists.js'
import { headingsOf } from './measures.js'
import { yearCodeIn } from './periods.js'
import { type About, type Cell, dimensionOf, filterOf, plain, quoted, type Service } from './table.js'

const list = (url: string, params: { [name: string]: string | undefined } = {}): Listing =>
  // Without $format the answer is Atom.
  listOf(3, url, { ...params, $format: 'json' })
const feed = (table: string, set: string): string => `ODataFeed/odata/${encodeURIComponent(table)}/${set}`
const catalogue = 'ODataCatalog/Tables'

/**
 * OData 3: a wide table, a row for each combination of codes and a column for each measure. `ODataApi` refuses more than 10,000 rows;
 * `ODataFeed` gives them by 10,000, with a link that holds the whole query, and is all that is used here.
 *
 * @see Handleiding CBS Open Data Services, and J535D165/cbsodata PR 15 on the link
 */
export const v3: Service = {
  version: 3,

  async about(ctx, table) {
    const [found] = await readWhole(ctx, list(catalogue, { $filter: `Identifier eq ${quoted(table)}` }))
    if (!found)
      throw new SourceRefused(
        `source '${ctx.source}', stream '${ctx.stream}': the catalogue of StatLine has no table '${table}' in version 3. Check 'table' in sources/${ctx.source}.yaml.`,
      )
    return aboutOf(table, found)
  },

  async structure(ctx, table) {
    const properties = await readWhole(ctx, list(feed(table, 'DataProperties')))
    const headings = headingsOf(
      properties
        .filter((row) => row.Type === 'TopicGroup')
        .map((row) => ({ id: trimmed(row, 'ID') ?? '', parent: trimmed(row, 'ParentID'), title: trimmed(row, 'Title') ?? '' })),
    )
    return {
      dimensions: properties.flatMap((row) => {
        const [key, type] = [trimmed(row, 'Key'), trimmed(row, 'Type') ?? '']
        return key !== undefined && /Dimension$|^GeoDetail$/.test(type) ? [dimensionOf(key, type)] : []
      }),
      measures: properties.flatMap((row) => {
        const key = trimmed(row, 'Key')
        if (key === undefined || row.Type !== 'Topic') return []
        const groups = headings(trimmed(row, 'ParentID'))
        return [{ key, title: trimmed(row, 'Title') ?? null, unit: trimmed(row, 'Unit') ?? null, groups }]
      }),
    }
  },

  async codes(ctx, table, dimension, beginning) {
    const $filter = beginning ? `startswith(Key,${quoted(beginning)})` : undefined
    const rows = await readWhole(ctx, list(feed(table, dimension), { $filter }))
    return new Map(
      rows.map((row) => [trimmed(row, 'Key') ?? '', { title: trimmed(row, 'Title') ?? null, status: trimmed(row, 'Status') ?? null }]),
    )
  },

  listing(selection) {
    const { table, structure, measures } = selection
    const $select = measures && [...structure.dimensions.map(({ name }) => name), ...measures].join(',')
    return list(feed(table, 'TypedDataSet'), { $filter: filterOf(selection), ...($select !== undefined && { $select }) })
  },

  *cells(row, { structure, measures }) {
    const codes = Object.fromEntries(structure.dimensions.map(({ name }) => [name, trimmed(row, name) ?? '']))
    for (const { key } of structure.measures) if (!measures || measures.includes(key)) yield { measure: key, codes, ...contentOf(row, key) }
  },

  cellsIn: ({ rows }, { structure, measures = structure.measures }) => rows && rows * measures.length,
}

function aboutOf(table: string, row: SourceRecord): About {
  const title = trimmed(row, 'Title') ?? table
  return {
    table,
    title,
    modified: trimmed(row, 'Modified') ?? '',
    rows: countOf(row, 'RecordCount'),
    year: yearCodeIn(trimmed(row, 'Period')) ?? yearCodeIn(title),
  }
}

/** A point is how StatLine writes that a figure is not known. Why it is not, this version does not say. */
function contentOf(row: SourceRecord, key: string): Pick<Cell, 'value' | 'text' | 'attribute'> {
  const value = trimmed(row, key)
  const nothing = { value: null, text: null, attribute: null }
  if (value === undefined || value === '.') return nothing
  return typeof row[key] === 'string' ? { ...nothing, text: value } : { ...nothing, value: plain(value) }
}
