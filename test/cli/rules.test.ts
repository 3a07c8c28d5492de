import { cp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CommandContext } from '../../cli/context.js'
import { list as listRules, show as showRule } from '../../cli/rules.js'
import { ruleTexts } from '../../cli/rules-here.js'
import { openFolder, type TestFolder } from '../support/folder.js'
import { commandIn, gemaal } from '../support/gemaal.js'
import { wholeSample as sampleFolder } from '../support/sample.js'

let folder: TestFolder
beforeAll(async () => {
  folder = await openFolder()
})
afterAll(() => folder.remove())

const run = (args: string[]) => gemaal(['rules', ...args], { cwd: sampleFolder, env: { GEMAAL_DATA: folder.path } })

async function told(
  verb: (context: CommandContext, args: string[], options: object) => Promise<number>,
  args: string[],
  options = {},
  { project = sampleFolder as string | undefined, json = true } = {},
) {
  const { context, texts } = commandIn(project, {}, json)
  try {
    expect(await verb(context, args, options)).toBe(0)
    return texts
  } finally {
    await context.close()
  }
}

interface Line {
  id: string
  of: string | null
  holds: { dataset: string; column: string | null; severity: string; upTo: unknown }[]
  leftOut: { dataset: string; why: string }[]
  [key: string]: unknown
}
const list = async (options = {}, project = sampleFolder): Promise<Line[]> =>
  JSON.parse((await told(listRules, [], options, { project })).stdout)
const show = async (id: string, project = sampleFolder): Promise<Line[]> => JSON.parse((await told(showRule, [id], {}, { project })).stdout)

/** The sample project with another contract of zaken.zaken. */
async function projectWith(contract: string): Promise<string> {
  const project = join(folder.path, 'project')
  await cp(sampleFolder, project, { recursive: true })
  await writeFile(join(project, 'datasets/zaken/zaken.yaml'), `from: open-zaak/zaken\nactivity: sturing-dienstverlening\n${contract}`)
  return project
}

