import { json, type Loopback, serveBy } from '../loopback.js'

/** What happens to the list after a request: so many rows come in at the front, and these vanish, by place. */
export interface Move {
  add?: number
  remove?: number[]
}

export interface MovingList {
  server: Loopback
  /** The rows as they stand now, newest first. */
  rows(): number[]
  close(): Promise<void>
}

export interface MovingOptions {
  rows: number
  /** After the n-th request the n-th move is made. */
  moves?: readonly Move[]
  /** As FUZZY_PAGINATION of Open Zaak: counts no further than so many rows past the page's beginning. */
  countLimit?: number
  /** Does not say that its counts are fuzzy. */
  silent?: boolean
  /** The largest page that the server, or a gateway before it, gives. */
  largest?: number
  /** Knows no `pageSize`, as servers before 1.15.0, and gives 100. */
  withoutSize?: boolean
  /** Rows that make each page they are on answer 500. */
  bad?: readonly number[]
  /** The host by which the server knows itself. */
  host?: string
}

/** The smallest list that pages as Open Zaak does, so that each movement of it can be played. */
export async function moveList(options: MovingOptions): Promise<MovingList> {
  const { moves = [], countLimit, silent = false, largest = 500, withoutSize = false, bad = [], host } = options
  let rows = Array.from({ length: options.rows }, (_, at) => options.rows - at)
  let newest = options.rows
  const server = await serveBy((response, request, turn) => {
    const url = new URL(request.url, host ?? `http://${request.headers.host}`)
    const reply = (status: number, body: unknown) => json(body, status)(response, request)
    if (withoutSize && url.searchParams.has('pageSize')) {
      return reply(400, {
        code: 'invalid',
        status: 400,
        invalidParams: [{ name: 'nonFieldErrors', code: 'unknown-parameters', reason: '' }],
      })
    }
    const page = Number(url.searchParams.get('page') ?? 1)
    const size = withoutSize ? 100 : Math.min(Number(url.searchParams.get('pageSize') ?? 100), largest)
    const from = (page - 1) * size
    const shown = rows.slice(from, from + size)
    const counted = countLimit === undefined ? rows.length : Math.min(rows.length, from + countLimit)
    if (shown.length === 0 && page > 1) reply(404, { code: 'not_found', status: 404, title: 'Niet gevonden.' })
    else if (shown.some((row) => bad.includes(row))) reply(500, { code: 'error', status: 500 })
    else {
      url.searchParams.set('page', String(page + 1))
      reply(200, {
        count: counted,
        ...(countLimit === undefined || silent ? {} : { countExact: counted % size !== 0 }),
        next: counted > from + size ? url.href : null,
        previous: null,
        results: shown.map((row) => ({ uuid: String(row) })),
      })
    }
    const { add = 0, remove = [] } = moves[turn] ?? {}
    rows = rows.filter((_, at) => !remove.includes(at))
    for (let each = 0; each < add; each += 1) rows.unshift(++newest)
  })
  return { server, rows: () => rows, close: () => server.close() }
}
