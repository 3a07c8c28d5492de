import type { RecordSchema, SourceRecord } from '../connector.js'
import { Broken } from './broken.js'
import { columnNames, type FileToRead, type Line, type ReadFormat } from './format.js'
import { type Book, openBook, RichText, unescaped } from './xlsx-book.js'
import { type Cell, cellReader, Damaged } from './xlsx-cell.js'
import { readXmlText } from './xml-text.js'
import { openParts, type Parts } from './zip.js'

/**
 * XLSX: a row of a sheet is a record. What counts is what a cell holds, not how it is shown: hidden rows are rows, a date is the day that its number
 * stands for. What Excel damaged for good (a number of more than 15 digits, a formula without its result) is unreadable, never a guess.
 *
 * @see ECMA-376 part 1, 18.3 (worksheets)
 */
export const readXlsx: ReadFormat = async function* (file, columns) {
  const open = await file.files.open(file.path)
  if (open.size > 8 && Buffer.from(await open.bytes(0, 8)).toString('hex') === olderFile)
    throw new Broken('it is of an Excel before 2007 (.xls), or behind a password; let it be saved as .xlsx, without one')
  const parts = await openParts(open, file.where)
  const book = await openBook(parts, file.settings.sheet)
  yield* rowsOf(parts, book, file, columns)
}

/** How a compound file begins, in which Excel kept a workbook before, and keeps one that is encrypted. @see MS-CFB §2.2 */
const olderFile = 'd0cf11e0a1b11ae1'

interface Row {
  number: number
  cells: Cell[]
}

async function* rowsOf(
  parts: Parts,
  book: Book,
  file: FileToRead,
  columns: (names: readonly string[]) => void,
): AsyncGenerator<Line, void, undefined> {
  const { schema, settings } = file
  const headerRow = settings.header ?? 1
  const asText = cellReader({ type: 'string' }, book, settings)
  let header: { name: string; read: ReturnType<typeof cellReader> }[] | undefined
  for await (const { number, cells } of rawRows(parts, book)) {
    if (number < headerRow) continue
    if (!header) {
      const names: (string | null)[] = []
      for (const cell of cells) {
        const name = number === headerRow ? asText(cell) : null
        names[cell.column] = name === null || name instanceof Damaged ? null : String(name)
      }
      header = columnNames(Array.from(names, (name) => name ?? null)).map((name) => columnOf(name, schema, book, file))
      columns(header.map(({ name }) => name))
      if (number === headerRow) continue
    }
    const row = recordOf(cells, header, (at) => columnOf(`column ${at + 1}`, schema, book, file))
    if (row) yield { at: `row ${number}`, ...row }
  }
  if (!header) columns([])
}

const columnOf = (name: string, schema: RecordSchema, book: Book, { settings }: FileToRead) => ({
  name,
  read: cellReader(schema.properties?.[name], book, settings),
})

/** A row as a record; undefined where nothing stands in it, as in the thousands of rows behind the last that were only ever formatted. */
function recordOf(
  cells: readonly Cell[],
  header: readonly ReturnType<typeof columnOf>[],
  beyond: (at: number) => ReturnType<typeof columnOf>,
): Pick<Line, 'record' | 'unreadable'> | undefined {
  const record: SourceRecord = {}
  let damage: string | undefined
  let isEmpty = true
  for (const { name } of header) record[name] = null
  for (const cell of cells) {
    const { name, read } = header[cell.column] ?? beyond(cell.column)
    const value = read(cell)
    if (value instanceof Damaged) damage ??= `column '${name}': ${value.reason}`
    else if (value !== null || cell.column < header.length) record[name] = value
    isEmpty &&= value === null
  }
  if (isEmpty) return undefined
  return { record, ...(damage !== undefined && { unreadable: damage }) }
}

/** The rows that are written in the sheet; those that were never touched are not. */
async function* rawRows(parts: Parts, book: Book): AsyncGenerator<Row, void, undefined> {
  const ready: Row[] = []
  let row: Row = { number: 0, cells: [] }
  let cell: Cell | undefined
  let inside = ''
  let text = ''
  const rich = new RichText()
  const tell = {
    open(element: string, attributes: { readonly [name: string]: string }) {
      if (element === 'row') row = { number: attributes.r === undefined ? row.number + 1 : Number(attributes.r), cells: [] }
      else if (element === 'c') {
        const column = attributes.r === undefined ? (row.cells.at(-1)?.column ?? -1) + 1 : columnAt(attributes.r)
        cell = { column, type: attributes.t ?? 'n', style: Number(attributes.s ?? 0), value: undefined, formula: false }
      } else if (element === 'f' && cell) cell.formula = true
      rich.open(element)
      inside = element
      text = ''
    },
    text(piece: string) {
      if (inside === 'v') text += piece
      rich.text(piece)
    },
    close(element: string) {
      rich.close(element)
      if (element === 'v' && cell) cell.value = cell.type === 'str' ? unescaped(text) : text
      else if (element === 'is' && cell) cell.value = rich.take()
      else if (element === 'c' && cell) {
        row.cells.push(cell)
        cell = undefined
      } else if (element === 'row') ready.push(row)
      inside = ''
    },
  }
  for await (const _ of readXmlText(parts.read(book.sheet), tell)) yield* ready.splice(0)
}

/** `AB12` → 27. */
function columnAt(place: string): number {
  let column = 0
  for (const letter of place) {
    const digit = letter.charCodeAt(0) - 64
    if (digit < 1 || digit > 26) break
    column = column * 26 + digit
  }
  return column - 1
}
