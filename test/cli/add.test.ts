import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import * as dataset from '../../cli/dataset.js'
import { run as init } from '../../cli/init.js'
import * as source from '../../cli/source.js'
import { openFolder } from '../support/folder.js'
import { commandIn, gemaal } from '../support/gemaal.js'

let project: string

beforeEach(async () => {
  const folder = await openFolder()
  onTestFinished(() => folder.remove())
  project = join(folder.path, 'waterdam')
  await init(commandIn(undefined).context, [project], { name: 'Gemeente Waterdam', code: '0363' })
  const register = await readFile(join(project, 'activities.yaml'), 'utf8')
  await writeFile(
    join(project, 'activities.yaml'),
    `${register}sturing:\n  purpose: Sturen.\n  basis: algemeen belang\n  law: Gemeentewet art. 160\n  until: 2028-12-31\n  personal: { bsn: pseudonymise }\n`,
  )
})

const run = (...args: string[]) => gemaal(args, { cwd: project })
const addSource = (...more: string[]) =>
  run('source', 'add', 'open-zaak', '--connector', 'zgw', '--url', 'https://openzaak.example.nl', ...more)
const addInProcess = {
  source: (args: string[], options: Parameters<typeof source.add>[2]) => source.add(commandIn(project).context, args, options),
  dataset: (args: string[], options: Parameters<typeof dataset.add>[2]) => dataset.add(commandIn(project).context, args, options),
}
const text = (file: string) => readFile(join(project, file), 'utf8')
const withoutComment = async (file: string) => (await text(file)).replace(/^#.*\n/, '')

describe('source add', () => {
  test('makes the two-line file, and says which credentials to set and where it looks', async () => {
    const added = await addSource()
    expect(added).toMatchObject({ code: 0, stdout: 'sources/open-zaak.yaml\n' })
    expect(await withoutComment('sources/open-zaak.yaml')).toBe('connector: zgw\nbaseUrl: https://openzaak.example.nl\n')
    for (const variable of ['GEMAAL_OPEN_ZAAK_CLIENT_ID', 'GEMAAL_OPEN_ZAAK_SECRET']) {
      expect(added.stderr).toContain(`Set ${variable}, or ${variable}_FILE`)
      expect(added.stderr).toContain(`variable ${variable} (not set)`)
    }
    expect(added.stderr).toMatch(/zaken +Zaken, met hun zaaktype in woorden/)
    expect(await run('check')).toMatchObject({ code: 0 })
  })

  test('a credential that is there is named by its place, never by its value', async () => {
    const added = await gemaal(['source', 'add', 'open-zaak', '--connector', 'zgw', '--url', 'https://openzaak.example.nl', '--json'], {
      cwd: project,
      env: { GEMAAL_OPEN_ZAAK_SECRET: 'canary-7261' },
    })
    expect(JSON.parse(added.stdout)).toMatchObject({
      credentials: [
        { field: 'clientId', looked: expect.arrayContaining(['variable GEMAAL_OPEN_ZAAK_CLIENT_ID (not set)']) },
        { field: 'secret', from: 'variable GEMAAL_OPEN_ZAAK_SECRET' },
      ],
      streams: expect.arrayContaining(['zaken', 'rollen']),
    })
    expect(added.stdout + added.stderr).not.toContain('canary')
  })

  test('without an address it is taken from a variable', async () => {
    expect(await run('source', 'add', 'open-zaak', '--connector', 'zgw')).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('Set OPEN_ZAAK_URL'),
    })
    expect(await withoutComment('sources/open-zaak.yaml')).toBe('connector: zgw\nbaseUrl: { env: OPEN_ZAAK_URL }\n')
  })

  test('what cannot be a source makes no file', async () => {
    const url = 'https://x.example'
    const wrong = [
      ['Open_Zaak', { connector: 'zgw', url }, /kebab-case.*did you mean 'open-zaak'/],
      ['open-zaak', { connector: 'zwg', url }, /no connector 'zwg'.*did you mean 'zgw'/],
      ['open-zaak', { connector: 'zgw', url: 'openzaak' }, /not an address/],
      ['open-zaak', { connector: 'zgw', url: 'https://me:canary-1@x.example' }, /^(?!.*canary)[\s\S]*holds a user or password/],
    ] as const
    for (const [name, options, message] of wrong) await expect(addInProcess.source([name], options), name).rejects.toThrow(message)
    expect(await readdir(join(project, 'sources'))).toEqual(['.gitkeep'])
    expect(await run('source', 'add', 'open-zaak', '--connector', 'zwg')).toMatchObject({ code: 2, stdout: '' })
  })

  test('a source that stands is not overwritten', async () => {
    await addSource()
    const before = await text('sources/open-zaak.yaml')
    expect(await run('source', 'add', 'open-zaak', '--connector', 'zgw', '--url', 'https://other.example')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('is not overwritten'),
    })
    expect(await text('sources/open-zaak.yaml')).toBe(before)
  })

  test('what is wrong elsewhere in the project is told by file and line', async () => {
    await writeFile(join(project, 'gemaal.yaml'), 'gemaal: 2\n')
    expect(await addSource()).toMatchObject({ code: 5, stderr: expect.stringMatching(/^gemaal\.yaml:1:9 {2}'gemaal': found '2'/m) })
    expect(await readdir(join(project, 'sources'))).toEqual(['.gitkeep'])
  })
})

