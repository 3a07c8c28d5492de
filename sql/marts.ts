/** Marts: views that answer a question that somebody asked. */
import { createHash } from 'node:crypto'
import { sql, type Transaction } from 'kysely'
import type { DatasetPlan } from '../config/dataset-plan.js'
import type { Mart } from '../config/mart.js'
import { standingTables } from './catalogue.js'
import { type Database, type Tables, warehouseError } from './database.js'
import { diffGrants } from './grants.js'
import { withLockTimeout } from './lock-timeout.js'
import { type MartProblem, martProblem, oneStatement, placeIn } from './mart-problems.js'
import { type MartUses, martUses } from './mart-uses.js'
import { ourRoles, roleNames } from './roles.js'
import { makeSchema } from './schema.js'

export interface MartChange {
  mart: string
  what: 'make' | 'change' | 'drop' | 'closed'
  /** One sentence for people, without a full stop. */
  words: string
}

/** A mart does not run, or reads what it may not. Nothing is changed. */
export class MartBroken extends Error {
  override name = 'MartBroken'
  readonly problems: readonly MartProblem[]
  constructor(problems: readonly MartProblem[]) {
    super(problems.map((p) => p.message).join('\n'))
    this.problems = problems
  }
}

/** What `applyMarts` would make, change and drop. Whether the SQL runs is known when it is applied. Changes nothing. */
export async function planMarts(db: Database, marts: readonly Mart[]): Promise<MartChange[]> {
  const recorded = new Map((await db.selectFrom('gemaal.marts').selectAll().execute()).map((m) => [m.name, m]))
  const changes: MartChange[] = []
  for (const mart of [...marts].sort(byName)) {
    const stands = recorded.get(mart.name)
    if (!stands) changes.push({ mart: mart.name, what: 'make', words: `mart ${mart.name} is made: ${mart.question}` })
    else if (stands.made_from !== madeFrom(mart))
      changes.push({ mart: mart.name, what: 'change', words: `mart ${mart.name} is made again, since its file changed` })
    else if (!(await standingTables(db, mart.schema, [mart.view])).has(mart.view))
      changes.push({ mart: mart.name, what: 'make', words: `mart ${mart.name} is not in the warehouse and is made again` })
  }
  for (const name of [...recorded.keys()].sort())
    if (!marts.some((m) => m.name === name))
      changes.push({ mart: name, what: 'drop', words: `mart ${name} is dropped, since it left the project` })
  return changes
}

/**
 * Drops the views of all marts, so that tables under them can change. Safe to repeat. `applyMarts` in the same transaction makes them again;
 * without it, a rollback brings them back.
 *
 * @throws MartBroken when a view of someone else reads one of them
 */
export async function dropMarts(trx: Transaction<Tables>): Promise<void> {
  await lock(trx)
  const marts = await trx.selectFrom('gemaal.marts').select(['name', 'schema', 'view']).execute()
  await dropViews(trx, marts)
}

/**
 * Brings the views to the marts of the project: drops those that left it or changed, with those that read them, makes what is not there in
 * the order in which they read each other, and grants. Views that are as they should be are left alone. Safe to repeat.
 *
 * @param plans of all datasets of the project, as applied
 * @returns what was done, and `closed` for each mart that nobody but its owner may read
 * @throws MartBroken with every mart that does not run; the caller rolls back, so that the old views stay
 */
export async function applyMarts(trx: Transaction<Tables>, marts: readonly Mart[], plans: readonly DatasetPlan[]): Promise<MartChange[]> {
  try {
    await lock(trx)
    const changes = await planMarts(trx, marts)
    await dropStale(trx, changes)
    await makeViews(trx, marts)
    return [...changes, ...(await grantMarts(trx, marts, plans))]
  } catch (error) {
    throw error instanceof MartBroken ? error : warehouseError(error, 'applying marts')
  }
}

