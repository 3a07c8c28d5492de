import { createHash } from 'node:crypto'
import type { Besluit, Besluittype, Document, Informatieobjecttype, JsonRecord, Municipality, Zaak } from './model.js'
import type { Links } from './records.js'

/** From open to secret. @see Zaken API 1.5.1, VertrouwelijkheidaanduidingEnum */
export const secrecy = [
  'openbaar',
  'beperkt_openbaar',
  'intern',
  'zaakvertrouwelijk',
  'vertrouwelijk',
  'confidentieel',
  'geheim',
  'zeer_geheim',
] as const
export type Secrecy = (typeof secrecy)[number]

/** What an application may do with the zaken of one zaaktype. */
export interface Grant {
  /** Identification of a zaaktype: holds for each of its versions. */
  zaaktype: string
  /** Zaken that are more secret than this are not shown. */
  atMost: Secrecy
  scopes?: readonly string[]
}

/** What it may read of the documents of one type, by its omschrijving: holds for each of its versions. */
export interface DocumentGrant {
  informatieobjecttype: string
  /** Documents that are more secret than this are not shown. */
  atMost: Secrecy
}

/** What it may read of the besluiten of one type, by its omschrijving. How secret makes no difference. */
export interface BesluitGrant {
  besluittype: string
}

export type AnyGrant = Grant | DocumentGrant | BesluitGrant

/** What somebody sees. */
export interface Sight {
  sees(zaak: Zaak): boolean
  seesDocument(document: Document): boolean
  seesBesluit(besluit: Besluit): boolean
}

export const seesEverything: Sight = { sees: () => true, seesDocument: () => true, seesBesluit: () => true }

/** `all` is the application with `heeftAlleAutorisaties`. */
export type Grants = 'all' | readonly AnyGrant[]

/** The rights of one application. They can be narrowed and widened while the server runs. */
export class Rights implements Sight {
  #grants: Grants
  #atMost: Levels | undefined
  /** Goes up with each change. */
  version = 0
  /** May the application see catalogi? Without it all of them are 403. */
  catalogi: boolean
  /** The same at every start. */
  readonly uuid: string

  constructor(client: string, grants: Grants, catalogi = true) {
    this.uuid = uuidFrom(client)
    this.#grants = grants
    this.#atMost = levelsOf(grants)
    this.catalogi = catalogi
  }

  grant(grants: Grants): void {
    this.#grants = grants
    this.#atMost = levelsOf(grants)
    this.version += 1
  }

  /** Whether every record is shown. */
  get all(): boolean {
    return this.#atMost === undefined
  }

  /** Whether there is any type of which records of an API are shown. */
  any(api: keyof Levels): boolean {
    return this.#atMost === undefined || this.#atMost[api].size > 0
  }

  sees({ zaaktype, vertrouwelijkheidaanduiding }: Zaak): boolean {
    return this.#reaches('zaken', zaaktype.identificatie, vertrouwelijkheidaanduiding)
  }

  /** By the newest version of the document. */
  seesDocument({ latest }: Document): boolean {
    return this.#reaches('documenten', latest.informatieobjecttype.omschrijving, latest.vertrouwelijkheidaanduiding)
  }

  seesBesluit({ besluittype }: Besluit): boolean {
    return this.#reaches('besluiten', besluittype.omschrijving, 'openbaar')
  }

  #reaches(api: keyof Levels, type: string, secrecyOfRecord: string): boolean {
    if (this.#atMost === undefined) return true
    const atMost = this.#atMost[api].get(type)
    // A value that is on no list has no place in the order: the database of Open Zaak gives it the highest.
    return atMost !== undefined && levelOf(secrecyOfRecord) <= atMost
  }

  /** As the Autorisaties API shows the application: a line for each version of a type that is published. */
  applicatie(client: string, links: Links, { zaaktypen, informatieobjecttypen, besluittypen }: Municipality): JsonRecord {
    const grants = this.#grants
    const versions = <T extends { concept: boolean }>(rows: readonly T[], is: (row: T) => boolean) =>
      rows.filter((row) => !row.concept && is(row))
    const lineOf = (grant: AnyGrant): JsonRecord[] => {
      if ('zaaktype' in grant) {
        const { zaaktype, atMost, scopes = ['zaken.lezen'] } = grant
        return versions(zaaktypen.rows, ({ identificatie }) => identificatie === zaaktype).map(({ uuid }) => ({
          component: 'zrc',
          scopes: [...scopes],
          zaaktype: `${links.catalogi}/zaaktypen/${uuid}`,
          maxVertrouwelijkheidaanduiding: atMost,
        }))
      }
      if ('informatieobjecttype' in grant) {
        const { informatieobjecttype, atMost } = grant
        const types: Informatieobjecttype[] = versions(informatieobjecttypen.rows, (row) => row.omschrijving === informatieobjecttype)
        return types.map(({ uuid }) => ({
          component: 'drc',
          scopes: ['documenten.lezen'],
          informatieobjecttype: `${links.catalogi}/informatieobjecttypen/${uuid}`,
          maxVertrouwelijkheidaanduiding: atMost,
        }))
      }
      const types: Besluittype[] = versions(besluittypen.rows, ({ omschrijving }) => omschrijving === grant.besluittype)
      return types.map(({ uuid }) => ({
        component: 'brc',
        scopes: ['besluiten.lezen'],
        besluittype: `${links.catalogi}/besluittypen/${uuid}`,
      }))
    }
    return {
      url: `${links.autorisaties}/applicaties/${this.uuid}`,
      clientIds: [client],
      label: 'Dataplatform',
      heeftAlleAutorisaties: grants === 'all',
      autorisaties: [
        ...(grants === 'all' ? [] : grants.flatMap(lineOf)),
        ...(grants !== 'all' && this.catalogi
          ? [{ component: 'ztc', componentWeergave: 'Zaaktypecatalogus', scopes: ['catalogi.lezen'] }]
          : []),
        ...(grants !== 'all' ? [{ component: 'ac', componentWeergave: 'Autorisatiecomponent', scopes: ['autorisaties.lezen'] }] : []),
      ],
    }
  }
}

/** How secret records may be, by API and type. */
interface Levels {
  zaken: Map<string, number>
  documenten: Map<string, number>
  besluiten: Map<string, number>
}

export function levelOf(value: string): number {
  const at = (secrecy as readonly string[]).indexOf(value)
  return at === -1 ? secrecy.length : at
}

function levelsOf(grants: Grants): Levels | undefined {
  if (grants === 'all') return undefined
  const levels: Levels = { zaken: new Map(), documenten: new Map(), besluiten: new Map() }
  const allow = (of: Map<string, number>, type: string, atMost: string) => of.set(type, Math.max(of.get(type) ?? 0, levelOf(atMost)))
  for (const grant of grants) {
    if ('besluittype' in grant) allow(levels.besluiten, grant.besluittype, 'openbaar')
    else if ('informatieobjecttype' in grant) allow(levels.documenten, grant.informatieobjecttype, grant.atMost)
    else if ((grant.scopes ?? ['zaken.lezen']).includes('zaken.lezen')) allow(levels.zaken, grant.zaaktype, grant.atMost)
  }
  return levels
}

/** A uuid that follows from a text. */
function uuidFrom(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
