/**
 * Records of the Catalogi API as Open Zaak 1.30 shows them, Catalogi API 1.3.1. None has a `uuid`: their address is all that identifies them.
 *
 * @see open-zaak/open-zaak src/openzaak/components/catalogi/openapi.yaml
 */
import type * as rows from './model.js'
import type { Links } from './records.js'

const urls = (base: string, list: string, targets: readonly rows.Row[]): string[] => targets.map(({ uuid }) => `${base}/${list}/${uuid}`)

/** What every part of a zaaktype says of where it belongs. */
function belonging({ zaaktype }: { zaaktype: rows.Zaaktype }, { catalogi }: Links): rows.JsonRecord {
  return { zaaktype: `${catalogi}/zaaktypen/${zaaktype.uuid}`, zaaktypeIdentificatie: zaaktype.identificatie }
}

function validity({ beginGeldigheid, eindeGeldigheid }: rows.Zaaktype): rows.JsonRecord {
  return { beginGeldigheid, eindeGeldigheid, beginObject: beginGeldigheid, eindeObject: eindeGeldigheid }
}

export function catalogus(row: rows.Catalogus, { catalogi }: Links, municipality: rows.Municipality): rows.JsonRecord {
  return {
    url: `${catalogi}/catalogussen/${row.uuid}`,
    domein: row.domein,
    rsin: row.rsin,
    contactpersoonBeheerNaam: 'Functioneel beheer',
    contactpersoonBeheerTelefoonnummer: '',
    contactpersoonBeheerEmailadres: '',
    zaaktypen: urls(catalogi, 'zaaktypen', municipality.zaaktypen.rows),
    besluittypen: urls(catalogi, 'besluittypen', municipality.besluittypen.rows),
    informatieobjecttypen: urls(catalogi, 'informatieobjecttypen', municipality.informatieobjecttypen.rows),
    naam: row.naam,
    versie: '',
    begindatumVersie: null,
  }
}

export function zaaktype(row: rows.Zaaktype, links: Links, municipality: rows.Municipality): rows.JsonRecord {
  const { catalogi } = links
  const { informatieobjecttypen } = municipality.catalogussen.rows[0]!
  return {
    url: `${links.catalogi}/zaaktypen/${row.uuid}`,
    identificatie: row.identificatie,
    omschrijving: row.omschrijving,
    vertrouwelijkheidaanduiding: row.vertrouwelijkheidaanduiding,
    ...row.rest,
    doorlooptijd: `P${row.doorlooptijdDays}D`,
    servicenorm: row.serviceDays === null ? null : `P${row.serviceDays}D`,
    concept: row.concept,
    broncatalogus: { url: '', domein: '', rsin: '' },
    bronzaaktype: { url: '', identificatie: '', omschrijving: '' },
    ...validity(row),
    versiedatum: row.beginGeldigheid,
    catalogus: owner(links, municipality),
    statustypen: urls(catalogi, 'statustypen', row.statustypen),
    resultaattypen: urls(catalogi, 'resultaattypen', row.resultaattypen),
    eigenschappen: urls(catalogi, 'eigenschappen', row.eigenschappen),
    informatieobjecttypen: informatieobjecttypen.map((uuid) => `${catalogi}/informatieobjecttypen/${uuid}`),
    roltypen: urls(catalogi, 'roltypen', row.roltypen),
    besluittypen: urls(
      catalogi,
      'besluittypen',
      municipality.besluittypen.rows.filter(({ concept }) => !concept),
    ),
    deelzaaktypen: [],
    gerelateerdeZaaktypen: [],
    zaakobjecttypen: [],
  }
}

export function statustype(row: rows.Statustype, links: Links, municipality: rows.Municipality): rows.JsonRecord {
  return {
    url: `${links.catalogi}/statustypen/${row.uuid}`,
    omschrijving: row.omschrijving,
    omschrijvingGeneriek: '',
    statustekst: '',
    ...belonging(row, links),
    volgnummer: row.volgnummer,
    isEindstatus: row.isEindstatus,
    informeren: row.isEindstatus,
    doorlooptijd: null,
    toelichting: null,
    checklistitemStatustype: [],
    catalogus: owner(links, municipality),
    eigenschappen: [],
    zaakobjecttypen: [],
    ...validity(row.zaaktype),
  }
}

export function resultaattype(row: rows.Resultaattype, links: Links, municipality: rows.Municipality): rows.JsonRecord {
  return {
    url: `${links.catalogi}/resultaattypen/${row.uuid}`,
    ...belonging(row, links),
    omschrijving: row.omschrijving,
    resultaattypeomschrijving: `https://selectielijst.openzaak.nl/api/v1/resultaattypeomschrijvingen/${row.generiek.toLowerCase()}`,
    omschrijvingGeneriek: row.generiek,
    selectielijstklasse: 'https://selectielijst.openzaak.nl/api/v1/resultaten/cc5ae4e3-a9e6-4386-bcee-46be4986a829',
    toelichting: '',
    archiefnominatie: row.archiefnominatie,
    archiefactietermijn: `P${row.archiefactietermijnYears}Y`,
    brondatumArchiefprocedure: {
      afleidingswijze: 'afgehandeld',
      datumkenmerk: '',
      einddatumBekend: false,
      objecttype: '',
      registratie: '',
      procestermijn: null,
    },
    procesobjectaard: '',
    indicatieSpecifiek: null,
    procestermijn: null,
    catalogus: owner(links, municipality),
    besluittypen: [],
    besluittypeOmschrijving: [],
    informatieobjecttypen: [],
    informatieobjecttypeOmschrijving: [],
    ...validity(row.zaaktype),
  }
}

export function roltype(row: rows.Roltype, links: Links, municipality: rows.Municipality): rows.JsonRecord {
  return {
    url: `${links.catalogi}/roltypen/${row.uuid}`,
    ...belonging(row, links),
    omschrijving: row.omschrijving,
    omschrijvingGeneriek: row.omschrijvingGeneriek,
    catalogus: owner(links, municipality),
    ...validity(row.zaaktype),
  }
}

export function eigenschap(row: rows.Eigenschap, links: Links, municipality: rows.Municipality): rows.JsonRecord {
  return {
    url: `${links.catalogi}/eigenschappen/${row.uuid}`,
    naam: row.naam,
    definitie: row.definitie,
    specificatie: {
      groep: '',
      formaat: row.formaat,
      lengte: row.lengte,
      kardinaliteit: '1',
      waardenverzameling: row.waardenverzameling,
    },
    toelichting: '',
    ...belonging(row, links),
    catalogus: owner(links, municipality),
    statustype: null,
    ...validity(row.zaaktype),
  }
}

function owner({ catalogi }: Links, { catalogussen }: rows.Municipality): string {
  return `${catalogi}/catalogussen/${catalogussen.rows[0]!.uuid}`
}
