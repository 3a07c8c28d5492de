/**
 * Who may read what. Access is by dataset: a role that every reader of the warehouse has, and one for each processing activity. Roles are
 * of the whole cluster, so their names carry the name of the database, and a comment says whose they are.
 */
import { type Kysely, sql, type Transaction } from 'kysely'
import type { DatasetPlan } from '../config/dataset-plan.js'
import { type Database, type Tables, warehouseError } from './database.js'
import { tableNames } from './dataset-tables.js'
import { diffGrants } from './grants.js'
import { fittingName, literal, quoted } from './names.js'

/** The activity register as far as roles go: the database groups that get the role of an activity. */
export type ActivityReaders = ReadonlyMap<string, { readonly readers?: readonly string[] | undefined }>

export interface RoleChange {
  what: 'create role' | 'comment' | 'member' | 'grant' | 'revoke' | 'warning'
  /** One sentence for people, without a full stop. */
  words: string
  /** What is run for it; undefined for a warning. */
  statement: string | undefined
  /** The role that must be there first. */
  role: string | undefined
  /** Our connection may not do it: a DBA runs `statement`. */
  byDba: boolean
}

export interface RoleNames {
  database: string
  /** The role that every reader of the warehouse has. */
  reader: string
  of(activity: string): string
}

export async function roleNames(db: Kysely<Tables>): Promise<RoleNames> {
  const { rows } = await sql<{ name: string }>`select current_database()::text as name`.execute(db)
  return roleNamesOf(rows[0]?.name ?? '')
}

export function roleNamesOf(database: string): RoleNames {
  return {
    database,
    reader: fittingName(`${database}_reader`),
    of: (activity) => fittingName(`${database}_${activity.replaceAll('-', '_')}`),
  }
}

/** Roles of this database that stand in the cluster, by their comment. */
export async function ourRoles(db: Kysely<Tables>, names: RoleNames): Promise<Set<string>> {
  const { rows } = await sql<{ name: string }>`
    select rolname as name from pg_roles where starts_with(shobj_description(oid, 'pg_authid'), ${mark(names, '')})`.execute(db)
  return new Set(rows.map((r) => r.name))
}

/** The role that may read a dataset. Without an activity there is nobody whose role it could be. */
export function readersOf(plan: DatasetPlan, names: RoleNames): string[] {
  if (plan.access === 'everyone') return [names.reader]
  return plan.activity === undefined ? [] : [names.of(plan.activity)]
}

/** What `applyRoles` would do, and what a DBA must do first; nothing when all is as it should be. Changes nothing. */
export async function planRoles(db: Database, plans: readonly DatasetPlan[], activities: ActivityReaders): Promise<RoleChange[]> {
  const wanted = wantedRoles(await roleNames(db), plans, activities)
  const standing = await standingRoles(db, wanted)
  return [
    ...roleChanges(wanted, standing),
    ...(await memberChanges(db, wanted, standing)),
    ...(await grantChanges(db, wanted, standing, plans)),
  ]
}

/**
 * Creates roles, grants and revokes, in the caller's transaction. Safe to repeat. What the role of the connection may not do is left, and so
 * are grants to a role that is not there yet: they come with the `apply` after the DBA's work.
 *
 * @returns what was done, and what a DBA must run (`rolesSql`)
 */
export async function applyRoles(
  trx: Transaction<Tables>,
  plans: readonly DatasetPlan[],
  activities: ActivityReaders,
): Promise<{ done: RoleChange[]; missing: RoleChange[]; warnings: RoleChange[] }> {
  try {
    await sql`select pg_advisory_xact_lock(hashtextextended('gemaal.roles', 0))`.execute(trx)
    const changes = await planRoles(trx, plans, activities)
    const there = new Set((await sql<{ name: string }>`select rolname as name from pg_roles`.execute(trx)).rows.map((r) => r.name))
    const done: RoleChange[] = []
    for (const change of changes) {
      if (change.statement === undefined || change.byDba) continue
      if (change.what === 'create role' && change.role !== undefined) there.add(change.role)
      if (change.role !== undefined && !there.has(change.role)) continue
      await sql.raw(change.statement).execute(trx)
      done.push(change)
    }
    return { done, missing: changes.filter((c) => c.byDba), warnings: changes.filter((c) => c.what === 'warning') }
  } catch (error) {
    throw warehouseError(error, 'applying roles')
  }
}

/** What a DBA must run, with a line of words above each statement; empty when there is nothing. */
export function rolesSql(changes: readonly RoleChange[]): string {
  return changes
    .filter((c) => c.byDba)
    .map((c) => `-- ${c.words}\n${c.statement};\n`)
    .join('')
}

// ----------------------------------------------------------------------------------------------------------------------------- wanted

interface WantedRoles {
  names: RoleNames
  /** Role → what its comment says. */
  roles: Map<string, string>
  /** Activity role → groups that get it. */
  groups: Map<string, readonly string[]>
  warnings: string[]
}

