import * as catalogusRecords from './catalogus-records.js'
import * as documents from './document-lists.js'
import { choice, dates, equals, type Filter, notAChoice, oneOf, reference, truth } from './filters.js'
import { levelOf, type Sight, secrecy } from './grants.js'
import type * as rows from './model.js'
import type { StreamName } from './model.js'
import * as records from './records.js'
import { isLatest, type Links } from './records.js'

/** One list of the API. */
export interface List<R extends rows.Row = rows.Row> {
  api: 'zaken' | 'catalogi' | 'documenten' | 'besluiten'
  table(municipality: rows.Municipality): rows.Table<R>
  /** The zaak that a row belongs to, by which it is seen or not. */
  zaakOf?(row: R): rows.Zaak
  /** Whether a row that belongs to no zaak is seen. Left out: by everyone who may see the API. */
  sees?(row: R, sight: Sight): boolean
  /** False for rows that only show by their address, such as the older versions of a document. */
  isListed?(row: R): boolean
  record(row: R, links: Links, municipality: rows.Municipality): rows.JsonRecord
  filters: { [param: string]: Filter<R> }
  /** Fields that may be ordered on. */
  ordering?: { [field: string]: (row: R) => string | null }
  /** Order without a wish. Left out: the newest number first. */
  compare?(a: R, b: R): number
  /** A bare array, of everything at once. */
  bare?: true
  /** Filters that hold without being asked for. */
  implied?: { [param: string]: string }
}

const rolfilters = {
  natuurlijkPersoon: ['inpBsn', 'anpIdentificatie', 'inpA_nummer'],
  nietNatuurlijkPersoon: ['innNnpId', 'annIdentificatie', 'kvkNummer', 'vestigingsNummer'],
  vestiging: ['vestigingsNummer'],
  medewerker: ['identificatie'],
  organisatorischeEenheid: ['identificatie'],
}
const typeOf: { [group: string]: string } = {
  natuurlijkPersoon: 'natuurlijk_persoon',
  nietNatuurlijkPersoon: 'niet_natuurlijk_persoon',
  vestiging: 'vestiging',
  medewerker: 'medewerker',
  organisatorischeEenheid: 'organisatorische_eenheid',
}
const betrokkeneTypen = Object.values(typeOf)
const rolomschrijvingen = [
  'adviseur',
  'behandelaar',
  'belanghebbende',
  'beslisser',
  'initiator',
  'klantcontacter',
  'mede_initiator',
  'zaakcoordinator',
]

/** Filters on who is in a rol, as the list of rollen has them. */
const identityFilters: { [param: string]: Filter<rows.Rol> } = Object.fromEntries(
  Object.entries(rolfilters).flatMap(([group, fields]) =>
    fields.map((field): [string, Filter<rows.Rol>] => [
      `betrokkeneIdentificatie__${group}__${field}`,
      (text) => (rol) => rol.betrokkeneType === typeOf[group] && rol.betrokkeneIdentificatie?.[field] === text,
    ]),
  ),
)

/** The same filters on zaken: some rol of the zaak must match. */
function ofSomeRol(filters: { [param: string]: Filter<rows.Rol> }): { [param: string]: Filter<rows.Zaak> } {
  return Object.fromEntries(
    Object.entries(filters).map(([param, filter]): [string, Filter<rows.Zaak>] => [
      `rol__${param}`,
      (text, name, links) => {
        const predicate = filter(text, name, links)
        return predicate && ((zaak) => zaak.rollen.some(predicate))
      },
    ]),
  )
}

const rolFilters: { [param: string]: Filter<rows.Rol> } = {
  betrokkene: equals((rol) => rol.betrokkene),
  betrokkeneType: choice((rol) => rol.betrokkeneType, betrokkeneTypen),
  omschrijvingGeneriek: choice((rol) => rol.omschrijvingGeneriek, rolomschrijvingen),
  ...identityFilters,
}

const maximaleVertrouwelijkheidaanduiding: Filter<rows.Zaak> = (text, name) => {
  if (!(secrecy as readonly string[]).includes(text)) throw notAChoice(name, text)
  const most = levelOf(text)
  return ({ vertrouwelijkheidaanduiding }) => levelOf(vertrouwelijkheidaanduiding) <= most
}

const archiefnominaties = ['blijvend_bewaren', 'vernietigen']
const archiefstatussen = ['nog_te_archiveren', 'gearchiveerd', 'gearchiveerd_procestermijn_onbekend', 'overgedragen']

