import { readFile } from 'node:fs/promises'
import { isLosslessNumber } from 'lossless-json'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parseConnector } from '../../../../connectors/declarative.js'
import { SourceRefused, SourceUnavailable, UnexpectedResponse } from '../../../../connectors/errors.js'
import { credentials, hardAmounts, type OrdersOptions, type OrdersServer, someOrders, startOrders } from '../../../sources/orders/server.js'
import { checkpointOf, keyOf, type OpenSource, openSource, readStream, recordsIn, Warehouse } from '../../reading.js'

const text = await readFile(new URL('./connector.yaml', import.meta.url), 'utf8')
const connector = parseConnector(text, 'connectors/orders/connector.yaml')

let server: OrdersServer
let source: OpenSource

async function start(options: OrdersOptions = {}): Promise<void> {
  server = await startOrders(options)
  source = openSource(connector, { baseUrl: `${server.url}/api`, credentials })
}

afterEach(async () => {
  source.close()
  await server.stop()
})

/** Amounts as text, by order. */
const amounts = (records: readonly { [name: string]: unknown }[]) => records.map(({ total }) => (total as { amount: unknown }).amount)

describe('a source that is described as data', () => {
  beforeEach(() => start())

  test('is read whole, through tokens that end on the way', async () => {
    const read = await readStream(source, 'orders')
    expect(recordsIn(read).map(({ id }) => String(id))).toEqual(server.orders.map(({ id }) => String(id)))
    expect(read[0]!.end.complete).toBe('all')
    expect(read[0]!.pages.map(({ total }) => total)).toEqual([25, 25, 25, 25])
    await readStream(source, 'lines')
    expect(server.tokens()).toBeGreaterThan(3)
  })

  test('gives every amount as the text that the source wrote', async () => {
    const read = amounts(recordsIn(await readStream(source, 'orders')))
    expect(read.every(isLosslessNumber)).toBe(true)
    expect(read.map(String)).toEqual(server.orders.map(({ amount }) => amount))
    expect(new Set(read.map(String))).toEqual(new Set(hardAmounts))
  })

  test('gives the greatest change as its checkpoint, at the precision of the source', async () => {
    const read = await readStream(source, 'orders')
    expect(checkpointOf(source.stream('orders'), read)).toBe(server.orders.at(-1)!.changedAt)
  })

  test('gives only what changed since, from the overlap on, and a checkpoint that goes on', async () => {
    const checkpoint = server.orders[9]!.changedAt
    server.orders[2]!.changedAt = '2026-03-01T10:00:00.5+01:00'
    const read = await readStream(source, 'orders', { reading: 'changes', checkpoint })
    expect(server.requests.at(-1)).toContain(
      `changedSince=${encodeURIComponent('2026-01-01T07:00:00.123456789+00:00').replace('%20', '+')}`,
    )
    expect(
      recordsIn(read)
        .map(({ id }) => Number(id))
        .sort((a, b) => a - b),
    ).toEqual([3, ...Array.from({ length: 17 }, (_, index) => index + 9)])
    expect(read[0]!.end).toEqual({ complete: false, checkpoint: '2026-03-01T10:00:00.5+01:00' })
  })

  test('keeps its checkpoint when nothing changed', async () => {
    const checkpoint = '2026-06-01T00:00:00.123456789Z'
    expect((await readStream(source, 'orders', { reading: 'changes', checkpoint }))[0]!.end).toEqual({ complete: false, checkpoint })
  })

  test('reads whole when there is no checkpoint yet', async () => {
    const [read] = await readStream(source, 'orders', { reading: 'changes' })
    expect(read!.end).toMatchObject({ complete: 'all', checkpoint: server.orders.at(-1)!.changedAt })
  })

  test('re-reads given keys, and says which are gone', async () => {
    const keys = [{ id: '3' }, { id: '999' }, { id: '1' }, { id: '3' }]
    const answers = []
    for await (const answer of source.stream('orders').byKey!(source.context('orders'), keys)) answers.push(answer)
    expect(answers).toMatchObject([
      { key: { id: '3' }, found: { status: 'vervallen' } },
      { key: { id: '999' }, gone: true },
      { key: { id: '1' }, found: {} },
    ])
  })

  test('reads the lines of each order, those that the warehouse has or else those that the source lists', async () => {
    const expected = server.orders
      .flatMap(({ id, lines }) => lines.map(({ line }) => JSON.stringify({ order: String(id), line: String(line) })))
      .sort()
    const lines = source.stream('lines')
    const listed = await readStream(source, 'lines')
    expect(
      recordsIn(listed)
        .map((record) => JSON.stringify(keyOf(lines, record)))
        .sort(),
    ).toEqual(expected)
    expect(listed[0]!.end.complete).toBe('all')

    const warehouse = new Warehouse(source)
    warehouse.publish('orders', await readStream(source, 'orders'))
    const before = server.requests.length
    const known = await readStream(source, 'lines', { warehouse })
    expect(
      recordsIn(known)
        .map((record) => JSON.stringify(keyOf(lines, record)))
        .sort(),
    ).toEqual(expected)
    expect(server.requests.slice(before).some((request) => request.startsWith('GET /api/orders?'))).toBe(false)
  })

  test('an order that went since has no lines, and the reading goes on', async () => {
    const warehouse = new Warehouse(source)
    warehouse.publish('orders', await readStream(source, 'orders'))
    server.orders.splice(4, 1)
    const read = await readStream(source, 'lines', { warehouse })
    expect(recordsIn(read)).toHaveLength(server.orders.flatMap(({ lines }) => lines).length)
    expect(read[0]!.end.complete).toBe('all')
  })

  test('a base URL that leads to pages for people is an error, not orders without lines', async () => {
    const wrong = openSource(connector, { baseUrl: server.url, credentials })
    const warehouse = new Warehouse(source)
    warehouse.publish('orders', await readStream(source, 'orders'))
    await expect(readStream(wrong, 'lines', { warehouse })).rejects.toThrow(UnexpectedResponse)
    const asking = async () => {
      for await (const _ of wrong.stream('orders').byKey!(wrong.context('orders'), [{ id: '1' }]));
    }
    await expect(asking()).rejects.toThrow(UnexpectedResponse)
    wrong.close()
  })
})

