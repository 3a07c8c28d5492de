/**
 * Finds columns that claim to hold nothing of a person and do. It counts, and keeps nothing of what it saw.
 *
 * A value alone proves little: one of eleven numbers of nine digits passes as a BSN. What counts is how many of a column's values do.
 */
import type { personalValues } from '../../config/checks.js'
import { isIban } from './checks/accounts.js'
import { isEmail, isTelefoon, normaliseTelefoon } from './checks/contact.js'
import { elevenTest } from './checks/identifiers.js'

/** What was seen of the values of a column. */
export type PersonalCounts = {
  /** Values that were looked at. */
  seen: number
  /** Nine digits. */
  nine: number
  /** Of those, that pass as a BSN. */
  bsn: number
  iban: number
  email: number
  telefoon: number
}

export type PersonalValue = (typeof personalValues)[number]

export const noCounts = (): PersonalCounts => ({ seen: 0, nine: 0, bsn: 0, iban: 0, email: 0, telefoon: 0 })

export function addCounts(to: PersonalCounts, more: PersonalCounts): void {
  for (const name of Object.keys(more) as (keyof PersonalCounts)[]) to[name] += more[name]
}

/** An e-mail address has no more characters, with a space on each side. */
const longest = 256
/** A BSN, and an IBAN of 34 characters in its printed form, with a space on each side. */
const shortestNumber = 9
const longestNumber = 44
const anyDigit = /\d/

/** Looks at one value as a whole; inside a longer text nothing is looked for. */
export function look(counts: PersonalCounts, text: string): void {
  counts.seen++
  if (text.length > longest) return
  if (text.includes('@')) {
    if (isEmail(text.trim())) counts.email++
    return
  }
  if (text.length < shortestNumber || text.length > longestNumber || !anyDigit.test(text)) return
  const value = text.trim()
  const digits = value.replace(/[ .-]/g, '')
  if (/^[0-9]{9}$/.test(digits)) {
    counts.nine++
    if (elevenTest(digits)) counts.bsn++
  } else if (isIban(value)) counts.iban++
  else if (isPersonalTelefoon(value)) counts.telefoon++
}

/**
 * A Dutch telephone number that cannot well be another number: mobile, with +31, or with the area code set apart. Ten digits that begin with 0 can
 * be the number of anything.
 */
function isPersonalTelefoon(value: string): boolean {
  if (!isTelefoon(value)) return false
  const number = normaliseTelefoon(value)
  if (number.startsWith('+31')) return true
  return /^06[0-9]{8}$/.test(number) || (/^0[0-9]{9}$/.test(number) && /^\(?0[0-9]{2,3}\)?[ -]/.test(value))
}

/** As many numbers of nine digits as it takes to judge them: that nine of ten random ones pass has a chance of 1 in 10⁸. */
const fewestNumbers = 10
const shareOfBsn = 0.9
/** Fewer than this is a slip in a field that is about something else. */
const fewestMatches = 3

/** How many of the values of a column are such values of persons; 0 where it cannot be told. */
export function found(counts: PersonalCounts, value: PersonalValue): number {
  const matches = counts[value]
  if (matches < fewestMatches) return 0
  if (value === 'bsn' && (counts.nine < fewestNumbers || matches < shareOfBsn * counts.nine)) return 0
  return matches
}

const names: { readonly [value in PersonalValue]: string } = {
  bsn: 'a BSN',
  iban: 'an IBAN',
  email: 'an e-mail address',
  telefoon: 'a Dutch telephone number',
}

/** Whether more of the values of a column than `atMost` (0..1) are such values of persons, and in words how many were seen. */
export function judgePersonal(counts: PersonalCounts, value: PersonalValue, atMost: number): { violation: boolean; detail: string } {
  const matches = found(counts, value)
  const share = counts.seen === 0 ? 0 : matches / counts.seen
  const percent = (n: number) => `${(n * 100).toLocaleString('en-US', { maximumFractionDigits: 1 })} %`
  const detail = `${matches.toLocaleString('en-US')} of ${counts.seen.toLocaleString('en-US')} values that were looked at are ${names[value]} (${percent(share)}), at most ${percent(atMost)}`
  return { violation: share > atMost, detail }
}
