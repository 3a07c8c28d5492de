/**
 * SQL of rules: what the author of one wrote, and what the named checks build. It runs inside the transaction of somebody else, can read and
 * nothing more, and has its own time.
 */
import type pg from 'pg'
import { oneStatement } from './mart-problems.js'
import { literal } from './names.js'

/** A statement of a rule takes at most so long; the rest of the run does not wait for it. */
export const ruleTimeoutMs = 30_000

/** What a statement gave, or why the rule could not be judged: in our words, since those of Postgres can quote a value. */
export type RuleAnswer<T> = { answer: T } | { failed: string }

const placeholder = /\{([a-z][A-Za-z0-9_-]*)\}/g

/**
 * Functions that reach beyond the rows: files, other sessions, settings that outlive the statement, and SQL that is made while it runs. A rule
 * has no use for any of them.
 */
const beyond =
  /(?<![\p{L}\p{N}_$])"?(?:pg_\w+|lo_\w+|dblink\w*|set_config|current_setting|setval|nextval|lastval|query_to_\w+|cursor_to_\w+|table_to_\w+|schema_to_\w+|database_to_\w+)"?(?=\s*\()/iu

/**
 * What is wrong with the SQL of a rule before Postgres sees it; undefined where nothing is.
 *
 * @param relations what may stand in braces: `rows`, and the streams that the rule uses
 */
export function ruleSqlFault(sql: string, relations: readonly string[]): string | undefined {
  const statement = oneStatement(sql)
  if ('before' in statement) return 'there is more than one statement; expected one SELECT'
  const bare = withoutTexts(statement.text)
  if (!/^\s*(select|with)\b/i.test(bare)) return 'this is not a SELECT'
  if (/\bU&["']|\$\w*\$|\bE'/i.test(statement.text)) return "it quotes a text or a name with E'…', $$…$$ or U&; expected '…'"
  const named = [...bare.matchAll(placeholder)].map(([, name]) => name!)
  const strange = named.find((name) => !relations.includes(name))
  if (strange !== undefined)
    return `{${strange}} stands for nothing; expected ${relations.map((r) => `{${r}}`).join(', ')}: name its columns under 'uses'`
  if (!named.includes('rows')) return 'it does not look at {rows}, the rows that are judged'
  const [call] = beyond.exec(bare) ?? []
  return call === undefined ? undefined : `it calls ${call}, which reaches beyond the rows that are judged`
}

/** The one statement of a rule, with what its braces stand for. */
export function filledRuleSql(sql: string, relations: { readonly [name: string]: string }): string {
  const statement = oneStatement(sql)
  const text = 'before' in statement ? statement.before : statement.text
  return text.replace(placeholder, (whole, name: string) => relations[name] ?? whole)
}

/**
 * Runs one statement of a rule in a savepoint that can only read; a temporary table made before can be filled by it, which is no change of the
 * warehouse. What fails takes back itself alone.
 *
 * @param text one SELECT, or an INSERT of one into a temporary table. It goes by the protocol that takes no second statement; what an author
 *   wrote stands in it as a subquery, where nothing can write or end the transaction.
 * @throws what is not about the rule: a lost connection, a cancel
 */
export async function runRuleSql<R extends pg.QueryResultRow>(
  client: pg.ClientBase,
  text: string,
  { values = [], timeoutMs = ruleTimeoutMs, signal }: { values?: unknown[]; timeoutMs?: number; signal?: AbortSignal | undefined } = {},
): Promise<RuleAnswer<pg.QueryResult<R>>> {
  signal?.throwIfAborted()
  // One message to Postgres each way: a dataset can have dozens of rules.
  const [before] = (await client.query(
    // Postgres gives no way back to writing before the savepoint ends.
    `select current_setting('statement_timeout') as timeout; savepoint rule; set transaction read only;
     set local statement_timeout = ${Math.max(1, Math.round(timeoutMs))}`,
  )) as unknown as pg.QueryResult<{ timeout: string }>[]
  try {
    const answer = await client.query<R>({ text, values, queryMode: 'extended' } as pg.QueryConfig)
    await client.query(`release savepoint rule; set local statement_timeout = ${literal(before!.rows[0]!.timeout)}`)
    return { answer }
  } catch (error) {
    const failed = signal?.aborted ? undefined : reasonOf(error, timeoutMs)
    if (failed === undefined) throw error
    await client.query('rollback to savepoint rule; release savepoint rule')
    return { failed }
  }
}

/** The code and nothing else: the message can quote a value. Undefined when it is the warehouse that failed, and not the rule. */
function reasonOf(error: unknown, timeoutMs: number): string | undefined {
  const { code = '' } = error as { code?: string }
  if (code === '57014') return `it took longer than ${timeoutMs >= 1000 ? `${Math.round(timeoutMs / 1000)} s` : `${timeoutMs} ms`}`
  if (!/^[0-9A-Z]{5}$/.test(code) || /^(08|53|57|58|40|25P0|XX)/.test(code)) return undefined
  return `the rule failed (${code}${meanings[code] ? `: ${meanings[code]}` : ''})`
}

/** @see PostgreSQL documentation, appendix A */
export const meanings: { readonly [code: string]: string } = {
  '25006': 'it may not write',
  '42601': 'it is no SQL, or more than one statement',
  '42P01': 'no such table',
  '42703': 'no such column',
  '42702': 'this column is in several tables',
  '42883': 'no such function or operator for these types',
  '42803': 'it must be in group by or inside an aggregate',
  '42804': 'the types do not fit',
  '42501': 'our role may not',
  '22P02': 'a text is no value of the type',
  '22007': 'a text is no date',
  '22012': 'it divides by zero',
}

/** The statement with its texts and comments emptied, so that words in them are not taken for calls. */
function withoutTexts(sql: string): string {
  return sql.replace(/'(?:[^']|'')*'/g, "''").replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, ' ')
}
