import type { Column, Dialect } from './dialect.js'
import { every, joined, type Query, query, some, text } from './query.js'

/** What a list is ordered by: an expression, and where in a position its value stands. */
interface Term {
  expression: Query
  given(written: string): Query
  place: number
}

/** An order in which a list is walked. A position in it is the text of its columns. */
export class Order {
  readonly columns: readonly Column[]
  readonly #dialect: Dialect
  readonly #terms: readonly Term[]

  /**
   * @param unique the server holds no two rows apart that it takes for equal here. Where it may, texts are told apart by their bytes too: rows
   *   that are equal to it would be skipped behind the first of them.
   */
  constructor(dialect: Dialect, columns: readonly Column[], unique: boolean) {
    this.columns = columns
    this.#dialect = dialect
    const plain = columns.map((column, place) => ({
      expression: dialect.compared(column),
      given: (written: string) => dialect.given(column, written),
      place,
    }))
    const exact = columns.flatMap((column, place) =>
      column.loose && !unique
        ? [{ expression: dialect.exact(column), given: (written: string) => dialect.exactGiven(column, written), place }]
        : [],
    )
    this.#terms = [...plain, ...exact]
  }

  get by(): Query {
    return joined(
      this.#terms.map(({ expression }) => expression),
      ', ',
    )
  }

  /** Rows behind a position. */
  after(position: readonly string[]): Query {
    return this.#compare(position, '>', '>')
  }

  /** Rows up to a position, it included. */
  upTo(position: readonly string[]): Query {
    return this.#compare(position, '<', '<=')
  }

  #compare(position: readonly string[], strict: '>' | '<', last: '>' | '<='): Query {
    const given = this.#terms.map((term) => term.given(position[term.place]!))
    const [first] = this.#terms
    if (this.#terms.length === 1) return query`${first!.expression} ${text(last)} ${given[0]!}`
    if (this.#dialect.comparesRows) {
      return query`(${this.by}) ${text(last)} (${joined(given, ', ')})`
    }
    const steps = this.#terms.map((term, n) =>
      every([
        ...this.#terms.slice(0, n).map((before, m) => query`${before.expression} = ${given[m]!}`),
        query`${term.expression} ${text(n === this.#terms.length - 1 ? last : strict)} ${given[n]!}`,
      ]),
    )
    // The first part says nothing new, and is what a server finds an index by.
    return every([query`${first!.expression} ${text(`${strict}=`)} ${given[0]!}`, some(steps.map((step) => query`(${step})`))])
  }
}
