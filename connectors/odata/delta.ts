import { textOf } from '../body.js'
import {
  type AnswerRule,
  type Checkpoint,
  CheckpointExpired,
  type Cursor,
  type End,
  type HttpClient,
  type Key,
  type Page,
  type ReadContext,
  type SourceRecord,
  SourceRefused,
  UnexpectedResponse,
} from '../connector.js'
import { compareGrowing } from '../instants.js'
import type { Listing } from '../listing.js'
import { readPages, type WalkedPage } from '../paging.js'
import { type ListBody, odataClient } from './answer.js'
import { byKey, isAskable } from './by-key.js'
import { listOf, selected } from './list.js'
import { keyIn } from './predicate.js'
import type { Service, StreamSettings } from './settings.js'
import { plainRecord } from './value.js'

/**
 * Reading by what a service tracks: the first round lists everything, and its last page links to what changes from then on.
 *
 * @see OData 4.01 Part 1 §11.3 Requesting Changes
 */

/** Where a stream is. Links have no order of their own; the rounds that gave them have. */
interface Place {
  link: string
  began: string
  /** The fields that the link asks for: it keeps the question that it was given for. */
  select: string
}

/**
 * How a service says that it forgot: 410 by the standard, an error of its own by Dataverse and others. Of a link that it gave itself there is nothing
 * else to refuse; what else is wrong, the full reading says.
 */
const forgotten: readonly AnswerRule[] = [400, 404, 410].map((status) => ({ status, means: 'expired' }))

/** Undefined for a checkpoint of another way to read changes, which the stream had before. */
function placeOf(checkpoint: Checkpoint): Place | undefined {
  try {
    const place = JSON.parse(checkpoint)
    return typeof place?.link === 'string' ? place : undefined
  } catch {
    return undefined
  }
}

export const comparePlaces = (a: Checkpoint, b: Checkpoint): number => compareGrowing(placeOf(a)?.began ?? '', placeOf(b)?.began ?? '')

export async function* readTracked(ctx: ReadContext, stated: StreamSettings, service: Service): AsyncGenerator<Page, End, undefined> {
  const names = selected(ctx.fields, stated)
  const select = names.join(',')
  const checkpoint = ctx.reading === 'changes' ? ctx.checkpoint : undefined
  const from = checkpoint === undefined ? undefined : placeOf(checkpoint)
  const where = `source '${ctx.source}', stream '${ctx.stream}'`
  if (checkpoint !== undefined && from?.select !== select)
    throw new CheckpointExpired(`${where}: what the service kept track of is not what is asked for now; the stream is read full.`)
  const saved: { list?: Cursor; began: string; delta?: string; holes?: true } =
    ctx.cursor === undefined ? { began: new Date().toISOString() } : JSON.parse(ctx.cursor)
  const round = new Round(ctx.http, service, saved.delta)
  const { url, ...list } = listOf(stated, service, { select: names }, ['odata.track-changes'])
  const listing: Listing = from ? { ...list, url: from.link, onAnswer: forgotten } : { ...list, url }
  let { holes } = saved
  for await (const page of readPages(round.client, listing, saved.list)) {
    const { cursor, ...read } = await changesIn(ctx, page, from === undefined, names, stated, service)
    if (read.unreadable) holes = true
    const { delta } = round
    const kept = cursor && { list: cursor, began: saved.began, ...(delta !== undefined && { delta }), ...(holes && { holes }) }
    yield { ...read, ...(kept && { cursor: JSON.stringify(kept) as Cursor }) }
  }
  if (round.delta === undefined)
    throw new SourceRefused(
      `${where}: the service keeps no track of changes of '${stated.entitySet}'. Have its administrator turn that on, or take 'changes: delta' from sources/${ctx.source}.yaml.`,
    )
  const place: Place = { link: round.delta, began: saved.began, select }
  return { complete: from === undefined && !holes ? 'all' : false, checkpoint: JSON.stringify(place) as Checkpoint }
}

