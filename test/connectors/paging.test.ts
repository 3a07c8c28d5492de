import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import type { Cursor, Page, Pages } from '../../connectors/connector.js'
import { CheckpointExpired, SourceRefused, SourceUnavailable, UnexpectedResponse } from '../../connectors/errors.js'
import type { SourceHttp } from '../../connectors/http.js'
import { type Listing, readPages } from '../../connectors/paging.js'
import { json, type Loopback, probe, serveBy } from './loopback.js'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

type Row = { id: number }
type Query = (name: string, otherwise?: number) => number

/** A server whose answer follows from the parameters of the request. */
async function list(
  answer: (query: Query, url: URL, turn: number) => { body: unknown; status?: number; headers?: { [name: string]: string } },
): Promise<{ http: SourceHttp; server: Loopback }> {
  const server = await serveBy((response, request, turn) => {
    const url = new URL(request.url, 'http://x')
    const { body, status = 200, headers = {} } = answer((name, otherwise = 0) => Number(url.searchParams.get(name) ?? otherwise), url, turn)
    return json(body, status, headers)(response, request)
  })
  const http = probe(server.url)
  closing.push(() => http.close(), server.close)
  return { http, server }
}

const rows = (count: number, from = 0): Row[] => Array.from({ length: count }, (_, index) => ({ id: from + index }))

async function read(http: SourceHttp, pages: Pages, more: Partial<Listing> = {}, cursor?: Cursor): Promise<Page[]> {
  const all: Page[] = []
  for await (const page of readPages(http, { url: 'rows', pages, ...more }, cursor)) all.push(page)
  return all
}

const ids = (pages: Page[]): number[] => pages.flatMap(({ records }) => records.map(({ id }) => Number(id)))

const pageNumber = { by: 'pageNumber', param: 'page', records: 'results', total: 'count', size: { param: 'size', value: 10 } } as const
const offset = { by: 'offset', param: 'start', records: 'results', total: 'count', size: { param: 'rows', value: 10 } } as const

