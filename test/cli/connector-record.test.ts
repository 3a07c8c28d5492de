import { readdir, readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { record } from '../../cli/connector-record.js'
import { run as tryOut } from '../../cli/connector-test.js'
import { testBsn } from '../../connectors/recordings/made-up.js'
import { elevenTest } from '../../worker/rules/checks/identifiers.js'
import { openFolder, writeFiles } from '../support/folder.js'
import { commandIn } from '../support/gemaal.js'

const connector = `docs: https://klanten.example/docs
authentication: { by: token }
streams:
  klanten:
    path: klanten
    pages: { by: nextLink, records: results, next: next, total: count }
    key: bsn
    byKeyPath: klanten/{bsn}
    record:
      required: [bsn]
      properties:
        bsn: { type: string, kind: bsn, description: BSN }
        naam: { type: string, kind: naam, description: Naam }
        partner: { type: [string, "null"], kind: bsn, description: BSN van de partner }
        soort: { type: string, enum: [inwoner, ondernemer], kind: none, description: Soort klant }
        saldo: { type: number, kind: none, description: Saldo in euro }
        dossier: { type: string, kind: none, description: Adres van het dossier }
        adres:
          properties:
            straat: { type: string, kind: adres, description: Straat }
            wijk: { type: string, kind: none, description: Wijk }
        contacten:
          type: array
          kind: none
          description: Contacten
          items:
            properties:
              kanaal: { type: string, kind: none, description: Kanaal }
              adres: { type: string, kind: contact, description: E-mailadres }
  apart:
    path: apart
    pages: { by: pageNumber, param: page }
    key: id
    record: { required: [id], properties: { id: { type: integer, kind: none, description: Nummer } } }
  weg:
    path: weg
    pages: { by: single }
    key: id
    record: { required: [id], properties: { id: { type: integer, kind: none, description: Nummer } } }
`

/** Text that may come through nowhere. */
const canaries = ['canary', '111222333', '123456782', 'Kanarie']

const klanten = Array.from({ length: 45 }, (_, n) => ({
  bsn: n === 0 ? '111222333' : n === 1 ? '123456782' : `canary-${n}`,
  naam: `Kanarie ${n}`,
  partner: n === 0 ? '123456782' : null,
  soort: n % 2 === 0 ? 'inwoner' : 'ondernemer',
  saldo: n + 0.1,
  dossier: `https://canary.gemeente.example/dossiers/${n}?bsn=canary`,
  adres: { straat: `canarystraat ${n}`, wijk: 'Centrum', huisnummer: 'canary' },
  contacten: [{ kanaal: 'mail', adres: `canary${n}@x.example`, pin: 'canary' }],
  onbeschreven: { bsn: 'canary' },
}))

let url: string
let requests: string[] = []
let answersTo = (): number => 200
const server = createServer((request, response) => {
  requests.push(request.url!)
  const address = new URL(request.url!, url)
  const send = (body: unknown, status = answersTo()) =>
    response
      .writeHead(request.headers.authorization === 'Token canary-token' ? status : 401, { 'content-type': 'application/json' })
      .end(JSON.stringify(body))
  const page = Number(address.searchParams.get('page') ?? 1)
  const one = klanten.find(({ bsn }) => address.pathname === `/klanten/${bsn}`)
  if (address.pathname === '/klanten') {
    const next = page * 10 < klanten.length ? `${url}/klanten?page=${page + 1}` : null
    return void send({ count: klanten.length, next, results: klanten.slice((page - 1) * 10, page * 10), canary: 'canary' })
  }
  if (address.pathname === '/apart') return void send(page > 3 ? [] : [{ id: page * 2 }, { id: page * 2 + 1 }])
  return void (one ? send(one) : send({}, 404))
})

let project: string
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => server.close())
beforeEach(async () => {
  requests = []
  answersTo = () => 200
  const folder = await openFolder()
  onTestFinished(() => folder.remove())
  project = folder.path
  const files = {
    'gemaal.yaml': 'gemaal: 1\norganisation: { name: W, code: 0363 }\ncontact: { data: d@waterdam.example, fg: fg@waterdam.example }\n',
    'connectors/klanten/connector.yaml': connector,
    'sources/balie.yaml': `connector: klanten\nbaseUrl: ${url}\n`,
  }
  await writeFiles(project, files)
})

type Verb<Options> = (context: ReturnType<typeof commandIn>['context'], args: string[], options: Options) => Promise<number>

async function here<Options>(verb: Verb<Options>, args: string[], options: Options, json = false) {
  const { context, texts } = commandIn(project, { GEMAAL_BALIE_TOKEN: 'canary-token' }, json)
  try {
    return { code: await verb(context, args, options), ...texts }
  } finally {
    await context.close()
  }
}

