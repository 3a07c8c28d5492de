import type { Context, ReadContext, SliceContext, SourceRecord } from '../connector.js'
import { SourceUnavailable, UnexpectedResponse } from '../connector.js'
import { type Api, detailOf } from './detail.js'
import { type List, type ListPage, walk } from './list.js'
import { uuidOf } from './normalise.js'

/**
 * Rows that changed this long before the last reading are taken as well. The moment of a reading is of our clock, that of a row of the
 * database's; and a row may have been published while the last reading was already on its way.
 */
const overlapMs = 10 * 60_000

export const changedSince = (checkpoint: string): Date => new Date(Date.parse(checkpoint) - overlapMs)

/**
 * The zaken whose children may have changed: those that changed themselves, and those that are open, on which work goes on. By what the
 * warehouse knows of them; the stream `zaken` is published before.
 *
 * @returns uuids in order; undefined when the warehouse cannot tell, or when there are more than `most`
 */
export async function zakenToRead(
  { known }: Pick<SliceContext, 'known'>,
  since: Date,
  most = Number.POSITIVE_INFINITY,
): Promise<string[] | undefined> {
  const uuids = new Set<string>()
  for (const keys of [known.keysOf('zaken', { einddatum: null }), known.keysOf('zaken', undefined, since)]) {
    if (keys === undefined) return undefined
    for await (const chunk of keys) {
      for (const key of chunk) if (key.uuid !== undefined) uuids.add(key.uuid)
      if (uuids.size > most) return undefined
    }
  }
  return [...uuids].sort()
}

/** Rows of this stream that stand in the warehouse, for a list whose own count is not to be trusted. */
export async function knownRows({ known }: Pick<SliceContext, 'known'>): Promise<number> {
  let rows = 0
  for await (const chunk of known.keys() ?? []) rows += chunk.length
  return rows
}

/**
 * The children of one zaak; that we may not see them; or that the source fails on them, without telling on which. Those of a zaak that is gone
 * are none.
 */
export type ChildrenOf = { records: SourceRecord[]; unreadable: ListPage['unreadable'] } | 'forbidden' | 'unreadable'

/** By what the list of children is asked for those of one parent. */
export interface Owner {
  /** The filter on the parent, and where the parent itself is to be had. */
  param: string
  api: Api
  path: string
}

export const zaakAsOwner: Owner = { param: 'zaak', api: 'zaken', path: 'zaken' }

/**
 * Reads the children of one parent by the filter on it, with a pager of their own. Of a zaak that we may no longer see the list shows none,
 * without a word (zrc-006); so that what is absent below a parent is proven gone by its own key.
 *
 * @param address of the parent, as the server spells it
 */
export async function childrenByFilter(
  ctx: Pick<Context, 'http'>,
  list: List,
  address: string,
  { param, api, path }: Owner = zaakAsOwner,
): Promise<ChildrenOf> {
  try {
    const result: Exclude<ChildrenOf, string> = { records: [], unreadable: [] }
    for await (const page of walk(ctx.http, { ...list, params: { ...list.params, [param]: address } })) {
      result.records.push(...page.records)
      result.unreadable.push(...page.unreadable)
    }
    return result
  } catch (error) {
    if (error instanceof SourceUnavailable && error.status === 500) return 'unreadable'
    // Servers differ in what they say to a filter on a parent that is not there.
    if (!(error instanceof UnexpectedResponse && (error.status === 400 || error.status === 404))) throw error
    const says = await detailOf(ctx.http, api, `${path}/${uuidOf(address)}`)
    if ('gone' in says) return { records: [], unreadable: [] }
    if ('forbidden' in says) return 'forbidden'
    throw error
  }
}

// Records that a source fails on are few and apart; this many parents in a row are a source that is down.
const mostUnreadableInARow = 10

/** Puts together what several parents have. */
export class Gathered {
  readonly records: SourceRecord[] = []
  readonly unreadable: ListPage['unreadable'] = []
  /** Parents whose children were listed whole. */
  readonly parents: string[] = []
  readonly #parent: string
  #inARow = 0

  /** @param parent what a parent is called, for messages */
  constructor(parent = 'zaak') {
    this.#parent = parent
  }

  /** @throws SourceUnavailable when the source fails on parent after parent */
  add(uuid: string, children: ChildrenOf): void {
    this.#inARow = children === 'unreadable' ? this.#inARow + 1 : 0
    if (this.#inARow >= mostUnreadableInARow) {
      throw new SourceUnavailable(`the source answers 500 on what belongs to a ${this.#parent}, ${this.#inARow} times in a row.`, {
        status: 500,
      })
    }
    if (children === 'forbidden') return
    if (children === 'unreadable') {
      this.unreadable.push({ key: null, reason: `the source answers 500 on the children of ${this.#parent} ${uuid}` })
      return
    }
    this.records.push(...children.records)
    this.unreadable.push(...children.unreadable)
    if (children.unreadable.length === 0) this.parents.push(uuid)
  }
}

export interface ParentsPage {
  gathered: Gathered
  /** The last zaak of the page, in order. */
  after: string
  readAt: Date
}

// One transaction a zaak would cost more than reading it.
const recordsAPage = 500
const zakenAPage = 50

/** Reads the children of many zaken, one request a zaak, and hands them on in pages of a fair size. */
export async function* childrenOfMany(
  ctx: Pick<ReadContext, 'signal'>,
  zaken: readonly string[],
  childrenOf: (uuid: string) => Promise<ChildrenOf>,
): AsyncGenerator<ParentsPage, void, undefined> {
  let gathered = new Gathered()
  let readAt = new Date()
  let read = 0
  for (const uuid of zaken) {
    ctx.signal.throwIfAborted()
    gathered.add(uuid, await childrenOf(uuid))
    read += 1
    if (gathered.records.length < recordsAPage && read < zakenAPage && uuid !== zaken.at(-1)) continue
    yield { gathered, after: uuid, readAt }
    gathered = new Gathered()
    readAt = new Date()
    read = 0
  }
}
