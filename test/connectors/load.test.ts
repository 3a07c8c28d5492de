import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { connector, field, type JsonObject } from '../../connectors/connector.js'
import { InvalidConnector } from '../../connectors/errors.js'
import { findConnectors, streamsOf } from '../../connectors/load.js'
import { fieldsOf } from '../../connectors/record.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
let cache: string
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'gemaal-connectors-'))
})
afterEach(() => rm(cache, { recursive: true, force: true }))

const yaml = `docs: https://data.example.nl/docs
streams:
  laadpalen:
    path: laadpalen
    pages: { by: single }
    key: id
    record: { properties: { id: { type: string, kind: none, description: Number on the pole } } }
`

const typescript = {
  'connectors/bronnen/connector.ts': `import { connector, SourceRefused } from '@gemaal/gemaal/connector'
import { bronnen } from './streams/bronnen.js'

export default connector({
  docs: 'https://data.example.nl/docs',
  streams: { bronnen: { ...bronnen, async *read() { throw new SourceRefused('closed') } } },
})
`,
  'connectors/bronnen/streams/bronnen.ts': `import { field, type Stream } from '@gemaal/gemaal/connector'
import { z } from 'zod'

export const bronnen = {
  key: 'id' as const,
  record: z.object({ id: field(z.string(), 'none', 'Nummer van de bron'), omschrijving: field(z.string().nullable(), 'vrije_tekst', 'Omschrijving') }),
} satisfies Partial<Stream>
`,
}

test('a folder of the product with a connector is one, under the name of the folder', async () => {
  const connectors = await findConnectors()
  expect(connectors.names).toContain('zgw')
  await expect(connectors.get('zwg')).rejects.toThrow("there is no connector 'zwg'; there is")
})

test('a connector of a project that is data is found beside those of the product', async () => {
  const connectors = await findConnectors({
    project: { 'connectors/laadpalen/connector.yaml': yaml, 'sources/laadpalen.yaml': 'connector: laadpalen' },
  })
  const found = await connectors.get('laadpalen')
  expect(Object.keys(streamsOf(found, { settings: {}, streams: {} }))).toEqual(['laadpalen'])
  expect(await connectors.get('laadpalen')).toBe(found)
})

test('nothing is loaded before it is asked for: a fault in one connector is none of the others', async () => {
  const project = { 'connectors/goed/connector.yaml': yaml, 'connectors/fout/connector.yaml': yaml.replace('key: id', 'key: uuid') }
  const connectors = await findConnectors({ project })
  expect(await connectors.get('goed')).toBeDefined()
  await expect(connectors.get('fout')).rejects.toThrow(
    "connectors/fout/connector.yaml:6:10  stream 'laadpalen': the key 'uuid' is not a field of its record",
  )
})

test('two connectors of one name are refused, shipped or not', async () => {
  await expect(findConnectors({ project: { 'connectors/zgw/connector.yaml': yaml } })).rejects.toThrow(InvalidConnector)
  await expect(
    findConnectors({ project: { 'connectors/a/connector.yaml': yaml, 'connectors/a/connector.ts': '' }, cache }),
  ).rejects.toThrow("there is already a connector 'a'")
})

test('a connector of a project in TypeScript needs a folder to be compiled to', async () => {
  const connectors = await findConnectors({ project: typescript })
  await expect(connectors.get('bronnen')).rejects.toThrow('needs a folder')
})

// In a process of its own, since a test runner resolves and compiles modules in its own way.
async function loadCompiled(project: { [path: string]: string }): Promise<string> {
  const script = `
    const { findConnectors } = await import(${JSON.stringify(pathToFileURL(join(root, 'dist/connectors/load.js')).href)})
    const { fieldsOf } = await import(${JSON.stringify(pathToFileURL(join(root, 'dist/connectors/record.js')).href)})
    const { SourceRefused } = await import(${JSON.stringify(pathToFileURL(join(root, 'dist/connectors/errors.js')).href)})
    const connectors = await findConnectors({ project: JSON.parse(process.argv[1]), cache: process.argv[2] })
    const { streams } = await connectors.get('bronnen')
    const error = await streams.bronnen.read().next().catch((caught) => caught)
    console.log(JSON.stringify([fieldsOf(streams.bronnen.record).map(({ path, kind }) => [path[0], kind]), error instanceof SourceRefused, connectors.names]))
  `
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--input-type=module',
    '--eval',
    script,
    JSON.stringify(project),
    cache,
  ]).catch((error: { stderr: string }) => ({ stdout: error.stderr }))
  return stdout
}

