/**
 * A ZGW source that costs nothing to ask again: `node dist/bench/pages.js --zaken 100000`. It makes an answer once, by the server of the tests,
 * and gives the same bytes to each request for the same address after that. One line of JSON with its address says that it listens.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parseArgs } from 'node:util'
import { startZgw } from '../test/sources/zgw/server.js'

interface Kept {
  status: number
  headers: { [name: string]: string }
  body: Buffer
}

const { values } = parseArgs({ options: { zaken: { type: 'string', default: '100000' } } })
const zgw = await startZgw({ zaken: Number(values.zaken) })
const kept = new Map<string, Promise<Kept>>()

const server = createServer(async (request, response) => {
  const { method = 'GET', url = '/', headers } = request
  const body = await textOf(request)
  const question = `${method} ${url} ${body}`
  let answer = kept.get(question)
  if (answer === undefined) {
    answer = ask(method, url, headers.authorization ?? '', body)
    kept.set(question, answer)
  }
  const { status, headers: answered, body: bytes } = await answer
  response.writeHead(status, answered).end(bytes)
})

/** Addresses inside the answer lead to this server, as behind a proxy. */
async function ask(method: string, url: string, authorization: string, body: string): Promise<Kept> {
  const answer = await fetch(zgw.url + url, {
    method,
    headers: { authorization, 'accept-crs': 'EPSG:4326', 'content-crs': 'EPSG:4326', 'content-type': 'application/json' },
    ...(body === '' ? {} : { body }),
  })
  const bytes = Buffer.from((await answer.text()).replaceAll(zgw.url, here))
  return { status: answer.status, headers: { 'content-type': 'application/json', 'content-length': String(bytes.length) }, body: bytes }
}

async function textOf(request: AsyncIterable<unknown>): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString('utf8')
}

await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const here = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
process.stdout.write(`${JSON.stringify({ url: here, clientId: zgw.clientId, secret: zgw.secret })}\n`)
process.once('SIGTERM', () => process.exit(0))
