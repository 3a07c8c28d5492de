/** The part of OData's `$filter` that CBS understands in both versions: startswith, eq, ge, lt, joined by and, or and parentheses. */

type Row = { readonly [name: string]: unknown }
type Test = (row: Row) => boolean

/** @returns undefined for a filter that cannot be read, or that names a column which is not there */
export function filterBy(text: string, columns: readonly string[]): Test | undefined {
  const tokens = text.match(/'(?:[^']|'')*'|[A-Za-z_]\w*|[(),]/g) ?? []
  let at = 0
  const next = () => tokens[at++] ?? ''
  const value = (token: string) => token.slice(1, -1).replaceAll("''", "'")
  const column = (name: string): string => {
    if (!columns.includes(name)) throw new Error(`no column ${name}`)
    return name
  }
  const expect = (wanted: string) => {
    if (next() !== wanted) throw new Error(`no ${wanted}`)
  }
  const one = (): Test => {
    const token = next()
    if (token === '(') {
      const inside = any()
      expect(')')
      return inside
    }
    if (token === 'startswith') {
      expect('(')
      const name = column(next())
      expect(',')
      const beginning = value(next())
      expect(')')
      return (row) => String(row[name]).startsWith(beginning)
    }
    const name = column(token)
    const operator = next()
    const wanted = value(next())
    // Spaces count: a code that is filled up with them is not equal to one that is not.
    if (operator === 'eq') return (row) => row[name] === wanted
    if (operator === 'ge') return (row) => String(row[name]) >= wanted
    if (operator === 'lt') return (row) => String(row[name]) < wanted
    throw new Error(`no operator ${operator}`)
  }
  const joined = (word: 'and' | 'or', part: () => Test): Test => {
    const tests = [part()]
    while (tokens[at] === word) {
      at += 1
      tests.push(part())
    }
    return word === 'and' ? (row) => tests.every((test) => test(row)) : (row) => tests.some((test) => test(row))
  }
  const any = (): Test => joined('or', () => joined('and', one))
  try {
    const test = any()
    return at === tokens.length ? test : undefined
  } catch {
    return undefined
  }
}
