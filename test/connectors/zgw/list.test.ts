import fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import { UnexpectedResponse } from '../../../connectors/errors.js'
import { type ListPage, type Position, peek, walk } from '../../../connectors/zgw/list.js'
import { json, type Loopback, probe, serve } from '../loopback.js'
import { type MovingList, type MovingOptions, moveList } from './moving-list.js'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const each of open.splice(0)) await each.close()
})

const clientOf = (server: Loopback) => probe({ zaken: server.url })
const list = (size: number) => ({ api: 'zaken', path: 'statussen', size }) as const

async function readMoving(
  options: MovingOptions,
  size: number,
  from?: Position,
): Promise<{ moving: MovingList; pages: ListPage[]; keys: string[] }> {
  const moving = await moveList(options)
  open.push(moving)
  const pages: ListPage[] = []
  for await (const page of walk(clientOf(moving.server), list(size), from)) pages.push(page)
  return { moving, pages, keys: pages.flatMap((page) => page.records.map((record) => String(record.uuid))) }
}

const numbers = (upTo: number) => Array.from({ length: upTo }, (_, at) => String(at + 1))
const distinct = (keys: readonly string[]) => [...new Set(keys)].sort((a, b) => Number(a) - Number(b))

test('a list that stands still is read once, row by row, with its count on each page', async () => {
  const { pages, keys, moving } = await readMoving({ rows: 23 }, 5)
  expect(keys).toEqual(numbers(23).reverse())
  expect(pages.map((page) => page.total)).toEqual([23, 23, 23, 23, 23])
  expect(moving.server.seen).toHaveLength(5)
})

test('a list of exactly one page, of none and of one row ends', async () => {
  for (const rows of [0, 1, 5, 10]) expect((await readMoving({ rows }, 5)).keys).toHaveLength(rows)
})

test('a row that slides onto a page already read, because another vanished, is still read', async () => {
  const { keys } = await readMoving({ rows: 20, moves: [{ remove: [0] }] }, 5)
  expect(distinct(keys)).toEqual(numbers(20))
})

test('a row that comes in at the front while the list is read is read at the end', async () => {
  const { keys, pages } = await readMoving({ rows: 20, moves: [{}, { add: 2 }] }, 5)
  expect(distinct(keys)).toEqual(numbers(22))
  expect(pages.at(-1)?.total).toBe(22)
})

test('a page past the end, because rows vanished, is no end of what slid before it', async () => {
  const { keys } = await readMoving({ rows: 11, moves: [{}, { remove: [0] }] }, 5)
  expect(distinct(keys)).toEqual(numbers(11))
})

test('no row that stands still is left out, whatever comes and goes between two requests', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 40 }),
      fc.integer({ min: 1, max: 7 }),
      fc.array(fc.record({ add: fc.nat({ max: 3 }), remove: fc.uniqueArray(fc.nat({ max: 30 }), { maxLength: 4 }) }), { maxLength: 12 }),
      async (rows, size, moves) => {
        const { keys, moving } = await readMoving({ rows, moves }, size)
        const stood = moving.rows().filter((row) => row <= rows)
        expect(new Set(keys)).toEqual(new Set([...keys, ...stood.map(String)]))
        await moving.close()
      },
    ),
    { numRuns: 150 },
  )
})

test('a reading that goes on from any page gives what the rest of the first would have', async () => {
  const { pages, keys } = await readMoving({ rows: 23 }, 5)
  for (const [at, { next }] of pages.entries()) {
    if (next === undefined) continue
    expect((await readMoving({ rows: 23 }, 5, next)).keys).toEqual(keys.slice((at + 1) * 5))
  }
})

test('fuzzy counts, which end a list at its first full page, neither end it nor count', async () => {
  const { keys, pages } = await readMoving({ rows: 23, countLimit: 5 }, 5)
  expect(keys).toEqual(numbers(23).reverse())
  expect(pages.map((page) => page.total)).toEqual([undefined, undefined, undefined, undefined, 23])
})

