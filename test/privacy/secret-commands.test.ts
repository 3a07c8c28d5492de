/** Secrets in the hands of the command, which shows with -v where an error comes from. */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newPseudonymKey } from '../../worker/pseudonyms.js'
import { type Loopback, serveBy } from '../connectors/loopback.js'
import { openDatabase, type TestDatabase } from '../support/database.js'
import { openFolder, type TestFolder } from '../support/folder.js'
import { type Ended, gemaal } from '../support/gemaal.js'
import { copySample } from '../support/waterdam.js'
import { searchFor } from './search.js'

const canary = 'kanarie-Xq7wZ-geheim'
const key = newPseudonymKey('sturing-dienstverlening')
const token = Buffer.from('{"alg":"HS256"').toString('base64url').slice(0, 16)
const find = searchFor([canary, key.slice(key.indexOf(':') + 1), token])

let folder: TestFolder
let database: TestDatabase
let gateway: Loopback
let addresses: { [name: string]: string }

beforeAll(async () => {
  folder = await openFolder()
  database = await openDatabase()
  // A source that answers with all that it was sent.
  gateway = await serveBy((response, { headers, url }) => {
    const status = Number(/^\/(\d{3})\//.exec(url)?.[1] ?? 500)
    response.writeHead(status, { 'content-type': 'application/json', 'www-authenticate': `Bearer ${headers.authorization}` })
    response.end(status === 200 ? `{"count": 1, "results": [${JSON.stringify(headers)}` : JSON.stringify({ detail: headers, asked: url }))
  })
  const warehouse = new URL(database.url)
  const wrong = new URL(database.url)
  wrong.password = canary
  addresses = { gateway: gateway.url, warehouse: warehouse.href, wrongPassword: wrong.href }
})
afterAll(async () => {
  await gateway?.close()
  await database?.close()
  await folder?.remove()
})

let projects = 0

/** Runs a command with -v in a copy of the sample project. */
async function run(words: string, env: { [name: string]: string }, files: { [path: string]: string } = {}): Promise<Ended> {
  const project = join(folder.path, `project-${projects++}`)
  await copySample(project)
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(project, path)), { recursive: true })
    await writeFile(join(project, path), text)
  }
  const common = {
    GEMAAL_DATA: join(folder.path, 'data'),
    GEMAAL_LOG: 'trace',
    OPEN_ZAAK_URL: 'http://127.0.0.1:9',
    GEMAAL_OPEN_ZAAK_CLIENT_ID: 'gemaal',
    GEMAAL_OPEN_ZAAK_SECRET: canary,
    GEMAAL_KEY_STURING_DIENSTVERLENING: key,
    GEMAAL_KEY_SOCIAAL: newPseudonymKey('sociaal'),
    DATABASE_URL: `postgres://gemaal:${canary}@127.0.0.1:9/gemaal`,
  }
  return gemaal(['-v', ...words.split(' ')], { cwd: project, env: { ...common, ...env } })
}

const filled = (text: string) => text.replace(/\{(\w+)\}/g, (_, name: string) => addresses[name]!)
const inTheClear = (text: string) => ({ 'sources/open-zaak.yaml': `connector: zgw\nbaseUrl: https://openzaak.example\n${text}\n` })

