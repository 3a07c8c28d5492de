/** A server on loopback that plays the recordings of a connector: what the source would answer, as the connector states it. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { stringify } from 'lossless-json'
import { setAt, textAt } from '../body.js'
import type { Connector, SourceRecord, Stream } from '../connector.js'
import { parseExact } from '../json-exact.js'
import { type Given, pageAt } from './list.js'
import { copyOf } from './places.js'
import { isOf, type Known, listRouteOf, type Route, recordRouteOf, type Seen } from './routes.js'
import { type Signer, tokenPath } from './signer.js'

export interface Played {
  connector: Connector
  streams: { readonly [name: string]: Stream }
  /** The records that the source has at this moment, by stream. */
  records: { readonly [stream: string]: readonly SourceRecord[] }
  /** Fields that the connector adds: the source does not have them. */
  added: { readonly [stream: string]: readonly (readonly string[])[] }
  known: Known
  signer: Signer
}

export interface Player {
  url: string
  stop(): Promise<void>
}

export async function play(played: Played): Promise<Player> {
  const server = createServer((request, response) => {
    answer(played, request)
      .catch((): Given => ({ status: 500, headers: {}, body: {} }))
      .then((given) => send(response, given))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function send(response: ServerResponse, { status, headers, body }: Given): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(stringify(body))
}

async function answer(played: Played, request: IncomingMessage): Promise<Given> {
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(piece as Buffer)
  const url = new URL(request.url ?? '/', `http://${request.headers.host}`)
  const text = Buffer.concat(pieces).toString()
  const { connector, streams, known, signer } = played
  if (url.pathname === tokenPath) return signer.token(text, request.headers.authorization)
  if (!(await signer.takes(request.headers, url))) return { status: 401, headers: {}, body: {} }
  const seen: Seen = { method: request.method ?? 'GET', url, body: text === '' ? undefined : jsonOf(text) }
  const list = listRouteOf(seen, connector, streams, known)
  if (list) return listed(played, list, seen)
  const one = recordRouteOf(seen, connector, streams, known)
  const record = one && played.records[one.stream]?.find((each) => isOf(each, one.key!))
  return record ? { status: 200, headers: {}, body: asTheSourceHasIt(played, one.stream, record) } : { status: 404, headers: {}, body: {} }
}

function listed(played: Played, { stream: name, parent }: Route, { url, body }: Seen): Given {
  const stream = played.streams[name]!
  const owner = Object.values(parent)[0]
  if (stream.parent && owner !== undefined && !played.records[stream.parent.stream]?.some((record) => isOf(record, parent)))
    return { status: 404, headers: {}, body: {} }
  const own = (played.records[name] ?? []).filter(
    (record) => owner === undefined || stream.parent === undefined || isOf(record, { [stream.parent.field]: owner }),
  )
  return pageAt({
    stream,
    pages: stream.pages!,
    records: own.map((record) => asTheSourceHasIt(played, name, record)),
    asked: (param) => (stream.method === 'POST' ? textAt(body, param) : (url.searchParams.get(param) ?? undefined)),
    link(param, value) {
      const next = new URL(url)
      next.searchParams.set(param, value)
      return next.href
    },
  })
}

function asTheSourceHasIt({ added }: Played, stream: string, record: SourceRecord): SourceRecord {
  const fields = added[stream] ?? []
  if (fields.length === 0) return record
  const bare = copyOf(record)
  for (const path of fields) setAt(bare, path, undefined)
  return bare
}

function jsonOf(text: string): unknown {
  try {
    return parseExact(text)
  } catch {
    return undefined
  }
}
