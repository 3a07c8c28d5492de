import { describe, expect, test } from 'vitest'
import type { Cursor, Pages } from '../../connectors/connector.js'
import { CheckpointExpired, SourceRefused, SourceUnavailable, UnexpectedResponse } from '../../connectors/errors.js'
import { json, probe, serveBy } from './loopback.js'
import { closing, ids, list, offset, pageNumber, type Row, read, rows } from './served-list.js'

describe('a list that is asked for by POST', () => {
  /** A server that pages by what is posted. */
  async function posted(all: Row[], clamp = 100) {
    const bodies: { page?: { from?: number; size?: number }; filter?: object; query?: string }[] = []
    const server = await serveBy((response, request) => {
      const body = JSON.parse(request.body)
      bodies.push(body)
      const { from, size } = body.page as { from: number; size: number }
      return json({ results: all.slice(from, from + Math.min(size, clamp)) })(response, request)
    })
    const http = probe(server.url)
    closing.push(() => http.close(), server.close)
    return { http, server, bodies }
  }
  const pages = { by: 'offset', records: 'results', param: 'page.from', size: { param: 'page.size', value: 10 } } as const

  test('has place and size in its body, beside what the connector puts there, and nothing in its address', async () => {
    const { http, server, bodies } = await posted(rows(13))
    const body = { filter: { soort: 'open' }, page: { sort: 'id' }, query: '{ rows { id } }' }
    expect(ids(await read(http, pages, { method: 'POST', body, params: { v: 2 } }))).toHaveLength(13)
    expect(bodies.map(({ page }) => page)).toEqual([0, 10, 13].map((from) => ({ from, size: 10, sort: 'id' })))
    expect(bodies[0]).toMatchObject({ filter: { soort: 'open' }, query: '{ rows { id } }' })
    expect(new Set(server.seen.map(({ method, url }) => `${method} ${url}`))).toEqual(new Set(['POST /rows?v=2']))
    expect(body.page).toEqual({ sort: 'id' })
  })

  test('steps by what came, and goes on from every cursor', async () => {
    const { http } = await posted(rows(13), 4)
    const whole = await read(http, pages, { method: 'POST' })
    expect(ids(whole)).toEqual(rows(13).map(({ id }) => id))
    expect(ids(await read(http, pages, { method: 'POST' }, whole[1]!.cursor))).toEqual([8, 9, 10, 11, 12])
  })

  test('posts its body to the next link too, since that has the address only', async () => {
    const sizes: unknown[] = []
    const server = await serveBy((response, request, turn) => {
      sizes.push(JSON.parse(request.body))
      return json({ results: rows(2, turn * 2), next: turn < 2 ? `/rows?page=${turn + 2}` : null })(response, request)
    })
    const http = probe(server.url)
    closing.push(() => http.close(), server.close)
    const links = { by: 'nextLink', records: 'results', next: 'next', size: { param: 'pageSize', value: 500 } } as const
    await read(http, links, { method: 'POST', body: { zaaktype: 'x' } })
    expect(sizes).toEqual(Array(3).fill({ zaaktype: 'x', pageSize: 500 }))
    expect(server.seen.map(({ url }) => url)).toEqual(['/rows', '/rows?page=2', '/rows?page=3'])
  })
})

describe('the sign that there is more', () => {
  // As ArcGIS does it: a server that looks through so many rows and then leaves out those that we may not see.
  const more = { body: 'exceededTransferLimit' } as const
  const features = { by: 'offset', records: 'features', param: 'resultOffset', size: { param: 'n', value: 10 }, more } as const

  test('goes on behind a page without records', async () => {
    const { http, server } = await list((query) => {
      const from = query('resultOffset')
      const nothing = (from >= 10 && from < 30) || from >= 40
      return { body: { features: nothing ? [] : rows(10, from), ...(from < 40 ? { exceededTransferLimit: true } : {}) } }
    })
    expect(new Set(ids(await read(http, features)))).toEqual(new Set([...rows(10), ...rows(10, 30)].map(({ id }) => id)))
    expect(server.seen.length).toBeLessThan(8)
  })

  test('ends the list where it is there and says no, without one more request', async () => {
    const { http, server } = await list((query) => ({
      body: { features: rows(10, query('resultOffset')), exceededTransferLimit: query('resultOffset') < 10 },
    }))
    expect(ids(await read(http, features))).toHaveLength(20)
    expect(server.seen).toHaveLength(2)
  })

  test('is an error on a page that leads nowhere: the list would pass for whole', async () => {
    const { http } = await list(() => ({ body: rows(10), status: 206 }))
    const signed = { more: { status: 206 } } as const
    for (const pages of [
      { by: 'nextLink', next: 'x-next-page-url', header: true, ...signed },
      { by: 'cursorToken', param: 'after', token: 'x-token', header: true, ...signed },
    ] as const)
      await expect(read(http, pages)).rejects.toThrow(/says that there is more, and does not lead there/)
  })

  test('and a server that ignores the offset are stopped at the repeat of the first page', async () => {
    const { http, server } = await list(() => ({ body: rows(10), status: 206 }))
    await expect(
      read(http, { by: 'offset', param: 'start', size: { param: 'page_size', value: 100 }, more: { status: 206 } }),
    ).rejects.toThrow(/start=10: this page repeats the one before it/)
    expect(server.seen).toHaveLength(2)
  })
})

