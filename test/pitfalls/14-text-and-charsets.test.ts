import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Charset, type CsvFolder, openFolder, someProvisions } from '../sources/csv/folder.js'
import { balanceOf, openProject, type TestProject } from '../support/project.js'
import { openWaterdam, type Waterdam } from '../support/waterdam.js'
import { expectBalanced, expectZakenEqual, forget } from './equal.js'
import { type ListsProject, openLists, projectFiles } from './lists.js'

const fields = `
        naam: { type: [string, "null"], kind: none, description: Name of the entry }
        code: { type: [string, "null"], kind: none, description: A code }
        woorden: { type: [array, "null"], items: { type: string }, kind: none, description: Words }
        groep:
          properties:
            naam: { type: [string, "null"], kind: none, description: Name in a group }
        delen:
          type: array
          kind: none
          description: Parts
          items:
            type: object
            properties:
              naam: { type: [string, "null"], kind: none, description: Name of the part }`

describe('text in JSON', () => {
  let lists: ListsProject
  beforeAll(async () => {
    lists = await openLists({ fields, size: 50 })
    await lists.apply({ 'datasets/lists/offset.yaml': 'from: lists/offset\nversion: 2.0.0\ncolumns: { delen: table }\n' })
  })
  afterAll(() => lists.close())
  beforeEach(async () => {
    lists.server.options.write = undefined
    for (const way of ['page', 'offset'] as const) await forget(lists, 'lists', way)
  })
  afterEach(() => expectBalanced(lists))

  const quarantine = (dataset: string) =>
    lists.rows<{ key: string | null; rule: string; column: string; detail: string }>(
      `select array_to_string(key, '|') as key, f ->> 'rule' as rule, f ->> 'column' as column, f ->> 'detail' as detail
       from gemaal.quarantine, jsonb_array_elements(findings) f where dataset = $1 and closed_at is null order by id`,
      [dataset],
    )

  const nul = 'expected text, found text of 3 characters, a NUL among them'
  const half =
    'expected text, found text of 3 characters, some of which are none: half a surrogate pair, or a byte that is not in the charset'

  test.each([
    ['NUL', 'a\0b', nul],
    ['the first half of a pair', 'a\ud83db', half],
    ['the second half of a pair', 'a\ude00b', half],
    ['a pair the wrong way round', '\ude00\ud83d!', half],
  ])('14. a record with %s in a text goes to quarantine with a finding that says so, and the others land', async (_, bad, detail) => {
    lists.server.entries.splice(
      0,
      Number.POSITIVE_INFINITY,
      { id: 1, naam: 'goed 😀', woorden: ['één'], groep: { naam: 'x' } },
      { id: 2, naam: bad },
      { id: 3, woorden: ['goed', bad] },
      { id: 4, groep: { naam: bad } },
      { id: 5, naam: 'ook goed' },
    )
    const outcome = await lists.readList('page')
    expect(balanceOf(outcome, 'lists.page')).toMatchObject({ read: 5, new: 2, quarantined: 3 })
    expect(await lists.ids('page')).toEqual([1, 5])
    const entries = await quarantine('lists.page')
    expect(entries.map(({ key, rule, column }) => [key, rule, column])).toEqual([
      ['2', 'shape.text', 'naam'],
      ['3', 'shape.text', 'woorden'],
      ['4', 'shape.text', 'groep_naam'],
    ])
    expect(entries[0]!.detail).toBe(detail)
    // The source mends them.
    for (const entry of lists.server.entries.slice(1, 4)) Object.assign(entry, { naam: 'goed', woorden: null, groep: null })
    await lists.readList('page')
    expect(await lists.ids('page')).toEqual([1, 2, 3, 4, 5])
    expect(await quarantine('lists.page')).toEqual([])
  })

  test.each([
    ['NUL', 'a\0b'],
    ['half a pair', 'a\ud83db'],
  ])('14. %s inside a nested value refuses its record, as json and as a table of its own', async (_, bad) => {
    lists.server.entries.splice(
      0,
      Number.POSITIVE_INFINITY,
      { id: 1, delen: [{ naam: 'goed' }] },
      { id: 2, delen: [{ naam: 'goed' }, { naam: bad }] },
    )
    for (const way of ['page', 'offset'] as const) {
      await lists.readList(way)
      expect(await lists.ids(way)).toEqual([1])
      expect((await quarantine(`lists.${way}`)).map(({ key }) => key)).toEqual(['2'])
    }
    expect(await lists.rows('select id::int, naam from lists.offset_delen')).toEqual([{ id: 1, naam: 'goed' }])
  })

  test('14. in a field that nobody described, by its name or in its value, it harms nothing', async () => {
    lists.server.options.write = ({ id }) =>
      `{"id":${id},"naam":"goed","nieuw":"a\\u0000\\ud800","na\\u0000am":1,"\\udc00":{"\\u0000":[]},"":"x"}`
    lists.server.entries.splice(0, Number.POSITIVE_INFINITY, { id: 1 }, { id: 2 })
    await lists.readList('page')
    expect(await lists.ids('page')).toEqual([1, 2])
    expect(await lists.rows(`select path from gemaal.schema_changes where stream = 'page'`)).toEqual([{ path: 'nieuw' }, { path: '…' }])
  })

  test('14. every other text lands as it is: what COPY, arrays and JSON give a meaning too', async () => {
    const hard = [
      '\\.',
      '\\N',
      '\\',
      '\\\\n',
      '\t',
      '\r\n',
      '\n\\.\n',
      'NULL',
      'null',
      '',
      ' ',
      '{}',
      '{"a"}',
      '"',
      "'",
      ',',
      'é\u0301',
      '\uFEFF',
      '\uFFFD',
      '\uFFFF',
      '\u0001\u001f\u007f\u009f',
      '😀',
      '\u{10FFFF}',
      '\u2028\u2029',
      '<script>',
      '%s %1$s',
      '$1',
    ]
    lists.server.entries.splice(
      0,
      Number.POSITIVE_INFINITY,
      ...hard.map((naam, n) => ({ id: n + 1, naam, woorden: [naam, ...hard], groep: { naam }, delen: [{ naam }] })),
    )
    for (const way of ['page', 'offset'] as const) await lists.readList(way)
    const rows = await lists.rows('select naam, woorden, groep_naam, delen from lists.page order by id')
    expect(rows).toEqual(hard.map((naam) => ({ naam, woorden: [naam, ...hard], groep_naam: naam, delen: [{ naam }] })))
    expect((await lists.rows<{ naam: string }>('select naam from lists.offset_delen order by id')).map(({ naam }) => naam)).toEqual(hard)
  })

  test('14. any text lands as it is or goes to quarantine, and none ends the run', async () => {
    const anyText = fc.string({ unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)), maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ naam: anyText, woorden: fc.array(anyText, { maxLength: 3 }) }), { minLength: 1, maxLength: 40 }),
        async (entries) => {
          await forget(lists, 'lists', 'page')
          lists.server.entries.splice(0, Number.POSITIVE_INFINITY, ...entries.map((entry, n) => ({ id: n + 1, ...entry })))
          await lists.readList('page')
          const storable = (text: string) => text.isWellFormed() && !text.includes('\0')
          const right = entries.flatMap(({ naam, woorden }, n) =>
            [naam, ...woorden].every(storable) ? [{ id: n + 1, naam, woorden }] : [],
          )
          expect(await lists.rows('select id::int, naam, woorden from lists.page order by id')).toEqual(right)
          expect(await quarantine('lists.page').then((q) => new Set(q.map(({ key }) => key)).size)).toBe(entries.length - right.length)
        },
      ),
      { numRuns: 25, seed: 14 },
    )
  })
})