/** All that stands in the project now, as text. */
async function everything(): Promise<string> {
  const entries = await readdir(project, { recursive: true, withFileTypes: true })
  const texts = entries.filter((entry) => entry.isFile()).map((entry) => readFile(join(entry.parentPath, entry.name), 'utf8'))
  return (await Promise.all(texts)).join('\n')
}

test('a recording keeps what says nothing of a person, and nothing else of what came', async () => {
  const recorded = await here(record, ['balie/klanten'], { limit: '12' })
  expect(recorded.code).toBe(0)
  expect(recorded.stdout).toBe('connectors/klanten/recordings/klanten/1.json\nconnectors/klanten/recordings/klanten/2.json\n')
  expect(recorded.stderr).toMatch(/^12 records in 2 requests: \d+ values say nothing of a person and were kept, \d+ were made up\.$/m)
  const told = `${recorded.stdout}${recorded.stderr}${await everything()}`
  for (const canary of canaries) expect(told, canary).not.toContain(canary)

  const [first, second] = JSON.parse(await readFile(join(project, 'connectors/klanten/recordings/klanten/1.json'), 'utf8')).results
  expect(first).toEqual({
    bsn: testBsn(1),
    naam: expect.stringMatching(/^Testpersoon \d+$/),
    partner: second.bsn,
    soort: 'inwoner',
    saldo: 0.1,
    dossier: 'https://bron.invalid/dossiers/0',
    adres: { straat: expect.stringMatching(/^Teststraat \d+$/), wijk: 'Centrum' },
    contacten: [{ kanaal: 'mail', adres: expect.stringMatching(/^testpersoon\.\d+@example\.org$/) }],
  })
})

test('what was recorded passes the test of its connector, and recording again replaces it', async () => {
  await here(record, ['balie/klanten'], { limit: '25' })
  await here(record, ['balie/klanten'], { limit: '5' })
  expect(await readdir(join(project, 'connectors/klanten/recordings/klanten'))).toEqual(['1.json'])
  const tried = await here(tryOut, ['klanten'], {})
  expect(tried.stdout.split('\n').filter((line) => /^FAILS (?!weg)/.test(line))).toEqual([
    'FAILS apart has a recording, with every field that is required and none that is not described: there is none; `gemaal connector record <source>/apart` makes one',
  ])
})

test('a value that has not the form that was described is made up, since nobody described what is in it', async () => {
  const before = klanten[0]!.soort
  ;(klanten[0] as { soort: unknown }).soort = { bsn: 'canary' }
  onTestFinished(() => {
    klanten[0]!.soort = before
  })
  await here(record, ['balie/klanten'], { limit: '3' })
  expect(await everything()).not.toContain('canary"')
})

test('what cannot be recorded is said, and makes no file', async () => {
  await expect(here(record, ['balie'], { limit: '5' })).rejects.toThrow('say which stream of balie: balie/klanten, balie/apart, balie/weg')
  await expect(here(record, ['balie/klante'], { limit: '5' })).rejects.toThrow("did you mean 'klanten'?")
  await expect(here(record, ['balie/klanten'], { limit: 'veel' })).rejects.toThrow('--limit is a number of records')
  answersTo = () => 403
  await expect(here(record, ['balie/klanten'], { limit: '5' })).rejects.toMatchObject({ name: 'SourceRefused' })
  expect(await readdir(join(project, 'connectors/klanten'))).toEqual(['connector.yaml'])
})

test('on the source itself a connector is tried in few requests, which are counted', async () => {
  const tried = await here(tryOut, ['klanten'], { source: 'balie' }, true)
  const { checks, requests: sent } = JSON.parse(tried.stdout) as {
    checks: { stream: string; outcome: string; why?: string }[]
    requests: number
  }
  expect(sent).toBe(requests.length)
  expect(sent).toBeLessThan(30)
  const nothing = 'nothing to look at'
  const outcomesOf = (name: string) => checks.filter(({ stream }) => stream === name).map(({ outcome }) => outcome)
  expect(outcomesOf('klanten')).toEqual(['holds', 'holds', nothing, 'holds', nothing])
  expect(outcomesOf('apart')).toEqual(['holds', 'holds', 'holds', nothing, nothing])
  expect(checks.find(({ stream, outcome }) => stream === 'weg' && outcome === 'fails')?.why).toMatch(/404/)
  for (const canary of canaries) expect(`${tried.stdout}${tried.stderr}`).not.toContain(canary)
  await expect(here(tryOut, ['zgw'], { source: 'balie' })).rejects.toThrow("source 'balie' is read by connector 'klanten', not by 'zgw'")
})

test('numbers of test persons pass the test of BSN, each another one', () => {
  const numbers = Array.from({ length: 1000 }, (_, n) => testBsn(n + 1))
  expect(numbers.every((number) => number.startsWith('9999') && elevenTest(number))).toBe(true)
  expect(new Set(numbers).size).toBe(1000)
})