/** What is wrong, the command, and the exit code: 1 failed, 5 settings, 6 source, 8 warehouse. */
const cases: [what: string, words: string, code: number, env?: { [name: string]: string }, files?: { [path: string]: string }][] = [
  ['a warehouse that is out of reach', 'migrate', 8],
  ['a warehouse that does not take the password', 'migrate', 5, { DATABASE_URL: '{wrongPassword}' }],
  ['an address of the warehouse that is none', 'migrate', 5, { DATABASE_URL: `postgres://gemaal:${canary}@127.0.0.1:poort/gemaal` }],
  ['a password in place of the address of the warehouse', 'migrate', 5, { DATABASE_URL: canary }],
  ['an address of the warehouse of another sort', 'migrate', 5, { DATABASE_URL: `mysql://gemaal:${canary}@127.0.0.1/gemaal` }],
  ['a password in PGPASSWORD', 'migrate', 8, { DATABASE_URL: '', PGHOST: '127.0.0.1', PGPORT: '9', PGPASSWORD: canary }],
  [
    'a Temporal that is out of reach',
    'apply',
    1,
    { DATABASE_URL: '{warehouse}', TEMPORAL_ADDRESS: '127.0.0.1:9', TEMPORAL_API_KEY: canary },
  ],
  [
    'a private key for Temporal that is none',
    'apply',
    1,
    {
      DATABASE_URL: '{warehouse}',
      TEMPORAL_ADDRESS: '127.0.0.1:9',
      TEMPORAL_TLS_CLIENT_KEY_DATA: canary,
      TEMPORAL_TLS_CLIENT_CERT_DATA: canary,
    },
  ],
  ['a secret in place of the address of Temporal', 'apply', 5, { DATABASE_URL: '{warehouse}', TEMPORAL_ADDRESS: `${canary}:x` }],
  ['an address of the webhook that is none', 'check', 5, { GEMAAL_WEBHOOK_URL: canary, GEMAAL_WEBHOOK_SECRET: canary }],
  ['a webhook without a secret', 'check', 5, { GEMAAL_WEBHOOK_URL: `https://hooks.example/${canary}` }],
  ['a source that is out of reach', 'try open-zaak/zaken', 6],
  [
    'a source behind a proxy that is out of reach',
    'try open-zaak/zaken',
    6,
    { HTTP_PROXY: `http://gemaal:${canary}@127.0.0.1:9`, OPEN_ZAAK_URL: 'http://openzaak.example' },
  ],
  [
    'a proxy that is none',
    'try open-zaak/zaken',
    5,
    { HTTP_PROXY: `socks5://gemaal:${canary}@127.0.0.1:9`, OPEN_ZAAK_URL: 'http://openzaak.example' },
  ],
  ['a source that refuses the token and shows it', 'try open-zaak/zaken', 5, { OPEN_ZAAK_URL: '{gateway}/401' }],
  ['a source that breaks and shows what it was sent', 'try open-zaak/rollen', 6, { OPEN_ZAAK_URL: '{gateway}/500' }],
  ['a source whose JSON breaks off', 'try open-zaak/zaken', 6, { OPEN_ZAAK_URL: '{gateway}/200' }],
  ['a password in the address of a source', 'try open-zaak/zaken', 5, { OPEN_ZAAK_URL: `http://gemaal:${canary}@127.0.0.1:9` }],
  ['a secret in place of the address of a source', 'try open-zaak/zaken', 5, { OPEN_ZAAK_URL: canary }],
  [
    'a secret with a line end inside',
    'try open-zaak/zaken',
    5,
    { GEMAAL_OPEN_ZAAK_SECRET: `${canary}\n${canary}`, OPEN_ZAAK_URL: '{gateway}/401' },
  ],
  [
    'a pseudonym key that is none',
    'try open-zaak/rollen',
    5,
    { GEMAAL_KEY_STURING_DIENSTVERLENING: canary, OPEN_ZAAK_URL: '{gateway}/401' },
  ],
  ['a look at everything', 'doctor', 5, { OPEN_ZAAK_URL: '{gateway}/401' }],
  ['a look at the keys', 'keys list', 0, { GEMAAL_KEY_STURING_DIENSTVERLENING: canary }],
  ['a secret in the clear under credentials', 'check', 5, {}, inTheClear(`credentials: { secret: ${canary} }`)],
  ['a secret in the clear in a header', 'check', 5, {}, inTheClear(`headers: { Authorization: Token ${canary} }`)],
  ['a secret in the clear in a text that YAML does not take', 'check', 5, {}, inTheClear(`credentials: { secret: "${canary} }`)],
  [
    'a secret in the clear in an address that the source is known as',
    'check',
    5,
    {},
    inTheClear(`knownAs: { 'https://gemaal:${canary}@a.example': zaken }`),
  ],
]

test.for(cases)(
  '%s: whatever the command says of it, with where the error comes from, it repeats no secret',
  async ([, words, expected, env = {}, files]) => {
    const variables = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, filled(value)]))
    const { code, stdout, stderr } = await run(words, variables, files)
    const said = `${stdout}${stderr}`
    expect(said.length).toBeGreaterThan(20)
    expect(code, said).toBe(expected)
    expect(find(new Map([['said', Buffer.from(said)]])), said).toEqual([])
  },
)
