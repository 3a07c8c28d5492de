import { type DecodedArray, type FileMetaData, type ParquetReadOptions, parquetMetadataAsync, parquetRead, parquetSchema } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import type { OpenFile, SourceRecord } from '../connector.js'
import { Broken } from './broken.js'
import type { ReadFormat } from './format.js'
import { isDecimal, parquetValue, parsersOf, type ReadValue } from './parquet-value.js'

/** Of a row group, which is in memory as it is packed. Writers make them of 128 MB, more or less. */
const mostGroupBytes = 512 * 1024 * 1024
/** Unpacked, a row group is six times its size as values of JavaScript: it is unpacked in parts, for each of which it is read again. */
const windowBytes = 32 * 1024 * 1024

/**
 * Parquet: read by parts of a group of rows, and of these only the columns that the record describes. Numbers are exact, moments without a zone are Dutch
 * local time or UTC as stated.
 *
 * @see Apache Parquet Format 2.11, LogicalTypes.md
 */
export const readParquet: ReadFormat = async function* ({ files, path, schema, settings }, columns) {
  const { buffer, guarded } = bufferOf(await files.open(path))
  const metadata = await guarded(() => parquetMetadataAsync(buffer), 'it is not a Parquet file, or it is cut off')
  const top = parquetSchema(metadata).children
  const names = top.map(({ element }) => element.name)
  columns(names)
  const described = top.filter(({ element }) => schema.properties === undefined || schema.properties[element.name] !== undefined)
  const readers = new Map(described.map((tree) => [tree.element.name, parquetValue(tree, settings.times ?? 'local')]))
  const raw = withoutDecimals(metadata)
  let before = 0
  for (const group of metadata.row_groups) {
    const count = Number(group.num_rows)
    const size = group.columns.reduce(
      (sum, { meta_data }) => sum + (readers.has(meta_data?.path_in_schema[0] ?? '') ? Number(meta_data?.total_uncompressed_size ?? 0) : 0),
      0,
    )
    if (size > mostGroupBytes)
      throw new Broken(
        `a group of its rows has ${size} bytes, where ${mostGroupBytes} can be read; let it be written in smaller ones`,
        `behind row ${before}`,
      )
    const step = Math.max(1, Math.ceil(count / Math.ceil((size || 1) / windowBytes)))
    for (let from = before; from < before + count; from += step) {
      const to = Math.min(from + step, before + count)
      const pieces = await guarded(
        () => columnsOf({ file: buffer, metadata: raw, columns: [...readers.keys()], rowStart: from, rowEnd: to }),
        'a group of its rows is damaged, or written in a way that cannot be read',
        `behind row ${from}`,
      )
      for (let row = from; row < to; row += 1) yield { at: `row ${row + 1}`, record: recordAt(row, names, readers, pieces) }
    }
    before += count
  }
}

/** Values of a column from a row on, one piece after the other. */
type Pieces = { from: number; data: DecodedArray }[]

async function columnsOf(
  rows: Pick<ParquetReadOptions, 'file' | 'metadata' | 'columns' | 'rowStart' | 'rowEnd'>,
): Promise<Map<string, Pieces>> {
  const columns = new Map<string, Pieces>()
  await parquetRead({
    ...rows,
    compressors,
    utf8: false,
    geoparquet: false,
    parsers: parsersOf,
    onChunk({ columnName, columnData, rowStart }) {
      columns.set(columnName, [...(columns.get(columnName) ?? []), { from: rowStart, data: columnData }])
    },
  })
  for (const pieces of columns.values()) pieces.sort((a, b) => a.from - b.from)
  return columns
}

function recordAt(
  row: number,
  names: readonly string[],
  readers: ReadonlyMap<string, ReadValue>,
  pieces: ReadonlyMap<string, Pieces>,
): SourceRecord {
  const record: SourceRecord = {}
  for (const name of names) {
    const column = pieces.get(name)
    // What is behind has been read.
    while (column && column.length > 1 && row >= column[0]!.from + column[0]!.data.length) column.shift()
    const piece = column?.[0]
    // A column that nobody described is named, so that it is reported.
    record[name] = piece ? (readers.get(name)!(piece.data[row - piece.from]) ?? null) : null
  }
  return record
}

/** The file as the library wants to read it, and what its errors mean: one of the source is told as it is, any other is about the file. */
function bufferOf(open: OpenFile) {
  let failure: unknown
  const buffer = {
    byteLength: open.size,
    async slice(start: number, end = open.size): Promise<ArrayBuffer> {
      try {
        const bytes = await open.bytes(start, Math.min(end, open.size))
        return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer
      } catch (error) {
        failure = error
        throw error
      }
    },
  }
  async function guarded<T>(action: () => Promise<T>, what: string, at?: string): Promise<T> {
    try {
      return await action()
    } catch {
      // The library's own message can quote what it read.
      throw failure ?? new Broken(what, at)
    }
  }
  return { buffer, guarded }
}

/** The library makes a decimal a double: without the word it gives what is written, and `parquetValue` reads that by the real schema. */
function withoutDecimals(metadata: FileMetaData): FileMetaData {
  return {
    ...metadata,
    schema: metadata.schema.map((element) => {
      if (!isDecimal(element)) return element
      const { converted_type: _, logical_type: __, ...rest } = element
      return rest
    }),
  }
}