const zaken: List<rows.Zaak> = {
  api: 'zaken',
  table: (municipality) => municipality.zaken,
  zaakOf: (zaak) => zaak,
  record: records.zaak,
  filters: {
    identificatie: equals((zaak) => zaak.identificatie),
    bronorganisatie: equals((zaak) => zaak.bronorganisatie),
    bronorganisatie__in: oneOf((zaak) => zaak.bronorganisatie),
    zaaktype: reference((zaak) => zaak.zaaktype, 'catalogi', 'zaaktypen'),
    archiefnominatie: choice((zaak) => zaak.archiefnominatie, archiefnominaties),
    archiefnominatie__in: oneOf((zaak) => zaak.archiefnominatie),
    archiefstatus: choice((zaak) => zaak.archiefstatus, archiefstatussen),
    archiefstatus__in: oneOf((zaak) => zaak.archiefstatus),
    ...dates('archiefactiedatum', (zaak: rows.Zaak) => zaak.archiefactiedatum, ['exact', 'lt', 'gt']),
    archiefactiedatum__isnull: truth((zaak) => zaak.archiefactiedatum === null),
    ...dates('startdatum', (zaak: rows.Zaak) => zaak.startdatum, ['exact', 'gt', 'gte', 'lt', 'lte']),
    ...dates('registratiedatum', (zaak: rows.Zaak) => zaak.registratiedatum, ['exact', 'gt', 'lt']),
    ...dates('einddatum', (zaak: rows.Zaak) => zaak.einddatum, ['exact', 'gt', 'lt']),
    einddatum__isnull: truth((zaak) => zaak.einddatum === null),
    ...dates('einddatumGepland', (zaak: rows.Zaak) => zaak.einddatumGepland, ['exact', 'gt', 'lt']),
    ...dates('uiterlijkeEinddatumAfdoening', (zaak: rows.Zaak) => zaak.uiterlijkeEinddatumAfdoening, ['exact', 'gt', 'lt']),
    maximaleVertrouwelijkheidaanduiding,
    ...ofSomeRol(rolFilters),
  },
  ordering: {
    startdatum: (zaak) => zaak.startdatum,
    einddatum: (zaak) => zaak.einddatum,
    publicatiedatum: (zaak) => zaak.publicatiedatum,
    archiefactiedatum: (zaak) => zaak.archiefactiedatum,
    registratiedatum: (zaak) => zaak.registratiedatum,
    identificatie: (zaak) => zaak.identificatie,
  },
}

const ofZaak = <R extends { zaak: rows.Zaak }>(): Filter<R> => reference((row: R) => row.zaak, 'zaken', 'zaken')
const zaakOf = ({ zaak }: { zaak: rows.Zaak }): rows.Zaak => zaak

const statussen: List<rows.Status> = {
  api: 'zaken',
  table: (municipality) => municipality.statussen,
  zaakOf,
  record: records.status,
  filters: {
    zaak: ofZaak(),
    statustype: reference((status) => status.statustype, 'catalogi', 'statustypen'),
    indicatieLaatstGezetteStatus: truth(isLatest),
  },
  compare: (a, b) => b.datumStatusGezet - a.datumStatusGezet || b.pk - a.pk,
}

const resultaten: List<rows.Resultaat> = {
  api: 'zaken',
  table: (municipality) => municipality.resultaten,
  zaakOf,
  record: records.resultaat,
  filters: { zaak: ofZaak(), resultaattype: reference((resultaat) => resultaat.resultaattype, 'catalogi', 'resultaattypen') },
}

const rollen: List<rows.Rol> = {
  api: 'zaken',
  table: (municipality) => municipality.rollen,
  zaakOf,
  record: records.rol,
  filters: {
    zaak: ofZaak(),
    ...rolFilters,
    roltype: reference((rol) => rol.roltype, 'catalogi', 'roltypen'),
    omschrijving: equals((rol) => rol.omschrijving),
  },
}

const zaakobjecten: List<rows.Zaakobject> = {
  api: 'zaken',
  table: (municipality) => municipality.zaakobjecten,
  zaakOf,
  record: records.zaakobject,
  filters: { zaak: ofZaak(), object: equals((object) => object.object), objectType: equals((object) => object.objectType) },
}

const zaakinformatieobjecten: List<rows.Zaakinformatieobject> = {
  api: 'zaken',
  table: (municipality) => municipality.zaakinformatieobjecten,
  zaakOf,
  record: records.zaakinformatieobject,
  filters: {
    zaak: ofZaak(),
    informatieobject: reference((object) => object.informatieobject.latest, 'documenten', 'enkelvoudiginformatieobjecten'),
  },
  bare: true,
}

/** Has no list of its own: it hangs under its zaak. */
export const zaakeigenschappen: List<rows.Zaakeigenschap> = {
  api: 'zaken',
  table: (municipality) => municipality.zaakeigenschappen,
  zaakOf,
  record: records.zaakeigenschap,
  filters: {},
  bare: true,
}

