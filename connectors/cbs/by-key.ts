import type { Context, Key, KeyAnswer } from '../connector.js'
import { codeLists, figuresOf } from './figures.js'
import { readList } from './lists.js'
import { codesOf, regionsAsked, selectionOf, structuresOf } from './plan.js'
import type { StreamSettings } from './settings.js'
import { placeOf, type Service, type Structure, timeOf } from './table.js'

/** Re-reads figures: those of one region and period with one list, since a table loses or gains them together. */
export async function* figuresByKey(
  ctx: Context,
  service: Service,
  settings: StreamSettings,
  keys: readonly Key[],
): AsyncGenerator<KeyAnswer, void, undefined> {
  const { structures, repeated } = await structuresOf(ctx, service, settings)
  for (const [table, ofTable] of grouped(keys, (key) => partsOfKey(key)[0]!)) {
    const structure = structures.get(table)
    const isOfTable = (key: Key) => partsOfKey(key).length === 2 + (structure?.dimensions.length ?? Number.NaN)
    // Of a table that is asked for no more, or that has other dimensions now.
    for (const key of ofTable) if (!isOfTable(key)) yield { key, gone: true }
    if (structure) yield* figuresOfTable(ctx, service, settings, { table, structure, repeated }, ofTable.filter(isOfTable))
  }
}

async function* figuresOfTable(
  ctx: Context,
  service: Service,
  settings: StreamSettings,
  { table, structure, repeated }: { table: string; structure: Structure; repeated: string[] },
  keys: readonly Key[],
): AsyncGenerator<KeyAnswer, void, undefined> {
  if (keys.length === 0) return
  const about = await service.about(ctx, table)
  const lists = await codeLists(ctx, service, { table, structure }, regionsAsked(ctx, settings))
  const figureOf = figuresOf(about, structure, lists, codesOf(service, structure, repeated))
  const whole = selectionOf(service, settings, structure, { about, repeated })
  const codeIn = (key: Key, dimension: string | undefined): string | undefined =>
    partsOfKey(key).slice(2)[structure.dimensions.findIndex(({ name }) => name === dimension)]
  const [place, time] = [placeOf(structure), timeOf(structure)]

  for (const together of grouped(keys, (key) => `${codeIn(key, place)}/${codeIn(key, time)}`).values()) {
    const period = codeIn(together[0]!, time)
    // No code of a period is longer than another, so that nothing lies between one and itself with a letter more.
    const selection = { ...whole, region: codeIn(together[0]!, place), from: period, before: period && `${period}~` }
    const open = new Map(together.map((key) => [key.sleutel!, key]))
    for await (const { records } of readList(ctx, service.listing(selection))) {
      for (const row of records) {
        for (const cell of service.cells(row, selection)) {
          const found = figureOf(cell)
          const key = open.get(found.sleutel)
          if (!key) continue
          open.delete(found.sleutel)
          yield { key, found }
        }
      }
    }
    for (const key of open.values()) yield { key, gone: true }
  }
}

/** Table, measure, and the code of each dimension. */
const partsOfKey = (key: Key): string[] => key.sleutel!.split('/')

function grouped<T>(items: readonly T[], by: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const name = by(item)
    const group = groups.get(name)
    if (group) group.push(item)
    else groups.set(name, [item])
  }
  return groups
}
