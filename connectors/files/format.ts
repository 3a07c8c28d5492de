/** What the formats have in common: bytes go in, records come out, each with its place. */
import type { FilesClient, RecordSchema, SourceRecord } from '../connector.js'
import type { StreamSettings } from './settings.js'

export interface FileToRead {
  files: FilesClient
  path: string
  /** What the file is, for messages: source, stream and path. */
  where: string
  /** What the source file states of the stream. */
  settings: StreamSettings
  /** The record of the stream in JSON Schema; without `properties` nothing is known of it yet. */
  schema: RecordSchema
}

/** A record and where it stands, or why it cannot be read; then `record` has what could be, so that its key may be known. */
export interface Line {
  /** `line 12`, `row 3`, `record 7`. */
  at: string
  record?: SourceRecord
  unreadable?: string
}

/**
 * Reads a file from its beginning.
 *
 * @param columns told once, before the first line, where the names of the fields stand apart from the records
 * @throws Broken when what follows cannot be read
 */
export type ReadFormat = (file: FileToRead, columns: (names: readonly string[]) => void) => AsyncGenerator<Line, void, undefined>

/**
 * Names of columns as they stand in a header: one that comes again is counted, one without a name has its place. Neither is described by
 * anybody, so that both are reported and do not land.
 */
export function columnNames(header: readonly (string | null)[]): string[] {
  const seen = new Map<string, number>()
  return header.map((written, index) => {
    const name = written?.trim() || `column ${index + 1}`
    const count = (seen.get(name) ?? 0) + 1
    seen.set(name, count)
    return count === 1 ? name : `${name} ${count}`
  })
}

/** A record of more bytes than this is none: a quote or a bracket was not closed. */
export const maxRecordBytes = 4 * 1024 * 1024