/** The ways in which servers page, each over `count` rows; `clamp` is the largest page that the server gives. */
const servers: { [name: string]: { pages: Pages; answer: (all: Row[], clamp: number) => Parameters<typeof list>[0] } } = {
  'page numbers until an empty page': {
    pages: pageNumber,
    answer: (all, clamp) => (query) => {
      const size = Math.min(query('size'), clamp)
      return { body: { count: all.length, results: all.slice((query('page') - 1) * size, query('page') * size) } }
    },
  },
  'page numbers from 0 until a 404': {
    pages: { ...pageNumber, first: 0, end: 'status' },
    answer: (all, clamp) => (query) => {
      const size = Math.min(query('size'), clamp)
      const results = all.slice(query('page') * size, (query('page') + 1) * size)
      return results.length > 0 || query('page') === 0 ? { body: { results } } : { body: { code: 'not_found' }, status: 404 }
    },
  },
  'page numbers until the total': {
    pages: { ...pageNumber, end: 'total' },
    answer: (all, clamp) => (query) => {
      const size = Math.min(query('size'), clamp)
      return { body: { count: all.length, results: all.slice((query('page') - 1) * size, query('page') * size) } }
    },
  },
  'offsets until an empty page': {
    pages: offset,
    answer: (all, clamp) => (query) => ({ body: { results: all.slice(query('start'), query('start') + Math.min(query('rows'), clamp)) } }),
  },
  'offsets until the total': {
    pages: { ...offset, end: 'total' },
    answer: (all, clamp) => (query) => ({
      body: { count: all.length, results: all.slice(query('start'), query('start') + Math.min(query('rows'), clamp)) },
    }),
  },
  'a link in the body': {
    pages: { by: 'nextLink', records: 'value', next: '@odata.nextLink', size: { param: '$top', value: 10 } },
    answer: (all, clamp) => (query) => {
      const from = query('$skip')
      const next = from + Math.min(10, clamp)
      return { body: { value: all.slice(from, next), ...(next < all.length ? { '@odata.nextLink': `rows?$skip=${next}` } : {}) } }
    },
  },
  'a link among others, with an empty page at the end': {
    pages: { by: 'nextLink', records: 'features', next: 'links[rel=next].href' },
    answer: (all, clamp) => (query, url) => {
      const from = query('offset')
      const next = from + Math.min(10, clamp)
      const links = [{ rel: 'self', href: url.pathname }, ...(from < all.length ? [{ rel: 'next', href: `/rows?offset=${next}` }] : [])]
      return { body: { features: all.slice(from, next), links } }
    },
  },
  'a link in a header': {
    pages: { by: 'nextLink', next: 'Link', header: true },
    answer: (all, clamp) => (query) => {
      const from = query('from')
      const next = from + Math.min(10, clamp)
      const link: { [name: string]: string } =
        next < all.length ? { link: `</rows?from=0>; rel="first", </rows?from=${next}&x=1,2>; title="a, b"; rel="next last"` } : {}
      return { body: all.slice(from, next), headers: link }
    },
  },
  'a token': {
    pages: { by: 'cursorToken', records: 'items', param: 'after', token: 'page.token', more: { body: 'page.more' } },
    answer: (all, clamp) => (query) => {
      const from = query('after')
      const next = from + Math.min(10, clamp)
      return { body: { items: all.slice(from, next), page: { token: next, more: next < all.length } } }
    },
  },
  'a token in a header': {
    pages: { by: 'cursorToken', param: 'after', token: 'X-Continuation', header: true },
    answer: (all, clamp) => (query) => {
      const next = query('after') + Math.min(10, clamp)
      return { body: all.slice(query('after'), next), headers: { 'x-continuation': next < all.length ? String(next) : '' } }
    },
  },
  'the last record': {
    pages: { by: 'lastRecord', records: 'items', param: 'filter', field: 'id', value: 'id gt {}', size: { param: 'limit', value: 10 } },
    answer: (all, clamp) => (query, url) => {
      const after = Number(/^id gt (-?\d+)$/.exec(url.searchParams.get('filter') ?? 'id gt -1')![1])
      return { body: { items: all.filter(({ id }) => id > after).slice(0, Math.min(query('limit'), clamp)) } }
    },
  },
  'offsets until a status says that there is no more': {
    pages: { by: 'offset', param: 'start', size: { param: 'rows', value: 10 }, more: { status: 206 } },
    answer: (all, clamp) => (query) => {
      const results = all.slice(query('start'), query('start') + Math.min(query('rows'), clamp))
      return results.length === 0
        ? { body: '', status: 204 }
        : { body: results, status: query('start') + results.length < all.length ? 206 : 200 }
    },
  },
  'one answer': { pages: { by: 'single', records: 'results' }, answer: (all) => () => ({ body: { results: all } }) },
  'one answer with a total': {
    pages: { by: 'single', records: 'results', total: 'count' },
    answer: (all) => () => ({ body: { results: all, count: all.length } }),
  },
}

describe.each(Object.entries(servers))('a list by %s', (_, { pages, answer }) => {
  test.each([0, 1, 9, 10, 11, 20, 37])('of %i rows gives each once', async (count) => {
    const { http } = await list(answer(rows(count), 100))
    expect(ids(await read(http, pages))).toEqual(rows(count).map(({ id }) => id))
  })

  test('that gives smaller pages than were asked for gives each row once', async () => {
    const { http } = await list(answer(rows(37), 4))
    expect(ids(await read(http, pages))).toEqual(rows(37).map(({ id }) => id))
  })

  test('goes on from every cursor to the same rows', async () => {
    const { http } = await list(answer(rows(37), 100))
    const whole = await read(http, pages)
    for (const [index, { cursor }] of whole.entries()) {
      if (cursor === undefined) expect(pages).toMatchObject({ by: 'single' })
      else expect([...ids(whole.slice(0, index + 1)), ...ids(await read(http, pages, {}, cursor))]).toEqual(ids(whole))
    }
  })
})

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

