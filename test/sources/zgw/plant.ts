import type { World } from './birth.js'
import type { JsonRecord, StreamName, Zaak } from './model.js'
import type { Person } from './people.js'
import type { Random } from './random.js'

/**
 * The rules that the sample breaks, by the ids of `config/packs`; and `ref.exists`, that a reference leads somewhere, which no field can say
 * of itself.
 */
export const brokenRules = [
  'nl.bsn',
  'nl.rsin',
  'time.datum',
  'zgw-zaken.vertrouwelijkheidaanduiding',
  'zgw-zaken.archiefnominatie',
  'zgw-zaken.archiefstatus',
  'zgw-zaken.betalingsindicatie',
  'zgw-zaken.betrokkene-type',
  'zgw-zaken.omschrijving-generiek',
  'ref.exists',
] as const
export type BrokenRule = (typeof brokenRules)[number]

/** One record that breaks one rule, in one field. */
export interface Breach {
  stream: StreamName
  uuid: string
  rule: BrokenRule
  /** As the API names it; in a group with a dot. */
  field: string
}

/** A personal value that stands where nobody would look for it. */
export interface Planted {
  stream: StreamName
  uuid: string
  place: string
  bsn: string
  naam: string
}

const nowhere = 'https://openzaak.waterdam.example/catalogi/api/v1'

/** Makes a zaak, or one of its children, break a rule. Undefined where it has no such child. */
type Breaker = (zaak: Zaak, random: Random) => Breach | undefined

const breakers: Breaker[] = [
  (zaak) => {
    // A zero too few, as after a spreadsheet.
    zaak.bronorganisatie = '2564440'
    return { stream: 'zaken', uuid: zaak.uuid, rule: 'nl.rsin', field: 'bronorganisatie' }
  },
  (zaak) => {
    zaak.verantwoordelijkeOrganisatie = '002564441'
    return { stream: 'zaken', uuid: zaak.uuid, rule: 'nl.rsin', field: 'verantwoordelijkeOrganisatie' }
  },
  (zaak, random) => {
    const rol = person(zaak)
    if (rol === undefined) return undefined
    const bsn = rol.betrokkeneIdentificatie!.inpBsn as string
    // A digit too few, or another last one: the sum of the 11-test is then off by one to nine.
    const inpBsn = random.chance(0.5) ? bsn.slice(0, 8) : bsn.slice(0, 8) + ((Number(bsn[8]) + 1) % 10)
    rol.betrokkeneIdentificatie = { ...rol.betrokkeneIdentificatie, inpBsn }
    return { stream: 'rollen', uuid: rol.uuid, rule: 'nl.bsn', field: 'betrokkeneIdentificatie.inpBsn' }
  },
  (zaak) => {
    zaak.vertrouwelijkheidaanduiding = 'prive'
    return { stream: 'zaken', uuid: zaak.uuid, rule: 'zgw-zaken.vertrouwelijkheidaanduiding', field: 'vertrouwelijkheidaanduiding' }
  },
  (zaak) => {
    zaak.einddatumGepland = '2026-02-30'
    return { stream: 'zaken', uuid: zaak.uuid, rule: 'time.datum', field: 'einddatumGepland' }
  },
  (zaak) => {
    if (zaak.archiefnominatie === null) return undefined
    zaak.archiefnominatie = 'bewaren'
    return { stream: 'zaken', uuid: zaak.uuid, rule: 'zgw-zaken.archiefnominatie', field: 'archiefnominatie' }
  },
  (zaak) => {
    zaak.archiefstatus = 'archief'
    return { stream: 'zaken', uuid: zaak.uuid, rule: 'zgw-zaken.archiefstatus', field: 'archiefstatus' }
  },
  (zaak) => {
    zaak.betalingsindicatie = 'onbekend'
    zaak.laatsteBetaaldatum = null
    return { stream: 'zaken', uuid: zaak.uuid, rule: 'zgw-zaken.betalingsindicatie', field: 'betalingsindicatie' }
  },
  (zaak) => {
    const rol = zaak.rollen.find(({ betrokkeneType }) => betrokkeneType === 'medewerker')
    if (rol === undefined) return undefined
    rol.betrokkeneType = 'ketenpartner'
    return { stream: 'rollen', uuid: rol.uuid, rule: 'zgw-zaken.betrokkene-type', field: 'betrokkeneType' }
  },
  (zaak) => {
    const rol = zaak.rollen.find(({ betrokkeneType }) => betrokkeneType === 'medewerker')
    if (rol === undefined) return undefined
    rol.omschrijvingGeneriek = 'dossierhouder'
    return { stream: 'rollen', uuid: rol.uuid, rule: 'zgw-zaken.omschrijving-generiek', field: 'omschrijvingGeneriek' }
  },
  (zaak, random) => {
    // The first one, so that how long the zaak took can still be told.
    const status = zaak.statussen[0]
    if (status === undefined || zaak.statussen.length < 2) return undefined
    status.statustype = `${nowhere}/statustypen/${random.uuid()}`
    return { stream: 'statussen', uuid: status.uuid, rule: 'ref.exists', field: 'statustype' }
  },
  (zaak, random) => {
    if (zaak.resultaat === null) return undefined
    zaak.resultaat.resultaattype = `${nowhere}/resultaattypen/${random.uuid()}`
    return { stream: 'resultaten', uuid: zaak.resultaat.uuid, rule: 'ref.exists', field: 'resultaattype' }
  },
  (zaak, random) => {
    if (zaak.hoofdzaak !== null || zaak.deelzaken.length > 0) return undefined
    zaak.hoofdzaak = `https://openzaak.waterdam.example/zaken/api/v1/zaken/${random.uuid()}`
    return { stream: 'zaken', uuid: zaak.uuid, rule: 'ref.exists', field: 'hoofdzaak' }
  },
]

