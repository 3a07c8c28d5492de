import { z } from 'zod'
import { field } from '../connector.js'
import * as codes from './codes.js'
import * as is from './fields.js'

/** A zaak as Zaken API 1.5.1 gives it, with the experimental fields of Open Zaak and the readable columns that this connector adds. */
export const zaak = z.object({
  url: is.ownUrl,
  uuid: is.ownUuid,
  // The number of a case, printed on letters and spoken in meetings: it is about the case, and not a number of one person.
  identificatie: is.text('none', 'Zaaknummer, uniek binnen de bronorganisatie; kan na verwijdering opnieuw worden uitgegeven'),
  bronorganisatie: is.text('none', 'RSIN van de organisatie die de zaak heeft aangemaakt'),
  omschrijving: is.text('vrije_tekst', 'Korte omschrijving van de zaak'),
  toelichting: is.text('vrije_tekst', 'Toelichting op de zaak'),
  zaaktype: is.reference('zaaktypen', 'Het zaaktype, in de versie waarmee de zaak is begonnen'),
  zaaktypeIdentificatie: is.text('none', 'Identificatie van het zaaktype, gelijk in al zijn versies', { added: true }),
  zaaktypeOmschrijving: is.text('none', 'Omschrijving van de nieuwste versie van het zaaktype', { added: true }),
  registratiedatum: is.date('Datum waarop de zaak is geregistreerd'),
  verantwoordelijkeOrganisatie: is.text('none', 'RSIN van de organisatie die eindverantwoordelijk is voor de behandeling'),
  startdatum: is.date('Datum waarop met de uitvoering van de zaak is begonnen'),
  einddatum: is.date('Datum waarop de uitvoering is afgerond; leeg zolang de zaak loopt'),
  einddatumGepland: is.date('Datum waarop de zaak volgens planning is afgerond'),
  uiterlijkeEinddatumAfdoening: is.date('Laatste datum waarop de zaak volgens de wet moet zijn afgerond'),
  publicatiedatum: is.date('Datum waarop (het begin van) de zaak is of wordt gepubliceerd'),
  laatstGemuteerd: is.moment('Moment van de laatste wijziging volgens Open Zaak; een gewijzigde rol of eigenschap telt niet mee'),
  // Says of a person when he looked, and would make a changed zaak of each look.
  laatstGeopend: is.moment('Moment waarop de betrokkene de zaak het laatst heeft ingezien; landt niet', { lands: false }),
  communicatiekanaal: is.link('none', 'Kanaal waarlangs de aanleiding is ontvangen, als adres in de referentielijst'),
  communicatiekanaalNaam: is.text('none', 'Naam van het communicatiekanaal'),
  productenOfDiensten: is.links('Producten en diensten die de zaak voortbrengt, als adressen in de productencatalogus'),
  vertrouwelijkheidaanduiding: is.code(
    codes.vertrouwelijkheidaanduiding,
    'Mate waarin het zaakdossier openbaar is, van openbaar naar geheim',
    {
      ordered: true,
    },
  ),
  betalingsindicatie: is.code(codes.betalingsindicatie, 'Of de kosten van de zaak zijn betaald'),
  betalingsindicatieWeergave: is.text('none', 'Betalingsindicatie in woorden'),
  laatsteBetaaldatum: is.moment('Moment waarop de laatste betaling is verwerkt'),
  zaakgeometrie: field(
    z.record(z.string(), z.unknown()).nullish(),
    'locatie',
    'Punt, lijn of vlak waarop de zaak betrekking heeft (GeoJSON, WGS84)',
    {
      format: 'geojson',
    },
  ),
  verlenging: is.group({
    reden: is.text('vrije_tekst', 'Waarom de behandeling is verlengd'),
    duur: is.duration('Aantal werkbare dagen waarmee de doorlooptijd is verlengd'),
  }),
  opschorting: is.group({
    indicatie: is.boolean('Of de behandeling nu is opgeschort'),
    eerdereOpschorting: is.boolean('Of de behandeling eerder is opgeschort'),
    reden: is.text('vrije_tekst', 'Waarom de behandeling is opgeschort'),
  }),
  selectielijstklasse: is.link('none', 'Categorie in de selectielijst die het archiefregime bepaalt'),
  hoofdzaak: is.reference('zaken', 'De zaak waarvan dit een deelzaak is'),
  deelzaken: is.children('Deelzaken; elk wijst met hoofdzaak naar deze zaak'),
  relevanteAndereZaken: is.list(
    {
      url: is.reference('zaken', 'De andere zaak'),
      aardRelatie: is.code(codes.aardRelatieZaken, 'Aard van de relatie'),
      overigeRelatie: is.text('none', 'Aard van de relatie als die overig is'),
      toelichting: is.text('vrije_tekst', 'Toelichting op de relatie'),
    },
    'Andere zaken die van belang zijn voor deze zaak',
  ),
  eigenschappen: is.children('Eigenschappen; zie zaakeigenschappen'),
  rollen: is.children('Rollen; zie rollen'),
  status: is.reference('statussen', 'De laatst gezette status'),
  zaakinformatieobjecten: is.children('Documenten; zie zaakinformatieobjecten'),
  zaakobjecten: is.children('Objecten; zie zaakobjecten'),
  kenmerken: is.list(
    {
      kenmerk: is.text('none', 'Kenmerk van de zaak in een andere administratie'),
      bron: is.text('none', 'De administratie waarin het kenmerk geldt'),
    },
    'Kenmerken van de zaak in andere administraties',
  ),
  archiefnominatie: is.code(codes.archiefnominatie, 'Of het dossier blijvend wordt bewaard of wordt vernietigd'),
  archiefstatus: is.code(codes.archiefstatus, 'Hoe ver het archiveren van het dossier is'),
  archiefactiedatum: is.date('Datum waarop het dossier moet worden vernietigd of overgebracht'),
  resultaat: is.reference('resultaten', 'Het resultaat van de zaak'),
  opdrachtgevendeOrganisatie: is.text('none', 'RSIN van de organisatie die opdracht gaf tot de taak'),
  processobjectaard: is.text('vrije_tekst', 'Object, persoon of gebeurtenis waarop de zaak voor het archief betrekking heeft'),
  startdatumBewaartermijn: is.date('Begin van de termijn waarna het dossier moet worden vernietigd'),
  processobject: is.group({
    datumkenmerk: is.text('none', 'Naam van het gegeven dat de archieftermijn laat beginnen'),
    identificatie: is.text('identificatie', 'Unieke aanduiding van het procesobject'),
    objecttype: is.text('none', 'Soort object'),
    registratie: is.text('none', 'Naam van de registratie waarin het procesobject staat'),
  }),
})
