/** The tables of a dataset: what a plan would change, and changing it. */
import { sql, type Transaction } from 'kysely'
import type { DatasetPlan } from '../config/dataset-plan.js'
import { standingTables, viewsOn } from './catalogue.js'
import { type Database, type Tables, warehouseError } from './database.js'
import type { DatasetChange, DatasetWork, StandingDataset } from './dataset-changes.js'
import { addSourceToKey, alterTable, commentOn, createIndex, createTable, dropConstraint, dropIndex, dropTable } from './dataset-ddl.js'
import { diffDataset } from './dataset-diff.js'
import { lockDataset } from './dataset-lock.js'
import { applySources, planSources } from './dataset-sources.js'
import { type DatasetTable, sourceColumn, tableNames, tablesOf } from './dataset-tables.js'
import { withLockTimeout } from './lock-timeout.js'
import { askFullReading, discardStaged, purgeKeys, purgeProfiles, purgeQuarantine } from './purge.js'
import { makeSchema } from './schema.js'

export type { ChangeKind, DatasetChange } from './dataset-changes.js'

/** Id of the pseudonym key of each domain that the worker holds. A domain that is not named is taken to be as it was. */
export type KeyIds = { readonly [domain: string]: string }

/** The contract, or what stands in the warehouse, does not let the dataset be applied. `changes` holds what was refused. */
export class ContractBroken extends Error {
  override name = 'ContractBroken'
  readonly changes: readonly DatasetChange[]
  constructor(changes: readonly DatasetChange[]) {
    super(changes.map((c) => `${c.dataset}: ${c.words}`).join('\n'))
    this.changes = changes
  }
}

/**
 * What `applyDataset` would do, nothing when the dataset is as planned. Changes nothing.
 *
 * A dataset that several sources feed has a plan a source; any of them gives the same answer.
 */
export async function planDataset(db: Database, plan: DatasetPlan, keyIds: KeyIds = {}): Promise<DatasetChange[]> {
  const work = diffDataset(plan, await standingDataset(db, plan), keyIdOf(plan, keyIds))
  return [...work.changes, ...(await blocking(db, plan, work, 'but marts'))]
}

/**
 * Brings the tables of a dataset to its plan and stores the plan, in the caller's transaction and under the lock of the dataset. Safe to
 * repeat: the second time changes nothing. Marts that read what changes must be dropped first (`dropMarts`) and made again.
 *
 * @param digest of the project's files that the plan was made from
 * @returns what was changed
 * @throws ContractBroken when the contract narrows without a new major version, a name is taken, or a view of others is in the way
 */
export async function applyDataset(
  trx: Transaction<Tables>,
  plan: DatasetPlan,
  digest: string,
  keyIds: KeyIds = {},
): Promise<DatasetChange[]> {
  try {
    await lockDataset(trx, plan.name)
    const standing = await standingDataset(trx, plan)
    const keyId = keyIdOf(plan, keyIds)
    const work = diffDataset(plan, standing, keyId)
    const refused = [...work.changes, ...(await blocking(trx, plan, work, 'all'))].filter((c) => c.refused)
    if (refused.length > 0) throw new ContractBroken(refused)
    if (changesTables(work)) await withLockTimeout(trx, () => changeTables(trx, plan, work))
    await purge(trx, plan, work)
    await storePlan(trx, plan, digest, keyId, work.changes.length > 0)
    return work.changes
  } catch (error) {
    throw error instanceof ContractBroken ? error : warehouseError(error, `applying dataset ${plan.name}`)
  }
}

/** What `applyDatasets` would do: each dataset, and those that left the project. */
export async function planDatasets(db: Database, plans: readonly DatasetPlan[], keyIds: KeyIds = {}): Promise<DatasetChange[]> {
  const changes: DatasetChange[] = clashes(plans)
  for (const plan of byName(plans)) {
    changes.push(...(await planDataset(db, plan, keyIds)), ...(await planSources(db, plansOf(plan.name, plans))))
  }
  for (const { name } of await leavers(db, plans)) changes.push(retirement(name))
  return changes
}

