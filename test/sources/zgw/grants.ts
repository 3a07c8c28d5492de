import { randomUUID } from 'node:crypto'
import type { JsonRecord, Zaak, Zaaktype } from './model.js'
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

/** `all` is the application with `heeftAlleAutorisaties`. */
export type Grants = 'all' | readonly Grant[]

/** The rights of one application. They can be narrowed and widened while the server runs. */
export class Rights {
  #grants: Grants
  #atMost: Map<string, number> | undefined
  /** Goes up with each change. */
  version = 0
  /** May the application see catalogi? Without it all of them are 403. */
  catalogi: boolean
  readonly #uuid = randomUUID()

  constructor(grants: Grants, catalogi = true) {
    this.#grants = grants
    this.#atMost = levelsOf(grants)
    this.catalogi = catalogi
  }

  grant(grants: Grants): void {
    this.#grants = grants
    this.#atMost = levelsOf(grants)
    this.version += 1
  }

  /** Whether every zaak is shown. */
  get all(): boolean {
    return this.#atMost === undefined
  }

  /** Whether there is any zaaktype of which zaken are shown. */
  get any(): boolean {
    return this.#atMost === undefined || this.#atMost.size > 0
  }

  sees({ zaaktype, vertrouwelijkheidaanduiding }: Zaak): boolean {
    if (this.#atMost === undefined) return true
    const atMost = this.#atMost.get(zaaktype.identificatie)
    // A value that is on no list has no place in the order: the database of Open Zaak gives it the highest.
    return atMost !== undefined && levelOf(vertrouwelijkheidaanduiding) <= atMost
  }

  /** As `GET /autorisaties/api/v1/applicaties/consumer` shows it. */
  applicatie(client: string, links: Links, zaaktypen: readonly Zaaktype[]): JsonRecord {
    const grants = this.#grants
    const granted =
      grants === 'all'
        ? []
        : grants.flatMap(({ zaaktype, atMost, scopes = ['zaken.lezen'] }) =>
            zaaktypen
              .filter(({ identificatie, concept }) => identificatie === zaaktype && !concept)
              .map(({ uuid }) => ({
                component: 'zrc',
                scopes: [...scopes],
                zaaktype: `${links.catalogi}/zaaktypen/${uuid}`,
                maxVertrouwelijkheidaanduiding: atMost,
              })),
          )
    return {
      url: `${links.autorisaties}/applicaties/${this.#uuid}`,
      clientIds: [client],
      label: 'Dataplatform',
      heeftAlleAutorisaties: grants === 'all',
      autorisaties: [
        ...granted,
        ...(grants !== 'all' && this.catalogi
          ? [{ component: 'ztc', componentWeergave: 'Zaaktypecatalogus', scopes: ['catalogi.lezen'] }]
          : []),
        ...(grants !== 'all' ? [{ component: 'ac', componentWeergave: 'Autorisatiecomponent', scopes: ['autorisaties.lezen'] }] : []),
      ],
    }
  }
}

export function levelOf(value: string): number {
  const at = (secrecy as readonly string[]).indexOf(value)
  return at === -1 ? secrecy.length : at
}

function levelsOf(grants: Grants): Map<string, number> | undefined {
  if (grants === 'all') return undefined
  const levels = new Map<string, number>()
  for (const { zaaktype, atMost, scopes = ['zaken.lezen'] } of grants) {
    if (!scopes.includes('zaken.lezen')) continue
    levels.set(zaaktype, Math.max(levels.get(zaaktype) ?? 0, levelOf(atMost)))
  }
  return levels
}
