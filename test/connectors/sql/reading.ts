import type { JsonObject, SourceRecord } from '../../../connectors/connector.js'
import connector from '../../../connectors/sql/connector.js'
import type { SqlSource } from '../../sources/sql/source.js'
import { optionsFor } from '../fixtures/sql.js'
import { type OpenSource, openSource, readStream, recordsIn } from '../reading.js'

/** A source with one stream, `rijen`. */
export function openRows(source: SqlSource, stream: JsonObject, more: { zone?: 'UTC' } = {}): OpenSource {
  const options = optionsFor(source, { rijen: stream })
  return openSource(connector, { ...options, settings: { zone: more.zone ?? 'Europe/Amsterdam' } })
}

/** Reads it whole, and closes it. */
export async function rowsOf(source: SqlSource, stream: JsonObject, more: { zone?: 'UTC' } = {}): Promise<SourceRecord[]> {
  const open = openRows(source, stream, more)
  try {
    return recordsIn(await readStream(open, 'rijen'))
  } finally {
    open.close()
  }
}

/** A record in which every field is of kind `none`; a group says so of its own. */
export const record = (types: { [field: string]: string | JsonObject }): JsonObject =>
  Object.fromEntries(
    Object.entries(types).map(([field, type]): [string, JsonObject] => [
      field,
      typeof type === 'string' ? { type, kind: 'none' } : 'fields' in type ? type : { kind: 'none', ...type },
    ]),
  )
