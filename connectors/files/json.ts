import { isLosslessNumber } from 'lossless-json'
import { charsetOf, type Decoder, decoderOf } from '../charset.js'
import type { SourceRecord } from '../connector.js'
import { recordsOf, UnexpectedShape } from '../json-stream.js'
import { NotJson, parseJson } from '../json-text.js'
import { Broken } from './broken.js'
import { type FileToRead, maxRecordBytes, type ReadFormat } from './format.js'
import { recordReader } from './texts.js'

/** JSON with one array of records. Numbers are exact text; a byte that is no text, NUL and lone surrogates are for shape to refuse. */
export const readJson: ReadFormat = async function* ({ files, path, settings, schema }) {
  const read = recordReader(schema, settings)
  let count = 0
  try {
    const options = { at: settings.records, exact: true, contentType: undefined, maxRecordBytes }
    for await (const records of recordsOf(files.read(path), options)) {
      for (const record of records) {
        count += 1
        yield { at: `record ${count}`, record: read(record) }
      }
    }
  } catch (error) {
    if (error instanceof NotJson || error instanceof UnexpectedShape) throw new Broken(error.message, `behind record ${count}`)
    throw error
  }
}

/** NDJSON: a JSON object a line. */
export const readNdjson: ReadFormat = async function* (file) {
  const read = recordReader(file.schema, file.settings)
  let number = 0
  for await (const text of lines(file)) {
    number += 1
    if (text.trim() === '') continue
    const at = `line ${number}`
    const value = parsed(text)
    yield value ? { at, record: read(value) } : { at, unreadable: 'it is not a JSON object' }
  }
}

function parsed(text: string): SourceRecord | undefined {
  try {
    const value = parseJson(text, true)
    return typeof value === 'object' && value !== null && !Array.isArray(value) && !isLosslessNumber(value)
      ? (value as SourceRecord)
      : undefined
  } catch {
    return undefined
  }
}

async function* lines({ files, path }: FileToRead): AsyncGenerator<string, void, undefined> {
  let decoder: Decoder | undefined
  let start: Uint8Array = new Uint8Array()
  let open = ''
  let count = 0
  function* whole(text: string): Generator<string, void, undefined> {
    const parts = text.split('\n')
    parts[0] = open + parts[0]
    open = parts.pop()!
    count += parts.length
    if (open.length > maxRecordBytes) throw new Broken(`a line is longer than ${maxRecordBytes} characters`, `line ${count + 1}`)
    yield* parts
  }
  for await (const piece of files.read(path)) {
    let part = piece
    if (!decoder) {
      // Two bytes decide the charset, and a first piece may hold one.
      start = Buffer.concat([start, piece])
      if (start.length < 2) continue
      decoder = decoderOf(charsetOf(start, undefined))
      part = start
    }
    yield* whole(decoder.decode(part, { stream: true }))
  }
  yield* whole(decoder ? decoder.decode() : '')
  if (open !== '') yield open
}
