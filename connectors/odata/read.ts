import { type Checkpoint, CheckpointExpired, type Context, type End, type Page, type ReadContext } from '../connector.js'
import { overlapped, readDeclared } from '../declared.js'
import { isDecimal, isInstant } from '../instants.js'
import { odataClient } from './answer.js'
import { also, listOf, literalFor, readList, selected } from './list.js'
import type { Service, StreamSettings } from './settings.js'

/** Reads an entity set: all of it, or what changed by a cursor. */
export async function* read(ctx: ReadContext, stated: StreamSettings, service: Service): AsyncGenerator<Page, End, undefined> {
  const http = odataClient(ctx.http, service.version)
  const { entitySet, key, filter, changes } = stated
  const cursor = typeof changes === 'object' ? changes : undefined
  const since = ctx.reading === 'changes' && cursor ? ctx.checkpoint : undefined
  if (since !== undefined && !isInstant(since) && !isDecimal(since))
    throw new CheckpointExpired(
      `source '${ctx.source}', stream '${ctx.stream}': its changes were read in another way before; the stream is read full.`,
    )
  const listing = listOf(stated, service, {
    select: selected(ctx.fields, stated),
    filter: cursor && since !== undefined ? also(filter, from(cursor, since, stated, service)) : filter,
    // A number says nothing of when: in its order, what changes meanwhile comes behind what was read.
    orderBy: cursor && isNumber(cursor.cursor, stated) ? cursor.cursor : undefined,
  })
  const declared = {
    key,
    record: {},
    path: entitySet,
    pages: listing.pages,
    ...(cursor && { changes: { cursor: cursor.cursor, param: '$filter' } }),
  }
  return yield* readDeclared(declared, { ...ctx, http }, (_, at) => readList(http, listing, at, stated, service))
}

type ByCursor = Extract<StreamSettings['changes'], object>

function from({ cursor, overlap }: ByCursor, since: Checkpoint, stated: StreamSettings, service: Service): string {
  return `${cursor} ge ${literalFor(cursor, overlapped(since, overlap), stated, service)}`
}

const isNumber = (field: string, { record }: StreamSettings): boolean => ['integer', 'decimal'].includes(record[field]?.type ?? '')

/** Asks for what changed after a moment to come: a service that honours the filter has no such record. */
export async function proveFilter(ctx: Context, stated: StreamSettings, service: Service): Promise<{ ok: boolean; message: string }> {
  const { cursor } = stated.changes as ByCursor
  const isLong = service.version === 4 || stated.edm?.[cursor] === 'Int64'
  const sample = isNumber(cursor, stated) ? (isLong ? '9007199254740991' : '2147483647') : dayOrMoment(stated.record[cursor]?.type)
  const condition = `${cursor} ge ${literalFor(cursor, sample, stated, service)}`
  const listing = listOf(stated, service, { select: [stated.key].flat(), filter: condition })
  for await (const page of readList(odataClient(ctx.http, service.version), listing, undefined, stated, service)) {
    if (page.records.length > 0)
      return {
        ok: false,
        message: `$filter=${condition} gives records, though none can be that new: the service ignores this filter, so changes cannot be read by it`,
      }
  }
  return { ok: true, message: `$filter=${condition} gives no records, as it should` }
}

const dayOrMoment = (type: string | undefined): string => (type === 'date' ? '2999-12-31' : '2999-12-31T00:00:00Z')
