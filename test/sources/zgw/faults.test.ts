import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ask, askPage, tokenFor } from './asking.js'
import type { Fault } from './behaviours.js'
import { startZgw, type ZgwServer } from './server.js'

const zaken = '/zaken/api/v1/zaken'
const documents = '/zaken/api/v1/zaakinformatieobjecten'

describe('faults of the ZGW server', () => {
  let server: ZgwServer
  beforeAll(async () => {
    server = await startZgw({ zaken: 300 })
  })
  afterEach(() => server.reset())
  afterAll(() => server.stop())

  /** The bytes of an answer, since a client that reads text hides its encoding. */
  async function bytesOf(path: string): Promise<{ bytes: Buffer; type: string | null }> {
    const answer = await fetch(server.url + path, { headers: { Authorization: `Bearer ${tokenFor(server)}`, 'Accept-Crs': 'EPSG:4326' } })
    return { bytes: Buffer.from(await answer.arrayBuffer()), type: answer.headers.get('content-type') }
  }

  it('a gateway without a server answers 502 with a page of HTML', async () => {
    server.fail({ fault: { kind: 'gateway' } })
    const { status, headers, text } = await ask(server, zaken)
    expect([status, headers.get('content-type')]).toEqual([502, 'text/html; charset=utf-8'])
    expect(text).toContain('502 Bad Gateway')
  })

  it.each(['2', '0.5', 'Wed, 25 Nov 2026 12:00:00 GMT', '-3', '99999999999', 'straks'])(
    '429 carries Retry-After: %s as it is',
    async (retryAfter) => {
      server.fail({ fault: { kind: 'tooMany', retryAfter } })
      const { status, headers } = await ask(server, zaken)
      expect([status, headers.get('retry-after')]).toEqual([429, retryAfter])
    },
  )

  it('429 can come without Retry-After', async () => {
    server.fail({ fault: { kind: 'tooMany' } })
    const { status, headers } = await ask(server, zaken)
    expect([status, headers.get('retry-after')]).toEqual([429, null])
  })

  it('a gateway lets through so many requests in a period, and no more', async () => {
    server.behave({ rate: { requests: 2, perMs: 600_000, retryAfter: '7' } })
    const statuses = [await ask(server, zaken), await ask(server, zaken), await ask(server, zaken)].map(({ status }) => status)
    expect(statuses).toEqual([200, 200, 429])
  })

  it.each([zaken, documents])('a connection breaks off in the middle of %s', async (path) => {
    server.fail({ fault: { kind: 'reset' } })
    await expect(ask(server, path)).rejects.toThrow()
    expect(server.requests().map(({ status }) => status)).toEqual([0])
    expect((await ask(server, path)).status).toBe(200)
  })

  it('JSON stops half way in an answer that is whole by its length', async () => {
    const whole = (await bytesOf(`${zaken}?pageSize=10`)).bytes.toString()
    server.fail({ fault: { kind: 'truncated' } })
    const cut = (await bytesOf(`${zaken}?pageSize=10`)).bytes.toString()
    expect(whole.startsWith(cut)).toBe(true)
    expect(cut.length).toBeLessThan(whole.length)
  })

  it('a right body can have a wrong content type', async () => {
    server.fail({ fault: { kind: 'contentType', contentType: 'text/plain' } })
    const { headers, body } = await ask(server, zaken)
    expect(headers.get('content-type')).toBe('text/plain')
    expect(body).toMatchObject({ count: 300 })
  })

  const encodings: [Extract<Fault, { kind: 'encoding' }>['encoding'], (bytes: Buffer) => string][] = [
    ['utf8-bom', (bytes) => bytes.subarray(3).toString('utf8')],
    ['utf16le', (bytes) => bytes.toString('utf16le')],
    ['latin1', (bytes) => bytes.toString('latin1')],
  ]
  it.each(encodings)('a right text can come as %s, under the same content type', async (encoding, decode) => {
    const plain = await bytesOf(`${zaken}?pageSize=1`)
    server.fail({ fault: { kind: 'encoding', encoding } })
    const { bytes, type } = await bytesOf(`${zaken}?pageSize=1`)
    expect(type).toBe('application/json')
    expect(decode(bytes)).toBe(plain.bytes.toString('utf8'))
  })

  it('an error can be megabytes, with persons in it', async () => {
    server.fail({ fault: { kind: 'hugeError', status: 500, bytes: 2_000_000 } })
    const { status, text } = await ask(server, zaken)
    expect(status).toBe(500)
    expect(text.length).toBeGreaterThan(2_000_000)
    expect(server.personalValues().some((value) => text.includes(value))).toBe(true)
  })

  it('a server that says nothing holds a request until it stops', async () => {
    const silent = await startZgw({ zaken: 10 })
    silent.fail({ fault: { kind: 'silence' } })
    const asked = ask(silent, zaken).then(
      () => 'answered',
      () => 'cut off',
    )
    await expect.poll(() => silent.requests().length).toBe(1)
    await silent.stop()
    expect(await asked).toBe('cut off')
  })

  it('a fault is for the requests that match, after so many, so many times', async () => {
    server.fail({ list: 'zaken', fault: { kind: 'status', status: 503 }, after: 1, times: 2 })
    const statuses: number[] = []
    for (const path of [zaken, documents, zaken, `${zaken}?page=2`, zaken]) statuses.push((await ask(server, path)).status)
    expect(statuses).toEqual([200, 200, 503, 503, 200])
  })

  it('a fault can be for a part of an address', async () => {
    server.fail({ on: 'page=2', fault: { kind: 'status', status: 500 }, times: 9 })
    expect((await ask(server, zaken)).status).toBe(200)
    expect((await ask(server, `${zaken}?page=2`)).status).toBe(500)
  })

  describe('one bad record', () => {
    it('makes each page that holds it 500, and itself, and no other', async () => {
      const { uuid } = server.snapshot().zaken[150]!
      server.breakRecord(uuid as string)
      const statuses: number[] = []
      for (const path of ['?page=1', '?page=2', '?page=3', `/${uuid}`, '?page=151&pageSize=1', '?page=150&pageSize=1'])
        statuses.push((await ask(server, zaken + path)).status)
      expect(statuses).toEqual([200, 500, 200, 500, 500, 200])
    })

    it('makes a bare array 500 as a whole', async () => {
      server.breakRecord(server.snapshot().zaakinformatieobjecten[7]!.uuid as string)
      expect((await ask(server, documents)).status).toBe(500)
    })

    it('makes a page 500 that shows it along', async () => {
      const { uuid, zaak } = server.snapshot().rollen[0]!
      server.breakRecord(uuid as string)
      const page = `${zaken}?identificatie=${server.snapshot().zaken.find(({ url }) => url === zaak)!.identificatie}`
      expect((await ask(server, page)).status).toBe(200)
      expect((await ask(server, `${page}&expand=rollen`)).status).toBe(500)
    })

    it('can be mended', async () => {
      const { uuid } = server.snapshot().zaken[0]!
      server.breakRecord(uuid as string)
      server.mendRecord(uuid as string)
      expect((await ask(server, zaken)).status).toBe(200)
    })
  })

  it('texts hold NUL and half of a pair as a source may', async () => {
    const { uuid } = server.snapshot().zaken[0]!
    const toelichting = 'voor\u0000na \ud83d halverwege'
    server.changeZaak(uuid as string, { toelichting })
    const { text, body } = await ask(server, `${zaken}/${uuid}`)
    expect(text).toContain('voor\\u0000na \\ud83d halverwege')
    expect(body).toMatchObject({ toelichting })
  })

  it('compression is asked for in vain', async () => {
    const { headers } = await ask(server, zaken, { headers: { 'Accept-Encoding': 'gzip' } })
    expect(headers.get('content-encoding')).toBeNull()
  })

  it('an old server knows no size of a page and no expand', async () => {
    server.behave({ knowsPageSize: false, knowsExpand: false })
    expect((await ask(server, `${zaken}?pageSize=500`)).status).toBe(400)
    expect((await ask(server, `${zaken}?expand=status`)).status).toBe(400)
    expect((await askPage(server, zaken)).results).toHaveLength(100)
  })

  it('a gateway lets no POST through', async () => {
    server.behave({ knowsZoek: false })
    expect((await ask(server, `${zaken}/_zoek`, { method: 'POST', body: { uuid__in: [] } })).status).toBe(405)
  })

  it('reset leaves nothing of it', async () => {
    server.fail({ fault: { kind: 'gateway' }, times: 9 })
    server.behave({ fuzzyCounts: true, knowsExpand: false })
    server.grant([])
    server.reset()
    const page = await askPage(server, `${zaken}?expand=status&pageSize=1`)
    expect([page.count, page.countExact]).toEqual([300, undefined])
    expect(server.requests()).toHaveLength(1)
  })
})
