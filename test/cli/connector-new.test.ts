import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { run as check } from '../../cli/check.js'
import { run as create } from '../../cli/connector-new.js'
import { connectorFiles } from '../../cli/connector-templates.js'
import { run as tryOut } from '../../cli/connector-test.js'
import { root } from '../../cli/embedded/build.mjs'
import { run as init } from '../../cli/init.js'
import { run as tryStream } from '../../cli/try.js'
import { loadProject } from '../../config/load.js'
import { parseConnector } from '../../connectors/declarative.js'
import { recordedFixture } from '../../connectors/recordings/fixture.js'
import { readRecordings } from '../../connectors/recordings/folder.js'
import { openFolder } from '../support/folder.js'
import { commandIn, gemaal } from '../support/gemaal.js'

let project: string

beforeEach(async () => {
  const folder = await openFolder()
  onTestFinished(() => folder.remove())
  project = join(folder.path, 'waterdam')
  await init(commandIn(undefined).context, [project], { name: 'Gemeente Waterdam', code: '0363' })
})

type Verb<Options> = (context: ReturnType<typeof commandIn>['context'], args: string[], options: Options) => Promise<number>

async function here<Options>(verb: Verb<Options>, args: string[], options: Options, json = false) {
  const { context, texts } = commandIn(project, {}, json)
  try {
    return { code: await verb(context, args, options), ...texts }
  } finally {
    await context.close()
  }
}
const text = (file: string) => readFile(join(project, file), 'utf8')

describe('connector new', () => {
  test.each([
    ['as data', {}, 'connector.yaml'],
    ['in TypeScript', { typescript: true }, 'connector.ts'],
  ] as const)('makes a connector %s that passes at once, without a warning', async (_, options, file) => {
    const made = await here(create, ['laadpalen-delft'], options)
    expect(made.stdout.split('\n')).toEqual([
      `connectors/laadpalen-delft/${file}`,
      'connectors/laadpalen-delft/recordings/laadpalen_delft/1.json',
      'sources/laadpalen-delft.yaml',
      'datasets/laadpalen_delft/laadpalen_delft.yaml',
      '',
    ])
    expect(made.stderr).toContain('Next: gemaal connector test laadpalen-delft')
    expect(await here(check, [], {})).toEqual({
      code: 0,
      stdout: '',
      stderr: 'The project is in order: 1 source, 1 stream, 1 dataset, 0 marts, 0 activities.\n',
    })
    const tried = await here(tryOut, ['laadpalen-delft'], {})
    expect(tried).toMatchObject({ code: 0, stderr: 'laadpalen-delft: 13 checks hold, 0 fail, 0 have nothing to look at.\n' })
    expect(tried.stdout).toMatch(/^holds laadpalen_delft goes on from every cursor to the same set, by every reading$/m)
  })

  test('as a command it says the same, and an editor finds the form of the file', async () => {
    expect(await gemaal(['connector', 'new', 'kassa'], { cwd: project })).toMatchObject({ code: 0 })
    expect(await gemaal(['connector', 'test', 'kassa'], { cwd: project })).toMatchObject({ code: 0 })
    const [, schema] = /\$schema=(\S+)/.exec(await text('connectors/kassa/connector.yaml')) ?? []
    expect(await text(join('connectors/kassa', schema!))).toContain('"title": "Connector of Gemaal"')
  })

  test('what stands is not overwritten, and then nothing is made', async () => {
    await writeFile(join(project, 'sources', 'kassa.yaml'), 'connector: zgw\nbaseUrl: https://x.example\n')
    await expect(here(create, ['kassa'], {})).rejects.toThrow(
      'sources/kassa.yaml is there already and is not overwritten; take another name',
    )
    expect(await readdir(join(project, 'connectors')).catch(() => [])).toEqual([])
  })

  test.each([
    ['Kassa', /kebab-case.*|'Kassa' cannot be the name of a connector/],
    ['kassa/../..', /not made/],
    ['zgw', /there is a connector of that name already/],
    ['meta', /the schema 'meta' is reserved/],
    ['key-kassa', /variables would be those of a setting/],
  ])('%s cannot be made', async (name, message) => {
    await expect(here(create, [name], {})).rejects.toThrow(message)
    expect(await readdir(join(project, 'sources'))).toEqual(['.gitkeep'])
  })

  test('without a project, and outside of a clone, it says where to go', async () => {
    const folder = await openFolder()
    onTestFinished(() => folder.remove())
    const made = await gemaal(['connector', 'new', 'kassa'], { cwd: folder.path })
    expect(made).toMatchObject({ code: 5, stderr: expect.stringContaining('there is no project here') })
  })
})