/**
 * Breaks rules in `count` zaken: each rule about as often, each zaak at most once.
 *
 * @param first zaken to begin with
 */
export function plantBreaches({ municipality, random }: World, count: number, first: readonly Zaak[]): Breach[] {
  const breaches: Breach[] = []
  const zaken = [...new Set([...first, ...shuffled(municipality.zaken.rows, random)])]
  for (let i = 0; i < zaken.length && breaches.length < count; i++) {
    const breach = breakers[breaches.length % breakers.length]!(zaken[i]!, random)
    if (breach !== undefined) breaches.push(breach)
  }
  return breaches
}

const person = (zaak: Zaak) =>
  zaak.rollen.find(
    ({ betrokkeneType, betrokkeneIdentificatie }) => betrokkeneType === 'natuurlijk_persoon' && betrokkeneIdentificatie !== null,
  )

/** Writes a person into a zaak. Undefined where there is nothing to write on. */
type Planter = (zaak: Zaak, who: Person, random: Random) => { stream: StreamName; uuid: string; place: string } | undefined

const planters: Planter[] = [
  (zaak, { bsn, geslachtsnaam }) => {
    zaak.toelichting = `Gebeld door ${geslachtsnaam}, BSN ${bsn}, over de voortgang.`
    return { stream: 'zaken', uuid: zaak.uuid, place: 'toelichting' }
  },
  (zaak, { bsn, geslachtsnaam }) => {
    zaak.omschrijving = `${geslachtsnaam} ${bsn}`
    return { stream: 'zaken', uuid: zaak.uuid, place: 'omschrijving' }
  },
  (zaak, { bsn, geslachtsnaam }) => {
    zaak.verlenging = { reden: `Stukken van ${geslachtsnaam} (${bsn}) ontbreken`, duur: 'P14D' }
    return { stream: 'zaken', uuid: zaak.uuid, place: 'verlenging.reden' }
  },
  (zaak, { bsn, geslachtsnaam }) => {
    zaak.processobject = { datumkenmerk: 'overlijdensdatum', identificatie: bsn, objecttype: 'persoon', registratie: 'BRP' }
    zaak.processobjectaard = `Dossier ${geslachtsnaam}`
    return { stream: 'zaken', uuid: zaak.uuid, place: 'processobject.identificatie' }
  },
  (zaak, { bsn, geslachtsnaam }) => {
    const status = zaak.statussen[0]
    if (status === undefined) return undefined
    status.statustoelichting = `Ontvangen van ${geslachtsnaam}, ${bsn}`
    return { stream: 'statussen', uuid: status.uuid, place: 'statustoelichting' }
  },
  (zaak, { bsn, geslachtsnaam }) => {
    if (zaak.resultaat === null) return undefined
    zaak.resultaat.toelichting = `Toegekend aan ${geslachtsnaam} (BSN ${bsn})`
    return { stream: 'resultaten', uuid: zaak.resultaat.uuid, place: 'toelichting' }
  },
  (zaak, { bsn, geslachtsnaam }) => {
    const rol = person(zaak)
    if (rol === undefined) return undefined
    rol.roltoelichting = `Gemachtigd door ${geslachtsnaam}`
    rol.betrokkene = `https://brp.waterdam.example/haalcentraal/api/brp/personen?burgerservicenummer=${bsn}`
    rol.betrokkeneIdentificatie = null
    return { stream: 'rollen', uuid: rol.uuid, place: 'betrokkene, in a parameter' }
  },
  (zaak, { bsn, geslachtsnaam }) => {
    const [eigenschap] = zaak.zaakeigenschappen
    if (eigenschap === undefined) return undefined
    eigenschap.waarde = `${geslachtsnaam} ${bsn}`
    return { stream: 'zaakeigenschappen', uuid: eigenschap.uuid, place: 'waarde' }
  },
  (zaak, { bsn, geslachtsnaam }) => {
    const [document] = zaak.zaakinformatieobjecten
    if (document === undefined) return undefined
    document.titel = `Indicatie ${geslachtsnaam} ${bsn}`
    return { stream: 'zaakinformatieobjecten', uuid: document.uuid, place: 'titel' }
  },
  (zaak, { bsn, geslachtsnaam }) => {
    const [object] = zaak.zaakobjecten
    if (object === undefined) return undefined
    object.objectType = 'overige'
    object.objectTypeOverige = 'meldformulier'
    object.objectIdentificatie = {
      overigeData: { formulier: { stappen: [{ naam: 'gegevens', antwoorden: { melder: { bsn, achternaam: geslachtsnaam } } }] } },
    }
    return { stream: 'zaakobjecten', uuid: object.uuid, place: 'objectIdentificatie, deep in overigeData' }
  },
  (zaak, { bsn, geslachtsnaam, identificatie }) => {
    const [object] = zaak.zaakobjecten
    if (object === undefined) return undefined
    object.objectType = 'zakelijk_recht'
    object.objectTypeOverige = ''
    object.relatieomschrijving = `Eigenaar ${geslachtsnaam}`
    object.objectIdentificatie = right(bsn, identificatie)
    return { stream: 'zaakobjecten', uuid: object.uuid, place: 'objectIdentificatie.heeftAlsGerechtigde' }
  },
  (zaak, { bsn, geslachtsnaam }) => {
    const [object] = zaak.zaakobjecten
    if (object === undefined) return undefined
    object.object = `https://brp.waterdam.example/personen?burgerservicenummer=${bsn}&geslachtsnaam=${geslachtsnaam}`
    return { stream: 'zaakobjecten', uuid: object.uuid, place: 'object, in a parameter' }
  },
]

