import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { run as init } from '../../cli/init.js'
import { loadProject } from '../../config/load.js'
import { openFolder, type TestFolder } from '../support/folder.js'
import { commandIn, gemaal } from '../support/gemaal.js'

let folder: TestFolder
beforeAll(async () => {
  folder = await openFolder()
})
afterAll(() => folder.remove())

const run = (...args: string[]) => gemaal(args, { cwd: folder.path })
const named = ['--name', 'Gemeente Waterdam', '--code', '0363', '--rsin', '002564440']

test('a new project is in order, and asks nothing when it was told what it needs', async () => {
  const made = await run('init', 'waterdam', ...named)
  expect(made).toMatchObject({ code: 0, stdout: `${join(folder.path, 'waterdam')}\n` })
  const { project, warnings } = await loadProject(join(folder.path, 'waterdam'))
  expect(project.gemaal.organisation).toEqual({ name: 'Gemeente Waterdam', code: '0363', rsin: '002564440' })
  expect(warnings).toEqual([])
  const checked = await gemaal(['check'], { cwd: join(folder.path, 'waterdam', 'sources') })
  expect(checked).toMatchObject({ code: 0, stderr: expect.stringContaining('The project is in order: 0 sources') })
  expect(await readFile(join(folder.path, 'waterdam', '.gitignore'), 'utf8')).toContain('.gemaal/')
  expect(await readFile(join(folder.path, 'waterdam', 'README.md'), 'utf8')).toMatch(
    /welke bronnen worden gelezen[\s\S]*which sources are read/,
  )
})

test('an editor finds the form of each file from its first line', async () => {
  await run('init', 'editors', ...named)
  const project = join(folder.path, 'editors')
  await gemaal(['source', 'add', 'open-zaak', '--connector', 'zgw', '--url', 'https://openzaak.example.nl'], { cwd: project })
  await gemaal(['dataset', 'add', 'catalogi.zaaktypen', '--from', 'open-zaak/zaaktypen'], { cwd: project })
  for (const file of ['gemaal.yaml', 'activities.yaml', 'sources/open-zaak.yaml', 'datasets/catalogi/zaaktypen.yaml']) {
    const [first = ''] = (await readFile(join(project, file), 'utf8')).split('\n')
    const [, path = ''] = /^# yaml-language-server: \$schema=(\S+)$/.exec(first) ?? []
    const schema = JSON.parse(await readFile(resolve(dirname(join(project, file)), path), 'utf8'))
    expect(schema, file).toMatchObject({ $schema: 'https://json-schema.org/draft/2020-12/schema' })
  }
})

test('where nobody can answer, it says which flags it needs', async () => {
  expect(await run('init', 'unnamed')).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(/Give --name and --code/) })
  await expect(readdir(join(folder.path, 'unnamed'))).rejects.toThrow('ENOENT')
})

test('what the form of gemaal.yaml would refuse, is refused before anything is made', async () => {
  const right = { name: 'Gemeente Waterdam', code: '0363', rsin: '002564440' }
  const wrong = [
    [{ code: '363' }, '--code: expected a gemeentecode of four digits'],
    [{ rsin: '2564440' }, '--rsin: expected an RSIN of nine digits'],
    [{ contact: 'nobody' }, '--contact: expected an e-mail address'],
    [{ fg: 'de fg' }, '--fg: expected an e-mail address'],
    [{ name: '  ' }, '--name: expected a text that is not empty'],
  ] as const
  const place = join(folder.path, 'wrong')
  for (const [options, message] of wrong)
    await expect(init(commandIn(undefined).context, [place], { ...right, ...options })).rejects.toThrow(message)
  await expect(readdir(place)).rejects.toThrow('ENOENT')
})

test('a name is written so that it is read as it was given', async () => {
  const names = ['\'s-Hertogenbosch: "de stad" # 1', '0363', 'null', 'Súdwest-Fryslân', '- x', '{ a: b }']
  for (const [i, name] of names.entries()) {
    const place = join(folder.path, `name-${i}`)
    await init(commandIn(undefined).context, [place], { name, code: '0796' })
    const { project } = await loadProject(place)
    expect(project.gemaal.organisation).toMatchObject({ name, code: '0796' })
  }
})

test('nothing that stands is overwritten', async () => {
  const project = join(folder.path, 'standing')
  await mkdir(project)
  await writeFile(join(project, 'README.md'), 'ours\n')
  expect(await run('init', 'standing', ...named)).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('README.md stands there and is left as it is'),
  })
  await writeFile(join(project, 'gemaal.yaml'), `${await readFile(join(project, 'gemaal.yaml'), 'utf8')}# changed\n`)
  expect(await run('init', 'standing', '--name', 'Gemeente Elders', '--code', '0364')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('There is a project in'),
  })
  expect(await readFile(join(project, 'README.md'), 'utf8')).toBe('ours\n')
  expect(await readFile(join(project, 'gemaal.yaml'), 'utf8')).toMatch(/Waterdam[\s\S]*# changed\n$/)
})

test('--schemas renews the forms for editors and nothing else', async () => {
  await run('init', 'older', ...named)
  const project = join(folder.path, 'older')
  await writeFile(join(project, '.schemas', 'gemaal.schema.json'), '{}')
  const before = await readFile(join(project, 'activities.yaml'), 'utf8')
  expect(await gemaal(['init', '--schemas'], { cwd: project })).toMatchObject({ code: 0 })
  expect(await readFile(join(project, '.schemas', 'gemaal.schema.json'), 'utf8')).toContain('"title"')
  expect(await readFile(join(project, 'activities.yaml'), 'utf8')).toBe(before)
})

test('a folder with what no project has is told', async () => {
  await mkdir(join(folder.path, 'foreign'))
  await writeFile(join(folder.path, 'foreign', 'settings.json'), '{}')
  expect(await run('init', 'foreign', ...named)).toMatchObject({ code: 5, stderr: expect.stringContaining("unknown file 'settings.json'") })
})

test('as JSON it says what it made', async () => {
  const { code, stdout } = await run('init', 'json', ...named, '--json')
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({
    folder: join(folder.path, 'json'),
    files: expect.arrayContaining(['gemaal.yaml', 'activities.yaml']),
  })
})
