import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { root } from '../../cli/embedded/build.mjs'
import type { Connector } from '../../connectors/connector.js'
import { findConnectors, streamsOf } from '../../connectors/load.js'
import { openStream } from '../../connectors/stream.js'
import { newPseudonymKey } from '../../worker/pseudonyms.js'
import { filesIn } from '../config/files.js'
import { conforms } from '../connectors/conformance.js'
import { openFolder, type TestFolder } from '../support/folder.js'
import { openProject, type TestProject } from '../support/project.js'
import {
  type ExampleServer,
  type Laadpaal,
  type Meldingen,
  serveLaadpalen,
  serveMeldingen,
  serveWerkorders,
  someMelding,
  werkordersCredentials,
} from './example-servers.js'
import { blocksOf } from './pages.js'
import { expectReal, fenced } from './real.js'

const examples = join(root, 'docs', 'examples')
const files = filesIn(join(examples, 'waterdam'))
const inCode = readFileSync(join(examples, 'laadpalen.ts'), 'utf8')

let cache: TestFolder

beforeAll(async () => {
  cache = await openFolder()
})

afterAll(() => cache.remove())

async function load(name: string, project: { readonly [path: string]: string }): Promise<Connector> {
  return (await findConnectors({ project, cache: cache.path })).get(name)
}

const asCode = () => load('laadpalen', { 'connectors/laadpalen/connector.ts': inCode })
const asData = () => load('laadpalen', files)

test('the page shows the examples as they are', async () => {
  await expectReal('writing-a-connector.md', {
    'werkorders-as-data': fenced('yaml', files['connectors/werkorders/connector.yaml']!),
    'werkorders-dataset': fenced('yaml', files['datasets/beheer/werkorders.yaml']!),
    'laadpalen-as-data': fenced('yaml', files['connectors/laadpalen/connector.yaml']!),
    'laadpalen-as-code': fenced('ts', inCode),
    'laadpalen-source': fenced('yaml', files['sources/laadpalen.yaml']!),
    'laadpalen-dataset': fenced('yaml', files['datasets/mobiliteit/laadpalen.yaml']!),
    meldingen: fenced('ts', files['connectors/meldingen/connector.ts']!),
    'meldingen-source': fenced('yaml', files['sources/meldingen.yaml']!),
    'meldingen-dataset': fenced('yaml', files['datasets/openbare_ruimte/meldingen.yaml']!),
  })
  expect(blocksOf('docs/writing-a-connector.md').filter(({ language }) => language === 'ts')).toHaveLength(2)
})

test('the examples in TypeScript compile against what the package gives', () => {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  const options = '--noEmit --ignoreConfig --strict --target es2022 --module nodenext --verbatimModuleSyntax --skipLibCheck --types node'
  const paths = ['laadpalen.ts', 'waterdam/connectors/meldingen/connector.ts'].map((file) => join(examples, file))
  const { status, stdout } = spawnSync(process.execPath, [tsc, ...options.split(' '), ...paths], { cwd: root, encoding: 'utf8' })
  expect(stdout).toBe('')
  expect(status).toBe(0)
})

test('a connector is the same as data and as code', async () => {
  const [data, code] = await Promise.all([asData(), asCode()])
  const opened = [data, code].map((connector) => openStream('laadpalen', streamsOf(connector, { settings: {}, streams: {} })))
  expect(opened[0]!.fields).toEqual(opened[1]!.fields)
  const { record: _, ...ofData } = opened[0]!.definition
  const { record: __, ...ofCode } = opened[1]!.definition
  expect(ofData).toEqual(ofCode)
  expect({ ...data, streams: undefined }).toEqual({ ...code, streams: undefined })
})

const apiKey = 'sleutel-van-de-laadpalen'
const token = 'token-van-de-meldingen'

for (const [form, connector] of [
  ['data', asData],
  ['code', asCode],
] as const) {
  conforms(`laadpalen of the docs, as ${form}`, {
    streams: ['laadpalen'],
    async start() {
      const server = await serveLaadpalen()
      return {
        connector: await connector(),
        source: { baseUrl: `${server.url}/v1/`, credentials: { key: apiKey } },
        overHttp: true,
        secrets: [apiKey],
        keys: () => server.rows.map(({ id }) => JSON.stringify({ id })),
        async change() {
          server.rows[3]!.status = 'defect'
          server.rows[3]!.gewijzigdOp = '2026-04-01T12:00:00.123456Z'
          server.rows.push({ ...server.rows[0]!, id: 'LP-9000', gewijzigdOp: '2026-04-02T12:00:00Z' })
        },
        missingKey: () => ({ id: 'LP-0000' }),
        stop: server.close,
      }
    },
  })
}

