import type { Edm, EntitySet, Row, Version } from './model.js'

/** What a client asked in a way that a strict service does not take. */
export class BadRequest extends Error {}

const quoted = (text: string): string => {
  if (!/^'([^']|'')*'$/.test(text)) throw new BadRequest(`no string: ${text}`)
  return text.slice(1, -1).replaceAll("''", "'")
}

/** The value of a literal, which has to be in the notation of its type and version. */
export function literalValue(edm: Edm, literal: string, version: Version): string {
  const forms: { [edm: string]: { old: RegExp; four: RegExp } } = {
    Boolean: { old: /^(true|false)$/, four: /^(true|false)$/ },
    Int32: { old: /^(-?\d+)$/, four: /^(-?\d+)$/ },
    Int64: { old: /^(-?\d+)L$/, four: /^(-?\d+)$/ },
    Decimal: { old: /^(-?[\d.]+)[Mm]$/, four: /^(-?[\d.]+)$/ },
    Guid: { old: /^guid'([0-9a-f-]{36})'$/i, four: /^([0-9a-f-]{36})$/i },
    DateTime: { old: /^datetime'(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?)'$/, four: /^$/ },
    DateTimeOffset: {
      old: /^datetimeoffset'(\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d))'$/,
      four: /^(\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d))$/,
    },
  }
  if (edm === 'String') return quoted(literal)
  const form = forms[edm as string]
  const [, value] = (version === 4 ? form?.four : form?.old)?.exec(literal) ?? []
  if (value === undefined) throw new BadRequest(`no literal of Edm.${String(edm)}: ${literal}`)
  return value
}

/** The rows that meet `A eq 1 and (B ge 2)`: conditions joined by `and`. */
export function filtered({ fields, rows }: EntitySet, filter: string, version: Version): Row[] {
  const conditions = [...filter.matchAll(/\(?(\w+) (eq|ge|ne) ((?:[a-z]+)?'(?:[^']|'')*'|[^ )]+)\)?(?: and |$)/g)]
  if (conditions.map(([whole]) => whole).join('') !== filter) throw new BadRequest(`no filter: ${filter}`)
  return rows.filter((row) =>
    conditions.every(([, name, operator, literal]) => {
      const edm = fields[name!]
      if (edm === undefined) throw new BadRequest(`no field ${name}`)
      const given = literalValue(edm, literal!, version)
      const own = row[name!]
      if (own === null || own === undefined) return operator === 'ne'
      if (operator === 'ge') return compare(edm, String(own), given) >= 0
      return (compare(edm, String(own), given) === 0) === (operator === 'eq')
    }),
  )
}

function compare(edm: Edm, a: string, b: string): number {
  if (edm === 'Int32' || edm === 'Int64') return Number(BigInt(a) - BigInt(b))
  if (edm === 'DateTime') return Date.parse(`${a}Z`) - Date.parse(`${b}Z`)
  if (edm === 'DateTimeOffset') return Date.parse(a) - Date.parse(b)
  return a < b ? -1 : a > b ? 1 : 0
}

/** The values of a key predicate: `'a'`, or `A='a',B=1L`. */
export function keyOf({ key, fields }: EntitySet, predicate: string, version: Version): Row {
  const parts = [...predicate.matchAll(/(?:(\w+)=)?((?:[a-z]+)?'(?:[^']|'')*'|[^,']+)(?:,|$)/g)]
  if (parts.map(([whole]) => whole).join('') !== predicate || parts.length !== key.length) throw new BadRequest('no key')
  return Object.fromEntries(parts.map(([, name = key[0]!, literal]) => [name, literalValue(fields[name] ?? 'String', literal!, version)]))
}
