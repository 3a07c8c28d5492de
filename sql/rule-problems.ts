/** What Postgres would refuse in the SQL of rules, asked before a run has to find out. Changes nothing. */
import type { DatasetPlan } from '../config/dataset-plan.js'
import type { Warehouse } from './database.js'
import { quoted } from './names.js'
import { filledRuleSql, meanings } from './rule-sql.js'
import { inTransaction } from './staging.js'

/** A rule in SQL as a dataset uses it. */
export interface SqlRule {
  rule: string
  sql: string
  plan: DatasetPlan
  /** Columns that it may look at, by what stands in braces: `rows`, and streams. */
  looks: { readonly [braces: string]: { plan: DatasetPlan; columns: readonly string[] } }
}

export interface RuleProblem {
  rule: string
  dataset: string
  /** Line in the SQL, from 1; 0 where it is about the whole. */
  line: number
  message: string
}

/** @returns one problem at most for each rule that cannot run */
export async function ruleProblems(warehouse: Warehouse, rules: readonly SqlRule[]): Promise<RuleProblem[]> {
  const problems: RuleProblem[] = []
  for (const rule of rules) {
    const found = await inTransaction(warehouse, { doing: `asking about rule ${rule.rule}` }, async (client) => {
      const relations: { [braces: string]: string } = {}
      for (const [n, [braces, { plan, columns }]] of Object.entries(rule.looks).entries()) {
        const landed = plan.columns.filter((c) => c.key || columns.includes(c.name))
        relations[braces] = `pg_temp.asked_${n}`
        await client.query(`create temp table asked_${n} (${landed.map((c) => `${quoted(c.name)} ${c.type}`).join(', ')}) on commit drop`)
      }
      const key = rule.plan.columns.filter((c) => c.key).map((c) => quoted(c.name))
      const head = `explain (verbose, format json) select ${key.join(', ')} from (\n`
      const text = filledRuleSql(rule.sql, { ...relations, key: key.join(', ') })
      await client.query('savepoint asked; set transaction read only')
      try {
        const { rows } = await client.query({ text: `${head}${text}\n) b`, queryMode: 'extended' } as never)
        const strange = relationsIn(rows[0]['QUERY PLAN']).find((name) => !/^pg_temp(_\d+)?\.asked_\d+$/.test(name))
        return strange === undefined
          ? undefined
          : {
              line: 0,
              message: `it reads ${strange}; a rule reads what stands in braces, ${Object.keys(relations)
                .map((r) => `{${r}}`)
                .join(', ')}`,
            }
      } catch (error) {
        const refused = refusal(error, head, text)
        if (!refused) throw error
        await client.query('rollback to savepoint asked')
        return refused
      }
    })
    if (found) problems.push({ rule: rule.rule, dataset: rule.plan.name, ...found })
  }
  return problems
}

/** Names of the relations that a query plan scans. */
function relationsIn(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(relationsIn)
  if (typeof node !== 'object' || node === null) return []
  const { 'Relation Name': name, Schema: schema } = node as { [key: string]: unknown }
  return [...(typeof name === 'string' ? [`${schema}.${name}`] : []), ...Object.values(node).flatMap(relationsIn)]
}

/** In our words: the message of Postgres can be in any language. Undefined when the error is not about the rule. */
function refusal(error: unknown, head: string, text: string): { line: number; message: string } | undefined {
  const { code = '', position } = error as { code?: string; position?: string }
  if (!/^(42|22|0A|25006|3F|54)/.test(code)) return undefined
  const message = `Postgres refuses it with ${code} (${meanings[code] ?? 'see PostgreSQL, error codes'})`
  const at = Number(position) - 1 - [...head].length
  const query = [...text] // Postgres counts characters, JavaScript half of some
  if (position === undefined || at < 0 || at >= query.length) return { line: 0, message }
  const [word] = /^[\p{L}\p{N}_".]+/u.exec(query.slice(at).join('')) ?? []
  return { line: query.slice(0, at).join('').split('\n').length, message: `${message}${word ? ` at ${word}` : ''}` }
}
