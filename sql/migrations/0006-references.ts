/** What a source said of records that rows refer to and that its listings lacked, so that it is not asked the same each run. */
import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(ddl).execute(db)
}

const ddl = /* sql */ `
create table gemaal.reference_answers (
  source    text not null,
  stream    text not null,
  key       text[] not null,
  says      text not null,
  asked_at  timestamptz not null default clock_timestamp(),
  primary key (source, stream, key)
);
comment on table gemaal.reference_answers is 'The last answer of a source to a key that rows refer to and that stands in no dataset: found, gone, forbidden or unreadable.';
comment on column gemaal.reference_answers.key is 'As it lands, in key order. Only of streams whose key lands unchanged.';
`