test('a first page that is full and leads nowhere says so, since a place that is misspelt looks the same', async () => {
  const { http } = await list(() => ({ body: { items: rows(10), meta: { next: 'x' } } }))
  const pages = { by: 'cursorToken', records: 'items', param: 'after', token: 'next', size: { param: 'limit', value: 10 } } as const
  expect(await read(http, pages)).toMatchObject([{ endsFull: true }])
  const { http: counted } = await list(() => ({ body: { items: rows(10), count: 10 } }))
  expect((await read(counted, { ...pages, total: 'count' }))[0]).not.toHaveProperty('endsFull')
  expect((await read(http, { ...pages, size: { param: 'limit', value: 20 } }))[0]).not.toHaveProperty('endsFull')
})

describe('a list that goes on behind its last record', () => {
  const pages = { by: 'lastRecord', records: 'items', param: 'after', field: 'nummer' } as const

  test('is stopped where a whole page shares one value', async () => {
    const { http } = await list((_, __, turn) => ({ body: { items: rows(3, turn * 3).map((row) => ({ ...row, nummer: 'A1' })) } }))
    await expect(read(http, pages)).rejects.toThrow(/leads to its token, which was followed before/)
  })

  test('is no list where the last record does not have the field', async () => {
    const { http } = await list(() => ({ body: { items: rows(3) } }))
    await expect(read(http, pages)).rejects.toThrow(/last record of the page has no 'nummer'/)
  })
})

describe('a source that gives no more than so many records of a list', () => {
  const most = { ...offset, most: 25 } as const
  const capped = (count: number, more: { total?: boolean } = {}) =>
    list((query) => {
      const [from, size] = [query('start'), query('rows')]
      // As search engines do it: the window ends, whatever lies behind it.
      if (from + size > 25) return { body: { error: 'too deep' }, status: 400 }
      return { body: { results: rows(count).slice(from, from + size), ...(more.total === false ? {} : { count }) } }
    })

  test('is read up to that many, the last page being as small as it has to be', async () => {
    const { http, server } = await capped(24)
    expect(ids(await read(http, { ...most, end: 'total' }))).toHaveLength(24)
    expect(server.seen.map(({ url }) => url).at(-1)).toContain('rows=5&start=20')
  })

  test('refuses a longer one at its first page, where it counts its records, else when it is reached', async () => {
    const { http, server } = await capped(26)
    await expect(read(http, most)).rejects.toThrow(/gives at most 25 records of a list, and this one has 26/)
    expect(server.seen).toHaveLength(1)
    const { http: silent } = await capped(26, { total: false })
    const error = await read(silent, most).catch((caught) => caught)
    expect(error).toBeInstanceOf(SourceRefused)
    expect(error.message).toContain('this one has more')
  })
})

test('a total that is an estimate ends no list', async () => {
  const { http } = await list((query) => ({
    body: { results: rows(37).slice(query('start'), query('start') + 10), count: 20, total_was_estimated: true },
  }))
  const pages = { ...offset, end: 'total', estimated: { body: 'total_was_estimated' } } as const
  const read_ = await read(http, pages)
  expect(ids(read_)).toHaveLength(37)
  expect(read_.map(({ total }) => total)).toEqual(read_.map(() => undefined))
})

