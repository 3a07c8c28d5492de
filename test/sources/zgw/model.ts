/**
 * The rows of the sample municipality, as a case system keeps them: references are the rows themselves, and become URLs when a record is
 * shown (`records.ts`). A text in place of a row is a reference that leads nowhere. Rows are lean, because a hundred thousand zaken with
 * their children have to fit in memory; persons and companies are shared and are replaced, never changed.
 */
export type JsonValue = string | number | boolean | null | JsonValue[] | { [name: string]: JsonValue }
export type JsonRecord = { [name: string]: JsonValue }

export interface Row {
  /** Internal number; lists show the greatest first. */
  pk: number
  readonly uuid: string
  /** What its record shows in lists in the place of what the row says: a mistake that no row can hold. */
  shown?: JsonRecord
}

export interface Zaaktype extends Row {
  identificatie: string
  concept: boolean
  beginGeldigheid: string
  eindeGeldigheid: string | null
  omschrijving: string
  vertrouwelijkheidaanduiding: string
  doorlooptijdDays: number
  serviceDays: number | null
  /** The fields that say no more than themselves. */
  rest: JsonRecord
  statustypen: Statustype[]
  resultaattypen: Resultaattype[]
  roltypen: Roltype[]
  eigenschappen: Eigenschap[]
}

interface ZaaktypePart extends Row {
  zaaktype: Zaaktype
}

export interface Statustype extends ZaaktypePart {
  omschrijving: string
  volgnummer: number
  isEindstatus: boolean
}

export interface Resultaattype extends ZaaktypePart {
  omschrijving: string
  generiek: string
  archiefnominatie: 'vernietigen' | 'blijvend_bewaren'
  archiefactietermijnYears: number
}

export interface Roltype extends ZaaktypePart {
  omschrijving: string
  omschrijvingGeneriek: string
}

export interface Eigenschap extends ZaaktypePart {
  naam: string
  definitie: string
  formaat: 'tekst' | 'getal' | 'datum' | 'datum_tijd'
  lengte: string
  waardenverzameling: string[]
}

export interface Zaak extends Row {
  identificatie: string
  bronorganisatie: string
  omschrijving: string
  toelichting: string
  zaaktype: Zaaktype
  registratiedatum: string
  verantwoordelijkeOrganisatie: string
  startdatum: string
  einddatum: string | null
  einddatumGepland: string | null
  uiterlijkeEinddatumAfdoening: string | null
  publicatiedatum: string | null
  /** A moment in microseconds; so are all moments below. */
  laatstGemuteerd: number
  communicatiekanaal: string
  communicatiekanaalNaam: string
  productenOfDiensten: string[]
  vertrouwelijkheidaanduiding: string
  betalingsindicatie: string
  laatsteBetaaldatum: number | null
  zaakgeometrie: JsonRecord | null
  verlenging: JsonRecord | null
  opschorting: JsonRecord | null
  selectielijstklasse: string
  hoofdzaak: Zaak | string | null
  deelzaken: Zaak[]
  relevanteAndereZaken: { zaak: Zaak | string; aardRelatie: string; toelichting: string }[]
  kenmerken: { kenmerk: string; bron: string }[]
  archiefnominatie: string | null
  archiefstatus: string
  archiefactiedatum: string | null
  opdrachtgevendeOrganisatie: string
  processobjectaard: string
  startdatumBewaartermijn: string | null
  processobject: JsonRecord | null
  /** Created by the running process: its ETag no longer moves, as Open Zaak's does not. */
  etagStuck: boolean
  resultaat: Resultaat | null
  statussen: Status[]
  rollen: Rol[]
  zaakeigenschappen: Zaakeigenschap[]
  zaakobjecten: Zaakobject[]
  zaakinformatieobjecten: Zaakinformatieobject[]
  besluiten: Besluit[]
}

interface Child extends Row {
  zaak: Zaak
}

export interface Status extends Child {
  statustype: Statustype | string
  datumStatusGezet: number
  statustoelichting: string
  gezetdoor: Rol | null
}

export interface Resultaat extends Child {
  resultaattype: Resultaattype | string
  toelichting: string
}

export interface Rol extends Child {
  roltype: Roltype | string
  betrokkene: string
  betrokkeneType: string
  betrokkeneIdentificatie: JsonRecord | null
  afwijkendeNaamBetrokkene: string
  omschrijving: string
  omschrijvingGeneriek: string
  roltoelichting: string
  registratiedatum: number
  indicatieMachtiging: string
  contactpersoonRol: JsonRecord | null
}

export interface Zaakeigenschap extends Child {
  eigenschap: Eigenschap | string
  naam: string
  waarde: string
}

export interface Zaakobject extends Child {
  object: string
  objectType: string
  objectTypeOverige: string
  relatieomschrijving: string
  objectIdentificatie: JsonRecord | null
}

export interface Zaakinformatieobject extends Child {
  informatieobject: Document
  titel: string
  beschrijving: string
  registratiedatum: number
  status: Status | null
}

/** A version of a type of documents or besluiten; versions share their omschrijving. */
interface CatalogusType extends Row {
  omschrijving: string
  concept: boolean
  beginGeldigheid: string
  eindeGeldigheid: string | null
}

export interface Informatieobjecttype extends CatalogusType {
  vertrouwelijkheidaanduiding: string
  categorie: string
}

