import type { Page, ReadContext, SourceRecord } from '../connector.js'
import { inOrder } from '../in-order.js'
import { type List, type Position, walk } from './list.js'
import { uuidOf } from './normalise.js'
import { type Prepare, pageOf } from './pages.js'
import { type ChildrenOf, Gathered } from './parents.js'

export interface ThroughParents {
  prepare: Prepare
  /** The list of the parents, with its filters. */
  parents: List
  /** What a parent is called, for messages. */
  parent: string
  /** Where an earlier attempt was in the list of parents. */
  at?: Position | undefined
  /** What the cursors carry beside the position. */
  own: object
  /** Whether a parent has children, by what it shows of itself; unknown counts as yes. */
  has(parent: SourceRecord): boolean
  childrenOf(parent: SourceRecord): Promise<ChildrenOf>
}

/** Reads children by walking their parents: one page a page of parents, and one request for each of them that has children. */
export async function* childrenThroughParents(ctx: ReadContext, through: ThroughParents): AsyncGenerator<Page, void, undefined> {
  const { prepare, parents, parent, at, own, has, childrenOf } = through
  for await (const page of walk(ctx.http, parents, at)) {
    const gathered = new Gathered(parent)
    const owners = page.records.filter(has)
    let read = 0
    for await (const children of inOrder(owners, childrenOf, ctx)) {
      gathered.add(uuidOf(owners[read]!.uuid ?? owners[read]!.url) ?? '', children)
      read += 1
    }
    const { records } = gathered
    const unreadable = [...page.unreadable, ...gathered.unreadable]
    // The total is of parents, and says nothing of children.
    const { total: _, ...rest } = await pageOf({ ...page, records, unreadable }, prepare, own)
    yield rest
  }
}
