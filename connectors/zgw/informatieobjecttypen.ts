import { z } from 'zod'
import type { SourceRecord } from '../connector.js'
import { catalogusStream } from './catalogi.js'
import * as codes from './codes.js'
import * as is from './fields.js'

const generiek = {
  informatieobjecttypeOmschrijvingGeneriek: is.text('none', 'Algemeen gebruikte omschrijving', { added: true }),
  definitieInformatieobjecttypeOmschrijvingGeneriek: is.text('none', 'Wat die algemene omschrijving betekent', { added: true }),
  herkomstInformatieobjecttypeOmschrijvingGeneriek: is.text('none', 'Lijst waaruit de algemene omschrijving komt', { added: true }),
  hierarchieInformatieobjecttypeOmschrijvingGeneriek: is.text('none', 'Plaats van de algemene omschrijving in die lijst', { added: true }),
  opmerkingInformatieobjecttypeOmschrijvingGeneriek: is.text('none', 'Toelichting op de algemene omschrijving', { added: true }),
}

export const informatieobjecttype = z.object({
  url: is.ownUrl,
  uuid: is.addedUuid,
  catalogus: is.reference('catalogussen', 'De catalogus'),
  omschrijving: is.text('none', 'Omschrijving van de aard van documenten van dit type, gelijk in al zijn versies'),
  vertrouwelijkheidaanduiding: is.code(codes.vertrouwelijkheidaanduiding, 'Hoe openbaar documenten van dit type zijn', { ordered: true }),
  ...is.validity,
  concept: is.boolean('Of dit een nog niet gepubliceerde versie is'),
  // Which versions these name depends on the day of the call, without anything being edited.
  zaaktypen: is.references('zaaktypen', 'Zaaktypen waarbij documenten van dit type mogelijk zijn', { volatile: true }),
  besluittypen: is.references('besluittypen', 'Besluittypen die in documenten van dit type worden vastgelegd', { volatile: true }),
  informatieobjectcategorie: is.text('none', 'Categorie van documenten van dit type'),
  trefwoord: is.texts('none', 'Trefwoorden bij het documenttype'),
  // As columns of their own the fields of the group would have names of over 63 bytes.
  omschrijvingGeneriek: is.unlanded('none', 'Algemene omschrijving; staat in de velden op OmschrijvingGeneriek'),
  ...generiek,
})

/** Moves the fields of `omschrijvingGeneriek` one level up, in place. */
function form(record: SourceRecord): void {
  const group = record.omschrijvingGeneriek
  const fields = typeof group === 'object' && group !== null ? (group as SourceRecord) : {}
  for (const name of Object.keys(generiek)) record[name] = fields[name] ?? null
}

export default catalogusStream('informatieobjecttypen', 'Documenttypen, elke versie apart, ook concepten.', informatieobjecttype, { form })
