import { readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'
import { run as check } from '../../cli/check.js'
import { run as create } from '../../cli/connector-new.js'
import { root } from '../../cli/embedded/build.mjs'
import { run as init } from '../../cli/init.js'
import { openFolder } from '../support/folder.js'
import { commandIn } from '../support/gemaal.js'

let project: string

beforeEach(async () => {
  const folder = await openFolder()
  onTestFinished(() => folder.remove())
  project = join(folder.path, 'waterdam')
  await init(commandIn(undefined).context, [project], { name: 'Gemeente Waterdam', code: '0363' })
})

const documents = join(root, 'test', 'cli', 'openapi')

async function propose(name: string, openapi: string, more = {}) {
  const { context, texts } = commandIn(project)
  try {
    return { code: await create(context, [name], { openapi, ...more }), ...texts }
  } finally {
    await context.close()
  }
}

async function checked() {
  const { context, texts } = commandIn(project, {}, true)
  try {
    const code = await check(context)
    return {
      code,
      problems: (JSON.parse(texts.stdout) as { problems: { message: string }[] }).problems.map(({ message }) => message).join('\n'),
    }
  } finally {
    await context.close()
  }
}

const file = (name: string) => join(project, 'connectors', name, 'connector.yaml')
const proposed = async (name: string) => parse(await readFile(file(name), 'utf8'))
const confirm = async (name: string) => writeFile(file(name), (await readFile(file(name), 'utf8')).replace(/(kind: \w+)\?/g, '$1'))

describe('a document in the shape of a ZGW API', () => {
  test('gives its list with links, key, path of one record, and a filter to try', async () => {
    const made = await propose('klachten', join(documents, 'zgw.yaml'))
    expect(made.stdout).toBe('connectors/klachten/connector.yaml\nsources/klachten.yaml\n')
    expect(made.stderr).toContain('Left out: /klachten/{klacht_uuid}/reacties: a list of each of other records')
    const { docs, authentication, streams } = await proposed('klachten')
    expect({ docs, authentication }).toEqual({ docs: 'https://klachten.example.nl/docs', authentication: { by: 'zgw' } })
    expect(streams).toEqual({
      klachten: {
        description: 'Alle klachten opvragen',
        path: 'klachten',
        pages: { by: 'nextLink', records: 'results', total: 'count', next: 'next' },
        key: 'uuid',
        byKeyPath: 'klachten/{uuid}',
        record: expect.anything(),
      },
    })
    expect(await readFile(file('klachten'), 'utf8')).toContain('# changes: { cursor: laatstGewijzigd, param: laatstGewijzigd__gte }')
    expect(await readFile(join(project, 'sources/klachten.yaml'), 'utf8')).toContain('baseUrl: https://klachten.example.nl/api/v1\n')
  })

  test('gives its record with the parts of allOf, without what is only sent, and ends where it is in itself', async () => {
    await propose('klachten', join(documents, 'zgw.yaml'))
    const { required, properties } = (await proposed('klachten')).streams.klachten.record
    expect(required).toEqual(['uuid', 'url', 'status'])
    expect(Object.keys(properties)).not.toContain('wachtwoord')
    expect(properties).toMatchObject({
      uuid: { type: 'string', format: 'uuid', kind: 'none?', description: 'Unieke code: een UUID 4' },
      status: { enum: ['open', 'gesloten'], kind: 'none?', description: 'Waar de klacht staat' },
      toelichting: { type: ['string', 'null'], kind: 'vrije_tekst?' },
      geometrie: { type: 'object', format: 'geojson', kind: 'locatie?' },
      melder: {
        properties: {
          inpBsn: { kind: 'bsn?' },
          naam: { kind: 'naam?' },
          emailadres: { kind: 'contact?' },
          geboortedatum: { kind: 'geboortedatum?' },
        },
      },
      reacties: { type: 'array', kind: 'none', items: { properties: { tekst: { kind: 'vrije_tekst?' } } } },
      hoofdklacht: { kind: 'none?', lands: false },
    })
  })
})

test('a document in the shape of TOPdesk gives offsets that go on by 206, and links in a header', async () => {
  await propose('balie', join(documents, 'topdesk.yaml'))
  const { authentication, streams } = await proposed('balie')
  expect(authentication).toEqual({ by: 'basic' })
  expect(streams.incidents).toMatchObject({
    pages: { by: 'offset', param: 'start', size: { param: 'page_size', value: 500 }, more: { status: 206 } },
    byKeyPath: 'incidents/id/{id}',
  })
  expect(streams.incidents.record.properties.caller).toEqual({
    type: ['object', 'null'],
    properties: {
      id: { type: 'string', kind: 'identificatie?', description: 'Id' },
      dynamicName: { type: 'string', kind: 'naam?', description: 'Dynamic name' },
      branch: { kind: 'none?', lands: false, description: 'Branch' },
    },
  })
  expect(streams.branches.pages).toEqual({ by: 'nextLink', next: 'Link', header: true })
})

test('a document as Spring makes it, in JSON, gives pages from 0, tokens, and OAuth2; what is no list is no stream', async () => {
  await propose('vergunningen', join(documents, 'spring.json'))
  const { authentication, streams } = await proposed('vergunningen')
  expect(authentication).toEqual({ by: 'oauth2', tokenPath: 'https://login.example/token', scope: 'lezen' })
  expect(Object.keys(streams)).toEqual(['permits', 'events'])
  expect(streams.permits).toMatchObject({
    pages: { by: 'pageNumber', records: 'content', param: 'page', first: 0, total: 'totalElements', size: { param: 'size', value: 20 } },
    key: 'id',
    byKeyPath: 'api/v1/permits/{id}',
    record: { properties: { applicantName: { kind: 'naam?' }, licensePlate: { kind: 'kenteken?' }, iban: { kind: 'rekening?' } } },
  })
  expect(streams.events).toMatchObject({
    pages: { by: 'cursorToken', records: 'data', param: 'cursor', token: 'meta.nextCursor', size: { param: 'limit', value: 50 } },
    key: 'eventId',
    record: { properties: { customer: { properties: { number: { kind: 'identificatie?' }, name: { kind: 'naam?' } } } } },
  })
})

test.each(['zgw.yaml', 'topdesk.yaml', 'spring.json'])(
  'each guess of %s is refused until it is confirmed, and then the project is in order',
  async (name) => {
    const made = await propose('proef', join(documents, name))
    const guesses = (await readFile(file('proef'), 'utf8')).match(/kind: \w+\?/g)!
    expect(made.stderr).toContain(`${guesses.length} kinds are guesses.`)
    const before = await checked()
    expect(before.code).toBe(5)
    expect(before.problems.match(/is a guess; correct it, or take the question mark away where it is right/g)).toHaveLength(guesses.length)
    await confirm('proef')
    expect(await checked()).toEqual({ code: 0, problems: '' })
  },
)

test('a document is fetched from its address, and a server without a host is that of the address', async () => {
  const server = createServer(async (_, response) => response.end(await readFile(join(documents, 'spring.json'))))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  await propose('vergunningen', `${url}/v3/api-docs`)
  expect(await readFile(join(project, 'sources/vergunningen.yaml'), 'utf8')).toContain(`baseUrl: ${url}/rest\n`)
  expect((await proposed('vergunningen')).docs).toBe(`${url}/v3/api-docs`)
})

test.each([
  ['swagger: "2.0"\npaths: {}\n', /of version 2\.0\. A Swagger 2\.0 document is converted first/],
  ['gewoon: yaml\n', /is no document of OpenAPI 3\.0 or 3\.1\. /],
  ['openapi: 3.1.0\n  paths: {\n', /is no YAML and no JSON/],
  ['openapi: 3.1.0\npaths: {}\n', /has no list of records that can be asked for by GET/],
  [
    "openapi: 3.0.0\npaths: { /x: { $ref: 'paden.yaml#/x' } }\n",
    /refers to another document \(paden\.yaml#\/x\)\. Bundle it into one first/,
  ],
  ["openapi: 3.0.0\npaths: { /x: { $ref: '#/paths/~1x' } }\n", /has no list of records/],
])('what nothing can be proposed from is said, and makes no file: %j', async (text, message) => {
  const document = join(project, 'README.md')
  await writeFile(document, text)
  await expect(propose('proef', document)).rejects.toThrow(message)
  await expect(propose('proef', join(project, 'niets.yaml'))).rejects.toThrow('niets.yaml cannot be read (ENOENT)')
  await expect(propose('proef', document, { typescript: true })).rejects.toThrow('--openapi proposes a connector that is data')
  expect(await readdir(join(project, 'sources'))).toEqual(['.gitkeep'])
})
