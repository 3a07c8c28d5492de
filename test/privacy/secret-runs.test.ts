/** Secrets on their way through a worker and Temporal, while everything goes wrong that can. */
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { inspect } from 'node:util'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newPseudonymKey } from '../../worker/pseudonyms.js'
import { type Loopback, serveBy } from '../connectors/loopback.js'
import { openFolder, type TestFolder } from '../support/folder.js'
import { openRunning, type Running, until, type WorkerProcess } from '../support/running.js'
import { openWaterdam, type Waterdam } from '../support/waterdam.js'
import { type Haystacks, searchFor, tablesOf } from './search.js'

// Each is its own word, so that what is found says which secret leaked.
const canaries = {
  client: 'kanarie-van-de-client-Xq7wZ',
  wrong: 'kanarie-die-niet-klopt-Lp3vR',
  header: 'kanarie-van-de-gateway-Tm5kB',
  database: 'kanarie-van-de-database-Hd8nC',
  webhook: 'kanarie-van-de-webhook-Wj2fS',
  address: 'kanarie-in-het-adres-Gy6tD',
}
const keys = {
  GEMAAL_KEY_STURING_DIENSTVERLENING: newPseudonymKey('sturing-dienstverlening'),
  GEMAAL_KEY_SOCIAAL: newPseudonymKey('sociaal'),
}
const secretOf = (key: string) => key.slice(key.indexOf(':') + 1)
// A token is made of the client's secret; every one of HS256 begins so.
const token = Buffer.from('{"alg":"HS256"').toString('base64url').slice(0, 16)
const find = searchFor([...Object.values(canaries), ...Object.values(keys).map(secretOf), token])

/** All that is secret of the source stands in files, which the worker reads anew for each run. */
const sourceIn = (folder: string) => `connector: zgw
baseUrl: { file: ${folder}/url }
headers: { X-Gateway-Key: { file: ${folder}/header } }
credentials: { clientId: gemaal, secret: { file: ${folder}/secret } }
giveUpAfter: 2 seconds
`

/** A gateway that answers with all that it was sent. */
type Mode = 'json' | 'html' | 'truncated' | 'redirect' | 'challenge' | 'reset'
let answer: { status: number; mode: Mode } = { status: 500, mode: 'json' }
let gateway: Loopback
let receiver: Loopback
let waterdam: Waterdam
let running: Running
let folder: TestFolder
let worker: WorkerProcess
let login: { url: string; name: string }
const histories: [string, Buffer][] = []

beforeAll(async () => {
  gateway = await serveBy((response, { headers, url, socket }) => {
    const said = JSON.stringify({ asked: url, headers, detail: `no access with ${JSON.stringify(headers)}` })
    const { status, mode } = answer
    if (mode === 'reset') return socket.resetAndDestroy()
    if (mode === 'html') return response.writeHead(status, { 'content-type': 'text/html' }).end(`<pre>${said}</pre>`)
    if (mode === 'redirect') return response.writeHead(302, { location: `http://127.0.0.1:9/?key=${headers['x-gateway-key']}` }).end()
    if (mode === 'challenge') return response.writeHead(status, { 'www-authenticate': `Bearer ${headers.authorization}` }).end(said)
    response.writeHead(status, { 'content-type': 'application/json' }).end(mode === 'truncated' ? said.slice(0, -40) : said)
  })
  receiver = await serveBy((response, { headers, body }) => response.writeHead(500).end(JSON.stringify({ headers, body })))
  folder = await openFolder()
  waterdam = await openWaterdam({ zaken: 60, clients: { gemaal: canaries.client } }, { 'sources/open-zaak.yaml': sourceIn(folder.path) })
  Object.assign(waterdam.environment, keys)
  running = await openRunning(waterdam)
  login = await databaseLogin(waterdam.url)
  worker = await running.workerProcess({
    GEMAAL_LOG: 'trace',
    DATABASE_URL: login.url,
    GEMAAL_WEBHOOK_URL: `${receiver.url}/hook?token=${canaries.address}`,
    GEMAAL_WEBHOOK_SECRET: canaries.webhook,
  })
})
afterAll(async () => {
  await running?.close()
  await waterdam?.close()
  if (login) await asSuperuser(waterdam.url, `drop owned by ${login.name}; drop role ${login.name}`).catch(() => {})
  await gateway?.close()
  await receiver?.close()
  await folder?.remove()
})

