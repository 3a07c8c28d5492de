import { connector, field } from '@gemaal/gemaal/connector'
import { z } from 'zod'

/** Public charging points. A list that names its next page, and a filter on the moment of the last change. */
export default connector({
  docs: 'https://data.waterdam.example/laadpalen/docs',
  authentication: { by: 'apiKey', header: 'X-Api-Key' },
  streams: {
    laadpalen: {
      description: 'Openbare laadpalen, met hun vermogen en tarief.',
      path: 'laadpalen',
      pages: { by: 'nextLink', records: 'results', next: 'next', total: 'count' },
      key: 'id', // a name that is not in `record` does not compile
      byKeyPath: 'laadpalen/{id}',
      changes: { cursor: 'gewijzigdOp', param: 'gewijzigdNa' },
      record: z.object({
        id: field(z.string(), 'none', 'Nummer op de paal'),
        gewijzigdOp: field(z.iso.datetime({ offset: true }), 'none', 'Laatste wijziging'),
        vermogen: field(z.int().optional(), 'none', 'Vermogen in kW'),
        tarief: field(z.number().optional(), 'none', 'Prijs per kWh in euro'),
        status: field(z.enum(['vrij', 'bezet', 'defect']).optional(), 'none', 'Of er geladen kan worden'),
        adres: z
          .object({
            straat: field(z.string().optional(), 'none', 'Straat waaraan de paal staat'),
            postcode: field(z.string().optional(), 'none', 'Postcode van de paal'),
          })
          .optional(),
      }),
    },
  },
})
