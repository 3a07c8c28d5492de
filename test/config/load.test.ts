import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { findProject } from '../../config/folder.js'
import { loadProject, loadSnapshot } from '../../config/load.js'
import { ConfigError } from '../../config/problem.js'
import type { ProjectFiles } from '../../config/project.js'
import { changed, problemsOf, sample, sampleFolder, waterdamFolder, withFile } from './files.js'

test('what people wrote as text stays text', () => {
  const { project } = loadSnapshot(
    withFile('sources/cbs.yaml', 'connector: cbs\nstreams: { kerncijfers: { table: 12E4, region: 0363, year: 1_0, open: yes } }\n'),
  )
  expect(project.gemaal.organisation).toEqual({ name: 'Gemeente Waterdam', code: '0363', rsin: '002564440' })
  expect(project.sources.get('cbs')!.streams).toEqual({ kerncijfers: { table: '12E4', region: '0363', year: '1_0', open: 'yes' } })
})

test('null without quotes is null, and with quotes it is text', () => {
  const { project } = loadSnapshot(
    changed('datasets/zaken/open_zaken.yaml', '{ einddatum: null }', "{ a: null, b: ~, c: 'null', d: [x, null] }"),
  )
  expect(project.datasets.get('zaken.open_zaken')!.where).toEqual({
    a: { test: 'null' },
    b: { test: 'null' },
    c: { test: 'in', values: ['null'] },
    d: { test: 'in', values: ['x', null] },
  })
})

test('what was left out is derived, and said to be', async () => {
  const { project } = await loadProject(sampleFolder)
  const rollen = project.datasets.get('zaken.rollen')!
  expect(rollen).toMatchObject({
    title: 'Rollen',
    owner: 'datateam@waterdam.example',
    version: '1.0.0',
    fresh: 2 * 86_400,
    refused: 'keep',
  })
  expect(rollen.derived).toEqual(expect.arrayContaining(['title', 'owner', 'version', 'fresh']))
  expect(rollen.derived).not.toContain('personal')
  expect(project.datasets.get('wmo.zaken')!.derived).toEqual([])
  const source = project.sources.get('open-zaak')!
  expect(source.derived).toEqual(['syncs'])
  expect(source.syncs).toMatchObject({
    daily: { read: 'changes', when: { by: 'at', times: ['05:30'] } },
    weekly: { read: 'full', when: { by: 'at', times: ['03:30'], days: ['sunday'] } },
  })
  expect(project.sources.get('zaaksysteem')!.derived).toEqual([])
})