conforms('werkorders of the docs', {
  streams: ['werkorders'],
  async start() {
    const server = await serveWerkorders()
    return {
      connector: await load('werkorders', files),
      source: { baseUrl: `${server.url}/api/v2`, credentials: werkordersCredentials },
      overHttp: true,
      secrets: [werkordersCredentials.clientSecret, 'een-token', 'de Vries'],
      keys: () => server.rows.map(({ id }) => JSON.stringify({ id })),
      async change() {
        Object.assign(server.rows[3]!, { status: 'gereed', updatedAt: '2026-06-10T12:00:00Z' })
        server.rows.push({ ...server.rows[0]!, id: 'WO-9000', updatedAt: '2026-06-11T12:00:00Z' })
      },
      missingKey: () => ({ id: 'WO-0000' }),
      stop: server.close,
    }
  },
})

conforms('meldingen of the docs', {
  streams: ['meldingen'],
  async start() {
    const server = await serveMeldingen()
    return {
      connector: await load('meldingen', files),
      source: { baseUrl: server.url, credentials: { token }, settings: { gebied: 'centrum' } },
      overHttp: true,
      secrets: [token],
      keys: () => [...server.rows.keys()].map((nummer) => JSON.stringify({ nummer })),
      async change() {
        server.put({ ...server.rows.get('M-00002')!, tekst: 'Gemaakt.' })
        server.put(someMelding(100))
      },
      missingKey: () => ({ nummer: 'M-99999' }),
      stop: server.close,
    }
  },
})

describe('the project of the docs', () => {
  let laadpalen: ExampleServer<Laadpaal[]>
  let meldingen: Meldingen
  let project: TestProject

  beforeAll(async () => {
    laadpalen = await serveLaadpalen()
    meldingen = await serveMeldingen()
    project = await openProject(files, {
      LAADPALEN_URL: `${laadpalen.url}/v1/`,
      GEMAAL_LAADPALEN_KEY: apiKey,
      MELDINGEN_URL: meldingen.url,
      GEMAAL_MELDINGEN_TOKEN: token,
      GEMAAL_KEY_OPENBARE_RUIMTE: newPseudonymKey('openbare-ruimte'),
    })
  })

  afterAll(async () => {
    await project.close()
    await laadpalen.close()
    await meldingen.close()
  })

  test('lands what the sources hold, and follows what changes and what goes', async () => {
    await project.read('laadpalen/laadpalen')
    expect(await project.rows('select id, tarief::text, adres_straat from mobiliteit.laadpalen order by id limit 1')).toEqual([
      { id: 'LP-0001', tarief: '0.3650', adres_straat: 'Sluiskade' },
    ])
    laadpalen.rows[0]!.tarief = '0.4100'
    laadpalen.rows[0]!.gewijzigdOp = '2026-06-01T00:00:00Z'
    const changed = await project.read('laadpalen/laadpalen', 'changes')
    expect(changed.datasets[0]!.balance).toMatchObject({ changed: 1, new: 0 })
    laadpalen.rows.splice(5, 1)
    await project.read('laadpalen/laadpalen')
    expect(await project.rows('select count(*)::int as n, max(tarief)::text as tarief from mobiliteit.laadpalen')).toEqual([
      { n: 24, tarief: '0.4100' },
    ])

    await project.read('meldingen/meldingen')
    meldingen.remove('M-00004')
    meldingen.put(someMelding(50))
    const followed = await project.read('meldingen/meldingen', 'changes')
    expect(followed.datasets[0]!.balance).toMatchObject({ read: 2, new: 1, removed: 1 })
    const rows = await project.rows<{ nummer: string }>('select nummer from openbare_ruimte.meldingen order by nummer')
    expect(rows.map(({ nummer }) => nummer)).toEqual([...meldingen.rows.keys()].sort())
    expect(await project.rows(`select melder like 'op1\\_%' as hidden from openbare_ruimte.meldingen where nummer = 'M-00001'`)).toEqual([
      { hidden: true },
    ])
  })
})
