/** The SQL of the named checks on the rows of a dataset together: each one SELECT that returns the key columns of the rows that break it. */
import type { ColumnType, NamedCheck } from '../config/dataset-plan.js'
import { literal, quoted } from './names.js'
import { filledRuleSql } from './rule-sql.js'

/** What a rule looks at. */
export interface JudgedRows {
  /** Relation that holds them, as SQL names it: key columns, and those that the rule looks at. */
  relation: string
  /** Names of the key columns. */
  key: readonly string[]
  types: ReadonlyMap<string, ColumnType>
}

/** Rows that count, by the value of a column, by one of several, or by its absence. */
type Rows = { readonly [column: string]: string | null | readonly string[] }

/** What stands for an end that is absent: later than any other of its type. */
const open: { readonly [type in ColumnType]?: string } = {
  date: `'infinity'::date`,
  timestamptz: `'infinity'::timestamptz`,
  numeric: `'infinity'::numeric`,
  bigint: '9223372036854775807',
}

/** Types of which one value comes before another, and an end can be open. */
export const periodTypes = Object.keys(open) as readonly ColumnType[]

const queries: { readonly [name: string]: (parameters: NamedCheck['parameters'], rows: JudgedRows) => string } = {
  unique: ({ columns }, rows) => atMost(1, columns as string[], {}, rows),
  'at-most-one': ({ per, where = {} }, rows) => atMost(1, per as string[], where as Rows, rows),
  'at-most': ({ per, most, where = {} }, rows) => atMost(most as number, per as string[], where as Rows, rows),
  'no-overlap': (parameters, rows) => noOverlap(parameters as unknown as Periods, rows),
  hierarchy: ({ parent, levels }, rows) => hierarchy(parent as string, levels as number, rows),
  sql: ({ sql }, { relation, key }) =>
    // What the author returns beside the keys of rows, and keys that are none, is left out.
    `select ${keys(key, 'r')} from ${relation} r where (${keys(key, 'r')}) in (select ${keys(key, 'b')} from (
${filledSetSql(sql as string, { relation, key })}
) b)`,
}

/** The SQL of an author: `{rows}` stands for the rows, `{key}` for their key columns. */
export function filledSetSql(sql: string, { relation, key }: Pick<JudgedRows, 'relation' | 'key'>): string {
  return filledRuleSql(sql, { rows: relation, key: keys(key) })
}

/** What may stand in braces in the SQL of a rule on a dataset. */
export const setBraces = ['rows', 'key'] as const

/** @returns a SELECT without a semicolon */
export function setQuery(check: NamedCheck, rows: JudgedRows): string {
  const query = queries[check.name]
  if (!query) throw new Error(`there is no check '${check.name}' on the rows of a dataset`)
  return query(check.parameters, rows)
}

function keys(key: readonly string[], alias?: string): string {
  return key.map((k) => (alias ? `${alias}.${quoted(k)}` : quoted(k))).join(', ')
}

const present = (columns: readonly string[]) => columns.map((c) => `${quoted(c)} is not null`)

function counts(where: Rows): string[] {
  return Object.entries(where).map(([column, value]) => {
    const name = quoted(column)
    if (value === null) return `${name} is null`
    return `${name}::text in (${[value].flat().map(literal).join(', ')})`
  })
}

function atMost(most: number, per: readonly string[], where: Rows, { relation, key }: JudgedRows): string {
  return `select ${keys(key)} from (
    select ${keys(key)}, count(*) over (partition by ${keys(per)}) as _count from ${relation}
    where ${[...present(per), ...counts(where)].join(' and ')}
  ) counted where _count > ${most}`
}

interface Periods {
  per: string[]
  from: string
  to: string
  end: 'inclusive' | 'exclusive'
  where?: Rows
}

/**
 * Rows whose period shares a moment with another of the group: one that began before and ends later than this begins, or the next one begins
 * before this ends. A period that ends before it begins holds no moment; that is for a rule on the record.
 */
function noOverlap({ per, from, to, end, where = {} }: Periods, { relation, key, types }: JudgedRows): string {
  const inclusive = end === 'inclusive'
  const ends = `coalesce(${quoted(to)}, ${open[types.get(to)!]})`
  const conditions = [...present([...per, from]), `${ends} ${inclusive ? '>=' : '>'} ${quoted(from)}`, ...counts(where)]
  return `select ${keys(key)} from (
    select ${keys(key)}, ${quoted(from)} as _from, ${ends} as _to,
      max(${ends}) over (earlier rows between unbounded preceding and 1 preceding) as _before,
      lead(${quoted(from)}) over earlier as _next
    from ${relation} where ${conditions.join(' and ')}
    window earlier as (partition by ${keys(per)} order by ${quoted(from)}, ${keys(key)})
  ) periods where _before ${inclusive ? '>=' : '>'} _from or _next ${inclusive ? '<=' : '<'} _to`
}

/**
 * Rows deeper than so many levels, counted from a row whose parent is absent or elsewhere, and those that no such row leads to: a circle. Most
 * rows of a registration have no parent, and only those that have one are walked.
 */
function hierarchy(parent: string, levels: number, { relation, key }: JudgedRows): string {
  const [id, up] = [quoted(key[0]!), quoted(parent)]
  return `with recursive child as materialized (
    select ${id}, ${up} from ${relation} where ${up} is not null
  ), tree as (
    select c.${id}, case when exists (select from ${relation} r where r.${id} = c.${up}) then 2 else 1 end as _level
    from child c where not exists (select from child p where p.${id} = c.${up})
    union all
    select c.${id}, t._level + 1 from child c join tree t on c.${up} = t.${id}
  )
  select c.${id} from child c left join tree t on t.${id} = c.${id} where t.${id} is null or t._level > ${levels}`
}
