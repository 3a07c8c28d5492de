import { z } from 'zod'
import * as codes from './codes.js'
import * as is from './fields.js'
import { wholeStream } from './whole.js'

export const besluit = z.object({
  url: is.ownUrl,
  uuid: is.addedUuid,
  identificatie: is.text('none', 'Besluitnummer, uniek binnen de verantwoordelijke organisatie'),
  verantwoordelijkeOrganisatie: is.text('none', 'RSIN van de organisatie die het besluit heeft genomen'),
  besluittype: is.reference('besluittypen', 'Het besluittype'),
  besluittypeOmschrijving: is.text('none', 'Omschrijving van het besluittype', { added: true }),
  zaak: is.reference('zaken', 'De zaak waarvan dit besluit de uitkomst is; leeg bij een besluit zonder zaak'),
  datum: is.date('Datum waarop het besluit is genomen'),
  toelichting: is.text('vrije_tekst', 'Toelichting op het besluit'),
  bestuursorgaan: is.text('none', 'Bestuursorgaan dat het besluit heeft genomen'),
  ingangsdatum: is.date('Eerste dag waarop het besluit werkt'),
  vervaldatum: is.date('Laatste dag waarop het besluit werkt'),
  vervalreden: is.code(codes.vervalreden, 'Waarom het besluit vervalt'),
  vervalredenWeergave: is.text('none', 'Vervalreden in woorden'),
  publicatiedatum: is.date('Datum waarop het besluit is gepubliceerd'),
  verzenddatum: is.date('Datum waarop het besluit is verzonden'),
  uiterlijkeReactiedatum: is.date('Laatste dag waarop bezwaar kan worden gemaakt'),
})

export default wholeStream({
  api: 'besluiten',
  path: 'besluiten',
  description: 'Besluiten, met hun besluittype in woorden.',
  record: besluit,
  pack: 'zgw-besluiten',
  // A zaak goes after its besluiten (Open Zaak: `related-besluiten`), and a besluit can be taken off its zaak: the zaak is no parent.
  make: {
    fields: ['besluittypeOmschrijving'],
    async add(record, catalogus) {
      record.besluittypeOmschrijving = (await catalogus.besluittype(record.besluittype)) ?? null
    },
  },
  pushDown: { verantwoordelijke_organisatie: ['in'] },
  filters: (where): { [name: string]: string } => {
    const condition = where.find(({ column }) => column === 'verantwoordelijke_organisatie')
    const [rsin, ...others] = condition && 'in' in condition ? condition.in : []
    return rsin !== undefined && others.length === 0 ? { verantwoordelijkeOrganisatie: rsin } : {}
  },
})
