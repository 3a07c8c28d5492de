/** The project's files as applied, by digest, and the names that columns were given. */
import { sql, type Transaction } from 'kysely'
import type { ProjectFiles } from '../config/project.js'
import type { Database, Tables } from './database.js'

export async function currentDigest(db: Database | Transaction<Tables>): Promise<string | undefined> {
  const version = await db.selectFrom('gemaal.config_versions').select('digest').where('current', '=', true).executeTakeFirst()
  return version?.digest
}

/** Files of one version, or of the current one; undefined when it was never applied. */
export async function appliedFiles(db: Database, digest?: string): Promise<ProjectFiles | undefined> {
  const query = db.selectFrom('gemaal.config_versions').select('files')
  const version = await (digest === undefined ? query.where('current', '=', true) : query.where('digest', '=', digest)).executeTakeFirst()
  return version?.files
}

/** Files of the versions that were applied, the latest first. */
export async function storedVersions(db: Database, most: number): Promise<ProjectFiles[]> {
  const rows = await db.selectFrom('gemaal.config_versions').select('files').orderBy('applied_at', 'desc').limit(most).execute()
  return rows.map((r) => r.files)
}

/** Makes a version the current one, in the transaction that applies it. Others that apply wait until it ends. */
export async function storeVersion(
  trx: Transaction<Tables>,
  version: { digest: string; files: ProjectFiles; productVersion: string; who: string },
): Promise<{ before: string | undefined }> {
  await sql`select pg_advisory_xact_lock(hashtextextended('gemaal.apply', 0))`.execute(trx)
  const before = await currentDigest(trx)
  const applied = { product_version: version.productVersion, applied_by: version.who, current: true }
  await trx.updateTable('gemaal.config_versions').set({ current: false }).where('current', '=', true).execute()
  await trx
    .insertInto('gemaal.config_versions')
    .values({ digest: version.digest, files: JSON.stringify(version.files), ...applied })
    .onConflict((c) => c.column('digest').doUpdateSet({ ...applied, applied_at: sql`clock_timestamp()` }))
    .execute()
  return { before }
}

export interface ColumnName {
  source: string
  stream: string
  /** `betrokkeneIdentificatie.inpBsn` */
  path: string
  column: string
}

/** A name that was given stays: a later one for the same field is not stored. */
export async function storeColumnNames(trx: Transaction<Tables>, names: readonly ColumnName[]): Promise<void> {
  if (names.length === 0) return
  await trx
    .insertInto('gemaal.column_names')
    .values(names)
    .onConflict((c) => c.doNothing())
    .execute()
}

/** Names by `<source>/<stream>`, then by path. */
export async function storedColumnNames(db: Database): Promise<Map<string, Map<string, string>>> {
  const names = new Map<string, Map<string, string>>()
  for (const { source, stream, path, column } of await db.selectFrom('gemaal.column_names').selectAll().execute()) {
    const key = `${source}/${stream}`
    names.set(key, (names.get(key) ?? new Map()).set(path, column))
  }
  return names
}