function right(bsn: string, identificatie: JsonRecord): JsonRecord {
  return {
    identificatie: '',
    avgAard: 'Eigendom (recht van)',
    heeftBetrekkingOp: { kadastraleIdentificatie: 'WTD00123', kadastraleAanduiding: 'Waterdam A 123' },
    heeftAlsGerechtigde: { natuurlijkPersoon: { ...identificatie, inpBsn: bsn }, nietNatuurlijkPersoon: null },
  }
}

/** Writes persons into texts, addresses and nested JSON: each place in one zaak of two hundred, at least one; no zaak twice. */
export function plantPersonal({ municipality, people, random }: World): Planted[] {
  const planted: Planted[] = []
  const each = Math.max(1, Math.round(municipality.zaken.rows.length / 200))
  let zaken = shuffled(municipality.zaken.rows, random)
  for (const planter of planters) {
    const passed: Zaak[] = []
    let at = 0
    for (let done = 0; done < each && at < zaken.length; at++) {
      const zaak = zaken[at]!
      const who = random.pick(people.persons)
      const where = planter(zaak, who, random)
      if (where === undefined) {
        passed.push(zaak)
        continue
      }
      planted.push({ ...where, bsn: who.bsn, naam: who.geslachtsnaam })
      done++
    }
    zaken = [...passed, ...zaken.slice(at)]
  }
  return planted
}

function shuffled<T>(all: readonly T[], random: Random): T[] {
  const copy = [...all]
  for (let i = copy.length - 1; i > 0; i--) {
    const j = random.integer(0, i)
    const other = copy[i]!
    copy[i] = copy[j]!
    copy[j] = other
  }
  return copy
}
