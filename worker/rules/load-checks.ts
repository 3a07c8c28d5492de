/**
 * Checks on a load beside the earlier ones. Bounds that the contract does not give are learnt from loads of the same reading: by median and
 * spread, which one odd load does not move. Until there are enough of them such a rule says nothing.
 */
import type { NamedCheck } from '../../config/dataset-plan.js'
import type { LoadProfile } from '../../sql/database.js'
import { judgePersonal, noCounts, type PersonalCounts, type PersonalValue } from './detector.js'

/** Loads that are compared with, at most; and as many as it takes to learn from. */
export const mostLoads = 28
export const leastLoads = 7

/** What a rule says of one measure. `unknown`: there is too little to judge by. */
export type LoadVerdict = { verdict: 'ok' | 'violation' | 'unknown'; detail: string }

/** How a listing ended, by the source's own word. */
export interface ListingEnd {
  /** Each part of it came to its own end. */
  ended: boolean
  /** Keys fewer than the source's own totals. */
  shortBy: number
}

export interface LoadGround {
  now: LoadProfile
  /** The oldest first. */
  earlier: readonly LoadProfile[]
  listing: ListingEnd
  /** What was seen of personal values in columns that claim to hold none. */
  personal?: { readonly [column: string]: { readonly [what: string]: number } }
  at: Date
}

/** Judges a rule on a load by each of its measures: a column, or the load as a whole. */
export function judgeLoad(
  { name, parameters }: NamedCheck,
  columns: readonly string[],
  { now, earlier, listing, personal = {}, at }: LoadGround,
): LoadVerdict[] {
  switch (name) {
    case 'row-count-within':
      return [
        rowCountWithin(
          now.rows,
          earlier.map((load) => load.rows),
          parameters,
        ),
      ]
    case 'null-share-within':
      if (now.rows === 0) return []
      return columns.map((column) => {
        const loads = earlier.filter((load) => load.rows > 0 && load.absent[column] !== undefined)
        const verdict = nullShareWithin(
          now.absent[column]! / now.rows,
          loads.map((load) => load.absent[column]! / load.rows),
          parameters,
        )
        return { ...verdict, detail: `${column}: ${verdict.detail}` }
      })
    case 'fresh-within':
      return columns.map((column) => {
        const newest = now.newest[column]
        if (newest === undefined || newest === null) return unknown(`${column}: nothing to tell how fresh it is`)
        const verdict = freshWithin((at.getTime() - Date.parse(newest)) / 1000, parameters)
        return { ...verdict, detail: `${column}: ${verdict.detail}` }
      })
    case 'distribution-within':
      return columns.map((column) => {
        const verdict = distributionWithin(
          now.codes[column] ?? {},
          earlier.map((load) => load.codes[column] ?? {}),
          parameters,
        )
        return { ...verdict, detail: `${column}: ${verdict.detail}` }
      })
    case 'complete':
      return [complete(listing)]
    case 'personal-values':
      return columns.map((column) => {
        const verdict = personalValues({ ...noCounts(), ...personal[column] }, parameters)
        return { ...verdict, detail: `${column}: ${verdict.detail}` }
      })
    default:
      throw new Error(`there is no check '${name}' on a load`)
  }
}

type Parameters = NamedCheck['parameters']

const unknown = (detail: string): LoadVerdict => ({ verdict: 'unknown', detail })
const tell = (violation: boolean, detail: string): LoadVerdict => ({ verdict: violation ? 'violation' : 'ok', detail })

// A robust z of 3.5 is the usual bound (Iglewicz and Hoaglin, How to Detect and Handle Outliers, 1993): 0.6745 makes the MAD of a normal
// distribution its standard deviation.
const mostZ = 3.5
const madToSigma = 0.6745
const mostDrop = 0.2
/** A handful of rows is no alarm, whatever share of a small dataset it is. */
const fewRows = 5

/**
 * As many rows as usual. A dataset whose count never changed has no spread to learn: one row more must not be an alarm, so that the spread is
 * taken as 1 % of the usual at least, and one row.
 */
export function rowCountWithin(now: number, before: readonly number[], { drop, rise }: Parameters): LoadVerdict {
  const given = typeof drop === 'number' || typeof rise === 'number'
  if (before.length < (given ? 1 : leastLoads)) return unknown(`${rows(now)}; ${tooFew(before.length, given ? 1 : leastLoads)}`)
  const usual = median(before)
  const spread = median(before.map((n) => Math.abs(n - usual)))
  const over = `over ${loads(before.length)}`
  const said = `${rows(now)}; usual ${count(usual)}${given ? '' : ` ± ${count(spread)}`} ${over}`
  if (given) {
    const low = typeof drop === 'number' && now < usual * (1 - drop)
    const high = typeof rise === 'number' && now > usual * (1 + rise)
    return tell(low || high, said)
  }
  const z = (madToSigma * (now - usual)) / Math.max(spread, usual * 0.01, 1)
  const dropped = usual - now > fewRows && usual - now > mostDrop * usual
  return tell(Math.abs(z) > mostZ || dropped, said)
}

const mostPoints = 0.05
const mostRatio = 2

/** As many absent values as usual: no more than the bound, or not more than 5 points and twice from the usual. */
export function nullShareWithin(now: number, before: readonly number[], { atMost }: Parameters): LoadVerdict {
  if (typeof atMost === 'number') return tell(now > atMost, `${percent(now)} absent, at most ${percent(atMost)}`)
  if (before.length < leastLoads) return unknown(`${percent(now)} absent; ${tooFew(before.length, leastLoads)}`)
  const usual = median(before)
  const far = Math.abs(now - usual) > mostPoints && Math.max(now, usual) > mostRatio * Math.min(now, usual)
  return tell(far, `${percent(now)} absent; usual ${percent(usual)} over ${loads(before.length)}`)
}

