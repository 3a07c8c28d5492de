/**
 * What every reader of the warehouse may see: views in schema `meta` over the control schema, read with the rights of their owner. No value
 * of a person, no key, no example of a finding.
 */
import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(ddl).execute(db)
}

const ddl = /* sql */ `
alter table gemaal.datasets add column pseudonym_key text;
alter table gemaal.datasets add column sources text[] not null default '{}';
comment on column gemaal.datasets.pseudonym_key is 'Id of the key that made the pseudonyms in the dataset.';
comment on column gemaal.datasets.sources is 'The streams that feed it: <source>/<stream>.';

create table gemaal.marts (
  name      text primary key,
  "schema"  text not null,
  view      text not null,
  question  text not null,
  asked_by  text not null,
  uses      text[] not null default '{}',
  open      jsonb,
  made_from text not null,
  made_at   timestamptz not null default clock_timestamp()
);
comment on table gemaal.marts is 'The marts as they stand.';
comment on column gemaal.marts.uses is 'Datasets that the mart reads, also through other marts.';
comment on column gemaal.marts.made_from is 'SHA-256 of the SQL and the comments that made the view.';

revoke all on schema meta from public;

create view meta.datasets as
with feed as (
  select d.name as dataset, f.source_stream from gemaal.datasets d, unnest(d.sources) f (source_stream)
), reading as (
  -- The last reading of each stream that was published, but for re-reads of single keys.
  select distinct on (d.dataset, d.source, d.stream) f.*, s.listing_began_at
  from feed f join gemaal.dataset_runs d on d.dataset = f.dataset and d.source || '/' || d.stream = f.source_stream
  join gemaal.stream_runs s on s.id = d.stream_run_id
  where d.status = 'published' and s.reading in ('full', 'changes')
  order by d.dataset, d.source, d.stream, s.listing_began_at desc
), current as (
  -- Several sources: the dataset is as old as the one that was read longest ago, and not whole before each was read.
  select f.dataset, case when bool_and(r.listing_began_at is not null) then min(r.listing_began_at) end as as_of
  from feed f left join reading r using (dataset, source_stream) group by f.dataset
), latest as (
  select distinct on (d.dataset, d.source, d.stream) d.dataset, s.run_id, s.status, s.retry_at
  from feed f join gemaal.dataset_runs d on d.dataset = f.dataset and d.source || '/' || d.stream = f.source_stream
  join gemaal.stream_runs s on s.id = d.stream_run_id
  where s.reading in ('full', 'changes')
  order by d.dataset, d.source, d.stream, d.id desc
), last as (
  select dataset, max(run_id) as run_id, bool_or(status = 'failed') as failed, bool_or(status in ('incomplete', 'abandoned')) as incomplete,
    max(retry_at) filter (where status = 'incomplete') as retry_at
  from latest group by dataset
), state as (
  select d.*, c.as_of, l.run_id, l.failed, l.incomplete, l.retry_at,
    c.as_of is not null and clock_timestamp() - c.as_of <= make_interval(secs => d.fresh_within) as fresh,
    exists (select from gemaal.holds h where h.dataset = d.name and h.status = 'open') as held,
    exists (select from gemaal.checkpoints k where k.dataset = d.name and k.full_at is null) as waits_for_full
  from gemaal.datasets d left join current c on c.dataset = d.name left join last l on l.dataset = d.name
)
select s.name, s.plan->>'title' as title, s.plan->>'description' as description, s.owner, s.activity, s.personal,
  case s.access when 'everyone' then 'every reader' else 'the role of its activity' end as readers,
  s.version, s.as_of,
  case
    when s.retired_at is not null then 'Retired'
    when s.held then 'Held (a person must decide)'
    when s.failed then 'Failed (a person must act)'
    when s.incomplete then
      'Incomplete' || coalesce(' (goes on at ' || to_char(s.retry_at at time zone 'Europe/Amsterdam', 'YYYY-MM-DD HH24:MI') || ')', '')
    when s.as_of is null then 'Never read'
    when s.waits_for_full then 'Waits for a full reading'
    when not s.fresh then 'Late'
    else 'Fresh'
  end as status,
  s.fresh,
  make_interval(secs => s.fresh_within) as fresh_within,
  s.run_id as last_run,
  -- An estimate of Postgres; -1 says that it has none yet.
  (select nullif(t.reltuples, -1)::bigint from pg_class t join pg_namespace n on n.oid = t.relnamespace where n.nspname = s."schema" and t.relname = s."table") as rows_about
from state s;

create view meta.columns as
with landed as (
  select d.name as dataset, d."table", d.plan, c.value as col, c.ordinality as place, null::text as child
  from gemaal.datasets d, jsonb_array_elements(d.plan->'columns') with ordinality c
  where d.retired_at is null
  union all
  select d.name, t.value->>'table', d.plan, c.value, c.ordinality, t.value->>'table'
  from gemaal.datasets d, jsonb_array_elements(d.plan->'children') t, jsonb_array_elements(t.value->'columns') with ordinality c
  where d.retired_at is null
)
select l.dataset, l."table", l.col->>'name' as "column", l.place::int as place, l.col->>'type' as type,
  coalesce((l.col->>'key')::boolean, false) as key, l.col->>'kind' as kind, l.col->>'treatment' as treatment,
  l.col->>'description' as description, l.plan->>'source' as source, l.plan->>'stream' as stream,
  case when l.child is null then n.path
    else (select string_agg(p.value, '.' order by p.ordinality) from jsonb_array_elements_text(l.col->'path') with ordinality p) end as field
from landed l
left join gemaal.column_names n on l.child is null and n.source = l.plan->>'source' and n.stream = l.plan->>'stream' and n."column" = l.col->>'name';

create view meta.runs as
select d.id, s.run_id, d.dataset, d.source, d.stream, s.reading, r.trigger, s.listing_began_at as began_at, d.published_at,
  d.status, d.read, d.new, d.changed, d.unchanged, d.duplicate, d.superseded, d.removed, d.quarantined, d.outside, d.deleted,
  d.balanced, d.seconds, d.version
from gemaal.dataset_runs d join gemaal.stream_runs s on s.id = d.stream_run_id join gemaal.runs r on r.id = s.run_id;

create view meta.quality as
select f.dataset, f.source, f.stream, f.rule, f.severity, f.run_id, f.found_at, f.count, f.of,
  round(f.count::numeric / nullif(f.of, 0), 6) as share
from gemaal.findings f;

create view meta.quarantine as
select q.dataset, q.source, f.value->>'rule' as rule, count(distinct q.id) as records,
  min(q.first_seen_at) as oldest, max(q.last_seen_at) as last_seen_at
from gemaal.quarantine q, jsonb_array_elements(q.findings) f
where q.closed_at is null
group by 1, 2, 3;

create view meta.questions as
select m.question, m.asked_by, m.name as mart, u.dataset, d.personal, d.as_of, d.status, m.open
from gemaal.marts m left join lateral unnest(m.uses) u (dataset) on true left join meta.datasets d on d.name = u.dataset
union all
select null, null, null, d.name, d.personal, d.as_of, d.status, null
from meta.datasets d where d.status <> 'Retired' and not exists (select from gemaal.marts m where d.name = any (m.uses));

comment on view meta.datasets is 'The datasets of the warehouse: what they hold, whose they are, how current they are.';
comment on column meta.datasets.as_of is 'When the last published reading of its source began: a change at the source after that is not in it.';
comment on column meta.datasets.fresh is 'Whether as_of is no longer ago than the contract promises.';
comment on column meta.datasets.rows_about is 'Number of rows as Postgres estimates it.';
comment on view meta.columns is 'The columns of each dataset and its child tables, what they say of a person, and how they land.';
comment on column meta.columns.kind is 'What the column says of a person; none: nothing.';
comment on column meta.columns.treatment is 'What was done to the value before it landed.';
comment on column meta.columns.field is 'The field of the source that the column is made from.';
comment on view meta.runs is 'What each run did with each dataset: read = new + changed + unchanged + duplicate + superseded + removed + quarantined + outside.';
comment on view meta.quality is 'How often each rule was broken, run by run.';
comment on column meta.quality.share is 'count divided by of, the records that the rule judged.';
comment on view meta.quarantine is 'Records that are refused now, by the rule that refused them. A record that broke two rules counts under both.';
comment on view meta.questions is 'The questions that marts answer and the datasets they need; a dataset without a question has none of its own.';
`
