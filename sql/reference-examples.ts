/** Judges rules on references over made-up rows; nothing of it stays. */
import type pg from 'pg'
import type { ColumnType, NamedCheck } from '../config/dataset-plan.js'
import { type ExampleRow, makeExampleRows, withExamples } from './example-rows.js'
import { quoted } from './names.js'
import { filledRuleSql, runRuleSql } from './rule-sql.js'

/** Rows by stream; those of `rows` are judged. */
export type ReferenceExample = { readonly [stream: string]: readonly ExampleRow[] }

export interface ExampleRule {
  check: NamedCheck
  uses: { readonly [stream: string]: readonly string[] }
  /** All examples of the rule: what its columns hold in any of them says of which type they are. */
  examples: { readonly valid: readonly ReferenceExample[]; readonly invalid: readonly ReferenceExample[] }
}

/** @returns places in `rows` of those that break the rule; or why it could not be judged, without a value */
export async function judgeReferenceExample(
  pool: pg.Pool,
  rule: ExampleRule,
  example: ReferenceExample,
): Promise<{ broken: number[] } | { failed: string }> {
  const all = [...rule.examples.valid, ...rule.examples.invalid]
  return withExamples(pool, async (client) => {
    const relations: { [stream: string]: string } = {}
    const streams = rule.check.name === 'references' ? ['rows', String(rule.check.parameters.to)] : ['rows', ...Object.keys(rule.uses)]
    for (const [n, stream] of [...new Set(streams)].entries()) {
      const columns = columnsOf(
        all.flatMap((each) => each[stream] ?? []),
        rule.uses[stream] ?? [],
      )
      const table = n === 0 ? 'rule_rows' : `rule_used_${n - 1}`
      relations[stream] = `pg_temp.${table}`
      await makeExampleRows(
        client,
        table,
        [...columns].map(([name, type]) => ({ name, type })),
        example[stream] ?? [],
      )
    }
    const text =
      rule.check.name === 'references' ? referenceQuery(rule.check, relations, all) : await sqlQuery(client, rule.check, relations)
    if (typeof text !== 'string') return text
    const answer = await runRuleSql<{ at: number }>(client, text)
    return 'failed' in answer ? answer : { broken: answer.answer.rows.map((row) => row.at) }
  })
}

/** The target is told by the one column that it has. */
function referenceQuery(
  { parameters }: NamedCheck,
  relations: { readonly [stream: string]: string },
  all: readonly ReferenceExample[],
): string {
  const { column, to } = parameters as { column: string; to: string }
  const values = all.flatMap((each) => each.rows ?? []).map((row) => row[column])
  const key = Object.keys(all.flatMap((each) => each[to] ?? [])[0] ?? { key: null })[0]!
  const list = values.some((value) => Array.isArray(value))
  return `select distinct r._at::int as at from ${relations.rows} r cross join lateral ${list ? `unnest(r.${quoted(column)})` : `(select r.${quoted(column)})`} as x (target)
    where x.target is not null and not exists (select from ${relations[to]} u where u.${quoted(key)} = x.target) order by 1`
}

/** Made-up rows are told apart by what the SQL returns: its author takes that for the key. */
async function sqlQuery(
  client: pg.ClientBase,
  { parameters }: NamedCheck,
  relations: { readonly [stream: string]: string },
): Promise<string | { failed: string }> {
  const sql = filledRuleSql(String(parameters.sql), { ...relations, key: '_at' })
  const shape = await runRuleSql(client, `select * from (\n${sql}\n) b limit 0`)
  if ('failed' in shape) return shape
  const keys = shape.answer.fields.map((field) => quoted(field.name)).join(', ')
  return `select r._at::int as at from ${relations.rows} r where (${keys}) in (select ${keys} from (\n${sql}\n) b) order by 1`
}

const shapes: readonly (readonly [ColumnType, RegExp])[] = [
  ['uuid', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/],
  ['date', /^\d{4}-\d{2}-\d{2}$/],
  ['timestamptz', /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/],
  ['boolean', /^(true|false)$/],
  // One with a zero in front is a code.
  ['bigint', /^-?(0|[1-9]\d{0,17})$/],
  ['jsonb', /^(\[.*\]|\{.*\})$/],
  ['numeric', /^-?(0|[1-9]\d*)(\.\d+)?$/],
]

/** Columns of made-up rows, of the narrowest type that all their values have. */
export function columnsOf(rows: readonly ExampleRow[], named: readonly string[]): Map<string, ColumnType> {
  const names = new Set([...named, ...rows.flatMap((row) => Object.keys(row))])
  return new Map(
    [...names].map((name) => {
      const values = rows.flatMap((row) => row[name] ?? [])
      const list = rows.some((row) => Array.isArray(row[name]))
      const type = values.length === 0 ? 'text' : (shapes.find(([, shape]) => values.every((value) => shape.test(value)))?.[0] ?? 'text')
      return [name, (list ? `${type}[]` : type) as ColumnType]
    }),
  )
}