/** @param age seconds since the newest record changed */
export function freshWithin(age: number, { of }: Parameters): LoadVerdict {
  return tell(age > Number(of), `the newest is ${span(age)} old, at most ${span(Number(of))}`)
}

const mostShift = 0.2
// The index of a small load is mostly chance: with 100 rows and 10 codes it is about 0.1 where nothing changed.
const fewestCoded = 100
/** What a code counts for that one of the two lacks: the index has no value for a share of nothing. */
const leastShare = 0.0001

/** The codes are divided as usual, by the population stability index against the mean of earlier loads. */
export function distributionWithin(now: Codes, before: readonly Codes[], { shift = mostShift }: Parameters): LoadVerdict {
  const total = sum(now)
  if (total < fewestCoded) return unknown(`${rows(total)} with a code are too few to judge by`)
  const earlier = before.filter((codes) => sum(codes) > 0)
  if (earlier.length < leastLoads) return unknown(tooFew(earlier.length, leastLoads))
  const names = [...new Set([now, ...earlier].flatMap(Object.keys))].sort()
  const parts = names.map((code) => {
    const usual = earlier.reduce((share, codes) => share + (codes[code] ?? 0) / sum(codes), 0) / earlier.length
    const here = (now[code] ?? 0) / total
    const [p, q] = [Math.max(here, leastShare), Math.max(usual, leastShare)]
    return { code, usual, here, part: (p - q) * Math.log(p / q) }
  })
  const index = parts.reduce((all, { part }) => all + part, 0)
  const most = parts.reduce((a, b) => (b.part > a.part ? b : a))
  const moved = index > 0.005 ? `; '${most.code}' went from ${percent(most.usual)} to ${percent(most.here)}` : ''
  return tell(index > Number(shift), `stability index ${index.toFixed(2)}, at most ${shift}, over ${loads(earlier.length)}${moved}`)
}

export function complete({ ended, shortBy }: ListingEnd): LoadVerdict {
  if (shortBy > 0) return tell(true, `the listing is short of ${count(shortBy)} keys by the source's own count`)
  return ended ? tell(false, 'the listing came to its own end') : tell(true, 'the listing did not come to its own end')
}

/** No larger share of the values than `atMost` looks like what a person is known by. */
export function personalValues(seen: PersonalCounts, { of, atMost }: Parameters): LoadVerdict {
  if (seen.seen === 0) return unknown('no value was looked at')
  const { violation, detail } = judgePersonal(seen, of as PersonalValue, Number(atMost))
  return tell(violation, detail)
}

type Codes = { readonly [code: string]: number }

const sum = (codes: Codes) => Object.values(codes).reduce((a, b) => a + b, 0)

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

const count = (n: number) => n.toLocaleString('en-US', { maximumFractionDigits: 1 })
const rows = (n: number) => `${count(n)} ${n === 1 ? 'row' : 'rows'}`
const loads = (n: number) => `${n} ${n === 1 ? 'run' : 'runs'}`
const percent = (share: number) => `${count(share * 100)} %`
const tooFew = (has: number, needs: number) => `${loads(has)} to compare with, and it takes ${needs}`

function span(seconds: number): string {
  const [unit, length] = seconds >= 2 * 86_400 ? ['days', 86_400] : seconds >= 2 * 3600 ? ['hours', 3600] : ['minutes', 60]
  return `${count(Math.floor((10 * seconds) / Number(length)) / 10)} ${unit}`
}

/** What a made-up example measures: a number, a share such as `2 %`, an age such as `3 days`, or numbers by code. */
export type Measure = string | { readonly [code: string]: string }

/** Judges an example of a rule on a load. `complete` is measured by how many keys the listing is short of. */
export function judgeLoadExample({ name, parameters }: NamedCheck, example: { before: readonly Measure[]; now: Measure }): LoadVerdict {
  const { before, now } = example
  switch (name) {
    case 'row-count-within':
      return rowCountWithin(numberOf(now), before.map(numberOf), parameters)
    case 'null-share-within':
      return nullShareWithin(numberOf(now), before.map(numberOf), parameters)
    case 'fresh-within':
      return freshWithin(numberOf(now), parameters)
    case 'distribution-within':
      return distributionWithin(codesOf(now), before.map(codesOf), parameters)
    case 'complete':
      return complete({ ended: true, shortBy: numberOf(now) })
    case 'personal-values':
      return personalValues({ ...noCounts(), ...codesOf(now) }, parameters)
    default:
      throw new Error(`there is no check '${name}' on a load`)
  }
}

const factors: { readonly [unit: string]: number } = { '': 1, '%': 0.01, minute: 60, hour: 3600, day: 86_400, week: 604_800 }

function numberOf(measure: Measure): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?) ?(%|minute|hour|day|week|)s?$/.exec(String(measure)) ?? []
  if (amount === undefined)
    throw new Error(`'${measure}' measures nothing; expected a number, a share such as 2 % or an age such as 3 days`)
  return Number(amount) * factors[unit!]!
}

function codesOf(measure: Measure): Codes {
  if (typeof measure === 'string') throw new Error(`'${measure}' is no map from code to number`)
  return Object.fromEntries(Object.entries(measure).map(([code, n]) => [code, numberOf(n)]))
}
