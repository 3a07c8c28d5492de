/** What the slices of a run saw of personal values in columns that claim to hold none. */
import { sql } from 'kysely'
import type { Database, PersonalSeen } from './database.js'

/** The counts of a run by column, those of its slices added up. */
export async function personalSeen(db: Database, streamRunId: number): Promise<PersonalSeen> {
  const { rows } = await sql<{ column: string; of: string; n: number }>`
    select c.key as column, v.key as of, sum(v.value::bigint)::bigint as n
    from gemaal.slices s cross join lateral jsonb_each(s.personal) c cross join lateral jsonb_each_text(c.value) v
    where s.stream_run_id = ${streamRunId} group by 1, 2`.execute(db)
  const seen: PersonalSeen = {}
  for (const { column, of, n } of rows) seen[column] = { ...seen[column], [of]: n }
  return seen
}
