/** A list on loopback for tests of paging, and how it is read. */
import { afterEach } from 'vitest'
import type { Cursor, Page, Pages } from '../../connectors/connector.js'
import type { SourceHttp } from '../../connectors/http.js'
import { type Listing, readPages } from '../../connectors/paging.js'
import { json, type Loopback, probe, serveBy } from './loopback.js'

/** What is closed after each test. */
export const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

export type Row = { id: number }
export type Query = (name: string, otherwise?: number) => number

/** A server whose answer follows from the parameters of the request. */
export async function list(
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

export const rows = (count: number, from = 0): Row[] => Array.from({ length: count }, (_, index) => ({ id: from + index }))

export async function read(http: SourceHttp, pages: Pages, more: Partial<Listing> = {}, cursor?: Cursor): Promise<Page[]> {
  const all: Page[] = []
  for await (const page of readPages(http, { url: 'rows', pages, ...more }, cursor)) all.push(page)
  return all
}

export const ids = (pages: Page[]): number[] => pages.flatMap(({ records }) => records.map(({ id }) => Number(id)))

export const pageNumber = {
  by: 'pageNumber',
  param: 'page',
  records: 'results',
  total: 'count',
  size: { param: 'size', value: 10 },
} as const
export const offset = { by: 'offset', param: 'start', records: 'results', total: 'count', size: { param: 'rows', value: 10 } } as const
