import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { run } from '../../cli/rules-explain.js'
import { openFolder, type TestFolder } from '../support/folder.js'
import { commandIn, gemaal } from '../support/gemaal.js'
import { wholeSample as sampleFolder } from '../support/sample.js'

let folder: TestFolder
beforeAll(async () => {
  folder = await openFolder()
})
afterAll(() => folder.remove())

interface Verdict {
  rule: string
  column: string | null
  verdict: string
  why: string
}

async function explained(record: unknown, dataset: string, project = sampleFolder, stream?: string) {
  const file = join(folder.path, 'record.json')
  await writeFile(file, typeof record === 'string' ? record : JSON.stringify(record))
  const { context, texts } = commandIn(project, {}, true)
  try {
    expect(await run(context, [file], { dataset, ...(stream !== undefined && { stream }) })).toBe(0)
    const answer = JSON.parse(texts.stdout) as { goes: string; verdicts: Verdict[]; undescribed: string[]; notOfOneRecord: string[] }
    return {
      ...answer,
      of: (rule: string, column?: string) => answer.verdicts.find((v) => v.rule === rule && (column === undefined || v.column === column)),
    }
  } finally {
    await context.close()
  }
}

const uuid = '6c3b9a52-8f0e-4d0b-9f67-2d1c2f6f0a01'
const zaken = 'https://openzaak.example/zaken/api/v1/zaken'
// As Open Zaak writes it: an empty text where a code is absent.
const zaak = {
  uuid,
  url: `${zaken}/${uuid}`,
  identificatie: 'ZAAK-1',
  bronorganisatie: '880000004',
  verantwoordelijkeOrganisatie: '880000004',
  zaaktype: `https://openzaak.example/catalogi/api/v1/zaaktypen/${uuid}`,
  registratiedatum: '2026-01-02',
  startdatum: '2026-01-02',
  einddatum: null,
  vertrouwelijkheidaanduiding: 'openbaar',
  betalingsindicatie: '',
  hoofdzaak: null,
}

describe('each rule of the dataset says of the record', () => {
  test('ok, or not applicable where what it judges is absent; empty texts are absent, as the connector reads them', async () => {
    const { goes, verdicts, of } = await explained(zaak, 'zaken.zaken')
    expect(goes).toBe('land')
    expect(verdicts.filter((v) => v.verdict === 'violation' || v.verdict === 'failed')).toEqual([])
    expect(of('nl.rsin', 'bronorganisatie')).toMatchObject({ verdict: 'ok', why: 'bronorganisatie is "880000004"' })
    expect(of('zgw-zaken.betalingsindicatie')).toMatchObject({ verdict: 'not applicable', why: 'betalingsindicatie is absent' })
  })

  test('violation, with what its columns hold', async () => {
    const { goes, of, undescribed } = await explained(
      { ...zaak, bronorganisatie: '880000005', hoofdzaak: `${zaken}/${uuid}`, nieuwVeld: 'x' },
      'zaken.zaken',
    )
    expect(goes).toBe('quarantine')
    expect(of('nl.rsin', 'bronorganisatie')).toMatchObject({ verdict: 'violation', why: 'bronorganisatie is "880000005"' })
    expect(of('zgw-zaken.zrc-013a')).toMatchObject({
      verdict: 'violation',
      column: null,
      why: expect.stringContaining('hoofdzaak_uuid is "'),
    })
    expect(undescribed).toEqual(['nieuwVeld'])
  })

  test('unknown where a value cannot be read, which is the finding of one rule', async () => {
    const { verdicts, of } = await explained({ ...zaak, startdatum: '2026-02-30' }, 'zaken.zaken')
    expect(verdicts.filter((v) => v.verdict === 'violation').map((v) => v.rule)).toEqual(['time.datum'])
    expect(of('time.datum', 'startdatum')!.why).toBe('startdatum is text of 10 characters, which cannot be read as date')
    const about = verdicts.filter((v) => v.why.includes('startdatum is') && v.rule !== 'time.datum')
    expect(about.length).toBeGreaterThan(0)
    expect(new Set(about.map((v) => v.verdict))).toEqual(new Set(['unknown']))
  })

  test('rules that the path itself has are told where the record breaks them', async () => {
    const { goes, of } = await explained({ ...zaak, uuid: 'geen' }, 'zaken.zaken')
    expect(goes).toBe('quarantine')
    expect(of('shape.uuid')).toMatchObject({ verdict: 'violation', why: 'expected uuid, found text of 4 characters' })
  })

  test('and which rules cannot be told of one record', async () => {
    const { notOfOneRecord, verdicts } = await explained(zaak, 'zaken.zaken')
    expect(notOfOneRecord.length).toBeGreaterThan(0)
    expect(verdicts.filter((v) => notOfOneRecord.includes(v.rule))).toEqual([])
  })

  test('a record that the contract leaves out is outside', async () => {
    expect(await explained({ ...zaak, einddatum: '2026-02-01' }, 'zaken.open_zaken')).toMatchObject({ goes: 'outside' })
  })
})

