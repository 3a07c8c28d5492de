import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import * as privacy from '../../cli/privacy.js'
import { allowanceWords, conditionWords, retentionWords } from '../../cli/privacy-words.js'
import { loadProject } from '../../config/load.js'
import { findConnectors } from '../../connectors/load.js'
import { migrate, openDatabase as openPool } from '../../sql/database.js'
import { activityStates, applyProject } from '../../worker/apply.js'
import { planProject } from '../../worker/planning/plan.js'
import { openDatabase } from '../support/database.js'
import { openFolder } from '../support/folder.js'
import { commandIn, gemaal } from '../support/gemaal.js'
import { sampleFolder } from '../support/waterdam.js'

const sturing = 'sturing-dienstverlening'
let project: string

beforeEach(async () => {
  const folder = await openFolder()
  onTestFinished(() => folder.remove())
  project = join(folder.path, 'waterdam')
  await cp(sampleFolder, project, { recursive: true })
})

const register = () => readFile(join(project, 'activities.yaml'), 'utf8')
const edit = async (file: string, change: (text: string) => string) =>
  writeFile(join(project, file), change(await readFile(join(project, file), 'utf8')))
const page = async (activity: string, env = {}) => {
  const { context, texts } = commandIn(project, env)
  try {
    expect(await privacy.show(context, [activity])).toBe(0)
    return texts.stdout
  } finally {
    await context.close()
  }
}
const planned = async () => {
  const loaded = await loadProject(project)
  return { ...loaded, plan: await planProject(loaded.project, await findConnectors()) }
}
const stateOf = async (activity: string) => {
  const { project: here, plan } = await planned()
  return activityStates(here, plan).find((s) => s.activity === activity)!
}