describe('bodies in other charsets', () => {
  let waterdam: Waterdam
  beforeAll(async () => {
    waterdam = await openWaterdam({ zaken: 90, behaviours: { largestPage: 30 } })
  })
  afterAll(() => waterdam.close())
  beforeEach(async () => {
    waterdam.zgw.reset()
    await forget(waterdam, 'open-zaak', 'zaken')
  })

  test.each(['utf8-bom', 'utf16le'] as const)('14. pages of zaken that come as %s land clean', async (encoding) => {
    waterdam.zgw.fail({ list: 'zaken', after: 1, times: 3, fault: { kind: 'encoding', encoding } })
    await waterdam.read('zaken')
    await expectZakenEqual(waterdam)
    await expectBalanced(waterdam)
  })
})

describe('a list whose bytes are not what its content type says', () => {
  let lists: ListsProject
  beforeAll(async () => {
    lists = await openLists({ fields })
  })
  afterAll(() => lists.close())
  beforeEach(() => forget(lists, 'lists', 'page'))

  const names = ['Zoë', 'Jansen', 'Ångström', 'café €', 'gewoon']
  const body = (charset: BufferEncoding | 'windows-1252') => {
    const text = `{"total":5,"items":${JSON.stringify(names.map((naam, n) => ({ id: n + 1, naam, code: 'é' === naam ? null : `c${n}` })))}}`
    return charset === 'windows-1252'
      ? Buffer.from([...text].map((char) => (char === '€' ? 0x80 : char.charCodeAt(0))))
      : Buffer.from(text, charset)
  }
  const answer = (bytes: Buffer, contentType: string) =>
    lists.server.at(1, () => ({ answer: (response) => response.writeHead(200, { 'content-type': contentType }).end(bytes) }))
  const empty = () => lists.server.entries.splice(0)

  test.each([
    ['UTF-8', body('utf8'), 'application/json'],
    ['UTF-8 with a mark', Buffer.concat([Buffer.from('\uFEFF'), body('utf8')]), 'application/json'],
    ['UTF-16 without a mark', body('utf16le'), 'application/json'],
    ['UTF-16, big end first', body('utf16le').swap16(), 'application/json; charset=utf-8'],
    ['Windows-1252, and says so', body('windows-1252'), 'application/json; charset=windows-1252'],
    ['Windows-1252, and says Latin-1 as browsers read it', body('windows-1252'), 'application/json; charset=iso-8859-1'],
  ])('14. in %s lands clean', async (_, bytes, contentType) => {
    empty()
    answer(bytes, contentType)
    await lists.readList('page')
    expect(await lists.rows<{ naam: string }>('select naam from lists.page order by id')).toEqual(names.map((naam) => ({ naam })))
  })

  test('14. in Windows-1252 that passes for UTF-8 lands what is whole; the damaged ones are in quarantine by key, and no letter is lost unseen', async () => {
    empty()
    answer(body('windows-1252'), 'application/json')
    const outcome = await lists.readList('page')
    expect(balanceOf(outcome, 'lists.page')).toMatchObject({ read: 5, new: 2, quarantined: 3 })
    expect(await lists.rows('select id::int, naam from lists.page order by id')).toEqual([
      { id: 2, naam: 'Jansen' },
      { id: 5, naam: 'gewoon' },
    ])
    expect(
      await lists.rows(
        `select key[1] as key, findings -> 0 ->> 'rule' as rule, findings -> 0 ->> 'column' as column from gemaal.quarantine where closed_at is null order by 1`,
      ),
    ).toEqual(['1', '3', '4'].map((key) => ({ key, rule: 'shape.text', column: 'naam' })))
  })

  test('14. with a replacement character of its own lands it, since the source has it so', async () => {
    empty()
    answer(Buffer.from('{"total":1,"items":[{"id":1,"naam":"Jos\uFFFD"}]}'), 'application/json')
    await lists.readList('page')
    expect(await lists.rows('select naam from lists.page')).toEqual([{ naam: 'Jos\uFFFD' }])
  })

  test('14. that breaks off in the middle of a letter is tried again, and lands whole', async () => {
    empty()
    const whole = body('utf8')
    const cut = whole.indexOf(Buffer.from('ë')) + 1
    lists.server.at(1, () => ({
      answer: (response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': String(whole.length) })
        response.write(whole.subarray(0, cut), () => response.destroy())
      },
    }))
    lists.server.at(2, () => ({ answer: (response) => response.writeHead(200, { 'content-type': 'application/json' }).end(whole) }))
    await lists.readList('page')
    expect(await lists.rows<{ naam: string }>('select naam from lists.page order by id')).toEqual(names.map((naam) => ({ naam })))
  })
})

