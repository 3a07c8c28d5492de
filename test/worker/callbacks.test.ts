import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Notificatie } from '../../connectors/notificaties.js'
import { serveCallbacks } from '../../worker/callbacks.js'
import type { Serving } from '../../worker/serving.js'
import { keptLog } from '../connectors/loopback.js'
import { messageOf } from '../sources/notificaties/server.js'

const secret = 'een-geheim-van-de-bron'
const zaak = 'https://open-zaak.waterdam.example/zaken/api/v1/zaken/0b1f1e4e-6f0e-4f61-8d5c-0e9a4e0e5a11'

const log = keptLog()
let callbacks: Serving
let taken: [source: string, message: Notificatie][] = []
let full = false
beforeAll(async () => {
  callbacks = await serveCallbacks({
    port: 0,
    log,
    async receiverOf(source) {
      if (source !== 'open-zaak') return undefined
      return {
        secret,
        async take(message) {
          if (full) throw new Error(`the disk is full, and ${message.hoofdObject} is lost`)
          taken.push([source, message])
        },
      }
    },
  })
})
afterAll(() => callbacks.close())
beforeEach(() => {
  taken = []
  full = false
})

interface Call {
  path?: string
  method?: string
  authorization?: string | undefined
  body?: string
}

async function call(given: Call = {}): Promise<number> {
  const { path = '/notificaties/open-zaak', method = 'POST', authorization, body } = { authorization: secret, ...given }
  const url = `http://127.0.0.1:${callbacks.port}${path}`
  const sent = method === 'GET' ? {} : { body: body ?? JSON.stringify(messageOf('zaken', zaak, 'status', `${zaak}/x`, 'create')) }
  const { status } = await fetch(url, { method, headers: authorization === undefined ? {} : { authorization }, ...sent })
  return status
}

test('a message with the secret of its source is kept, and answered with 204', async () => {
  expect(await call()).toBe(204)
  const { aanmaakdatum: _, ...message } = messageOf('zaken', zaak, 'status', `${zaak}/x`, 'create')
  expect(taken).toEqual([['open-zaak', message]])
})

test.each<[why: string, call: Call]>([
  ['without Authorization', { authorization: undefined, body: '{}' }],
  ['with another secret', { authorization: `${secret}x` }],
  ['with a part of the secret', { authorization: secret.slice(0, -1) }],
  ['for a source that is not there', { path: '/notificaties/bestaat-niet' }],
])('a call %s is 401 and keeps nothing', async (_, given) => {
  expect(await call(given)).toBe(401)
  expect(taken).toEqual([])
})

test('the message by which an abonnement is tried is answered and means nothing', async () => {
  const body = JSON.stringify(messageOf('test', 'https://example.com/1', 'test', 'https://example.com/1', 'create'))
  expect(await call({ body })).toBe(204)
  expect(taken).toEqual([])
})

test('what is no message is 400, and what is too large 413', async () => {
  expect(await call({ body: 'geen json' })).toBe(400)
  expect(await call({ body: '{"kanaal":"zaken"}' })).toBe(400)
  expect(
    await call({ body: JSON.stringify({ ...messageOf('zaken', zaak, 'zaak', zaak, 'create'), kenmerken: { x: 'x'.repeat(70_000) } }) }),
  ).toBe(413)
  expect(taken).toEqual([])
})

test('other paths and methods are not there', async () => {
  expect(await call({ path: '/' })).toBe(404)
  expect(await call({ path: '/notificaties/open-zaak/meer' })).toBe(404)
  expect(await call({ method: 'GET' })).toBe(405)
})

test('a message that cannot be kept is asked for again, and nothing of it is in the log', async () => {
  full = true
  expect(await call()).toBe(503)
  expect(log.lines.join('\n')).toContain('could not be kept')
  expect(log.lines.join('\n')).not.toContain(zaak)
})
