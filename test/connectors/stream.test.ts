import { afterEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  type Cursor,
  connector,
  type End,
  field,
  type KeyAnswer,
  type Page,
  type ReadContext,
  type Stream,
} from '../../connectors/connector.js'
import { InvalidConnector, UnexpectedResponse } from '../../connectors/errors.js'
import { openStream } from '../../connectors/stream.js'
import { json, type Loopback, serveBy } from './loopback.js'
import { type OpenSource, openSource, readSlice, readStream, recordsIn, sliceContext, Warehouse } from './reading.js'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

const docs = 'https://data.example.nl/docs'
const text = field(z.string(), 'none', 'x')
const record = z.object({ id: text })

function open(streams: { [name: string]: Stream }, baseUrl = 'http://127.0.0.1:9'): OpenSource {
  const source = openSource(connector({ docs, streams }), { baseUrl })
  closing.push(() => source.close())
  return source
}

const one = (stream: Partial<Stream>): OpenSource => open({ dingen: { record, key: 'id', ...stream } })

async function* pages(...all: Page[]): AsyncGenerator<Page, End> {
  yield* all
  return { complete: 'all' }
}

describe('a stream with a reader of its own', () => {
  test('has one slice, when it names none', async () => {
    const source = one({ read: () => pages({ records: [] }) })
    expect(await source.stream('dingen').slices(sliceContext(source, 'dingen', {}))).toEqual([{ name: 'all' }])
  })

  test.each([
    ['one name twice', [{ name: 'a' }, { name: 'a' }]],
    ['none', []],
  ])('is refused when its plan has %s', async (what, slices) => {
    const source = one({ slices: async () => slices, read: () => pages() })
    await expect(source.stream('dingen').slices(sliceContext(source, 'dingen', {}))).rejects.toThrow(what)
  })

  test('gives pages that say when they were asked for; a cursor that is too long is left out', async () => {
    const source = one({
      read: () =>
        pages({ records: [], cursor: 'x'.repeat(9000) as Cursor }, { records: [], cursor: '"ok"' as Cursor, readAt: new Date(0) }),
    })
    const [read] = await readStream(source, 'dingen')
    expect(read!.pages[0]!.readAt).toBeInstanceOf(Date)
    expect(read!.pages[0]!.cursor).toBeUndefined()
    expect(read!.pages[1]).toMatchObject({ cursor: '"ok"', readAt: new Date(0) })
  })

  test('is told when its reader stops half way, so that it can let go of what it holds', async () => {
    let released = false
    const source = one({
      async *read() {
        try {
          yield { records: [] }
          return { complete: 'all' }
        } finally {
          released = true
        }
      },
    })
    for await (const _ of source
      .stream('dingen')
      .read({ ...sliceContext(source, 'dingen', {}), slice: { name: 'all' }, cursor: undefined }))
      break
    expect(released).toBe(true)
  })

  test('stops between two pages when the run is cancelled', async () => {
    const source = one({ read: () => pages({ records: [{ id: '1' }] }, { records: [{ id: '2' }] }) })
    const stop = new AbortController()
    const ctx: ReadContext = { ...sliceContext(source, 'dingen', {}), signal: stop.signal, slice: { name: 'all' }, cursor: undefined }
    const reading = source.stream('dingen').read(ctx)
    await reading.next()
    stop.abort(new Error('cancelled'))
    await expect(reading.next()).rejects.toThrow('cancelled')
  })
})

