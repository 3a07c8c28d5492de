import { readFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { ZipFile } from 'yazl'
import type { JsonObject } from '../../../connectors/connector.js'
import { textRow, type Workbook, workbook } from '../../sources/files/workbook.js'
import { deliveries, fields } from './folder.js'

const record = fields({ nr: 'text', bedrag: 'decimal', dag: 'date', op: 'datetime', tekst: 'text', ja: 'boolean', aantal: 'integer' })
const names = ['nr', 'bedrag', 'dag', 'op', 'tekst', 'ja', 'aantal']

async function xlsx(of: Workbook | Uint8Array, settings: JsonObject = {}) {
  const folder = await deliveries()
  await folder.put('a.xlsx', of instanceof Uint8Array ? of : await workbook({ ...of, rows: textRow(1, names) + (of.rows ?? '') }))
  return folder.read({ files: '*.xlsx', format: 'xlsx', key: 'nr', record, ...settings })
}

/** One cell of a row with key 1, in the column of a field. */
async function cell(field: string, xml: string, more: Workbook = {}) {
  const letter = String.fromCharCode(65 + names.indexOf(field))
  const key = field === 'nr' ? '' : '<c r="A2" t="str"><v>1</v></c>'
  const { records, unreadable } = await xlsx({ rows: `<row r="2">${key}${xml.replace('<c', `<c r="${letter}2"`)}</row>`, ...more })
  return records[0] ? records[0][field] : unreadable[0]
}

describe('a cell of XLSX', () => {
  test.each([
    ['a shared text', 'tekst', '<c t="s"><v>1</v></c>', 'Eén'],
    ['a shared text in runs, without how it is pronounced', 'tekst', '<c t="s"><v>2</v></c>', ' a bé'],
    ['a shared text that is empty', 'tekst', '<c t="s"><v>0</v></c>', null],
    ['a text with characters that XML does not know', 'tekst', '<c t="inlineStr"><is><t>a_x000D_b_x005F_c</t></is></c>', 'a\rb_c'],
    ['the text of a formula', 'tekst', '<c t="str"><f>A1</f><v>x &amp; y</v></c>', 'x & y'],
    ['a number in a column of text', 'tekst', '<c><v>363</v></c>', '363'],
    ['a number of 15 digits with an exponent', 'nr', '<c><v>3.63100012345678E+14</v></c>', '363100012345678'],
    ['a number as decimals are kept', 'bedrag', '<c><v>1234.5599999999999</v></c>', '1234.56'],
    ['what comes of adding 0.1 and 0.2', 'bedrag', '<c><f>A1+A2</f><v>0.30000000000000004</v></c>', '0.3'],
    ['a small number', 'bedrag', '<c><v>1.0E-7</v></c>', '0.0000001'],
    ['a number as text in the stated notation', 'bedrag', '<c t="inlineStr"><is><t>1.234,5</t></is></c>', '1234.5'],
    ['a boolean', 'ja', '<c t="b"><v>1</v></c>', true],
    ['a day as text', 'dag', '<c t="inlineStr"><is><t>05-03-2026</t></is></c>', '2026-03-05'],
    ['a day by ISO 8601', 'dag', '<c t="d"><v>2026-03-05</v></c>', '2026-03-05'],
    ['a cell that is only formatted', 'bedrag', '<c s="1"/>', undefined],
  ])('that holds %s', async (_, field, xml, value) => {
    const strings = [
      '<si><t/></si>',
      '<si><t>Eén</t></si>',
      '<si><r><t xml:space="preserve"> a </t></r><r><rPr><b/></rPr><t>bé</t></r><rPh sb="0" eb="1"><t>canary</t></rPh></si>',
    ]
    const found = await xlsxCell(field, xml, strings)
    expect(found).toBe(value ?? null)
  })

  async function xlsxCell(field: string, xml: string, strings: string[]) {
    const letter = String.fromCharCode(65 + names.indexOf(field))
    const key = field === 'nr' ? '' : '<c r="A2" t="str"><v>1</v></c>'
    const rows = `<row r="2">${key}${xml.replace('<c', `<c r="${letter}2"`)}</row>`
    const { records } = await xlsx({ rows, strings }, { decimal: ',', dates: 'dd-mm-jjjj' })
    return records[0]?.[field]
  }

  test.each([
    ['a formula without its result', 'bedrag', '<c><f>canary</f></c>', /column 'bedrag': its formula has no result/],
    ['an error', 'bedrag', '<c t="e"><v>#N/A</v></c>', /column 'bedrag': its cell holds an error of Excel/],
    ['an identification of 16 digits', 'tekst', '<c><v>3.6310001234567801E+15</v></c>', /more than 15 digits, of which Excel keeps 15/],
    ['a whole number of 16 digits', 'aantal', '<c><v>1234567890123456</v></c>', /more than 15 digits/],
  ])('that holds %s makes its row unreadable, by its key and without a value', async (_, field, xml, reason) => {
    const unreadable = (await cell(field, xml)) as { key: unknown; reason: string }
    expect(unreadable.key).toEqual({ nr: '1' })
    expect(unreadable.reason).toMatch(/^a\.xlsx, row 2: /)
    expect(unreadable.reason).toMatch(reason)
    expect(unreadable.reason).not.toMatch(/canary|3\.63|123456/)
  })

  test.each([
    ['1900', '1', '1900-01-01'],
    ['1900', '59', '1900-02-28'],
    ['1900', '60', '60'],
    ['1900', '61', '1900-03-01'],
    ['1900', '46086', '2026-03-05'],
    ['1900', '46086.75', '2026-03-05'],
    ['1900', '2958465', '9999-12-31'],
    ['1900', '20260305', '20260305'],
    ['1900', '-1', '-1'],
    ['1904', '0', '1904-01-01'],
    ['1904', '44624', '2026-03-05'],
  ])('counts days from %s: %s is %s', async (base, serial, day) => {
    const workbookPr = base === '1904' ? '<workbookPr date1904="1"/>' : '<workbookPr/>'
    expect(await cell('dag', `<c s="1"><v>${serial}</v></c>`, { workbookPr, formats: [0, 14] })).toBe(day)
  })

  test('has moments to the millisecond, in Dutch local time', async () => {
    expect(await cell('op', '<c><v>46086.395833333336</v></c>')).toBe('2026-03-05T09:30:00.000')
    expect(await cell('op', '<c><v>46086.999999999884</v></c>')).toBe('2026-03-06T00:00:00.000')
  })

  test.each([
    [14, '2026-03-05'],
    [22, '2026-03-05'],
    ['dd\\-mm\\-yyyy', '2026-03-05'],
    ['[$-413]d mmmm yyyy;@', '2026-03-05'],
    ['[h]:mm', '2026-03-05'],
    [0, '46086'],
    [2, '46086'],
    ['#,##0.00 "dagen"', '46086'],
    ['[Red]0', '46086'],
    ['General', '46086'],
  ])('in a column of text is a day where its format %s shows one', async (format, text) => {
    expect(await cell('tekst', '<c s="1"><v>46086</v></c>', { formats: [0, format] })).toBe(text)
  })
})

test('a workbook as openpyxl writes it is read, but for a formula that it never calculated', async () => {
  const content = await readFile(new URL('../../sources/files/made/openpyxl.xlsx', import.meta.url))
  const { records, unreadable } = await xlsx(content, {
    record: fields({ nr: 'text', bedrag: 'decimal', dag: 'date', op: 'datetime', tekst: 'text', ja: 'boolean' }),
  })
  expect(records).toEqual([
    { nr: '0012', bedrag: '1234.56', dag: '2026-03-05', op: '2026-03-05T09:30:00.000', tekst: 'Eén\nregel', ja: true },
    { nr: '0013', bedrag: null, dag: null, op: null, tekst: null, ja: null },
  ])
  expect(unreadable).toEqual([{ key: { nr: '0014' }, reason: expect.stringMatching(/row 4: column 'bedrag': its formula has no result/) }])
})

test('a workbook in a zip archive, or in gzip, is read from there', async () => {
  const book = await workbook({ rows: textRow(1, ['nr']) + textRow(2, ['001']) })
  const archive = new ZipFile()
  archive.addBuffer(book, 'wmo/levering.xlsx')
  archive.end()
  const folder = await deliveries()
  await folder.put('a.zip', await buffer(Readable.from(archive.outputStream)))
  await folder.put('b.xlsx.gz', gzipSync(book))
  for (const files of ['*.zip/wmo/*.xlsx', '*.xlsx.gz'])
    expect((await folder.read({ files, format: 'xlsx', key: 'nr', record: fields({ nr: 'text' }) })).records).toEqual([{ nr: '001' }])
})

describe('a sheet of XLSX', () => {
  const rows = [2, 3].map((row) => textRow(row, [String(row), '1'])).join('')
  const keys = ({ records }: Awaited<ReturnType<typeof xlsx>>) => records.map(({ nr }) => nr)

  test('has its header on the stated row, and what stands above it is skipped', async () => {
    const title = textRow(1, ['Export', 'canary']) + textRow(3, names) + textRow(4, ['4'])
    const folder = await deliveries()
    await folder.put('a.xlsx', await workbook({ rows: title }))
    const { records } = await folder.read({ files: 'a.xlsx', format: 'xlsx', key: 'nr', header: '3', record })
    expect(records).toEqual([{ nr: '4', bedrag: null, dag: null, op: null, tekst: null, ja: null, aantal: null }])
  })

  test('reads hidden rows as rows, since hiding is how it is shown', async () => {
    expect(keys(await xlsx({ rows: rows.replace('<row r="2"', '<row hidden="1" r="2"') }))).toEqual(['2', '3'])
  })

  test('ends behind the last value, whatever was formatted below, and has no record of an empty row', async () => {
    const formatted = Array.from(
      { length: 5000 },
      (_, at) => `<row r="${at + 10}"><c r="A${at + 10}" s="0"/><c r="B${at + 10}" t="inlineStr"><is><t></t></is></c></row>`,
    )
    expect(keys(await xlsx({ rows: `${rows}<row r="5"/>${formatted.join('')}` }))).toEqual(['2', '3'])
  })

  test('does without the places of its rows and cells, which are optional', async () => {
    expect(keys(await xlsx({ rows: rows.replace(/ r="\w+"/g, '') }))).toEqual(['2', '3'])
  })

  test('names by its place a column that a merged header left without a name, one that comes twice, and one beside the header', async () => {
    const folder = await deliveries()
    const header = textRow(1, ['nr', 'adres', '', 'nr'])
    await folder.put('a.xlsx', await workbook({ rows: header + textRow(2, ['1', 'a', 'b', 'c', 'd']) }))
    expect((await folder.read({ files: 'a.xlsx', format: 'xlsx', key: 'nr', record: fields({ nr: 'text' }) })).records).toEqual([
      { nr: '1', adres: 'a', 'column 3': 'b', 'nr 2': 'c', 'column 5': 'd' },
    ])
  })

  const two = '<sheet name="Toelichting" sheetId="1" state="hidden" r:id="rId2"/><sheet name="Blad 2" sheetId="2" r:id="rId1"/>'
  const hidden = {
    'xl/worksheets/sheet2.xml': `<worksheet><sheetData>${textRow(1, names)}${textRow(2, ['verborgen'])}</sheetData></worksheet>`,
  }

  test('is the first that is not hidden, or the one that is named', async () => {
    expect(keys(await xlsx({ rows, sheets: two, parts: hidden }))).toEqual(['2', '3'])
    expect(keys(await xlsx({ rows, sheets: two, parts: hidden }, { sheet: 'Toelichting' }))).toEqual(['verborgen'])
    await expect(xlsx({ rows, sheets: two, parts: hidden }, { sheet: 'Blad 3' })).rejects.toThrow(/it has no sheet 'Blad 3'/)
  })

  test('is read with prefixes on its elements, and without styles and shared texts', async () => {
    const prefixed = `<x:worksheet xmlns:x="urn:x"><x:sheetData>${(textRow(1, names) + rows).replace(/<(\/?)(\w)/g, '<$1x:$2')}</x:sheetData></x:worksheet>`
    const parts = { 'xl/worksheets/sheet1.xml': prefixed, 'xl/styles.xml': undefined, 'xl/sharedStrings.xml': undefined }
    const without = `<Relationships><Relationship Id="rId1" Type="http://purl.oclc.org/ooxml/officeDocument/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`
    expect(keys(await xlsx({ parts: { ...parts, 'xl/_rels/workbook.xml.rels': without } }))).toEqual(['2', '3'])
  })

  test('without a header has none of the stated columns, and is refused', async () => {
    const folder = await deliveries()
    await folder.put('a.xlsx', await workbook({ rows: '' }))
    await expect(folder.read({ files: 'a.xlsx', format: 'xlsx', key: 'nr', record })).rejects.toThrow(
      /it has no column 'nr', which is the key/,
    )
  })
})

describe('a file that is no workbook', () => {
  const whole = workbook({
    rows: textRow(1, names) + Array.from({ length: 2000 }, (_, at) => textRow(at + 2, [`nummer ${at * 7919}`])).join(''),
  })

  test.each([
    [
      'of an older Excel, or behind a password',
      Buffer.from('d0cf11e0a1b11ae1'.padEnd(2000, '0'), 'hex'),
      /before 2007 \(\.xls\), or behind a password/,
    ],
    ['of another kind', Buffer.from('PK\x03\x04 canary'), /cannot be read as a zip archive/],
    ['that is empty', Buffer.alloc(0), /cannot be read as a zip archive/],
  ])('%s is refused', async (_, content, message) => {
    const error: Error = await xlsx(content).catch((caught) => caught)
    expect(error.message).toMatch(message)
    expect(error.message).not.toContain('canary')
  })

  test('because it is cut off, or a byte of it is damaged, is refused', async () => {
    const bytes = await whole
    await expect(xlsx(bytes.subarray(0, bytes.length - 100))).rejects.toThrow(/cut off/)
    const at = bytes.indexOf('sheet1.xml') + 3000
    const damaged = Buffer.from(bytes)
    damaged[at] = damaged[at]! ^ 0x10
    await expect(xlsx(damaged)).rejects.toThrow(/in it 'xl\/worksheets\/sheet1\.xml': |not well-formed/)
  })

  test('because it is another archive, is refused', async () => {
    await expect(xlsx(await workbook({ parts: { '_rels/.rels': undefined } }))).rejects.toThrow(/no workbook of Excel/)
  })
})