async function asSuperuser(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(sql).finally(() => client.end())
}

/** A login of the warehouse whose password is a canary. */
async function databaseLogin(of: string): Promise<{ url: string; name: string }> {
  const url = new URL(of)
  const name = `${url.pathname.slice(1)}_kanarie`
  await asSuperuser(of, `create role ${name} superuser login password '${canaries.database}'`)
  url.username = name
  url.password = canaries.database
  return { url: url.href, name }
}

/** Reads the zaken with these; gives how the run ended. */
async function run({ url = waterdam.zgw.url, secret = canaries.client } = {}): Promise<string> {
  for (const [name, text] of Object.entries({ url, secret, header: canaries.header })) await writeFile(join(folder.path, name), `${text}\n`)
  const workflowId = await running.start({ streams: ['zaken'], reading: 'full' })
  const { status } = await running.ended(workflowId)
  for (const id of [workflowId, 'stream:open-zaak/zaken']) {
    const history = await running.client.workflow.getHandle(id).fetchHistory()
    histories.push([`history ${histories.length} of ${id}`, Buffer.from(`${JSON.stringify(history)}${inspect(history, { depth: 30 })}`)])
  }
  return status
}

async function everything(): Promise<Haystacks> {
  return new Map([...(await tablesOf(waterdam.warehouse.pool)), ...histories, ['output of the worker', Buffer.from(worker.output())]])
}

test('when all goes well, no secret is kept', async () => {
  expect(['synced', 'quarantine', 'held']).toContain(await run())
  expect(waterdam.zgw.requests().some(({ path, status }) => path.endsWith('/zaken') && status === 200)).toBe(true)
  expect(find(await everything())).toEqual([])
})

test('when the secret is wrong, or the rights are not there, no secret is kept', async () => {
  expect(await run({ secret: canaries.wrong })).toBe('failed')
  waterdam.zgw.grant([])
  expect(await run()).toBe('failed')
  expect(find(await everything())).toEqual([])
})

const ways: { status: number; mode: Mode }[] = [
  { status: 401, mode: 'challenge' },
  { status: 403, mode: 'json' },
  { status: 400, mode: 'html' },
  { status: 404, mode: 'json' },
  { status: 500, mode: 'html' },
  { status: 503, mode: 'json' },
  { status: 200, mode: 'truncated' },
  { status: 200, mode: 'html' },
  { status: 200, mode: 'json' },
  { status: 302, mode: 'redirect' },
  { status: 200, mode: 'reset' },
]

test('whatever a source answers with all that it was sent, no secret is kept', async () => {
  for (const way of ways) {
    answer = way
    expect(['failed', 'incomplete'], JSON.stringify(way)).toContain(await run({ url: gateway.url }))
  }
  expect(gateway.seen.some(({ headers }) => headers['x-gateway-key'] === canaries.header)).toBe(true)
  expect(find(await everything())).toEqual([])
})

test('when the source cannot be reached or does not prove who it is, no secret is kept', async () => {
  const pem = (name: string) => readFileSync(new URL(`../connectors/tls/${name}.pem`, import.meta.url))
  const secure = createServer({ cert: pem('server'), key: pem('server-key') }, (_, response) => response.end('{}'))
  await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve))
  const { port } = secure.address() as AddressInfo
  const plain = gateway.url.replace('http:', 'https:')
  const addresses = [
    `https://127.0.0.1:${port}`,
    plain,
    'http://127.0.0.1:9',
    `http://u:${canaries.address}@127.0.0.1:9`,
    `${canaries.address}:`,
  ]
  const statuses: string[] = []
  for (const url of addresses) statuses.push(await run({ url }))
  secure.close()
  expect(statuses).toEqual(['failed', 'failed', 'incomplete', 'failed', 'failed'])
  expect(find(await everything())).toEqual([])
})

test('what is told to the webhook, and what is kept of it, holds no secret', async () => {
  await until(
    async () => (await waterdam.rows('select from gemaal.notices where attempts > 0')).length > 0 || receiver.seen.length > 0,
    'a notice is sent',
  )
  expect(receiver.seen.every(({ url }) => url.includes(canaries.address))).toBe(true)
  const bodies = receiver.seen.map(({ body }) => body).join('\n')
  expect(find(new Map([['notices', Buffer.from(bodies)]]))).toEqual([])
  expect(find(await everything())).toEqual([])
})
