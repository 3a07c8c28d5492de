import { z } from 'zod'
import * as is from './fields.js'
import { wholeStream } from './whole.js'

export const besluitinformatieobject = z.object({
  url: is.ownUrl,
  uuid: is.addedUuid,
  informatieobject: is.reference('enkelvoudiginformatieobjecten', 'Het document waarin het besluit is vastgelegd'),
  besluit: is.reference('besluiten', 'Het besluit'),
})

export default wholeStream({
  api: 'besluiten',
  path: 'besluitinformatieobjecten',
  description: 'Documenten waarin besluiten zijn vastgelegd.',
  record: besluitinformatieobject,
  pack: 'zgw-besluiten',
  parent: { stream: 'besluiten', field: 'besluit' },
  array: { owner: { param: 'besluit', api: 'besluiten', path: 'besluiten' }, parent: 'besluit' },
})
