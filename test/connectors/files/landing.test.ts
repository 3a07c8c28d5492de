import { mkdir, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { SourceRefused, SourceUnavailable, UnexpectedResponse } from '../../../connectors/errors.js'
import { examplesOf } from '../../docs/pages.js'
import { type CsvFolder, openFolder, type Provision } from '../../sources/csv/folder.js'
import { textRow, workbook } from '../../sources/files/workbook.js'
import { balanceOf, openProject, type TestProject } from '../../support/project.js'

/** The files of the page, by the path in their first line. */
const example = examplesOf('docs/connectors/files.md')
const files = {
  ...example,
  'gemaal.yaml':
    'gemaal: 1\norganisation: { name: Gemeente Waterdam, code: 0363 }\ncontact: { data: data@waterdam.example, fg: fg@waterdam.example }\n',
  'activities.yaml':
    'wmo-monitor:\n  purpose: Volgen van voorzieningen\n  basis: wettelijke verplichting\n  law: Wmo 2015 art. 2.5.1\n  until: 2028-12-31\n',
}

let folder: CsvFolder
let project: TestProject
beforeEach(async () => {
  folder = await openFolder()
  project = await openProject(files, { LEVERANCIER: pathToFileURL(folder.folder).href })
})
afterEach(async () => {
  await project.close()
  await folder.stop()
})

const provision = (nummer: string, more: Partial<Provision> = {}): Provision => ({
  nummer,
  bedrag: '1.234,56',
  ingangsdatum: '05-03-2026',
  omschrijving: 'Scootmobiel',
  ...more,
})
const deliver = (...of: Provision[]) => folder.deliver('voorzieningen/voorzieningen.csv', of)
const read = (reading?: 'full' | 'changes') => project.read('leverancier/voorzieningen', reading)
const rows = () => project.rows('select nummer, bedrag::text, ingangsdatum::text from wmo.voorzieningen order by nummer')
const quarantine = () =>
  project.rows<{ key: string[] | null; rule: string; detail: string }>(
    `select key, f ->> 'rule' as rule, f ->> 'detail' as detail from gemaal.quarantine, jsonb_array_elements(findings) f where closed_at is null order by id`,
  )

describe('a snapshot of CSV', () => {
  test('lands, and by what changed what is new, other and gone, without reading what is the same', async () => {
    await deliver(provision('0001'), provision('0002'), provision('0003'))
    expect(balanceOf(await read(), 'wmo.voorzieningen')).toMatchObject({ read: 3, new: 3 })
    expect(await rows()).toEqual(['0001', '0002', '0003'].map((nummer) => ({ nummer, bedrag: '1234.56', ingangsdatum: '2026-03-05' })))
    expect(balanceOf(await read('changes'), 'wmo.voorzieningen')).toMatchObject({ read: 0 })

    await deliver(provision('0001'), provision('0003', { bedrag: '1' }), provision('0004'))
    expect(balanceOf(await read('changes'), 'wmo.voorzieningen')).toMatchObject({ read: 3, new: 1, changed: 1, unchanged: 1 })
    // A file proves no delete by key: what two deliveries in a row lack is gone.
    await deliver(provision('0001'), provision('0003', { bedrag: '2' }), provision('0004'))
    expect(balanceOf(await read('changes'), 'wmo.voorzieningen')).toMatchObject({ read: 3, changed: 1, deleted: 1 })
    expect((await rows()).map(({ nummer }) => nummer)).toEqual(['0001', '0003', '0004'])
  })

  test('with a line that cannot be read lands the others, tells the line, and deletes nothing', async () => {
    await deliver(provision('0001'), provision('0002'))
    await read()
    await folder.put(
      'voorzieningen/voorzieningen.csv',
      'NUMMER;BEDRAG;INGANGSDATUM;OMSCHRIJVING\n0001;1;05-03-2026;canary\n0002;1;05-03-2026;can;ary\n0003;x;31-02-2026;\n',
    )
    for (let turn = 0; turn < 2; turn += 1) {
      expect(balanceOf(await read(), 'wmo.voorzieningen')).toMatchObject({ read: 3, quarantined: 2, deleted: 0 })
    }
    expect(await quarantine()).toEqual([
      {
        key: null,
        rule: 'read.unreadable',
        detail: 'voorzieningen/voorzieningen.csv, line 3: it has 5 values where the header has 4 columns',
      },
      { key: ['0003'], rule: 'shape.decimal', detail: 'expected decimal, found text of 1 characters' },
      { key: ['0003'], rule: 'shape.date', detail: 'expected date, found text of 10 characters' },
    ])
    expect(await rows()).toMatchObject([{ nummer: '0001', bedrag: '1' }, { nummer: '0002' }])
    expect(JSON.stringify(await project.rows('select * from gemaal.quarantine'))).not.toContain('canary')
  })

  test('that cannot be read as a file lands nothing of it, and names the file and the line', async () => {
    await deliver(provision('0001'))
    await read()
    await folder.put(
      'voorzieningen/voorzieningen.csv',
      `NUMMER;BEDRAG;INGANGSDATUM;OMSCHRIJVING\n${'0002;1;;x\n'.repeat(2000)}0003;1;;"canary\n`,
    )
    const error: Error = await read().catch((caught) => caught)
    expect(error).toBeInstanceOf(UnexpectedResponse)
    expect(error.message).toMatch(
      /source 'leverancier', stream 'voorzieningen', file 'voorzieningen\/voorzieningen\.csv', line 200\d: a quote is opened/,
    )
    expect(error.message).not.toContain('canary')
    expect((await rows()).map(({ nummer }) => nummer)).toEqual(['0001'])
    await deliver(provision('0001'), provision('0002'))
    expect(balanceOf(await read('changes'), 'wmo.voorzieningen')).toMatchObject({ new: 1, unchanged: 1 })
  })

  test('with a column more lands as before, and the column is reported; with a column that has another name it is refused', async () => {
    await folder.put('voorzieningen/voorzieningen.csv', 'NUMMER;NIEUW;BEDRAG;INGANGSDATUM;OMSCHRIJVING\n0001;x;1;05-03-2026;x\n')
    expect(balanceOf(await read(), 'wmo.voorzieningen')).toMatchObject({ new: 1 })
    expect(await project.rows('select stream, path, what from gemaal.schema_changes')).toEqual([
      { stream: 'voorzieningen', path: 'NIEUW', what: 'new field' },
    ])
    await folder.put('voorzieningen/voorzieningen.csv', 'NUMMER;BEDRAG;DATUM;OMSCHRIJVING\n0001;1;05-03-2026;x\n')
    await expect(read()).rejects.toThrow(/no file has a column 'INGANGSDATUM'/)
    expect(await rows()).toMatchObject([{ nummer: '0001', ingangsdatum: '2026-03-05' }])
  })

  test('of which a file may still be written, or whose share is away, is unavailable, and lands when it is there', async () => {
    await folder.put('voorzieningen/voorzieningen.csv', 'NUMMER;BEDR', new Date())
    await expect(read()).rejects.toThrow(SourceUnavailable)
    await rm(join(folder.folder, 'voorzieningen'), { recursive: true })
    await expect(read()).rejects.toThrow(SourceUnavailable)
    await deliver(provision('0001'))
    expect(balanceOf(await read(), 'wmo.voorzieningen')).toMatchObject({ new: 1 })
  })

  test('where our rights do not reach is refused, and nothing is taken for gone', async () => {
    await deliver(provision('0001'))
    await read()
    // As root there is no file that one may not read; a link that leads out of the folder is such a one for everybody.
    await rm(join(folder.folder, 'voorzieningen'), { recursive: true })
    await mkdir(join(folder.folder, 'voorzieningen'))
    await symlink('/etc/hostname', join(folder.folder, 'voorzieningen', 'voorzieningen.csv'))
    await expect(read()).rejects.toThrow(SourceRefused)
    expect(await rows()).toHaveLength(1)
  })

  test('whose reading is killed in the middle goes on where it was, and lands each record once', async () => {
    await deliver(...Array.from({ length: 12_000 }, (_, at) => provision(String(at).padStart(5, '0'))))
    const begun = await project.begin('leverancier/voorzieningen')
    const killed = begun.stage(undefined, () => {
      throw new Error('killed')
    })
    await expect(killed).rejects.toThrow('killed')
    await begun.stage()
    expect(balanceOf(await begun.publish(), 'wmo.voorzieningen')).toMatchObject({ read: 12_000, new: 12_000, duplicate: 0 })
  })

  test('in which a key comes twice has the later one', async () => {
    await deliver(provision('0001', { bedrag: '1' }), provision('0001', { bedrag: '2' }))
    expect(balanceOf(await read(), 'wmo.voorzieningen')).toMatchObject({ read: 2, new: 1, duplicate: 1 })
    expect(await rows()).toMatchObject([{ nummer: '0001', bedrag: '2' }])
  })
})

describe('workbooks that add', () => {
  const deliverBook = async (name: string, ...of: string[][]) =>
    folder.put(
      `mutaties/${name}.xlsx`,
      await workbook({ rows: [['Mutaties'], ['Nummer', 'Stand'], ...of].map((texts, at) => textRow(at + 1, texts)).join('') }),
    )
  const standing = () => project.rows('select nummer, stand from wmo.mutaties order by nummer')

  test('land one after the other, the later one over the earlier, and delete nothing', async () => {
    await deliverBook('2026-01', ['001', 'aangevraagd'], ['002', 'toegekend'])
    await deliverBook('2026-02', ['001', 'toegekend'])
    expect(balanceOf(await project.read('leverancier/mutaties'), 'wmo.mutaties')).toMatchObject({ read: 3, new: 2, duplicate: 1 })
    await deliverBook('2026-03', ['003', 'aangevraagd'])
    expect(balanceOf(await project.read('leverancier/mutaties', 'changes'), 'wmo.mutaties')).toMatchObject({ read: 1, new: 1 })
    await folder.remove('mutaties/2026-01.xlsx')
    expect(balanceOf(await project.read('leverancier/mutaties'), 'wmo.mutaties')).toMatchObject({ read: 2, deleted: 0 })
    expect(await standing()).toEqual([
      { nummer: '001', stand: 'toegekend' },
      { nummer: '002', stand: 'toegekend' },
      { nummer: '003', stand: 'aangevraagd' },
    ])
  })
})
