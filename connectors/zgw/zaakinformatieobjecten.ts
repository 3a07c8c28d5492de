import { z } from 'zod'
import { readArray } from './bare-array.js'
import { childOfZaak } from './child.js'
import * as is from './fields.js'
import { zaakAsOwner } from './parents.js'

export const zaakinformatieobject = z.object({
  url: is.ownUrl,
  uuid: is.ownUuid,
  informatieobject: is.reference('enkelvoudiginformatieobjecten', 'Het document, in de Documenten API'),
  zaak: is.ofZaak,
  aardRelatieWeergave: is.text('none', 'Aard van de relatie tussen document en zaak'),
  titel: is.text('vrije_tekst', 'Titel van het document bij de zaak'),
  beschrijving: is.text('vrije_tekst', 'Beschrijving van de inhoud van het document'),
  registratiedatum: is.moment('Moment waarop het document bij de zaak is geregistreerd'),
  vernietigingsdatum: is.moment('Moment waarop het document uit het dossier moet worden verwijderd'),
  status: is.reference('statussen', 'De status waarvoor het document van belang is'),
})

export default childOfZaak({
  path: 'zaakinformatieobjecten',
  description: 'Documenten bij zaken.',
  record: zaakinformatieobject,
  whole: (ctx, prepare) =>
    readArray(ctx, prepare, {
      list: { api: 'zaken', path: 'zaakinformatieobjecten' },
      owner: zaakAsOwner,
      parent: 'zaak',
      has: (zaak) => !Array.isArray(zaak.zaakinformatieobjecten) || zaak.zaakinformatieobjecten.length > 0,
    }),
  paged: false,
  // The one request makes the server work 8 ms a record, where one zaak takes it 150 ms: about 20 records a request.
  cost: (records) => Math.ceil(records / 20),
})
