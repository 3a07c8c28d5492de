import { z } from 'zod'
import { catalogusStream } from './catalogi.js'
import * as is from './fields.js'

/** A besluittype as Catalogi API 1.3.1 gives it. Its free text is about a kind of besluit, and about no person. */
export const besluittype = z.object({
  url: is.ownUrl,
  uuid: is.addedUuid,
  catalogus: is.reference('catalogussen', 'De catalogus'),
  omschrijving: is.text('none', 'Omschrijving van de aard van besluiten van dit type, gelijk in al zijn versies'),
  omschrijvingGeneriek: is.text('none', 'Algemeen gebruikte omschrijving'),
  besluitcategorie: is.text('none', 'Categorie van besluiten van dit type'),
  reactietermijn: is.duration('Termijn waarbinnen bezwaar kan worden gemaakt'),
  publicatieIndicatie: is.boolean('Of besluiten van dit type worden gepubliceerd'),
  publicatietekst: is.text('none', 'Algemene tekst van de publicatie'),
  publicatietermijn: is.duration('Hoe lang besluiten gepubliceerd blijven'),
  toelichting: is.text('none', 'Toelichting op het besluittype'),
  ...is.validity,
  concept: is.boolean('Of dit een nog niet gepubliceerde versie is'),
  // Which versions these name depends on the day of the call, without anything being edited.
  zaaktypen: is.references('zaaktypen', 'Zaaktypen waarbij besluiten van dit type mogelijk zijn', { volatile: true }),
  informatieobjecttypen: is.references('informatieobjecttypen', 'Documenttypen waarin besluiten worden vastgelegd', { volatile: true }),
  vastgelegdIn: is.texts('none', 'Omschrijvingen van die documenttypen'),
  resultaattypen: is.references('resultaattypen', 'Resultaattypen waarbij besluiten van dit type horen', { volatile: true }),
  resultaattypenOmschrijving: is.texts('none', 'Omschrijvingen van die resultaattypen'),
})

export default catalogusStream('besluittypen', 'Besluittypen, elke versie apart, ook concepten.', besluittype)
