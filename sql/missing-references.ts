/**
 * Records that rows refer to and that stand in no dataset: which they are, what is known of them, and what the source said when it was asked.
 * What refers and what is referred to are read at different moments, so that absence alone says nothing.
 */
import { sql } from 'kysely'
import type pg from 'pg'
import type { DatasetPlan, PlannedReferenceRule } from '../config/dataset-plan.js'
import type { Database, ReferenceAnswer, StreamReading, Warehouse } from './database.js'
import { literal, quoted } from './names.js'
import { PublishTables } from './publish-tables.js'
import { runRuleSql } from './rule-sql.js'
import { inTransaction } from './staging.js'

/** Keys that a run asks of one stream, at most; the others wait for the next run. */
export const mostAsked = 1000

/** A source that said of a key that it is gone, or not for us, is not asked again within this time. */
const askedAgain = '1 day'

/** A rule on a reference with the plans that it joins. */
export interface Reference {
  rule: PlannedReferenceRule
  /** Whose rows refer. */
  from: DatasetPlan
  /** Whose rows are referred to. */
  to: DatasetPlan
}

/**
 * SELECT of the references of rows to what does not stand: the key columns, `target` as text, `read_at` of the row, and what is known of the
 * target: `refused` (in quarantine: the source has it), `gone_at` (it left our dataset, proven), `says` and `asked_at` (the last answer).
 */
export function missingSelect({ rule, from, to }: Reference): string {
  const t = new PublishTables(from, 0)
  const u = new PublishTables(to, 0)
  const { column } = rule.check.parameters as { column: string }
  const own = from.columns.find((c) => c.name === column)!
  const key = to.columns.find((c) => c.key)!
  const list = own.type.endsWith('[]')
  const same = (alias: string) => {
    const equal = own.type.replace('[]', '') === key.type
    return equal ? `${alias}.${quoted(key.name)} = x.target` : `${alias}.${quoted(key.name)}::text = x.target::text`
  }
  const of = `source = ${literal(to.source)}`
  return `
    select ${t.list('d')}, x.target::text as target, d._read_at as read_at, a.says, a.asked_at,
      case when gone._reason in ('deleted', 'parent') then gone._read_at end as gone_at,
      gone._reason = 'refused' or exists (select from gemaal.quarantine q
        where q.dataset = ${literal(to.name)} and q.${of} and q.closed_at is null and q.key = array[x.target::text]) as refused
    from ${t.target} d cross join lateral ${list ? `unnest(d.${quoted(column)})` : `(select d.${quoted(column)})`} as x (target)
    left join ${u.deleted} gone on ${same('gone')}${u.ofSource('gone')}
    left join gemaal.reference_answers a on a.${of} and a.stream = ${literal(to.stream)} and a.key = array[x.target::text]
    where x.target is not null${t.ofSource('d')} and not exists (select from ${u.target} u where ${same('u')}${u.ofSource('u')})`
}

export interface KeysToAsk {
  /** As they land, at most 1,000: those never asked first. */
  keys: string[]
  /** Seconds since the youngest row was read that refers to one. */
  age: number
}

/**
 * Keys of one stream that rows refer to, that stand nowhere, and of which the source was not asked lately.
 *
 * @param references all of the same target. A rule that takes too long adds none
 */