test('fuzzy counts that grow with each page are no rows that came in', async () => {
  const { keys } = await readMoving({ rows: 60, countLimit: 12 }, 5)
  expect(keys).toEqual(numbers(60).reverse())
})

test('fuzzy counts of a server that does not name them so claim no more than there is', async () => {
  const { keys, pages } = await readMoving({ rows: 610, countLimit: 100, silent: true }, 50)
  expect(keys).toEqual(numbers(610).reverse())
  expect(pages.map((page) => page.total)).toEqual([100, ...Array.from({ length: 11 }, () => undefined), 610])
})

test('pages that a gateway cuts below what was asked are stepped through by what came', async () => {
  const { keys } = await readMoving({ rows: 23, largest: 4 }, 10)
  expect(keys).toEqual(numbers(23).reverse())
})

test('a server that knows no size of a page is read in its own pages', async () => {
  const { keys } = await readMoving({ rows: 230, withoutSize: true }, 500)
  expect(keys).toEqual(numbers(230).reverse())
})

test('links under another host are followed by their query, under the address that we know', async () => {
  const { keys, pages } = await readMoving({ rows: 12, host: 'https://zaken.leverancier.example' }, 5)
  expect(keys).toEqual(numbers(12).reverse())
  expect(JSON.stringify(pages.map((page) => page.next))).not.toContain('leverancier')
})

test('one row that the source fails on is told by its place, and all others are read', async () => {
  for (const bad of [1, 7, 12, 23]) {
    const { keys, pages } = await readMoving({ rows: 23, bad: [bad] }, 10)
    expect(distinct(keys)).toEqual(numbers(23).filter((key) => key !== String(bad)))
    expect(pages.flatMap((page) => page.unreadable)).toEqual([
      { key: null, reason: `the source answers 500 for record ${23 - bad + 1} of the list` },
    ])
  }
})

test('the list is counted and dated also when its first record is the bad one', async () => {
  const moving = await moveList({ rows: 23, bad: [23] })
  open.push(moving)
  expect(await peek(clientOf(moving.server), list(500))).toMatchObject({ count: 23, exact: true, first: { uuid: '22' } })
})

test('a next link to the page itself ends the reading with the address', async () => {
  const server = await serve((response, request) =>
    json({ count: 9, next: `http://x${request.url}`, results: [{ uuid: '1' }] })(response, request),
  )
  open.push(server)
  const reading = walk(clientOf(server), list(5))
  await expect(reading.next()).rejects.toThrow(UnexpectedResponse)
  await expect(walk(clientOf(server), list(5)).next()).rejects.toThrow(/statussen\?pageSize=5.*next link/)
})

test('a page that repeats the one before it ends the reading, unless a page full of rows came in', async () => {
  let page = 0
  const server = await serve((response, request) => {
    page += 1
    json({ count: 9, next: `http://x/statussen?page=${page + 1}&pageSize=5`, results: [{ uuid: '1' }, { uuid: '2' }] })(response, request)
  })
  open.push(server)
  const read = async () => {
    for await (const each of walk(clientOf(server), list(5))) expect(each.records).toHaveLength(2)
  }
  await expect(read()).rejects.toThrow(/repeats the one before it/)
  const { keys } = await readMoving({ rows: 20, moves: [{ add: 5 }] }, 5)
  expect(distinct(keys)).toEqual(numbers(25))
})

test('a bare array in place of a page is the whole list', async () => {
  const server = await serve(json([{ uuid: '1' }, { uuid: '2' }]))
  open.push(server)
  const pages: ListPage[] = []
  for await (const page of walk(clientOf(server), list(500))) pages.push(page)
  expect(pages).toMatchObject([{ records: [{ uuid: '1' }, { uuid: '2' }], total: 2, next: undefined }])
})
