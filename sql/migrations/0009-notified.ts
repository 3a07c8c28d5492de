/** What a source told us that changed, until it is read again; and where we asked to be told. */
import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(ddl).execute(db)
}

const ddl = /* sql */ `
create table gemaal.notified (
  source    text not null,
  stream    text not null,
  key       jsonb not null,
  told_at   timestamptz not null default clock_timestamp(),
  woken     boolean not null default false,
  primary key (source, stream, key)
);
comment on table gemaal.notified is 'Records that a source said have changed, until they are read again. Hints: what is lost here, the next sync finds.';
comment on column gemaal.notified.key is 'Values of the key fields, as the source spells them.';
comment on column gemaal.notified.woken is 'Whether the workflow that reads them was told.';

create table gemaal.abonnementen (
  source      text primary key,
  address     text not null,
  callback    text not null,
  kanalen     text[] not null,
  fingerprint text not null,
  made_at     timestamptz not null default clock_timestamp()
);
comment on table gemaal.abonnementen is 'Abonnementen at Notificaties APIs, as apply made them last.';
comment on column gemaal.abonnementen.fingerprint is 'Of the secret with which the source calls us: another secret is another abonnement.';
`
