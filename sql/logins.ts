/** Logins for people, in a warehouse of one machine. */
import { sql } from 'kysely'
import type { Database } from './database.js'
import { literal, quoted } from './names.js'
import { roleNames } from './roles.js'

/**
 * Makes a login with the rights of every reader of the warehouse and no more; safe to repeat.
 *
 * @returns its name
 */
export async function makeReaderLogin(db: Database, suffix: string, password: string): Promise<string> {
  const { database, reader } = await roleNames(db)
  const name = `${database}_${suffix}`
  const { rows } = await sql`select from pg_roles where rolname = ${name}`.execute(db)
  await sql.raw(`${rows.length > 0 ? 'alter' : 'create'} role ${quoted(name)} login password ${literal(password)}`).execute(db)
  await sql.raw(`grant ${quoted(reader)} to ${quoted(name)}`).execute(db)
  return name
}
