/** Postgres cuts a longer name off without a word. */
export const longestColumn = 63

/** Why no column can have this name, in words; undefined when one can. */
export function unfit(column: string): string | undefined {
  if (Buffer.byteLength(column) > longestColumn) return `which is longer than ${longestColumn} bytes`
  if (column.startsWith('_')) return "and names that begin with _ are the platform's own"
  return undefined
}
