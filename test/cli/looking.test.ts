import { cp, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as connector from '../../cli/connector.js'
import * as datasets from '../../cli/datasets.js'
import { run as questions } from '../../cli/questions.js'
import { openFolder, type TestFolder } from '../support/folder.js'
import { commandIn, gemaal } from '../support/gemaal.js'
import { openWaterdam, sampleFolder, type Waterdam } from '../support/waterdam.js'

const run = (args: string[], env = {}) => gemaal(args, { cwd: sampleFolder, env: { GEMAAL_DATA: folder.path, ...env } })
const json = async (
  verb: (context: never, args: never, options: never) => Promise<number>,
  args: string[] = [],
  options = {},
  project: string | undefined = sampleFolder,
  env = {},
) => {
  const { context, texts } = commandIn(project, env, true)
  try {
    expect(await verb(context as never, args as never, options as never)).toBe(0)
    return JSON.parse(texts.stdout)
  } finally {
    await context.close()
  }
}

let folder: TestFolder
beforeAll(async () => {
  folder = await openFolder()
})
afterAll(() => folder.remove())

describe('without any server', () => {
  test('datasets are listed with what they hold and who reads them', async () => {
    const listed = await run(['datasets', 'list'])
    expect(listed.code).toBe(0)
    expect(listed.stdout).toMatch(/zaken\.rollen +open-zaak\/rollen +\d+ +bsn +its activity +1\.0\.0 +– +–/)
    expect(listed.stdout).toMatch(/zaken\.zaken +open-zaak\/zaken +\d+ +every reader/)
    expect(listed.stderr).toContain('There is no warehouse')
  })

  test('a dataset is shown with its columns, their treatment, what is left out, and SQL to look', async () => {
    const { stdout, code } = await run(['datasets', 'show', 'zaken.rollen'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/betrokkene_identificatie_inp_bsn +text +bsn +pseudonym +Burgerservicenummer/)
    expect(stdout).toMatch(/naam, which is not asked for .*: afwijkende_naam_betrokkene/)
    expect(stdout).toContain(
      'the readers of activity sturing-dienstverlening: role <database>_sturing_dienstverlening, which no group has yet',
    )
    expect(stdout).toContain('select * from zaken.rollen limit 20;')
    const wmo = await json(datasets.show, ['wmo.zaken'])
    expect(wmo).toMatchObject({
      version: '2.1.0',
      activity: 'wmo-monitor',
      where: 3,
      history: true,
      readers: expect.stringContaining('groups data_sociaal'),
    })
    expect(wmo.columns).toContainEqual(expect.objectContaining({ column: 'zaken_kenmerken.kenmerk' }))
    expect(wmo.sql).toContainEqual(expect.stringContaining('wmo.zaken_history'))
  })

  test('questions are told with mart, datasets, sources and limits, and personal data that none of them needs', async () => {
    const { code, stdout } = await run(['questions'])
    expect(code).toBe(0)
    expect(stdout).toContain('Hoe lang doen wij over een zaak')
    expect(stdout).toMatch(/datasets {2}zaken\.statussen, zaken\.zaken\n {2}sources {3}open-zaak\/statussen, open-zaak\/zaken/)
    expect(stdout).toContain('The source has no filter on change')
    expect(stdout).toMatch(/Personal datasets that no question uses:\n {2}zaken\.rollen \(bsn\), for activity sturing-dienstverlening/)
  })

  test('a question finds the datasets under another mart, and none that stands in a comment alone', async () => {
    const project = join(folder.path, 'marts')
    await cp(sampleFolder, project, { recursive: true })
    const front = '/* ---\nquestion: Hoeveel?\nasked_by: mt\n--- */\n'
    await writeFile(
      join(project, 'marts/zaken/hoeveel.sql'),
      `${front}-- not zaken.rollen\nselect count(*) as aantal from "zaken" . "doorlooptijd"`,
    )
    await writeFile(join(project, 'marts/zaken/weg.sql'), `${front}select count(*) as aantal from zaken.resultaten_deleted`)
    const { questions: told } = await json(questions, [], {}, project)
    const of = (mart: string) => told.find((q: { mart: string }) => q.mart === mart)
    expect(of('zaken.hoeveel')).toMatchObject({ datasets: ['zaken.statussen', 'zaken.zaken'] })
    expect(of('zaken.weg')).toMatchObject({ datasets: ['zaken.resultaten'] })
  })

  test('the shipped packs and connectors are of use without a project', async () => {
    const empty = { cwd: folder.path }
    const listed = await gemaal(['rules', 'list'], empty)
    expect(listed).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('nl.bsn'),
      stderr: expect.stringContaining('There is no project here'),
    })
    expect(await gemaal(['connector', 'list'], empty)).toMatchObject({ code: 0, stdout: expect.stringMatching(/zgw +\d+ +zgw +https/) })
    expect(await gemaal(['datasets', 'list'], empty)).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('there is no project here'),
    })
  })

  test('who asks in a folder without a project is told so, and no warehouse is made for it', async () => {
    const empty = await openFolder()
    try {
      for (const args of [['findings'], ['quarantine', 'list'], ['holds', 'list'], ['plan'], ['run', 'open-zaak']]) {
        const ended = await gemaal(args, { cwd: empty.path })
        expect(ended, args.join(' ')).toMatchObject({ code: 5, stdout: '', stderr: expect.stringContaining('there is no project here') })
      }
      expect(await readdir(empty.path)).toEqual([])
    } finally {
      await empty.remove()
    }
  })

  test('a connector says what its readings cannot see, and the fields of a stream say what they say of a person', async () => {
    const zgw = await json(connector.show, ['zgw'])
    expect(zgw.credentials).toEqual(['clientId', 'secret'])
    expect(zgw.streams).toContainEqual(
      expect.objectContaining({
        stream: 'zaken',
        key: ['uuid'],
        readings: ['full', 'changes'],
        byKey: true,
        blind: expect.stringContaining('no filter on change'),
      }),
    )
    const rollen = await json(connector.show, ['zgw/rollen'])
    expect(rollen.fields).toContainEqual(
      expect.objectContaining({ field: 'betrokkeneIdentificatie.inpBsn', column: 'betrokkene_identificatie_inp_bsn', kind: 'bsn' }),
    )
  })

  test('a name that is not there is met with the nearest one', async () => {
    const wrong = [
      [['datasets', 'show', 'zaken.rolen'], "did you mean 'zaken.rollen'?"],
      [['rules', 'show', 'nl.bns'], "did you mean 'nl.bsn'?"],
      [['connector', 'show', 'zwg'], "did you mean 'zgw'?"],
      [['connector', 'show', 'zgw/rolen'], "did you mean 'rollen'?"],
      [['rules', 'list', '--dataset', 'zaken.zakn'], "did you mean 'zaken.zaken'?"],
    ] as const
    const answers = await Promise.all(wrong.map(([args]) => run([...args])))
    for (const [i, [, message]] of wrong.entries())
      expect(answers[i]).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(message) })
  })
})

