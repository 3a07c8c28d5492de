/** What rules on a dataset and on a load need to know from run to run: which ids stand in rows, and what earlier loads looked like. */
import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(ddl).execute(db)
}

const ddl = /* sql */ `
create table gemaal.standing_rules (
  dataset  text not null,
  source   text not null,
  rule     text not null,
  level    text not null,
  primary key (dataset, source, rule)
);
comment on table gemaal.standing_rules is
  'Rules whose ids stand in _findings of rows as they hold now, and not as they were judged when the row was read: those on a dataset and on references.';

create table gemaal.load_profiles (
  dataset_run_id  bigint primary key references gemaal.dataset_runs on delete cascade,
  profile         jsonb not null,
  findings        jsonb not null default '[]'
);
comment on table gemaal.load_profiles is 'What a load looked like to the rules on it: counts, shares, codes and newest moments. No value of a person.';
`