async function lock(trx: Transaction<Tables>): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('gemaal.marts', 0))`.execute(trx)
}

// ----------------------------------------------------------------------------------------------------------------------------- drop

/** Drops the views that changed or left the project, and our marts that read them. */
async function dropStale(trx: Transaction<Tables>, changes: readonly MartChange[]): Promise<void> {
  const stale = new Set(changes.map((c) => c.mart))
  const marts = await trx.selectFrom('gemaal.marts').select(['name', 'schema', 'view']).execute()
  const readers = await readersOfViews(trx, marts)
  for (let before = -1; before !== stale.size; ) {
    before = stale.size
    for (const { view, reads } of readers) if (stale.has(reads) && marts.some((m) => m.name === view)) stale.add(view)
  }
  await dropViews(
    trx,
    marts.filter((m) => stale.has(m.name)),
  )
  for (const { mart, what } of changes) if (what === 'drop') await trx.deleteFrom('gemaal.marts').where('name', '=', mart).execute()
}

async function dropViews(trx: Transaction<Tables>, marts: readonly { name: string; schema: string; view: string }[]): Promise<void> {
  if (marts.length === 0) return
  const names = new Set(marts.map((m) => m.name))
  const foreign = (await readersOfViews(trx, marts)).filter((r) => !names.has(r.view))
  if (foreign.length > 0)
    throw new MartBroken(
      foreign.map(({ view, owner, reads }) => ({
        mart: reads,
        message: `view ${view} reads mart ${reads}, which is to be made again, and is not of this project: its owner ${owner} must drop it first, or keep its question as a mart`,
      })),
    )
  await withLockTimeout(trx, () => sql`drop view if exists ${sql.join(marts.map((m) => sql.id(m.schema, m.view)))}`.execute(trx))
}

/** The views that read views of ours. */
async function readersOfViews(
  trx: Transaction<Tables>,
  marts: readonly { schema: string; view: string }[],
): Promise<{ view: string; owner: string; reads: string }[]> {
  const { rows } = await sql<{ view: string; owner: string; reads: string }>`
    select distinct vn.nspname || '.' || v.relname as view, pg_get_userbyid(v.relowner) as owner, n.nspname || '.' || c.relname as reads
    from json_to_recordset(${JSON.stringify(marts.map(({ schema, view }) => ({ schema, view })))}::json) m (schema text, view text)
    join pg_namespace n on n.nspname = m.schema join pg_class c on c.relnamespace = n.oid and c.relname = m.view
    join pg_depend d on d.refclassid = 'pg_class'::regclass and d.refobjid = c.oid and d.classid = 'pg_rewrite'::regclass
    join pg_rewrite r on r.oid = d.objid join pg_class v on v.oid = r.ev_class join pg_namespace vn on vn.oid = v.relnamespace
    where v.oid <> c.oid order by 1, 3`.execute(trx)
  return rows
}

// ----------------------------------------------------------------------------------------------------------------------------- make

/** Makes what is not there. A mart that reads one which is still to be made fails at first and is tried again after it. */
async function makeViews(trx: Transaction<Tables>, marts: readonly Mart[]): Promise<void> {
  let pending: Mart[] = []
  for (const mart of [...marts].sort(byName)) if (!(await ourView(trx, mart))) pending.push(mart)
  const problems: MartProblem[] = []
  for (;;) {
    const failed: { mart: Mart; problem: MartProblem }[] = []
    for (const mart of pending) {
      const problem = await makeView(trx, mart, pending)
      if (problem) failed.push({ mart, problem })
    }
    if (failed.length === 0 || failed.length === pending.length) {
      problems.push(...failed.map((f) => f.problem))
      break
    }
    pending = failed.map((f) => f.mart)
  }
  if (problems.length > 0) throw new MartBroken(problems)
}

/** Whether the view of a mart stands; a relation that is not ours is in its way. */
async function ourView(trx: Transaction<Tables>, mart: Mart): Promise<boolean> {
  const stands = (await standingTables(trx, mart.schema, [mart.view])).get(mart.view)
  if (!stands) return false
  const ours = await trx.selectFrom('gemaal.marts').select('name').where('name', '=', mart.name).executeTakeFirst()
  if (ours && stands.kind === 'v') return true
  throw new MartBroken([
    { mart: mart.name, message: `${mart.file}: ${mart.name} stands there already and is no mart: give one of the two another name` },
  ])
}

async function makeView(trx: Transaction<Tables>, mart: Mart, pending: readonly Mart[]): Promise<MartProblem | undefined> {
  const query = oneStatement(mart.sql)
  if ('before' in query)
    return { mart: mart.name, message: `${placeIn(mart, query.before)}  a mart is one query: nothing may come after the first semicolon` }
  const head = sql`create view ${sql.id(mart.schema, mart.view)} as (\n`
  await sql`savepoint mart`.execute(trx)
  try {
    await makeSchema(trx, mart.schema)
    await sql`${head}${sql.raw(query.text)}\n)`.execute(trx)
    await describeView(trx, mart)
    await sql`release savepoint mart`.execute(trx)
    return undefined
  } catch (error) {
    const broken = martProblem(error, mart, head.compile(trx).sql, new Set(pending.map((p) => p.name)))
    if (!broken) throw error
    await sql`rollback to savepoint mart`.execute(trx)
    return broken
  }
}

async function describeView(trx: Transaction<Tables>, mart: Mart): Promise<void> {
  const id = sql.id(mart.schema, mart.view)
  const columns = (await standingTables(trx, mart.schema, [mart.view])).get(mart.view)?.columns ?? []
  for (const name of Object.keys(mart.columns))
    if (!columns.some((c) => c.name === name))
      throw new MartBroken([
        {
          mart: mart.name,
          message: `${mart.file}: it describes column '${name}', which it does not have; it has ${columns.map((c) => c.name).join(', ')}`,
        },
      ])
  await sql`comment on view ${id} is ${sql.lit(`${mart.question}\nAsked by: ${mart.askedBy}`)}`.execute(trx)
  for (const [name, text] of Object.entries(mart.columns))
    await sql`comment on column ${sql.id(mart.schema, mart.view, name)} is ${sql.lit(text)}`.execute(trx)
}

// ---------------------------------------------------------------------------------------------------------------------------- grant

async function grantMarts(trx: Transaction<Tables>, marts: readonly Mart[], plans: readonly DatasetPlan[]): Promise<MartChange[]> {
  const names = await roleNames(trx)
  const uses = new Map<string, MartUses>()
  for (const mart of marts) uses.set(mart.name, await martUses(trx, mart, plans, names))
  const forbidden = marts.filter((m) => (uses.get(m.name)?.forbidden.length ?? 0) > 0)
  if (forbidden.length > 0)
    throw new MartBroken(
      forbidden.map((m) => ({
        mart: m.name,
        message: `${m.file}: it reads ${uses.get(m.name)?.forbidden.join(', ')}, which is Gemaal's own and changes with it; a mart reads datasets, marts and meta views`,
      })),
    )
  const there = new Set((await sql<{ name: string }>`select rolname as name from pg_roles`.execute(trx)).rows.map((r) => r.name))
  const wanted = marts.map((m) => ({
    schema: m.schema,
    name: m.view,
    of: m.name,
    roles: (uses.get(m.name)?.roles ?? []).filter((r) => there.has(r)),
  }))
  const ours = await ourRoles(trx, names)
  for (const { roles } of wanted) for (const role of roles) ours.add(role)
  const diff = await diffGrants(trx, wanted, ours)
  for (const { statement } of [...diff.revoke, ...diff.grant]) await sql.raw(statement).execute(trx)
  await grantSchemas(trx, [...new Set(marts.map((m) => m.schema))], names.reader, there)
  for (const mart of marts) await record(trx, mart, uses.get(mart.name)?.datasets ?? [])
  return marts.flatMap((m) => {
    const closed = uses.get(m.name)?.closed
    return closed === undefined
      ? []
      : [{ mart: m.name, what: 'closed' as const, words: `nobody but its owner may read mart ${m.name}: ${closed}` }]
  })
}

