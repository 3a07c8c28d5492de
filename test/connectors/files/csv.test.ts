import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../../connectors/connector.js'
import { UnexpectedResponse } from '../../../connectors/errors.js'
import { deliveries, fields } from './folder.js'

const record = fields({ NR: 'text', BEDRAG: 'decimal', DAG: 'date', TEKST: 'text' })
const dutch: JsonObject = { files: '*.csv', format: 'csv', decimal: ',', dates: 'dd-mm-jjjj', key: 'NR', record }
const header = 'NR;BEDRAG;DAG;TEKST'

/** Reads one file. */
async function csv(content: string | Uint8Array, settings: JsonObject = {}) {
  const folder = await deliveries()
  await folder.put('a.csv', content)
  return folder.read({ ...dutch, ...settings })
}

const only = async (...of: Parameters<typeof csv>) => {
  const { records, unreadable } = await csv(...of)
  expect(unreadable).toEqual([])
  return records[0]
}

describe('CSV', () => {
  test('keeps leading zeros, reads amounts and dates as stated, and takes line breaks and delimiters in quotes', async () => {
    expect(await only(`${header}\r\n0012;1.234,56;05-03-2026;"Eén; ""twee""\r\ndrie"\r\n`)).toEqual({
      NR: '0012',
      BEDRAG: '1234.56',
      DAG: '2026-03-05',
      TEKST: 'Eén; "twee"\r\ndrie',
    })
  })

  test.each([
    [',', '9,99', '9.99'],
    [',', '1.000', '1000'],
    [',', '-1.234,56', '-1234.56'],
    [',', '9.99', '9,99'],
    [',', '1,23E+15', '1.23E+15'],
    [',', '1.23E+15', '1,23E+15'],
    ['.', '1,234.56', '1234.56'],
    ['.', '9,99', '9,99'],
    ['.', '12,34,567', '12,34,567'],
    [',', 'n.v.t.', 'n,v,t,'],
  ])(
    'with the decimal sign %s, %s is read as %s: what is no number in that notation is none in ours either',
    async (decimal, written, read) => {
      expect(await only(`${header}\n1;"${written}";;\n`, { decimal })).toMatchObject({ BEDRAG: read })
    },
  )

  test.each([
    ['dd-mm-jjjj', '5-3-2026', '2026-03-05'],
    ['dd-mm-jjjj', '05-03-26', '05-03-26'],
    ['mm/dd/jjjj', '03/05/2026', '2026-03-05'],
    ['jjjjmmdd', '20260305', '2026-03-05'],
    ['dd-mm-jjjj', '2026-03-05', '2026-03-05'],
    ['dd-mm-jjjj', '05-03-2026 10:00', '05-03-2026 10:00'],
  ])('with dates in the form %s, %s is read as %s', async (dates, written, read) => {
    expect(await only(`${header}\n1;;${written};\n`, { dates })).toMatchObject({ DAG: read })
  })

  test('a moment has its date in the stated form, with a time behind it or none', async () => {
    const settings = { record: fields({ NR: 'text', OP: 'datetime' }) }
    for (const [written, read] of [
      ['05-03-2026 9:30', '2026-03-05T09:30'],
      ['05-03-2026T23:59:59.123456', '2026-03-05T23:59:59.123456'],
      ['05-03-2026', '2026-03-05T00:00:00'],
      ['gisteren', 'gisteren'],
    ])
      expect(await only(`NR;OP\n1;${written}\n`, settings)).toMatchObject({ OP: read })
  })

  test('what is empty is null; with texts stated that mean null, an empty text is a text, and an empty number is null all the same', async () => {
    const content = `${header}\n1;;;\n2;NULL;NULL;NULL\n3;"";"";""\n`
    expect((await csv(content)).records.map(({ TEKST }) => TEKST)).toEqual([null, 'NULL', null])
    // A plain NULL is nothing in YAML.
    for (const written of ['NULL', ['n.v.t.', 'NULL'], null, [null]] as const) {
      expect(
        (await csv(content, { null: written as JsonObject[''] })).records.map(({ BEDRAG, DAG, TEKST }) => [BEDRAG, DAG, TEKST]),
      ).toEqual([
        [null, null, ''],
        [null, null, null],
        [null, null, ''],
      ])
    }
  })

  test.each([
    ['UTF-8 with a byte order mark', `\uFEFF${header}\n1;;;Café € 🏛\n`, {}, 'Café € 🏛'],
    ['Windows-1252', Buffer.from(`${header}\n1;;;Caf\xe9 \x80\n`, 'latin1'), { charset: 'windows-1252' }, 'Café €'],
    [
      'UTF-16 with a byte order mark, and tabs',
      Buffer.from(`\uFEFF${header}\n1;;;Café € 🏛\n`.replaceAll(';', '\t'), 'utf16le'),
      { charset: 'utf-16', delimiter: 'tab' },
      'Café € 🏛',
    ],
    ['UTF-8 with a delimiter that is not ASCII', `${header}\n1;;;Café\n`.replaceAll(';', '¦'), { delimiter: '¦' }, 'Café'],
  ])('is read in %s', async (_, content, settings, text) => {
    expect(await only(content, settings)).toMatchObject({ NR: '1', TEKST: text })
  })

  test('a byte that is not in the charset damages its own value, and the record beside it is whole', async () => {
    const { records } = await csv(Buffer.from(`${header}\n1;;;Caf\xe9;\n2;;;goed\n`, 'latin1'))
    expect(records.map(({ TEKST }) => String(TEKST).isWellFormed())).toEqual([false, true])
    expect(records[1]).toMatchObject({ NR: '2', TEKST: 'goed' })
  })

  test('NUL and half a surrogate pair stay in their value, for shape to refuse', async () => {
    expect(await only(`${header}\n1;;;a\0b\n`)).toMatchObject({ TEKST: 'a\0b' })
  })

  test('that begins with the mark of another charset than the stated one is refused', async () => {
    await expect(csv(Buffer.from(`\uFEFF${header}\n`, 'utf16le'))).rejects.toThrow(/a\.csv', line 1: it begins as utf-16, where .* utf-8/)
    await expect(csv(`\uFEFF${header}\n`, { charset: 'windows-1252' })).rejects.toThrow(UnexpectedResponse)
  })

  test('a header further down is found, and what stands before it is skipped, also where it has quotes', async () => {
    expect(await only(`Export van "Civision\n\n${header}\n7;1;;\n`, { header: '3' })).toMatchObject({ NR: '7', BEDRAG: '1' })
  })

  test('a delimiter at the end of the header or of its lines, lines without a value and empty lines make nothing', async () => {
    const { records, unreadable } = await csv(`${header};\n1;2;;a;\n;;;;\n\n2;2;;b;;\n`)
    expect({ keys: records.map(({ NR }) => NR), names: Object.keys(records[0]!), unreadable }).toEqual({
      keys: ['1', '2'],
      names: ['NR', 'BEDRAG', 'DAG', 'TEKST'],
      unreadable: [],
    })
  })

  test('a line with too many or too few values is unreadable, by its number and without a value of it', async () => {
    const { records, unreadable, complete } = await csv(`${header}\n1;1;;"a\nb"\n2;2;;x;canary\n3;3\n4;4;;\n`)
    expect(records.map(({ NR }) => NR)).toEqual(['1', '4'])
    expect(unreadable).toEqual([
      { key: null, reason: 'a.csv, line 4: it has 5 values where the header has 4 columns' },
      { key: null, reason: 'a.csv, line 5: it has 2 values where the header has 4 columns' },
    ])
    expect(complete).toBe(false)
  })

  test('has lines that end in different ways, and their numbers are right', async () => {
    const { records, unreadable } = await csv(`${header}\r\n1;1;;"a\r\nb"\r\n2;2;;b\n3;3;;c\r4\r\n5;5;;e`)
    expect(records.map(({ NR, TEKST }) => [NR, TEKST])).toEqual([
      ['1', 'a\r\nb'],
      ['2', 'b'],
      ['3', 'c'],
      ['5', 'e'],
    ])
    expect(unreadable).toMatchObject([{ reason: expect.stringContaining('line 6: it has 1 values') }])
  })

  test('a quote where none can be makes its record unreadable, in the order of the lines, and what is read goes on behind it', async () => {
    const { records, unreadable, complete } = await csv(`${header}\n1;;;a\n2;;;12" pijp\n3;;;c\n4;;;"b"c\n5;;;"d"\n6;;;"e"\n`)
    expect(records.map(({ NR }) => NR)).toEqual(['1', '3', '6'])
    expect(unreadable.map(({ reason }) => reason)).toEqual([
      'a.csv, line 3: a quote stands where none can be',
      'a.csv, line 5: a quote stands where none can be',
      'a.csv, line 6: a quote stands where none can be',
    ])
    expect(complete).toBe(false)
    expect((await csv(`${header}\n3;;;12" pijp\n`, { quote: 'none' })).records[0]).toMatchObject({ TEKST: '12" pijp' })
  })

  test('a quote that is never closed refuses the file, with the line', async () => {
    await expect(csv(`${header}\n1;;;a\n2;;;"b\n3;;;c\n`)).rejects.toThrow(
      /a\.csv', line \d+: a quote is opened and never closed\. Nothing of it lands/,
    )
  })

  test('a column that comes twice, and one without a name, are named by their place for the report', async () => {
    expect(await only(`${header};TEKST;\n1;2;;a;b;\n`)).toEqual({ NR: '1', BEDRAG: '2', DAG: null, TEKST: 'a', 'TEKST 2': 'b' })
    expect(await only('NR;;BEDRAG;DAG;TEKST\n1;x;2;;\n')).toMatchObject({ 'column 2': 'x' })
  })

  test('without its key, or without any line, is refused', async () => {
    await expect(csv('NUMMER;BEDRAG;DAG;TEKST\n1;2;;\n')).rejects.toThrow(/it has no column 'NR', which is the key/)
    await expect(csv('')).rejects.toThrow(/there is no line 1 with the names of its columns/)
  })

  test('whose stated column no file has is refused; where one of them has it, it is null in the others', async () => {
    await expect(csv('NR;BEDRAG;DAG;OMSCHRIJVING\n1;2;;x\n')).rejects.toThrow(
      /no file has a column 'TEKST'\. .* under 'record' in sources\/probe\.yaml/,
    )
    const folder = await deliveries()
    await folder.put('a.csv', 'NR;BEDRAG;DAG;NIEUW\n1;2;;x\n')
    await folder.put('b.csv', `${header}\n2;2;;x\n`)
    expect((await folder.read(dutch)).records.map(({ TEKST }) => TEKST)).toEqual([undefined, 'x'])
  })

  test('is read in pages, however long it is', async () => {
    const rows = Array.from({ length: 2001 }, (_, at) => `${at};1;;`)
    const { records, largestPage } = await csv(`${header}\n${rows.join('\n')}\n`)
    expect([records.length, largestPage]).toEqual([2001, 500])
  })
})
