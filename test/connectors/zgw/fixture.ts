import { parse, stringify } from 'lossless-json'
import type { Key, SourceRecord } from '../../../connectors/connector.js'
import type { HttpOptions } from '../../../connectors/http.js'
import { startZgw, type ZgwOptions, type ZgwServer } from '../../sources/zgw/server.js'
import { type Asked, type KnownRow, knownOf, openSource, type StreamName, type ZgwSource } from './reading.js'

export interface Waterdam {
  server: ZgwServer
  source: ZgwSource
  stop(): Promise<void>
}

/** The sample municipality behind a server that behaves as Open Zaak, and a client of it. */
export async function startWaterdam(options: ZgwOptions = {}, http: Partial<HttpOptions> = {}): Promise<Waterdam> {
  const server = await startZgw({ zaken: 300, ...options })
  const source = openSource(options.split ? { ...server.urls } : server.url, server, http)
  return {
    server,
    source,
    stop: async () => {
      source.http.close()
      await server.stop()
    },
  }
}

/** A record as plain JSON: what was kept as exact text is a number again. */
export const plain = (record: SourceRecord): SourceRecord => JSON.parse(stringify(record)!) as SourceRecord

/** A record of the snapshot as the stream gives it: absent text is null. */
export const withoutEmptyText = (record: SourceRecord): SourceRecord =>
  parse(JSON.stringify(record), (_, value) => (value === '' ? null : value), Number) as SourceRecord

export const uuids = (records: readonly SourceRecord[]): string[] => records.map((record) => uuidAtEnd(record.uuid ?? record.url)).sort()
export const uuidAtEnd = (address: unknown): string => String(address).split('/').at(-1)!

/** What the warehouse knows after zaken, and children, were read and published. */
export function knownAfter(
  stream: StreamName,
  zaken: readonly SourceRecord[],
  own: readonly KnownRow[] = [],
  changedAt = new Date(0),
): Asked['known'] {
  const rows = zaken.map((zaak) => ({
    key: { uuid: String(zaak.uuid) },
    columns: { einddatum: zaak.einddatum === null ? null : String(zaak.einddatum) },
    changedAt,
  }))
  return knownOf(stream, stream === 'zaken' ? { zaken: rows } : { zaken: rows, [stream]: own })
}

export const keyOf = (record: SourceRecord): Key => ({ uuid: uuidAtEnd(record.uuid ?? record.url) })
