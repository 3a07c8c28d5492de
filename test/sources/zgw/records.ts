/**
 * Records as Open Zaak 1.30 shows them: all fields of Zaken API 1.5.1 and the experimental ones, with absent text as an empty text.
 *
 * @see open-zaak/open-zaak src/openzaak/components/zaken/openapi.yaml
 */
import { momentText } from './calendar.js'
import type * as rows from './model.js'

/** The address of each API as the caller knows it, without a slash at the end; URLs in records begin with it. */
export interface Links {
  zaken: string
  catalogi: string
  autorisaties: string
  documenten: string
  besluiten: string
}

/** The address of each API when all are behind one origin. */
export const linksAt = (origin: string): Links => ({
  zaken: `${origin}/zaken/api/v1`,
  catalogi: `${origin}/catalogi/api/v1`,
  autorisaties: `${origin}/autorisaties/api/v1`,
  documenten: `${origin}/documenten/api/v1`,
  besluiten: `${origin}/besluiten/api/v1`,
})

/** A reference to a row, or one that leads nowhere. */
const refer = (base: string, list: string, target: rows.Row | string): string =>
  typeof target === 'string' ? target : `${base}/${list}/${target.uuid}`

const all = (base: string, list: string, targets: readonly rows.Row[]): string[] => targets.map((target) => refer(base, list, target))

const betalingsindicaties: { [code: string]: string } = {
  nvt: 'Er is geen sprake van te betalen, met de zaak gemoeide, kosten.',
  nog_niet: 'De met de zaak gemoeide kosten zijn (nog) niet betaald.',
  gedeeltelijk: 'De met de zaak gemoeide kosten zijn gedeeltelijk betaald.',
  geheel: 'De met de zaak gemoeide kosten zijn geheel betaald.',
  betaald: 'De met de zaak gemoeide kosten zijn betaald.',
}

export function zaakeigenschapUrl(links: Links, { zaak, uuid }: rows.Zaakeigenschap): string {
  return `${links.zaken}/zaken/${zaak.uuid}/zaakeigenschappen/${uuid}`
}

/** The status that the zaak has: the one that was set last. */
export function currentStatus(zaak: rows.Zaak): rows.Status | null {
  let last: rows.Status | null = null
  for (const status of zaak.statussen) if (last === null || status.datumStatusGezet >= last.datumStatusGezet) last = status
  return last
}

export function zaak(row: rows.Zaak, links: Links): rows.JsonRecord {
  const { zaken, catalogi } = links
  const status = currentStatus(row)
  return {
    url: refer(zaken, 'zaken', row),
    uuid: row.uuid,
    identificatie: row.identificatie,
    bronorganisatie: row.bronorganisatie,
    omschrijving: row.omschrijving,
    toelichting: row.toelichting,
    zaaktype: refer(catalogi, 'zaaktypen', row.zaaktype),
    registratiedatum: row.registratiedatum,
    verantwoordelijkeOrganisatie: row.verantwoordelijkeOrganisatie,
    startdatum: row.startdatum,
    einddatum: row.einddatum,
    einddatumGepland: row.einddatumGepland,
    uiterlijkeEinddatumAfdoening: row.uiterlijkeEinddatumAfdoening,
    publicatiedatum: row.publicatiedatum,
    laatstGemuteerd: momentText(row.laatstGemuteerd),
    laatstGeopend: null,
    communicatiekanaal: row.communicatiekanaal,
    communicatiekanaalNaam: row.communicatiekanaalNaam,
    productenOfDiensten: row.productenOfDiensten,
    vertrouwelijkheidaanduiding: row.vertrouwelijkheidaanduiding,
    betalingsindicatie: row.betalingsindicatie,
    betalingsindicatieWeergave: betalingsindicaties[row.betalingsindicatie] ?? row.betalingsindicatie,
    laatsteBetaaldatum: row.laatsteBetaaldatum === null ? null : momentText(row.laatsteBetaaldatum),
    zaakgeometrie: row.zaakgeometrie,
    verlenging: row.verlenging,
    opschorting: row.opschorting,
    selectielijstklasse: row.selectielijstklasse,
    hoofdzaak: row.hoofdzaak === null ? null : refer(zaken, 'zaken', row.hoofdzaak),
    deelzaken: all(zaken, 'zaken', row.deelzaken),
    relevanteAndereZaken: row.relevanteAndereZaken.map((relation) => ({
      url: refer(zaken, 'zaken', relation.zaak),
      aardRelatie: relation.aardRelatie,
      overigeRelatie: '',
      toelichting: relation.toelichting,
    })),
    eigenschappen: row.zaakeigenschappen.map((eigenschap) => zaakeigenschapUrl(links, eigenschap)),
    rollen: all(zaken, 'rollen', row.rollen),
    status: status === null ? null : refer(zaken, 'statussen', status),
    zaakinformatieobjecten: all(zaken, 'zaakinformatieobjecten', row.zaakinformatieobjecten),
    zaakobjecten: all(zaken, 'zaakobjecten', row.zaakobjecten),
    kenmerken: row.kenmerken.map(({ kenmerk, bron }) => ({ kenmerk, bron })),
    archiefnominatie: row.archiefnominatie,
    archiefstatus: row.archiefstatus,
    archiefactiedatum: row.archiefactiedatum,
    resultaat: row.resultaat === null ? null : refer(zaken, 'resultaten', row.resultaat),
    opdrachtgevendeOrganisatie: row.opdrachtgevendeOrganisatie,
    processobjectaard: row.processobjectaard,
    startdatumBewaartermijn: row.startdatumBewaartermijn,
    processobject: row.processobject,
  }
}

