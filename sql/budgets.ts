/**
 * A budget that all workers share: requests a period, requests at once, and one `blocked until` for all when the source says 429. Places at
 * once are leases that expire, so that a worker that dies gives its own back.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Budget, BudgetLimits } from '../connectors/budget.js'
import type { Database } from './database.js'

/** What the budget cannot know by itself: when hours open, and the error for a wait that is too long. */
export interface BudgetRules {
  limits: BudgetLimits
  /** First moment at or after `now` in the allowed hours; undefined: always allowed. */
  opensAt?: (now: Date) => Date
  /** The error for a wait until `until` that is longer than `longestInPlaceMs`. `why` is for people. */
  tooLong(until: Date, why: string): Error
  longestInPlaceMs: number
}

export interface SharedBudget extends Budget {
  close(): Promise<void>
}

const askedToWait = 'the source asked to be left alone (429)'
const leaseMs = 60_000
const renewMs = 20_000
// Where nothing but a block can bind, a look a second spares a round trip a request.
const blockLookMs = 1_000

/**
 * Opens a shared budget by its name; the same name in another worker or source is the same budget.
 */
export async function openBudget(db: Database, rules: BudgetRules): Promise<SharedBudget> {
  await db
    .insertInto('gemaal.budgets')
    .values({ name: rules.limits.name })
    .onConflict((c) => c.doNothing())
    .execute()
  return new PostgresBudget(db, rules)
}

/** `waitMs` 0: granted, with the lease where places are counted. */
interface Answer {
  waitMs: number
  /** What there is to wait for. */
  why?: string
  lease?: number
}

class PostgresBudget implements SharedBudget {
  readonly #db: Database
  readonly #rules: BudgetRules
  readonly #holder = randomUUID()
  readonly #held = new Set<number>()
  #renewal: NodeJS.Timeout | undefined
  #looked = 0
  #blocked = 0

  constructor(db: Database, rules: BudgetRules) {
    this.#db = db
    this.#rules = rules
  }

  async acquire(signal?: AbortSignal): Promise<() => void> {
    const began = Date.now()
    for (;;) {
      signal?.throwIfAborted()
      const answer = await this.#ask()
      if (answer.waitMs <= 0) return this.#release(answer.lease)
      const left = began + this.#rules.longestInPlaceMs - Date.now()
      if (answer.waitMs > left) throw this.#rules.tooLong(new Date(Date.now() + answer.waitMs), answer.why ?? askedToWait)
      await wait(Math.max(10, answer.waitMs), undefined, signal ? { signal } : undefined).catch((error) => {
        signal?.throwIfAborted()
        throw error
      })
    }
  }

  async blockedUntil(until: Date): Promise<void> {
    this.#blocked = Math.max(this.#blocked, until.getTime())
    await this.#db
      .updateTable('gemaal.budgets')
      .set({ blocked_until: sql`greatest(blocked_until, ${until})` })
      .where('name', '=', this.#rules.limits.name)
      .execute()
  }

  async close(): Promise<void> {
    clearInterval(this.#renewal)
    await this.#db.deleteFrom('gemaal.budget_leases').where('holder', '=', this.#holder).execute()
  }

  async #ask(): Promise<Answer> {
    const now = new Date()
    const opens = this.#rules.opensAt?.(now)
    const { requests, atOnce, between } = this.#rules.limits
    if (opens && opens > now) return { waitMs: opens.getTime() - now.getTime(), why: `outside the hours ${between?.from}-${between?.to}` }
    if (requests !== undefined || atOnce !== undefined) return this.#take()
    if (Date.now() - this.#looked >= blockLookMs) {
      this.#looked = Date.now()
      const row = await this.#db
        .selectFrom('gemaal.budgets')
        .select('blocked_until')
        .where('name', '=', this.#rules.limits.name)
        .executeTakeFirst()
      this.#blocked = row?.blocked_until?.getTime() ?? 0
    }
    return { waitMs: this.#blocked - Date.now() }
  }

  /** Takes one request from the shared budget, or says how long until there may be room. */
  async #take(): Promise<Answer> {
    const { name, requests, periodMs = 1000, atOnce } = this.#rules.limits
    return this.#db.transaction().execute(async (trx) => {
      const { rows } = await sql<{ blocked: number | null }>`
        select extract(epoch from blocked_until - clock_timestamp()) * 1000 as blocked from gemaal.budgets where name = ${name} for update`.execute(
        trx,
      )
      const blocked = Number(rows[0]?.blocked ?? 0)
      if (blocked > 0) return { waitMs: blocked }
      if (requests !== undefined) {
        await sql`delete from gemaal.budget_grants where budget = ${name} and at < clock_timestamp() - ${periodMs} * interval '1 ms'`.execute(
          trx,
        )
        // The grant whose end of period makes room: the n-th newest.
        const { rows: full } = await sql<{ left: number }>`
          select extract(epoch from at + ${periodMs} * interval '1 ms' - clock_timestamp()) * 1000 as left
          from gemaal.budget_grants where budget = ${name} order by at desc offset ${requests - 1} limit 1`.execute(trx)
        if (full[0]) return { waitMs: Math.max(1, Number(full[0].left)), why: `${requests} requests in ${periodMs / 1000} s are used up` }
      }
      let lease: number | undefined
      if (atOnce !== undefined) {
        await sql`delete from gemaal.budget_leases where budget = ${name} and expires_at < clock_timestamp()`.execute(trx)
        const { rows: held } = await sql<{ n: number }>`select count(*) as n from gemaal.budget_leases where budget = ${name}`.execute(trx)
        if (held[0]!.n >= atOnce) return { waitMs: 50, why: `${atOnce} requests are under way` }
        const { rows: made } = await sql<{ id: number }>`
          insert into gemaal.budget_leases (budget, holder, expires_at) values (${name}, ${this.#holder}, clock_timestamp() + ${leaseMs} * interval '1 ms') returning id`.execute(
          trx,
        )
        lease = made[0]!.id
      }
      if (requests !== undefined) await trx.insertInto('gemaal.budget_grants').values({ budget: name }).execute()
      return lease === undefined ? { waitMs: 0 } : { waitMs: 0, lease }
    })
  }

  #release(lease: number | undefined): () => void {
    if (lease === undefined) return () => {}
    this.#held.add(lease)
    this.#renewal ??= setInterval(() => this.#renew(), renewMs).unref()
    return () => {
      if (!this.#held.delete(lease)) return
      // Should this fail, the lease expires by itself.
      this.#db
        .deleteFrom('gemaal.budget_leases')
        .where('id', '=', lease)
        .execute()
        .catch(() => {})
    }
  }

  #renew(): void {
    if (this.#held.size === 0) return
    this.#db
      .updateTable('gemaal.budget_leases')
      .set({ expires_at: sql`clock_timestamp() + ${leaseMs} * interval '1 ms'` })
      .where('id', 'in', [...this.#held])
      .execute()
      .catch(() => {})
  }
}
