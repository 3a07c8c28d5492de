import { z } from 'zod'
import * as is from './fields.js'
import { documentAsOwner } from './objectinformatieobjecten.js'
import { wholeStream } from './whole.js'

export const gebruiksrecht = z.object({
  url: is.ownUrl,
  uuid: is.addedUuid,
  informatieobject: is.reference('enkelvoudiginformatieobjecten', 'Het document'),
  startdatum: is.moment('Moment vanaf wanneer de voorwaarden gelden'),
  einddatum: is.moment('Moment tot wanneer de voorwaarden gelden'),
  omschrijvingVoorwaarden: is.text('vrije_tekst', 'Onder welke voorwaarden het document mag worden gebruikt'),
})

export default wholeStream({
  api: 'documenten',
  path: 'gebruiksrechten',
  description: 'Rechten op het gebruik van documenten.',
  record: gebruiksrecht,
  pack: 'zgw-documenten',
  parent: { stream: 'enkelvoudiginformatieobjecten', field: 'informatieobject' },
  array: {
    owner: documentAsOwner,
    parent: 'document',
    // Set by the source itself: true while there are rights; false, or null where nobody said.
    has: ({ indicatieGebruiksrecht }) => indicatieGebruiksrecht !== false && indicatieGebruiksrecht !== null,
  },
})