export interface Besluittype extends CatalogusType {
  besluitcategorie: string
  reactietermijnDays: number
  publicatieIndicatie: boolean
}

/** A document, whatever its version. */
export interface Document {
  readonly uuid: string
  /** Its newest version. */
  latest: Informatieobject
  versions: Informatieobject[]
  objectinformatieobjecten: Objectinformatieobject[]
  gebruiksrechten: Gebruiksrecht[]
}

/** One version of a document. All versions have one uuid; each has a number of its own, so that a changed document comes first in the list. */
export interface Informatieobject extends Row {
  document: Document
  versie: number
  beginRegistratie: number
  identificatie: string
  bronorganisatie: string
  creatiedatum: string
  titel: string
  vertrouwelijkheidaanduiding: string
  auteur: string
  status: string
  formaat: string
  taal: string
  bestandsnaam: string
  bestandsomvang: number | null
  beschrijving: string
  ontvangstdatum: string | null
  verzenddatum: string | null
  indicatieGebruiksrecht: boolean | null
  ondertekening: JsonRecord | null
  integriteit: JsonRecord | null
  informatieobjecttype: Informatieobjecttype
  locked: boolean
  trefwoorden: string[]
}

/** Mirrors a zaakinformatieobject or a besluitinformatieobject on the side of the document. */
export interface Objectinformatieobject extends Row {
  informatieobject: Document
  object: Zaak | Besluit
  objectType: 'zaak' | 'besluit'
}

export interface Gebruiksrecht extends Row {
  informatieobject: Document
  startdatum: number
  einddatum: number | null
  omschrijvingVoorwaarden: string
}

export interface Besluit extends Row {
  identificatie: string
  verantwoordelijkeOrganisatie: string
  besluittype: Besluittype
  zaak: Zaak | null
  datum: string
  toelichting: string
  bestuursorgaan: string
  ingangsdatum: string
  vervaldatum: string | null
  vervalreden: string
  publicatiedatum: string | null
  verzenddatum: string | null
  uiterlijkeReactiedatum: string | null
  besluitinformatieobjecten: Besluitinformatieobject[]
}

export interface Besluitinformatieobject extends Row {
  besluit: Besluit
  informatieobject: Document
}

/** Rows of one kind, in the order of their numbers. */
export class Table<R extends Row> {
  readonly rows: R[] = []
  #next = 1
  #byUuid: Map<string, R> | undefined

  /** The number that the next row gets. */
  nextPk(): number {
    return this.#next++
  }

  add(row: R): R {
    this.rows.push(row)
    this.#byUuid?.set(row.uuid, row)
    return row
  }

  /** Nothing when the row is not there. */
  remove(row: R): void {
    const at = this.#indexOf(row.pk)
    if (this.rows[at] !== row) return
    this.rows.splice(at, 1)
    // Of a document, whose versions share one uuid, all are removed.
    this.#byUuid?.delete(row.uuid)
  }

  find(uuid: string): R | undefined {
    this.#byUuid ??= new Map(this.rows.map((row) => [row.uuid, row]))
    return this.#byUuid.get(uuid)
  }

  #indexOf(pk: number): number {
    let low = 0
    let high = this.rows.length - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.rows[middle]!.pk < pk) low = middle + 1
      else high = middle
    }
    return low
  }
}

export interface Catalogus extends Row {
  domein: string
  rsin: string
  naam: string
  informatieobjecttypen: string[]
}

/** All that the sample municipality holds. */
export class Municipality {
  readonly catalogussen = new Table<Catalogus>()
  readonly zaaktypen = new Table<Zaaktype>()
  readonly statustypen = new Table<Statustype>()
  readonly resultaattypen = new Table<Resultaattype>()
  readonly roltypen = new Table<Roltype>()
  readonly eigenschappen = new Table<Eigenschap>()
  readonly zaken = new Table<Zaak>()
  readonly statussen = new Table<Status>()
  readonly resultaten = new Table<Resultaat>()
  readonly rollen = new Table<Rol>()
  readonly zaakeigenschappen = new Table<Zaakeigenschap>()
  readonly zaakobjecten = new Table<Zaakobject>()
  readonly zaakinformatieobjecten = new Table<Zaakinformatieobject>()
  readonly informatieobjecttypen = new Table<Informatieobjecttype>()
  readonly besluittypen = new Table<Besluittype>()
  /** Every version of every document. */
  readonly enkelvoudiginformatieobjecten = new Table<Informatieobject>()
  readonly objectinformatieobjecten = new Table<Objectinformatieobject>()
  readonly gebruiksrechten = new Table<Gebruiksrecht>()
  readonly besluiten = new Table<Besluit>()
  readonly besluitinformatieobjecten = new Table<Besluitinformatieobject>()
  /** Goes up with every change, so that what was worked out before is known to be old. */
  version = 0
}

export const streamNames = [
  'catalogussen',
  'zaaktypen',
  'statustypen',
  'resultaattypen',
  'roltypen',
  'eigenschappen',
  'zaken',
  'statussen',
  'resultaten',
  'rollen',
  'zaakeigenschappen',
  'zaakobjecten',
  'zaakinformatieobjecten',
  'informatieobjecttypen',
  'besluittypen',
  'enkelvoudiginformatieobjecten',
  'objectinformatieobjecten',
  'gebruiksrechten',
  'besluiten',
  'besluitinformatieobjecten',
] as const
export type StreamName = (typeof streamNames)[number]
