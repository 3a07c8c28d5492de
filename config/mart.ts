import { z } from 'zod'
import { columnName, text } from './words.js'

/** The front matter of a mart: YAML in the first comment of its SQL. */
export const martForm = z.strictObject({
  question: text.describe('The question that it answers'),
  asked_by: text.describe('Who asked it'),
  columns: z.record(columnName, text).default({}).describe('What each column holds'),
  open: z
    .strictObject({ licence: text.describe('Licence, such as CC0-1.0'), theme: text.describe('Theme in the register of open data') })
    .optional()
    .describe('For a mart that is published as open data'),
})

/** A view that answers a question that somebody asked: `marts/<schema>/<view>.sql`. */
export interface Mart {
  /** `<schema>.<view>`. */
  name: string
  schema: string
  view: string
  /** Path in the project. */
  file: string
  question: string
  askedBy: string
  columns: { readonly [column: string]: string }
  open: { licence: string; theme: string } | undefined
  /** One query, without its front matter and without a semicolon at its end. */
  sql: string
  /** Line of the file on which `sql` begins, for messages of Postgres. */
  sqlLine: number
}

export interface MartText {
  yaml: string
  /** Line on which the YAML begins. */
  yamlLine: number
  sql: string
  sqlLine: number
}

/** Takes the file of a mart apart. Undefined when it does not begin with front matter. */
export function splitMart(file: string): MartText | undefined {
  const match = /^(\s*\/\*[ \t]*---[ \t]*\n)([\s\S]*?)^[ \t]*---[ \t]*\*\//m.exec(file)
  if (match?.index !== 0) return undefined
  const [whole, opening = '', yaml = ''] = match
  const after = file.slice(whole.length)
  const before = file.slice(0, whole.length + (after.length - after.trimStart().length))
  return { yaml, yamlLine: linesIn(opening) + 1, sql: withoutEnd(after.trim()), sqlLine: linesIn(before) + 1 }
}

const linesIn = (part: string): number => part.split('\n').length - 1

// What can hide a semicolon: strings (with E in front a backslash escapes), quoted names, comments, dollar quotes (which begin no name's middle).
// @see PostgreSQL documentation, 4.1.2 Constants
const opaque =
  /(?<![\w$])[eE]'(?:\\[\s\S]|[^'\\]|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|(?<![\w$])\$((?:[^\W\d]\w*)?)\$[\s\S]*?\$\1\$/g

/** The query with as many signs, in which comments are blank and texts are `_`. */
function bareSql(sql: string): string {
  return sql.replace(opaque, (hidden) => hidden.replace(/[^\n]/g, /^(--|\/\*)/.test(hidden) ? ' ' : '_'))
}

/** Without the semicolon that ends it, and what follows that when it is only comments. */
function withoutEnd(sql: string): string {
  const end = /(\s*;)+\s*$/.exec(bareSql(sql))
  return end ? sql.slice(0, end.index) : sql
}

/** Where a second statement begins in a query, as an offset; undefined when it is one query. It becomes the body of a view, so it may be no more. */
export function secondStatement(sql: string): number | undefined {
  const at = bareSql(sql).indexOf(';')
  return at < 0 ? undefined : at
}

/** Whether it begins as a query does, after comments. */
export function isQuery(sql: string): boolean {
  return /^(?:\s|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)*(select|with|values|table|\()/i.test(sql)
}

export function martOf(place: { schema: string; view: string; file: string }, text: MartText, written: z.output<typeof martForm>): Mart {
  return {
    ...place,
    name: `${place.schema}.${place.view}`,
    question: written.question,
    askedBy: written.asked_by,
    columns: written.columns,
    open: written.open,
    sql: text.sql,
    sqlLine: text.sqlLine,
  }
}