/** `definitief` hides concepts, and holds unless something else is asked for. */
function conceptFilter<R>(zaaktypeOf: (row: R) => rows.Zaaktype): Filter<R> {
  return (text, name) => {
    if (!['alles', 'definitief', 'concept'].includes(text)) throw notAChoice(name, text)
    return text === 'alles' ? undefined : (row) => zaaktypeOf(row).concept === (text === 'concept')
  }
}

function validOn<R>(zaaktypeOf: (row: R) => rows.Zaaktype): { [param: string]: Filter<R> } {
  const begun = dates('x', (row: R) => zaaktypeOf(row).beginGeldigheid, ['lte']).x__lte!
  return {
    datumGeldigheid: (text, name, links) => {
      const hasBegun = begun(text, name, links)!
      return (row) => hasBegun(row) && (zaaktypeOf(row).eindeGeldigheid ?? text) >= text
    },
  }
}

const implied = { status: 'definitief' }

const ofZaaktype = <R extends { zaaktype: rows.Zaaktype }>(): { [param: string]: Filter<R> } => ({
  zaaktype: reference((row: R) => row.zaaktype, 'catalogi', 'zaaktypen'),
  zaaktypeIdentificatie: equals((row: R) => row.zaaktype.identificatie),
  status: conceptFilter((row: R) => row.zaaktype),
  ...validOn((row: R) => row.zaaktype),
})

const catalogussen: List<rows.Catalogus> = {
  api: 'catalogi',
  table: (municipality) => municipality.catalogussen,
  record: catalogusRecords.catalogus,
  filters: {
    domein: equals(({ domein }) => domein),
    domein__in: oneOf(({ domein }) => domein),
    rsin: equals(({ rsin }) => rsin),
    rsin__in: oneOf(({ rsin }) => rsin),
  },
}

const zaaktypen: List<rows.Zaaktype> = {
  api: 'catalogi',
  table: (municipality) => municipality.zaaktypen,
  record: catalogusRecords.zaaktype,
  filters: {
    // There is one catalogus.
    catalogus:
      (text, _name, { catalogi }) =>
      () =>
        text.startsWith(`${catalogi}/catalogussen/`),
    identificatie: equals(({ identificatie }) => identificatie),
    omschrijving: equals(({ omschrijving }) => omschrijving),
    trefwoorden: (text) => {
      const wanted = text.split(',')
      return ({ rest }) => wanted.every((word) => (rest.trefwoorden as string[]).includes(word))
    },
    status: conceptFilter((zaaktype) => zaaktype),
    ...validOn((zaaktype: rows.Zaaktype) => zaaktype),
  },
  implied,
}

const statustypen: List<rows.Statustype> = {
  api: 'catalogi',
  table: (municipality) => municipality.statustypen,
  record: catalogusRecords.statustype,
  filters: ofZaaktype(),
  implied,
}

const resultaattypen: List<rows.Resultaattype> = {
  api: 'catalogi',
  table: (municipality) => municipality.resultaattypen,
  record: catalogusRecords.resultaattype,
  filters: ofZaaktype(),
  implied,
}

const roltypen: List<rows.Roltype> = {
  api: 'catalogi',
  table: (municipality) => municipality.roltypen,
  record: catalogusRecords.roltype,
  filters: { ...ofZaaktype(), omschrijvingGeneriek: choice((roltype) => roltype.omschrijvingGeneriek, rolomschrijvingen) },
  implied,
}

const eigenschappen: List<rows.Eigenschap> = {
  api: 'catalogi',
  table: (municipality) => municipality.eigenschappen,
  record: catalogusRecords.eigenschap,
  filters: ofZaaktype(),
  implied,
}

// Each list is written against its own rows and used without knowing them: the type of the row is given up here, once.
const written = {
  catalogussen,
  zaaktypen,
  statustypen,
  resultaattypen,
  roltypen,
  eigenschappen,
  zaken,
  statussen,
  resultaten,
  rollen,
  zaakeigenschappen,
  zaakobjecten,
  zaakinformatieobjecten,
  informatieobjecttypen: documents.informatieobjecttypen,
  besluittypen: documents.besluittypen,
  enkelvoudiginformatieobjecten: documents.enkelvoudiginformatieobjecten,
  objectinformatieobjecten: documents.objectinformatieobjecten,
  gebruiksrechten: documents.gebruiksrechten,
  besluiten: documents.besluiten,
  besluitinformatieobjecten: documents.besluitinformatieobjecten,
} as unknown as { readonly [name in StreamName]: List }

export const lists = Object.fromEntries(Object.entries(written).map(([name, list]) => [name, mistaken(list)])) as typeof written

/** A list whose records show what their rows are made to show. */
function mistaken(list: List): List {
  return {
    ...list,
    record(row, links, municipality) {
      const record = list.record(row, links, municipality)
      return row.shown ? { ...record, ...row.shown } : record
    },
  }
}
