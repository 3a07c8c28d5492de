/**
 * The documents and besluiten of the sample municipality: those of each zaak, and some that hang on none. All chance in them comes from
 * `world.papers`, so that nothing else is as it would not have been without them.
 */
import type { World } from './birth.js'
import { amsterdamDay, amsterdamMidnight, dayText, hour, yearsLater } from './calendar.js'
import { rsin } from './catalogus.js'
import type { Besluit, Besluittype, Document, Informatieobject, Informatieobjecttype, JsonRecord, Municipality, Zaak } from './model.js'
import type { Random } from './random.js'

const soorten = [
  { omschrijving: 'Aanvraagformulier', categorie: 'aanvraag', vertrouwelijkheidaanduiding: 'zaakvertrouwelijk' },
  { omschrijving: 'Besluit', categorie: 'besluit', vertrouwelijkheidaanduiding: 'openbaar' },
  { omschrijving: 'Ontvangstbevestiging', categorie: 'brief', vertrouwelijkheidaanduiding: 'zaakvertrouwelijk' },
  { omschrijving: 'Advies', categorie: 'advies', vertrouwelijkheidaanduiding: 'intern' },
]

const besluiten = [
  { omschrijving: 'Toekenning', besluitcategorie: 'positief', publicatieIndicatie: true },
  { omschrijving: 'Afwijzing', besluitcategorie: 'negatief', publicatieIndicatie: false },
]
const reactietermijnDays = 42

/** The types by the uuids that the catalogus names already; of one there is a next version, which is a concept. */
export function addDocumenttypen(papers: Random, { catalogussen, informatieobjecttypen, besluittypen }: Municipality): void {
  const published = { concept: false, beginGeldigheid: '2022-01-01', eindeGeldigheid: null }
  const concept = { concept: true, beginGeldigheid: '2027-01-01', eindeGeldigheid: null }
  const addSoort = (uuid: string, soort: (typeof soorten)[number], version: typeof published | typeof concept): Informatieobjecttype =>
    informatieobjecttypen.add({ pk: informatieobjecttypen.nextPk(), uuid, ...soort, ...version })
  const addBesluittype = (soort: (typeof besluiten)[number], version: typeof published | typeof concept): Besluittype =>
    besluittypen.add({ pk: besluittypen.nextPk(), uuid: papers.uuid(), reactietermijnDays, ...soort, ...version })
  const { informatieobjecttypen: uuids } = catalogussen.rows[0]!
  soorten.forEach((soort, at) => {
    addSoort(uuids[at]!, soort, published)
  })
  addSoort(papers.uuid(), soorten.at(-1)!, concept)
  for (const soort of besluiten) addBesluittype(soort, published)
  addBesluittype(besluiten[1]!, concept)
}

export interface NewDocument {
  /** Omschrijving of its type. */
  soort: string
  registered: number
  /** The zaak whose secrecy it has, and whose initiator it may name. Left out: none. */
  zaak?: Zaak
}

const unsigned: JsonRecord = { soort: '', datum: null }
const unchecked: JsonRecord = { algoritme: '', waarde: '', datum: null }

