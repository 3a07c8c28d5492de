import { createServer } from 'node:net'
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { SourceRefused, SourceUnavailable, UnexpectedResponse } from '../../connectors/errors.js'
import type { HttpOptions, SourceHttp } from '../../connectors/http.js'
import { httpDate, longestWaitMs, retryAfter, shortestWaitMs } from '../../connectors/retry-after.js'
import { type Answer, json, keptLog, type Loopback, probe, quickClock, serve } from './loopback.js'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function source(
  options: Partial<HttpOptions>,
  ...answers: Answer[]
): Promise<{ server: Loopback; http: SourceHttp; clock: ReturnType<typeof quickClock> }> {
  const server = await serve(...answers)
  const clock = quickClock()
  const http = probe(server.url, { clock, ...options })
  closing.push(() => http.close(), server.close)
  return { server, http, clock }
}

const failing = (status: number, headers: { [name: string]: string } = {}, body: unknown = {}): Answer => json(body, status, headers)
const reset: Answer = (response) => response.destroy()

describe('what passes by itself is tried again in place', () => {
  test.each([429, 500, 502, 503, 504, 408])('a %i and then an answer is an answer', async (status) => {
    const { http, server } = await source({}, failing(status), json({ ok: 1 }))
    expect((await http.request({ url: 'a' })).body).toEqual({ ok: 1 })
    expect(server.seen).toHaveLength(2)
  })

  test('a connection that breaks, before the answer or in the middle of it, is no failure yet', async () => {
    const { http } = await source(
      {},
      reset,
      (response) => response.writeHead(200, { 'content-length': '100' }).write('{"a":', () => response.destroy()),
      json({ ok: 1 }),
    )
    expect((await http.request({ url: 'a' })).body).toEqual({ ok: 1 })
  })

  test('JSON that breaks off half way is asked for again, and then an unexpected response', async () => {
    const { http, server } = await source({}, json('{"a":[1,2'), json('{"a":1}'), json('{"a":"1'))
    expect((await http.request({ url: 'a' })).body).toEqual({ a: 1 })
    await expect(http.request({ url: 'a' })).rejects.toThrow(UnexpectedResponse)
    expect(server.seen).toHaveLength(2 + 3)
  })

  test('the waits grow, and after four attempts the source is unavailable', async () => {
    const { http, server, clock } = await source({}, failing(503))
    await expect(http.request({ url: 'a' })).rejects.toThrow(/503.*out of order for now\. Tried 4 times\./)
    expect(server.seen).toHaveLength(4)
    expect(clock.slept).toEqual([250, 500, 1000])
  })

  test('jitter keeps each wait between half of its length and the whole', async () => {
    for (const random of [0, 0.5, 0.999]) {
      const { http, clock } = await source({}, failing(503), json({}))
      clock.random = () => random
      await http.request({ url: 'a' })
      expect(clock.slept[0]).toBeGreaterThanOrEqual(250)
      expect(clock.slept[0]).toBeLessThan(500)
    }
  })

  test('a 500 says its status, so that a page can be read around the record it fails on', async () => {
    const { http, server } = await source({}, failing(500))
    const error = await http.request({ url: 'a' }).catch((caught) => caught)
    expect(error).toBeInstanceOf(SourceUnavailable)
    expect(error.status).toBe(500)
    expect(server.seen).toHaveLength(2)
  })

  test('a source that sends nothing is given up after its idle time-out, and asked once more', async () => {
    const { http, server } = await source({ idleTimeoutMs: 50 }, () => undefined)
    await expect(http.request({ url: 'a' })).rejects.toThrow(/no byte came for the idle time-out/)
    expect(server.seen).toHaveLength(2)
  })

  test('a source that stops in the middle of a body is given up after its idle time-out', async () => {
    const { http } = await source({}, (response) => void response.writeHead(200).write('{"a":'))
    await expect(http.request({ url: 'a', idleTimeoutMs: 50 })).rejects.toThrow(SourceUnavailable)
  })

  test('a source that drips its answer is not, however long it takes', async () => {
    const { http } = await source({ idleTimeoutMs: 800 }, async (response) => {
      response.writeHead(200)
      for (const piece of ['{', '"a"', ':', '1', '}', ...' '.repeat(10)]) {
        response.write(piece)
        await new Promise((resolve) => setTimeout(resolve, 80))
      }
      response.end()
    })
    expect((await http.request({ url: 'a' })).body).toEqual({ a: 1 })
  })
})

