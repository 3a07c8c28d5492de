import { z } from 'zod'
import type { Page, ReadContext } from '../connector.js'
import { SourceUnavailable, UnexpectedResponse } from '../connector.js'
import { childOfZaak } from './child.js'
import * as is from './fields.js'
import { walk } from './list.js'
import { cursorOf, type Prepare, pageOf, progressOf } from './pages.js'
import { childrenByFilter } from './parents.js'
import { childrenThroughZaken } from './through-zaken.js'

export const zaakinformatieobject = z.object({
  url: is.ownUrl,
  uuid: is.ownUuid,
  informatieobject: is.reference('enkelvoudiginformatieobjecten', 'Het document, in de Documenten API'),
  zaak: is.ofZaak,
  aardRelatieWeergave: is.text('none', 'Aard van de relatie tussen document en zaak'),
  titel: is.text('vrije_tekst', 'Titel van het document bij de zaak'),
  beschrijving: is.text('vrije_tekst', 'Beschrijving van de inhoud van het document'),
  registratiedatum: is.moment('Moment waarop het document bij de zaak is geregistreerd'),
  vernietigingsdatum: is.moment('Moment waarop het document uit het dossier moet worden verwijderd'),
  status: is.reference('statussen', 'De status waarvoor het document van belang is'),
})

const list = { api: 'zaken', path: 'zaakinformatieobjecten', size: 'whole' } as const

// A real server made 4,000 of them in 32 seconds before the first byte came; at ten times as many it needs this.
const idleTimeoutMs = 15 * 60_000

export default childOfZaak({
  path: 'zaakinformatieobjecten',
  description: 'Documenten bij zaken.',
  record: zaakinformatieobject,
  whole: readArray,
  paged: false,
  // The one request makes the server work 8 ms a record, where one zaak takes it 150 ms: about 20 records a request.
  cost: (records) => Math.ceil(records / 20),
})

/**
 * The whole table is one bare array, however long; it is read as a stream. Where the source, or a gateway before it, does not last that long,
 * the zaken are walked instead, and the documents asked for of each zaak that has some.
 */
async function* readArray(ctx: ReadContext, prepare: Prepare): AsyncGenerator<Page, void, undefined> {
  const progress = progressOf<{ through: true }>(ctx)
  if (progress.at && !progress.through) return yield* readPaged(ctx, prepare)
  if (!progress.through) {
    const how = yield* readStream(ctx, prepare)
    if (how === 'read') return
    if (how === 'paged') return yield* readPaged(ctx, prepare)
    ctx.log.warn({ source: ctx.source, stream: ctx.stream }, 'the whole list is too much for the source: it is read zaak by zaak')
  }
  yield* childrenThroughZaken(ctx, {
    prepare,
    at: progress.through ? progress.at : undefined,
    own: { through: true as const },
    has: (zaak) => !Array.isArray(zaak.zaakinformatieobjecten) || zaak.zaakinformatieobjecten.length > 0,
    childrenOf: (zaak) => childrenByFilter(ctx, list, String(zaak.url)),
  })
}

async function* readStream(ctx: ReadContext, prepare: Prepare): AsyncGenerator<Page, 'read' | 'paged' | 'too much', undefined> {
  const readAt = new Date()
  let read = 0
  let waiting: Page | undefined
  try {
    for await (const records of ctx.http.records({ api: 'zaken', url: 'zaakinformatieobjecten', idleTimeoutMs })) {
      if (waiting) yield waiting
      read += records.length
      // One request cannot be resumed, so that only its last page says where to go on: at the end.
      waiting = { records: await Promise.all(records.map(prepare)), readAt }
      ctx.signal.throwIfAborted()
    }
  } catch (error) {
    ctx.signal.throwIfAborted()
    if (error instanceof SourceUnavailable && error.retryAt === undefined) return 'too much'
    // Newer versions of the standard page this list.
    if (error instanceof UnexpectedResponse && read === 0) return 'paged'
    throw error
  }
  yield { records: [], ...waiting, readAt, total: read, cursor: cursorOf({ done: true }) }
  return 'read'
}

async function* readPaged(ctx: ReadContext, prepare: Prepare): AsyncGenerator<Page, void, undefined> {
  for await (const page of walk(ctx.http, list, progressOf(ctx).at)) yield await pageOf(page, prepare)
}
