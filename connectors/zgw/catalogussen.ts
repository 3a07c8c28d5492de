import { z } from 'zod'
import { catalogusStream } from './catalogi.js'
import * as is from './fields.js'

export const catalogus = z.object({
  url: is.ownUrl,
  uuid: is.addedUuid,
  domein: is.text('none', 'Domein van de catalogus'),
  rsin: is.text('none', 'RSIN van de eigenaar'),
  contactpersoonBeheerNaam: is.text('naam', 'Naam van wie de catalogus beheert'),
  contactpersoonBeheerTelefoonnummer: is.text('contact', 'Telefoonnummer van wie de catalogus beheert'),
  contactpersoonBeheerEmailadres: is.text('contact', 'E-mailadres van wie de catalogus beheert'),
  zaaktypen: is.children('Zaaktypen; zie zaaktypen'),
  besluittypen: is.children('Besluittypen; zie besluittypen'),
  informatieobjecttypen: is.children('Documenttypen; zie informatieobjecttypen'),
  naam: is.text('none', 'Naam van de catalogus'),
  versie: is.text('none', 'Versie van de catalogus'),
  begindatumVersie: is.date('Datum waarop deze versie is begonnen'),
})

export default catalogusStream('catalogussen', 'Catalogussen van zaaktypen.', catalogus, { status: false })
