import { z } from 'zod'
import { field } from '../connector.js'
import * as codes from './codes.js'
import * as is from './fields.js'

/**
 * What Documenten API 1.4.2 says of a document; nothing of what stands in it. People give documents the name of whom they are about, so that
 * each text that somebody typed is free text, the name of a file too.
 */
export const enkelvoudiginformatieobject = z.object({
  url: is.ownUrl,
  uuid: is.addedUuid,
  // The number of a document, printed on letters as that of a zaak is.
  identificatie: is.text('none', 'Documentnummer, uniek binnen de bronorganisatie'),
  bronorganisatie: is.text('none', 'RSIN van de organisatie die het document heeft gemaakt of ontvangen'),
  creatiedatum: is.date('Datum van het document, zoals wie het registreerde die opgaf'),
  titel: is.text('vrije_tekst', 'Naam waaronder het document bekend is'),
  vertrouwelijkheidaanduiding: is.code(
    codes.vertrouwelijkheidaanduiding,
    'Mate waarin het document openbaar is, van openbaar naar geheim',
    {
      ordered: true,
    },
  ),
  auteur: is.text('naam', 'Persoon of organisatie die het document heeft gemaakt'),
  status: is.code(codes.documentstatus, 'Hoe ver het document is: in bewerking, ter vaststelling, definitief of gearchiveerd', {
    ordered: true,
  }),
  inhoudIsVervallen: is.boolean('Of de inhoud is vervallen, en alleen de metagegevens zijn gebleven'),
  formaat: is.text('none', 'Vorm van het bestand (MIME-type)'),
  taal: is.text('none', 'Taal van de inhoud (ISO 639-2/B)'),
  versie: is.integer('none', 'Nummer van de nieuwste versie, vanaf 1'),
  beginRegistratie: is.moment('Moment waarop de nieuwste versie is geregistreerd'),
  bestandsnaam: is.text('vrije_tekst', 'Naam van het bestand'),
  // Where a file is to be fetched, and the parts of one that is being uploaded: this connector fetches none, and the parts show the lock of whoever works on it.
  inhoud: is.link('vrije_tekst', 'Adres van de inhoud; de inhoud wordt niet gelezen').meta({ lands: false }),
  bestandsdelen: field(z.array(z.record(z.string(), z.unknown())).nullish(), 'none', 'Delen van een bestand dat nog wordt geüpload', {
    lands: false,
  }),
  heeftInhoud: is.boolean('Of er een bestand bij het document is', { added: true }),
  bestandsomvang: is.integer('none', 'Omvang van het bestand in bytes'),
  link: is.link('vrije_tekst', 'Adres van de inhoud buiten deze registratie'),
  beschrijving: is.text('vrije_tekst', 'Beschrijving van de inhoud'),
  ontvangstdatum: is.date('Datum waarop het document is ontvangen'),
  verzenddatum: is.date('Datum waarop het document is verzonden'),
  indicatieGebruiksrecht: is.boolean('Of er rechten op het gebruik rusten; leeg als dat niet is nagegaan'),
  verschijningsvorm: is.text('none', 'Wezenlijke opmaak van het document'),
  ondertekening: is.group({
    soort: is.code(codes.ondertekeningSoort, 'Hoe het document is ondertekend'),
    datum: is.date('Datum waarop het document is ondertekend'),
  }),
  integriteit: is.group({
    algoritme: is.code(codes.algoritme, 'Hoe het controlegetal is berekend'),
    waarde: is.text('none', 'Controlegetal van het bestand'),
    datum: is.date('Datum waarop het controlegetal is berekend'),
  }),
  informatieobjecttype: is.reference('informatieobjecttypen', 'Het documenttype'),
  informatieobjecttypeOmschrijving: is.text('none', 'Omschrijving van het documenttype', { added: true }),
  locked: is.boolean('Of iemand het document nu bewerkt'),
  trefwoorden: is.texts('vrije_tekst', 'Trefwoorden bij het document'),
})
