import { parse } from 'csv-parse'
import { type Decoder, decoderOf } from '../charset.js'
import type { SourceRecord } from '../connector.js'
import { Broken } from './broken.js'
import { columnNames, type FileToRead, type Line, maxRecordBytes, type ReadFormat } from './format.js'
import type { StreamSettings } from './settings.js'
import { type ReadText, textReader } from './texts.js'

/** A record as the parser gives it. `info.lines` is the line on which it ends. */
interface Parsed {
  record: string[]
  info: { lines: number; empty_lines: number }
}

/**
 * CSV. Records are cut as bytes, so that a byte that is not in the charset damages its own value alone; quotes and delimiters are ASCII, or of the
 * same charset.
 *
 * @see RFC 4180 §2, of which the line ends and the number of values are not relied on
 */
export const readCsv: ReadFormat = async function* (file, columns) {
  const { settings } = file
  const { charset = 'utf-8', header: headerLine = 1 } = settings
  const text = textOf(charset)
  // The parser begins at the header, and counts the line ends of Windows inside a value twice (7.0.3). It may be ahead of us: what it counted is
  // made a line of the file when it is handed on.
  let drift = 1 - headerLine
  const skipped: number[] = []
  const skippedBefore = function* (counted: number): Generator<Line, void, undefined> {
    while (skipped[0] !== undefined && skipped[0] < counted)
      yield { at: `line ${skipped.shift()! - drift}`, unreadable: 'a quote stands where none can be' }
  }
  const parser = parse({
    encoding: 'latin1',
    delimiter: delimiterOf(settings),
    // Each of them, since files are joined that end their lines in different ways.
    record_delimiter: ['\r\n', '\n', '\r'],
    quote: settings.quote === 'none' ? false : (settings.quote ?? '"'),
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    max_record_size: maxRecordBytes,
    on_skip(error) {
      const counted = Number((error as { lines?: number } | undefined)?.lines ?? 0)
      const fatal = fatalOf[error?.code ?? '']
      if (fatal !== undefined) throw new Broken(fatal, `line ${counted - drift}`)
      skipped.push(counted)
    },
  })
  const feeding = feed(behindLines(plainBytes(file.files.read(file.path), charset), headerLine - 1), parser)
  let header: { names: string[]; read: ReadText[] } | undefined
  let last = { lines: 0, empty_lines: 0 }
  try {
    for await (const { record, info } of parser as AsyncIterable<Parsed>) {
      const counted = last.lines + 1 + info.empty_lines - last.empty_lines
      last = info
      yield* skippedBefore(counted)
      const at = `line ${counted - drift}`
      for (const value of record) if (value.includes('\r\n')) drift += value.split('\r\n').length - 1
      if (!header) {
        header = headerOf(record.map(text), file)
        columns(header.names)
      } else if (record.some((value) => value !== '')) yield { at, ...recordOf(record, header, text) }
    }
  } catch (error) {
    await feeding
    throw error
  }
  await feeding
  if (!header) throw new Broken(`there is no line ${headerLine} with the names of its columns`)
  yield* skippedBefore(Number.POSITIVE_INFINITY)
}

const fatalOf: { readonly [code: string]: string } = {
  CSV_QUOTE_NOT_CLOSED: 'a quote is opened and never closed',
  CSV_MAX_RECORD_SIZE: `a record is larger than ${maxRecordBytes} bytes, as where a quote is not closed`,
}

function headerOf(written: string[], { schema, settings }: FileToRead): { names: string[]; read: ReadText[] } {
  // A delimiter at the end of the line makes no column.
  while (written.length > 1 && written.at(-1) === '') written.pop()
  const names = columnNames(written)
  return { names, read: names.map((name) => textReader(schema.properties?.[name], settings)) }
}

function recordOf(
  values: readonly string[],
  { names, read }: { names: readonly string[]; read: readonly ReadText[] },
  text: (field: string) => string,
): Pick<Line, 'record' | 'unreadable'> {
  if (values.length < names.length || values.slice(names.length).some((value) => value !== ''))
    return { unreadable: `it has ${values.length} values where the header has ${names.length} columns` }
  const record: SourceRecord = {}
  for (let at = 0; at < names.length; at += 1) record[names[at]!] = read[at]!(text(values[at]!))
  return { record }
}

const isAscii = /^[\0-\x7f]*$/

/** A value as the parser cut it, a character a byte → text. */
function textOf(charset: NonNullable<StreamSettings['charset']>): (value: string) => string {
  const decoder = decoderOf(charset === 'utf-16' ? 'utf-8' : charset)
  return (value) => (isAscii.test(value) ? value : decoder.decode(Buffer.from(value, 'latin1')))
}

function delimiterOf({ delimiter = ';', charset }: StreamSettings): Buffer {
  if (delimiter === 'tab') return Buffer.from('\t')
  return Buffer.from(delimiter, charset === 'windows-1252' ? 'latin1' : 'utf8')
}

/** Hands the bytes to the parser. Ends when the parser does, in whatever way. */
async function feed(bytes: AsyncIterable<Uint8Array>, parser: ReturnType<typeof parse>): Promise<void> {
  try {
    for await (const piece of bytes) {
      if (parser.destroyed) return
      if (!parser.write(piece)) await untilReady(parser)
    }
    parser.end()
  } catch (error) {
    parser.destroy(error as Error)
  }
}

const untilReady = (parser: ReturnType<typeof parse>): Promise<void> =>
  new Promise((resolve) => {
    const go = () => {
      parser.off('drain', go).off('close', go)
      resolve()
    }
    parser.once('drain', go).once('close', go)
  })

const marks = [
  { charset: 'utf-8', mark: [0xef, 0xbb, 0xbf] },
  { charset: 'utf-16', mark: [0xff, 0xfe] },
  { charset: 'utf-16', mark: [0xfe, 0xff] },
]

/** The bytes without their byte order mark; UTF-16 as UTF-8. */
async function* plainBytes(bytes: AsyncIterable<Uint8Array>, charset: string): AsyncGenerator<Uint8Array, void, undefined> {
  let start: Uint8Array | undefined = new Uint8Array()
  let decoder: Decoder | undefined
  const begin = (): Uint8Array => {
    const whole = start!
    start = undefined
    const found = marks.find(({ mark }) => mark.every((byte, at) => whole[at] === byte))
    if (found && found.charset !== charset)
      throw new Broken(`it begins as ${found.charset}, where the charset is stated to be ${charset}`, 'line 1')
    if (charset === 'utf-16') decoder = decoderOf(found?.mark[0] === 0xfe ? 'utf-16be' : 'utf-16le')
    return found ? whole.subarray(found.mark.length) : whole
  }
  const recoded = (piece: Uint8Array) => (decoder ? Buffer.from(decoder.decode(piece, { stream: true })) : piece)
  for await (const piece of bytes) {
    if (start === undefined) yield recoded(piece)
    else {
      start = Buffer.concat([start, piece])
      if (start.length >= 3) yield recoded(begin())
    }
  }
  if (start !== undefined) yield recoded(begin())
  if (decoder) yield Buffer.from(decoder.decode())
}

/** Without the first lines, which are no CSV: a quote in them means nothing. */
async function* behindLines(bytes: AsyncIterable<Uint8Array>, count: number): AsyncGenerator<Uint8Array, void, undefined> {
  let left = count
  for await (const piece of bytes) {
    let from = 0
    while (left > 0) {
      const end = piece.indexOf(0x0a, from)
      if (end === -1) break
      from = end + 1
      left -= 1
    }
    if (left === 0) yield piece.subarray(from)
  }
}
