/** What a live source can be asked of a connector, in few requests: it is not ours to fail, to change or to read whole. */

import { valueAt } from '../body.js'
import type { Key, Page, SliceContext } from '../connector.js'
import type { OpenStream } from '../stream.js'
import { demand } from './checks.js'
import { keyOf } from './reading.js'

export interface LiveCheck {
  sentence: string
  /**
   * @returns why it has nothing to look at here; undefined where it holds
   * @throws NotConforming where it does not hold, with counts and names and no value
   */
  run(stream: OpenStream, ctx: SliceContext): Promise<string | undefined>
}

const noRecords = 'the source gave no record'

export const liveChecks: readonly LiveCheck[] = [
  {
    sentence: 'gives records that have a key, each another one',
    async run(stream, ctx) {
      const records = (await somePages(stream, ctx, 1)).flatMap((page) => page.records)
      if (records.length === 0) return noRecords
      const keys = records.map((record) => keyOf(stream, record))
      const empty = keys.filter((key) => Object.values(key).includes('')).length
      demand(empty === 0, `${empty} of ${keys.length} records have no key in ${stream.key.join(', ')}`)
      const twice = keys.length - new Set(keys.map((key) => JSON.stringify(key))).size
      demand(twice === 0, `${twice} of the ${keys.length} keys of one page came more than once`)
      return undefined
    },
  },
  {
    sentence: 'gives the fields that are described as required',
    async run(stream, ctx) {
      const records = (await somePages(stream, ctx, 1)).flatMap((page) => page.records)
      if (records.length === 0) return noRecords
      const lacking = stream.fields
        .filter(({ required, lands }) => required && lands)
        .map(({ path }) => path.join('.'))
        .flatMap((field) => {
          const without = records.filter((record) => valueAt(record, field) === undefined || valueAt(record, field) === null).length
          return without > 0 ? [`${field} (${without} of ${records.length} records)`] : []
        })
      demand(lacking.length === 0, `absent or null: ${lacking.join(', ')}`)
      return undefined
    },
  },
  {
    sentence: 'goes on from its first cursor with the records that came after it',
    async run(stream, ctx) {
      const pages = await somePages(stream, ctx, 2)
      const [first, second] = pages
      if (!second) return 'the list has one page'
      if (first?.cursor === undefined) return 'its pages have no cursor that may be kept'
      const [again] = await somePages(stream, ctx, 1, first.cursor)
      const keys = new Set(second.records.map((record) => JSON.stringify(keyOf(stream, record))))
      const same = (again?.records ?? []).filter((record) => keys.has(JSON.stringify(keyOf(stream, record)))).length
      // Records come and go meanwhile; another page altogether is no movement.
      demand(same > 0, 'none of the records of its second page came again')
      return undefined
    },
  },
  {
    sentence: 're-reads by key a record that it listed, and does not find one that cannot be there',
    async run(stream, ctx) {
      if (!stream.byKey) return 'its records cannot be asked for by key'
      const [page] = await somePages(stream, ctx, 1)
      const record = page?.records[0]
      if (!record) return noRecords
      const key = keyOf(stream, record)
      const missing = unlikely(key)
      for await (const answer of stream.byKey(ctx, [key, missing])) {
        const isMissing = JSON.stringify(answer.key) === JSON.stringify(missing)
        demand(
          isMissing ? 'gone' in answer : 'found' in answer,
          `a key ${isMissing ? 'that cannot be there is not gone' : 'that it listed is not found'}`,
        )
      }
      return undefined
    },
  },
  {
    sentence: 'has a source that honours the filter of its changes reading',
    async run(stream, ctx) {
      if (!stream.proveFilter) return 'there is no filter to prove'
      const { ok, message } = await stream.proveFilter(ctx)
      demand(ok, message)
      return undefined
    },
  },
]

/** The first pages that hold something of a full reading, from a cursor of its first slice on where one is given. */
async function somePages(stream: OpenStream, ctx: SliceContext, most: number, cursor?: Page['cursor']): Promise<Page[]> {
  const [slice] = await stream.slices(ctx)
  const pages: Page[] = []
  for await (const page of stream.read({ ...ctx, slice: slice!, cursor })) {
    if (page.records.length > 0) pages.push(page)
    if (pages.length >= most) break
  }
  return pages
}

/** A key in the form of another one. */
function unlikely(key: Key): Key {
  return Object.fromEntries(
    Object.entries(key).map(([field, value]) => [
      field,
      /^[0-9a-f-]{36}$/i.test(value)
        ? '00000000-0000-4000-8000-000000000000'
        : /^\d+$/.test(value)
          ? '9'.repeat(value.length)
          : `${value}-0`,
    ]),
  )
}