test('recordings are no part of the project that is applied', async () => {
  await here(create, ['kassa'], {})
  const { project: loaded } = await loadProject(project)
  expect(Object.keys(loaded.files).filter((path) => path.startsWith('connectors/'))).toEqual(['connectors/kassa/connector.yaml'])
})

test('what is made can be tried on a source as it says it is', async () => {
  await here(create, ['kassa'], {})
  const connector = parseConnector(await text('connectors/kassa/connector.yaml'), 'connector.yaml')
  const source = await recordedFixture(connector, await readRecordings(join(project, 'connectors/kassa/recordings'))).start()
  onTestFinished(() => source.stop())
  const { context, texts } = commandIn(project, { KASSA_URL: source.source.baseUrl, GEMAAL_KASSA_TOKEN: source.source.credentials!.token! })
  expect(await tryStream(context, ['kassa/kassa'], { limit: '20' })).toBe(0)
  await context.close()
  expect(texts.stderr).toContain('kassa.kassa: 5 would land, 0 would go to quarantine, 0 would be outside.')
})

describe('connector test', () => {
  test('a connector that changed away from its recording fails by the names of the fields', async () => {
    await here(create, ['kassa'], {})
    const file = join(project, 'connectors/kassa/connector.yaml')
    await writeFile(
      file,
      (await text('connectors/kassa/connector.yaml'))
        .replace('required: [id, gewijzigdOp]', 'required: [id, gewijzigdOp, soort]')
        .replace(
          '        bedrag: { type: number, kind: none, description: Bedrag in euro }\n',
          '        soort: { type: string, kind: none, description: Soort }\n',
        ),
    )
    const { code, stdout } = await here(tryOut, ['kassa'], {}, true)
    expect(code).toBe(1)
    const failed = (JSON.parse(stdout) as { checks: { outcome: string }[] }).checks.filter(({ outcome }) => outcome === 'fails')
    expect(failed).toEqual([
      {
        stream: 'kassa',
        sentence: 'has a recording, with every field that is required and none that is not described',
        outcome: 'fails',
        why: 'absent or null in a record: soort',
      },
    ])
  })

  test('without a recording it says how to get one', async () => {
    await here(create, ['kassa'], {})
    await rm(join(project, 'connectors/kassa/recordings'), { recursive: true })
    await expect(here(tryOut, ['kassa'], {})).rejects.toThrow(
      'there are no recordings to test by; `gemaal connector record <source>/kassa` makes one',
    )
  })

  test('streams that code reads are named as what recordings cannot be played for', async () => {
    await expect(here(tryOut, ['sql'], {})).rejects.toThrow(
      "connector 'sql' has no streams to test by recordings: they are known at the source alone",
    )
    await expect(here(tryOut, ['kasa'], {})).rejects.toThrow("there is no connector 'kasa'")
    const zgw = await here(tryOut, ['zgw'], {})
    expect(zgw.stdout).toMatch(/^– +zaken is played from its recording: it is read by code/m)
    expect(zgw.code).toBe(0)
  })
})

test('in a clone of the product the tests there play the recording', async () => {
  const files = connectorFiles('kassa', { typescript: true, isProduct: true })
  expect(files['connectors/kassa/connector.ts']).toContain("from '../connector.js'")
  expect(Object.keys(files)).toEqual(['connectors/kassa/connector.ts', 'test/connectors/recordings/kassa/kassa/1.json'])
  expect(await readFile(join(root, 'test/connectors/conformance.test.ts'), 'utf8')).toContain('recordedFixtures()')
})
