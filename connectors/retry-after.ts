const second = 1000
/** Bounds of a wait that a source asks for: never a busy loop, never an instruction to come back next year. */
export const shortestWaitMs = second
export const longestWaitMs = 24 * 60 * 60 * second

/**
 * The moment before which a source asked not to be called, within 1 second to 24 hours from now.
 *
 * Takes seconds, with or without a fraction, and HTTP dates; a date is measured against the answer's own `Date`, so that a clock that is off
 * does not count. Text that is neither says nothing: undefined.
 *
 * @see RFC 9110 §10.2.3
 */
export function retryAfter(text: string | undefined, now: Date, serverDate?: string): Date | undefined {
  const value = text?.trim()
  if (!value) return undefined
  let waitMs: number
  if (/^[+-]?\d+([.,]\d+)?$/.test(value)) {
    waitMs = Number(value.replace(',', '.')) * second
  } else {
    const then = httpDate(value)
    if (then === undefined) return undefined
    waitMs = then - (httpDate(serverDate) ?? now.getTime())
  }
  return new Date(now.getTime() + Math.min(Math.max(waitMs, shortestWaitMs), longestWaitMs))
}

const imfOrRfc850 = /^[A-Za-z]{3,9}, \d{2}[ -][A-Za-z]{3}[ -](\d{2}|\d{4}) \d{2}:\d{2}:\d{2} GMT$/
const asctime = /^[A-Za-z]{3} [A-Za-z]{3} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/

/**
 * Milliseconds since the epoch of an HTTP date in one of its three forms; undefined when it is none. `Date.parse` alone would take
 * `5 apples` for a date.
 */
export function httpDate(text: string | undefined): number | undefined {
  const value = text?.trim()
  if (value === undefined) return undefined
  const time = imfOrRfc850.test(value) ? Date.parse(value) : asctime.test(value) ? Date.parse(`${value} GMT`) : Number.NaN
  return Number.isNaN(time) ? undefined : time
}
