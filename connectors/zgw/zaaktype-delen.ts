import { z } from 'zod'
import { catalogusStream } from './catalogi.js'
import * as codes from './codes.js'
import * as is from './fields.js'

/** The parts of a zaaktype, as Catalogi API 1.3.1 gives them. Each belongs to one version of it. */

export const statustype = z.object({
  url: is.ownUrl,
  uuid: is.addedUuid,
  omschrijving: is.text('none', 'Omschrijving van de status'),
  omschrijvingGeneriek: is.text('none', 'Algemeen gebruikte omschrijving'),
  statustekst: is.text('none', 'Tekst waarmee betrokkenen over de status worden geïnformeerd'),
  ...is.ofZaaktype,
  volgnummer: is.integer('none', 'Volgorde van de statussen binnen het zaaktype'),
  isEindstatus: is.boolean('Of dit de status met het hoogste volgnummer is, die de zaak afsluit'),
  informeren: is.boolean('Of de initiator over de status wordt geïnformeerd'),
  doorlooptijd: is.duration('Norm voor het bereiken van de status'),
  toelichting: is.text('none', 'Toelichting op het statustype'),
  checklistitemStatustype: is.list(
    {
      itemnaam: is.text('none', 'Naam van het aandachtspunt'),
      toelichting: is.text('none', 'Toelichting'),
      vraagstelling: is.text('none', 'Vraag bij het aandachtspunt'),
      verplicht: is.boolean('Of het aandachtspunt moet zijn nagegaan'),
    },
    'Aandachtspunten voor de status kan worden gezet',
  ),
  eigenschappen: is.references('eigenschappen', 'Eigenschappen die vóór deze status een waarde moeten hebben'),
  zaakobjecttypen: is.references('zaakobjecttypen', 'Objecttypen die vóór deze status een waarde moeten hebben'),
  ...is.validity,
})

export const resultaattype = z.object({
  url: is.ownUrl,
  uuid: is.addedUuid,
  ...is.ofZaaktype,
  omschrijving: is.text('none', 'Omschrijving van het resultaat'),
  resultaattypeomschrijving: is.link('none', 'Algemene omschrijving, als adres in de referentielijst'),
  omschrijvingGeneriek: is.text('none', 'Algemene omschrijving in woorden'),
  selectielijstklasse: is.link('none', 'Resultaat in de selectielijst'),
  toelichting: is.text('none', 'Toelichting op het resultaattype'),
  archiefnominatie: is.code(codes.archiefnominatie, 'Of dossiers blijvend worden bewaard of worden vernietigd'),
  archiefactietermijn: is.duration('Termijn tot de archiefactie'),
  brondatumArchiefprocedure: is.group({
    afleidingswijze: is.code(codes.afleidingswijze, 'Hoe de datum wordt bepaald waarop de termijn begint'),
    datumkenmerk: is.text('none', 'Naam van het gegeven waaruit die datum komt'),
    einddatumBekend: is.boolean('Of die datum bij het afronden van de zaak bekend is'),
    objecttype: is.text('none', 'Soort object waaruit die datum komt'),
    registratie: is.text('none', 'Registratie waarin dat object staat'),
    procestermijn: is.duration('Termijn waarin het dossier nog wordt gebruikt'),
  }),
  procesobjectaard: is.text('none', 'Object, persoon of gebeurtenis waarop zaken voor het archief betrekking hebben'),
  indicatieSpecifiek: is.boolean('Of het resultaattype geldt voor één procesobjectaard'),
  procestermijn: is.duration('Termijn waarin het dossier na afronding nog wordt gebruikt'),
  // Which versions these name depends on the day of the call, without anything being edited.
  besluittypen: is.references('besluittypen', 'Besluittypen waaruit het resultaat volgt', { volatile: true }),
  besluittypeOmschrijving: is.texts('none', 'Omschrijvingen van die besluittypen'),
  informatieobjecttypen: is.references('informatieobjecttypen', 'Documenttypen die er vóór het resultaat moeten zijn', { volatile: true }),
  informatieobjecttypeOmschrijving: is.texts('none', 'Omschrijvingen van die documenttypen'),
  ...is.validity,
})

export const roltype = z.object({
  url: is.ownUrl,
  uuid: is.addedUuid,
  ...is.ofZaaktype,
  omschrijving: is.text('none', 'Omschrijving van de rol'),
  omschrijvingGeneriek: is.code(codes.omschrijvingGeneriekRol, 'Algemene omschrijving van de rol'),
  ...is.validity,
})

export const eigenschap = z.object({
  url: is.ownUrl,
  uuid: is.addedUuid,
  naam: is.text('none', 'Naam van de eigenschap'),
  definitie: is.text('none', 'Wat de eigenschap betekent'),
  specificatie: is.group({
    groep: is.text('none', 'Groep waarin de eigenschap hoort'),
    formaat: is.code(codes.formaat, 'Vorm van de waarde'),
    lengte: is.text('none', 'Lengte van de waarde; bij een getal met cijfers achter de komma'),
    kardinaliteit: is.text('none', 'Hoe vaak de eigenschap voor kan komen'),
    waardenverzameling: is.texts('none', 'Waarden die zijn toegestaan'),
  }),
  toelichting: is.text('none', 'Toelichting op de eigenschap'),
  ...is.ofZaaktype,
  statustype: is.reference('statustypen', 'De status waarvóór de eigenschap een waarde moet hebben'),
  ...is.validity,
})

export const statustypen = catalogusStream('statustypen', 'Statustypen: de stappen van een zaaktype.', statustype)
export const resultaattypen = catalogusStream('resultaattypen', 'Resultaattypen, met hun archiefregime.', resultaattype)
export const roltypen = catalogusStream('roltypen', 'Roltypen: wie bij een zaaktype betrokken kan zijn.', roltype)
export const eigenschappen = catalogusStream('eigenschappen', 'Eigenschappen: gegevens die een zaaktype vraagt.', eigenschap)