describe('re-reading by key', () => {
  const keys = [{ id: '1' }, { id: '2' }]
  const answers = (all: KeyAnswer[]) =>
    one({
      read: () => pages(),
      async *byKey() {
        yield* all
      },
    })
  const ask = async (source: OpenSource, asked = keys) => {
    const got: KeyAnswer[] = []
    for await (const answer of source.stream('dingen').byKey!(source.context('dingen'), asked)) got.push(answer)
    return got
  }

  test('answers each key once, also one that is asked for twice', async () => {
    const all: KeyAnswer[] = [
      { key: { id: '2' }, gone: true },
      { key: { id: '1' }, found: { id: '1' } },
    ]
    expect(await ask(answers(all), [...keys, ...keys])).toEqual(all)
  })

  test('fails when a key is left without an answer: silence is not "gone"', async () => {
    await expect(ask(answers([{ key: { id: '1' }, gone: true }]))).rejects.toThrow(/leaves 1 of 2 keys without an answer/)
    await expect(ask(answers([{ key: { id: '1' }, gone: true }]))).rejects.toThrow(InvalidConnector)
  })

  test('fails when an answer is for a key that was not asked, or comes twice', async () => {
    const gone = (id: string): KeyAnswer => ({ key: { id }, gone: true })
    await expect(ask(answers([gone('1'), gone('3')]))).rejects.toThrow(InvalidConnector)
    await expect(ask(answers([gone('1'), gone('1'), gone('2')]))).rejects.toThrow(InvalidConnector)
  })

  test('asks a connector for at most a thousand at a time', async () => {
    const sizes: number[] = []
    const source = one({
      read: () => pages(),
      async *byKey(_, asked) {
        sizes.push(asked.length)
        for (const key of asked) yield { key, gone: true }
      },
    })
    expect(
      await ask(
        source,
        Array.from({ length: 2500 }, (_, id) => ({ id: String(id) })),
      ),
    ).toHaveLength(2500)
    expect(sizes).toEqual([1000, 1000, 500])
  })

  test('is absent where the source cannot', () => {
    expect(one({ read: () => pages() }).stream('dingen').byKey).toBeUndefined()
  })

  test('by a path says gone, forbidden and found, and refuses a record with another key', async () => {
    const server = await serveBy((response, request) => {
      const id = decodeURIComponent(request.url.split('/').at(-1)!)
      const status = { weg: 404, oud: 410, geheim: 403 }[id] ?? 200
      return json({ id: id === 'verkeerd' ? 'anders' : id }, status)(response, request)
    })
    closing.push(server.close)
    const source = open({ dingen: { record, key: 'id', read: () => pages(), byKeyPath: 'dingen/{id}' } }, server.url)
    expect(
      await ask(
        source,
        ['a/b', 'weg', 'oud', 'geheim'].map((id) => ({ id })),
      ),
    ).toEqual([
      { key: { id: 'a/b' }, found: { id: 'a/b' } },
      { key: { id: 'weg' }, gone: true },
      { key: { id: 'oud' }, gone: true },
      { key: { id: 'geheim' }, forbidden: true },
    ])
    expect(server.seen.map(({ url }) => url).sort()).toContain('/dingen/a%2Fb')
    await expect(ask(source, [{ id: 'verkeerd' }])).rejects.toThrow(UnexpectedResponse)
  })
})

test('a stream that is not there, or whose record is not described, cannot be opened', () => {
  expect(() => openStream('zaken', { rollen: { record, key: 'id' } })).toThrow("there is no stream 'zaken'; there is rollen.")
  expect(() => openStream('a', { a: { record: z.object({ id: z.string() }), key: 'id' } })).toThrow(InvalidConnector)
})

