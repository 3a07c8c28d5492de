import { z } from 'zod'
import { field } from '../connector.js'
import * as codes from './codes.js'
import * as is from './fields.js'
import { uuidOf } from './normalise.js'
import type { Owner } from './parents.js'
import { wholeStream } from './whole.js'

export const objectinformatieobject = z.object({
  url: is.ownUrl,
  uuid: is.addedUuid,
  informatieobject: is.reference('enkelvoudiginformatieobjecten', 'Het document'),
  // One field for three streams, by objectType; the host in the address is that of the route.
  object: is.link('none', 'Adres van de zaak, het besluit of het verzoek waarbij het document hoort').meta({ volatile: true }),
  objectUuid: field(z.uuid().nullish(), 'none', 'Sleutel van de zaak, het besluit of het verzoek: zie object_type', { added: true }),
  objectType: is.code(codes.objectTypeVanDocument, 'Waar het document bij hoort: een zaak, een besluit of een verzoek'),
})

export const documentAsOwner: Owner = { param: 'informatieobject', api: 'documenten', path: 'enkelvoudiginformatieobjecten' }

export default wholeStream({
  api: 'documenten',
  path: 'objectinformatieobjecten',
  description: 'Waar documenten bij horen, zoals de Documenten API het weet: zaken, besluiten en verzoeken.',
  record: objectinformatieobject,
  pack: 'zgw-documenten',
  parent: { stream: 'enkelvoudiginformatieobjecten', field: 'informatieobject' },
  form: (record) => {
    record.objectUuid = uuidOf(record.object) ?? null
  },
  array: { owner: documentAsOwner, parent: 'document' },
})
