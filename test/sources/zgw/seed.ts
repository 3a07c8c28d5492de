import { addZaak, type World } from './birth.js'
import { dayOf } from './calendar.js'
import { makeCatalogus } from './catalogus.js'
import { addDocumenttypen, addLooseDocuments } from './documents.js'
import { Municipality, type Zaak } from './model.js'
import { makePeople } from './people.js'
import { type Breach, type Planted, plantBreaches, plantPersonal } from './plant.js'
import { Random } from './random.js'

export interface SeedOptions {
  /** Any integer: another one, another municipality. Default 1. */
  seed?: number
  /** How many zaken. Default 5,000; their children come to about eight times as many. */
  zaken?: number
  /** The day that it is there, `YYYY-MM-DD`. Default 2026-11-25, so that each run is the same. */
  today?: string
  /** Share of the zaken that breaks a rule, itself or in one of its children. Default 0.03. */
  broken?: number
}

export interface Seeded {
  world: World
  /** What breaks which rule, and nothing else does. */
  breaches: Breach[]
  planted: Planted[]
}

export const defaults = { seed: 1, zaken: 5_000, today: '2026-11-25', broken: 0.03 } as const

const years = 3
/** The newest zaak was registered so many days ago. */
const quietDays = 2

/** Makes the municipality of Waterdam. The same options give the same records, to the last character. */
export function seedMunicipality(options: SeedOptions = {}): Seeded {
  const { seed, zaken, today: todayText, broken } = { ...defaults, ...options }
  const random = new Random(seed)
  const municipality = new Municipality()
  const today = dayOf(todayText)
  const papers = new Random(seed + 0x6472_6300)
  const kinds = makeCatalogus(random, municipality)
  addDocumenttypen(papers, municipality)
  // Most people have one zaak, some have many.
  const people = makePeople(random, Math.max(50, Math.min(8_500, Math.round(zaken * 0.6))))
  const world: World = { municipality, people, kinds, random, papers, today, numbers: new Map() }
  const span = years * 365
  for (let i = 0; i < zaken; i++) {
    const registered = today - quietDays - Math.round(span * (1 - (i + 1) / zaken))
    addZaak(world, { registered: random.chance(0.01) ? registered - random.integer(1, 40) : registered, ...startOf(random, registered) })
  }
  relate(world)
  addLooseDocuments(world, Math.ceil(zaken / 50))
  const planted = plantPersonal(world)
  // A record in quarantine holds personal values as well.
  const inText = planted.filter(({ stream, place }) => stream === 'zaken' && place === 'toelichting')
  const first = inText.slice(0, 1).map(({ uuid }) => municipality.zaken.find(uuid)!)
  return { world, planted, breaches: plantBreaches(world, Math.round(zaken * broken), first) }
}

/** Most zaken begin on the day that they are registered; some a few days before, and what came from an older system long before. */
function startOf(random: Random, registered: number): { started?: number } {
  if (random.chance(0.02)) return { started: registered - random.integer(60, 400) }
  return random.chance(0.2) ? { started: registered - random.integer(1, 3) } : {}
}

/** Makes some zaken a deelzaak of an earlier one (two levels, zrc-013), and names other zaken of importance. */
function relate({ municipality, random }: World): void {
  const { rows } = municipality.zaken
  for (let i = 1; i < rows.length; i++) {
    const zaak = rows[i]!
    if (random.chance(0.02)) {
      const hoofdzaak = rows[Math.max(0, i - random.integer(1, 50))]!
      if (hoofdzaak !== zaak && canOwn(hoofdzaak, zaak)) {
        zaak.hoofdzaak = hoofdzaak
        hoofdzaak.deelzaken.push(zaak)
      }
    }
    if (random.chance(0.02)) {
      const other = rows[random.integer(0, i - 1)]!
      zaak.relevanteAndereZaken.push({
        zaak: other,
        aardRelatie: random.pick(['vervolg', 'onderwerp', 'bijdrage']),
        toelichting: `Hoort bij ${other.identificatie}.`,
      })
    }
  }
}

// A closed hoofdzaak has no open deelzaken (zrc-007).
function canOwn(hoofdzaak: Zaak, zaak: Zaak): boolean {
  return hoofdzaak.hoofdzaak === null && zaak.deelzaken.length === 0 && (hoofdzaak.einddatum === null || zaak.einddatum !== null)
}