/** Adds a document in its first version, or after some. Nothing refers to it yet. */
export function addDocument(world: World, uuid: string, { soort, registered, zaak }: NewDocument): Document {
  const { municipality, papers } = world
  const { enkelvoudiginformatieobjecten: versions } = municipality
  const informatieobjecttype = municipality.informatieobjecttypen.rows.find((type) => type.omschrijving === soort && !type.concept)!
  const day = amsterdamDay(registered)
  const received = soort === 'Aanvraagformulier'
  const status = received ? 'definitief' : papers.pick(['definitief', 'definitief', 'definitief', 'in_bewerking', 'ter_vaststelling', ''])
  const name = papers.pick(world.people.persons).geslachtsnaam
  const named = papers.chance(0.3)
  const filled = status !== 'in_bewerking' || papers.chance(0.5)
  const document = { uuid, versions: [], objectinformatieobjecten: [], gebruiksrechten: [] } as unknown as Document
  document.latest = versions.add({
    pk: versions.nextPk(),
    uuid,
    document,
    versie: 1,
    beginRegistratie: registered,
    identificatie: nextNumber(world, 'DOCUMENT', day),
    bronorganisatie: rsin,
    creatiedatum: dayText(received ? day - papers.integer(0, 20) : day),
    titel: named ? `${soort} ${name}` : soort,
    vertrouwelijkheidaanduiding: zaak?.vertrouwelijkheidaanduiding ?? informatieobjecttype.vertrouwelijkheidaanduiding,
    auteur: received ? name : papers.chance(0.5) ? 'Gemeente Waterdam' : String(papers.pick(world.people.medewerkers).achternaam),
    status,
    formaat: filled ? papers.pick(['application/pdf', 'application/pdf', 'image/jpeg', '']) : '',
    // Both codes of ISO 639-2 for one language.
    taal: papers.pick(['nld', 'nld', 'dut']),
    bestandsnaam: filled ? `${soort.toLowerCase()}${named ? `_${name}` : ''}.pdf` : '',
    // Some are scans of more bytes than fit in 32 bits.
    bestandsomvang: filled ? (papers.chance(0.02) ? 5_368_709_120 : papers.integer(9_000, 4_000_000)) : null,
    beschrijving: papers.chance(0.2) ? `Ontvangen van ${name}` : '',
    ontvangstdatum: received ? dayText(day) : null,
    verzenddatum: soort === 'Ontvangstbevestiging' && papers.chance(0.8) ? dayText(day) : null,
    indicatieGebruiksrecht: false,
    ondertekening:
      status === 'definitief' && papers.chance(0.2) ? { soort: 'digitaal', datum: dayText(day) } : papers.chance(0.5) ? unsigned : null,
    integriteit:
      filled && papers.chance(0.3)
        ? { algoritme: 'sha_256', waarde: papers.uuid().replaceAll('-', 'f'), datum: dayText(day) }
        : papers.chance(0.5)
          ? unchecked
          : null,
    informatieobjecttype,
    locked: status === 'in_bewerking' && papers.chance(0.3),
    trefwoorden: papers.chance(0.1) ? ['vergunning', soort.toLowerCase()] : [],
  })
  document.versions.push(document.latest)
  if (papers.chance(0.05)) addGebruiksrecht(world, document, registered)
  if (papers.chance(0.15)) nextVersion(world, document, registered + papers.integer(1, 48) * hour, {})
  return document
}

/** Fields that a next version of a document can have otherwise. */
export type DocumentFields = Partial<
  Pick<Informatieobject, 'titel' | 'status' | 'beschrijving' | 'vertrouwelijkheidaanduiding' | 'auteur' | 'bestandsomvang' | 'locked'>
>

/** A change of a document makes its next version, which comes first in the list; the one before is kept. */
export function nextVersion({ municipality }: World, document: Document, moment: number, fields: DocumentFields): void {
  const { enkelvoudiginformatieobjecten: versions } = municipality
  const { latest } = document
  const beginRegistratie = Math.max(moment, latest.beginRegistratie + 1)
  document.latest = versions.add({ ...latest, ...fields, pk: versions.nextPk(), versie: latest.versie + 1, beginRegistratie })
  document.versions.push(document.latest)
}

function addGebruiksrecht({ municipality, papers }: World, document: Document, moment: number): void {
  const { gebruiksrechten } = municipality
  document.latest.indicatieGebruiksrecht = true
  document.gebruiksrechten.push(
    gebruiksrechten.add({
      pk: gebruiksrechten.nextPk(),
      uuid: papers.uuid(),
      informatieobject: document,
      startdatum: moment,
      einddatum: papers.chance(0.3) ? moment + 365 * 24 * hour : null,
      omschrijvingVoorwaarden: 'Auteursrecht bij de architect; niet verder te verspreiden.',
    }),
  )
}