describe('Retry-After', () => {
  test('a short one is waited for in place, and everyone who shares the budget waits', async () => {
    const { http, clock } = await source({}, failing(429, { 'retry-after': '7' }), json({ ok: 1 }))
    expect((await http.request({ url: 'a' })).body).toEqual({ ok: 1 })
    expect(clock.slept).toEqual([7000])
  })

  test('a long one is not: the error says when to come back, and the next request is not sent before', async () => {
    const { http, server, clock } = await source({}, failing(429, { 'retry-after': '600' }), json({ ok: 1 }))
    for (let i = 0; i < 2; i += 1) {
      const error = await http.request({ url: 'a' }).catch((caught) => caught)
      expect(error).toBeInstanceOf(SourceUnavailable)
      expect(error.retryAt).toEqual(new Date('2026-11-25T12:10:00Z'))
    }
    expect(server.seen).toHaveLength(1)
    clock.set('2026-11-25T12:10:00Z')
    expect((await http.request({ url: 'a' })).body).toEqual({ ok: 1 })
  })

  const now = new Date('2026-11-25T12:00:00Z')
  test.each([
    ['120', 120_000],
    ['1.5', 1500],
    ['0', 1000],
    ['-5', 1000],
    ['999999999999999999999', longestWaitMs],
    ['Wed, 25 Nov 2026 12:00:30 GMT', 30_000],
    ['Wednesday, 25-Nov-26 12:00:30 GMT', 30_000],
    ['Wed Nov 25 12:00:30 2026', 30_000],
    ['Wed, 25 Nov 2020 12:00:30 GMT', 1000],
    ['Wed, 25 Nov 2099 12:00:30 GMT', longestWaitMs],
  ])('%s means a wait of %i ms', (text, waitMs) => {
    expect(retryAfter(text, now)!.getTime() - now.getTime()).toBe(waitMs)
  })

  test.each(['soon', '5 apples', '', '1e3', '0x10', 'NaN', '2026-11-25T12:00:30Z', undefined])('%s says nothing', (text) => {
    expect(retryAfter(text, now)).toBeUndefined()
  })

  test('nonsense is waited for as if it were absent', async () => {
    const { http, clock } = await source({}, failing(503, { 'retry-after': 'when it is done' }), json({ ok: 1 }))
    await http.request({ url: 'a' })
    expect(clock.slept).toEqual([250])
  })

  test('a date counts from the clock of the source, so that a clock that is off does not', () => {
    expect(retryAfter('Wed, 25 Nov 2026 13:00:30 GMT', now, 'Wed, 25 Nov 2026 13:00:00 GMT')!.getTime() - now.getTime()).toBe(30_000)
  })

  test('whatever the header says, the wait is between a second and a day', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.double().map(String),
          fc.integer().map(String),
          fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
        ),
        (text) => {
          const wait = (retryAfter(text, now)?.getTime() ?? now.getTime() + shortestWaitMs) - now.getTime()
          return wait >= shortestWaitMs && wait <= longestWaitMs
        },
      ),
    )
  })

  test('every HTTP date is read as its moment', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true }),
        (date) => httpDate(date.toUTCString()) === Math.floor(date.getTime() / 1000) * 1000,
      ),
    )
  })
})

