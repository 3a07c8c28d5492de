import type { Checkpoint, Cursor, End, Page, ReadContext } from '../connector.js'
import { UnexpectedResponse } from '../errors.js'
import { codeLists, figuresOf } from './figures.js'
import { readList } from './lists.js'
import { codesOf, type Part, selectionOf } from './plan.js'
import type { Figure } from './record.js'
import type { StreamSettings } from './settings.js'
import { type Cell, placeOf, type Selection, type Service, timeOf } from './table.js'
import { withoutFigures } from './v4.js'

/** A row of a wide table has a hundred figures, and a page of the service 10,000 rows. */
const pageSize = 2000

/** Where a slice is: a place in the list of rows, and how many figures were given of the page that begins there. */
interface Saved {
  at?: Cursor
  given: number
}

/** Reads the figures of one part of a table. Only one page of the service is in memory, beside the code lists of the table. */
export async function* readPart(ctx: ReadContext, service: Service, settings: StreamSettings): AsyncGenerator<Page, End, undefined> {
  const { position, read } = ctx.slice.params as unknown as Part
  const checkpoint = JSON.stringify(position) as Checkpoint
  if (!read) return { complete: false, checkpoint }
  const { about } = read
  const structure = await service.structure(ctx, about.table)
  const selection = selectionOf(service, settings, structure, read)
  const lists = await codeLists(ctx, service, selection, [selection.region ?? ''])
  const figureOf = figuresOf(about, structure, lists, codesOf(service, structure, read.repeated))

  const saved: Saved = ctx.cursor === undefined ? { given: 0 } : JSON.parse(ctx.cursor)
  const total = isWhole(selection) ? service.cellsIn(about, selection) : undefined
  let { at } = saved
  let skip = saved.given
  try {
    for await (const { records: rows, cursor: after, readAt } of readList(ctx, service.listing(selection), at)) {
      const page = (records: Figure[], place: Saved): Page => ({
        records,
        cursor: JSON.stringify(place) as Cursor,
        ...(readAt && { readAt }),
        ...(total !== undefined && { total }),
      })
      let given = 0
      let figures: Figure[] = []
      for (const row of rows) {
        for (const cell of service.cells(row, selection)) {
          given += 1
          if (given <= skip) continue
          refuseUnasked(ctx, selection, cell)
          figures.push(figureOf(cell))
          if (figures.length < pageSize) continue
          yield page(figures, { ...(at && { at }), given })
          figures = []
        }
      }
      yield page(figures, { ...(after && { at: after }), given: after ? 0 : given })
      skip = 0
      at = after
    }
  } catch (error) {
    throw service.version === 4 && at === undefined ? withoutFigures(error, ctx, about.table) : error
  }
  // Pages of before and after a revision are no table: what is absent from them may be there. The checkpoint has the next run read it again.
  const stands = (await service.about(ctx, about.table)).modified === about.modified
  return { complete: stands && ctx.reading === 'full' ? 'all' : false, checkpoint }
}

/** Whether a part is the whole table, whose size the service says. */
const isWhole = ({ region, from, before }: Selection): boolean => region === undefined && from === undefined && before === undefined

/** A filter that the service does not honour would land the figures of the whole country, and a figure without a code is of nobody knows what. */
function refuseUnasked(ctx: ReadContext, { table, structure, region = '', from = '', before }: Selection, { codes }: Cell): void {
  const [place, time] = [placeOf(structure), timeOf(structure)]
  for (const { name } of structure.dimensions) {
    const code = codes[name]!
    const isOfPlace = name !== place || code.startsWith(region)
    const isOfTime = name !== time || (code >= from && (before === undefined || code < before))
    if (code !== '' && isOfPlace && isOfTime) continue
    const what = code === '' ? `a row without ${name}` : `${name} '${code}', which was not asked for: the filter on it is not honoured`
    throw new UnexpectedResponse(
      `source '${ctx.source}', stream '${ctx.stream}': table ${table} comes with ${what}. Check baseUrl in sources/${ctx.source}.yaml, and report it to the CBS.`,
    )
  }
}