/** Mirrors a relation to a zaak or a besluit in the Documenten API (zrc-005, brc-005). */
export function relate({ municipality, papers }: World, document: Document, object: Zaak | Besluit): void {
  const { objectinformatieobjecten } = municipality
  document.objectinformatieobjecten.push(
    objectinformatieobjecten.add({
      pk: objectinformatieobjecten.nextPk(),
      uuid: papers.uuid(),
      informatieobject: document,
      object,
      objectType: 'besluittype' in object ? 'besluit' : 'zaak',
    }),
  )
}

/** A zaak that ends may end in a besluit, recorded in its first document. A zaak that was closed before has its besluit. */
export function decide(world: World, zaak: Zaak, day: number): void {
  if (zaak.besluiten.length === 0 && world.papers.chance(0.3)) addBesluit(world, zaak, day)
}

export function addBesluit(world: World, zaak: Zaak | null, day: number): Besluit {
  const { municipality, papers } = world
  const { besluiten: rows, besluittypen, besluitinformatieobjecten } = municipality
  const besluittype = papers.pick(besluittypen.rows.filter(({ concept }) => !concept))
  const ends = papers.chance(0.2)
  const name = papers.pick(world.people.persons).geslachtsnaam
  const besluit: Besluit = rows.add({
    pk: rows.nextPk(),
    uuid: papers.uuid(),
    identificatie: nextNumber(world, 'BESLUIT', day),
    verantwoordelijkeOrganisatie: rsin,
    besluittype,
    zaak,
    datum: dayText(day),
    toelichting: papers.chance(0.4) ? `Op het verzoek van ${name} is beslist volgens het advies.` : '',
    bestuursorgaan: papers.pick(['Burgemeester en wethouders', 'Burgemeester', '']),
    ingangsdatum: dayText(day),
    vervaldatum: ends ? dayText(yearsLater(day, 2)) : null,
    vervalreden: ends ? 'tijdelijk' : '',
    publicatiedatum: besluittype.publicatieIndicatie && papers.chance(0.7) ? dayText(day) : null,
    verzenddatum: papers.chance(0.8) ? dayText(day) : null,
    uiterlijkeReactiedatum: papers.chance(0.6) ? dayText(day + reactietermijnDays) : null,
    besluitinformatieobjecten: [],
  })
  zaak?.besluiten.push(besluit)
  const document = zaak?.zaakinformatieobjecten[0]?.informatieobject
  if (document === undefined) return besluit
  besluit.besluitinformatieobjecten.push(
    besluitinformatieobjecten.add({
      pk: besluitinformatieobjecten.nextPk(),
      uuid: papers.uuid(),
      besluit,
      informatieobject: document,
    }),
  )
  relate(world, document, besluit)
  return besluit
}

/** Documents and besluiten that hang on no zaak, as they came in by post or from the council. */
export function addLooseDocuments(world: World, count: number): void {
  const { papers, today } = world
  for (let i = 0; i < count; i++) {
    const day = today - papers.integer(1, 900)
    const document = addDocument(world, papers.uuid(), { soort: papers.pick(soorten).omschrijving, registered: noonOf(day) })
    // However few zaken there are, some rights there are.
    if (i === 0 && document.gebruiksrechten.length === 0) addGebruiksrecht(world, document, noonOf(day))
    // Nobody said yet whether rights rest on it.
    if (document.gebruiksrechten.length === 0) document.latest.indicatieGebruiksrecht = null
    if (i % 5 === 0) addBesluit(world, null, day)
  }
}

export const noonOf = (day: number): number => amsterdamMidnight(day) + 12 * hour

function nextNumber({ numbers }: World, prefix: string, day: number): string {
  const year = dayText(day).slice(0, 4)
  const number = (numbers.get(`${prefix} ${year}`) ?? 0) + 1
  numbers.set(`${prefix} ${year}`, number)
  return `${prefix}-${year}-${String(number).padStart(10, '0')}`
}