describe('what ends a list', () => {
  test('an empty page with a link goes on, and so does a short one', async () => {
    const sizes = [10, 0, 3, 0, 10, 1]
    const { http } = await list((query) => {
      const page = query('page')
      const from = sizes.slice(0, page).reduce((sum, size) => sum + size, 0)
      return { body: { results: rows(sizes[page]!, from), next: page < sizes.length - 1 ? `/rows?page=${page + 1}` : null } }
    })
    const pages = await read(http, { by: 'nextLink', records: 'results', next: 'next' })
    expect(pages.map(({ records }) => records.length)).toEqual(sizes)
    expect(ids(pages)).toEqual(rows(24).map(({ id }) => id))
  })

  test('the total is that of the last page: a list that shrinks ends without an error', async () => {
    const { http } = await list((query, _, turn) =>
      query('page') <= 2
        ? { body: { count: turn === 0 ? 25 : 20, results: rows(10, (query('page') - 1) * 10) } }
        : { body: {}, status: 404 },
    )
    expect(new Set(ids(await read(http, { ...pageNumber, end: 'total' })))).toEqual(new Set(ids([{ records: rows(20) }])))
    const { http: gone } = await list((query) =>
      query('page') === 1 ? { body: { count: 25, results: rows(10) } } : { body: {}, status: 404 },
    )
    expect(new Set(ids(await read(gone, { ...pageNumber, end: 'total' }))).size).toBe(10)
  })

  test('a 404 ends a list of links only where the connector says so, and never on the first page', async () => {
    const { http } = await list((query) =>
      query('page', 1) === 1 ? { body: { results: rows(3), next: '/rows?page=2' } } : { body: {}, status: 404 },
    )
    const pages = { by: 'nextLink', records: 'results', next: 'next' } as const
    await expect(read(http, pages)).rejects.toThrow(UnexpectedResponse)
    expect(ids(await read(http, { ...pages, end: 'status' }))).toHaveLength(3)
    const { http: missing } = await list(() => ({ body: {}, status: 404 }))
    await expect(read(missing, { ...pages, end: 'status' })).rejects.toThrow(UnexpectedResponse)
    await expect(read(missing, { ...pageNumber, end: 'status' })).rejects.toThrow(UnexpectedResponse)
  })

  test('each page says how many rows the list has, and when it was asked for', async () => {
    const before = new Date()
    const { http } = await list((query) => ({
      body: { count: 15 + query('page'), results: query('page') < 3 ? rows(10, query('page') * 10) : [] },
    }))
    const pages = await read(http, pageNumber)
    expect(pages.map(({ total }) => total)).toEqual([16, 17, 18])
    for (const { readAt } of pages) expect(readAt!.getTime()).toBeGreaterThanOrEqual(before.getTime())
  })
})

