import { z } from 'zod'
import * as codes from './codes.js'
import * as is from './fields.js'
import { wholeStream } from './whole.js'

export const applicatie = z.object({
  url: is.ownUrl,
  uuid: is.addedUuid,
  clientIds: is.texts('none', 'Namen waarmee de applicatie zich bij de bron meldt'),
  label: is.text('none', 'Naam van de applicatie'),
  heeftAlleAutorisaties: is.boolean('Of de applicatie alles mag'),
  autorisaties: is.list(
    {
      component: is.text('none', 'API waarvoor dit geldt: ac, brc, drc, nrc, zrc of ztc'),
      componentWeergave: is.text('none', 'Die API in woorden'),
      scopes: is.texts('none', 'Wat de applicatie er mag'),
      zaaktype: is.reference('zaaktypen', 'Het zaaktype waarvoor dit geldt'),
      informatieobjecttype: is.reference('informatieobjecttypen', 'Het documenttype waarvoor dit geldt'),
      besluittype: is.reference('besluittypen', 'Het besluittype waarvoor dit geldt'),
      maxVertrouwelijkheidaanduiding: is.code(
        codes.vertrouwelijkheidaanduiding,
        'Hoe vertrouwelijk een zaak of document ten hoogste mag zijn',
      ),
    },
    'Wat de applicatie mag, per API en type',
  ),
})

/** Who may read and write what at the source itself: for reports on governance. Its secrets are no part of the API. */
export default wholeStream({
  api: 'autorisaties',
  path: 'applicaties',
  description: 'Applicaties die de bron mogen gebruiken, met wat elk mag.',
  record: applicatie,
})
