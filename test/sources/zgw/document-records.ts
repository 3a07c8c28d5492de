/**
 * Records of the Documenten API 1.4.2 and the Besluiten API 1.1.0, and the types of both in the Catalogi API 1.3.1, as Open Zaak 1.30 shows
 * them. None has a `uuid`: their address is all that identifies them.
 *
 * @see open-zaak/open-zaak src/openzaak/components/{documenten,besluiten,catalogi}/openapi.yaml
 */
import { momentText } from './calendar.js'
import type * as rows from './model.js'
import type { Links } from './records.js'

const typeUrl = ({ catalogi }: Links, list: string, { uuid }: rows.Row): string => `${catalogi}/${list}/${uuid}`
const documentUrl = ({ documenten }: Links, { uuid }: { uuid: string }): string => `${documenten}/enkelvoudiginformatieobjecten/${uuid}`
const published = <R extends { concept: boolean }>(types: readonly R[]): R[] => types.filter(({ concept }) => !concept)

export function informatieobjecttype(
  row: rows.Informatieobjecttype,
  links: Links,
  { catalogussen, zaaktypen, besluittypen }: rows.Municipality,
): rows.JsonRecord {
  return {
    url: typeUrl(links, 'informatieobjecttypen', row),
    catalogus: typeUrl(links, 'catalogussen', catalogussen.rows[0]!),
    omschrijving: row.omschrijving,
    vertrouwelijkheidaanduiding: row.vertrouwelijkheidaanduiding,
    beginGeldigheid: row.beginGeldigheid,
    eindeGeldigheid: row.eindeGeldigheid,
    beginObject: row.beginGeldigheid,
    eindeObject: row.eindeGeldigheid,
    concept: row.concept,
    zaaktypen: row.concept ? [] : published(zaaktypen.rows).map((zaaktype) => typeUrl(links, 'zaaktypen', zaaktype)),
    besluittypen: row.concept ? [] : published(besluittypen.rows).map((besluittype) => typeUrl(links, 'besluittypen', besluittype)),
    informatieobjectcategorie: row.categorie,
    trefwoord: [row.categorie],
    omschrijvingGeneriek: {
      informatieobjecttypeOmschrijvingGeneriek: row.omschrijving,
      definitieInformatieobjecttypeOmschrijvingGeneriek: `Een document van de soort ${row.categorie}`,
      herkomstInformatieobjecttypeOmschrijvingGeneriek: 'KING',
      hierarchieInformatieobjecttypeOmschrijvingGeneriek: 'nvt',
      opmerkingInformatieobjecttypeOmschrijvingGeneriek: '',
    },
  }
}

export function besluittype(
  row: rows.Besluittype,
  links: Links,
  { catalogussen, zaaktypen, informatieobjecttypen }: rows.Municipality,
): rows.JsonRecord {
  return {
    url: typeUrl(links, 'besluittypen', row),
    catalogus: typeUrl(links, 'catalogussen', catalogussen.rows[0]!),
    zaaktypen: row.concept ? [] : published(zaaktypen.rows).map((zaaktype) => typeUrl(links, 'zaaktypen', zaaktype)),
    omschrijving: row.omschrijving,
    omschrijvingGeneriek: '',
    besluitcategorie: row.besluitcategorie,
    reactietermijn: `P${row.reactietermijnDays}D`,
    publicatieIndicatie: row.publicatieIndicatie,
    publicatietekst: '',
    publicatietermijn: row.publicatieIndicatie ? 'P14D' : null,
    toelichting: '',
    informatieobjecttypen: published(informatieobjecttypen.rows).map((type) => typeUrl(links, 'informatieobjecttypen', type)),
    beginGeldigheid: row.beginGeldigheid,
    eindeGeldigheid: row.eindeGeldigheid,
    beginObject: row.beginGeldigheid,
    eindeObject: row.eindeGeldigheid,
    concept: row.concept,
    resultaattypen: [],
    resultaattypenOmschrijving: [],
    vastgelegdIn: published(informatieobjecttypen.rows).map(({ omschrijving }) => omschrijving),
  }
}

