import { dayOf, dayText } from './calendar.js'
import type { JsonRecord, Municipality, Zaaktype } from './model.js'
import type { Random } from './random.js'

/** RSIN of the sample municipality, as its `gemaal.yaml` says. */
export const rsin = '002564440'

/** A kind of case: its identification, and what its versions were called from when on. */
interface Kind {
  identificatie: string
  versions: { omschrijving: string; from: string; concept?: true }[]
  /** Share of the zaken, in parts of the sum. */
  weight: number
  vertrouwelijkheidaanduiding: string
  doorlooptijdDays: number
  serviceDays: number | null
  initiator: 'burger' | 'bedrijf' | 'beide'
  eigenschappen: { naam: string; formaat: 'tekst' | 'getal' | 'datum' | 'datum_tijd'; lengte: string; waarden?: string[] }[]
  resultaten?: [string, string, string]
  bewaren?: true
  beginnen: string
}

const jaNee = ['ja', 'nee']

const kinds: Kind[] = [
  {
    identificatie: 'B0337',
    versions: [
      { omschrijving: 'Wmo-voorziening aanvragen', from: '2022-01-01' },
      { omschrijving: 'Maatwerkvoorziening Wmo behandelen', from: '2025-01-01' },
    ],
    weight: 9,
    vertrouwelijkheidaanduiding: 'zaakvertrouwelijk',
    doorlooptijdDays: 56,
    serviceDays: 42,
    initiator: 'burger',
    eigenschappen: [
      {
        naam: 'soortVoorziening',
        formaat: 'tekst',
        lengte: '40',
        waarden: ['huishoudelijke hulp', 'scootmobiel', 'woningaanpassing', 'begeleiding'],
      },
      { naam: 'datumHuisbezoek', formaat: 'datum', lengte: '8' },
    ],
    beginnen: 'Aanvraag voorziening',
  },
  {
    identificatie: 'B0338',
    versions: [{ omschrijving: 'Wmo-melding onderzoeken', from: '2022-01-01' }],
    weight: 7,
    vertrouwelijkheidaanduiding: 'zaakvertrouwelijk',
    doorlooptijdDays: 42,
    serviceDays: 28,
    initiator: 'burger',
    eigenschappen: [{ naam: 'spoed', formaat: 'tekst', lengte: '3', waarden: jaNee }],
    beginnen: 'Melding ondersteuning thuis',
  },
  {
    identificatie: 'B1026',
    versions: [
      { omschrijving: 'Omgevingsvergunning verlenen', from: '2022-01-01' },
      { omschrijving: 'Omgevingsvergunning reguliere procedure', from: '2024-01-01' },
      { omschrijving: 'Omgevingsvergunning behandelen', from: '2026-01-01' },
    ],
    weight: 14,
    vertrouwelijkheidaanduiding: 'openbaar',
    doorlooptijdDays: 56,
    serviceDays: null,
    initiator: 'beide',
    eigenschappen: [
      { naam: 'bouwkosten', formaat: 'getal', lengte: '10,2' },
      { naam: 'activiteit', formaat: 'tekst', lengte: '60', waarden: ['bouwen', 'kappen', 'uitrit', 'reclame'] },
    ],
    bewaren: true,
    beginnen: 'Vergunning voor',
  },
  {
    identificatie: 'B0255',
    versions: [
      { omschrijving: 'Melding openbare ruimte', from: '2022-01-01' },
      { omschrijving: 'Melding openbare ruimte behandelen', from: '2025-07-01' },
    ],
    weight: 30,
    vertrouwelijkheidaanduiding: 'intern',
    doorlooptijdDays: 10,
    serviceDays: 5,
    initiator: 'burger',
    eigenschappen: [{ naam: 'rubriek', formaat: 'tekst', lengte: '40', waarden: ['afval', 'groen', 'verlichting', 'wegdek', 'riolering'] }],
    resultaten: ['Opgelost', 'Niet opgelost', 'Ingetrokken'],
    beginnen: 'Melding',
  },
  {
    identificatie: 'B0366',
    versions: [{ omschrijving: 'Evenementenvergunning behandelen', from: '2022-01-01' }],
    weight: 4,
    vertrouwelijkheidaanduiding: 'openbaar',
    doorlooptijdDays: 56,
    serviceDays: 42,
    initiator: 'bedrijf',
    eigenschappen: [
      { naam: 'aantalBezoekers', formaat: 'getal', lengte: '6' },
      { naam: 'aanvang', formaat: 'datum_tijd', lengte: '14' },
    ],
    beginnen: 'Evenement',
  },
  {
    identificatie: 'B0391',
    versions: [{ omschrijving: 'Parkeervergunning behandelen', from: '2022-01-01' }],
    weight: 15,
    vertrouwelijkheidaanduiding: 'intern',
    doorlooptijdDays: 14,
    serviceDays: 3,
    initiator: 'burger',
    eigenschappen: [{ naam: 'zone', formaat: 'tekst', lengte: '2', waarden: ['A', 'B', 'C'] }],
    beginnen: 'Parkeervergunning',
  },
  {
    identificatie: 'B0757',
    versions: [
      { omschrijving: 'Bezwaarschrift behandelen', from: '2022-01-01' },
      { omschrijving: 'Bezwaar behandelen', from: '2025-04-01' },
    ],
    weight: 5,
    vertrouwelijkheidaanduiding: 'zaakvertrouwelijk',
    doorlooptijdDays: 84,
    serviceDays: null,
    initiator: 'beide',
    eigenschappen: [{ naam: 'hoorzitting', formaat: 'tekst', lengte: '3', waarden: jaNee }],
    resultaten: ['Gegrond', 'Ongegrond', 'Ingetrokken'],
    beginnen: 'Bezwaar tegen besluit over',
  },
  {
    identificatie: 'B1473',
    versions: [{ omschrijving: 'Klacht behandelen', from: '2022-01-01' }],
    weight: 4,
    vertrouwelijkheidaanduiding: 'zaakvertrouwelijk',
    doorlooptijdDays: 42,
    serviceDays: 28,
    initiator: 'burger',
    eigenschappen: [],
    resultaten: ['Gegrond', 'Ongegrond', 'Bemiddeld'],
    beginnen: 'Klacht over',
  },
  {
    identificatie: 'B0392',
    versions: [{ omschrijving: 'Woo-verzoek behandelen', from: '2022-05-01' }],
    weight: 2,
    vertrouwelijkheidaanduiding: 'openbaar',
    doorlooptijdDays: 28,
    serviceDays: null,
    initiator: 'beide',
    eigenschappen: [{ naam: 'aantalDocumenten', formaat: 'getal', lengte: '6' }],
    bewaren: true,
    beginnen: 'Verzoek om informatie over',
  },
  {
    identificatie: 'B0120',
    versions: [{ omschrijving: 'Subsidie behandelen', from: '2022-01-01' }],
    weight: 3,
    vertrouwelijkheidaanduiding: 'beperkt_openbaar',
    doorlooptijdDays: 91,
    serviceDays: 60,
    initiator: 'bedrijf',
    eigenschappen: [{ naam: 'bedrag', formaat: 'getal', lengte: '10,2' }],
    beginnen: 'Subsidie voor',
  },
  {
    identificatie: 'B1210',
    versions: [{ omschrijving: 'Bijzondere bijstand behandelen', from: '2022-01-01' }],
    weight: 6,
    vertrouwelijkheidaanduiding: 'vertrouwelijk',
    doorlooptijdDays: 56,
    serviceDays: 30,
    initiator: 'burger',
    eigenschappen: [{ naam: 'bedrag', formaat: 'getal', lengte: '8,2' }],
    beginnen: 'Bijzondere bijstand',
  },
  {
    identificatie: 'B0940',
    versions: [
      { omschrijving: 'Adresonderzoek uitvoeren', from: '2022-01-01' },
      { omschrijving: 'Adresonderzoek uitvoeren met LAA', from: '2027-01-01', concept: true },
    ],
    weight: 1,
    vertrouwelijkheidaanduiding: 'vertrouwelijk',
    doorlooptijdDays: 70,
    serviceDays: null,
    initiator: 'burger',
    eigenschappen: [],
    resultaten: ['Adres gewijzigd', 'Adres bevestigd', 'Ambtshalve uitgeschreven'],
    beginnen: 'Onderzoek adres',
  },
]

