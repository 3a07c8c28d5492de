/** What a slice saw of personal values in columns that claim to hold none: counts, with the progress of the slice. */
import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(ddl).execute(db)
}

const ddl = /* sql */ `
alter table gemaal.slices add column personal jsonb not null default '{}';
comment on column gemaal.slices.personal is
  'By column that claims to hold nothing of persons: how many values were looked at, and how many look like a BSN, an IBAN, an e-mail address or a telephone number. No value.';
`