test('no value that says something of a person is echoed, whatever is wrong with it', async () => {
  const canaries = ['canary-naam', '123456789', 'canary-straat', 'canary-toelichting', '19560031', 'canary-postcode']
  const rol = {
    uuid,
    url: `https://openzaak.example/zaken/api/v1/rollen/${uuid}`,
    zaak: zaak.url,
    betrokkeneType: 'natuurlijk_persoon',
    afwijkendeNaamBetrokkene: 'canary-naam',
    roltoelichting: 'canary-toelichting',
    betrokkeneIdentificatie: {
      inpBsn: '123456789',
      geslachtsnaam: 'canary-naam',
      geboortedatum: '19560031',
      verblijfsadres: { gorStraatnaam: 'canary-straat', aoaPostcode: 'canary-postcode', aoaHuisnummer: 'canary-naam' },
    },
  }
  const file = join(folder.path, 'rol.json')
  await writeFile(file, JSON.stringify(rol))
  for (const args of [[], ['--json']]) {
    const { code, stdout, stderr } = await gemaal(['rules', 'explain', file, '--dataset', 'zaken.rollen', ...args], {
      cwd: sampleFolder,
      env: { GEMAAL_DATA: folder.path },
    })
    expect(code).toBe(0)
    expect(stdout).toContain('betrokkene_identificatie_inp_bsn is a text of 9 characters')
    expect(canaries.filter((value) => (stdout + stderr).includes(value))).toEqual([])
  }
})

test('a record comes from stdin too; people read what is wrong first, and what to do', async () => {
  const { code, stdout, stderr } = await gemaal(['rules', 'explain', '-', '--dataset', 'zaken.zaken'], {
    cwd: sampleFolder,
    env: { GEMAAL_DATA: folder.path },
    input: JSON.stringify({ ...zaak, bronorganisatie: '880000005' }),
  })
  expect(code).toBe(0)
  expect(stdout.split('\n')[2]).toMatch(/^violation +nl\.rsin +bronorganisatie +reject +bronorganisatie is "880000005"/)
  expect(stderr).toContain('zaken.zaken: the record would go to quarantine.')
  expect(stderr).toMatch(/nl\.rsin: Een RSIN .*\n +An RSIN .* Have the owner of the source mend the record/)
})

describe('what is no record, or for no dataset, is refused', () => {
  const refused = async (text: string, dataset = 'zaken.zaken', stream?: string): Promise<string> => {
    try {
      await explained(text, dataset, sampleFolder, stream)
    } catch (error) {
      expect((error as Error).name).toBe('UsageError')
      return (error as Error).message
    }
    throw new Error('it was taken')
  }

  test('without a word of what stands in the file', async () => {
    for (const text of ['{"naam": "canary', 'canary', '["canary"]', '"canary"', '']) expect(await refused(text)).not.toContain('canary')
    expect(await refused('[{}]')).toContain('found a list: take one of it')
  })

  test('with the nearest name', async () => {
    expect(await refused('{}', 'zaken.zakn')).toContain("did you mean 'zaken.zaken'?")
    expect(await refused('{}', 'zaken.zaken', 'open-zaak/zakn')).toContain("did you mean 'open-zaak/zaken'?")
  })

  test('and a file that is not there', async () => {
    const { context } = commandIn(sampleFolder)
    await expect(run(context, [join(folder.path, 'weg.json')], { dataset: 'zaken.zaken' })).rejects.toThrow('ENOENT')
    await context.close()
  })
})
