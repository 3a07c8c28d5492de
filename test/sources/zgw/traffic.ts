import type { Fault, Match, PlannedFault } from './behaviours.js'
import type { StreamName } from './model.js'

/** A request that was answered, or is being answered. */
export interface Logged {
  method: string
  path: string
  /** With its question mark; empty without. */
  search: string
  /** Milliseconds since 1970. */
  at: number
  /** 0 until it is answered, and when the connection was cut off. */
  status: number
}

/** What is to happen at one request. `before`: before its rows are picked; `after`: after that, before it is answered. */
export interface Hook extends Match {
  /** The how manieth request that matches, counted from now. Default 1. */
  nth?: number
  when?: 'before' | 'after'
  /** Each such request from `nth` on, rather than that one alone. */
  always?: boolean
}

export interface Held {
  /** Resolves when a request is held. */
  arrived: Promise<void>
  /** Lets it, and those after it, go on. Safe to call twice. */
  release(): void
}

interface Counted {
  match: Match
  seen: number
}

/** What was asked, and what is to go wrong or to happen at which request. */
export class Traffic {
  readonly log: Logged[] = []
  #faults: (Counted & { plan: PlannedFault; left: number })[] = []
  #hooks: (Counted & { hook: Hook; action: () => void })[] = []
  #holds: (Counted & { nth: number; arrive: () => void; released: Promise<void>; release: () => void })[] = []
  #answered: number[] = []

  fail(plan: PlannedFault): void {
    this.#faults.push({ match: plan, seen: 0, plan, left: plan.times ?? 1 })
  }

  onRequest(hook: Hook, action: () => void): void {
    this.#hooks.push({ match: hook, seen: 0, hook, action })
  }

  hold(hook: Pick<Hook, 'list' | 'on' | 'nth'>): Held {
    const arrived = deferred()
    const released = deferred()
    this.#holds.push({
      match: hook,
      seen: 0,
      nth: hook.nth ?? 1,
      arrive: arrived.resolve,
      released: released.promise,
      release: released.resolve,
    })
    return { arrived: arrived.promise, release: released.resolve }
  }

  /** Takes back all faults, hooks and holds; what is held goes on. */
  calm(): void {
    for (const { release } of this.#holds) release()
    this.#faults = []
    this.#hooks = []
    this.#holds = []
    this.#answered = []
  }

  /** The request from its arrival to its answer. */
  arrived(method: string, path: string, search: string): Passing {
    const logged: Logged = { method, path, search, at: Date.now(), status: 0 }
    this.log.push(logged)
    const matches = <T extends Counted>(counted: T): boolean => {
      if (!isMeant(counted.match, path, search)) return false
      counted.seen += 1
      return true
    }
    const hooks = this.#hooks
      .filter(matches)
      .filter(({ hook, seen }) => seen === (hook.nth ?? 1) || (hook.always && seen > (hook.nth ?? 1)))
    const holds = this.#holds.filter(matches).filter(({ nth, seen }) => seen >= nth)
    const planned = this.#faults.filter(matches).find(({ plan, seen, left }) => left > 0 && seen > (plan.after ?? 0))
    if (planned) planned.left -= 1
    return {
      logged,
      fault: planned?.plan.fault,
      run: (when) => {
        for (const { hook, action } of hooks) if ((hook.when ?? 'before') === when) action()
      },
      held: async () => {
        for (const { arrive, released } of holds) {
          arrive()
          await released
        }
      },
    }
  }

  /** Whether a gateway that lets through so many requests in a period lets this one through. */
  within({ requests, perMs }: { requests: number; perMs: number }): boolean {
    const now = Date.now()
    this.#answered = this.#answered.filter((at) => at > now - perMs)
    if (this.#answered.length >= requests) return false
    this.#answered.push(now)
    return true
  }
}

export interface Passing {
  logged: Logged
  fault: Fault | undefined
  run(when: 'before' | 'after'): void
  held(): Promise<void>
}

function isMeant({ list, on }: Match, path: string, search: string): boolean {
  if (list !== undefined && !isList(list, path)) return false
  return on === undefined || `${path}${search}`.includes(on)
}

function isList(list: StreamName, path: string): boolean {
  return path.endsWith(`/api/v1/${list}`) || (list === 'zaakeigenschappen' && path.endsWith('/zaakeigenschappen'))
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {}
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}
