import type { Context } from '../connector.js'
import { periodOf } from './periods.js'
import type { Figure } from './record.js'
import { regionOf } from './regions.js'
import { type About, type Cell, type Code, type Codes, placeOf, type Selection, type Service, type Structure, timeOf } from './table.js'

/**
 * What the codes of a table mean, by dimension.
 *
 * @param regions beginnings of the codes of the regions that are needed
 */
export async function codeLists(
  ctx: Context,
  service: Service,
  { table, structure }: Pick<Selection, 'table' | 'structure'>,
  regions: readonly string[],
): Promise<Map<string, Codes>> {
  const lists = new Map<string, Codes>()
  for (const { name } of structure.dimensions) {
    const codes = new Map<string, Code>()
    for (const beginning of name === placeOf(structure) ? regions : [''])
      for (const [code, meaning] of await service.codes(ctx, table, name, beginning)) codes.set(code, meaning)
    lists.set(name, codes)
  }
  return lists
}

/**
 * Makes the figures of a table out of its cells.
 *
 * @param codes code of each measure by its key
 */
export function figuresOf(
  about: About,
  structure: Structure,
  lists: ReadonlyMap<string, Codes>,
  codes: ReadonlyMap<string, string>,
): (cell: Cell) => Figure {
  const { dimensions, measures } = structure
  const byKey = new Map(measures.map((measure) => [measure.key, measure]))
  const [place, time] = [placeOf(structure), timeOf(structure)]
  const others = dimensions.filter(({ name }) => name !== place && name !== time).map(({ name }) => name)
  const meaning = (name: string | undefined, code: string | null) => (name === undefined ? undefined : lists.get(name)?.get(code ?? ''))
  const joined = (parts: string[]): string | null => (parts.length === 0 ? null : parts.join('; '))

  return (cell) => {
    const measure = byKey.get(cell.measure)
    const code = codes.get(cell.measure) ?? cell.measure
    const regiocode = place === undefined ? null : cell.codes[place]!
    const region = regionOf(regiocode ?? '')
    const periode = time === undefined ? (about.year ?? null) : cell.codes[time]!
    const inTable = meaning(time, periode)
    const period = periodOf(periode ?? '', inTable?.title)
    return {
      sleutel: [about.table, code, ...dimensions.map(({ name }) => cell.codes[name])].join('/'),
      tabel: about.table,
      onderwerp: code,
      onderwerpTitel: measure?.title ?? null,
      onderwerpGroep: measure && measure.groups.length > 0 ? measure.groups.join(' / ') : null,
      eenheid: measure?.unit ?? null,
      regiocode,
      regioNaam: meaning(place, regiocode)?.title ?? null,
      regioSoort: region.sort,
      gemeentecode: region.gemeente,
      wijkcode: region.wijk,
      buurtcode: region.buurt,
      periode,
      periodeTitel: inTable?.title ?? null,
      periodeSoort: period.sort,
      periodeVan: period.from,
      periodeTot: period.to,
      periodeStatus: inTable?.status ?? null,
      uitsplitsing: joined(others.map((name) => `${name}=${cell.codes[name]}`)),
      uitsplitsingTitel: joined(others.map((name) => meaning(name, cell.codes[name]!)?.title ?? cell.codes[name]!)),
      waarde: cell.value,
      waardeTekst: cell.text,
      waardeReden: cell.attribute ?? (cell.value === null && cell.text === null ? 'onbekend' : null),
    }
  }
}
