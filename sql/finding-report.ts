/** All records that break rules, one by one: for who keeps the registration that the rules are about. */
import type { DatasetPlan } from '../config/dataset-plan.js'
import { type Warehouse, warehouseError } from './database.js'
import { keyText, PublishTables } from './publish-tables.js'

export interface ReportLine {
  /** As it lands, parts of a key divided by `|`. */
  key: string
  rule: string
  /** When the rule was found broken first; of a row that changed since, when this version of it landed. */
  firstSeenAt: Date
  lastSeenAt: Date
}

const atOnce = 5_000

/**
 * Records of a dataset that break one of the rules, in the dataset and in quarantine, in order of rule and key. Records whose key could not be
 * read are left out: nobody can look them up.
 */
export async function* reportLines(warehouse: Warehouse, plan: DatasetPlan, rules: readonly string[]): AsyncGenerator<ReportLine[]> {
  const t = new PublishTables(plan, 0)
  const client = await warehouse.pool.connect()
  let failure: Error | undefined
  try {
    await client.query('begin read only')
    await client.query(
      `declare report no scroll cursor for
       with states as (
         select rule, first_seen_at, last_seen_at from gemaal.finding_states
         where dataset = $1 and source = $2 and stream = $3 and rule = any($4::text[]) and resolved_at is null
       )
       select key, rule, first_seen_at as "firstSeenAt", last_seen_at as "lastSeenAt" from (
         select ${t.keyText('d')} as key, s.rule, greatest(s.first_seen_at, d._changed_at) as first_seen_at, s.last_seen_at
         from ${t.target} d cross join lateral unnest(d._findings) f (rule) join states s on s.rule = f.rule
         where d._findings <> '{}'${t.ofSource('d')}
         union all
         select ${keyText('q.key')}, s.rule, greatest(s.first_seen_at, q.first_seen_at), q.last_seen_at
         from gemaal.quarantine q, lateral (select distinct e ->> 'rule' as rule from jsonb_array_elements(q.findings) e) f join states s on s.rule = f.rule
         where q.dataset = $1 and q.source = $2 and q.stream = $3 and q.closed_at is null and q.key is not null) found
       order by rule, key`,
      [plan.name, plan.source, plan.stream, rules],
    )
    for (;;) {
      const { rows } = await client.query<ReportLine>(`fetch ${atOnce} from report`)
      if (rows.length === 0) break
      yield rows
    }
  } catch (error) {
    failure = warehouseError(error, `reading what rules found in ${plan.name}`)
    throw failure
  } finally {
    await client.query('rollback').catch((error) => {
      failure ??= error
    })
    client.release(failure)
  }
}
