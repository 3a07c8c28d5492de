import { isInstant } from '../instants.js'

/**
 * What a column holds, whatever its server calls the type. `char` is text filled up with spaces; `datetime` has no zone, `moment` has one;
 * `list` is an array; `bytes` and `other` do not land.
 */
export type Form =
  | 'text'
  | 'char'
  | 'integer'
  | 'decimal'
  | 'boolean'
  | 'date'
  | 'datetime'
  | 'moment'
  | 'time'
  | 'duration'
  | 'uuid'
  | 'json'
  | 'list'
  | 'bytes'
  | 'other'

const shapes: { readonly [form in Form]?: RegExp } = {
  integer: /^-?\d{1,20}$/,
  decimal: /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/,
  boolean: /^(0|1|t|f|true|false)$/,
  date: /^.{10}$/,
  datetime: /^.{10}[ T][\d:.]+$/,
  moment: /^.{10}[ T].+$/,
  time: /^-?\d{2,3}:\d{2}(:\d{2}(\.\d+)?)?$/,
  uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
}

const days: ReadonlySet<Form> = new Set(['date', 'datetime', 'moment'])

/** Whether a column can hold a value that is written so. A server would refuse the whole statement for one that it cannot. */
export function canHold(form: Form, written: string): boolean {
  if (written.includes('\0') || !written.isWellFormed()) return false
  if (days.has(form) && !isInstant(written)) return false
  return shapes[form]?.test(written) ?? (form === 'text' || form === 'char' || form === 'duration')
}

/** Forms of a key: a list of records can be walked by it. */
export const ordered: ReadonlySet<Form> = new Set(['text', 'char', 'integer', 'decimal', 'date', 'datetime', 'moment', 'time', 'uuid'])

/** Forms of a column that tells when a record changed. */
export const grows: ReadonlySet<Form> = new Set(['integer', 'decimal', 'date', 'datetime', 'moment'])

/** One spelling of a value: `1.0` and `1.00` are one number, and a UUID is one in either case. */
export function spelt(form: Form, written: string): string {
  switch (form) {
    case 'uuid':
      return written.toLowerCase()
    case 'char':
      return written.trimEnd()
    case 'integer':
    case 'decimal':
      return written
        .replace(/^(-?)0+(?=\d)/, '$1')
        .replace(/(\.\d*?)0+$/, '$1')
        .replace(/\.$/, '')
    default:
      return written
  }
}
