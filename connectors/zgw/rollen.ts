import { z } from 'zod'
import type { SourceRecord } from '../connector.js'
import * as betrokkene from './betrokkene.js'
import { childOfZaak } from './child.js'
import * as codes from './codes.js'
import * as is from './fields.js'

export const rol = z.object({
  url: is.ownUrl,
  uuid: is.ownUuid,
  zaak: is.ofZaak,
  // Leads to the record of a person in another registration.
  betrokkene: is.link('identificatie', 'Adres van de betrokkene in een andere registratie'),
  betrokkeneType: is.code(codes.betrokkeneType, 'Soort betrokkene'),
  afwijkendeNaamBetrokkene: is.text('naam', 'Naam waaronder de betrokkene in deze zaak bekend wil zijn'),
  roltype: is.reference('roltypen', 'Het roltype'),
  omschrijving: is.text('none', 'Omschrijving van het roltype'),
  omschrijvingGeneriek: is.code(codes.omschrijvingGeneriekRol, 'Algemene omschrijving van de rol'),
  roltoelichting: is.text('vrije_tekst', 'Toelichting op de rol'),
  registratiedatum: is.moment('Moment waarop de rol is geregistreerd'),
  indicatieMachtiging: is.code(codes.indicatieMachtiging, 'Of de betrokkene gemachtigde of machtiginggever is'),
  contactpersoonRol: is.group({
    emailadres: is.text('contact', 'E-mailadres van de contactpersoon'),
    functie: is.text('vrije_tekst', 'Functie van de contactpersoon'),
    telefoonnummer: is.text('contact', 'Telefoonnummer van de contactpersoon'),
    naam: is.text('naam', 'Naam van de contactpersoon'),
  }),
  statussen: is.children('Statussen die in deze rol zijn gezet; elk wijst met gezetdoor naar de rol'),
  beginGeldigheid: is.date('Begin van de geldigheid van de rol'),
  eindeGeldigheid: is.date('Einde van de geldigheid van de rol'),
  authenticatieContext: is.unlanded(
    'bsn',
    'Hoe en namens wie iemand inlogde (DigiD, eHerkenning); van belang voor portalen, niet voor sturing',
  ),
  betrokkeneIdentificatie: is.group({
    ...betrokkene.persoon,
    ...betrokkene.nietNatuurlijkPersoon,
    ...betrokkene.vestiging,
    ...betrokkene.medewerker,
    ...betrokkene.organisatorischeEenheid,
    ...betrokkene.raisedAddresses,
  }),
  verblijfsadres: betrokkene.raised(betrokkene.verblijfsadres),
  subVerblijfBuitenland: betrokkene.raised(betrokkene.subVerblijfBuitenland),
})

export default childOfZaak({
  path: 'rollen',
  description: 'Wie bij een zaak is betrokken, en in welke rol.',
  record: rol,
  form: (record: SourceRecord) => betrokkene.raiseAddresses(record, 'betrokkeneIdentificatie'),
})
