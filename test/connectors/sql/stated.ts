import type { JsonObject } from '../../../connectors/connector.js'

/** What the source file states of the tables. */
export const stated: { [stream: string]: JsonObject } = {
  voorzieningen: {
    table: 'wmo.voorziening',
    key: 'voorziening_id',
    changes: { cursor: 'mutatie' },
    record: {
      voorziening_id: { type: 'text', kind: 'none' },
      bsn: { type: 'text', kind: 'bsn' },
      soort: { type: 'text', kind: 'gezondheid' },
      bedrag: { type: 'decimal', kind: 'none' },
      datum_besluit: { type: 'date', kind: 'none' },
      mutatie: { type: 'datetime', kind: 'none' },
    },
  },
  regels: {
    table: 'wmo.regel',
    key: ['gemeente', 'nummer'],
    record: {
      gemeente: { type: 'text', kind: 'none' },
      nummer: { type: 'integer', kind: 'none' },
      omschrijving: { type: 'text', kind: 'none' },
    },
  },
  toegekend: {
    table: 'wmo.toegekend',
    key: 'voorziening_id',
    record: {
      voorziening_id: { type: 'integer', kind: 'none' },
      soort: { type: 'text', kind: 'gezondheid' },
      datum_besluit: { type: 'date', kind: 'none' },
    },
  },
}
