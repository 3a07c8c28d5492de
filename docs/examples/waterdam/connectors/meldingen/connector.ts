import {
  type Checkpoint,
  type Cursor,
  connector,
  type End,
  field,
  type Key,
  type Page,
  type ReadContext,
  type SourceRecord,
  UnexpectedResponse,
} from '@gemaal/gemaal/connector'
import { z } from 'zod'

const melding = z.object({
  nummer: field(z.string(), 'none', 'Nummer van de melding'),
  categorie: field(z.enum(['afval', 'groen', 'verlichting', 'wegen']), 'none', 'Waar de melding over gaat'),
  gemeldOp: field(z.iso.datetime({ offset: true }), 'none', 'Moment van de melding'),
  melder: field(z.email().nullable(), 'contact', 'E-mailadres van de melder'),
  tekst: field(z.string(), 'vrije_tekst', 'Wat de melder schreef'),
  kosten: field(z.number().nullable(), 'none', 'Kosten van het herstel in euro'),
})

/** Reports about public space. The list is walked by key; a journal with numbers says what changed and what was removed since. */
export default connector({
  docs: 'https://meldingen.waterdam.example/docs',
  authentication: { by: 'bearer' },
  settings: z.object({ gebied: z.string().meta({ description: 'Part of the municipality that our token may see' }) }),
  streams: {
    meldingen: {
      description: 'Meldingen over de openbare ruimte.',
      record: melding,
      key: 'nummer',
      changesReading: {
        sees: { updates: true, deletes: true },
        blind: 'Nothing: the journal of the source holds every change.',
        compare: (a, b) => Number(a) - Number(b),
      },
      read: (ctx) => (ctx.reading === 'changes' && ctx.checkpoint !== undefined ? readJournal(ctx, ctx.checkpoint) : readList(ctx)),
      async *byKey(ctx, keys) {
        for (const key of keys) {
          const { status, body } = await ctx.http.request({ url: `meldingen/${encodeURIComponent(key.nummer!)}`, accept: [404] })
          yield status === 404 ? { key, gone: true } : { key, found: body as SourceRecord }
        }
      },
    },
  },
})

/** All of it, by key. The journal is asked first, so that what changes meanwhile is read the next time. */
async function* readList(ctx: ReadContext): AsyncGenerator<Page, End> {
  const start = ctx.cursor === undefined ? { journal: await endOfJournal(ctx), after: '' } : JSON.parse(ctx.cursor)
  const { journal } = start as { journal: string }
  let { after } = start as { after: string }
  for (;;) {
    const records = await ask<SourceRecord>(ctx, 'meldingen', { after }, 'meldingen')
    if (records.length === 0) return { complete: 'all', checkpoint: journal as Checkpoint }
    after = String(records.at(-1)!.nummer)
    yield { records, cursor: JSON.stringify({ journal, after }) as Cursor }
  }
}

/** What the journal holds behind a number: the record as it is now, or that it is gone. */
async function* readJournal(ctx: ReadContext, since: Checkpoint): AsyncGenerator<Page, End> {
  let after: string = ctx.cursor ?? since
  for (;;) {
    const entries = await ask<{ number: unknown; nummer: string; melding: SourceRecord | null }>(ctx, 'journal', { after }, 'entries')
    if (entries.length === 0) return { complete: false, checkpoint: after as Checkpoint }
    after = String(entries.at(-1)!.number)
    yield {
      records: entries.flatMap(({ melding: now }) => (now === null ? [] : [now])),
      removed: entries.flatMap(({ nummer, melding: now }): Key[] => (now === null ? [{ nummer }] : [])),
      cursor: after as Cursor,
    }
  }
}

async function endOfJournal(ctx: ReadContext): Promise<string> {
  const { body } = await ctx.http.request({ url: 'journal/end', params: { gebied: String(ctx.settings.gebied) } })
  return String((body as { number: unknown }).number)
}

/** The list at `name` of an answer. What has another form is no page: nothing of it may land. */
async function ask<T>(ctx: ReadContext, url: string, params: { after: string }, name: string): Promise<T[]> {
  const { body, where } = await ctx.http.request({ url, params: { ...params, gebied: String(ctx.settings.gebied), limit: 100 } })
  const list = (body as { [name: string]: unknown } | null)?.[name]
  if (!Array.isArray(list))
    throw new UnexpectedResponse(`${where}: there is no list '${name}' in the answer. Ask the supplier what changed.`)
  return list as T[]
}
