import { once } from 'node:events'
import { LosslessNumber } from 'lossless-json'
import { afterEach, describe, expect, test } from 'vitest'
import { SourceUnavailable, UnexpectedResponse } from '../../connectors/errors.js'
import type { HttpOptions, SourceHttp } from '../../connectors/http.js'
import { type Answer, json, type Loopback, probe, serve } from './loopback.js'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function source(options: Partial<HttpOptions>, ...answers: Answer[]): Promise<{ server: Loopback; http: SourceHttp }> {
  const server = await serve(...answers)
  const http = probe(`${server.url}/api/v1`, options)
  closing.push(() => http.close(), server.close)
  return { server, http }
}

describe('the records of one large answer', () => {
  const rows = Array.from({ length: 1234 }, (_, id) => ({ id, naam: `naam ${id} ë`, nest: { list: [1, { a: 2 }] } }))
  const all = async (http: SourceHttp, at?: string, exact = false) => {
    const chunks: object[][] = []
    for await (const chunk of http.records({ url: 'a', exact }, at)) chunks.push(chunk)
    return chunks
  }

  test('an array that is the body comes in chunks of at most 500, whole and in order', async () => {
    const { http } = await source({}, json(rows))
    const chunks = await all(http)
    expect(chunks.flat()).toEqual(rows)
    expect(Math.max(...chunks.map((chunk) => chunk.length))).toBeLessThanOrEqual(500)
  })

  test('an array inside the body is found by its path, whatever stands around it', async () => {
    const { http } = await source({}, json({ meta: [{ results: [{ no: 1 }] }], data: { other: rows, results: rows }, tail: { big: rows } }))
    expect((await all(http, 'data.results')).flat()).toEqual(rows)
  })

  test('a list that arrives byte by byte, packed and with exact numbers, is the same', async () => {
    const text = Buffer.from(`\uFEFF[{"a":1E+3,"naam":"Zoë € \\ud83d\\ude00 \\u0000"},{"a":-0}]`)
    const { http } = await source({}, async (response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      for (const byte of text) {
        response.write(Buffer.of(byte))
        await new Promise((resolve) => setImmediate(resolve))
      }
      response.end()
    })
    expect((await all(http, undefined, true)).flat()).toEqual([
      { a: new LosslessNumber('1E+3'), naam: 'Zoë € \u{1F600} \u0000' },
      { a: new LosslessNumber('-0') },
    ])
  })

  test('an empty array is a list without records; no array at all is an unexpected response', async () => {
    const { http } = await source(
      {},
      json([]),
      json({ results: [] }),
      json({ resultaten: [] }),
      json({ results: null }),
      json({ results: [1] }),
    )
    expect(await all(http)).toEqual([])
    expect(await all(http, 'results')).toEqual([])
    await expect(all(http, 'results')).rejects.toThrow(/there is no array at 'results'/)
    await expect(all(http, 'results')).rejects.toThrow(UnexpectedResponse)
    await expect(all(http, 'results')).rejects.toThrow(/an element of the array is not an object/)
  })

  test('a list that breaks off after some records will recover: it is read again', async () => {
    const half = JSON.stringify(rows).slice(0, 60_000)
    const ends: Answer[] = [
      (response) => response.writeHead(200, { 'content-type': 'application/json' }).end(half),
      (response) => {
        response.writeHead(200, { 'content-length': '999999' }).write(half, () => response.destroy())
      },
    ]
    const { http } = await source({}, ...ends)
    for (const _ of ends) {
      let seen = 0
      const reading = async () => {
        for await (const chunk of http.records({ url: 'a' })) seen += chunk.length
      }
      await expect(reading()).rejects.toThrow(SourceUnavailable)
      expect(seen).toBeGreaterThan(0)
    }
  })

  test('a record without end is refused at its limit, a list without end is not', async () => {
    const { http } = await source({ maxRecordBytes: 100_000, maxAnswerBytes: 1000 }, json(rows), json([{ naam: 'x'.repeat(1_000_000) }]))
    expect((await all(http)).flat()).toHaveLength(rows.length)
    await expect(all(http)).rejects.toThrow(/a record is larger than 100000 bytes/)
  })

  test('a source is not drained faster than its list is taken', async () => {
    const piece = `${JSON.stringify({ naam: 'x'.repeat(1000) })},`.repeat(100)
    let written = 0
    const { http } = await source({}, async (response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).write('[')
      const closed = once(response, 'close')
      while (written < 300 && !response.destroyed) {
        written += 1
        if (!response.write(piece)) await Promise.race([once(response, 'drain'), closed])
      }
      response.end('{}]')
    })
    const reading = http.records({ url: 'a' })[Symbol.asyncIterator]()
    await reading.next()
    const stalled = async () => {
      const before = written
      await new Promise((resolve) => setTimeout(resolve, 50))
      return before === written
    }
    await expect.poll(stalled).toBe(true)
    expect(written).toBeLessThan(200)
    let count = 0
    for (let next = await reading.next(); !next.done; next = await reading.next()) count += next.value.length
    expect(written).toBe(300)
    expect(count).toBeGreaterThan(10_000)
  })

  test('a reader that stops half way gives back its connection and its place', async () => {
    const { http, server } = await source({ budget: undefined }, json(rows))
    for await (const _ of http.records({ url: 'a' })) break
    expect((await http.request({ url: 'a' })).status).toBe(200)
    expect(server.seen).toHaveLength(2)
  })

  test('a reader that takes its time is not taken for a source that is silent', async () => {
    const { http } = await source({ idleTimeoutMs: 800 }, json(Array.from({ length: 20 }, () => rows).flat()))
    let seen = 0
    for await (const chunk of http.records({ url: 'a' })) {
      if (seen === 0) await new Promise((resolve) => setTimeout(resolve, 1200))
      seen += chunk.length
    }
    expect(seen).toBe(20 * rows.length)
  })
})