describe('the page of an activity', () => {
  test('says what it is for, on which ground, whose data it is and until when', async () => {
    const text = await page('wmo-monitor')
    expect(text).toMatch(/^# Verwerkingsactiviteit wmo-monitor\n/)
    for (const line of [
      '| **Doel** | Volgen of Wmo-voorzieningen op tijd worden toegekend. |',
      '| **Grondslag** | wettelijke verplichting (AVG art. 6 lid 1 onder c) |',
      '| **Wet** | Wmo 2015 art. 2.5.1 |',
      '| **Betrokkenen** | cliënten Wmo |',
      '| **Verantwoordelijke** | Gemeente Waterdam (RSIN 002564440) |',
      '| **Nummer in het register** | VWR-2026-041 |',
      '| **Looptijd** | 1 januari 2026 tot en met 31 december 2027 |',
    ])
      expect(text).toContain(line)
  })

  test('says which rows are selected, how long they stay and who reads them', async () => {
    const text = await page('wmo-monitor')
    expect(text).toContain('`zaaktype_identificatie` is een van B0337, B0338')
    expect(text).toContain('`vertrouwelijkheidaanduiding` is ten hoogste zaakvertrouwelijk')
    expect(text).toContain('`registratiedatum` is 2024-01-01 of later')
    expect(text).toContain('| **Bewaren** | tot de dag in `archiefactiedatum` |')
    expect(text).toContain('De groepen van de database `data_sociaal`, en wie het warehouse beheert.')
  })

  test('says what lands with which treatment, and what does not land and why', async () => {
    const text = await page(sturing)
    expect(text).toContain('| `betrokkene_identificatie_inp_bsn` | bsn | als pseudoniem | Burgerservicenummer |')
    expect(text).toMatch(/\| vrije tekst \| het contract vraagt er niet om \| `omschrijving`, `toelichting`/)
    expect(text).toContain(`HMAC-SHA-256 onder de sleutel van domein \`${sturing}\``)
    expect(await page('wmo-monitor')).not.toContain('HMAC')
  })

  test('says what a register entry of art. 30 asks and these files do not hold', async () => {
    const text = await page(sturing)
    for (const missing of ['`subjects`', '`readers`', '`owner`', '`register`', 'UAVG art. 46', 'onder e', 'onder g'])
      expect(text).toContain(missing)
    const whole = await page('wmo-monitor')
    for (const missing of ['`subjects`', '`readers`', '`owner`', '`register`', 'UAVG art. 46']) expect(whole).not.toContain(missing)
  })

  test('says that an activity is over', async () => {
    await edit('activities.yaml', (text) => text.replace('until: 2028-12-31', 'until: 2020-12-31'))
    expect(await page(sturing)).toContain('tot en met 31 december 2020 (verlopen: er wordt niets meer ingelezen)')
  })

  test('comes for every activity when none is named, and as JSON with the facts', async () => {
    const { code, stdout } = await gemaal(['privacy', 'show', '--json'], { cwd: project })
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject([
      {
        name: sturing,
        basis: 'algemeen belang',
        approval: 'missing',
        personal: true,
        page: expect.stringContaining('# Verwerkingsactiviteit'),
      },
      { name: 'wmo-monitor', domain: 'sociaal', missing: [expect.any(String), expect.any(String)] },
      { name: 'facilitair' },
    ])
    const pages = await gemaal(['privacy', 'show'], { cwd: project })
    expect(pages.stdout.match(/^# Verwerkingsactiviteit/gm)).toHaveLength(3)
  })

  test('of an activity that is not there names the nearest', async () => {
    await expect(page('wmo-montor')).rejects.toThrow(
      "there is no activity 'wmo-montor' in activities.yaml; expected one of sturing-dienstverlening, wmo-monitor, facilitair; did you mean 'wmo-monitor'?",
    )
  })
})

describe('an approval', () => {
  test('stands in the register with the fingerprint of what lands, and all else in it stays', async () => {
    const before = await register()
    const approved = await gemaal(['privacy', 'approve', sturing, '--by', 'fg@waterdam.example', '--reference', 'DPIA-2026-07'], {
      cwd: project,
    })
    const { fingerprint, approval } = await stateOf(sturing)
    expect(approved).toMatchObject({ code: 0, stdout: `${fingerprint}\n` })
    expect(approved.stderr).toContain('zaken.rollen.betrokkene_identificatie_inp_bsn: bsn, als pseudoniem')
    expect(approval).toBe('approved')
    const lines = (await register()).split('\n')
    const added = lines.filter((line) => line.includes('approved: {'))
    expect(added).toEqual([
      expect.stringMatching(
        `^  approved: { by: fg@waterdam.example, on: \\d{4}-\\d{2}-\\d{2}, reference: DPIA-2026-07, of: ${fingerprint} }$`,
      ),
    ])
    expect(lines.filter((line) => !added.includes(line)).join('\n')).toBe(before)
    expect(await page(sturing)).toMatch(/\*\*Goedgekeurd\*\* door fg@waterdam\.example op .*, op grond van DPIA-2026-07/)
  })

  test('given twice changes nothing the second time', async () => {
    await privacy.approve(commandIn(project).context, [sturing], { by: 'fg@waterdam.example' })
    const once = await register()
    const { context, texts } = commandIn(project)
    expect(await privacy.approve(context, [sturing], { by: 'fg@waterdam.example' })).toBe(0)
    expect(texts.stderr).toContain('Dit is al goedgekeurd')
    expect(await register()).toBe(once)
  })

  test('is given by an e-mail address, for an activity that is there, in a project that is sound', async () => {
    const approve = (activity: string, by: string) => privacy.approve(commandIn(project).context, [activity], { by })
    const before = await register()
    await expect(approve(sturing, 'de FG')).rejects.toThrow('--by: expected the e-mail address')
    await expect(approve('sturing', 'fg@waterdam.example')).rejects.toThrow("there is no activity 'sturing'")
    await edit('datasets/zaken/rollen.yaml', (text) => text.replace('[bsn]', '[bsn, naam]'))
    await expect(approve(sturing, 'fg@waterdam.example')).rejects.toThrow("does not allow 'naam'")
    expect(await register()).toBe(before)
  })

  describe('that no longer fits', () => {
    const widen = async () => {
      await edit('activities.yaml', (text) =>
        text.replace('personal: { bsn: pseudonymise }', 'personal: { bsn: pseudonymise, geboortedatum: year }'),
      )
      await edit('datasets/zaken/rollen.yaml', (text) => text.replace('[bsn]', '[bsn, geboortedatum]'))
      await edit('datasets/zaken/open_zaken.yaml', (text) =>
        text.replace('{ einddatum: null }', '{ einddatum: null, registratiedatum: { from: 2025-01-01 } }'),
      )
    }
    beforeEach(() => privacy.approve(commandIn(project).context, [sturing], { by: 'fg@waterdam.example' }).then(() => {}))

    test('says what was added and what went, where the version that was approved was applied', async () => {
      const database = await openDatabase()
      const warehouse = openPool(database.url)
      onTestFinished(() => database.close())
      onTestFinished(() => warehouse.close())
      await migrate(warehouse.db)
      const { project: before, plan } = await planned()
      await applyProject(warehouse, before, plan, { who: 'test', environment: {}, version: 'test' })
      await widen()
      const text = await page(sturing, { DATABASE_URL: database.url })
      expect(text).toContain('**Verouderd**')
      expect(text).toContain('Een run wordt geweigerd.')
      expect(text).toContain('- erbij: zaken.rollen.betrokkene_identificatie_geboortedatum: geboortedatum, alleen het jaar\n')
      expect(text).toContain('- erbij: zaken.open_zaken: alleen waar `registratiedatum` is 2025-01-01 of later\n')
      expect(text).not.toContain('- eraf')
    })

    test('says that it cannot be told where no warehouse knows', async () => {
      await widen()
      expect(await page(sturing)).toMatch(/\*\*Verouderd\*\*[\s\S]*is hier niet na te gaan/)
    })

    test('is replaced by a new one', async () => {
      await widen()
      expect((await stateOf(sturing)).approval).toBe('outdated')
      await privacy.approve(commandIn(project).context, [sturing], { by: 'fg@waterdam.example' })
      expect((await stateOf(sturing)).approval).toBe('approved')
      expect((await register()).match(/approved: \{/g)).toHaveLength(1)
    })
  })
})

test('each line of an allowance has words in Dutch', async () => {
  const { project: here, plan } = await planned()
  const lines = activityStates(here, plan).flatMap((s) => s.allowance)
  expect(lines.length).toBeGreaterThan(20)
  for (const line of lines) expect(allowanceWords(line), line).not.toMatch(/\bread by\b|\bretention\b|\bkeeps history\b|\bwhere\b|[{}]/)
})

test('conditions and terms are told as a person says them', () => {
  expect(conditionWords({ column: 'einddatum', test: 'null' })).toBe('`einddatum` is leeg')
  expect(conditionWords({ column: 'x', test: 'in', values: ['a', null] } as never)).toBe('`x` is een van a, leeg')
  const from = '2025-12-31T23:00:00.000000Z'
  expect(conditionWords({ column: 'x', test: 'range', from, to: '2026-06-30T22:00:00.000000Z', value: 'datetime' } as never)).toBe(
    '`x` is 2026-01-01 of later en voor 2026-07-01',
  )
  expect(retentionWords({ keep: '5 years', after: 'einddatum' })).toBe('5 jaar na de dag in `einddatum`')
  expect(retentionWords({ keep: '1 month', after: 'einddatum' })).toBe('1 maand na de dag in `einddatum`')
  expect(retentionWords(undefined)).toBe('geen termijn vastgelegd')
})