/** A schema that holds only marts is made here. */
async function grantSchemas(
  trx: Transaction<Tables>,
  schemas: readonly string[],
  reader: string,
  there: ReadonlySet<string>,
): Promise<void> {
  if (!there.has(reader)) return
  const { rows } = await sql<{ schema: string }>`
    select nspname as schema from pg_namespace where nspname = any(${[...schemas]}::text[]) and not has_schema_privilege(${reader}, oid, 'usage')`.execute(
    trx,
  )
  for (const { schema } of rows) await sql`grant usage on schema ${sql.id(schema)} to ${sql.id(reader)}`.execute(trx)
}

async function record(trx: Transaction<Tables>, mart: Mart, uses: string[]): Promise<void> {
  const values = {
    schema: mart.schema,
    view: mart.view,
    question: mart.question,
    asked_by: mart.askedBy,
    uses,
    open: mart.open === undefined ? null : JSON.stringify(mart.open),
    made_from: madeFrom(mart),
  }
  await trx
    .insertInto('gemaal.marts')
    .values({ name: mart.name, ...values })
    .onConflict((on) => on.column('name').doUpdateSet(values))
    .execute()
}

function madeFrom(mart: Mart): string {
  const columns = Object.entries(mart.columns).sort(([a], [b]) => (a < b ? -1 : 1))
  return createHash('sha256')
    .update(JSON.stringify([mart.sql, mart.question, mart.askedBy, columns]))
    .digest('hex')
}

function byName(a: Mart, b: Mart): number {
  return a.name < b.name ? -1 : 1
}