describe('files of a Dutch system', () => {
  let folder: CsvFolder
  let project: TestProject
  beforeEach(async () => {
    folder = await openFolder()
  })
  afterEach(async () => {
    await project.close()
    await folder.stop()
  })

  const open = async (charset: Charset) => {
    project = await openProject(
      {
        'gemaal.yaml': projectFiles['gemaal.yaml'],
        'activities.yaml':
          'wmo:\n  purpose: Volgen van voorzieningen\n  basis: wettelijke verplichting\n  law: Wmo 2015 art. 2.5.1\n  until: 2028-12-31\n  personal: { gezondheid: keep }\n  special: [gezondheid]\n',
        'sources/bestanden.yaml': `connector: files
baseUrl: { env: BESTANDEN }
streams:
  voorzieningen:
    files: voorzieningen/*.csv
    format: csv
    charset: ${charset}
    decimal: ','
    dates: dd-mm-jjjj
    key: NUMMER
    record:
      NUMMER: { type: text, kind: none, description: Nummer van de voorziening }
      BEDRAG: { type: decimal, kind: none, description: Bedrag in euro }
      INGANGSDATUM: { type: date, kind: none, description: Dag van ingang }
      OMSCHRIJVING: { type: text, kind: gezondheid, description: Wat er is toegekend }
`,
        'datasets/wmo/voorzieningen.yaml':
          'from: bestanden/voorzieningen\nactivity: wmo\npersonal: [gezondheid]\nretention: { keep: 5 years, after: ingangsdatum }\n',
      },
      { BESTANDEN: `file://${folder.folder}` },
    )
  }

  test.each(['windows-1252', 'utf-8'] as const)(
    '14. in %s land with their letters, their zeros and no mark in the first column',
    async (charset) => {
      const provisions = someProvisions('1', 250)
      await folder.deliver('voorzieningen/noord.csv', provisions, charset)
      await open(charset)
      const outcome = await project.read('bestanden/voorzieningen')
      expect(balanceOf(outcome, 'wmo.voorzieningen')).toMatchObject({ read: 250, new: 250 })
      expect(await project.rows('select nummer, omschrijving, bedrag::text from wmo.voorzieningen order by nummer')).toEqual(
        provisions.map(({ nummer, omschrijving, bedrag }) => ({
          nummer,
          omschrijving,
          bedrag: bedrag.replaceAll('.', '').replace(',', '.'),
        })),
      )
      await expectBalanced(project)
    },
  )

  test('14. in Windows-1252 that are read as UTF-8 land the lines that are whole, and name the others', async () => {
    const provisions = someProvisions('1', 30)
    await folder.deliver('voorzieningen/noord.csv', provisions, 'windows-1252')
    await open('utf-8')
    const damaged = provisions.filter(({ omschrijving }) => /[^\0-\x7f]/.test(omschrijving)).map(({ nummer }) => nummer)
    const outcome = await project.read('bestanden/voorzieningen')
    expect(balanceOf(outcome, 'wmo.voorzieningen')).toMatchObject({ read: 30, new: 30 - damaged.length, quarantined: damaged.length })
    expect(
      (await project.rows<{ key: string[] }>('select key from gemaal.quarantine where closed_at is null order by key')).map(
        ({ key }) => key[0],
      ),
    ).toEqual(damaged)
  })
})