export function informatieobject(row: rows.Informatieobject, links: Links): rows.JsonRecord {
  const url = documentUrl(links, row)
  return {
    url,
    identificatie: row.identificatie,
    bronorganisatie: row.bronorganisatie,
    creatiedatum: row.creatiedatum,
    titel: row.titel,
    vertrouwelijkheidaanduiding: row.vertrouwelijkheidaanduiding,
    auteur: row.auteur,
    status: row.status,
    formaat: row.formaat,
    taal: row.taal,
    versie: row.versie,
    beginRegistratie: momentText(row.beginRegistratie),
    bestandsnaam: row.bestandsnaam,
    inhoud: row.bestandsomvang === null ? null : `${url}/download?versie=${row.versie}`,
    bestandsomvang: row.bestandsomvang,
    link: '',
    beschrijving: row.beschrijving,
    ontvangstdatum: row.ontvangstdatum,
    verzenddatum: row.verzenddatum,
    indicatieGebruiksrecht: row.indicatieGebruiksrecht,
    verschijningsvorm: '',
    ondertekening: row.ondertekening,
    integriteit: row.integriteit,
    informatieobjecttype: typeUrl(links, 'informatieobjecttypen', row.informatieobjecttype),
    locked: row.locked,
    bestandsdelen: [],
    trefwoorden: row.trefwoorden,
  }
}

export function objectinformatieobject(row: rows.Objectinformatieobject, links: Links): rows.JsonRecord {
  const object = row.objectType === 'zaak' ? `${links.zaken}/zaken/${row.object.uuid}` : `${links.besluiten}/besluiten/${row.object.uuid}`
  return {
    url: `${links.documenten}/objectinformatieobjecten/${row.uuid}`,
    informatieobject: documentUrl(links, row.informatieobject),
    object,
    objectType: row.objectType,
  }
}

export function gebruiksrecht(row: rows.Gebruiksrecht, links: Links): rows.JsonRecord {
  return {
    url: `${links.documenten}/gebruiksrechten/${row.uuid}`,
    informatieobject: documentUrl(links, row.informatieobject),
    startdatum: momentText(row.startdatum),
    einddatum: row.einddatum === null ? null : momentText(row.einddatum),
    omschrijvingVoorwaarden: row.omschrijvingVoorwaarden,
  }
}

const vervalredenen: { [code: string]: string } = { '': '', tijdelijk: 'Besluit met tijdelijke werking' }

export function besluit(row: rows.Besluit, links: Links): rows.JsonRecord {
  return {
    url: `${links.besluiten}/besluiten/${row.uuid}`,
    identificatie: row.identificatie,
    verantwoordelijkeOrganisatie: row.verantwoordelijkeOrganisatie,
    besluittype: typeUrl(links, 'besluittypen', row.besluittype),
    // An absent reference is an empty text here, where the Zaken API has null.
    zaak: row.zaak === null ? '' : `${links.zaken}/zaken/${row.zaak.uuid}`,
    datum: row.datum,
    toelichting: row.toelichting,
    bestuursorgaan: row.bestuursorgaan,
    ingangsdatum: row.ingangsdatum,
    vervaldatum: row.vervaldatum,
    vervalreden: row.vervalreden,
    vervalredenWeergave: vervalredenen[row.vervalreden] ?? row.vervalreden,
    publicatiedatum: row.publicatiedatum,
    verzenddatum: row.verzenddatum,
    uiterlijkeReactiedatum: row.uiterlijkeReactiedatum,
  }
}

export function besluitinformatieobject(row: rows.Besluitinformatieobject, links: Links): rows.JsonRecord {
  return {
    url: `${links.besluiten}/besluitinformatieobjecten/${row.uuid}`,
    informatieobject: documentUrl(links, row.informatieobject),
    besluit: `${links.besluiten}/besluiten/${row.besluit.uuid}`,
  }
}
