/** Decisions of people about holds: who, what and why, once. */
import { sql, type Transaction } from 'kysely'
import type { Scope } from '../connectors/connector.js'
import { audit } from './audit.js'
import type { Database, Tables } from './database.js'
import { discard, findHold, type Hold } from './holds.js'
import { askFullReading } from './purge.js'
import { acceptScope, compareScopes, scopeStanding } from './scopes.js'

export type Decision = 'accept' | 'freeze' | 'reject'

/** The decision does not fit the hold; the message says what does. */
export class DecisionRefused extends Error {
  override name = 'DecisionRefused'
}

/** Why a decision does not fit a hold, in words; undefined when it does. */
function unfit(hold: Hold, decision: Decision): string | undefined {
  if (decision === 'freeze' && hold.withholds === 'all')
    return `freeze keeps rows from being deleted, and hold ${hold.id} (${hold.why}) would delete none: accept or reject it`
  // Only a whole listing tells which rows are out of sight.
  if (decision === 'accept' && hold.why === 'scope narrower' && hold.reading !== 'full' && hold.status === 'open')
    return (
      `run ${hold.run_id} read changes only, so that it is not known which rows of ${hold.dataset} may not be seen any more. ` +
      `Read it whole first (\`gemaal run ${hold.dataset} --full\`): that makes a new hold which knows them, to be accepted in place of this one`
    )
  return undefined
}

export interface Decided {
  /** Holds that were decided now; the one that was named first. Empty: it was decided or superseded before. */
  decided: Hold[]
  /** The hold that was named, as it stands after this. */
  hold: Hold
}

/**
 * Records a decision on a hold that is open; a frozen one can still be accepted. A decision on rights is about the source: the other open holds
 * for the same rights are decided with it, and those rights become the ones that the next run is compared with, unless it is `reject`. Safe to
 * repeat, and of two people at once the first one decides.
 *
 * @returns undefined when there is no such hold
 * @throws DecisionRefused
 */
export async function decideHold(db: Database, id: number, decision: Decision, who: string, reason: string): Promise<Decided | undefined> {
  return db.transaction().execute(async (trx) => {
    const named = await findHold(trx, id)
    if (!named) return undefined
    // Decisions on one source go one at a time, so that two people who decide two holds for the same rights do not both have their way.
    await sql`select pg_advisory_xact_lock(hashtextextended('gemaal.holds:' || ${named.source}, 0))`.execute(trx)
    const hold = (await findHold(trx, id))!
    const from: Hold['status'][] = decision === 'accept' ? ['open', 'frozen'] : ['open']
    if (!from.includes(hold.status)) return { decided: [], hold }
    const others = isOfRights(hold) ? await othersForTheSameRights(trx, hold) : []
    const why = unfit(hold, decision)
    if (why !== undefined) throw new DecisionRefused(why)
    const wider = others.find((h) => h.why === 'scope wider')
    if (decision === 'freeze' && wider)
      throw new DecisionRefused(
        `these rights got wider too, for which hold ${wider.id} (${wider.dataset}) waits: accept or reject it first`,
      )
    const decided: Hold[] = []
    for (const each of [hold, ...others]) {
      if (unfit(each, decision) === undefined && (await decide(trx, each, decision, who, reason))) decided.push(each)
    }
    if (decided.length > 0 && isOfRights(hold) && decision !== 'reject' && hold.status === 'open' && hold.scope) {
      const scope = decided.some((h) => h.why === 'scope wider') ? await withStanding(trx, hold.source, hold.scope) : hold.scope
      await acceptScope(trx, hold.source, scope, who, decision === 'freeze')
    }
    // Of records that came into sight a reading of changes shows few.
    for (const { why, reading, dataset } of decided)
      if (decision === 'accept' && why === 'scope wider' && reading !== 'full') await askFullReading(trx, dataset)
    for (const each of decided)
      await audit(trx, { who, action: `hold ${decision}`, object: each.dataset, detail: { hold: each.id, why: each.why }, reason })
    return { decided, hold: (await findHold(trx, id))! }
  })
}

/**
 * What was held because rights got wider tells nothing of the rows that other rights let vanish: where they got narrower too, that part stays
 * open, and the next run holds for it with the keys at hand.
 */
async function withStanding(trx: Transaction<Tables>, source: string, scope: Scope): Promise<Scope> {
  const standing = (await scopeStanding(trx, source))?.scope ?? {}
  const { narrower } = compareScopes(standing, scope)
  return { ...scope, ...Object.fromEntries(narrower.map((grant) => [grant, standing[grant]!])) }
}

export function isOfRights(hold: Pick<Hold, 'why'>): boolean {
  return hold.why === 'scope narrower' || hold.why === 'scope wider'
}

async function othersForTheSameRights(trx: Transaction<Tables>, hold: Hold): Promise<Hold[]> {
  const { rows } = await sql<{ id: number }>`
    select h.id from gemaal.holds h join gemaal.dataset_runs d on d.id = h.dataset_run_id join gemaal.stream_runs s on s.id = d.stream_run_id
    where h.id <> ${hold.id} and h.source = ${hold.source} and h.status = ${hold.status} and h.why in ('scope narrower', 'scope wider')
      and s.scope = (select scope from gemaal.stream_runs where id = ${hold.stream_run_id})
    order by h.id`.execute(trx)
  const holds = await Promise.all(rows.map(({ id }) => findHold(trx, id)))
  return holds.filter((h) => h !== undefined)
}

/** @returns false when a newer run superseded it a moment ago */
async function decide(trx: Transaction<Tables>, hold: Hold, decision: Decision, who: string, reason: string): Promise<boolean> {
  const status = decision === 'accept' ? 'accepted' : decision === 'freeze' ? 'frozen' : 'rejected'
  const { numUpdatedRows } = await trx
    .updateTable('gemaal.holds')
    .set({ status, decided_at: sql`clock_timestamp()`, decided_by: who, reason })
    .where('id', '=', hold.id)
    .where('status', '=', hold.status)
    .executeTakeFirst()
  if (numUpdatedRows === 0n) return false
  if (decision === 'reject' && hold.withholds === 'all') await discard(trx, hold.dataset_run_id)
  return true
}
