import type { JsonObject } from '../../../../connectors/connector.js'

/** What the source file states of the stream. */
export const provisions: JsonObject = {
  files: 'voorzieningen/',
  key: 'NUMMER',
  charset: 'windows-1252',
  record: {
    type: 'object',
    required: ['NUMMER'],
    properties: {
      NUMMER: { type: 'string', kind: 'none', description: 'Nummer van de voorziening' },
      BEDRAG: { type: 'string', format: 'decimal', kind: 'none', description: 'Bedrag in euro' },
      INGANGSDATUM: { type: 'string', format: 'date', kind: 'none', description: 'Dag van ingang' },
      OMSCHRIJVING: { type: 'string', kind: 'gezondheid', description: 'Wat er is toegekend' },
    },
  },
}
