import { z } from 'zod'
import { catalogusStream } from './catalogi.js'
import * as codes from './codes.js'
import * as is from './fields.js'

/** A zaaktype as Catalogi API 1.3.1 gives it. Its free text is about a kind of zaak, and about no person. */
export const zaaktype = z.object({
  url: is.ownUrl,
  uuid: is.addedUuid,
  identificatie: is.text('none', 'Identificatie van het zaaktype binnen de catalogus, gelijk in al zijn versies'),
  omschrijving: is.text('none', 'Omschrijving van de aard van zaken van dit zaaktype'),
  omschrijvingGeneriek: is.text('none', 'Algemeen gebruikte omschrijving'),
  vertrouwelijkheidaanduiding: is.code(codes.vertrouwelijkheidaanduiding, 'Hoe openbaar dossiers van dit zaaktype zijn', { ordered: true }),
  doel: is.text('none', 'Wat met een zaak wordt beoogd'),
  aanleiding: is.text('none', 'Gebeurtenis waardoor een zaak begint'),
  toelichting: is.text('none', 'Toelichting op het zaaktype'),
  indicatieInternOfExtern: is.code(codes.indicatieInternOfExtern, 'Of zaken van binnen of van buiten de organisatie komen'),
  handelingInitiator: is.text('none', 'Wat de initiator doet: aanvragen, indienen, melden'),
  onderwerp: is.text('none', 'Onderwerp van zaken van dit zaaktype'),
  handelingBehandelaar: is.text('none', 'Wat de behandelaar doet: behandelen, vaststellen'),
  doorlooptijd: is.duration('Termijn waarbinnen een zaak volgens de wet is afgerond'),
  servicenorm: is.duration('Termijn waarbinnen de organisatie een zaak wil afronden'),
  opschortingEnAanhoudingMogelijk: is.boolean('Of een zaak kan worden opgeschort of aangehouden'),
  verlengingMogelijk: is.boolean('Of de doorlooptijd kan worden verlengd'),
  verlengingstermijn: is.duration('Met hoeveel de doorlooptijd kan worden verlengd'),
  trefwoorden: is.texts('none', 'Trefwoorden'),
  publicatieIndicatie: is.boolean('Of het begin van een zaak wordt gepubliceerd'),
  publicatietekst: is.text('none', 'Algemene tekst van de publicatie'),
  verantwoordingsrelatie: is.texts('none', 'Relatie met beleids- of financiële verantwoording'),
  productenOfDiensten: is.links('Producten en diensten die zaken voortbrengen, als adressen'),
  selectielijstProcestype: is.link('none', 'Procestype in de selectielijst'),
  referentieproces: is.group({
    naam: is.text('none', 'Naam van het referentieproces'),
    link: is.link('none', 'Adres van het referentieproces'),
  }),
  concept: is.boolean('Of dit een nog niet gepubliceerde versie is'),
  verantwoordelijke: is.text('none', 'Eenheid of functie die verantwoordelijk is voor de uitvoering'),
  broncatalogus: is.group({
    url: is.link('none', 'Adres van de catalogus waaraan het zaaktype is ontleend'),
    domein: is.text('none', 'Domein van die catalogus'),
    rsin: is.text('none', 'RSIN van de beheerder van die catalogus'),
  }),
  bronzaaktype: is.group({
    url: is.link('none', 'Adres van het zaaktype waaraan dit is ontleend'),
    identificatie: is.text('none', 'Identificatie van dat zaaktype'),
    omschrijving: is.text('none', 'Omschrijving van dat zaaktype'),
  }),
  ...is.validity,
  versiedatum: is.date('Datum waarop deze versie geldig is geworden'),
  catalogus: is.reference('catalogussen', 'De catalogus'),
  statustypen: is.children('Statustypen; zie statustypen'),
  resultaattypen: is.children('Resultaattypen; zie resultaattypen'),
  eigenschappen: is.children('Eigenschappen; zie eigenschappen'),
  roltypen: is.children('Roltypen; zie roltypen'),
  // Which versions these name depends on the day of the call, without anything being edited.
  informatieobjecttypen: is.references('informatieobjecttypen', 'Documenttypen die bij zaken mogelijk zijn', { volatile: true }),
  besluittypen: is.references('besluittypen', 'Besluittypen die bij zaken mogelijk zijn', { volatile: true }),
  deelzaaktypen: is.references('zaaktypen', 'Zaaktypen van mogelijke deelzaken', { volatile: true }),
  gerelateerdeZaaktypen: is.list(
    {
      zaaktype: is.reference('zaaktypen', 'Het andere zaaktype'),
      aardRelatie: is.code(codes.aardRelatieZaaktypen, 'Aard van de relatie'),
      toelichting: is.text('none', 'Toelichting op de relatie'),
    },
    'Zaaktypen van zaken die van belang zijn voor zaken van dit zaaktype',
  ),
  zaakobjecttypen: is.references('zaakobjecttypen', 'Typen van objecten waar zaken over kunnen gaan'),
})

export default catalogusStream('zaaktypen', 'Zaaktypen, elke versie apart, ook concepten.', zaaktype)
