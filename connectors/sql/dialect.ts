import type { Form } from './forms.js'
import type { Query } from './query.js'

/** A column as the server describes it. */
export interface Column {
  name: string
  /** The server's own words: `numeric(10,2)`. */
  type: string
  form: Form
  nullable: boolean
  /** Two texts that differ can be equal to the server: by case, accents or spaces at their end. */
  loose: boolean
  comment: string | undefined
}

/** What one kind of server needs to be said in its own way. Every statement of it reads. */
export interface Dialect {
  /** `(a, b) > (x, y)` is understood, and found by an index. */
  readonly comparesRows: boolean
  /** The most values that a statement takes, with room for those that are there already. */
  readonly mostValues: number
  /** A name, quoted. */
  name(name: string): Query
  /** A column of the table that stands in a statement as `t`. Bare, it would be what `order by` takes for the text that is shown under its name. */
  column(column: Column): Query
  /** A column as it is ordered and compared: two ways to compare that differ would skip records. */
  compared(column: Column): Query
  /** The value of a column, or of an expression of its type, as text: exact, and in one form whatever the settings are. */
  shown(column: Column, expression?: Query): Query
  /** A value for comparison with a column, from the text that `shown` gives. */
  given(column: Column, text: string): Query
  /** An expression in which texts differ that are equal to the server, and a value for comparison with it. */
  exact(column: Column): Query
  exactGiven(column: Column, text: string): Query
  /** No value; also one that stands for none. */
  isNull(column: Column): Query
  /** At most so many rows in an order, after `skip` of them. */
  select(what: Query, from: Query, where: Query, more: { order: Query; most: number; skip?: number }): Query
  /** The moment on the clock of the server, in UTC: `2026-07-01T10:00:00.000000`. */
  readonly now: Query
  /**
   * Columns that the login may read, of one table or view or of all that are not the server's own, in the order of schema, table and column:
   * schema, table, `table` or `view`, its comment, about how many rows, column, type, the name of its base type, `t` where it can
   * be null, `t` where it is loose, comment.
   */
  columns(of?: { schema: string; table: string }): Query
  /**
   * Columns of indexes that hold every row, in the order of index and column: schema, table, index, `t` where it is unique, `t` where it is the
   * primary key, column. No column for an expression, or for the beginning of a text.
   */
  indexes(of?: { schema: string; table: string }): Query
  /** The form of a column, from its type and the name of its base type. */
  formOf(type: string, base: string): Form
  /** Rows: what the server is, in words. */
  readonly version: Query
  /** Roles of our login, one a row. */
  readonly roles: Query
  /** Of one table: `t` where our login sees only some of its rows. Undefined where the server has no such thing. */
  filtered?(of: { schema: string; table: string }): Query
  /** Tables that our login could change, at most 3: schema, table; `*` for all of them. */
  readonly writable: Query
}
