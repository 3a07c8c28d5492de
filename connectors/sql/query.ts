import type { SqlStatement } from '../connector.js'

/** A statement, or a part of one. Text and values stay apart: a value is never text of a statement. */
export type Query = SqlStatement

/** A statement with parts in it: query`select ${columns} from ${table}`. */
export function query(strings: TemplateStringsArray, ...parts: readonly Query[]): Query {
  const texts: string[] = []
  const values: string[] = []
  let open = strings[0]!
  for (const [n, part] of parts.entries()) {
    const [first = '', ...rest] = part.texts
    open += first
    for (const each of rest) {
      texts.push(open)
      open = each
    }
    open += strings[n + 1]!
    values.push(...part.values)
  }
  return { texts: [...texts, open], values }
}

/** Text of our own. Never a name or a value from elsewhere: see `Dialect.name` and `value`. */
export const text = (words: string): Query => ({ texts: [words], values: [] })

export const value = (given: string): Query => ({ texts: ['', ''], values: [given] })

/** Parts with a text between them; nothing for no parts. */
export function joined(parts: readonly Query[], between: string): Query {
  return parts.length === 0 ? text('') : parts.slice(1).reduce((all, part) => query`${all}${text(between)}${part}`, parts[0]!)
}

/** All must hold. Nothing asked is true everywhere. */
export const every = (conditions: readonly Query[]): Query => (conditions.length === 0 ? text('1 = 1') : joined(conditions, ' and '))
export const some = (conditions: readonly Query[]): Query =>
  conditions.length === 0 ? text('1 = 0') : query`(${joined(conditions, ' or ')})`

/** `Dialect.select` of a server that knows `limit`. */
export const limited = (
  what: Query,
  from: Query,
  where: Query,
  { order, most, skip = 0 }: { order: Query; most: number; skip?: number | undefined },
): Query => query`select ${what} from ${from} where ${where} order by ${order} limit ${text(String(most))} offset ${text(String(skip))}`
