import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { Secret } from '../../config/secret.js'
import { sendNotices, signature } from '../../worker/notices.js'
import { type Answer, type Loopback, serve } from '../connectors/loopback.js'
import { openWarehouse, type Warehouse } from '../sql/warehouse.js'

const secret = 'kanarie-van-de-webhook'
const webhook = (url: string) => ({ url: new Secret(url), secret: new Secret(secret) })
const answer =
  (status: number, headers = {}): Answer =>
  (response) =>
    response.writeHead(status, headers).end()

let warehouse: Warehouse
beforeAll(async () => {
  warehouse = await openWarehouse()
})
afterAll(() => warehouse.close())
beforeEach(async () => {
  await warehouse.query('delete from gemaal.notices')
})

/** Puts notices in the outbox; gives their numbers. */
async function waiting(count: number): Promise<number[]> {
  const rows = await warehouse.query<{ id: number }>(
    `insert into gemaal.notices (event, subject, body)
     select 'failed', 'zaken.zaken', jsonb_build_object('event', 'failed', 'dataset', 'zaken.zaken', 'run', n) from generate_series(1, ${count}) n returning id`,
  )
  return rows.map((r) => r.id).sort((a, b) => a - b)
}

const outbox = () =>
  warehouse.query<{ sent: boolean; attempts: number; last_error: string | null; later: boolean }>(
    'select sent_at is not null as sent, attempts, last_error, next_try_at > clock_timestamp() as later from gemaal.notices order by id',
  )

async function sendTo(receiver: Loopback, path = '/hook?token=kanarie-in-het-adres'): Promise<number> {
  try {
    return await sendNotices(warehouse.db, webhook(`${receiver.url}${path}`))
  } finally {
    await receiver.close()
  }
}

test('each notice is sent once, in order, and signed', async () => {
  const ids = await waiting(3)
  const receiver = await serve(answer(204))
  expect(await sendTo(receiver)).toBe(3)
  expect(receiver.seen.map(({ body }) => JSON.parse(body).id)).toEqual(ids)
  for (const { method, headers, body } of receiver.seen) {
    const [, seconds, signed] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(headers['gemaal-signature'] as string)!
    expect([method, headers['content-type'], signed]).toEqual([
      'POST',
      'application/json',
      createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex'),
    ])
    expect(JSON.parse(body)).toMatchObject({
      event: 'failed',
      dataset: 'zaken.zaken',
      at: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T.*Z$/),
    })
  }
  expect(await outbox()).toEqual(Array(3).fill({ sent: true, attempts: 1, last_error: null, later: false }))
  const again = await serve(answer(204))
  expect(await sendTo(again)).toBe(0)
  expect(again.seen).toEqual([])
})

test('the signature of a body is another under another secret, and at another time', () => {
  expect(new Set([signature('a', 1, 'x'), signature('b', 1, 'x'), signature('a', 2, 'x'), signature('a', 1, 'y')]).size).toBe(4)
})

test('a notice that was not taken is sent again later, and the others go on', async () => {
  await waiting(2)
  const receiver = await serve(answer(503), answer(200))
  expect(await sendTo(receiver)).toBe(1)
  expect(await outbox()).toEqual([
    { sent: false, attempts: 1, last_error: 'the receiver answered 503', later: true },
    { sent: true, attempts: 1, last_error: null, later: false },
  ])
  await warehouse.query('update gemaal.notices set next_try_at = clock_timestamp()')
  const better = await serve(answer(200))
  expect(await sendTo(better)).toBe(1)
  expect((await outbox())[0]).toEqual({ sent: true, attempts: 2, last_error: 'the receiver answered 503', later: false })
})

test('a notice is given up after a day of tries', async () => {
  await waiting(1)
  await warehouse.query('update gemaal.notices set attempts = 30')
  expect(await sendTo(await serve(answer(200)))).toBe(0)
})

test('a redirect is not followed: the signature is for the receiver alone', async () => {
  await waiting(1)
  const other = await serve(answer(200))
  expect(await sendTo(await serve(answer(307, { location: other.url })))).toBe(0)
  expect(other.seen).toEqual([])
  await other.close()
  expect((await outbox())[0]!.last_error).toBe('the receiver answered 307')
})

test.each([
  ['is out of reach', 'http://127.0.0.1:9/hook?token=kanarie-in-het-adres', /^the receiver could not be reached \(ECONNREFUSED\)$/],
  ['has a name that nobody knows', 'http://kanarie-in-het-adres.invalid/', /^the receiver could not be reached \((ENOTFOUND|EAI_AGAIN)\)$/],
])('of a receiver that %s the outbox says why, without its address', async (_, url, words) => {
  await waiting(1)
  expect(await sendNotices(warehouse.db, webhook(url))).toBe(0)
  const [notice] = await outbox()
  expect(notice!.last_error).toMatch(words)
  expect(notice!.last_error).not.toContain('kanarie')
})

test('a connection that breaks off, or an answer without end, is no arrival', async () => {
  await waiting(2)
  const endless: Answer = (response) => {
    response.writeHead(200)
    const more = () => response.write('x'.repeat(64 * 1024)) && setImmediate(more)
    response.on('drain', more).on('error', () => {})
    more()
  }
  expect(await sendTo(await serve((_, { socket }) => socket.destroy(), endless))).toBe(0)
  expect((await outbox()).map((n) => n.last_error?.startsWith('the receiver could not be reached'))).toEqual([true, true])
})

test('of two workers that send at the same time each notice is sent by one', async () => {
  const ids = await waiting(20)
  const receiver = await serve((response) => setTimeout(() => response.writeHead(200).end(), 5))
  const hook = webhook(receiver.url)
  const sent = await Promise.all([sendNotices(warehouse.db, hook), sendNotices(warehouse.db, hook)])
  await receiver.close()
  expect(sent[0]! + sent[1]!).toBe(20)
  expect(receiver.seen.map(({ body }) => JSON.parse(body).id).sort((a, b) => a - b)).toEqual(ids)
})
