import { z } from 'zod'
import { childOfZaak } from './child.js'
import * as is from './fields.js'

export const resultaat = z.object({
  url: is.ownUrl,
  uuid: is.ownUuid,
  zaak: is.ofZaak,
  resultaattype: is.reference('resultaattypen', 'Het resultaattype'),
  toelichting: is.text('vrije_tekst', 'Toelichting op wat het resultaat inhoudt'),
})

export default childOfZaak({ path: 'resultaten', description: 'Resultaten van zaken.', record: resultaat })