export async function keysToAsk(warehouse: Warehouse, references: readonly Reference[], signal?: AbortSignal): Promise<KeysToAsk> {
  return inTransaction(warehouse, { doing: 'looking for what rows refer to', signal }, async (client) => {
    const asked = new Map<string, Date | null>()
    let age = Number.POSITIVE_INFINITY
    const tells = new Tells(client)
    for (const reference of references) {
      if (!(await stands(client, reference.from)) || !(await tells.ofWhatRefersTo(reference.to))) continue
      const found = await runRuleSql<{ target: string; asked_at: Date | null; age: number }>(
        client,
        `select target, asked_at, extract(epoch from clock_timestamp() - max(read_at))::float8 as age from (${missingSelect(reference)}) m
         where not coalesce(refused, false) and gone_at is null and (asked_at is null or asked_at < clock_timestamp() - interval '${askedAgain}')
         group by target, asked_at order by asked_at nulls first, target limit ${mostAsked}`,
        { signal },
      )
      if ('failed' in found) continue
      for (const row of found.answer.rows) {
        asked.set(row.target, row.asked_at)
        age = Math.min(age, row.age)
      }
    }
    const first = [...asked].sort(([a, at], [b, before]) => (at?.getTime() ?? 0) - (before?.getTime() ?? 0) || (a < b ? -1 : 1))
    return { keys: first.slice(0, mostAsked).map(([target]) => target), age }
  })
}

/** Whether the table is there as the plan knows it: another contract may have been applied since the run began. */
export async function stands(client: pg.ClientBase, { name, fingerprint }: DatasetPlan): Promise<boolean> {
  const { rowCount } = await client.query('select from gemaal.datasets where name = $1 and fingerprint = $2 and retired_at is null', [
    name,
    fingerprint,
  ])
  return rowCount === 1
}

/** Which datasets can say anything of what refers to them: those that stand as planned and were read. Asked once each. */
export class Tells {
  readonly #client: pg.ClientBase
  readonly #known = new Map<string, Promise<boolean>>()

  constructor(client: pg.ClientBase) {
    this.#client = client
  }

  ofWhatRefersTo(plan: DatasetPlan): Promise<boolean> {
    const known = this.#known.get(plan.name) ?? this.#ask(plan)
    this.#known.set(plan.name, known)
    return known
  }

  async #ask(plan: DatasetPlan): Promise<boolean> {
    return (await stands(this.#client, plan)) && (await wasRead(this.#client, plan))
  }
}

/** Whether a dataset was ever read as a whole or by changes: one that was not says nothing of what refers to it. */
async function wasRead(client: pg.ClientBase, { name, source }: DatasetPlan): Promise<boolean> {
  const { rows } = await client.query<{ read: boolean }>(
    `select exists (select from gemaal.dataset_runs d join gemaal.stream_runs s on s.id = d.stream_run_id
       where d.dataset = $1 and d.source = $2 and d.status = 'published' and s.reading in ('full', 'changes')) as read`,
    [name, source],
  )
  return rows[0]!.read
}

/** Keeps what a source said of keys, each as it lands; a later answer replaces an earlier one. Those that nobody asks for any more go. */
export async function noteAnswers(
  db: Database,
  { source, stream }: { source: string; stream: string },
  answers: readonly { key: readonly string[]; says: ReferenceAnswer }[],
): Promise<void> {
  if (answers.length === 0) return
  await sql`
    insert into gemaal.reference_answers (source, stream, key, says)
    select ${source}, ${stream}, array(select jsonb_array_elements_text(a -> 'key')), a ->> 'says' from jsonb_array_elements(${JSON.stringify(answers)}::jsonb) a
    on conflict (source, stream, key) do update set says = excluded.says, asked_at = excluded.asked_at`.execute(db)
  await sql`delete from gemaal.reference_answers where source = ${source} and asked_at < clock_timestamp() - interval '30 days'`.execute(db)
}

/** The streams of a run by how its last reading of each ended: whether anything of it was published. */
export async function streamsOfRun(db: Database, runId: number): Promise<{ stream: string; reading: StreamReading; published: boolean }[]> {
  const { rows } = await sql<{ stream: string; reading: StreamReading; published: boolean }>`
    select distinct on (s.stream) s.stream, s.reading,
      exists (select from gemaal.dataset_runs d where d.stream_run_id = s.id and d.status = 'published') as published
    from gemaal.stream_runs s where s.run_id = ${runId} order by s.stream, s.id desc`.execute(db)
  return rows
}