describe('rules are listed', () => {
  test('with their level, where they hold, what a violation does, and their sentence', async () => {
    const { code, stdout } = await run(['list'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/nl\.bsn +field +reject +zaken\.rollen +Een BSN is negen cijfers die de elfproef doorstaan/)
    expect(stdout).toMatch(/zgw-zaken\.zrc-013a +record +\S+/)
    // A contract of the project sets another severity than the pack.
    expect(stdout).toMatch(/nl\.rsin +field +reject, blank +\d+ columns of \d+ datasets/)
  })

  test('of a pack, of contracts, of a dataset, of a level', async () => {
    expect(await list({ pack: 'own' })).toMatchObject([{ id: 'own.besluit-op-tijd', of: 'wmo.zaken', level: 'record' }])
    const forRollen = await list({ dataset: 'zaken.rollen' })
    expect(forRollen.map((r) => r.id)).toContain('zgw-zaken.betrokkene-type')
    expect(forRollen.map((r) => r.id)).not.toContain('nl.rsin')
    expect(forRollen.every((r) => [...r.holds, ...r.leftOut].every((place) => place.dataset === 'zaken.rollen'))).toBe(true)
    const records = await list({ level: 'record' })
    expect(records.length).toBeGreaterThan(1)
    expect(new Set(records.map((r) => r.level))).toEqual(new Set(['record']))
    const { stdout } = await told(listRules, [], { dataset: 'zaken.rollen' }, { json: false })
    expect(stdout).toMatch(/zgw-zaken\.betrokkene-type +field +warn +betrokkene_type +Het type/)
    expect(await run(['list', '--level', 'records'])).toMatchObject({ code: 2, stderr: expect.stringContaining("did you mean 'record'?") })
  })

  test('a rule that is left out of a dataset says why, and is counted', async () => {
    const project = await projectWith('columns: { hoofdzaak_uuid: drop }\n')
    const why = expect.stringMatching(/'hoofdzaak_uuid' does not land/)
    const rule = (await list({ dataset: 'zaken.zaken' }, project)).find((r) => r.id === 'zgw-zaken.zrc-013b')
    expect(rule).toMatchObject({ holds: [], leftOut: [{ dataset: 'zaken.zaken', why }] })
    expect((await list({ dataset: 'zaken.zaken' })).find((r) => r.id === 'zgw-zaken.zrc-013b')).toMatchObject({ leftOut: [] })
    const listed = await told(listRules, [], { dataset: 'zaken.zaken' }, { project, json: false })
    expect(listed.stdout).toMatch(/zgw-zaken\.zrc-013b +dataset +warn +left out: .*'hoofdzaak_uuid' does not land/)
    expect(listed.stderr).toMatch(/Left out of a dataset that chose them: \d+ rules\./)
    const shown = await told(showRule, ['zgw-zaken.zrc-013b'], {}, { project, json: false })
    expect(shown.stdout).toMatch(
      /Holds in this project for:\n {2}wmo\.zaken\n {2}wmo\.zaken_buurt\n {2}zaken\.open_zaken\nLeft out of:\n {2}zaken\.zaken: .*'hoofdzaak_uuid'/,
    )
  })
})

describe('a rule is shown', () => {
  test('with its pack, its clause, from when, its examples, and what to do in two languages', async () => {
    const { stdout } = await run(['show', 'nl.rsin'])
    expect(stdout).toContain('An RSIN is nine digits that pass the eleven-test')
    expect(stdout).toMatch(/from +Handelsregisterwet 2007 art. 12/)
    expect(stdout).toMatch(/pack +nl \d+\.\d+\.\d+: /)
    expect(stdout).toMatch(/breaks it +'880000005'/)
    expect(stdout).toMatch(/to do +Have the owner of the source mend the record; .*\n +Laat de bronhouder het record herstellen/)
    expect(await show('nl.rsin')).toMatchObject([
      {
        pack: { name: 'nl' },
        check: { name: 'rsin' },
        validFrom: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
        mend: { nl: expect.any(String) },
      },
    ])
  })

  test('with the severity and the bound that each contract gives it', async () => {
    const { stdout } = await run(['show', 'nl.rsin'])
    expect(stdout).toContain('wmo.zaken.bronorganisatie (blank, as its contract says; up to 0.5 %)')
    expect(stdout).toContain('zaken.zaken.bronorganisatie\n')
    const [rule] = await show('nl.rsin')
    expect(rule!.holds).toContainEqual({ dataset: 'wmo.zaken', column: 'bronorganisatie', severity: 'blank', upTo: { share: 0.005 } })
  })

  test('a rule on a record holds for no column, and shows its expression', async () => {
    const { stdout } = await run(['show', 'own.besluit-op-tijd'])
    expect(stdout).toContain('own.besluit-op-tijd of wmo.zaken\n')
    expect(stdout).toMatch(/check +einddatum == null \|\| /)
    expect(stdout).toMatch(/Holds in this project for:\n {2}wmo\.zaken\n/)
  })

  test('a rule that the path itself has is shown too', async () => {
    const { stdout } = await run(['show', 'shape.date'])
    expect(stdout).toContain('De waarde is een dag die bestaat')
    expect(stdout).toMatch(/from +the path itself/)
    expect(await show('shield.year')).toMatchObject([{ id: 'shield.year', severity: 'blank', pack: null, examples: null }])
  })
})

test('a finding of any kind of rule finds its text', async () => {
  const { context } = commandIn(sampleFolder)
  const { project } = await context.plan()
  await context.close()
  const text = ruleTexts({ project })
  expect(text('nl.bsn')).toMatchObject({
    nl: expect.stringContaining('BSN'),
    source: expect.stringContaining('Besluit'),
    mend: { en: expect.any(String) },
  })
  expect(text('own.besluit-op-tijd', 'wmo.zaken')).toMatchObject({ en: 'The case was closed after its legal deadline.', source: undefined })
  expect(text('own.besluit-op-tijd', 'zaken.zaken')).toBeUndefined()
  expect(text('shape.key')).toMatchObject({ nl: expect.stringContaining('sleutel') })
  expect(text('nl.weg')).toBeUndefined()
  // What to do is said by what a violation does there.
  expect(text('nl.rsin', 'wmo.zaken')!.mend).not.toEqual(text('nl.rsin', 'zaken.zaken')!.mend)
  expect(ruleTexts(undefined)('nl.bsn')).toBeDefined()
})
