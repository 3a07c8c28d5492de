/** The districts of a town: a list of them, the addresses of each as a slice of its own, and the reports of the day. */
import {
  type Checkpoint,
  CheckpointExpired,
  connector,
  type End,
  field,
  type Page,
  type ReadContext,
  type SliceContext,
  type SourceRecord,
  type Stream,
} from '@gemaal/gemaal/connector'
import { z } from 'zod'

async function list(ctx: SliceContext, url: string): Promise<SourceRecord[]> {
  return (await ctx.http.request({ url })).body as SourceRecord[]
}

/** Days as text; the source forgets what changed before a while. */
const changesReading: Stream['changesReading'] = {
  sees: { updates: true, deletes: false },
  blind: 'Reports that were taken back.',
  compare: (a, b) => (a < b ? -1 : a > b ? 1 : 0),
}

export default connector({
  docs: 'https://example.org/districts',
  streams: {
    wijken: {
      key: 'wijk',
      record: z.object({ wijk: field(z.string(), 'none', 'Name of the district') }),
      async *read(ctx): AsyncGenerator<Page, End> {
        yield { records: await list(ctx, 'wijken') }
        return { complete: 'all' }
      },
    },
    adressen: {
      key: 'adres',
      parent: { stream: 'wijken', field: 'wijk' },
      record: z.object({
        adres: field(z.string(), 'none', 'Id of the address'),
        wijk: field(z.string(), 'none', 'District that it lies in'),
      }),
      slices: async (ctx) => (await list(ctx, 'wijken')).map(({ wijk }) => ({ name: `adressen ${wijk}`, params: { wijk: String(wijk) } })),
      async *read(ctx): AsyncGenerator<Page, End> {
        yield { records: await list(ctx, `adressen/${ctx.slice.params?.wijk}`) }
        return { complete: 'all' }
      },
    },
    meldingen: {
      key: 'melding',
      record: z.object({
        melding: field(z.string(), 'none', 'Number of the report'),
        dag: field(z.string(), 'none', 'Day on which it was made'),
      }),
      changesReading,
      read: readReports,
    },
  },
})

async function* readReports(ctx: ReadContext): AsyncGenerator<Page, End> {
  const since = ctx.reading === 'changes' ? ctx.checkpoint : undefined
  const { status, body, where } = await ctx.http.request({ url: 'meldingen', params: { since }, accept: [410] })
  if (status === 410) throw new CheckpointExpired(`${where}: the source forgot what changed since ${since}; everything is read again.`)
  const records = body as SourceRecord[]
  yield { records }
  const days = records.map(({ dag }) => String(dag)).sort()
  return { complete: since === undefined ? 'all' : false, checkpoint: (days.at(-1) ?? since) as Checkpoint }
}
