/**
 * Findings as people act on them: what rule of which level and version found them and in which columns, how each stands from run to run, and
 * how good each column was at each full reading.
 */
import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(ddl).execute(db)
}

const ddl = /* sql */ `
alter table gemaal.findings
  add column level text not null default 'field',
  add column version int not null default 1,
  add column columns text[] not null default '{}',
  add column detail text;
comment on column gemaal.findings.version is 'Version of the rule that found it.';
comment on column gemaal.findings.columns is 'Columns of the dataset that the rule looks at; none for one that looks at the load as a whole.';
comment on column gemaal.findings.detail is 'Counts, bounds and names of columns, for people. No value of a record.';

create table gemaal.finding_states (
  id             bigint generated always as identity primary key,
  dataset        text not null,
  source         text not null,
  stream         text not null,
  rule           text not null,
  severity       text not null,
  level          text not null,
  version        int not null,
  columns        text[] not null default '{}',
  records        bigint not null,
  of             bigint not null,
  examples       text[] not null default '{}',
  up_to          jsonb,
  over           boolean not null default false,
  readings       int not null,
  first_run_id   bigint not null,
  first_seen_at  timestamptz not null,
  last_run_id    bigint not null,
  last_seen_at   timestamptz not null,
  noted_run_id   bigint not null,
  resolved_at    timestamptz,
  resolved_run_id bigint
);
create unique index finding_states_open on gemaal.finding_states (dataset, source, stream, rule) where resolved_at is null;
create index finding_states_rule on gemaal.finding_states (rule, dataset, id desc);
comment on table gemaal.finding_states is
  'What each rule finds in a dataset as it stands, in rows and in quarantine, from the run that found it first to the one that found it no more. Found again later is a row of its own.';
comment on column gemaal.finding_states.noted_run_id is 'The last run that asked how the rule stands; last_run_id is the last that found it.';
comment on column gemaal.finding_states.readings is 'Readings of the stream that it has stood in: up to one, it is new.';
comment on column gemaal.finding_states.records is 'Records that break the rule now; of a rule that only counts, as many as the last comparable reading counted.';
comment on column gemaal.finding_states.over is 'More than the contract still takes (up_to).';

create table gemaal.rule_counts (
  run_id      bigint not null references gemaal.runs on delete cascade,
  dataset     text not null,
  source      text not null,
  stream      text not null,
  rule        text not null,
  reading     text not null,
  records     bigint not null,
  of          bigint not null,
  over        boolean not null default false,
  examples    text[] not null default '{}',
  counted_at  timestamptz not null,
  primary key (run_id, dataset, source, stream, rule)
);
create index rule_counts_rule on gemaal.rule_counts (dataset, source, stream, rule, run_id desc);
comment on table gemaal.rule_counts is 'How many records broke a rule when a run had published, those included that it did not read again; 0 once, when it is resolved.';

create table gemaal.column_counts (
  run_id    bigint not null references gemaal.runs on delete cascade,
  dataset   text not null,
  source    text not null,
  stream    text not null,
  "column"  text not null,
  rule      text not null,
  broken    bigint not null,
  of        bigint not null,
  read_at   timestamptz not null,
  primary key (run_id, dataset, source, stream, "column", rule)
);
comment on table gemaal.column_counts is 'How many of the records that a full reading judged broke a rule in a column, also when none did.';

-- What a hold keeps was staged before it was known in which column a rule was broken.
do $$
declare staged record;
begin
  for staged in select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = '_reported'
    where c.relnamespace = 'staging'::regnamespace and c.relkind = 'r'
  loop
    execute format('alter table staging.%I add column _found_in text[] not null default ''{}''', staged.relname);
  end loop;
end $$;

create view meta.findings as
select s.dataset, s.source, s.stream, s.rule, s.level, s.severity, s.columns,
  case when s.resolved_at is not null then 'resolved' when s.readings <= 1 then 'new' else 'open' end as state,
  s.records, s.of, round(s.records::numeric / nullif(s.of, 0), 6) as share, s.up_to, s.over as over_bound,
  s.first_run_id as first_run, s.first_seen_at, s.last_run_id as last_run, s.last_seen_at, s.resolved_at
from gemaal.finding_states s
where s.resolved_at is not null or exists (
  select from gemaal.datasets d where d.name = s.dataset and d.retired_at is null and s.source || '/' || s.stream = any (d.sources));

create view meta.column_quality as
select c.dataset, c.source, c.stream, c."column", c.rule, c.run_id, (c.read_at at time zone 'Europe/Amsterdam')::date as day, c.of, c.broken,
  round(c.broken::numeric / nullif(c.of, 0), 6) as share
from gemaal.column_counts c;

comment on view meta.findings is 'What each rule finds in a dataset now, and what it found and is resolved. A rule that found something again has a row for each time.';
comment on column meta.findings.state is 'new: found first by the last reading; open: found before, and still there; resolved: found no more.';
comment on column meta.findings.records is 'Records that break the rule, in the dataset and in quarantine.';
comment on column meta.findings.of is 'Records in the dataset and in quarantine.';
comment on column meta.findings.over_bound is 'More than the contract of the dataset still takes (up_to).';
comment on view meta.column_quality is 'How many of the records that a full reading judged broke a rule in a column, also when none did.';
comment on column meta.column_quality.day is 'Day on which the listing began, on the Dutch calendar.';
comment on column meta.column_quality.share is 'broken divided by of.';
`
