import { createHash } from 'node:crypto'
import type { Checkpoint, Context, JsonObject, Slice, SliceContext } from '../connector.js'
import { CheckpointExpired, SourceRefused } from '../errors.js'
import { codesOfColumns, repeatedNames } from './measures.js'
import { beginningsOf, ownRegions } from './regions.js'
import type { StreamSettings } from './settings.js'
import { type About, placeOf, type Selection, type Service, type Structure, timeOf } from './table.js'

/** Where a stream is: when each table changed last, as of a moment, and what was asked of them. */
export interface Position {
  /** When the tables were looked at, ISO 8601 in UTC: what orders checkpoints. */
  asOf: string
  /** Fingerprint of the settings: with others, an unchanged table has figures that were never read. */
  asked: string
  /** The service's own text, by table. */
  modified: { [table: string]: string }
}

export const positionOf = (checkpoint: Checkpoint): Position => JSON.parse(checkpoint)

/** What the reader of a slice is told. */
export interface Part {
  position: Position
  /** Left out: no table changed, and there is nothing to read. */
  read?: {
    about: About
    region?: string
    /** The one year that is read; left out: all from the first that was asked for. */
    year?: string
    /** Names of measures that some table of the stream has more than once. */
    repeated: string[]
  }
}

/** A region that has more codes than this is cut by the next digits of its codes: of a wide table such a part is some 10 MB. */
const mostCodes = 1000
/** Length of a code up to the first two digits: `BU03`. */
const lengthOfPart = 4
/**
 * Figures of a part from which its years are read on their own: a failure costs one of them, and a page of 10,000 wide rows (each with hundreds of
 * figures in the largest tables) is never in memory.
 */
const manyFigures = 1_000_000

/**
 * The parts in which tables are read: by table, within it by beginning of the region, and by year where it is large.
 *
 * Of `changes` only the tables that were changed since the checkpoint.
 *
 * @throws SourceRefused when a table, measure or region that was asked for is in none of the tables
 * @throws CheckpointExpired when something else is asked for than was read up to the checkpoint
 */
export async function partsOf(ctx: SliceContext, service: Service, settings: StreamSettings): Promise<Slice[]> {
  const tables: About[] = []
  for (const table of tablesOf(settings)) tables.push(await service.about(ctx, table))
  const position: Position = {
    asOf: new Date().toISOString(),
    asked: fingerprint([settings, ctx.organisation.code]),
    modified: Object.fromEntries(tables.map(({ table, modified }) => [table, modified])),
  }
  const before = ctx.reading === 'changes' && ctx.checkpoint !== undefined ? positionOf(ctx.checkpoint) : undefined
  if (before && before.asked !== position.asked)
    throw new CheckpointExpired(
      `source '${ctx.source}', stream '${ctx.stream}': other figures are asked for than were read until now. The stream is read full.`,
    )
  const changed = tables.filter(({ table, modified }) => modified === '' || before?.modified[table] !== modified)
  if (changed.length === 0) return [slice('unchanged', { position })]

  const { structures, repeated } = await structuresOf(ctx, service, settings)
  refuseUnknownMeasures(ctx, service, settings, [...structures.values()], repeated)

  const slices: Slice[] = []
  const lacks = (table: string, what: string) =>
    ctx.log.warn({ source: ctx.source, stream: ctx.stream, table }, `the table has none of the ${what} that are asked for`)
  for (const about of changed) {
    const { table } = about
    const structure = structures.get(table)!
    const selection = selectionOf(service, settings, structure, { about, repeated })
    const regions = await regionsOf(ctx, service, settings, table, structure)
    if (selection.measures?.length === 0) lacks(table, 'measures')
    else if (regions.length === 0) lacks(table, 'regions')
    else {
      const figures = service.cellsIn(about, selection) ?? about.rows ?? 0
      const years = figures / regions.length < manyFigures ? [undefined] : await yearsOf(ctx, service, selection)
      const part = (region: string, year: string | undefined): Part => ({
        position,
        read: { about, ...(region && { region }), ...(year && { year }), repeated },
      })
      for (const region of regions)
        slices.push(...years.map((year) => slice([table, region, year].filter(Boolean).join(' '), part(region, year))))
    }
  }
  if (slices.length > 0) return slices
  // The tables that did not change may have what these lack.
  if (changed.length < tables.length) return [slice('unchanged', { position })]
  throw new SourceRefused(
    `source '${ctx.source}', stream '${ctx.stream}': nothing of what is asked for is in ${changed.map(({ table }) => table).join(', ')}. ` +
      `Check 'regions', 'measures' and 'from' in sources/${ctx.source}.yaml, and organisation.code (${ctx.organisation.code}) in gemaal.yaml.`,
  )
}

