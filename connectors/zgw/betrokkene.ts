import type { ZodType } from 'zod'
import type { SourceRecord } from '../connector.js'
import * as codes from './codes.js'
import * as is from './fields.js'

/**
 * Who a rol or a zaakobject is about. The API gives one of five shapes by `betrokkeneType` or `objectType`; here they are one group, because
 * a column can hold what one shape has and the others lack.
 *
 * Numbers of organisations count as numbers of a person: a sole trader is a person, his KvK and vestiging number lead to his home, and what
 * stands in a field for the RSIN of a sole trader is, in practice, his BSN. His trade name is often his own.
 */
export const persoon = {
  inpBsn: is.text('bsn', 'Burgerservicenummer'),
  anpIdentificatie: is.text('identificatie', 'Nummer dat de gemeente gaf aan een persoon buiten de BRP'),
  inpA_nummer: is.text('identificatie', 'Administratienummer in de BRP'),
  geslachtsnaam: is.text('naam', 'Stam van de geslachtsnaam'),
  voorvoegselGeslachtsnaam: is.text('naam', 'Voorvoegsel van de geslachtsnaam'),
  voorletters: is.text('naam', 'Voorletters'),
  voornamen: is.text('naam', 'Voornamen'),
  // The closed list of kinds has none of its own for it; with the name it makes the salutation, so that it is asked for with the name.
  geslachtsaanduiding: is.codeOfPerson(codes.geslachtsaanduiding, 'naam', 'Man, vrouw of onbekend'),
  geboortedatum: is.text('geboortedatum', 'Geboortedatum; kan onvolledig zijn'),
}

export const nietNatuurlijkPersoon = {
  innNnpId: is.text('identificatie', 'RSIN van de rechtspersoon'),
  annIdentificatie: is.text('identificatie', 'Nummer dat de gemeente gaf aan een organisatie buiten het handelsregister'),
  statutaireNaam: is.text('naam', 'Statutaire naam'),
  innRechtsvorm: is.code(codes.innRechtsvorm, 'Rechtsvorm'),
  bezoekadres: is.text('adres', 'Bezoekadres'),
  kvkNummer: is.text('identificatie', 'KvK-nummer'),
}

export const vestiging = {
  vestigingsNummer: is.text('identificatie', 'Nummer van de vestiging in het handelsregister'),
  handelsnaam: is.texts('naam', 'Namen waaronder wordt gehandeld'),
}

export const medewerker = {
  // A medewerker is a person; for an organisatorische eenheid the same field names a department.
  identificatie: is.text('identificatie', 'Aanduiding van de medewerker of organisatorische eenheid'),
  achternaam: is.text('naam', 'Achternaam van de medewerker'),
  voorvoegselAchternaam: is.text('naam', 'Voorvoegsel van de achternaam van de medewerker'),
}

export const organisatorischeEenheid = {
  naam: is.text('none', 'Naam van de organisatorische eenheid'),
  isGehuisvestIn: is.text('none', 'Vestiging van de gemeente waarin de organisatorische eenheid is gehuisvest'),
}

export const verblijfsadres = {
  aoaIdentificatie: is.text('adres', 'Identificatie van het adres in de BAG'),
  wplWoonplaatsNaam: is.text('adres', 'Woonplaats'),
  gorOpenbareRuimteNaam: is.text('adres', 'Straat'),
  aoaPostcode: is.text('postcode', 'Postcode'),
  aoaHuisnummer: is.integer('adres', 'Huisnummer'),
  aoaHuisletter: is.text('adres', 'Huisletter'),
  aoaHuisnummertoevoeging: is.text('adres', 'Huisnummertoevoeging'),
  inpLocatiebeschrijving: is.text('adres', 'Beschrijving van de locatie als er geen adres is'),
}

export const subVerblijfBuitenland = {
  lndLandcode: is.text('adres', 'Code van het land'),
  lndLandnaam: is.text('adres', 'Naam van het land'),
  subAdresBuitenland_1: is.text('adres', 'Eerste regel van het adres in het buitenland'),
  subAdresBuitenland_2: is.text('adres', 'Tweede regel van het adres in het buitenland'),
  subAdresBuitenland_3: is.text('adres', 'Derde regel van het adres in het buitenland'),
}

/** The addresses inside a betrokkene: raised out of it by `raiseAddresses`. */
export const raisedAddresses = {
  verblijfsadres: is.unlanded('adres', 'Adres; staat in verblijfsadres'),
  subVerblijfBuitenland: is.unlanded('adres', 'Adres in het buitenland; staat in subVerblijfBuitenland'),
}

/** The fields of an address as a group of the record itself. */
export function raised<T extends { [name: string]: ZodType }>(fields: T) {
  return is.group(
    Object.fromEntries(Object.entries(fields).map(([name, type]) => [name, type.meta({ ...type.meta(), added: true })])) as unknown as T,
  )
}

/**
 * Moves the addresses of a betrokkene one level up, in place. As columns they would be longer than Postgres takes:
 * `betrokkene_identificatie_verblijfsadres_gor_openbare_ruimte_naam` has 64 bytes, of at most 63.
 */
export function raiseAddresses(record: SourceRecord, group: string): void {
  const betrokkene = record[group]
  const { verblijfsadres, subVerblijfBuitenland, ...rest } =
    typeof betrokkene === 'object' && betrokkene !== null ? (betrokkene as { [name: string]: unknown }) : {}
  record[group] = typeof betrokkene === 'object' && betrokkene !== null ? rest : betrokkene
  record.verblijfsadres = verblijfsadres ?? null
  record.subVerblijfBuitenland = subVerblijfBuitenland ?? null
}