/** A client that remembers the link with which the last page ended. */
class Round {
  delta: string | undefined
  readonly client: HttpClient

  constructor(http: HttpClient, { version }: Service, delta: string | undefined) {
    this.delta = delta
    const client = odataClient(http, version)
    this.client = {
      ...client,
      request: async (request) => {
        const answer = await client.request(request)
        const { delta: link } = (answer.body ?? {}) as Partial<ListBody>
        this.delta = link === undefined ? undefined : client.resolve(link, answer.url)
        return answer
      },
    }
  }
}

/** What a page tells of each key; of one that comes twice the last counts. */
type Told = { record: SourceRecord } | { removed: true } | { part: true }

async function changesIn(
  ctx: ReadContext,
  page: WalkedPage,
  isFirst: boolean,
  select: readonly string[],
  stated: StreamSettings,
  service: Service,
): Promise<WalkedPage> {
  const told = new Map<string, Told>()
  const { records: _, ...rest } = page
  const result = { ...rest, records: [] as SourceRecord[], removed: [] as Key[], unreadable: [...(page.unreadable ?? [])] }
  for (const given of page.records) {
    const context = String(given['@odata.context'] ?? given['@context'] ?? '')
    // Of links between records nothing lands.
    if (/\$(deletedLink|link)$/.test(context)) continue
    const record = plainRecord(given, stated.record, service)
    if (context.endsWith('$deletedEntity') || '@removed' in given || '@odata.removed' in given) {
      told.set(JSON.stringify(removedKey(ctx, given, record, stated)), { removed: true })
      continue
    }
    const key = keyOf(record, stated)
    // A change may hold no more than the fields that changed. What is empty may be left out of it, too: asking tells.
    const isPart = !isFirst && select.some((name) => !(name in record) && !(service.labels && name.endsWith('_label')))
    if (key) told.set(JSON.stringify(key), isPart ? { part: true } : { record })
    else result.records.push(record)
  }
  const parts: Key[] = []
  for (const [text, tells] of told) {
    if ('record' in tells) result.records.push(tells.record)
    else if ('removed' in tells) result.removed.push(JSON.parse(text))
    else parts.push(JSON.parse(text))
  }
  if (parts.length > 0 && !isAskable(stated))
    throw new UnexpectedResponse(
      `source '${ctx.source}', stream '${ctx.stream}': the service gives parts of records, and those of a key that is a moment cannot be asked for. Read it without 'changes: delta'.`,
    )
  for await (const answer of byKey(ctx, stated, service, parts)) {
    if ('found' in answer) result.records.push(answer.found)
    else if ('gone' in answer) result.removed.push(answer.key)
    else result.unreadable.push({ key: answer.key, reason: 'unreadable' in answer ? answer.unreadable : 'the source forbids this record' })
  }
  const { removed, unreadable, ...always } = result
  return { ...always, ...(removed.length > 0 && { removed }), ...(unreadable.length > 0 && { unreadable }) }
}

/** Undefined for a record without a key, which is none that can be told apart. */
function keyOf(record: SourceRecord, { key }: StreamSettings): Key | undefined {
  const values = [key].flat().map((name) => [name, textOf(record[name])] as const)
  return values.every(([, value]) => value !== undefined) ? (Object.fromEntries(values) as Key) : undefined
}

/** Version 4.0 names a removed record by `id`; 4.01 by its key fields, or by `@id`. */
function removedKey(ctx: ReadContext, given: SourceRecord, record: SourceRecord, stated: StreamSettings): Key {
  const names = [stated.key].flat()
  const own = keyOf(record, stated)
  if (own) return own
  const id = [given['@odata.id'], given['@id'], given.id].find((each) => typeof each === 'string')
  const key = id === undefined ? undefined : keyIn(id, names)
  if (key) return key
  throw new UnexpectedResponse(
    `source '${ctx.source}', stream '${ctx.stream}': a record that was removed is named in a way that cannot be read as ${names.join(' and ')}. Check key in sources/${ctx.source}.yaml.`,
  )
}