/**
 * Applies every dataset of a project and retires those that left it. Safe to repeat.
 *
 * @throws ContractBroken with everything that is refused, before anything is changed
 */
export async function applyDatasets(
  trx: Transaction<Tables>,
  plans: readonly DatasetPlan[],
  digest: string,
  keyIds: KeyIds = {},
): Promise<DatasetChange[]> {
  const refused = (await planDatasets(trx, plans, keyIds)).filter((c) => c.refused)
  if (refused.length > 0) throw new ContractBroken(refused)
  const changes: DatasetChange[] = []
  for (const plan of byName(plans)) {
    const sources = await planSources(trx, plansOf(plan.name, plans))
    changes.push(...(await applyDataset(trx, plan, digest, keyIds)), ...sources)
    await applySources(trx, plansOf(plan.name, plans))
  }
  changes.push(...(await retireDatasets(trx, plans)))
  return changes
}

/**
 * Retires the datasets that are not among the plans: their tables are kept, nobody may read them, and what was staged goes.
 * Safe to repeat.
 */
export async function retireDatasets(trx: Transaction<Tables>, plans: readonly DatasetPlan[]): Promise<DatasetChange[]> {
  const changes: DatasetChange[] = []
  for (const { name, plan } of await leavers(trx, plans)) {
    await lockDataset(trx, name)
    await discardStaged(trx, name, 'the dataset left the project')
    const { rows } = await sql<{ statement: string }>`
      select distinct format('revoke all on table %I.%I from %s', n.nspname, c.relname,
        case when a.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end) as statement
      from pg_class c join pg_namespace n on n.oid = c.relnamespace, aclexplode(c.relacl) a
      where n.nspname = ${plan.schema} and c.relname = any(${tableNames(plan)}::text[]) and a.grantee <> c.relowner`.execute(trx)
    for (const { statement } of rows) await sql.raw(statement).execute(trx)
    await sql`update gemaal.datasets set retired_at = clock_timestamp(), changed_at = clock_timestamp() where name = ${name}`.execute(trx)
    changes.push(retirement(name))
  }
  return changes
}

/** The plan that made the tables of a dataset; undefined when there is none, or the dataset is retired. */
export async function standingPlan(db: Database, name: string): Promise<DatasetPlan | undefined> {
  const row = await db
    .selectFrom('gemaal.datasets')
    .select('plan')
    .where('name', '=', name)
    .where('retired_at', 'is', null)
    .executeTakeFirst()
  return row?.plan
}

/**
 * Gives back the room of rows that are gone, in the tables of a dataset and in quarantine, so that values purged from quarantine are nowhere
 * in its file. Not in a transaction. Readers and writers of the dataset go on meanwhile; those of quarantine wait for as long as it is written
 * anew, since a plain VACUUM leaves the bytes of a row where it stood. Safe to repeat.
 */
export async function vacuumDataset(db: Database, name: string): Promise<void> {
  const row = await db.selectFrom('gemaal.datasets').select('plan').where('name', '=', name).executeTakeFirst()
  const names = row ? [...(await standingTables(db, row.plan.schema, tableNames(row.plan))).keys()] : []
  for (const table of names) await sql`vacuum (analyze) ${sql.id(row?.plan.schema ?? '', table)}`.execute(db)
  await sql`vacuum (full, analyze) gemaal.quarantine`.execute(db)
}

// ------------------------------------------------------------------------------------------------------------------------------ reading

async function standingDataset(db: Database, plan: DatasetPlan): Promise<StandingDataset> {
  const row = await db
    .selectFrom('gemaal.datasets')
    .select(['plan', 'retired_at', 'pseudonym_key'])
    .where('name', '=', plan.name)
    .executeTakeFirst()
  const names = new Set([...tableNames(plan), ...(row ? tableNames(row.plan) : [])])
  return {
    plan: row?.plan,
    retired: row?.retired_at != null,
    pseudonymKey: row?.pseudonym_key ?? null,
    tables: await standingTables(db, plan.schema, [...names]),
  }
}

