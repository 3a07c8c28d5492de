import type { RecordSchema } from '../connector.js'
import { type TextForms, textReader } from './texts.js'
import type { Book } from './xlsx-book.js'

/** A cell as it stands in the file. */
export interface Cell {
  /** From 0. */
  column: number
  /** n number, s shared text, str result of a formula, inlineStr, b boolean, e error, d date. @see ECMA-376 part 1, 18.18.11 */
  type: string
  style: number
  value: string | undefined
  formula: boolean
}

/** What a cell held before Excel lost it. */
export class Damaged {
  readonly reason: string
  constructor(reason: string) {
    this.reason = reason
  }
}

/** Prepares the reading of the cells of a column by what the record says of it; undefined for a column that nobody described. */
export function cellReader(
  schema: RecordSchema | undefined,
  book: Pick<Book, 'strings' | 'isDate' | 'from1904'>,
  forms: TextForms,
): (cell: Cell) => string | boolean | null | Damaged {
  const readText = textReader(schema, forms)
  const dateOrMoment = schema?.format === 'date' || schema?.format === 'date-time' ? schema.format : undefined
  const ofNumber = (raw: string, style: number): string | Damaged => {
    const number = Number(raw)
    if (!Number.isFinite(number)) return new Damaged('it holds a number that is none')
    if (dateOrMoment) return dayOf(number, book.from1904, dateOrMoment) ?? raw
    const isNumber = schema?.type === 'integer' || schema?.format === 'decimal'
    if (book.isDate(style) && !isNumber) return dayOf(number, book.from1904, Number.isInteger(number) ? 'date' : 'date-time') ?? raw
    return plain(number)
  }
  return ({ type, style, value, formula }) => {
    if (value === undefined || (value === '' && type === 'n'))
      return formula ? new Damaged('its formula has no result; open the file in Excel and save it') : null
    switch (type) {
      case 's':
        return readText(book.strings[Number(value)] ?? '')
      case 'str':
      case 'inlineStr':
        return readText(value)
      case 'b':
        return value === '1'
      case 'e':
        return new Damaged('its cell holds an error of Excel')
      case 'd':
        return value
      default:
        return ofNumber(value, style)
    }
  }
}

/** Excel keeps 15 digits of a number: of a longer one the last are gone, whatever is written in the file. */
function plain(number: number): string | Damaged {
  if (Math.abs(number) >= 1e15 && Number.isInteger(number))
    return new Damaged('it is a number of more than 15 digits, of which Excel keeps 15: keep it as text there')
  // Without the digits that only come of calculating with doubles: 0.1 + 0.2 is 0.3 in Excel.
  return decimalText(Number(number.toPrecision(15)))
}

/** Without an exponent. */
const decimalText = (number: number): string => {
  const text = String(number)
  return text.includes('e') ? number.toFixed(20).replace(/\.?0+$/, '') : text
}

const dayMs = 86_400_000
/** The day 9999-12-31, the last that Excel knows. */
const lastDay = 2_958_465

/**
 * The day or moment that a number stands for. In the count from 1900, day 60 is 29 February 1900, which never was: it is no day.
 *
 * @see ECMA-376 part 1, 18.17.4
 */
function dayOf(serial: number, from1904: boolean, as: 'date' | 'date-time'): string | undefined {
  const day = Math.floor(serial)
  if (serial < (from1904 ? 0 : 1) || day > lastDay || (!from1904 && day === 60)) return undefined
  const zero = from1904 ? Date.UTC(1904, 0, 1) : Date.UTC(1899, 11, day < 60 ? 31 : 30)
  // To the millisecond, which is more than a double of this size holds exactly.
  const moment = new Date(zero + Math.round(serial * dayMs))
  return as === 'date' ? moment.toISOString().slice(0, 10) : moment.toISOString().slice(0, -1)
}