describe('a connector of a project in TypeScript', () => {
  test('is compiled with the files beside it, and shares the contract and the errors of the product', async () => {
    const [fields, sharesErrors, names] = JSON.parse(await loadCompiled(typescript))
    expect(fields).toEqual([
      ['id', 'none'],
      ['omschrijving', 'vrije_tekst'],
    ])
    expect(sharesErrors).toBe(true)
    expect(names).toEqual(expect.arrayContaining(['bronnen', 'zgw']))
  })

  test('is another one when its text changes, and the same when it does not', async () => {
    await Promise.all([loadCompiled(typescript), loadCompiled(typescript)])
    const changed = {
      ...typescript,
      'connectors/bronnen/streams/bronnen.ts': typescript['connectors/bronnen/streams/bronnen.ts'].replaceAll(
        'omschrijving',
        'toelichting',
      ),
    }
    const [fields] = JSON.parse(await loadCompiled(changed))
    expect(fields[1]).toEqual(['toelichting', 'vrije_tekst'])
    const [again] = JSON.parse(await loadCompiled(typescript))
    expect(again[1]).toEqual(['omschrijving', 'vrije_tekst'])
  })

  test('that is no TypeScript is refused with its file', async () => {
    expect(await loadCompiled({ 'connectors/bronnen/connector.ts': 'export default connector({' })).toContain(
      'connectors/bronnen/connector.ts: it is not TypeScript that can be compiled',
    )
  })

  test('that exports no connector is refused with what to do', async () => {
    expect(await loadCompiled({ 'connectors/bronnen/connector.ts': 'export const bronnen = {}' })).toContain(
      'its default export is not a connector',
    )
  })

  test('that contradicts itself is refused with its file and stream', async () => {
    const project = {
      ...typescript,
      'connectors/bronnen/streams/bronnen.ts': typescript['connectors/bronnen/streams/bronnen.ts'].replace("key: 'id'", "key: 'uuid'"),
    }
    expect(await loadCompiled(project)).toContain(
      "connectors/bronnen/connector.ts: stream 'bronnen': the key 'uuid' is not a field of its record",
    )
  })
})

describe('streams that a source file states', () => {
  const cbs = connector({
    docs: 'https://data.example.nl/docs',
    streamSettings: z.strictObject({ table: z.string() }),
    streams: ({ streams }) =>
      Object.fromEntries(
        Object.entries(streams).map(([name, { table }]) => [
          name,
          {
            path: `${table}/data`,
            pages: { by: 'single' as const },
            key: table === 'leeg' ? 'geen' : 'id',
            record: z.object({ id: field(z.string(), 'none', 'Nummer') }),
          },
        ]),
      ),
  })

  test('are those of the connector, made from their settings', () => {
    const streams = streamsOf(cbs, { settings: {}, streams: { kerncijfers: { table: '86165NED' } } })
    expect(streams.kerncijfers).toMatchObject({ path: '86165NED/data', key: 'id' })
    expect(fieldsOf(streams.kerncijfers!.record)).toHaveLength(1)
  })

  test('are refused when a setting is missing, unknown, or leads to a contradiction', () => {
    const wrong: JsonObject[] = [{}, { table: 'x', regoin: 'y' }, { table: 'leeg' }]
    for (const stream of wrong) expect(() => streamsOf(cbs, { settings: {}, streams: { kerncijfers: stream } })).toThrow(InvalidConnector)
  })
})

test('the package exports what a connector of a project imports', async () => {
  const { exports } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
  expect(exports['./connector'].default).toBe('./dist/connectors/connector.js')
})
