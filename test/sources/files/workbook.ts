import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { ZipFile } from 'yazl'

/** A workbook of Excel, part by part, so that a test can have it as bad as they come. @see ECMA-376 part 1 */
export interface Workbook {
  /** XML of the rows of the first sheet, inside `sheetData`. */
  rows?: string
  /** Further parts, and parts in place of the usual ones; undefined leaves one out. */
  parts?: { [path: string]: string | Readable | undefined }
  /** Formats of the styles of cells, by number of the style. */
  formats?: readonly (number | string)[]
  strings?: readonly string[]
  workbookPr?: string
  /** XML inside `sheets`. */
  sheets?: string
}

const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
const office = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const relations = (parts: readonly [id: string, type: string, target: string][]) =>
  `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${parts
    .map(([id, type, target]) => `<Relationship Id="${id}" Type="${office}/${type}" Target="${target}"/>`)
    .join('')}</Relationships>`

export const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')

/** The archive as it is written, for one that is larger than memory should be. */
export function workbookStream({ rows = '', parts = {}, formats = [0], strings = [], workbookPr = '', sheets }: Workbook): Readable {
  const custom = formats.flatMap((format, at) =>
    typeof format === 'string' ? [`<numFmt numFmtId="${164 + at}" formatCode="${escaped(format)}"/>`] : [],
  )
  const xfs = formats.map((format, at) => `<xf numFmtId="${typeof format === 'string' ? 164 + at : format}"/>`).join('')
  const all: { [path: string]: string | Readable | undefined } = {
    '_rels/.rels': relations([['rId1', 'officeDocument', 'xl/workbook.xml']]),
    'xl/workbook.xml': `<workbook xmlns="${main}" xmlns:r="${office}">${workbookPr}<sheets>${sheets ?? '<sheet name="Blad1" sheetId="1" r:id="rId1"/>'}</sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': relations([
      ['rId1', 'worksheet', 'worksheets/sheet1.xml'],
      ['rId2', 'worksheet', '/xl/worksheets/sheet2.xml'],
      ['rId3', 'styles', 'styles.xml'],
      ['rId4', 'sharedStrings', 'sharedStrings.xml'],
    ]),
    'xl/worksheets/sheet1.xml': `<worksheet xmlns="${main}"><sheetData>${rows}</sheetData></worksheet>`,
    // xf of cellStyleXfs are styles of styles, and no styles of cells.
    'xl/styles.xml': `<styleSheet xmlns="${main}"><numFmts>${custom.join('')}</numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs>${xfs}</cellXfs></styleSheet>`,
    'xl/sharedStrings.xml': `<sst xmlns="${main}">${strings.join('')}</sst>`,
    ...parts,
  }
  const zip = new ZipFile()
  for (const [path, part] of Object.entries(all)) {
    if (part instanceof Readable) zip.addReadStream(part, path)
    else if (part !== undefined) zip.addBuffer(Buffer.from(part), path)
  }
  zip.end()
  return Readable.from(zip.outputStream)
}

export const workbook = (of: Workbook): Promise<Buffer> => buffer(workbookStream(of))

/** A row of texts, as `inlineStr`. */
export const textRow = (number: number, texts: readonly string[]): string =>
  `<row r="${number}">${texts.map((text, at) => `<c r="${String.fromCharCode(65 + at)}${number}" t="inlineStr"><is><t>${escaped(text)}</t></is></c>`).join('')}</row>`