/** What a zaak needs to know of its kind. */
export interface KindOfZaak {
  identificatie: string
  weight: number
  initiator: Kind['initiator']
  beginnen: string
  /** Published versions, the oldest first. */
  versions: Zaaktype[]
}

export function makeCatalogus(random: Random, municipality: Municipality): KindOfZaak[] {
  const documenttypen = Array.from({ length: 4 }, () => random.uuid())
  municipality.catalogussen.add({
    pk: municipality.catalogussen.nextPk(),
    uuid: random.uuid(),
    domein: 'WATER',
    rsin,
    naam: 'Zaaktypecatalogus Waterdam',
    informatieobjecttypen: documenttypen,
  })
  return kinds.map((kind) => {
    const versions = kind.versions.map(({ omschrijving, from, concept }, index) => {
      const next = kind.versions[index + 1]
      const end = next && !next.concept ? dayText(dayOf(next.from) - 1) : null
      return addZaaktype(random, municipality, kind, { omschrijving, from, end, concept: concept === true })
    })
    return {
      identificatie: kind.identificatie,
      weight: kind.weight,
      initiator: kind.initiator,
      beginnen: kind.beginnen,
      versions: versions.filter((version) => !version.concept),
    }
  })
}

function addZaaktype(
  random: Random,
  municipality: Municipality,
  kind: Kind,
  version: { omschrijving: string; from: string; end: string | null; concept: boolean },
): Zaaktype {
  const { zaaktypen, statustypen, resultaattypen, roltypen, eigenschappen } = municipality
  const zaaktype: Zaaktype = {
    pk: zaaktypen.nextPk(),
    uuid: random.uuid(),
    identificatie: kind.identificatie,
    concept: version.concept,
    beginGeldigheid: version.from,
    eindeGeldigheid: version.end,
    omschrijving: version.omschrijving,
    vertrouwelijkheidaanduiding: kind.vertrouwelijkheidaanduiding,
    doorlooptijdDays: kind.doorlooptijdDays,
    serviceDays: kind.serviceDays,
    rest: describe(kind, version.omschrijving),
    statustypen: [],
    resultaattypen: [],
    roltypen: [],
    eigenschappen: [],
  }
  zaaktypen.add(zaaktype)
  const steps =
    kind.doorlooptijdDays <= 14
      ? ['Ontvangen', 'In behandeling', 'Afgehandeld']
      : ['Ontvangen', 'In behandeling', 'Besluit genomen', 'Afgehandeld']
  steps.forEach((omschrijving, index) => {
    const isEindstatus = index === steps.length - 1
    const row = { pk: statustypen.nextPk(), uuid: random.uuid(), zaaktype, omschrijving, volgnummer: index + 1, isEindstatus }
    zaaktype.statustypen.push(statustypen.add(row))
  })
  const [granted, refused, withdrawn] = kind.resultaten ?? ['Verleend', 'Geweigerd', 'Ingetrokken']
  const results = [
    { omschrijving: granted, generiek: 'Verleend', archiefactietermijnYears: kind.bewaren ? 20 : 7 },
    { omschrijving: refused, generiek: 'Geweigerd', archiefactietermijnYears: 5 },
    { omschrijving: withdrawn, generiek: 'Ingetrokken', archiefactietermijnYears: 1 },
  ]
  results.forEach((result, index) => {
    const archiefnominatie = kind.bewaren && index === 0 ? ('blijvend_bewaren' as const) : ('vernietigen' as const)
    zaaktype.resultaattypen.push(
      resultaattypen.add({ pk: resultaattypen.nextPk(), uuid: random.uuid(), zaaktype, archiefnominatie, ...result }),
    )
  })
  const roles = ['initiator', 'behandelaar', 'belanghebbende', 'zaakcoordinator']
  for (const omschrijvingGeneriek of roles) {
    const omschrijving = omschrijvingGeneriek[0]!.toUpperCase() + omschrijvingGeneriek.slice(1)
    zaaktype.roltypen.push(roltypen.add({ pk: roltypen.nextPk(), uuid: random.uuid(), zaaktype, omschrijving, omschrijvingGeneriek }))
  }
  for (const { naam, formaat, lengte, waarden } of kind.eigenschappen) {
    zaaktype.eigenschappen.push(
      eigenschappen.add({
        pk: eigenschappen.nextPk(),
        uuid: random.uuid(),
        zaaktype,
        naam,
        definitie: `De waarde van ${naam} bij een zaak van dit zaaktype`,
        formaat,
        lengte,
        waardenverzameling: waarden ?? [],
      }),
    )
  }
  return zaaktype
}

