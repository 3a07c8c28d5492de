import { cp, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { run as testRules } from '../../cli/rules-test.js'
import { shippedPacks } from '../../config/packs.js'
import { openDatabase, type TestDatabase } from '../support/database.js'
import { openFolder, type TestFolder } from '../support/folder.js'
import { commandIn, gemaal } from '../support/gemaal.js'
import { wholeSample as sampleFolder } from '../support/sample.js'

let folder: TestFolder
let database: TestDatabase
beforeAll(async () => {
  folder = await openFolder()
  database = await openDatabase()
})
afterAll(async () => {
  await database?.close()
  await folder?.remove()
})

let made = 0
/** The sample project with some files of its own. */
async function projectWith(files: { [path: string]: string }): Promise<string> {
  made += 1
  const project = join(folder.path, `project-${made}`)
  await cp(sampleFolder, project, { recursive: true })
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(project, path)), { recursive: true })
    await writeFile(join(project, path), text)
  }
  return project
}
const zaken = (own: string) => ({
  'datasets/zaken/zaken.yaml': `from: open-zaak/zaken\nactivity: sturing-dienstverlening\nrules:\n  own:\n${own.replace(/^/gm, '    ')}\n`,
})
const words = 'severity: warn\n  nl: Zo is het.\n  en: So it is.'

interface Answer {
  code: number
  tested: { rule: string; of: string | null; outcome: string; why: string | null; examples: number }[]
  problems: { file: string; line: number; message: string }[]
}

async function tested(
  project: string | undefined,
  args: string[] = [],
  options = {},
  env: { [name: string]: string } = {},
): Promise<Answer> {
  const { context, texts } = commandIn(project, env, true)
  try {
    const code = await testRules(context, args, options)
    return { code, ...JSON.parse(texts.stdout) }
  } finally {
    await context.close()
  }
}
const warehouse = () => ({ DATABASE_URL: database.url })

describe("the examples of the project's own rules", () => {
  test('are judged without a word of shipped ones', async () => {
    const { code, tested: rules, problems } = await tested(sampleFolder)
    expect(code).toBe(0)
    expect(problems).toEqual([])
    expect(rules).toMatchObject([{ rule: 'own.besluit-op-tijd', of: 'wmo.zaken', outcome: 'as they say', why: null, examples: 2 }])
  })

  test('that are not judged as they say are errors at their line, and end as those of the configuration do', async () => {
    const own = `vorm:
  field: identificatie
  check: { pattern: 'ZAAK-[0-9]+' }
  ${words}
  examples:
    valid: [ZAAK-1, zaak-2]
    invalid:
      - ZAAK
      - ZAAK-3
volgorde:
  check: einddatum == null || startdatum <= einddatum
  ${words}
  examples:
    valid:
      - { startdatum: 2026-01-02, einddatum: 2026-01-01 }
    invalid:
      - { startdatum: 2026-01-02, einddatum: null }`
    const project = await projectWith(zaken(own))
    const { code, stdout, stderr } = await gemaal(['rules', 'test', '--dataset', 'zaken.zaken'], {
      cwd: project,
      env: { GEMAAL_DATA: folder.path },
    })
    expect(code).toBe(5)
    expect(stdout).toMatch(/own\.vorm of zaken\.zaken +field +4 +faults\n/)
    expect(stderr).toContain("datasets/zaken/zaken.yaml:12:25  own.vorm: this example is under 'valid' and breaks the rule")
    expect(stderr).toContain("datasets/zaken/zaken.yaml:15:13  own.vorm: this example is under 'invalid' and satisfies the rule")
    expect(stderr).toContain("datasets/zaken/zaken.yaml:23:13  own.volgorde: this example is under 'valid' and breaks the rule")
    expect(stderr).toContain("datasets/zaken/zaken.yaml:25:13  own.volgorde: this example is under 'invalid' and satisfies the rule")
    expect(stderr).toMatch(/: 4 problems\.\n/)
  })

  test('are judged by the types of the columns that the rule holds for', async () => {
    const rule = (value: string) =>
      zaken(
        `dag:\n  field: einddatum\n  check: { date: { from: 2020-01-01 } }\n  ${words}\n  examples: { valid: [2024-02-29], invalid: [${value}] }`,
      )
    expect(await tested(await projectWith(rule('2023-02-29')), ['own.dag'])).toMatchObject({ code: 0, problems: [] })
    expect(await tested(await projectWith(rule('2023-03-01')), ['own.dag'])).toMatchObject({
      code: 5,
      problems: [{ file: 'datasets/zaken/zaken.yaml' }],
    })
    // The codes are those of the field, as the source describes it.
    const codes = zaken(
      `nominatie:\n  field: archiefnominatie\n  check: code-list\n  ${words}\n  examples: { valid: [vernietigen], invalid: [weggooien] }`,
    )
    expect(await tested(await projectWith(codes), ['own.nominatie'])).toMatchObject({ code: 0, problems: [] })
  })

  test('of packs of the project are found at their place', async () => {
    const pack = `organisatie:\n  for: { stream: zaken, column: bronorganisatie }\n  check: { code-list: ['002564440'] }\n  source: afspraak\n  ${words}\n  examples:\n    valid: ['002564440']\n    invalid: ['002564440']\n`
    const { code, problems, tested: rules } = await tested(await projectWith({ 'rules/eigen.yaml': pack }))
    expect(code).toBe(5)
    expect(rules.map((r) => r.rule)).toEqual(['eigen.organisatie', 'own.besluit-op-tijd'])
    expect(problems).toMatchObject([{ file: 'rules/eigen.yaml', line: 10, message: expect.stringContaining('eigen.organisatie: ') }])
  })

  test('of a project that cannot be planned are not judged: its faults come first', async () => {
    const project = await projectWith(zaken(`fout:\n  check: einddatm == null\n  ${words}\n  examples: { valid: [{}], invalid: [{}] }`))
    await expect(tested(project)).rejects.toMatchObject({ name: 'ConfigError', message: expect.stringContaining('einddatm') })
  })
})

