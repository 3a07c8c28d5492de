import type { Page, ReadContext, SourceRecord } from '../connector.js'
import { inOrder } from './detail.js'
import { type Position, walk } from './list.js'
import { uuidOf } from './normalise.js'
import { type Prepare, pageOf } from './pages.js'
import { type ChildrenOf, Gathered } from './parents.js'

export interface ThroughZaken {
  prepare: Prepare
  /** Where an earlier attempt was in the list of zaken. */
  at?: Position | undefined
  /** Filters of the list of zaken, such as a window. */
  params?: { [name: string]: string }
  /** What the cursors carry beside the position. */
  own: object
  /** Whether a zaak has children, by what it shows of itself; unknown counts as yes. */
  has(zaak: SourceRecord): boolean
  childrenOf(zaak: SourceRecord): Promise<ChildrenOf>
}

/** Reads children by walking the zaken: one page a page of zaken, and one request for each zaak of it that has children. */
export async function* childrenThroughZaken(ctx: ReadContext, through: ThroughZaken): AsyncGenerator<Page, void, undefined> {
  const { prepare, at, params = {}, own, has, childrenOf } = through
  for await (const page of walk(ctx.http, { api: 'zaken', path: 'zaken', params }, at)) {
    const gathered = new Gathered()
    const owners = page.records.filter(has)
    let read = 0
    for await (const children of inOrder(owners, childrenOf, ctx)) {
      gathered.add(uuidOf(owners[read]!.uuid ?? owners[read]!.url) ?? '', children)
      read += 1
    }
    const { records } = gathered
    const unreadable = [...page.unreadable, ...gathered.unreadable]
    // The total is of zaken, and says nothing of children.
    const { total: _, ...rest } = await pageOf({ ...page, records, unreadable }, prepare, own)
    yield rest
  }
}
