import type { Context, JsonObject, StreamProposal } from '../connector.js'
import { codesOf, structuresOf } from './plan.js'
import { ownRegions } from './regions.js'
import { serviceOf } from './service.js'
import { type StreamSettings, streamSettings } from './settings.js'
import type { Measure, Service } from './table.js'
import { tablesTitled } from './v4.js'

/** The table that every municipality asks for: a new one each year. */
const kerncijfers = 'Kerncijfers wijken en buurten'
/** So many years of it are proposed. */
const years = 3

/** What the tables of each stated stream hold; where none is stated, the kerncijfers of the last years as a stream. */
export async function discover(ctx: Context): Promise<{ [stream: string]: StreamProposal }> {
  const stated: { [stream: string]: StreamProposal } = {}
  for (const [name, settings] of Object.entries(ctx.streams))
    stated[name] = { settings, offers: await offersOf(ctx, streamSettings.parse(settings)) }
  return Object.keys(stated).length > 0 ? stated : latestKerncijfers(ctx)
}

async function latestKerncijfers(ctx: Context): Promise<{ [stream: string]: StreamProposal }> {
  const found = (await tablesTitled(ctx, kerncijfers)).filter(({ title }) => title.replace(/ \d{4}$/, '') === kerncijfers)
  const latest = found.sort((a, b) => (a.title < b.title ? -1 : 1)).slice(-years)
  if (latest.length === 0) return {}
  const settings: JsonObject = { table: latest.map(({ table }) => table), regions: [...ownRegions] }
  return { kerncijfers: { settings, description: latest.map(({ title }) => title).join(', ') } }
}

/** A line for each table with its dimensions, and for each measure. */
async function offersOf(ctx: Context, settings: StreamSettings): Promise<string[]> {
  const service = serviceOf(settings)
  const { structures, repeated } = await structuresOf(ctx, service, settings)
  const lines: string[] = []
  const measures = new Map<string, { measure: Measure; tables: string[] }>()
  for (const [table, structure] of structures) {
    const about = await service.about(ctx, table)
    lines.push(`${table}: ${about.title}, changed ${about.modified}`)
    for (const { name } of structure.dimensions) lines.push(`  ${name}: ${await spanOf(ctx, service, table, name)}`)
    const codes = codesOf(service, structure, repeated)
    for (const measure of structure.measures) {
      const code = codes.get(measure.key)!
      const known = measures.get(code) ?? { measure, tables: [] }
      measures.set(code, { measure, tables: [...known.tables, table] })
    }
  }
  const width = Math.max(0, ...[...measures.keys()].map((code) => code.length))
  for (const [code, { measure, tables: having }] of measures) {
    const unit = measure.unit === null ? '' : ` (${measure.unit})`
    const only = having.length < structures.size ? `, only in ${having.join(', ')}` : ''
    lines.push(`${code.padEnd(width)}  ${measure.title ?? ''}${unit}${only}`)
  }
  return lines
}

/** How many codes a dimension has, with the first and the last. */
async function spanOf(ctx: Context, service: Service, table: string, dimension: string): Promise<string> {
  const codes = [...(await service.codes(ctx, table, dimension)).keys()]
  return codes.length === 0
    ? 'no codes'
    : codes.length === 1
      ? `1 code, ${codes[0]}`
      : `${codes.length} codes, ${codes[0]} to ${codes.at(-1)}`
}
