import type { JsonObject } from '../../../connectors/connector.js'
import odata from '../../../connectors/odata/connector.js'
import { type Version, waterdamSets } from '../../sources/odata/model.js'
import { type ODataOptions, type ODataServer, password, startOData, username } from '../../sources/odata/server.js'
import { type OpenSource, openSource } from '../reading.js'

/** What a source file states of the sets of Waterdam, as `discover` and a person make it. */
export const statedFor = (version: Version): { [stream: string]: JsonObject } => ({
  meldingen: {
    entitySet: 'Meldingen',
    key: 'Nummer',
    changes: { cursor: 'Gewijzigd' },
    ...(version < 4 && { edm: { Gewijzigd: 'DateTimeOffset' } }),
    record: {
      Nummer: { type: 'text', kind: 'none' },
      Melder: { type: 'text', kind: 'naam' },
      Bedrag: { type: 'decimal', kind: 'none' },
      Teller: { type: 'integer', kind: 'none' },
      Ontvangen: { type: 'datetime', kind: 'none' },
      Gewijzigd: { type: 'datetime', kind: 'none' },
      Kenmerk: { type: 'uuid', kind: 'none' },
      Dicht: { type: 'boolean', kind: 'none' },
      Adres: { fields: { Straat: { type: 'text', kind: 'adres' }, Huisnummer: { type: 'integer', kind: 'adres' } } },
    },
  },
  regels: {
    entitySet: 'Regels',
    key: ['Melding', 'Volgnummer'],
    ...(version === 4 ? { changes: 'delta' } : { edm: { Volgnummer: 'Int64' } }),
    record: {
      Melding: { type: 'text', kind: 'none' },
      Volgnummer: { type: 'integer', kind: 'none' },
      Tekst: { type: 'text', kind: 'vrije_tekst' },
    },
  },
})

export const credentials = { username, password }
export const settingsFor = (version: Version): JsonObject => ({ version, zone: 'Europe/Amsterdam' })

export interface Opened {
  server: ODataServer
  source: OpenSource
  /** The same service with other streams or settings. */
  with(streams: { [stream: string]: JsonObject }, settings?: JsonObject): OpenSource
}

const closing: (() => unknown)[] = []

/** Closes what `open` opened; for `afterEach`. */
export async function closeAll(): Promise<void> {
  for (const close of closing.splice(0).reverse()) await close()
}

export async function open(version: Version, options: Partial<ODataOptions> = {}): Promise<Opened> {
  const server = await startOData({ version, sets: waterdamSets(version), tracked: ['Regels'], ...options })
  closing.push(server.stop)
  const openWith = (streams: { [stream: string]: JsonObject }, settings: JsonObject = {}): OpenSource => {
    const source = openSource(odata, { baseUrl: server.url, credentials, settings: { ...settingsFor(version), ...settings }, streams })
    closing.push(source.close)
    return source
  }
  return { server, source: openWith(statedFor(version)), with: openWith }
}
