/** Tells once that a dataset is late, and once that it is not any more. */
import { sql } from 'kysely'
import type { Database } from './database.js'

/**
 * A dataset is late when the last reading that was published began longer ago than its contract allows. Safe on several workers at once.
 */
export async function noteLate(db: Database): Promise<void> {
  await sql`
    with state as (
      select d.name, coalesce(min(c.read_at), d.created_at) + d.fresh_within * interval '1 s' < clock_timestamp() as late,
        (select n.event from gemaal.notices n where n.subject = d.name and n.event in ('late', 'recovered') order by n.id desc limit 1) as told
      from gemaal.datasets d left join gemaal.checkpoints c on c.dataset = d.name
      where d.retired_at is null and pg_try_advisory_xact_lock(hashtextextended('gemaal.late', 0))
      group by d.name, d.created_at, d.fresh_within)
    insert into gemaal.notices (event, subject, body)
    select case when late then 'late' else 'recovered' end, name, jsonb_build_object('event', case when late then 'late' else 'recovered' end, 'dataset', name)
    from state where (late and told is distinct from 'late') or (not late and told = 'late')`.execute(db)
}
