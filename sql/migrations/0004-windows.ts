/** A backfill of a window of days reads a part of a stream: which part is kept, so that every attempt reads the same. */
import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(ddl).execute(db)
}

const ddl = /* sql */ `
alter table gemaal.stream_runs add column limited_to jsonb;
comment on column gemaal.stream_runs.limited_to is 'For the reading window: the column of the source and the days that it was limited to.';
`
