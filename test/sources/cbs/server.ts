import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Answer, answerTo } from './answers.js'
import type { Table } from './model.js'
import { waterdamTables } from './tables.js'

export interface CbsOptions {
  /** Default: any that is free. */
  port?: number
  /** Default: those of Waterdam. */
  tables?: Table[]
  /** Most rows of a page; default 10,000 in version 3 and 100,000 in version 4. */
  pageSize?: number
}

/** How an answer fails: it ends in the middle of its JSON, in the middle of the connection, or the service is busy or down. */
export type CbsFault = 'ends' | 'drops' | 'busy' | 'down'

/** The service of CBS in both its versions, on loopback. */
export interface CbsServer {
  /** Origin: version 3 is at its root, version 4 at /odata/v1/CBS. */
  readonly url: string
  readonly tables: Table[]
  /** Requests in the order in which they came: path and query, percent-decoded. */
  readonly asked: string[]
  table(id: string): Table
  /** Changes a table, and says so in its moment of change. */
  revise(id: string, change: (table: Table) => void): void
  /** The next requests with such an address fail. */
  fail(address: RegExp, fault: CbsFault, times?: number): void
  /** Nothing fails any more. */
  heal(): void
  /** Filters are read and not acted on, as by many a gateway. */
  ignoreFilters(yes: boolean): void
  stop(): Promise<void>
}

export async function startCbs(options: CbsOptions = {}): Promise<CbsServer> {
  const tables = options.tables ?? waterdamTables()
  const asked: string[] = []
  const faults: { address: RegExp; fault: CbsFault; times: number }[] = []
  let deaf = false
  let revision = 0

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', `http://${request.headers.host}`)
    const address = `${url.pathname}${decodeURIComponent(url.search.replaceAll('+', ' '))}`
    asked.push(address)
    const fault = faults.find((each) => each.times > 0 && each.address.test(address))
    if (fault) fault.times -= 1
    if (fault?.fault === 'drops') request.socket.destroy()
    else send(response, answerTo(url, { tables, deaf, pageSize: options.pageSize }), fault?.fault)
  })
  server.keepAliveTimeout = 60_000
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(options.port ?? 0, '127.0.0.1', resolve))

  const table = (id: string): Table => {
    const found = tables.find((each) => each.id === id)
    if (!found) throw new Error(`there is no table ${id}`)
    return found
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tables,
    asked,
    table,
    revise(id, change) {
      change(table(id))
      revision += 1
      table(id).modified = new Date(Date.parse('2026-09-01T02:00:00Z') + revision * 86_400_000).toISOString().slice(0, 19)
    },
    fail: (address, fault, times = 1) => void faults.push({ address, fault, times }),
    heal: () => void faults.splice(0),
    ignoreFilters(yes) {
      deaf = yes
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function send(response: ServerResponse, { status, type, text }: Answer, fault: CbsFault | undefined): void {
  if (fault === 'busy') response.writeHead(429, { 'retry-after': '120' }).end()
  else if (fault === 'down') response.writeHead(503, { 'content-type': 'text/html' }).end('<h1>Onderhoud</h1>')
  // Without a length, so that nothing tells that more should have come.
  else response.writeHead(status, { 'content-type': type }).end(fault === 'ends' ? text.slice(0, Math.floor(text.length / 2)) : text)
}
