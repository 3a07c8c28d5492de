import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Pages } from '../../connectors/connector.js'
import { SourceRefused, SourceUnavailable, UnexpectedResponse } from '../../connectors/errors.js'
import { ids, list, offset, pageNumber, type Row, read, rows } from './served-list.js'

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