describe('what changes while it is read', () => {
  test('is read by the next reading, whatever was stamped after it', async () => {
    await start({ orders: someOrders(30) })
    const soon = () => new Date(Date.now() + 2000).toISOString()
    const reading = source.stream('orders').read({
      ...source.context('orders'),
      reading: 'full',
      checkpoint: undefined,
      where: [],
      known: new Warehouse(source).known('orders'),
      slice: { name: 'all' },
      cursor: undefined,
    })
    await reading.next()
    // An order that was passed already changes, and then one that is still to come: its later stamp may not hide the other.
    const [passed, coming] = [server.orders.find(({ id }) => id === 1)!, server.orders.find(({ id }) => id === 30)!]
    passed.status = 'vervallen'
    coming.changedAt = soon()
    let end: { checkpoint?: string } | undefined
    for (;;) {
      const next = await reading.next()
      if (next.done) {
        end = next.value
        break
      }
    }
    expect(new Date(end!.checkpoint!).getTime()).toBeLessThan(Date.now())
  })
})

describe('the filter that changes rely on', () => {
  test('is shown to be honoured', async () => {
    await start()
    expect(await source.stream('orders').proveFilter!(source.context('orders'))).toMatchObject({ ok: true })
    expect(server.requests.at(-1)).toContain('changedSince=2999-12-31T00%3A00%3A00Z')
  })

  test('is shown to be ignored, by a source that answers 200 to any filter', async () => {
    await start({ ignoresFilter: true })
    const { ok, message } = await source.stream('orders').proveFilter!(source.context('orders'))
    expect(ok).toBe(false)
    expect(message).toContain('the source ignores this filter')
  })
})

test('a reading says what it cannot see', async () => {
  await start()
  expect(source.stream('orders').changes).toMatchObject({
    sees: { updates: true, deletes: false },
    blind: expect.stringContaining('deleted'),
  })
  expect(source.stream('lines').changes).toBeUndefined()
})

test('a secret that is wrong is refused, and is in no message and no log', async () => {
  await start()
  const wrong = openSource(connector, { baseUrl: `${server.url}/api`, credentials: { ...credentials, clientSecret: 'verkeerd-geheim' } })
  const error = await readStream(wrong, 'orders').catch((caught) => caught)
  expect(error).toBeInstanceOf(SourceRefused)
  expect(`${error.stack} ${wrong.log.lines.join()}`).not.toContain('verkeerd-geheim')
  wrong.close()
})

test('a source that stops is unavailable', async () => {
  await start()
  await server.stop()
  await expect(readStream(source, 'orders')).rejects.toThrow(SourceUnavailable)
  await start()
})