describe('a list that would not end is stopped with its address', () => {
  const links = { by: 'nextLink', records: 'results', next: 'next' } as const

  test('when a link leads to its own page', async () => {
    const { http, server } = await list((_, url, turn) => ({ body: { results: rows(2, turn * 2), next: url.pathname + url.search } }))
    await expect(read(http, links, { params: { page: 1 } })).rejects.toThrow(
      new RegExp(`${server.url}/rows\\?page=1: leads to ${server.url}/rows\\?page=1, which was followed before`.replaceAll('.', '\\.')),
    )
    expect(server.seen.length).toBeLessThanOrEqual(2)
  })

  test('when a link leads back to an earlier page', async () => {
    const { http, server } = await list((query, _, turn) => ({
      body: { results: rows(2, turn * 2), next: `/rows?page=${(query('page') % 3) + 1}` },
    }))
    await expect(read(http, links)).rejects.toThrow(UnexpectedResponse)
    expect(server.seen.length).toBeLessThanOrEqual(4)
  })

  test('when a token comes back', async () => {
    const { http } = await list((_, __, turn) => ({ body: { results: rows(2, turn * 2), token: turn % 2 } }))
    await expect(read(http, { by: 'cursorToken', records: 'results', param: 'after', token: 'token' })).rejects.toThrow(
      /leads to its token, which was followed before/,
    )
  })

  test('when a page repeats the one before it, as a cache does that ignores the page number', async () => {
    const { http, server } = await list(() => ({ body: { results: rows(10) } }))
    await expect(read(http, pageNumber)).rejects.toThrow(
      new RegExp(`${server.url}/rows\\?size=10&page=2: this page repeats the one before it`),
    )
    expect(server.seen).toHaveLength(2)
  })

  test('but a single row that was pushed to the next page by a new one is no repeat', async () => {
    const shifting = [{ id: 1 }, { id: 1 }, { id: 2 }]
    const { http } = await list((query) => ({ body: { results: shifting.slice(query('page') - 1, query('page')) } }))
    expect(ids(await read(http, { ...pageNumber, size: { param: 'size', value: 1 } }))).toEqual([1, 1, 2])
    const { http: stuck, server } = await list(() => ({ body: { results: rows(1) } }))
    await expect(read(stuck, pageNumber)).rejects.toThrow(UnexpectedResponse)
    expect(server.seen.length).toBeLessThanOrEqual(4)
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

describe('a page that the source fails on', () => {
  /** A list of `count` rows in which each page that holds a bad row is answered with 500. */
  async function withBad(bad: Set<number>, count: number, clamp = 1000) {
    const answer = (from: number, size: number) => {
      const page = rows(count).slice(from, from + size)
      return page.some(({ id }) => bad.has(id)) ? { body: {}, status: 500 } : { body: { count, results: page } }
    }
    return list((query, url) =>
      url.searchParams.has('page')
        ? answer((query('page') - 1) * Math.min(query('size'), clamp), Math.min(query('size'), clamp))
        : answer(query('start'), Math.min(query('rows'), clamp)),
    )
  }

  test.each([
    ['page numbers', { ...pageNumber, size: { param: 'size', value: 60 } }],
    ['page numbers of a prime size', { ...pageNumber, size: { param: 'size', value: 7 } }],
    ['offsets', { ...offset, size: { param: 'rows', value: 60 } }],
  ] as const)('by %s is read around the bad rows: they are named by position, the rest lands', async (_, pages) => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.integer({ min: 0, max: 149 }), { minLength: 1, maxLength: 4 }), async (positions) => {
        const { http } = await withBad(new Set(positions), 150)
        const read_ = await read(http, pages)
        expect([...new Set(ids(read_))]).toEqual(
          rows(150)
            .map(({ id }) => id)
            .filter((id) => !positions.includes(id)),
        )
        const reasons = read_.flatMap(({ unreadable = [] }) => unreadable)
        expect(reasons).toEqual(
          positions
            .sort((a, b) => a - b)
            .map((position) => ({ key: null, reason: `the source answers 500 for record ${position + 1} of the list` })),
        )
      }),
      { numRuns: 6 },
    )
  })

  test('is read around also where the server gives smaller pages than asked for', async () => {
    const { http } = await withBad(new Set([13, 57]), 100, 20)
    for (const pages of [
      { ...pageNumber, size: { param: 'size', value: 80 } },
      { ...offset, size: { param: 'rows', value: 80 } },
    ]) {
      const read_ = await read(http, pages)
      expect([...new Set(ids(read_))].sort((a, b) => a - b)).toEqual(
        rows(100)
          .map(({ id }) => id)
          .filter((id) => id !== 13 && id !== 57),
      )
    }
  })

  test('with a bad row as its only one, at the end of the list, is read around', async () => {
    const { http } = await withBad(new Set([100]), 101)
    const read_ = await read(http, { ...pageNumber, size: { param: 'size', value: 50 } })
    expect(ids(read_)).toHaveLength(100)
    expect(read_.flatMap(({ unreadable = [] }) => unreadable)).toHaveLength(1)
  })

  test('of a source that fails on everything is no bad row: the source is unavailable', async () => {
    const { http, server } = await list(() => ({ body: {}, status: 500 }))
    const error = await read(http, pageNumber).catch((caught) => caught)
    expect(error).toBeInstanceOf(SourceUnavailable)
    expect(server.seen.length).toBeLessThan(40)
  })

  test('is not narrowed where pages are links: the source is unavailable', async () => {
    const { http, server } = await list(() => ({ body: {}, status: 500 }))
    await expect(read(http, { by: 'nextLink', records: 'results', next: 'next' })).rejects.toThrow(SourceUnavailable)
    expect(server.seen).toHaveLength(2)
  })
})
