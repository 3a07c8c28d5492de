/** Datasets and marts as they stand, for people who look. */
import { sql } from 'kysely'
import type { Database } from './database.js'

export interface DatasetState {
  name: string
  /** When the last published reading of its source began; null before the first. */
  as_of: Date | null
  /** `Fresh`, `Late`, `Never read`, …, as the view `meta.datasets` says. */
  status: string
  /** Rows as Postgres estimates them; null where it has no estimate. */
  rows_about: number | null
  /** What decided its tables when it was applied: see `DatasetPlan.fingerprint`. */
  fingerprint: string
  /** Records in quarantine now. */
  quarantined: number
  /** Publications that wait for a person. */
  holds: number
}

/** All datasets that are applied, retired ones left out. */
export async function datasetStates(db: Database): Promise<DatasetState[]> {
  const { rows } = await sql<DatasetState>`
    select d.name, m.as_of, m.status, m.rows_about, d.fingerprint,
      (select count(*) from gemaal.quarantine q where q.dataset = d.name and q.closed_at is null) as quarantined,
      (select count(*) from gemaal.holds h where h.dataset = d.name and h.status = 'open') as holds
    from gemaal.datasets d join meta.datasets m on m.name = d.name
    where d.retired_at is null order by d.name`.execute(db)
  return rows
}

/** Datasets that each mart reads, as Postgres knows it, by name of the mart. */
export async function usesOfMarts(db: Database): Promise<Map<string, string[]>> {
  const rows = await db.selectFrom('gemaal.marts').select(['name', 'uses']).execute()
  return new Map(rows.map((r) => [r.name, r.uses]))
}
