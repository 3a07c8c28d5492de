import { z } from 'zod'
import { childOfZaak } from './child.js'
import * as is from './fields.js'

export const status = z.object({
  url: is.ownUrl,
  uuid: is.ownUuid,
  zaak: is.ofZaak,
  statustype: is.reference('statustypen', 'Het statustype'),
  statustypeOmschrijving: is.text('none', 'Omschrijving van het statustype', { added: true }),
  isEindstatus: is.boolean('Of het statustype de zaak afsluit', { added: true }),
  datumStatusGezet: is.moment('Moment waarop de zaak deze status kreeg'),
  statustoelichting: is.text('vrije_tekst', 'Toelichting op de status voor de initiator'),
  indicatieLaatstGezetteStatus: is.boolean('Of dit de laatst gezette status van de zaak is'),
  gezetdoor: is.reference('rollen', 'De rol waarin de status is gezet'),
  zaakinformatieobjecten: is.children('Documenten bij deze status; zie zaakinformatieobjecten'),
})

export default childOfZaak({
  path: 'statussen',
  description: 'Statussen van zaken, ook de eerdere.',
  record: status,
  make: {
    fields: ['statustypeOmschrijving', 'isEindstatus'],
    async add(record, catalogus) {
      const statustype = await catalogus.statustype(record.statustype)
      record.statustypeOmschrijving = statustype?.omschrijving ?? null
      record.isEindstatus = statustype?.isEindstatus ?? null
    },
  },
})
