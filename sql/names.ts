/** Names of things in Postgres that are made from other names. */
import { createHash } from 'node:crypto'

/** NAMEDATALEN - 1: Postgres cuts a longer identifier off without a word, so that two names become one. */
export const longestName = 63

/** The name itself where it fits, else its beginning with 8 hex digits of its SHA-256: different names stay different. */
export function fittingName(name: string): string {
  if (Buffer.byteLength(name) <= longestName) return name
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 8)
  let start = name
  while (Buffer.byteLength(start) > longestName - 9) start = start.slice(0, -1)
  return `${start}_${digest}`
}

/** An identifier in double quotes, for SQL that people run by hand. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** A text constant, for SQL that people run by hand. `standard_conforming_strings` is on by default, so a backslash is itself. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
