/** A municipality in which a share of the zaken breaks rules, and what is known of it because it was made so. */
import type { Row, Zaak } from '../sources/zgw/model.js'
import { Random } from '../sources/zgw/random.js'
import { type Seeded, seedMunicipality } from '../sources/zgw/seed.js'
import { type Accusation, type Breaker, breakers, type Edits } from './breakers.js'

export interface TruthOptions {
  zaken: number
  /** Share of the zaken that breaks something, itself or in one of its children. */
  broken: number
  seed?: number
}

/** What was broken in one zaak. */
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

  /** How many zaken are broken now. */
  get broken(): number {
    return this.#breaches.length
  }

  /** The source mends every other zaak that it has broken. */
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
  #next = 0

  constructor(seeded: Seeded, random: Random) {
    this.#seeded = seeded
    this.#random = random
    this.#free = shuffled(seeded.world.municipality.zaken.rows, random)
  }

  /** Breaks each rule about as often: in most zaken one, in some two or three that have nothing to do with each other. */
  breaches(count: number): Breach[] {
    const breaches: Breach[] = []
    while (breaches.length < count) breaches.push(this.#breach(this.#another()))
    return breaches
  }

  #another(): Zaak {
    const zaak = this.#free.pop()
    if (zaak === undefined) throw new Error('there are too few zaken to break so many')
    return zaak
  }

  #breach(zaak: Zaak): Breach {
    const accused: Accusation[] = []
    const undo: (() => void)[] = []
    const touched = new Set<string>()
    const tryOut = (breaker: Breaker): boolean => {
      if (breaker.touches.some((one) => touched.has(one))) return false
      const found = breaker.break(
        zaak,
        editsOf(undo, () => this.#another()),
        this.#seeded.world,
      )
      if (found === undefined) return false
      for (const one of breaker.touches) touched.add(one)
      accused.push(...found)
      return true
    }
    // A breaker that finds no place in this zaak waits for no other: the next one has its turn.
    while (!tryOut(breakers[this.#next++ % breakers.length]!));
    if (this.#random.chance(severalIn)) for (let more = this.#random.integer(1, 2); more > 0; more--) tryOut(this.#random.pick(breakers))
    return {
      accused,
      mend() {
        for (const step of undo.toReversed()) step()
      },
    }
  }
}

function editsOf(undo: (() => void)[], another: () => Zaak): Edits {
  return {
    another,
    set(row, fields) {
      const before = Object.fromEntries(Object.keys(fields).map((name) => [name, row[name as keyof typeof row]]))
      Object.assign(row, fields)
      undo.push(() => void Object.assign(row, before))
    },
    add<R extends Row>(table: { add(row: R): R; remove(row: R): void }, row: R, beside: R[]) {
      beside.push(table.add(row))
      undo.push(() => {
        table.remove(row)
        beside.splice(beside.indexOf(row), 1)
      })
      return row
    },
  }
}

function shuffled<T>(all: readonly T[], random: Random): T[] {
  const copy = [...all]
  for (let i = copy.length - 1; i > 0; i--) {
    const j = random.integer(0, i)
    ;[copy[i], copy[j]] = [copy[j]!, copy[i]!]
  }
  return copy
}