describe('with a warehouse', () => {
  let waterdam: Waterdam
  beforeAll(async () => {
    waterdam = await openWaterdam({ zaken: 60 })
    await waterdam.read('zaken')
    await waterdam.read('statussen')
  })
  afterAll(() => waterdam.close())

  test('a dataset says as of when it is, and how it stands', async () => {
    const shown = await json(datasets.show, ['zaken.zaken'], {}, sampleFolder, { DATABASE_URL: waterdam.url })
    expect(Math.abs(Date.now() - Date.parse(shown.asOf))).toBeLessThan(600_000)
    expect(shown).toMatchObject({ status: 'Fresh', readers: expect.stringMatching(/role test_\w+_reader/) })
    const listed = await json(datasets.list, [], {}, sampleFolder, { DATABASE_URL: waterdam.url })
    expect(listed).toContainEqual(expect.objectContaining({ dataset: 'zaken.rollen', asOf: null, status: 'Never read' }))
  })

  test('a contract that differs from what is applied says so', async () => {
    const project = join(folder.path, 'differs')
    await cp(sampleFolder, project, { recursive: true })
    await writeFile(
      join(project, 'datasets/zaken/zaken.yaml'),
      'from: open-zaak/zaken\nactivity: sturing-dienstverlening\ncolumns: [identificatie, einddatum]\n',
    )
    await writeFile(join(project, 'datasets/zaken/nieuw.yaml'), 'from: open-zaak/zaken\nactivity: sturing-dienstverlening\n')
    const listed = await json(datasets.list, [], {}, project, { DATABASE_URL: waterdam.url })
    expect(listed).toContainEqual(
      expect.objectContaining({ dataset: 'zaken.zaken', status: 'Fresh (the project here differs: gemaal plan)' }),
    )
    expect(listed).toContainEqual(expect.objectContaining({ dataset: 'zaken.nieuw', status: 'not applied yet' }))
  })

  test('a question is as old as the dataset that was read longest ago, and says what waits in quarantine', async () => {
    const { questions: told } = await json(questions, [], {}, sampleFolder, { DATABASE_URL: waterdam.url })
    expect(told).toMatchObject([{ mart: 'zaken.doorlooptijd', datasets: ['zaken.statussen', 'zaken.zaken'], asOf: expect.any(String) }])
    const [{ limits }] = told
    const [counted] = await waterdam.rows<{ n: number }>(
      `select count(*)::int as n from gemaal.quarantine where dataset = 'zaken.zaken' and closed_at is null`,
    )
    expect(counted!.n).toBeGreaterThan(0)
    expect(limits).toContainEqual(expect.stringContaining(`zaken.zaken: ${counted!.n} record`))
  })

  test('an analyst without the folder of the project sees what is applied', async () => {
    const listed = await gemaal(['datasets', 'list', '--json'], { cwd: folder.path, env: { DATABASE_URL: waterdam.url } })
    expect(listed.code).toBe(0)
    expect(JSON.parse(listed.stdout)).toContainEqual(expect.objectContaining({ dataset: 'zaken.zaken', status: 'Fresh' }))
  })

  test('a warehouse that is out of reach is left out, and that is told', async () => {
    const url = new URL(waterdam.url)
    url.pathname = '/nowhere'
    const listed = await run(['datasets', 'list'], { DATABASE_URL: url.href })
    expect(listed).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('zaken.zaken'),
      stderr: expect.stringContaining('The warehouse is left out'),
    })
    expect(listed.stderr).not.toContain(url.password || 'no password')
  })
})