function keyIdOf(plan: DatasetPlan, keyIds: KeyIds): string | undefined {
  const columns = [...plan.columns, ...plan.children.flatMap((c) => c.columns)]
  return plan.domain !== undefined && columns.some((c) => c.treatment === 'pseudonymise') ? keyIds[plan.domain] : undefined
}

async function leavers(db: Database, plans: readonly DatasetPlan[]): Promise<{ name: string; plan: DatasetPlan }[]> {
  const names = new Set(plans.map((p) => p.name))
  const rows = await db.selectFrom('gemaal.datasets').select(['name', 'plan']).where('retired_at', 'is', null).orderBy('name').execute()
  return rows.filter((r) => !names.has(r.name))
}

/** Views that read what changes: Postgres would refuse. Marts of ours are dropped before, so a plan leaves them out. */
async function blocking(db: Database, plan: DatasetPlan, work: DatasetWork, which: 'all' | 'but marts'): Promise<DatasetChange[]> {
  if (work.touched.size === 0) return []
  const views = await viewsOn(db, plan.schema, [...work.touched.keys()])
  const marts = new Set((await db.selectFrom('gemaal.marts').select('name').execute()).map((m) => m.name))
  const inTheWay = views.filter(({ view, table, column }) => {
    const touched = work.touched.get(table)
    return (touched?.has('*') || (column !== undefined && touched?.has(column))) && (which === 'all' || !marts.has(view))
  })
  return [...new Map(inTheWay.map((v) => [v.view, v])).values()].map(({ view, owner, table, column }) => ({
    dataset: plan.name,
    what: 'blocked',
    words: marts.has(view)
      ? `mart ${view} reads ${plan.schema}.${table}, which changes: marts are dropped first and made again after`
      : `view ${view} reads ${plan.schema}.${table}${column ? `.${column}` : ''}, which changes, and is not of this project: its owner ${owner} must drop it first, or keep its question as a mart`,
    purges: false,
    rereads: false,
    refused: true,
  }))
}

/** Two datasets that want the same table, such as a child table `rollen` of zaken beside a dataset zaken_rollen. */
function clashes(plans: readonly DatasetPlan[]): DatasetChange[] {
  const taken = new Map<string, string>()
  const changes: DatasetChange[] = []
  for (const plan of byName(plans)) {
    for (const name of tableNames(plan)) {
      const table = `${plan.schema}.${name}`
      const other = taken.get(table)
      taken.set(table, plan.name)
      if (other === undefined) continue
      const words = `table ${table} is wanted by ${other} as well: give one of the two another name`
      changes.push({ dataset: plan.name, what: 'clash', words, purges: false, rereads: false, refused: true })
    }
  }
  return changes
}

