import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

/**
 * A source as many suppliers make one: a list by page number with a filter on the last change, details by number, lines of their own, exact
 * amounts written as JSON numbers, and a token that lives short and is replaced at each refresh.
 */

/** An order as the source holds it: amounts as the text that stands in its JSON. */
export interface Order {
  id: number
  changedAt: string
  status: 'open' | 'betaald' | 'vervallen'
  amount: string
  note: string | null
  lines: { line: number; price: string }[]
}

export interface OrdersOptions {
  orders?: Order[]
  /** Requests that an access token is good for. */
  requestsPerToken?: number
  /** What `expires_in` says, in seconds. */
  expiresIn?: number
  /** Largest page; more is cut without a word. */
  largestPage?: number
  /** The filter on changes gives the moment itself too, as `>=` does. Default: only what is later. */
  inclusive?: boolean
  /** The filter on changes is ignored, with status 200. */
  ignoresFilter?: boolean
}

export interface OrdersServer {
  url: string
  /** The list itself: changes to it are seen at once. */
  orders: Order[]
  /** Tokens handed out so far. */
  tokens(): number
  /** Method and path of each request. */
  requests: string[]
  stop(): Promise<void>
}

/** Amounts that floating point cannot hold, each as a source may write it. */
export const hardAmounts = [
  '9007199254740993',
  '0.1234567890123456789012345678901',
  '1E+3',
  '-0',
  '12.50',
  '-99999999999999999999.99',
  '1e-7',
]

export function someOrders(count: number): Order[] {
  const begin = Date.parse('2026-01-01T00:00:00Z')
  const fractions = ['', '.123', '.123456', '.1234567', '.123456789']
  return Array.from({ length: count }, (_, index) => {
    const moment = new Date(begin + index * 3_600_000).toISOString().slice(0, 19)
    return {
      id: index + 1,
      changedAt: `${moment}${fractions[index % fractions.length]}${index % 2 === 0 ? 'Z' : '+00:00'}`,
      status: (['open', 'betaald', 'vervallen'] as const)[index % 3]!,
      amount: hardAmounts[index % hardAmounts.length]!,
      note: index % 4 === 0 ? null : `Opmerking ${index}`,
      lines: Array.from({ length: index % 4 }, (__, line) => ({
        line: line + 1,
        price: hardAmounts[(index + line) % hardAmounts.length]!,
      })),
    }
  })
}

export const credentials = { clientId: 'waterdam', clientSecret: 'zeer-geheim-orders' }

export async function startOrders(options: OrdersOptions = {}): Promise<OrdersServer> {
  const { orders = someOrders(25), requestsPerToken = 7, expiresIn = 3600, largestPage = 10 } = options
  const requests: string[] = []
  const sockets = new Set<Socket>()
  let issued = 0
  let uses = 0
  let refresh: string | undefined

  const token = (fields: URLSearchParams, response: ServerResponse) => {
    const isSignIn = fields.get('grant_type') === 'client_credentials' && fields.get('client_secret') === credentials.clientSecret
    const isRefresh = fields.get('grant_type') === 'refresh_token' && refresh !== undefined && fields.get('refresh_token') === refresh
    if (!isSignIn && !isRefresh) return send(response, 400, '{"error":"invalid_grant"}')
    issued += 1
    uses = 0
    refresh = `vers-${issued}`
    send(
      response,
      200,
      JSON.stringify({ access_token: `token-${issued}`, token_type: 'Bearer', expires_in: expiresIn, refresh_token: refresh }),
    )
  }

  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://orders')
    const body = await textOf(request)
    requests.push(`${request.method} ${request.url}`)
    if (url.pathname === '/oauth/token') return token(new URLSearchParams(body), response)
    uses += 1
    if (request.headers.authorization !== `Bearer token-${issued}` || uses > requestsPerToken)
      return send(response, 401, '{"code":"token_expired"}')
    const [, id, lines] = /^\/api\/orders(?:\/(\d+)(\/lines)?)?$/.exec(url.pathname) ?? []
    if (id === undefined) return url.pathname === '/api/orders' ? list(url) : send(response, 404, '<h1>Not found</h1>', 'text/html')
    const order = orders.find((each) => each.id === Number(id))
    if (!order) return send(response, 404, '{"code":"not_found"}')
    if (lines === undefined) return send(response, 200, orderText(order))
    return send(response, 200, `[${order.lines.map(({ line, price }) => `{"line":${line},"price":${price}}`).join(',')}]`)

    function list({ searchParams }: URL): void {
      const since = searchParams.get('changedSince')
      const page = Number(searchParams.get('page') ?? 1)
      const size = Math.min(Number(searchParams.get('size') ?? largestPage), largestPage)
      const chosen = orders
        .filter(
          (order) =>
            since === null ||
            options.ignoresFilter ||
            nanosOf(order.changedAt) > nanosOf(since) ||
            (options.inclusive && nanosOf(order.changedAt) === nanosOf(since)),
        )
        .sort((a, b) => (nanosOf(a.changedAt) < nanosOf(b.changedAt) ? -1 : 1))
      const shown = chosen.slice((page - 1) * size, page * size)
      send(response, 200, `{"meta":{"total":${chosen.length}},"data":[${shown.map(orderText).join(',')}]}`)
    }
  })
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    orders,
    tokens: () => issued,
    requests,
    stop: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      }),
  }
}

/** Nanoseconds since the epoch: what this source compares by, as databases do. */
function nanosOf(text: string): bigint {
  const [, seconds = '', fraction = '', zone = 'Z'] = /^(.{19})(?:\.(\d+))?(.*)$/.exec(text) ?? []
  return BigInt(Date.parse(seconds + zone)) * 1_000_000n + BigInt(fraction.padEnd(9, '0').slice(0, 9))
}

function orderText({ id, changedAt, status, amount, note }: Order): string {
  return `{"id":${id},"changedAt":${JSON.stringify(changedAt)},"status":"${status}","total":{"amount":${amount},"currency":"EUR"},"note":${JSON.stringify(note)}}`
}

function send(response: ServerResponse, status: number, body: string, type = 'application/json'): void {
  response.writeHead(status, { 'content-type': type }).end(body)
}

async function textOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(piece as Buffer)
  return Buffer.concat(pieces).toString()
}
