import type { Context, SourceRecord } from '../connector.js'
import { SourceRefused, UnexpectedResponse } from '../errors.js'
import { type Listing, recordsAt } from '../listing.js'
import { countOf, isNotJson, listOf, readWhole, trimmed } from './lists.js'
import { headingsOf } from './measures.js'
import { yearCodeIn } from './periods.js'
import { type About, dimensionOf, filterOf, plain, quoted, type Service } from './table.js'

const list = (path: string, $filter?: string): Listing => listOf(4, path, { $filter })
const of = (table: string, set: string): string => `${encodeURIComponent(table)}/${set}`

/**
 * OData 4: a long table, a row for each figure, with a word for why a figure is absent and codes of measures that hold from one edition of a
 * table to the next. Figures that cannot be are often left out.
 */
export const v4: Service = {
  version: 4,

  async about(ctx, table) {
    const answer = await ctx.http.request({ url: of(table, 'Properties'), api: 'v4', accept: [404] }).catch((error) => {
      if (!isNotJson(error, false)) throw error
      throw new UnexpectedResponse(
        `${error.message} A version 3 address of the CBS answers in XML what is asked of it in version 4: see 'version' in the documentation of connector cbs.`,
        { cause: error },
      )
    })
    if (answer.status === 404)
      throw new SourceRefused(
        `${answer.where}: there is no table '${table}' in version 4, where large and small letters differ. Check 'table' in sources/${ctx.source}.yaml, or state version: 3, which has tables that 4 has not.`,
      )
    return aboutOf(table, answer.body as SourceRecord)
  },

  async structure(ctx, table) {
    const dimensions = await readWhole(ctx, list(of(table, 'Dimensions')))
    const measures = await readWhole(ctx, list(of(table, 'MeasureCodes')))
    // Of a table without headings there is no such list.
    const answer = await ctx.http.request({ url: of(table, 'MeasureGroups'), api: 'v4', accept: [404] })
    const groups = answer.status === 404 ? [] : recordsAt(answer, 'value').records
    const headings = headingsOf(
      groups.map((row) => ({ id: trimmed(row, 'Id') ?? '', parent: trimmed(row, 'ParentId'), title: trimmed(row, 'Title') ?? '' })),
    )
    return {
      dimensions: dimensions.flatMap((row) => {
        const name = trimmed(row, 'Identifier')
        return name === undefined ? [] : [dimensionOf(name, trimmed(row, 'Kind') ?? '')]
      }),
      measures: measures.flatMap((row) => {
        const key = trimmed(row, 'Identifier')
        if (key === undefined) return []
        const groups = headings(trimmed(row, 'MeasureGroupId'))
        return [{ key, title: trimmed(row, 'Title') ?? null, unit: trimmed(row, 'Unit') ?? null, groups }]
      }),
    }
  },

  async codes(ctx, table, dimension, beginning) {
    const rows = await readWhole(
      ctx,
      list(of(table, `${dimension}Codes`), beginning ? `startswith(Identifier,${quoted(beginning)})` : undefined),
    )
    return new Map(
      rows.map((row) => [
        trimmed(row, 'Identifier') ?? '',
        { title: trimmed(row, 'Title') ?? null, status: trimmed(row, 'Status') ?? null },
      ]),
    )
  },

  listing(selection) {
    const { table, measures } = selection
    const asked = measures && `(${measures.map((key) => `Measure eq ${quoted(key)}`).join(' or ')})`
    return list(of(table, 'Observations'), filterOf(selection, asked))
  },

  *cells(row, { structure, measures }) {
    const measure = trimmed(row, 'Measure') ?? ''
    if (measures && !measures.includes(measure)) return
    const codes = Object.fromEntries(structure.dimensions.map(({ name }) => [name, trimmed(row, name) ?? '']))
    const value = trimmed(row, 'Value')
    const attribute = trimmed(row, 'ValueAttribute')
    yield {
      measure,
      codes,
      value: value === undefined ? null : plain(value),
      text: trimmed(row, 'StringValue') ?? null,
      attribute: attribute === undefined || attribute === 'None' ? null : attribute,
    }
  },

  cellsIn: ({ rows }, { measures }) => (measures ? undefined : rows),
}

/** Tables whose title begins as given. */
export async function tablesTitled(ctx: Context, beginning: string): Promise<About[]> {
  const rows = await readWhole(ctx, list('Datasets', `startswith(Title,${quoted(beginning)})`))
  return rows.flatMap((row) => {
    const table = trimmed(row, 'Identifier')
    return table === undefined ? [] : [aboutOf(table, row)]
  })
}

function aboutOf(table: string, row: SourceRecord): About {
  const title = trimmed(row, 'Title') ?? table
  return { table, title, modified: trimmed(row, 'Modified') ?? '', rows: countOf(row, 'ObservationCount'), year: yearCodeIn(title) }
}

/** Version 4 describes some tables whose figures it does not have. */
export function withoutFigures(error: unknown, ctx: Context, table: string): unknown {
  if (!(error instanceof UnexpectedResponse) || error.status !== 404) return error
  return new SourceRefused(
    `source '${ctx.source}', stream '${ctx.stream}': version 4 describes table '${table}' and does not have its figures (404). State version: 3 for it in sources/${ctx.source}.yaml.`,
    { cause: error },
  )
}
