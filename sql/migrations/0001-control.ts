/**
 * The control schema: what was configured, what ran, where each stream is, what was refused, and what waits for a person.
 * Forward only. No value of a person is kept here but in `quarantine.record`, which holds a record after shield.
 */
import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(ddl).execute(db)
}

const ddl = /* sql */ `
create schema if not exists gemaal;
create schema if not exists staging;
create schema if not exists meta;
revoke all on schema gemaal, staging from public;

-- Each attempt at a slice takes a number; a batch that carries an older one is refused.
create sequence gemaal.fence;

create table gemaal.config_versions (
  digest          text primary key,
  files           jsonb not null,
  product_version text not null,
  applied_at      timestamptz not null default clock_timestamp(),
  applied_by      text not null,
  current         boolean not null default false
);
create unique index config_versions_current on gemaal.config_versions (current) where current;
comment on table gemaal.config_versions is 'The project''s files as applied. A run pins one digest and every worker loads by it.';

create table gemaal.runs (
  id              bigint generated always as identity primary key,
  source          text not null,
  sync            text not null,
  trigger         text not null,
  asked_by        text not null,
  digest          text not null references gemaal.config_versions,
  product_version text not null,
  workflow_id     text not null,
  workflow_run_id text not null unique,
  trace_id        text not null,
  status          text not null default 'running',
  error_code      text,
  message         text,
  started_at      timestamptz not null default clock_timestamp(),
  ended_at        timestamptz
);
create index runs_source on gemaal.runs (source, sync, id desc);
create index runs_open on gemaal.runs (id) where ended_at is null;

create table gemaal.stream_runs (
  id                bigint generated always as identity primary key,
  run_id            bigint not null references gemaal.runs on delete cascade,
  source            text not null,
  stream            text not null,
  digest            text not null references gemaal.config_versions,
  reading           text not null,
  why_reading       text not null,
  status            text not null default 'reading',
  checkpoint_from   text,
  scope             jsonb,
  error_code        text,
  error_message     text,
  retry_at          timestamptz,
  listing_began_at  timestamptz not null default clock_timestamp(),
  ended_at          timestamptz
);
create index stream_runs_run on gemaal.stream_runs (run_id);
create index stream_runs_stream on gemaal.stream_runs (source, stream, id desc);

create table gemaal.slices (
  stream_run_id  bigint not null references gemaal.stream_runs on delete cascade,
  number         int not null,
  name           text not null,
  params         jsonb not null default '{}',
  fence          bigint not null default 0,
  attempts       int not null default 0,
  pass           int not null default 1,
  cursor         text,
  pages          bigint not null default 0,
  batches        bigint not null default 0,
  read           bigint not null default 0,
  total          bigint,
  short_by       bigint,
  complete       text,
  checkpoint     text,
  done           boolean not null default false,
  primary key (stream_run_id, number)
);
comment on column gemaal.slices.cursor is 'Progress: committed in the transaction of the rows that it covers.';

create table gemaal.datasets (
  name           text primary key,
  "schema"       text not null,
  "table"        text not null,
  plan           jsonb not null,
  fingerprint    text not null,
  version        text not null,
  digest         text not null,
  owner          text not null,
  activity       text,
  personal       boolean not null,
  access         text not null,
  fresh_within   int not null,
  created_at     timestamptz not null default clock_timestamp(),
  changed_at     timestamptz not null default clock_timestamp(),
  retired_at     timestamptz
);
comment on table gemaal.datasets is 'The dataset tables as they stand now, with the plan that made them.';

create table gemaal.column_names (
  source  text not null,
  stream  text not null,
  path    text not null,
  "column" text not null,
  primary key (source, stream, path),
  unique (source, stream, "column")
);
comment on table gemaal.column_names is 'Field of the source ↔ column, so that a name never changes under an analyst.';

create table gemaal.dataset_runs (
  id             bigint generated always as identity primary key,
  stream_run_id  bigint not null references gemaal.stream_runs on delete cascade,
  dataset        text not null,
  source         text not null,
  stream         text not null,
  fingerprint    text not null,
  version        text not null,
  status         text not null default 'staging',
  checkpoint_from text,
  read           bigint,
  new            bigint,
  changed        bigint,
  unchanged      bigint,
  duplicate      bigint,
  superseded     bigint,
  removed        bigint,
  quarantined    bigint,
  outside        bigint,
  deleted        bigint,
  balanced       boolean generated always as (read = new + changed + unchanged + duplicate + superseded + removed + quarantined + outside) stored,
  children       jsonb not null default '{}',
  note           text,
  seconds        double precision,
  published_at   timestamptz,
  unique (stream_run_id, dataset)
);
create index dataset_runs_dataset on gemaal.dataset_runs (dataset, id desc);

create table gemaal.checkpoints (
  dataset     text not null,
  source      text not null,
  stream      text not null,
  checkpoint  text,
  full_at     timestamptz,
  read_at     timestamptz not null,
  run_id      bigint,
  moved_at    timestamptz not null default clock_timestamp(),
  primary key (dataset, source, stream)
);
comment on column gemaal.checkpoints.full_at is 'When the last full reading began that was published; null: the next reading is full.';

create table gemaal.scopes (
  source       text primary key,
  scope        jsonb not null,
  frozen       boolean not null default false,
  accepted_at  timestamptz not null default clock_timestamp(),
  accepted_by  text not null
);
comment on table gemaal.scopes is 'The rights of our token that were accepted; another answer of the source holds the run.';

create table gemaal.absences (
  dataset        text not null,
  source         text not null,
  key            text[] not null,
  stream_run_id  bigint not null,
  primary key (dataset, source, key)
);
comment on table gemaal.absences is 'Keys that the last complete listing lacked, of streams that cannot be re-read by key: a second listing in a row proves the delete.';

create table gemaal.findings (
  run_id      bigint not null references gemaal.runs on delete cascade,
  dataset     text not null,
  source      text not null,
  stream      text not null,
  rule        text not null,
  severity    text not null,
  count       bigint not null,
  of          bigint not null,
  examples    text[] not null default '{}',
  found_at    timestamptz not null default clock_timestamp(),
  primary key (run_id, dataset, source, stream, rule, severity)
);
create index findings_dataset on gemaal.findings (dataset, rule, found_at desc);

create table gemaal.quarantine (
  id                 bigint generated always as identity primary key,
  dataset            text not null,
  source             text not null,
  stream             text not null,
  key                text[],
  record             jsonb not null,
  findings           jsonb not null,
  connector          text not null,
  contract_version   text not null,
  fingerprint        text not null,
  first_run_id       bigint not null,
  last_run_id        bigint not null,
  first_seen_at      timestamptz not null,
  last_seen_at       timestamptz not null,
  read_at            timestamptz not null,
  times_seen         int not null default 1,
  closed_at          timestamptz,
  closed_how         text,
  closed_by          text,
  closed_reason      text
);
create unique index quarantine_open on gemaal.quarantine (dataset, source, key) where closed_at is null and key is not null;
create index quarantine_dataset on gemaal.quarantine (dataset, id) where closed_at is null;
comment on column gemaal.quarantine.record is 'The record after shield: nothing that the contract does not let land.';
comment on column gemaal.quarantine.key is 'The key as it lands, in key order; null when it could not be read.';

create table gemaal.holds (
  id              bigint generated always as identity primary key,
  dataset_run_id  bigint not null references gemaal.dataset_runs on delete cascade,
  dataset         text not null,
  source          text not null,
  stream          text not null,
  why             text not null,
  withholds       text not null,
  facts           jsonb not null,
  status          text not null default 'open',
  made_at         timestamptz not null default clock_timestamp(),
  decided_at      timestamptz,
  decided_by      text,
  reason          text,
  superseded_by   bigint
);
create index holds_open on gemaal.holds (dataset) where status = 'open';
comment on column gemaal.holds.withholds is 'deletes: new and changed rows are published, deletes wait. all: nothing is published, staging is kept.';

create table gemaal.hold_keys (
  hold_id  bigint not null references gemaal.holds on delete cascade,
  key      text[] not null,
  primary key (hold_id, key)
);

create table gemaal.schema_changes (
  id           bigint generated always as identity primary key,
  source       text not null,
  stream       text not null,
  path         text not null,
  what         text not null,
  first_run_id bigint,
  seen_at      timestamptz not null default clock_timestamp(),
  last_seen_at timestamptz not null default clock_timestamp(),
  unique (source, stream, path, what)
);

create table gemaal.budgets (
  name           text primary key,
  blocked_until  timestamptz
);
comment on column gemaal.budgets.blocked_until is 'The source asked all of us not to call before this moment.';

create table gemaal.budget_grants (
  budget  text not null references gemaal.budgets on delete cascade,
  at      timestamptz not null default clock_timestamp()
);
create index budget_grants_budget on gemaal.budget_grants (budget, at);

create table gemaal.budget_leases (
  id          bigint generated always as identity primary key,
  budget      text not null references gemaal.budgets on delete cascade,
  holder      text not null,
  expires_at  timestamptz not null
);
create index budget_leases_budget on gemaal.budget_leases (budget, expires_at);

create table gemaal.pseudonym_keys (
  domain       text not null,
  key_id       text not null,
  fingerprint  text not null,
  first_used_at timestamptz not null default clock_timestamp(),
  current      boolean not null default true,
  primary key (domain, key_id)
);
comment on table gemaal.pseudonym_keys is 'Fingerprint of the key of each domain. A worker that holds another key refuses to run.';

create table gemaal.workers (
  id            text primary key,
  product_version text not null,
  task_queue    text not null,
  started_at    timestamptz not null default clock_timestamp(),
  seen_at       timestamptz not null default clock_timestamp(),
  stopped_at    timestamptz
);

create table gemaal.notices (
  id           bigint generated always as identity primary key,
  event        text not null,
  subject      text not null,
  body         jsonb not null,
  made_at      timestamptz not null default clock_timestamp(),
  sent_at      timestamptz,
  attempts     int not null default 0,
  next_try_at  timestamptz not null default clock_timestamp(),
  last_error   text
);
create index notices_unsent on gemaal.notices (next_try_at) where sent_at is null;
comment on table gemaal.notices is 'Outbox of the webhook: written in the transaction of what it tells, sent by a worker.';

-- Who did what. Each row carries the hash of the one before, so that a removed or altered row shows.
create table gemaal.audit_trail (
  id       bigint primary key,
  at       timestamptz not null default clock_timestamp(),
  who      text not null,
  action   text not null,
  object   text not null,
  detail   jsonb not null default '{}',
  reason   text,
  hash     text not null default ''
);

-- The end of the chain: what tells that the last rows were removed, and what the next writer waits for.
create table gemaal.audit_end (
  one   boolean primary key default true check (one),
  id    bigint not null,
  hash  text not null
);
insert into gemaal.audit_end (id, hash) values (0, '');

-- Text of a row, the same on every machine: jsonb has one order of keys and one form of numbers, epoch knows no time zone and no rounding.
create function gemaal.audit_text(id bigint, at timestamptz, who text, action text, object text, detail jsonb, reason text) returns text
language sql stable as $$
  select jsonb_build_array(id, extract(epoch from at)::text, who, action, object, detail, reason)::text
$$;

-- Numbers are given out under the lock of audit_end: a sequence would give them in another order than the chain has, and with gaps.
create function gemaal.chain_audit_trail() returns trigger language plpgsql as $$
declare
  last gemaal.audit_end;
begin
  select * into strict last from gemaal.audit_end for update;
  new.id := last.id + 1;
  new.hash := encode(sha256(convert_to(last.hash || gemaal.audit_text(new.id, new.at, new.who, new.action, new.object, new.detail, new.reason), 'UTF8')), 'hex');
  update gemaal.audit_end set id = new.id, hash = new.hash;
  return new;
end $$;
create trigger chain before insert on gemaal.audit_trail for each row execute function gemaal.chain_audit_trail();

create function gemaal.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'the audit trail is only added to';
end $$;
create trigger append_only before update or delete on gemaal.audit_trail for each row execute function gemaal.refuse_change();
create trigger no_truncate before truncate on gemaal.audit_trail for each statement execute function gemaal.refuse_change();
`