describe('dataset add', () => {
  beforeEach(async () => {
    await addInProcess.source(['open-zaak'], { connector: 'zgw', url: 'https://openzaak.example.nl' })
  })

  test('makes the contract, and says what would land, what not, and why', async () => {
    const added = await run('dataset', 'add', 'zaken.rollen', '--from', 'open-zaak/rollen', '--activity', 'sturing', '--personal', 'bsn')
    expect(added).toMatchObject({ code: 0, stdout: 'datasets/zaken/rollen.yaml\n' })
    expect(await withoutComment('datasets/zaken/rollen.yaml')).toBe('from: open-zaak/rollen\nactivity: sturing\npersonal: [bsn]\n')
    expect(added.stderr).toMatch(/betrokkene_identificatie_inp_bsn +text +bsn +pseudonym/)
    expect(added.stderr).toMatch(/naam, which is not asked for .*: afwijkende_naam_betrokkene/)
    expect(await run('check')).toMatchObject({ code: 0 })
  })

  test('as JSON it gives columns and what is left out', async () => {
    const { stdout } = await run('dataset', 'add', 'zaken.rollen', '--from', 'open-zaak/rollen', '--activity', 'sturing', '--json')
    const { columns, left } = JSON.parse(stdout)
    expect(columns).toContainEqual(expect.objectContaining({ column: 'uuid', type: 'uuid (key)', kind: 'none' }))
    expect(left).toContainEqual({ column: 'betrokkene_identificatie_inp_bsn', kind: 'bsn', why: 'not asked for' })
  })

  test('what cannot be a contract makes no file', async () => {
    const from = 'open-zaak/rollen'
    const wrong = [
      ['rollen', { from, activity: 'sturing' }, /expected <schema>\.<dataset>/],
      ['zaken.rollen', { from }, /missing key 'activity'/],
      ['zaken.rollen', { from: 'open-zaak/rolen', activity: 'sturing' }, /no stream 'rolen'.*did you mean 'rollen'/],
      ['zaken.rollen', { from: 'openzaak/rollen', activity: 'sturing' }, /no source 'openzaak'.*did you mean 'open-zaak'/],
      ['zaken.rollen', { from, activity: 'sturng' }, /no activity 'sturng'.*did you mean 'sturing'/],
      ['zaken.rollen', { from, activity: 'sturing', personal: 'naam' }, /activity 'sturing' does not allow 'naam'/],
      ['zaken.rollen', { from, activity: 'sturing', personal: 'bns' }, /found 'bns'.*did you mean 'bsn'/],
      ['Zaken.rollen', { from, activity: 'sturing' }, /snake_case.*did you mean 'zaken'/],
    ] as const
    for (const [name, options, message] of wrong) await expect(addInProcess.dataset([name], options), name).rejects.toThrow(message)
    expect(await readdir(join(project, 'datasets'))).toEqual(['.gitkeep'])
    expect(await run('dataset', 'add', 'zaken.rollen', '--from', from)).toMatchObject({ code: 2, stdout: '' })
  })

  test('a contract that stands is not overwritten', async () => {
    await run('dataset', 'add', 'catalogi.zaaktypen', '--from', 'open-zaak/zaaktypen')
    await writeFile(join(project, 'datasets/catalogi/zaaktypen.yaml'), 'from: open-zaak/zaaktypen\ntitle: Ours\n')
    expect(await run('dataset', 'add', 'catalogi.zaaktypen', '--from', 'open-zaak/zaaktypen')).toMatchObject({ code: 2 })
    expect(await text('datasets/catalogi/zaaktypen.yaml')).toContain('title: Ours')
  })
})
