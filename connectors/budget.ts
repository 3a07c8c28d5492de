import { type Clock, systemClock } from './clock.js'
import { SourceUnavailable } from './errors.js'

/**
 * How many requests a source takes. One budget may be shared by several sources and by all workers; `sql/` holds that one, on this same
 * interface.
 */
export interface Budget {
  /**
   * Takes one request, when there is room for it. A wait up to about 30 seconds happens here; a longer one is for the caller's caller.
   *
   * A shared budget takes places in small groups, to save round trips, and lends them for a while: a process that dies gives its places back
   * by expiry, and a place that is held for long is renewed by its holder. So `atOnce` can be passed for that short while after a holder
   * stalls; the count of requests a period cannot.
   *
   * @returns gives the place back; calling it again does nothing
   * @throws SourceUnavailable with `retryAt` when there is no room for longer than that
   * @throws the reason of the signal, when it is aborted while waiting
   */
  acquire(signal?: AbortSignal): Promise<() => void>
  /** The source asked not to be called before this moment: nobody is given a place until then. The latest moment of all calls counts. */
  blockedUntil(until: Date): Promise<void>
}

export interface BudgetLimits {
  /** Name, for messages. */
  name: string
  /** At most so many requests in any stretch of `periodMs`. */
  requests?: number | undefined
  periodMs?: number | undefined
  /** At most so many requests that are not yet answered. */
  atOnce?: number | undefined
  /** Hours in which the source may be called, on the clock of Europe/Amsterdam, from inclusive and to exclusive: `19:00` to `07:00`. */
  between?: { from: string; to: string } | undefined
}

/** A wait that is longer than this frees the place in which it waits. */
export const longestInPlaceMs = 30_000

/** A budget in the memory of one process: for `try`, for tests, and for a source that states no limit. */
export function memoryBudget(limits: BudgetLimits, clock: Clock = systemClock): Budget {
  return new MemoryBudget(limits, clock)
}

class MemoryBudget implements Budget {
  readonly #limits: BudgetLimits
  readonly #clock: Clock
  /** Moments of the requests of the last period, oldest first. */
  readonly #taken: number[] = []
  #held = 0
  #blocked = 0
  /** Those that wait for a place to be given back, in the order in which they came. */
  readonly #queue: (() => void)[] = []

  constructor(limits: BudgetLimits, clock: Clock) {
    this.#limits = limits
    this.#clock = clock
  }

  async blockedUntil(until: Date): Promise<void> {
    this.#blocked = Math.max(this.#blocked, until.getTime())
  }

  async acquire(signal?: AbortSignal): Promise<() => void> {
    await this.#place(signal)
    try {
      for (;;) {
        signal?.throwIfAborted()
        const now = this.#clock.now()
        const { until, why } = this.#roomAt(now)
        const waitMs = until - now.getTime()
        if (waitMs <= 0) break
        if (waitMs > longestInPlaceMs) {
          throw new SourceUnavailable(`budget '${this.#limits.name}': ${why}; goes on at ${new Date(until).toISOString()}.`, {
            retryAt: new Date(until),
          })
        }
        await this.#clock.sleep(waitMs, signal)
      }
    } catch (error) {
      this.#release()
      throw error
    }
    if (this.#limits.requests !== undefined) this.#taken.push(this.#clock.now().getTime())
    let given = false
    return () => {
      if (given) return
      given = true
      this.#release()
    }
  }

  async #place(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted()
    if (this.#held < (this.#limits.atOnce ?? Number.POSITIVE_INFINITY)) {
      this.#held += 1
      return
    }
    await new Promise<void>((resolve, reject) => {
      const take = () => {
        signal?.removeEventListener('abort', leave)
        resolve()
      }
      const leave = () => {
        this.#queue.splice(this.#queue.indexOf(take), 1)
        reject(signal?.reason)
      }
      this.#queue.push(take)
      signal?.addEventListener('abort', leave, { once: true })
    })
  }

  /** A place goes straight to the one that waits longest, so that a newcomer cannot pass. */
  #release(): void {
    const next = this.#queue.shift()
    if (next) next()
    else this.#held -= 1
  }

  /** The first moment at which a request may go, as far as is known now. */
  #roomAt(now: Date): { until: number; why: string } {
    const { requests, periodMs = 60_000, between } = this.#limits
    const time = now.getTime()
    if (this.#blocked > time) return { until: this.#blocked, why: 'the source asked to be left alone' }
    const open = between ? opensAt(now, between).getTime() : time
    if (open > time) return { until: open, why: `outside the hours ${between?.from}-${between?.to}` }
    if (requests !== undefined) {
      while (this.#taken.length > 0 && this.#taken[0]! + periodMs <= time) this.#taken.shift()
      // The request that goes now must find fewer than `requests` behind it.
      const last = this.#taken[this.#taken.length - requests]
      if (last !== undefined) return { until: last + periodMs, why: `${requests} requests in ${periodMs / 1000} s are used up` }
    }
    return { until: time, why: '' }
  }
}

const amsterdam = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Amsterdam', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
const minute = 60_000
const day = 24 * 60

/** Minutes since midnight on the clock of Europe/Amsterdam. */
export function minuteOfDay(moment: Date): number {
  const parts = amsterdam.formatToParts(moment)
  const of = (type: string) => Number(parts.find((part) => part.type === type)?.value)
  return of('hour') * 60 + of('minute')
}

/**
 * The first moment at or after `now` that lies within the hours, on the clock of Europe/Amsterdam. Equal bounds mean the whole day. On the
 * night on which an opening hour is skipped, the hours open when the clock has jumped.
 */
export function opensAt(now: Date, between: { from: string; to: string }): Date {
  const from = minutes(between.from)
  const to = minutes(between.to)
  const isOpen = (moment: Date) => {
    const at = minuteOfDay(moment)
    return from < to ? from <= at && at < to : from > to ? at >= from || at < to : true
  }
  if (isOpen(now)) return now
  // The hours that the clock shows until opening can be one more or one less than those that pass, when it changes on the way: start
  // from an hour before and take the first whole minute that is open.
  const shown = (from - minuteOfDay(now) + day) % day
  const begin = Math.max(Math.floor(now.getTime() / minute) + 1, Math.floor(now.getTime() / minute) + shown - 61)
  for (let at = begin; ; at += 1) {
    const moment = new Date(at * minute)
    if (isOpen(moment)) return moment
  }
}

function minutes(clock: string): number {
  const [, hours = '', rest = ''] = /^(\d{1,2}):(\d{2})$/.exec(clock) ?? []
  const value = Number(hours) * 60 + Number(rest)
  if (hours === '' || Number(rest) > 59 || value > day) throw new RangeError(`'${clock}' is not a time of the day, such as 07:30`)
  return value % day
}
