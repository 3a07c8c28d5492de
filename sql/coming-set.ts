/** The set as it will be once a run is published, for the rules that decide whether it may be. */
import type { DatasetPlan, PlannedSetRule } from '../config/dataset-plan.js'
import type { LoadProfile, Warehouse } from './database.js'
import { measureLoad, type measuresOf } from './load-profiles.js'
import { literal, quoted } from './names.js'
import { PublishTables } from './publish-tables.js'
import { judgeSetRules, type SetVerdict } from './set-rules.js'
import { inTransaction } from './staging.js'
import { makeBroken } from './standing-findings.js'

export interface ComingRequest {
  plan: DatasetPlan
  datasetRunId: number
  rules: readonly PlannedSetRule[]
  /** Left out: nothing is measured. */
  measures: ReturnType<typeof measuresOf> | undefined
  /** Columns that rules or measures look at. */
  columns: readonly string[]
  /** A person decides about the deletes: they do not happen with this publication. */
  deletesWait: boolean
  ruleTimeoutMs?: number | undefined
  signal?: AbortSignal | undefined
}

export interface ComingSet {
  /** Rows of this source. */
  rows: number
  verdicts: SetVerdict[]
  profile: LoadProfile | undefined
}

/**
 * Judges what the dataset will hold of this source. Changes nothing.
 *
 * @throws WarehouseUnavailable, StaleAttempt
 */
export async function judgeComing(warehouse: Warehouse, request: ComingRequest): Promise<ComingSet> {
  const { plan, datasetRunId, signal } = request
  return inTransaction(warehouse, { doing: `verifying ${plan.name}`, signal }, async (client) => {
    const t = new PublishTables(plan, datasetRunId)
    const created = await client.query(`create temp table coming on commit drop as ${comingRows(request, t)}`)
    await client.query('analyze pg_temp.coming')
    await makeBroken(client, plan, t)
    const verdicts = await judgeSetRules(client, plan, request.rules, 'pg_temp.coming', { timeoutMs: request.ruleTimeoutMs, signal })
    const profile = request.measures && (await measureLoad(client, 'pg_temp.coming', request.measures))
    return { rows: created.rowCount ?? 0, verdicts, profile }
  })
}

/**
 * Of each key the last record read, where it passed and nothing that stands was read later; and the rows that stand and are not replaced, do
 * not leave and are not deleted. The same decisions as publish takes.
 */
function comingRows({ plan, columns, deletesWait }: ComingRequest, t: PublishTables): string {
  const names = [...new Set([...plan.columns.filter((c) => c.key).map((c) => c.name), ...columns])].map(quoted)
  const of = (alias: string) => names.map((n) => `${alias}.${n}`).join(', ')
  const stays = [`s.${t.keys[0]} is null`, 's._late', ...(plan.refused === 'keep' ? [`s._state = 'q'`] : [])]
  return `
    with last as (
      select distinct on (${t.list()}) * from ${t.staging} where ${t.hasKey} order by ${t.list()}, _read_at desc, _slice desc, _seq desc
    ), said as (
      select l.*, coalesce(greatest(d._read_at, gone._read_at, refused.read_at) > l._read_at, false) as _late
      from last l
      left join ${t.target} d on ${t.same('d', 'l')}
      left join ${t.deleted} gone on ${t.same('gone', 'l')}
      left join gemaal.quarantine refused on refused.dataset = ${literal(plan.name)} and refused.source = ${literal(plan.source)}
        and refused.closed_at is null and refused.key = ${t.keyArray('l')}
    )
    select ${of('s')} from said s where s._state = 'r' and not s._late
    union all
    select ${of('d')} from ${t.target} d left join said s on ${t.same('d', 's')}
    where (${stays.join(' or ')})${t.ofSource('d')}
      and not exists (select from ${t.gone} g where ${t.same('d', 'g')} and d._read_at < g._read_at${deletesWait ? ` and g._reason <> 'deleted'` : ''})`
}