/** One plan a dataset, in the order in which locks are taken. */
function byName(plans: readonly DatasetPlan[]): DatasetPlan[] {
  return [...new Map([...plans].reverse().map((p) => [p.name, p])).values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

function plansOf(name: string, plans: readonly DatasetPlan[]): DatasetPlan[] {
  return plans.filter((p) => p.name === name)
}

function retirement(dataset: string): DatasetChange {
  const words = 'it left the project: nobody may read its table any more, which is kept until its administrator drops it'
  return { dataset, what: 'retire', words, purges: false, rereads: false, refused: false }
}

// ----------------------------------------------------------------------------------------------------------------------------- changing

async function changeTables(trx: Transaction<Tables>, plan: DatasetPlan, work: DatasetWork): Promise<void> {
  if (work.create.length > 0) await makeSchema(trx, plan.schema)
  for (const { table, dropIndexes } of work.alter) for (const name of dropIndexes) await dropIndex(table.schema, name).execute(trx)
  for (const name of work.drop) await dropTable(plan.schema, name).execute(trx)
  if (work.addSource !== undefined)
    await joinSource(
      trx,
      work.alter.map((a) => a.table),
      work.addSource,
    )
  for (const { table, alterations } of work.alter) if (alterations.length > 0) await alterTable(table, alterations).execute(trx)
  for (const table of work.create) for (const statement of createTable(table)) await statement.execute(trx)
  for (const { table, makeIndexes, comments } of work.alter) {
    for (const index of makeIndexes) await createIndex(table, index).execute(trx)
    if (comments) for (const statement of commentOn(table)) await statement.execute(trx)
  }
  const begun = work.create.find((t) => t.role === 'history')
  if (begun && !work.create.some((t) => t.role === 'present')) await beginHistory(trx, plan, begun)
}

function changesTables(work: DatasetWork): boolean {
  const altered = work.alter.some((a) => a.alterations.length > 0 || a.dropIndexes.length > 0 || a.makeIndexes.length > 0 || a.comments)
  return altered || work.create.length > 0 || work.drop.length > 0 || work.addSource !== undefined
}

async function joinSource(trx: Transaction<Tables>, tables: readonly DatasetTable[], source: string): Promise<void> {
  const { rows } = await sql<{ table: string; name: string }>`
    select c.relname as table, k.conname as name from pg_constraint k
    join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = ${tables[0]?.schema} and c.relname = any(${tables.map((t) => t.name)}::text[]) and k.contype in ('f', 'p')
    order by k.contype`.execute(trx) // children let go of their parent before its key goes
  for (const { table, name } of rows) await dropConstraint({ schema: tables[0]?.schema ?? '', name: table }, name).execute(trx)
  for (const table of tables) for (const statement of addSourceToKey(table, sourceColumn, source)) await statement.execute(trx)
}

/** The rows that stand there are the first versions: each since it changed last. */
async function beginHistory(trx: Transaction<Tables>, plan: DatasetPlan, history: DatasetTable): Promise<void> {
  const present = tablesOf(plan).find((t) => t.role === 'present')
  const columns = sql.join((present?.columns ?? []).map((c) => sql.id(c.name)))
  await sql`insert into ${sql.id(plan.schema, history.name)} (${columns}, _recorded_from)
    select ${columns}, _changed_at from ${sql.id(plan.schema, plan.table)}`.execute(trx)
}

async function purge(trx: Transaction<Tables>, plan: DatasetPlan, work: DatasetWork): Promise<void> {
  await purgeQuarantine(trx, plan.name, work.purge.columns)
  await purgeProfiles(trx, plan.name, work.purge.columns)
  if (work.purge.keys) await purgeKeys(trx, plan.name)
  if (work.discardStaged) await discardStaged(trx, plan.name, 'the tables of the dataset changed')
  if (work.changes.some((c) => c.rereads)) await askFullReading(trx, plan.name)
}

async function storePlan(
  trx: Transaction<Tables>,
  plan: DatasetPlan,
  digest: string,
  keyId: string | undefined,
  changed: boolean,
): Promise<void> {
  const values = {
    schema: plan.schema,
    table: plan.table,
    plan: JSON.stringify(plan),
    fingerprint: plan.fingerprint,
    version: plan.version,
    digest,
    owner: plan.owner,
    activity: plan.activity ?? null,
    personal: plan.personal,
    access: plan.access,
    fresh_within: plan.freshWithin,
    retired_at: null,
    ...(keyId === undefined ? {} : { pseudonym_key: keyId }),
  }
  await trx
    .insertInto('gemaal.datasets')
    .values({ name: plan.name, ...values })
    .onConflict((on) => on.column('name').doUpdateSet({ ...values, ...(changed ? { changed_at: sql<Date>`clock_timestamp()` } : {}) }))
    .execute()
}
