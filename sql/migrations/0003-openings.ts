/** One opening, one account: what a repeated or late opening of a stream finds is the account that it made before. */
import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(ddl).execute(db)
}

const ddl = /* sql */ `
alter table gemaal.stream_runs add column opening text unique;
comment on column gemaal.stream_runs.opening is 'Which opening of which workflow run made it; null for one that was read without Temporal.';
`