const mark = (names: RoleNames, of: string) => `Gemaal, database ${names.database}: ${of}`

function wantedRoles(names: RoleNames, plans: readonly DatasetPlan[], activities: ActivityReaders): WantedRoles {
  const wanted: WantedRoles = { names, roles: new Map([[names.reader, mark(names, 'every reader')]]), groups: new Map(), warnings: [] }
  const used = new Set(plans.filter((p) => p.access === 'activity').flatMap((p) => p.activity ?? []))
  for (const activity of [...used].sort()) {
    const role = names.of(activity)
    const comment = mark(names, `activity ${activity}`)
    const other = wanted.roles.get(role)
    // One role for two activities would give each the data of the other.
    if (other !== undefined)
      throw new Error(`${comment} and ${other} would share the role ${role}: give the activity ${activity} another name in activities.yaml`)
    wanted.roles.set(role, comment)
    wanted.groups.set(role, activities.get(activity)?.readers ?? [])
  }
  return wanted
}

// --------------------------------------------------------------------------------------------------------------------------- standing

interface StandingRoles {
  roles: Map<string, { comment: string | null; admin: boolean }>
  /** Roles of this database by their comment, wanted or not. */
  ours: Set<string>
  members: { role: string; member: string; special: boolean }[]
  mayCreate: boolean
  me: string
}

async function standingRoles(db: Database, wanted: WantedRoles): Promise<StandingRoles> {
  const names = [...wanted.roles.keys(), ...[...wanted.groups.values()].flat()]
  const me = await sql<{ name: string; may_create: boolean; super: boolean; version: number }>`
    select rolname as name, rolsuper or rolcreaterole as may_create, rolsuper as super, current_setting('server_version_num')::int as version
    from pg_roles where rolname = current_user`.execute(db)
  const { name = '', may_create: mayCreate = false, super: superuser = false, version = 0 } = me.rows[0] ?? {}
  const { rows } = await sql<{ name: string; comment: string | null; admin: boolean }>`
    select rolname as name, shobj_description(oid, 'pg_authid') as comment, pg_has_role(current_user, oid, 'member with admin option') as admin
    from pg_roles
    where rolname = any(${names}::text[]) or starts_with(shobj_description(oid, 'pg_authid'), ${mark(wanted.names, '')})`.execute(db)
  const roles = new Map(rows.map((r) => [r.name, { comment: r.comment, admin: superuser || (version < 160_000 ? mayCreate : r.admin) }]))
  const ours = new Set([...roles].filter(([n, r]) => wanted.roles.has(n) || r.comment?.startsWith(mark(wanted.names, ''))).map(([n]) => n))
  const members = await sql<{ role: string; member: string; special: boolean }>`
    select r.rolname as role, m.rolname as member, bool_or(a.admin_option or m.rolsuper or m.rolname = current_user) as special
    from pg_auth_members a join pg_roles r on r.oid = a.roleid join pg_roles m on m.oid = a.member
    where r.rolname = any(${[...ours]}::text[]) group by 1, 2 order by 1, 2`.execute(db)
  return { roles, ours, members: members.rows, mayCreate, me: name }
}

// ---------------------------------------------------------------------------------------------------------------------------- changes

function roleChanges(wanted: WantedRoles, standing: StandingRoles): RoleChange[] {
  const changes: RoleChange[] = []
  for (const [role, comment] of wanted.roles) {
    const found = standing.roles.get(role)
    if (!found) {
      const byDba = !standing.mayCreate
      changes.push({
        what: 'create role',
        words: `role ${role} is made (${comment})`,
        statement: `create role ${quoted(role)} nologin`,
        role,
        byDba,
      })
    } else if (found.comment?.startsWith('Gemaal, database ') && found.comment !== comment)
      throw new Error(
        `role ${role}, which this database (${wanted.names.database}) needs for ${comment}, is already taken: its comment says "${found.comment}". Give the activity or the database another name`,
      )
    if (found?.comment !== comment && (found ? found.admin && standing.mayCreate : true))
      changes.push({
        what: 'comment',
        words: `role ${role} says whose it is`,
        statement: `comment on role ${quoted(role)} is ${literal(comment)}`,
        role,
        byDba: !standing.mayCreate,
      })
  }
  return changes
}

