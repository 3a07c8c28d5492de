import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { openFolder, writeFiles } from '../support/folder.js'
import { gemaal } from '../support/gemaal.js'
import { sampleFolder } from '../support/waterdam.js'

/** Reads tables whose columns only the server knows: it lists them under /tables. */
const tables = `
import { connector, field, type JsonObject, type RecordSchema, type Stream } from '@gemaal/gemaal/connector'
import { z } from 'zod'

type Table = { name: string; title: string; key: string[]; columns: { [name: string]: string } }

export default connector({
  docs: 'https://tabellen.example/docs',
  authentication: { by: 'apiKey', header: 'X-Key' },
  streamSettings: z.object({ table: z.string(), key: z.string(), record: z.record(z.string(), z.looseObject({})) }),
  streams: ({ streams }) =>
    Object.fromEntries(
      Object.entries(streams).map(([name, { table, key, record }]): [string, Stream] => {
        const stated = Object.entries(record as { [field: string]: RecordSchema }).filter(([, schema]) => schema.kind)
        const properties = Object.fromEntries(stated.map(([field, schema]) => [field, { description: field, ...schema }]))
        return [name, { path: 'tables/' + table, pages: { by: 'single' }, key: key as string, record: { properties } }]
      }),
    ),
  async discover({ http }) {
    const { body } = await http.request({ url: 'tables' })
    return Object.fromEntries(
      (body as Table[]).map(({ name, title, key, columns }) => [
        name.toLowerCase(),
        { settings: { table: name }, key, description: title, record: { properties: Object.fromEntries(Object.entries(columns).map(([c, type]) => [c, { type }])) } },
      ]),
    )
  },
})
`

const offered = [
  { name: 'VOORZIENING', title: 'Toegekende voorzieningen', key: ['ID'], columns: { ID: 'integer', BSN: 'string', SOORT: 'string' } },
  { name: 'CLIENT', title: 'Cliënten', key: [] as string[], columns: { NUMMER: 'string' } },
]
let url: string
let asked: (string | undefined)[] = []
const server = createServer((request, response) => {
  asked.push(request.headers['x-key'] as string | undefined)
  const body = request.url === '/tables' ? offered : [{ ID: 1, BSN: '999990019', SOORT: 'canary-soort' }]
  response.writeHead(request.headers['x-key'] === 'sleutel' ? 200 : 401, { 'content-type': 'application/json' }).end(JSON.stringify(body))
})

let project: string
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => server.close())
beforeEach(async () => {
  asked = []
  const folder = await openFolder()
  onTestFinished(() => folder.remove())
  project = folder.path
  const files = {
    'gemaal.yaml': 'gemaal: 1\norganisation: { name: W, code: 0363 }\ncontact: { data: d@waterdam.example, fg: fg@waterdam.example }\n',
    'connectors/tabellen/connector.ts': tables,
    'sources/wmo.yaml': `# de leverancier\nconnector: tabellen\nbaseUrl: ${url} # binnen het netwerk\n`,
  }
  await writeFiles(project, files)
})

const run = (args: string[], env: { [name: string]: string } = { GEMAAL_WMO_KEY: 'sleutel' }) => gemaal(args, { cwd: project, env })
const source = () => readFile(join(project, 'sources/wmo.yaml'), 'utf8')

describe('a source whose streams are known only there', () => {
  test('is asked for them, and they are shown as they would stand in its file, without kinds', async () => {
    const before = await source()
    const discovered = await run(['discover', 'wmo'])
    expect(discovered.code).toBe(0)
    expect(discovered.stdout).toMatch(
      /^streams:\n[^\n]*Toegekende voorzieningen[^\n]*\n {2}voorziening:\n {4}table: VOORZIENING\n {4}key: ID\n {4}record:\n {6}ID: \{ type: integer \}\n/,
    )
    expect(discovered.stdout).not.toContain('kind:')
    expect(discovered.stderr).toContain('2 of 2 streams are not in sources/wmo.yaml yet')
    expect(discovered.stderr).toContain('client: the source does not say what its key is; state it')
    expect(await source()).toBe(before)
    expect(asked).toEqual(['sleutel'])
  })

  test('--write puts them in its file with all else as it was; a field lands once a person stated its kind', async () => {
    const before = await source()
    expect(await run(['discover', 'wmo', '--write'])).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('2 more streams: voorziening, client'),
    })
    const written = await source()
    expect(written.startsWith(before)).toBe(true)
    await writeFile(
      join(project, 'sources/wmo.yaml'),
      written.replace('ID: { type: integer }', 'ID: { type: integer, kind: none }').replace(/ *# Proposed by [^\n]*Cliënten[\s\S]*$/, ''),
    )
    expect(await run(['dataset', 'add', 'wmo.voorzieningen', '--from', 'wmo/voorziening'])).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('would land 1 column:'),
    })
    const tried = await run(['try', 'wmo/voorziening', '--json'])
    expect(JSON.parse(tried.stdout)).toMatchObject({
      records: [{ goes: 'land', columns: { id: '1' } }],
      surprises: expect.arrayContaining([expect.objectContaining({ what: 'undescribed field', field: 'BSN' })]),
    })
    expect(tried.stdout + tried.stderr).not.toMatch(/999990019|canary-soort/)
    const again = await run(['discover', 'wmo'])
    expect(again).toMatchObject({ code: 0, stderr: expect.stringContaining('1 of 2 streams are not in sources/wmo.yaml yet') })
    expect(again.stdout).not.toContain('voorziening:')
  })

  test('what the source changed since is told by field', async () => {
    await run(['discover', 'wmo', '--write'])
    offered[0]!.columns = { ID: 'integer', BSN: 'string', NIEUW: 'string' } as never
    onTestFinished(() => {
      offered[0]!.columns = { ID: 'integer', BSN: 'string', SOORT: 'string' }
    })
    const { stderr } = await run(['discover', 'wmo'])
    expect(stderr).toContain('voorziening: the source has fields that sources/wmo.yaml does not state: NIEUW')
    expect(stderr).toContain('voorziening: sources/wmo.yaml states fields that the source has no more: SOORT')
  })

  test('that does not take our key ends with 5', async () => {
    const refused = await run(['discover', 'wmo'], { GEMAAL_WMO_KEY: 'canary-key' })
    expect(refused).toMatchObject({ code: 5, stdout: '', stderr: expect.stringContaining('GEMAAL_WMO_KEY') })
    expect(refused.stderr).not.toContain('canary')
  })
})

describe('a source whose connector knows the streams', () => {
  const sample = (...args: string[]) => gemaal(['discover', ...args], { cwd: project, env: { GEMAAL_PROJECT: sampleFolder } })

  test('is listed with key, readings, what changes cannot see, re-reading by key, and the datasets that take from it', async () => {
    const { code, stdout } = await sample('open-zaak')
    expect(code).toBe(0)
    expect(stdout).toMatch(
      /^zaken {2}Zaken[^\n]*\n {2}key +uuid\n {2}readings {2}full, changes \(updates seen, deletes seen\)\n +The source has no filter on change/,
    )
    expect(stdout).toMatch(/by key +yes[^\n]*\n {2}datasets {2}wmo\.zaken, zaken\.open_zaken, zaken\.zaken/)
  })

  test('has nothing to write', async () => {
    expect(await sample('open-zaak', '--write')).toMatchObject({ code: 2, stderr: expect.stringContaining('it knows them itself') })
    expect(await sample('openzaak')).toMatchObject({ code: 2, stderr: expect.stringContaining("did you mean 'open-zaak'?") })
  })
})