function describe(kind: Kind, omschrijving: string): JsonRecord {
  return {
    omschrijvingGeneriek: '',
    doel: `Afhandelen van: ${omschrijving.toLowerCase()}`,
    aanleiding: kind.initiator === 'bedrijf' ? 'Een aanvraag van een organisatie' : 'Een aanvraag of melding van een inwoner',
    toelichting: '',
    indicatieInternOfExtern: 'extern',
    handelingInitiator: 'indienen',
    onderwerp: kind.beginnen,
    handelingBehandelaar: 'behandelen',
    opschortingEnAanhoudingMogelijk: kind.doorlooptijdDays > 14,
    verlengingMogelijk: kind.doorlooptijdDays > 14,
    verlengingstermijn: kind.doorlooptijdDays > 14 ? 'P42D' : null,
    trefwoorden: kind.identificatie.startsWith('B033') ? ['wmo', 'zorg'] : [],
    publicatieIndicatie: kind.vertrouwelijkheidaanduiding === 'openbaar',
    publicatietekst: '',
    verantwoordingsrelatie: [],
    productenOfDiensten: [`https://producten.waterdam.example/product/${kind.identificatie.toLowerCase()}`],
    selectielijstProcestype: 'https://selectielijst.openzaak.nl/api/v1/procestypen/e1b73b12-b2f6-4c4e-8929-94f84dd2a57d',
    referentieproces: { naam: omschrijving, link: '' },
    verantwoordelijke: 'Gemeente Waterdam',
  }
}
