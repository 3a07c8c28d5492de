import { z } from 'zod'
import type { SourceRecord } from '../connector.js'
import * as betrokkene from './betrokkene.js'
import { childOfZaak } from './child.js'
import * as codes from './codes.js'
import * as is from './fields.js'

/**
 * One group for the 26 shapes that `objectType` chooses from. Where one name means a person in one shape and a thing in another, the stricter
 * kind holds: an `identificatie` can be that of a medewerker.
 */
const objectIdentificatie = {
  ...betrokkene.persoon,
  ...betrokkene.nietNatuurlijkPersoon,
  ...betrokkene.vestiging,
  ...betrokkene.medewerker,
  naam: is.text('none', 'Naam van het object of de organisatorische eenheid'),
  type: is.text('none', 'Soort wegdeel, terreindeel, kunstwerkdeel, spoorbaandeel of inrichtingselement'),
  typeWaterdeel: is.text('none', 'Soort water'),
  wplWoonplaatsNaam: is.text('adres', 'Woonplaats van het adres'),
  gorOpenbareRuimteNaam: is.text('adres', 'Straat van het adres'),
  huisnummer: is.integer('adres', 'Huisnummer van het adres'),
  huisletter: is.text('adres', 'Huisletter van het adres'),
  huisnummertoevoeging: is.text('adres', 'Huisnummertoevoeging van het adres'),
  postcode: is.text('postcode', 'Postcode van het adres'),
  buurtCode: is.text('none', 'Code van de buurt'),
  buurtNaam: is.text('none', 'Naam van de buurt'),
  wijkCode: is.text('none', 'Code van de wijk'),
  wijkNaam: is.text('none', 'Naam van de wijk'),
  wykWijkCode: is.text('none', 'Code van de wijk waarin de buurt ligt'),
  gemGemeenteCode: is.text('none', 'Code van de gemeente waarin de wijk of buurt ligt'),
  gemeenteNaam: is.text('none', 'Naam van de gemeente'),
  gemeenteCode: is.text('none', 'Code van de gemeente'),
  woonplaatsNaam: is.text('none', 'Naam van de woonplaats'),
  openbareRuimteNaam: is.text('none', 'Naam van de gemeentelijke openbare ruimte'),
  // A parcel leads to its owner in a register that is open to all.
  kadastraleIdentificatie: is.text('identificatie', 'Kadastrale identificatie'),
  kadastraleAanduiding: is.text('identificatie', 'Kadastrale aanduiding'),
  nummer: is.text('identificatie', 'Nummer van het huishouden'),
  wozObjectNummer: is.text('identificatie', 'Nummer van het WOZ-object'),
  nummerWozDeelObject: is.text('identificatie', 'Nummer van het WOZ-deelobject'),
  waardepeildatum: is.text('none', 'Datum waarop de WOZ-waarde is bepaald'),
  avgAard: is.text('none', 'Aard van het zakelijk recht'),
  // As columns of their own these would have names of over 63 bytes, and persons in them.
  isGehuisvestIn: is.unlanded('adres', 'Waarin het huishouden of de eenheid is gehuisvest; landt niet'),
  adresAanduidingGrp: is.unlanded('adres', 'Adres van het gebouwde object; landt niet'),
  aanduidingWozObject: is.unlanded('adres', 'Adres van het WOZ-object; landt niet'),
  isOnderdeelVan: is.unlanded('adres', 'WOZ-object waarvan het deelobject een deel is; landt niet'),
  isVoor: is.unlanded('adres', 'WOZ-object waarvoor de waarde geldt; landt niet'),
  heeftBetrekkingOp: is.unlanded('identificatie', 'Onroerende zaak waarop het recht rust; landt niet'),
  heeftAlsGerechtigde: is.unlanded('bsn', 'Gerechtigde tot het zakelijk recht; landt niet'),
  overigeData: is.unlanded('vrije_tekst', 'Gegevens van een object naar eigen vorm; niet beschreven en daarom niet geland'),
  ...betrokkene.raisedAddresses,
}

export const zaakobject = z.object({
  url: is.ownUrl,
  uuid: is.ownUuid,
  zaak: is.ofZaak,
  // Can lead to the record of a person: objectType natuurlijk_persoon, huishouden.
  object: is.link('identificatie', 'Adres van het object in een andere registratie'),
  zaakobjecttype: is.reference('zaakobjecttypen', 'Het zaakobjecttype'),
  objectType: is.code(codes.objectType, 'Soort object'),
  objectTypeOverige: is.text('none', 'Soort object als die overige is'),
  objectTypeOverigeDefinitie: is.group({
    url: is.link('none', 'Adres van het objecttype'),
    schema: is.text('none', 'Waar in het objecttype het schema staat (jq)'),
    objectData: is.text('none', 'Waar in het object de gegevens staan (jq)'),
  }),
  relatieomschrijving: is.text('vrije_tekst', 'Wat het object met de zaak te maken heeft'),
  objectIdentificatie: is.group(objectIdentificatie),
  verblijfsadres: betrokkene.raised(betrokkene.verblijfsadres),
  subVerblijfBuitenland: betrokkene.raised(betrokkene.subVerblijfBuitenland),
})

export default childOfZaak({
  path: 'zaakobjecten',
  description: 'Waar een zaak over gaat: adressen, percelen, personen, andere objecten.',
  record: zaakobject,
  form: (record: SourceRecord) => betrokkene.raiseAddresses(record, 'objectIdentificatie'),
})