async function memberChanges(db: Database, wanted: WantedRoles, standing: StandingRoles): Promise<RoleChange[]> {
  const { names, groups } = wanted
  const changes: RoleChange[] = []
  const admin = (role: string) => standing.roles.get(role)?.admin ?? standing.mayCreate
  const is = (role: string, member: string) => standing.members.some((m) => m.role === role && m.member === member)
  const grant = (role: string, member: string, words: string) => {
    if (is(role, member)) return
    changes.push({ what: 'member', words, statement: `grant ${quoted(role)} to ${quoted(member)}`, role, byDba: !admin(role) })
  }
  const circles = await aboveReader(db, names.reader)
  for (const [role, members] of groups) {
    grant(names.reader, role, `${role} may read what every reader may`)
    for (const group of members) {
      if (wanted.roles.has(group) || circles.has(group))
        changes.push(
          warning(`group ${group} of activities.yaml gets no ${role}: every reader is a member of it, so every reader would get the data`),
        )
      else if (!standing.roles.has(group))
        changes.push(
          warning(
            `group ${group} of activities.yaml does not exist in the database, so nobody gets ${role} by it; a DBA runs: create role ${quoted(group)} nologin`,
          ),
        )
      else grant(role, group, `group ${group} gets ${role}`)
    }
  }
  // The register is what the FG approved: a membership that it does not name is taken back. Who is a reader is the DBA's to say.
  for (const { role, member, special } of standing.members) {
    if (role === names.reader || special || groups.get(role)?.includes(member)) continue
    changes.push({
      what: 'revoke',
      words: `${member} loses ${role}, since activities.yaml does not name it`,
      statement: `revoke ${quoted(role)} from ${quoted(member)}`,
      role,
      byDba: !admin(role),
    })
  }
  return changes
}

/** Roles that the reader role is a member of: whoever gets something through them, every reader gets. */
async function aboveReader(db: Database, reader: string): Promise<Set<string>> {
  const { rows } = await sql<{ name: string }>`
    select g.rolname as name from pg_roles g, pg_roles r
    where r.rolname = ${reader} and g.oid <> r.oid and not r.rolsuper and pg_has_role(r.oid, g.oid, 'member')`.execute(db)
  return new Set(rows.map((r) => r.name))
}

async function grantChanges(
  db: Database,
  wanted: WantedRoles,
  standing: StandingRoles,
  plans: readonly DatasetPlan[],
): Promise<RoleChange[]> {
  const { names } = wanted
  const stored = await db.selectFrom('gemaal.datasets').select(['name', 'plan']).execute()
  const left = stored.filter((d) => !plans.some((p) => p.name === d.name))
  const tables = (plan: DatasetPlan, roles: string[]) =>
    tableNames(plan).map((name) => ({ schema: plan.schema, name, of: plan.name, roles }))
  const views = await sql<{ name: string }>`select viewname as name from pg_views where schemaname = 'meta' order by 1`.execute(db)
  const diff = await diffGrants(
    db,
    [
      ...plans.flatMap((plan) => tables(plan, readersOf(plan, names))),
      ...left.flatMap(({ plan }) => tables(plan, [])),
      ...views.rows.map(({ name }) => ({ schema: 'meta', name, of: 'meta', roles: [names.reader] })),
    ],
    new Set([...standing.ours, ...wanted.roles.keys()]),
  )
  const closed = new Set(plans.filter((p) => p.access === 'activity').map((p) => p.name))
  return [
    ...diff.revoke.map(({ words, statement }) => change('revoke', words, statement, undefined)),
    ...(await schemaChanges(db, names, [...new Set(plans.map((p) => p.schema)), 'meta'])),
    ...diff.grant.map(({ words, statement, role }) => change('grant', words, statement, role)),
    ...diff.foreign
      .filter((g) => closed.has(g.of))
      .map((g) =>
        warning(
          `${g.grantee} was given ${g.privilege} on ${g.schema}.${g.name} by hand, beside the contract: a DBA takes it back, or the activity names ${g.grantee} under readers`,
        ),
      ),
  ]
}

async function schemaChanges(db: Database, names: RoleNames, schemas: readonly string[]): Promise<RoleChange[]> {
  const { rows } = await sql<{ schema: string; usage: boolean; connect: boolean; may_connect: boolean }>`
    select n.nspname as schema,
      exists (select from aclexplode(n.nspacl) a where a.grantee = r.oid and a.privilege_type = 'USAGE') as usage,
      exists (select from aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a where a.grantee in (0, r.oid) and a.privilege_type = 'CONNECT') as connect,
      has_database_privilege(d.oid, 'connect with grant option') as may_connect
    from pg_database d, pg_namespace n left join pg_roles r on r.rolname = ${names.reader}
    where d.datname = current_database() and n.nspname = any(${schemas}::text[]) order by 1`.execute(db)
  const changes: RoleChange[] = []
  const { reader, database } = names
  const [here] = rows
  if (here && !here.connect)
    changes.push({
      ...change(
        'grant',
        `${reader} may connect to database ${database}`,
        `grant connect on database ${quoted(database)} to ${quoted(reader)}`,
        reader,
      ),
      byDba: !here.may_connect,
    })
  for (const schema of schemas)
    if (!rows.some((r) => r.schema === schema && r.usage))
      changes.push(
        change(
          'grant',
          `${reader} may see what is in schema ${schema}`,
          `grant usage on schema ${quoted(schema)} to ${quoted(reader)}`,
          reader,
        ),
      )
  return changes
}

function change(what: RoleChange['what'], words: string, statement: string, role: string | undefined): RoleChange {
  return { what, words, statement, role, byDba: false }
}

function warning(words: string): RoleChange {
  return { what: 'warning', words, statement: undefined, role: undefined, byDba: false }
}
