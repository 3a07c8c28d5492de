/** What is wrong with the SQL of a mart, in words that name the place in its file. */
import type { Mart } from '../config/mart.js'

export interface MartProblem {
  /** `<schema>.<view>`. */
  mart: string
  message: string
}

/** What the codes say that people make most. @see PostgreSQL documentation, appendix A */
const meanings: { readonly [code: string]: string } = {
  '42601': 'it is no SQL',
  '42P01': 'no such table or view',
  '42703': 'no such column',
  '42702': 'this column is in several tables',
  '42701': 'two columns have the same name',
  '42883': 'no such function or operator for these types',
  '42803': 'it must be in group by or inside an aggregate',
  '42804': 'the types do not fit',
  '42846': 'one type does not become the other',
  '42P18': 'its type cannot be told: cast it',
  '42501': 'our role may not',
  '3F000': 'no such schema',
  '22P02': 'this text is no value of the type',
  '22007': 'this text is no date',
}

/**
 * Says what Postgres refuses in a mart, or undefined when the error is not about the mart (a lost connection, a full disk).
 * Only the code, the place and the word there are told: the message of Postgres can be in any language.
 *
 * @param head what stands before the mart's SQL in the statement
 * @param pending marts that are not made either
 */
export function martProblem(error: unknown, mart: Mart, head: string, pending: ReadonlySet<string>): MartProblem | undefined {
  if (!(error instanceof Error)) return undefined
  if (error.name === 'MartBroken') return { mart: mart.name, message: error.message }
  const { code = '', position } = error as Error & { code?: string; position?: string }
  if (!/^(42|22|0A|3F|2B|54)/.test(code)) return undefined
  const refused = `Postgres refuses it with ${code} (${meanings[code] ?? 'see PostgreSQL, error codes'})`
  if (position === undefined) return { mart: mart.name, message: `${mart.file}: ${refused}` }
  const query = [...mart.sql] // Postgres counts characters, JavaScript half of some
  const at = Math.min(Math.max(Number(position) - 1 - [...head].length, 0), query.length)
  const word = wordAt(query.slice(at).join(''))
  const place = placeIn(mart, query.slice(0, at).join(''))
  const other = word?.replaceAll('"', '')
  if (code === '42P01' && other !== undefined && pending.has(other))
    return { mart: mart.name, message: `${place}  it reads mart ${other}, which is broken itself or reads this one` }
  return { mart: mart.name, message: `${place}  ${refused}${word ? ` at ${word}` : ''}` }
}

/** `file:line:column` of what comes after a part of the mart's SQL. */
export function placeIn(mart: Mart, before: string): string {
  const lines = before.split('\n')
  return `${mart.file}:${mart.sqlLine + lines.length - 1}:${[...(lines.at(-1) ?? '')].length + 1}`
}

/** The name, qualified or not, with which a text begins. */
function wordAt(from: string): string | undefined {
  return /^(?:"(?:[^"]|"")*"|[\p{L}_][\p{L}\p{N}_$]*)(?:\.(?:"(?:[^"]|"")*"|[\p{L}_][\p{L}\p{N}_$]*))*/u.exec(from)?.[0]
}

// A semicolon in any of these ends nothing; nor does one in a block comment, which can nest: see endOfComment.
const text = /'(?:[^']|'')*'/y
const escapedText = /[eE]'(?:[^'\\]|\\[\s\S]|'')*'/y
const name = /"(?:[^"]|"")*"/y
const dollarText = /(\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$)[\s\S]*?\1/uy
const lineComment = /--[^\n]*/y

/**
 * The one statement of a text, without the semicolon that may end it.
 *
 * Postgres would run whatever follows a semicolon, with the rights of the owner and outside our transaction if it says so.
 *
 * @returns the statement, or what stands before the second one
 */
export function oneStatement(query: string): { text: string } | { before: string } {
  let end: number | undefined
  for (let at = 0; at < query.length; ) {
    const { to, comment } = skip(query, at)
    if (end !== undefined && !comment && !/[\s;]/.test(query[at] ?? '')) return { before: query.slice(0, at) }
    if (to === at && query[at] === ';') end ??= at
    at = Math.max(to, at + 1)
  }
  return { text: query.slice(0, end) }
}

/** Where a quoted text or comment that begins at `at` ends; `at` itself where none begins. */
function skip(query: string, at: number): { to: number; comment: boolean } {
  if (query.startsWith('/*', at)) return { to: endOfComment(query, at), comment: true }
  const inName = /[\p{L}\p{N}_$]/u.test(query[at - 1] ?? '')
  for (const quoted of [lineComment, text, name, ...(inName ? [] : [escapedText, dollarText])]) {
    quoted.lastIndex = at
    if (quoted.test(query)) return { to: quoted.lastIndex, comment: quoted === lineComment }
  }
  return { to: at, comment: false }
}

function endOfComment(query: string, at: number): number {
  let depth = 0
  for (let i = at; i < query.length - 1; i++) {
    const two = query.slice(i, i + 2)
    if (two !== '/*' && two !== '*/') continue
    depth += two === '/*' ? 1 : -1
    i++
    if (depth === 0) return i + 1
  }
  return query.length
}