describe('what a person has to mend is said at once', () => {
  const zgw = { authentication: { by: 'zgw' }, credentials: (field: string) => `${field}-geheim` } as const

  test('a 401 names the settings of the credential, not their values', async () => {
    const { http, server } = await source(zgw, failing(401, { date: 'Wed, 25 Nov 2026 12:00:00 GMT' }, { code: 'not_authenticated' }))
    const error = await http
      .of({ stream: 'zaken' })
      .request({ url: 'zaken', params: { page: 7 } })
      .catch((caught) => caught)
    expect(error).toBeInstanceOf(SourceRefused)
    expect(error.message).toBe(
      `source 'probe', stream 'zaken', GET ${server.url}/zaken?page=7: 401 (not_authenticated). ` +
        'The source does not accept what is in GEMAAL_PROBE_CLIENT_ID and GEMAAL_PROBE_SECRET. Check it, or request a new one from the administrator of the source.',
    )
    expect(server.seen).toHaveLength(1)
  })

  test('a 403 for the time in a token names the clock and how far it is off', async () => {
    const { http } = await source(zgw, failing(403, { date: 'Wed, 25 Nov 2026 11:51:40 GMT' }, { code: 'jwt-expired' }))
    await expect(http.request({ url: 'a' })).rejects.toThrow('The clock of this machine is 500 s ahead of that of the source')
    const { http: behind } = await source(zgw, failing(403, { date: 'Wed, 25 Nov 2026 13:00:00 GMT' }, { code: 'permission_denied' }))
    await expect(behind.request({ url: 'a' })).rejects.toThrow('The clock of this machine is 3600 s behind that of the source')
  })

  test('a 403 for the time while the clocks agree points at how long a token lives', async () => {
    const { http } = await source(zgw, failing(403, { date: 'Wed, 25 Nov 2026 12:00:01 GMT' }, { code: 'jwt-expired' }))
    await expect(http.request({ url: 'a' })).rejects.toThrow(/the clocks differ by 1 s.*how long the source lets a token live/)
  })

  test('an error of FSC is the outway speaking: its 404 is never a record that is gone', async () => {
    const { http } = await source(
      {},
      failing(404, { 'fsc-error-code': 'ERROR_CODE_SERVICE_NOT_FOUND' }),
      failing(403, { 'fsc-error-code': 'ACCESS_DENIED' }),
      failing(540, { 'fsc-error-code': 'ERROR_CODE_ACCESS_TOKEN_MISSING' }),
      failing(540, { 'fsc-error-code': 'SERVICE_UNREACHABLE' }),
    )
    await expect(http.request({ url: 'a', accept: [404] })).rejects.toThrow(
      /404.*FSC says ERROR_CODE_SERVICE_NOT_FOUND\. Check the grant in Fsc-Grant-Hash/,
    )
    await expect(http.request({ url: 'a', accept: [403] })).rejects.toThrow(SourceRefused)
    await expect(http.request({ url: 'a' })).rejects.toThrow(SourceRefused)
    await expect(http.request({ url: 'a' })).rejects.toThrow(SourceUnavailable)
  })

  test('an address without a server says what to check', async () => {
    const closed = createServer()
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve))
    const { port } = closed.address() as { port: number }
    await new Promise((resolve) => closed.close(resolve))
    await expect(probe(`http://127.0.0.1:${port}`).request({ url: 'a' })).rejects.toThrow(
      /refuses the connection.*baseUrl in sources\/probe\.yaml/,
    )
    await expect(probe('http://bestaat-niet.invalid').request({ url: 'a' })).rejects.toThrow(
      /the name bestaat-niet\.invalid is not known.*Check baseUrl/,
    )
  })

  test('something else than HTTP behind the address is refused', async () => {
    const server = createServer((socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    closing.push(() => server.close())
    await expect(probe(`http://127.0.0.1:${(server.address() as { port: number }).port}`).request({ url: 'a' })).rejects.toThrow(
      /something else than HTTP/,
    )
  })

  test('a server that takes no connection is given up after the time for it', async () => {
    // TEST-NET-1 (RFC 5737) is routed nowhere; a network that says so at once is as good.
    const http = probe('http://192.0.2.1', { connectTimeoutMs: 50 })
    await expect(http.request({ url: 'a' })).rejects.toThrow(SourceUnavailable)
  })

  test('a credential that cannot stand in a header is named as that, and not shown', async () => {
    const { http } = await source({ authentication: { by: 'bearer' }, credentials: () => 'geheim\n123' }, json({}))
    const error = await http.request({ url: 'a' }).catch((caught) => caught)
    expect(error).toBeInstanceOf(SourceRefused)
    expect(error.message).toContain('GEMAAL_PROBE_TOKEN holds a character that cannot be sent')
    expect(JSON.stringify([error, error.message, error.stack, error.cause])).not.toContain('geheim')
  })
})