export function status(row: rows.Status, links: Links): rows.JsonRecord {
  const { zaken, catalogi } = links
  return {
    url: refer(zaken, 'statussen', row),
    uuid: row.uuid,
    zaak: refer(zaken, 'zaken', row.zaak),
    statustype: refer(catalogi, 'statustypen', row.statustype),
    datumStatusGezet: momentText(row.datumStatusGezet),
    statustoelichting: row.statustoelichting,
    indicatieLaatstGezetteStatus: isLatest(row),
    gezetdoor: row.gezetdoor === null ? null : refer(zaken, 'rollen', row.gezetdoor),
    zaakinformatieobjecten: all(
      zaken,
      'zaakinformatieobjecten',
      row.zaak.zaakinformatieobjecten.filter((object) => object.status === row),
    ),
  }
}

/** By the moment alone: of two statuses set at one moment both are the last. */
export function isLatest(row: rows.Status): boolean {
  return row.zaak.statussen.every(({ datumStatusGezet }) => datumStatusGezet <= row.datumStatusGezet)
}

export function resultaat(row: rows.Resultaat, { zaken, catalogi }: Links): rows.JsonRecord {
  return {
    url: refer(zaken, 'resultaten', row),
    uuid: row.uuid,
    zaak: refer(zaken, 'zaken', row.zaak),
    resultaattype: refer(catalogi, 'resultaattypen', row.resultaattype),
    toelichting: row.toelichting,
  }
}

export function rol(row: rows.Rol, { zaken, catalogi }: Links): rows.JsonRecord {
  return {
    url: refer(zaken, 'rollen', row),
    uuid: row.uuid,
    zaak: refer(zaken, 'zaken', row.zaak),
    betrokkene: row.betrokkene,
    betrokkeneType: row.betrokkeneType,
    afwijkendeNaamBetrokkene: row.afwijkendeNaamBetrokkene,
    roltype: refer(catalogi, 'roltypen', row.roltype),
    omschrijving: row.omschrijving,
    omschrijvingGeneriek: row.omschrijvingGeneriek,
    roltoelichting: row.roltoelichting,
    registratiedatum: momentText(row.registratiedatum),
    indicatieMachtiging: row.indicatieMachtiging,
    contactpersoonRol: row.contactpersoonRol,
    statussen: all(
      zaken,
      'statussen',
      row.zaak.statussen.filter(({ gezetdoor }) => gezetdoor === row),
    ),
    beginGeldigheid: null,
    eindeGeldigheid: null,
    authenticatieContext: null,
    betrokkeneIdentificatie: row.betrokkeneIdentificatie,
  }
}

export function zaakeigenschap(row: rows.Zaakeigenschap, links: Links): rows.JsonRecord {
  return {
    url: zaakeigenschapUrl(links, row),
    uuid: row.uuid,
    zaak: refer(links.zaken, 'zaken', row.zaak),
    eigenschap: refer(links.catalogi, 'eigenschappen', row.eigenschap),
    naam: row.naam,
    waarde: row.waarde,
  }
}

export function zaakobject(row: rows.Zaakobject, { zaken }: Links): rows.JsonRecord {
  return {
    url: refer(zaken, 'zaakobjecten', row),
    uuid: row.uuid,
    zaak: refer(zaken, 'zaken', row.zaak),
    object: row.object,
    zaakobjecttype: null,
    objectType: row.objectType,
    objectTypeOverige: row.objectTypeOverige,
    objectTypeOverigeDefinitie: null,
    relatieomschrijving: row.relatieomschrijving,
    objectIdentificatie: row.objectIdentificatie,
  }
}

export function zaakinformatieobject(row: rows.Zaakinformatieobject, { zaken, documenten }: Links): rows.JsonRecord {
  return {
    url: refer(zaken, 'zaakinformatieobjecten', row),
    uuid: row.uuid,
    informatieobject: `${documenten}/enkelvoudiginformatieobjecten/${row.informatieobject.uuid}`,
    zaak: refer(zaken, 'zaken', row.zaak),
    aardRelatieWeergave: 'Hoort bij, omgekeerd: kent',
    titel: row.titel,
    beschrijving: row.beschrijving,
    registratiedatum: momentText(row.registratiedatum),
    vernietigingsdatum: null,
    status: row.status === null ? null : refer(zaken, 'statussen', row.status),
  }
}
