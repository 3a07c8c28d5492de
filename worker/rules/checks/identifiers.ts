/**
 * Numbers of persons and organisations. Each is text of a fixed length: a zero in front belongs to it, and a shorter text is never padded.
 * Own code, since the library for these numbers (stdnum 1.12) takes a BSN of nine zeros, digits of other scripts and `B00` in a VAT number.
 */
import { type FieldCheck, judge, ofText, type ParametersOf } from '../field-check.js'
import { mod97 } from './accounts.js'
import { capitals } from './letters.js'

/**
 * Whether nine digits pass the 11-test of BSN and RSIN: 9·d1 + 8·d2 + … + 2·d8 − d9 is a multiple of 11, and not all are zero.
 *
 * @see Wet algemene bepalingen burgerservicenummer; Logisch Ontwerp BSN §3
 */
export function elevenTest(digits: string): boolean {
  if (digits.length !== 9 || digits === '000000000') return false
  let sum = 0
  for (let i = 0; i < 9; i++) {
    const digit = digits.charCodeAt(i) - 48
    if (digit < 0 || digit > 9) return false
    sum += i < 8 ? (9 - i) * digit : -digit
  }
  return sum % 11 === 0
}

/**
 * Ten digits, the first not 0 and no two neighbours equal, with a sum that leaves 0 or 5 modulo 11, and Σ dᵢ·2ⁱ (i from 0, from the left) a
 * multiple of 11.
 *
 * @see Logisch Ontwerp BRP, element 01.10 (A-nummer)
 */
function isANummer(text: string): boolean {
  if (!/^[1-9][0-9]{9}$/.test(text) || /(.)\1/.test(text)) return false
  let sum = 0
  let weighed = 0
  for (let i = 0; i < 10; i++) {
    const digit = Number(text[i])
    sum += digit
    weighed += digit * 2 ** i
  }
  return (sum % 11 === 0 || sum % 11 === 5) && weighed % 11 === 0
}

/** A VAT number as it is compared: capitals, without spaces, dots and hyphens. */
export function normaliseBtw(text: string): string {
  return capitals(text).replace(/[ .-]/g, '')
}

/**
 * `NL`, nine digits, `B` and two digits that are not `00`. Of a legal person the nine digits pass the 11-test; since 2020 that of a natural person
 * is 1 modulo 97 as a whole, letters counted as A = 10 … Z = 35.
 */
function isBtw(text: string): boolean {
  const number = normaliseBtw(text)
  const parts = /^NL([0-9]{9})B([0-9]{2})$/.exec(number)
  return parts !== null && parts[2] !== '00' && (elevenTest(parts[1]!) || mod97(number) === 1)
}

/**
 * A prefix of eight digits that says which register the number is of, the number, and zeros up to twenty: after 00000001 an RSIN, after 00000003
 * a number of the KVK.
 *
 * @see Logius, OIN-stelsel, Data Architectuur: Samenstelling OIN and Prefix tabel
 */
function isOin(text: string): boolean {
  const parts = /^0000000([1-9])([0-9]{9})000$/.exec(text)
  if (!parts) return false
  const [, register, number] = parts as unknown as [string, string, string]
  if (register === '1') return elevenTest(number)
  if (register === '3') return number.endsWith('0') && isKvk(number.slice(0, 8))
  return number !== '000000000'
}

function isKvk(text: string): boolean {
  return /^[0-9]{8}$/.test(text) && text !== '00000000'
}

export const bsn = ofText(elevenTest)

/** No number of a test person: those of RvIG begin with 9999. What is no BSN at all is the matter of `bsn`. */
export const bsnReal: FieldCheck<ParametersOf<'bsn-real'>> = {
  prepare: () => (value) => judge(typeof value !== 'string' || !value.startsWith('9999') || !elevenTest(value)),
}

/** The same sum as a BSN: the two share one number space, so that a number alone does not say which of them it is. */
export const rsin = ofText(elevenTest)

export const aNummer = ofText(isANummer)

/** Eight digits; there is no check digit. */
export const kvk = ofText(isKvk)

/** Twelve digits; there is no check digit. @see KVK API, pattern of vestigingsnummer */
export const vestigingsnummer = ofText((text) => /^[0-9]{12}$/.test(text) && text !== '000000000000')

export const btw = ofText(isBtw)

export const oin = ofText(isOin)
