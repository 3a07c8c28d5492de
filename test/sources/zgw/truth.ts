import type { Row, StreamName, Table } from './model.js'
import type { Breach, Planted } from './plant.js'
import type { Seeded } from './seed.js'

/** What is wrong in the municipality as it stands now: what was planted, less what went away or was put right since. */
export class Truth {
  readonly #seeded: Seeded
  /** What stood in the broken field at the start. */
  readonly #broken: readonly unknown[]

  constructor(seeded: Seeded) {
    this.#seeded = seeded
    this.#broken = seeded.breaches.map((breach) => this.#valueOf(breach))
  }

  breaches(): Breach[] {
    return this.#seeded.breaches.filter((breach, at) => {
      const value = this.#valueOf(breach)
      return value !== undefined && value === this.#broken[at]
    })
  }

  /** Personal values that were written where nobody would look for them, in records that are still there. */
  planted(): Planted[] {
    return this.#seeded.planted.filter(({ stream, uuid }) => this.#row(stream, uuid) !== undefined)
  }

  /**
   * Every BSN, also the malformed ones, and every surname and name of an organisation that the municipality has, to search for where none may
   * be.
   */
  personalValues(): string[] {
    const { people, municipality } = this.#seeded.world
    const { persons, medewerkers, companies, vestigingen } = people
    const malformed = municipality.rollen.rows.map(({ betrokkeneIdentificatie }) => betrokkeneIdentificatie?.inpBsn)
    const values = [
      ...persons.flatMap(({ bsn, geslachtsnaam }) => [bsn, geslachtsnaam]),
      ...malformed,
      ...medewerkers.map(({ achternaam }) => achternaam),
      ...companies.map(({ statutaireNaam }) => statutaireNaam),
      ...vestigingen.flatMap(({ handelsnaam }) => handelsnaam),
    ]
    return [...new Set(values)].filter((value) => typeof value === 'string' && value !== '') as string[]
  }

  #valueOf({ stream, uuid, field }: Breach): unknown {
    let value: unknown = this.#row(stream, uuid)
    for (const name of field.split('.')) value = (value as { [name: string]: unknown } | null | undefined)?.[name]
    return value
  }

  #row(stream: StreamName, uuid: string): Row | undefined {
    return (this.#seeded.world.municipality[stream] as Table<Row>).find(uuid)
  }
}