describe('a list for each parent', () => {
  /** Parents with so many children each, a page of two at a time. */
  async function start(counts: { [parent: string]: number }): Promise<{ source: OpenSource; server: Loopback; warehouse: Warehouse }> {
    const server = await serveBy((response, request) => {
      const url = new URL(request.url, 'http://x')
      if (url.pathname === '/ouders') return json(Object.keys(counts).map((id) => ({ id })))(response, request)
      const parent = url.pathname.split('/')[2]!
      const from = Number(url.searchParams.get('from') ?? 0)
      if (counts[parent] === undefined) return json({}, 404)(response, request)
      return json(Array.from({ length: Math.min(2, counts[parent]! - from) }, (_, at) => ({ id: `${parent}-${from + at}` })))(
        response,
        request,
      )
    })
    closing.push(server.close)
    const source = open(
      {
        ouders: { record, key: 'id', path: 'ouders', pages: { by: 'single' } },
        kinderen: {
          record: z.object({ id: text, ouder: text }),
          key: 'id',
          path: 'ouders/{parent.id}/kinderen',
          pages: { by: 'offset', param: 'from', size: { param: 'size', value: 2 } },
          parent: { stream: 'ouders', field: 'ouder' },
        },
      },
      server.url,
    )
    const warehouse = new Warehouse(source)
    warehouse.publish('ouders', await readStream(source, 'ouders'))
    return { source, server, warehouse }
  }

  const ids = (read: Parameters<typeof recordsIn>[0]) => recordsIn(read).map(({ id }) => String(id))

  test('has the children of each, who know whose they are', async () => {
    const { source, warehouse } = await start({ a: 3, b: 0, c: 1 })
    const read = await readStream(source, 'kinderen', { warehouse })
    expect(recordsIn(read)).toEqual(['a-0', 'a-1', 'a-2', 'c-0'].map((id) => ({ id, ouder: id[0] })))
    expect(read[0]!.pages).toHaveLength(1)
  })

  test('joins the pages of parents with few children, up to a bound', async () => {
    const { source, warehouse } = await start(
      Object.fromEntries(Array.from({ length: 120 }, (_, at) => [`p${String(at).padStart(3, '0')}`, 1])),
    )
    const read = await readStream(source, 'kinderen', { warehouse })
    expect(ids(read)).toHaveLength(120)
    expect(read[0]!.pages.length).toBeGreaterThan(2)
    expect(read[0]!.pages.length).toBeLessThan(30)
    for (const { cursor } of read[0]!.pages) {
      const rest = await readSlice(source, 'kinderen', { name: 'all' }, { warehouse }, cursor)
      expect(new Set([...ids(read).slice(0, ids(read).length - ids([rest]).length), ...ids([rest])])).toEqual(new Set(ids(read)))
    }
  })

  test('reads all again when the parent at which it stopped is gone', async () => {
    const counts: { [parent: string]: number } = Object.fromEntries(
      Array.from({ length: 60 }, (_, at) => [`p${String(at).padStart(2, '0')}`, 1]),
    )
    const { source, warehouse } = await start(counts)
    const whole = await readSlice(source, 'kinderen', { name: 'all' }, { warehouse })
    const cursor = whole.pages[0]!.cursor!
    const parent = JSON.parse(JSON.parse(cursor).list).parent.id
    delete counts[parent]
    warehouse.publish('ouders', await readStream(source, 'ouders'))
    const rest = await readSlice(source, 'kinderen', { name: 'all' }, { warehouse }, cursor)
    expect(ids([rest])).toEqual(Object.keys(counts).map((id) => `${id}-0`))
    expect(rest.end.complete).toBe('all')
  })

  test('takes the parents that the source lists where the warehouse does not know them', async () => {
    const { source } = await start({ a: 1, b: 2 })
    expect(ids(await readStream(source, 'kinderen'))).toEqual(['a-0', 'b-0', 'b-1'])
  })
})

describe('a listing in which a record could not be read', () => {
  test('does not claim to be whole, also not after it went on from a cursor', async () => {
    const rows = Array.from({ length: 8 }, (_, id) => ({ id: String(id) }))
    const server = await serveBy((response, request) => {
      const { searchParams } = new URL(request.url, 'http://x')
      const [from, size] = [Number(searchParams.get('from')), Number(searchParams.get('size'))]
      const page = rows.slice(from, from + size)
      return page.some(({ id }) => id === '1') ? json({}, 500)(response, request) : json(page)(response, request)
    })
    closing.push(server.close)
    const source = open(
      { dingen: { record, key: 'id', path: 'dingen', pages: { by: 'offset', param: 'from', size: { param: 'size', value: 4 } } } },
      server.url,
    )
    const [read] = await readStream(source, 'dingen')
    expect(recordsIn([read!])).toHaveLength(7)
    expect(read!.end.complete).toBe(false)
    const rest = await readSlice(source, 'dingen', { name: 'all' }, {}, read!.pages[0]!.cursor)
    expect(rest.end.complete).toBe(false)
  })
})
