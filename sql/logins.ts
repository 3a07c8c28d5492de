/** Logins for people, in a warehouse of one machine. */
import { sql } from 'kysely'
import type { Database } from './database.js'
import { literal, quoted } from './names.js'
import { roleNames } from './roles.js'

/**
 * Makes a login with the rights of every reader of the warehouse, and of those who work on an activity; safe to repeat.
 *
 * @param activity left out: none
 * @returns its name
 */
export async function makeReaderLogin(db: Database, suffix: string, password: string, activity?: string): Promise<string> {
  const { database, reader, of } = await roleNames(db)
  const name = `${database}_${suffix}`
  const { rows } = await sql`select from pg_roles where rolname = ${name}`.execute(db)
  await sql.raw(`${rows.length > 0 ? 'alter' : 'create'} role ${quoted(name)} login password ${literal(password)}`).execute(db)
  for (const role of [reader, ...(activity === undefined ? [] : [of(activity)])])
    await sql.raw(`grant ${quoted(role)} to ${quoted(name)}`).execute(db)
  return name
}