describe('other answers', () => {
  test('a status that the caller names comes back with its body, others are unexpected', async () => {
    const { http } = await source({}, failing(404, {}, { code: 'not_found' }))
    expect(await http.request({ url: 'a', accept: [404] })).toMatchObject({ status: 404, body: { code: 'not_found' } })
    const error = await http.request({ url: 'a', accept: [410] }).catch((caught) => caught)
    expect(error).toBeInstanceOf(UnexpectedResponse)
    expect(error.status).toBe(404)
    expect(error.message).toContain('404 (not_found)')
  })

  test('a page of HTML is no 404 of a record, also where a 404 is accepted', async () => {
    const { http } = await source({}, (response) =>
      response.writeHead(404, { 'content-type': 'text/html; charset=utf-8' }).end('<h1>Not Found</h1>'),
    )
    await expect(http.request({ url: 'a', accept: [404] })).rejects.toThrow(/404.*HTML page/)
  })

  test('a 400 names the parameters that were refused and the urn to quote', async () => {
    const body = {
      code: 'invalid',
      title: 'Zoë de Vries',
      detail: '123456782',
      instance: 'urn:uuid:5f2a0b0e-7c5d-4a1b-9d59-0c8b5a7a3f10',
      invalidParams: [{ name: 'pagesize', code: 'unknown-parameters', reason: 'Zoë' }],
    }
    const { http } = await source({}, failing(400, {}, body))
    await expect(http.request({ url: 'a' })).rejects.toThrow(
      '400 (invalid, pagesize unknown-parameters, urn:uuid:5f2a0b0e-7c5d-4a1b-9d59-0c8b5a7a3f10)',
    )
  })

  test.each([
    ['OData', { error: { code: 'NotFound', message: 'Zoë' } }, 'NotFound'],
    ['OAuth2', { error: 'invalid_request', error_description: 'Zoë' }, 'invalid_request'],
    ['CKAN', { success: false, error: { __type: 'Validation', q: ['Zoë'] } }, 'Validation'],
  ])('the code of an error in the way of %s is found', async (_, body, code) => {
    const { http } = await source({}, failing(400, {}, body))
    await expect(http.request({ url: 'a' })).rejects.toThrow(`400 (${code}).`)
  })

  test('an error of megabytes with persons in it is cut, and nothing of it is in the error or the log', async () => {
    const log = keptLog()
    const canary = '999990019'
    const body = JSON.stringify({
      code: `bsn ${canary}`,
      detail: canary,
      instance: `urn:bsn ${canary}`,
      invalidParams: [{ name: canary, code: canary }],
      fill: canary.repeat(500_000),
    })
    const small = JSON.stringify({ code: canary, title: canary, invalidParams: [{ name: `bsn-${canary}` }] })
    const { http } = await source({ log }, failing(400, {}, body), failing(400, {}, small), failing(503, {}, small), failing(404, {}, body))
    for (const accept of [[], [], [], [404]]) {
      const outcome = await http
        .request({ url: `personen/${canary}`, params: { bsn: canary, [canary]: 'x' }, accept })
        .catch((caught) => caught)
      if (outcome instanceof Error)
        expect(`${outcome.message} ${outcome.stack} ${JSON.stringify(outcome.cause ?? {})}`).not.toContain(canary)
    }
    expect(log.lines.join('\n')).not.toContain(canary)
    expect(log.lines.join('\n')).toContain('personen/…?…=…&bsn=…')
  })
})