test('the hard case of a source and of a contract are read whole', async () => {
  const { project } = await loadProject(sampleFolder)
  expect(project.sources.get('zaaksysteem')).toMatchObject({
    connector: 'zgw',
    knownAs: { 'https://zaken.leverancier.example/api/v1': 'zaken' },
    headers: { 'Fsc-Grant-Hash': { env: 'ZAAKSYSTEEM_GRANT' } },
    credentials: { clientId: 'gemaal', secret: { file: '/run/secrets/zaaksysteem' } },
    budget: { name: 'zaaksysteem', requests: 300, perSeconds: 60, atOnce: 4, between: { from: '19:00', to: '07:00' } },
    syncs: {
      office: { when: { by: 'every', seconds: 900, days: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'] } },
      catalogi: { streams: ['zaaktypen', 'statustypen'] },
    },
  })
  expect(project.datasets.get('wmo.zaken')).toMatchObject({
    from: [
      { source: 'open-zaak', stream: 'zaken' },
      { source: 'zaaksysteem', stream: 'zaken' },
    ],
    where: {
      zaaktype_identificatie: { test: 'in', values: ['B0337', 'B0338'] },
      vertrouwelijkheidaanduiding: { test: 'atMost', value: 'zaakvertrouwelijk' },
      registratiedatum: { test: 'range', from: '2024-01-01', to: undefined },
    },
    columns: {
      take: 'all',
      changes: {
        communicatiekanaal: { as: 'treated', treatment: 'drop' },
        kenmerken: { as: 'table' },
        buurt: { as: 'made', from: 'zaakgeometrie' },
      },
    },
    history: true,
    fresh: 86_400,
    retention: { follow: 'archiefactiedatum' },
    holds: { deleted: { share: 0.02 }, quarantined: { share: 0.01 }, scope: 'any' },
    rules: { set: { 'nl.rsin': { severity: 'blank', upTo: { share: 0.005 } } } },
  })
})

test('a place in a file is that of the value, else of what is nearest around it', async () => {
  const { project } = await loadProject(sampleFolder)
  expect(project.at('datasets/zaken/rollen.yaml', ['personal', 0])).toEqual({ file: 'datasets/zaken/rollen.yaml', line: 3, column: 12 })
  expect(project.at('datasets/wmo/zaken.yaml', ['rules', 'own', 'besluit-op-tijd', 'nothing'])).toMatchObject({ line: 27, column: 5 })
  expect(project.at('datasets/wmo/zaken.yaml', ['where'])).toMatchObject({ line: 8, column: 1 })
  expect(project.at('marts/zaken/doorlooptijd.sql', ['asked_by'])).toMatchObject({ line: 3 })
})

test('a sync between two and three at night loads with a warning', () => {
  const { warnings } = loadSnapshot(changed('sources/zaaksysteem.yaml', '{ at: 05:30 }', '{ at: 02:30 }'))
  expect(warnings.map(({ file, line }) => `${file}:${line}`)).toContain('sources/zaaksysteem.yaml:13')
  expect(warnings.map(({ message }) => message).join()).toContain('02:30 comes twice or not at all')
})

test('gemaal.test.yaml is laid over gemaal.yaml for the environment test only', async () => {
  const folder = await written(withFile('gemaal.test.yaml', 'organisation: { name: Proefdam }\n'))
  const plain = await loadProject(folder)
  const tested = await loadProject(folder, { env: 'test' })
  expect(plain.project.gemaal.organisation).toMatchObject({ name: 'Gemeente Waterdam', code: '0363' })
  expect(tested.project.gemaal.organisation).toMatchObject({ name: 'Proefdam', code: '0363' })
  expect(tested.project.digest).not.toBe(plain.project.digest)
  expect(plain.project.digest).toBe(loadSnapshot(sample).project.digest)
  expect(loadSnapshot(tested.project.files).project.gemaal).toEqual(tested.project.gemaal)
})

test('a slip in gemaal.test.yaml is told at its place there, also where it is not used', () => {
  const problems = problemsOf(withFile('gemaal.test.yaml', '# for the test environment\norganisation: { code: 363 }\n'))
  expect(problems.map(({ file, line, column }) => `${file}:${line}:${column}`)).toEqual(['gemaal.test.yaml:2:23'])
})

describe.each([
  ['the sample of the tests', sampleFolder],
  ['the shipped sample', waterdamFolder],
])('%s', (_, folder) => {
  test('loads, from its folder and from its snapshot alike', async () => {
    const { project, warnings } = await loadProject(folder)
    const again = loadSnapshot(project.files)
    expect(again.warnings).toEqual(warnings)
    const { folder: _folder, at: _at, ...rest } = project
    const { folder: none, at: _other, ...same } = again.project
    expect(none).toBeUndefined()
    expect(same).toEqual(rest)
  })

  test('has one digest, whatever the order of its files and their line ends', async () => {
    const { project } = await loadProject(folder)
    fc.assert(
      fc.property(
        fc.shuffledSubarray(Object.entries(project.files), { minLength: Object.keys(project.files).length }),
        fc.boolean(),
        (entries, windows) => {
          const files = Object.fromEntries(entries.map(([path, text]) => [path, windows ? text.replaceAll('\n', '\r\n') : text]))
          expect(loadSnapshot(files).project.digest).toBe(project.digest)
        },
      ),
      { numRuns: 20 },
    )
  })
})

test('another text in any file is another digest', () => {
  const { digest } = loadSnapshot(sample).project
  for (const path of Object.keys(sample)) {
    const comment = path.endsWith('.sql') ? '\n-- more\n' : '\n# more\n'
    expect(loadSnapshot({ ...sample, [path]: sample[path] + comment }).project.digest, path).not.toBe(digest)
  }
})

test('what stands beside a project is no part of it', async () => {
  const beside = ['README.md', 'LICENSE', '.gitignore', '.github/workflows/check.yml', 'docs/keuzes.txt', 'datasets/zaken/README.md']
  const folder = await written({ ...sample, ...Object.fromEntries(beside.map((path) => [path, 'text\n'])) })
  const { project } = await loadProject(folder)
  expect(project.digest).toBe(loadSnapshot(sample).project.digest)
  expect(Object.keys(project.files)).toEqual(Object.keys(sample).sort())
})

test('a file that is not text is refused by its name', async () => {
  const folder = await written(sample)
  await writeFile(join(folder, 'datasets/zaken/rollen.yaml'), Buffer.from([0xff, 0xfe, 0x00, 0x41]))
  await expect(loadProject(folder)).rejects.toThrow('datasets/zaken/rollen.yaml:1:1  this file is not UTF-8 text')
})

test('a folder or file that cannot be read is told, with all else', async () => {
  await expect(loadProject(join(tmpdir(), 'no-such-project'))).rejects.toThrow(ConfigError)
  await expect(loadProject(join(tmpdir(), 'no-such-project'))).rejects.toThrow('this folder cannot be read (ENOENT)')
})

test('an activity without a domain is alone in its own', () => {
  const alone = changed('activities.yaml', 'domain: sociaal', 'domain: facilitair')
  expect(problemsOf(alone).map(({ file, line, message }) => `${file}:${line} ${message}`)).toEqual([
    "activities.yaml:25 the pseudonym domain 'facilitair' is of the activity of that name alone; where they may be joined, write 'domain' in both",
  ])
  const both = changed('activities.yaml', 'gebouwen en werkplekken.\n', 'gebouwen en werkplekken.\n  domain: facilitair\n', alone)
  expect(problemsOf(both)).toEqual([])
})

test('a project is found by its name, by the environment, or from a folder inside it', async () => {
  const folder = await written(sample)
  const inside = join(folder, 'datasets', 'zaken')
  expect(findProject({ cwd: inside })).toBe(folder)
  expect(findProject({ cwd: tmpdir(), fromEnvironment: folder })).toBe(folder)
  expect(findProject({ cwd: dirname(folder), project: folder, fromEnvironment: '/nowhere' })).toBe(folder)
  expect(() => findProject({ cwd: inside, project: '.' })).toThrow('--project names this folder')
  expect(() => findProject({ cwd: inside, fromEnvironment: '/nowhere' })).toThrow('GEMAAL_PROJECT names this folder')
})

async function written(files: ProjectFiles): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'gemaal-project-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  return folder
}