describe('rules on rows together', () => {
  const own = `uniek:
  check: { unique: [bronorganisatie, identificatie] }
  ${words}
  examples:
    valid:
      - [{ bronorganisatie: '002564440', identificatie: Z1 }, { bronorganisatie: '002564440', identificatie: Z2 }]
    invalid:
      - [{ bronorganisatie: '002564440', identificatie: Z1 }, { bronorganisatie: '002564440', identificatie: Z1 }]
      - [{ bronorganisatie: '002564440', identificatie: Z1 }, { bronorganisatie: '123456782', identificatie: Z1 }]`

  test('are said and counted where no warehouse can be reached, and are no fault', async () => {
    const project = await projectWith(zaken(own))
    expect(await tested(project, ['own.uniek'])).toMatchObject({
      code: 0,
      tested: [{ rule: 'own.uniek', outcome: 'not tested', why: 'needs a warehouse' }],
    })
    const asked = await gemaal(['rules', 'test'], { cwd: project, env: { GEMAAL_DATA: folder.path } })
    expect(asked).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/own\.uniek of zaken\.zaken +dataset +3 +not tested: needs a warehouse\n/),
      stderr: expect.stringContaining('1 rule not tested: needs a warehouse.'),
    })
  })

  test('are judged by any Postgres, and leave nothing there', async () => {
    const project = await projectWith(zaken(own))
    const { code, problems, tested: rules } = await tested(project, ['own.uniek'], {}, warehouse())
    expect(code).toBe(5)
    expect(rules).toMatchObject([{ outcome: 'faults' }])
    expect(problems).toMatchObject([{ line: 15, message: expect.stringContaining("under 'invalid' and satisfies the rule") }])
    const client = new pg.Client({ connectionString: database.url })
    await client.connect()
    const { rows } = await client.query(`select relname from pg_class where relname in ('example_rows', 'broken', 'rule_rows')`)
    await client.end()
    expect(rows).toEqual([])
  })
})

describe('shipped rules', () => {
  test('are tested by name, without a project too', async () => {
    expect(await tested(sampleFolder, ['nl.bsn'])).toMatchObject({ code: 0, tested: [{ rule: 'nl.bsn', outcome: 'as they say' }] })
    const alone = await gemaal(['rules', 'test', '--pack', 'nl'], { cwd: folder.path })
    expect(alone).toMatchObject({ code: 0, stdout: expect.stringMatching(/nl\.bsn +field +6 +as they say/) })
    expect(await gemaal(['rules', 'test'], { cwd: folder.path })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no project here'),
    })
  })

  test.for([...shippedPacks().keys()])('those of pack %s are judged as they say, in the sample project', async (pack) => {
    const { code, problems, tested: rules } = await tested(sampleFolder, [], { pack }, warehouse())
    expect(problems).toEqual([])
    expect(rules.filter((r) => r.outcome !== 'as they say')).toEqual([])
    expect(code).toBe(0)
  })

  test('of a name that is not there, the nearest is told', async () => {
    await expect(tested(sampleFolder, ['nl.bns'])).rejects.toThrow("did you mean 'nl.bsn'?")
    await expect(tested(sampleFolder, [], { pack: 'zgw-zakn' })).rejects.toThrow("did you mean 'zgw-zaken'?")
    await expect(tested(sampleFolder, [], { dataset: 'zaken.zakn' })).rejects.toThrow("did you mean 'zaken.zaken'?")
    await expect(tested(sampleFolder, ['nl.bsn'], { pack: 'nl' })).rejects.toThrow('only one of these')
  })
})
