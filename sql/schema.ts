import { sql, type Transaction } from 'kysely'
import type { Tables } from './database.js'
import { quoted } from './names.js'

/**
 * Makes a schema of the warehouse where it is not there. Safe to repeat.
 *
 * @throws when our role may not make it, or may not make tables in it, with what a DBA runs
 */
export async function makeSchema(trx: Transaction<Tables>, schema: string): Promise<void> {
  const { rows } = await sql<{ role: string; database: string; may: boolean; exists: boolean }>`
    select current_user::text as role, current_database()::text as database, to_regnamespace(${quoted(schema)}) is not null as exists,
      case when to_regnamespace(${quoted(schema)}) is null then has_database_privilege(current_database(), 'create')
        else has_schema_privilege(${schema}, 'create') end as may`.execute(trx)
  const found = rows[0]
  if (found && !found.may) {
    const grant = found.exists
      ? `grant usage, create on schema ${quoted(schema)} to ${quoted(found.role)}`
      : `create schema ${quoted(schema)} authorization ${quoted(found.role)}`
    throw new Error(`role ${found.role} may not make tables in schema ${schema} of database ${found.database}; a DBA runs: ${grant};`)
  }
  if (!found?.exists) await sql`create schema ${sql.id(schema)}`.execute(trx)
}