describe('answers that are no page', () => {
  test.each<[string, unknown, Pages]>([
    ['an object where a list was expected', { results: {} }, pageNumber],
    ['no list at the place', { resultaten: [] }, pageNumber],
    ['a list where an object was expected', rows(3), pageNumber],
    ['an object that is not a list', { results: rows(3) }, { by: 'single', total: 'count' }],
    ['nothing', '', pageNumber],
  ])('%s is an unexpected response, not a list without rows', async (_, body, pages) => {
    const { http } = await list(() => ({ body }))
    await expect(read(http, pages)).rejects.toThrow(/there is no list at 'results'|the body is not a list/)
  })

  test('an element that is no object is unreadable; its neighbours are read and counted on', async () => {
    const { http } = await list((query) => ({ body: { results: query('start') === 0 ? [{ id: 1 }, null, 'x', { id: 2 }] : [] } }))
    const [page] = await read(http, offset)
    expect(page).toMatchObject({
      records: [{ id: 1 }, { id: 2 }],
      unreadable: [
        { key: null, reason: 'element 2 of the page is not an object' },
        { key: null, reason: 'element 3 of the page is not an object' },
      ],
    })
    expect(JSON.parse(page!.cursor!)).toMatchObject({ offset: 4 })
  })

  test('a status means what the connector says', async () => {
    const { http } = await list((_, url) => ({ body: {}, status: Number(url.searchParams.get('status')) }))
    const onAnswer = [
      { status: 404, means: 'empty' },
      { status: 410, means: 'expired' },
      { status: 409, means: 'unavailable' },
      { status: 451, means: 'refused' },
    ] as const
    const at = (status: number) => read(http, pageNumber, { params: { status }, onAnswer })
    expect(await at(404)).toMatchObject([{ records: [] }])
    await expect(at(410)).rejects.toThrow(CheckpointExpired)
    await expect(at(409)).rejects.toThrow(SourceUnavailable)
    await expect(at(451)).rejects.toThrow(SourceRefused)
    await expect(at(418)).rejects.toThrow(UnexpectedResponse)
  })

  test('a status means the same for a list that is one answer', async () => {
    const { http } = await list((_, url) => ({ body: {}, status: Number(url.searchParams.get('status')) }))
    const at = (status: number) =>
      read(
        http,
        { by: 'single' },
        {
          params: { status },
          onAnswer: [
            { status: 404, means: 'empty' },
            { status: 410, means: 'expired' },
          ],
        },
      )
    expect(await at(404)).toEqual([])
    await expect(at(410)).rejects.toThrow(CheckpointExpired)
    await expect(at(418)).rejects.toThrow(UnexpectedResponse)
  })

  test('an answer that says in its body that it failed is no page, whatever its status', async () => {
    const { http } = await list((_, url) => ({ body: { success: false, soort: url.searchParams.get('soort'), results: [] } }))
    const onAnswer = [
      { body: 'soort', is: ['druk', 'later'], means: 'unavailable' },
      { body: 'success', is: 'false', means: 'refused' },
    ] as const
    await expect(read(http, pageNumber, { params: { soort: 'later' }, onAnswer })).rejects.toThrow(SourceUnavailable)
    await expect(read(http, pageNumber, { params: { soort: 'nee' }, onAnswer })).rejects.toThrow(SourceRefused)
  })

  test('a failure that passes is tried again in place', async () => {
    const { http, server } = await list((query, _, turn) =>
      turn === 1
        ? { body: { success: false } }
        : { body: { success: true, results: query('page') === 1 ? rows(3) : [] }, headers: { 'x-storing': turn === 2 ? 'ja' : '' } },
    )
    const onAnswer = [
      { body: 'success', is: 'false', means: 'unavailable' },
      { header: 'X-Storing', means: 'unavailable' },
    ] as const
    expect(ids(await read(http, pageNumber, { onAnswer }))).toEqual([0, 1, 2])
    expect(server.seen).toHaveLength(4)
  })

  test('a status that a rule is about keeps its own meaning where the rule does not hold', async () => {
    const { http } = await list((_, url) => ({ body: { code: url.searchParams.get('code') }, status: 403 }))
    const onAnswer = [{ status: 403, body: 'code', is: 'REQUEST_LIMIT_EXCEEDED', means: 'unavailable' }] as const
    const at = (pages: Pages, code: string) => read(http, pages, { params: { code }, onAnswer })
    for (const pages of [pageNumber, { by: 'single' }] as const) {
      await expect(at(pages, 'REQUEST_LIMIT_EXCEEDED')).rejects.toThrow(SourceUnavailable)
      await expect(at(pages, 'NO_ACCESS')).rejects.toThrow(/403 \(NO_ACCESS\)/)
    }
  })

  test('a token that ended, said in the body of a 200, is replaced once and the page asked for again', async () => {
    let given = 0
    const server = await serveBy((response, request) => {
      if (request.url === '/token') return json({ access_token: `token-${++given}` })(response, request)
      const ended = request.headers.authorization === 'Bearer token-1'
      return json(ended ? { error: { code: 498, message: 'geheim' } } : { features: rows(3) })(response, request)
    })
    const http = probe(server.url, { authentication: { by: 'oauth2', tokenPath: '/token' }, credentials: () => 'x' })
    closing.push(() => http.close(), server.close)
    const onAnswer = [
      { body: 'error.code', is: ['498', '499'], means: 'renew' },
      { body: 'error', means: 'refused' },
    ] as const
    expect(ids(await read(http, { by: 'single', records: 'features' }, { onAnswer }))).toEqual([0, 1, 2])
    expect(given).toBe(2)

    const { http: never } = await list(() => ({ body: { error: { code: 498, message: 'geheim' } } }))
    const error = await read(never, { by: 'single', records: 'features' }, { onAnswer }).catch((caught) => caught)
    expect(error).toBeInstanceOf(SourceRefused)
    expect(error.message).not.toContain('geheim')
  })

  test('a status that is no error can have a meaning too, also for a list that is one answer', async () => {
    const { http } = await list((_, url) => ({ body: { melding: 'wordt gemaakt' }, status: Number(url.searchParams.get('status')) }))
    const onAnswer = [
      { status: 202, means: 'unavailable' },
      { status: 203, means: 'empty' },
    ] as const
    for (const pages of [pageNumber, { by: 'single', records: 'results' }] as const) {
      await expect(read(http, pages, { params: { status: 202 }, onAnswer })).rejects.toThrow(SourceUnavailable)
      expect(ids(await read(http, pages, { params: { status: 203 }, onAnswer }))).toEqual([])
    }
  })

  test('an answer without content is a page without records', async () => {
    const { http } = await list(() => ({ body: '', status: 204 }))
    for (const pages of [pageNumber, offset, { by: 'single' }, { by: 'nextLink', next: 'next' }] as const)
      expect(ids(await read(http, pages))).toEqual([])
  })

  test('a cursor of another form of paging is refused', async () => {
    const { http } = await list(() => ({ body: { results: [] } }))
    await expect(read(http, pageNumber, {}, '{"offset":4}' as Cursor)).rejects.toThrow(/cursor of an earlier attempt/)
    await expect(read(http, pageNumber, {}, 'nonsense' as Cursor)).rejects.toThrow(UnexpectedResponse)
  })

  test('a cursor that is too long to keep is left out', async () => {
    const { http } = await list((_, __, turn) => ({
      body: { results: rows(1, turn), next: turn === 0 ? `/rows?q=${'x'.repeat(9000)}` : null },
    }))
    const pages = await read(http, { by: 'nextLink', records: 'results', next: 'next' })
    expect(pages.map(({ cursor }) => cursor !== undefined)).toEqual([false, true])
  })
})
