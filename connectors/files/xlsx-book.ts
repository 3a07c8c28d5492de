import { Broken } from './broken.js'
import { readXmlText, type XmlEvents } from './xml-text.js'
import type { Parts } from './zip.js'

/** What the cells of a sheet refer to. @see ECMA-376 part 1, 18.2 (workbook), 18.4 (shared strings), 18.8 (styles) */
export interface Book {
  /** Path of the part with the cells. */
  sheet: string
  /** Texts by number. */
  strings: readonly string[]
  /** Whether a number in a cell of this style is a date. */
  isDate(style: number): boolean
  /** Days count from 1904, as in files that began on an old Macintosh; else from 1900. */
  from1904: boolean
}

/** Beyond it a workbook does not fit in the memory of a small worker. */
const mostStringCharacters = 128 * 1024 * 1024

/**
 * Reads what comes before the cells.
 *
 * @param name of the sheet; undefined: the first that is not hidden
 * @throws Broken when there is no such sheet, or the file is no workbook
 */
export async function openBook(parts: Parts, name: string | undefined): Promise<Book> {
  const workbook = (await relations(parts, '', '_rels/.rels')).find(({ type }) => type === 'officeDocument')?.target
  if (workbook === undefined) throw new Broken('it is a zip archive, but no workbook of Excel (.xlsx)')
  const related = await relations(parts, folderOf(workbook), `${folderOf(workbook)}_rels/${workbook.slice(folderOf(workbook).length)}.rels`)
  const sheets: { name: string; hidden: boolean; id: string }[] = []
  let from1904 = false
  await read(parts, workbook, {
    open(element, attributes) {
      if (element === 'workbookPr') from1904 = isTrue(attributes.date1904)
      if (element === 'sheet') {
        const id = Object.entries(attributes).find(([attribute]) => attribute.endsWith(':id'))?.[1] ?? ''
        sheets.push({ name: attributes.name ?? '', hidden: (attributes.state ?? 'visible') !== 'visible', id })
      }
    },
  })
  const chosen = sheets.find((sheet) => (name === undefined ? !sheet.hidden : sheet.name === name))
  if (!chosen) throw new Broken(name === undefined ? 'all its sheets are hidden' : `it has no sheet '${name}'`)
  const target = (type: string) => related.find((each) => each.type === type)?.target
  const sheet = related.find(({ id }) => id === chosen.id)?.target
  if (sheet === undefined) throw new Broken('its sheet is not in it')
  return { sheet, strings: await stringsOf(parts, target('sharedStrings')), isDate: await datesOf(parts, target('styles')), from1904 }
}

const isTrue = (value: string | undefined): boolean => value === '1' || value === 'true'

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1)

async function read(parts: Parts, path: string, tell: Partial<XmlEvents>): Promise<void> {
  const all = { open: () => {}, text: () => {}, close: () => {}, ...tell }
  for await (const _ of readXmlText(parts.read(path), all));
}

/** What a part refers to. The type is the last word of its address, which ISO and ECMA begin differently. */
async function relations(parts: Parts, folder: string, path: string): Promise<{ id: string; type: string; target: string }[]> {
  const found: { id: string; type: string; target: string }[] = []
  if (!parts.has(path)) return found
  await read(parts, path, {
    open(element, { Id = '', Type = '', Target = '' }) {
      if (element !== 'Relationship') return
      found.push({ id: Id, type: Type.slice(Type.lastIndexOf('/') + 1), target: new URL(Target, `zip:///${folder}`).pathname.slice(1) })
    },
  })
  return found
}

async function stringsOf(parts: Parts, path: string | undefined): Promise<string[]> {
  const strings: string[] = []
  if (path === undefined) return strings
  let size = 0
  const rich = new RichText()
  await read(parts, path, {
    open: (element) => rich.open(element),
    text: (text) => rich.text(text),
    close(element) {
      rich.close(element)
      if (element !== 'si') return
      const text = rich.take()
      size += text.length
      if (size > mostStringCharacters)
        throw new Broken(`its texts are more than ${mostStringCharacters} characters together; deliver it as CSV`)
      strings.push(text)
    },
  })
  return strings
}

/** Joins the runs of a text, and leaves out how it is to be pronounced. @see ECMA-376 part 1, 18.4.4 and 18.4.6 */
export class RichText {
  #text = ''
  #inText = false
  #inPhonetic = false

  open(element: string): void {
    if (element === 'rPh') this.#inPhonetic = true
    if (element === 't') this.#inText = !this.#inPhonetic
  }

  text(text: string): void {
    if (this.#inText) this.#text += text
  }

  close(element: string): void {
    if (element === 'rPh') this.#inPhonetic = false
    if (element === 't') this.#inText = false
  }

  take(): string {
    const text = unescaped(this.#text)
    this.#text = ''
    return text
  }
}

/** Characters that XML cannot hold are written `_x0000_`. @see ECMA-376 part 1, 22.9.2.19 */
export const unescaped = (text: string): string =>
  text.includes('_x') ? text.replace(/_x([\dA-Fa-f]{4})_/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16))) : text

/** Formats of numbers that are built in and show a date. @see ECMA-376 part 1, 18.8.30 */
const builtInDates = new Set([
  14, 15, 16, 17, 18, 19, 20, 21, 22, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 45, 46, 47, 50, 51, 52, 53, 54, 55, 56, 57, 58,
])

async function datesOf(parts: Parts, path: string | undefined): Promise<(style: number) => boolean> {
  const formats = new Map<number, string>()
  const styles: number[] = []
  let inCells = false
  if (path !== undefined)
    await read(parts, path, {
      open(element, attributes) {
        if (element === 'numFmt') formats.set(Number(attributes.numFmtId), attributes.formatCode ?? '')
        if (element === 'cellXfs') inCells = true
        if (element === 'xf' && inCells) styles.push(Number(attributes.numFmtId ?? 0))
      },
      close(element) {
        if (element === 'cellXfs') inCells = false
      },
    })
  const isDate = styles.map((format) => (formats.has(format) ? showsDate(formats.get(format)!) : builtInDates.has(format)))
  return (style) => isDate[style] ?? false
}

/** Whether a format has a part of a date or time: outside of texts, colours and conditions. */
function showsDate(format: string): boolean {
  const bare = format
    .replace(/"[^"]*"|\\.|_.|\*./g, '')
    .replace(/\[(?!(h+|m+|s+)\])[^\]]*\]/gi, '')
    .split(';')[0]!
  return /[dmyhsj]/i.test(bare) && !/general|standaard/i.test(bare)
}