const slice = (name: string, part: Part): Slice => ({ name, params: part as unknown as JsonObject })

/** The structures of all tables of a stream, since a name that one of them repeats has its heading before it in each. */
export async function structuresOf(
  ctx: Context,
  service: Service,
  settings: StreamSettings,
): Promise<{ structures: Map<string, Structure>; repeated: string[] }> {
  const structures = new Map<string, Structure>()
  for (const table of tablesOf(settings)) structures.set(table, await service.structure(ctx, table))
  return { structures, repeated: [...new Set([...structures.values()].flatMap(({ measures }) => repeatedNames(measures)))] }
}

const tablesOf = ({ table }: StreamSettings): string[] => [...new Set([table].flat())]

/** Beginnings of the codes of the regions that are asked for. */
export const regionsAsked = (ctx: Context, { regions = [...ownRegions] }: StreamSettings): string[] =>
  beginningsOf([regions].flat(), ctx.organisation.code)

const fingerprint = (of: unknown): string => createHash('sha256').update(JSON.stringify(of)).digest('hex').slice(0, 16)

/** Beginnings of the codes of regions that the table has; one that is empty for a table without regions, or with all of them. */
async function regionsOf(ctx: Context, service: Service, settings: StreamSettings, table: string, structure: Structure): Promise<string[]> {
  const place = placeOf(structure)
  if (place === undefined) {
    if (settings.regions === undefined) return ['']
    throw new SourceRefused(
      `source '${ctx.source}', stream '${ctx.stream}': table ${table} has no regions; leave 'regions' out in sources/${ctx.source}.yaml.`,
    )
  }
  const regions: string[] = []
  for (const beginning of regionsAsked(ctx, settings)) {
    const codes = [...(await service.codes(ctx, table, place, beginning)).keys()]
    if (codes.length > mostCodes) regions.push(...new Set(codes.map((code) => code.slice(0, lengthOfPart))))
    else if (codes.length > 0) regions.push(beginning)
  }
  return regions
}

/** The years of a table; one that is undefined where it has no periods. */
async function yearsOf(ctx: Context, service: Service, { table, structure, from = '' }: Selection): Promise<(string | undefined)[]> {
  const time = timeOf(structure)
  if (time === undefined) return [undefined]
  const codes = await service.codes(ctx, table, time)
  return [...new Set([...codes.keys()].map((code) => code.slice(0, 4)))].filter((year) => year >= from)
}

function refuseUnknownMeasures(
  ctx: Context,
  service: Service,
  { measures = [] }: StreamSettings,
  structures: readonly Structure[],
  repeated: readonly string[],
): void {
  const known = new Set(structures.flatMap((structure) => [...codesOf(service, structure, repeated).values()]))
  const unknown = measures.filter((code) => !known.has(code))
  if (unknown.length === 0) return
  throw new SourceRefused(
    `source '${ctx.source}', stream '${ctx.stream}': no table of it has the measure ${unknown.join(', ')} in version ${service.version}. ` +
      `Correct 'measures' in sources/${ctx.source}.yaml; gemaal discover ${ctx.source} lists them.`,
  )
}

/** The code of each measure by its key. */
export function codesOf(service: Service, { measures }: Structure, repeated: readonly string[]): Map<string, string> {
  return service.version === 4 ? new Map(measures.map(({ key }) => [key, key])) : codesOfColumns(measures, repeated)
}

/** What a slice selects of its table. */
export function selectionOf(service: Service, settings: StreamSettings, structure: Structure, part: NonNullable<Part['read']>): Selection {
  const { about, region, year, repeated } = part
  const codes = codesOf(service, structure, repeated)
  const asked = settings.measures
  return {
    table: about.table,
    structure,
    region,
    from: year ?? settings.from,
    before: year === undefined ? undefined : String(Number(year) + 1),
    measures: asked && [...codes].flatMap(([key, code]) => (asked.includes(code) ? [key] : [])),
  }
}
