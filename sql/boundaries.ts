/** The boundaries of buurten, as they stand in a dataset of the warehouse. */
import { sql } from 'kysely'
import type { UsedBoundaries } from '../config/dataset-plan.js'
import type { Database } from './database.js'

/** An area of hundreds of corners is some ten kilobytes. */
const chunk = 200

/** Changes with the rows of the dataset; undefined while no full reading of it stands. */
export async function boundariesVersion(db: Database, { dataset, schema, table }: UsedBoundaries): Promise<string | undefined> {
  const { rows } = await sql<{ version: string }>`
    select (select concat(count(*), '/', max(_changed_at)) from ${sql.table(`${schema}.${table}`)}) as version
    from gemaal.checkpoints where dataset = ${dataset} and full_at is not null`.execute(db)
  return rows[0]?.version
}

/**
 * Gives each area to `take`, in the order of their codes, as they stood together.
 *
 * @param take is given the code and the GeoJSON text of the area
 */
export async function readBoundaries(db: Database, used: UsedBoundaries, take: (code: string, geometry: string) => void): Promise<void> {
  const { schema, table } = used
  const [code, geometry] = [sql.ref(used.code), sql.ref(used.geometry)]
  await db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (transaction) => {
      let after = ''
      for (;;) {
        const { rows } = await sql<{ code: string; geometry: string }>`
          select ${code} as code, ${geometry}::text as geometry from ${sql.table(`${schema}.${table}`)}
          where ${code} > ${after} and ${geometry} is not null order by ${code} limit ${chunk}`.execute(transaction)
        for (const row of rows) take(row.code, row.geometry)
        if (rows.length < chunk) return
        after = rows.at(-1)!.code
      }
    })
}
