import type { JsonRecord } from './model.js'
import { elevenTestNumbers, type Random } from './random.js'

/** Someone in the sample municipality. None exists: numbers come from the test series of the RvIG, names are put together. */
export interface Person {
  bsn: string
  geslachtsnaam: string
  voornamen: string
  /** As `betrokkeneIdentificatie` of a natuurlijk_persoon. Shared by all records that show this person: replace it, never change it. */
  identificatie: JsonRecord
}

export interface People {
  persons: Person[]
  /** As `betrokkeneIdentificatie` of a niet_natuurlijk_persoon, a vestiging, a medewerker and an organisatorische_eenheid. */
  companies: JsonRecord[]
  vestigingen: JsonRecord[]
  medewerkers: JsonRecord[]
  afdelingen: JsonRecord[]
  addresses: JsonRecord[]
}

/** The test series of the RvIG that its documents use: 9999 and five digits. 9,090 of them pass the 11-test. */
const bsnSeries = '9999'

// No real surname is made of these parts, so that a name that is found somewhere came from here.
const nameStarts =
  'Kwastel Zwaluwen Havik Moddel Spreng Talling Eksel Wimpel Roggel Bramen Slikker Dorrel Fluiten Gronde Heulen Ijssen Jagel Klunder Lommer Meerkoet Nettel Ooster Polder Riet Schelpen Turfel Uiver Veender Wielder Zegge'.split(
    ' ',
  )
const nameEnds = 'hoven brink daal kamp mans stra ink hout weide gaarde steen burg man huizen loo veld wijk rode tijn zwaag'.split(' ')
const firstNames =
  'Aaltje Bram Cato Daan Elif Fenna Guus Hanneke Imane Joris Kim Lieke Mohamed Noor Otto Pien Quinten Rana Sjoerd Tess Umut Vera Wout Xandra Yusuf Zoë'.split(
    ' ',
  )
const prefixes = ['', '', '', '', 'van', 'de', 'van der']
const streets =
  'Dorpsstraat Kerkweg Molendijk Sluiskade Gemaalweg Polderlaan Ringvaart Waterdamlaan Schoolstraat Stationsplein Elzenhof Lindelaan Rietkraag Veenpad Zuiderkade Noordeinde Havenstraat Boezemweg Kadewerf Turfmarkt'.split(
    ' ',
  )
const companyNames = 'Bouwbedrijf,Stichting,Hoveniersbedrijf,Cateraar,Vereniging,Installatiebedrijf,Adviesbureau,Transportbedrijf'.split(
  ',',
)
const legalForms = ['besloten_vennootschap', 'stichting', 'vereniging', 'vennootschap_onder_firma', 'naamloze_vennootschap']

export const plaats = 'Waterdam'

/** @param persons 1..9,000 */
export function makePeople(random: Random, persons: number): People {
  const addresses = Array.from({ length: Math.min(4_000, Math.max(60, persons)) }, (_, index) => address(random, index))
  const numbers = elevenTestNumbers(bsnSeries)
  return {
    addresses,
    persons: Array.from({ length: persons }, () => person(random, numbers.next().value!, random.pick(addresses))),
    companies: companies(random, 150),
    vestigingen: Array.from({ length: 60 }, (_, index) => vestiging(random, index, random.pick(addresses))),
    medewerkers: Array.from({ length: 40 }, (_, index) => ({
      identificatie: `medewerker-${String(index + 1).padStart(3, '0')}`,
      achternaam: surname(random),
      voorletters: `${random.pick(firstNames)[0]}.`,
      voorvoegselAchternaam: random.pick(prefixes),
    })),
    afdelingen: ['Vergunningen', 'Zorg en Inkomen', 'Openbare Ruimte', 'Juridische Zaken', 'Burgerzaken'].map((naam, index) => ({
      identificatie: `AFD-${index + 1}`,
      naam,
      isGehuisvestIn: 'Gemeentehuis',
    })),
  }
}

export function surname(random: Random): string {
  return random.pick(nameStarts) + random.pick(nameEnds)
}

function address(random: Random, index: number): JsonRecord {
  const letter = 'ABCDEFGHJKLMNPRTVWXZ'
  return {
    // 0363, type 20 (nummeraanduiding) and ten digits: the form of an identification in the BAG.
    aoaIdentificatie: `036320${String(index + 1).padStart(10, '0')}`,
    wplWoonplaatsNaam: plaats,
    gorOpenbareRuimteNaam: streets[index % streets.length]!,
    aoaPostcode: `13${random.integer(80, 89)}${letter[random.integer(0, 19)]}${letter[random.integer(0, 19)]}`,
    aoaHuisnummer: Math.floor(index / streets.length) + 1,
    aoaHuisletter: random.chance(0.1) ? 'A' : '',
    aoaHuisnummertoevoeging: random.chance(0.08) ? '2hg' : '',
    inpLocatiebeschrijving: '',
  }
}

function person(random: Random, bsn: string, verblijfsadres: JsonRecord): Person {
  const voornamen = random.pick(firstNames)
  const geslachtsnaam = surname(random)
  const geboortedatum = `${random.integer(1930, 2007)}-${two(random.integer(1, 12))}-${two(random.integer(1, 28))}`
  const abroad = random.chance(0.02)
  return {
    bsn,
    geslachtsnaam,
    voornamen,
    identificatie: {
      inpBsn: bsn,
      anpIdentificatie: '',
      inpA_nummer: '',
      geslachtsnaam,
      voorvoegselGeslachtsnaam: random.pick(prefixes),
      voorletters: `${voornamen[0]}.`,
      voornamen,
      geslachtsaanduiding: random.pick(['m', 'v', 'v', 'm', 'o', '']),
      // A text field in Open Zaak: both ways of writing occur, and dates that are known in part.
      geboortedatum: random.chance(0.85)
        ? geboortedatum
        : random.chance(0.7)
          ? geboortedatum.replaceAll('-', '')
          : `${geboortedatum.slice(0, 4)}0000`,
      verblijfsadres: abroad ? null : verblijfsadres,
      subVerblijfBuitenland: abroad
        ? {
            lndLandcode: '5010',
            lndLandnaam: 'België',
            subAdresBuitenland_1: 'Grote Markt 1',
            subAdresBuitenland_2: '2000 Antwerpen',
            subAdresBuitenland_3: '',
          }
        : null,
    },
  }
}

function companies(random: Random, count: number): JsonRecord[] {
  const rsins = elevenTestNumbers('8123')
  return Array.from({ length: count }, (_, index) => {
    const rsin = rsins.next().value!
    const byKvk = index % 4 === 3
    return {
      innNnpId: byKvk ? '' : rsin,
      annIdentificatie: '',
      kvkNummer: byKvk ? String(59_216_843 + index * 37) : '',
      vestigingsNummer: '',
      statutaireNaam: `${random.pick(companyNames)} ${surname(random)}`,
      innRechtsvorm: random.pick(legalForms),
      bezoekadres: `${random.pick(streets)} ${random.integer(1, 90)}, ${plaats}`,
      subVerblijfBuitenland: null,
    }
  })
}

function vestiging(random: Random, index: number, verblijfsadres: JsonRecord): JsonRecord {
  return {
    vestigingsNummer: `0000${String(15_000_000 + index * 91).padStart(8, '0')}`,
    handelsnaam: [`${random.pick(companyNames)} ${surname(random)}`],
    verblijfsadres,
    subVerblijfBuitenland: null,
    // No round number: its digits would be found by chance, as in 1.061000000000000001.
    kvkNummer: String(61_480_317 + index * 53),
  }
}

const two = (n: number): string => String(n).padStart(2, '0')
