/** Who may read a relation, as it stands and as it should be. */
import { type Kysely, sql } from 'kysely'
import type { Tables } from './database.js'
import { quoted } from './names.js'

export interface Relation {
  schema: string
  name: string
}

/** A privilege that stands on a relation or a column of it, but for those of its owner. */
export interface StandingGrant extends Relation {
  /** `public` for everyone. */
  grantee: string
  everyone: boolean
  privilege: string
}

/** A relation, what people call the thing that it is part of, and the roles that may read it. */
export interface WantedGrants extends Relation {
  of: string
  roles: readonly string[]
}

export interface GrantDiff {
  revoke: { words: string; statement: string }[]
  grant: { words: string; statement: string; role: string }[]
  /** Grants that someone else gave by hand. */
  foreign: (StandingGrant & { of: string })[]
}

/**
 * Compares the grants on relations with those that should be there. Grants to everyone and to our own roles that should not be there are
 * revoked; those to others are someone's decision, and only reported. A relation that does not stand there yet has no grants.
 *
 * @param ours names of the roles that are ours to revoke from
 */
export async function diffGrants(db: Kysely<Tables>, wanted: readonly WantedGrants[], ours: ReadonlySet<string>): Promise<GrantDiff> {
  const standing = await standingGrants(db, wanted)
  const grant = new Map<string, { of: string; role: string; tables: string[] }>()
  const revoke = new Map<string, { words: string; rights: string; from: string; tables: string[] }>()
  const foreign: GrantDiff['foreign'] = []
  for (const { schema, name, of, roles } of wanted) {
    const grants = standing.get(`${schema}.${name}`) ?? []
    const table = `${quoted(schema)}.${quoted(name)}`
    for (const role of roles)
      if (!grants.some((g) => !g.everyone && g.grantee === role && g.privilege === 'SELECT'))
        gather(grant, `${of} ${role}`, { of, role, tables: [] }).tables.push(table)
    const extra = grants.filter((g) => g.everyone || g.privilege !== 'SELECT' || !roles.includes(g.grantee))
    const back = extra.filter((g) => g.everyone || ours.has(g.grantee))
    foreign.push(...extra.filter((g) => !back.includes(g)).map((g) => ({ of, ...g })))
    for (const { grantee, everyone } of new Map(back.map((g) => [`${g.everyone} ${g.grantee}`, g])).values()) {
      const stays = !everyone && roles.includes(grantee)
      const words = stays
        ? `${grantee} may do no more than read ${of}`
        : `${everyone ? 'everyone (PUBLIC)' : grantee} may no longer read ${of}`
      const rights = stays ? 'insert, update, delete, truncate, references, trigger' : 'all'
      gather(revoke, words, { words, rights, from: everyone ? 'public' : quoted(grantee), tables: [] }).tables.push(table)
    }
  }
  return {
    revoke: [...revoke.values()].map(({ words, rights, from, tables }) => ({
      words,
      statement: `revoke ${rights} on ${tables.join(', ')} from ${from}`,
    })),
    grant: [...grant.values()].map(({ of, role, tables }) => ({
      role,
      words: `${role} may read ${of}`,
      statement: `grant select on ${tables.join(', ')} to ${quoted(role)}`,
    })),
    foreign,
  }
}

function gather<T>(map: Map<string, T>, key: string, first: T): T {
  const found = map.get(key) ?? first
  map.set(key, found)
  return found
}

/** Grants by `<schema>.<relation>`, for the relations that stand there. */
async function standingGrants(db: Kysely<Tables>, relations: readonly Relation[]): Promise<Map<string, StandingGrant[]>> {
  const { rows } = await sql<Relation & { grants: Omit<StandingGrant, 'schema' | 'name'>[] }>`
    select n.nspname as schema, c.relname as name,
      coalesce((
        select json_agg(json_build_object(
          'grantee', case when a.grantee = 0 then 'public' else pg_get_userbyid(a.grantee) end,
          'everyone', a.grantee = 0, 'privilege', a.privilege_type) order by a.grantee, a.privilege_type)
        from (
          select * from aclexplode(c.relacl)
          union select e.* from pg_attribute t, aclexplode(t.attacl) e where t.attrelid = c.oid and not t.attisdropped
        ) a where a.grantee <> c.relowner), '[]') as grants
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    join json_to_recordset(${JSON.stringify(relations.map(({ schema, name }) => ({ schema, name })))}::json) w (schema text, name text)
      on w.schema = n.nspname and w.name = c.relname
    where c.relkind in ('r', 'p', 'v', 'm')`.execute(db)
  return new Map(rows.map(({ schema, name, grants }) => [`${schema}.${name}`, grants.map((g) => ({ schema, name, ...g }))]))
}
