/** A municipality in which a share of the zaken breaks rules, and what is known of it because it was made so. */
import type { Row, Zaak } from '../sources/zgw/model.js'
import { Random } from '../sources/zgw/random.js'
import { type Seeded, seedMunicipality } from '../sources/zgw/seed.js'
import type { Accusation, Breaker, Edits } from './breaker.js'
import { breakers } from './breakers.js'
import { catalogusBreakers } from './catalogus-breakers.js'

export interface TruthOptions {
  zaken: number
  /** Share of the zaken that breaks something, itself or in one of its children. */
  broken: number
  seed?: number
}

/** What was broken in one zaak, or in the catalogus. */
interface Breach {
  accused: readonly Accusation[]
  mend(): void
}

export class Truth {
  readonly seeded: Seeded
  #breaches: readonly Breach[]

  /** The same options make the same municipality, and break the same things in it. */
  constructor({ zaken, broken, seed = 1 }: TruthOptions) {
    this.seeded = seedMunicipality({ zaken, seed, broken: 0 })
    this.#breaches = new Breaking(this.seeded, new Random(seed)).breaches(Math.round(zaken * broken))
  }

  /** Which records break which rules now; nothing else does. */
  accusations(): Accusation[] {
    return this.#breaches.flatMap(({ accused }) => accused)
  }

  /** How many zaken and types are broken now. */
  get broken(): number {
    return this.#breaches.length
  }

  /** The source mends every other one of what it has broken. */
  mendHalf(): void {
    for (const [at, { mend }] of this.#breaches.entries()) if (at % 2 === 0) mend()
    this.#breaches = this.#breaches.filter((_, at) => at % 2 === 1)
    this.seeded.world.municipality.version++
  }
}

// In three zaken of ten.
const severalIn = 0.3

class Breaking {
  readonly #seeded: Seeded
  readonly #random: Random
  /** Zaken that nothing was done to, in no order. */
  readonly #free: Zaak[]
  readonly #waiting = [...breakers]

  constructor(seeded: Seeded, random: Random) {
    this.#seeded = seeded
    this.#random = random
    this.#free = shuffled(seeded.world.municipality.zaken.rows, random)
  }

  /** Breaks each rule about as often: in most zaken one, in some two or three that have nothing to do with each other. */
  breaches(count: number): Breach[] {
    const breaches: Breach[] = []
    while (breaches.length < count) breaches.push(this.#breach(this.#another()))
    return [...breaches, ...this.#catalogusBreaches()]
  }

  #catalogusBreaches(): Breach[] {
    const ready = catalogusBreakers.map((breaker) => breaker.prepare(this.#seeded.world))
    return ready.map((breaking) => {
      const undo: (() => void)[] = []
      return { accused: breaking(editsOf(undo, () => undefined)), mend: () => takeBack(undo) }
    })
  }

  #another(): Zaak {
    const zaak = this.#free.pop()
    if (zaak === undefined) throw new Error('there are too few zaken to break so many')
    return zaak
  }

  #suitable(wanted: (zaak: Zaak) => boolean): Zaak | undefined {
    // From the end, where the next to be broken are, so that it is found soon; it leaves their row.
    const at = this.#free.findLastIndex((zaak, place) => place > this.#free.length - 1_000 && wanted(zaak))
    return at === -1 ? undefined : this.#free.splice(at, 1)[0]
  }

  #breach(zaak: Zaak): Breach {
    const accused: Accusation[] = []
    const undo: (() => void)[] = []
    const touched = new Set<string>()
    const together: Breaker[] = []
    const tryOut = (breaker: Breaker): boolean => {
      if (breaker.touches.some((one) => touched.has(one)) || together.some((other) => excludes(breaker, other))) return false
      const found = breaker.break(
        zaak,
        editsOf(undo, (wanted) => this.#suitable(wanted)),
        this.#seeded.world,
      )
      if (found === undefined) return false
      for (const one of breaker.touches) touched.add(one)
      accused.push(...found)
      together.push(breaker)
      return true
    }
    const first = this.#waiting.findIndex(tryOut)
    if (first === -1) throw new Error('no breaker finds a place in a zaak')
    // One that found no place waits in front; the one that did begins again behind the others.
    this.#waiting.push(...this.#waiting.splice(first, 1))
    if (this.#random.chance(severalIn)) for (let more = this.#random.integer(1, 2); more > 0; more--) tryOut(this.#random.pick(breakers))
    return {
      accused,
      mend: () => takeBack(undo),
    }
  }
}

function takeBack(undo: readonly (() => void)[]): void {
  for (const step of undo.toReversed()) step()
}

const excludes = (a: Breaker, b: Breaker): boolean => Boolean((a.refuses && b.ofRows) || (a.ofRows && b.refuses))

function editsOf(undo: (() => void)[], suitable: (wanted: (zaak: Zaak) => boolean) => Zaak | undefined): Edits {
  const edits: Edits = {
    another: (wanted = () => true) => suitable(wanted),
    set(row, fields) {
      const before = Object.fromEntries(Object.keys(fields).map((name) => [name, row[name as keyof typeof row]]))
      Object.assign(row, fields)
      undo.push(() => void Object.assign(row, before))
    },
    show: (row, fields) => edits.set(row, { shown: { ...row.shown, ...fields } }),
    add<R extends Row>(table: { add(row: R): R; remove(row: R): void }, row: R, beside: R[]) {
      beside.push(table.add(row))
      undo.push(() => {
        table.remove(row)
        beside.splice(beside.indexOf(row), 1)
      })
      return row
    },
  }
  return edits
}

function shuffled<T>(all: readonly T[], random: Random): T[] {
  const copy = [...all]
  for (let i = copy.length - 1; i > 0; i--) {
    const j = random.integer(0, i)
    ;[copy[i], copy[j]] = [copy[j]!, copy[i]!]
  }
  return copy
}
