/** Values that nobody has, in the form of those that they stand for: test numbers where there is a range of them, and texts that say so. */
import { isLosslessNumber, LosslessNumber } from 'lossless-json'
import type { Kind } from '../../config/kinds.js'
import type { Json } from '../connector.js'
import type { RecordField } from '../record.js'

/** The host of every address in a recording. @see RFC 6761 §6.4: nothing answers there */
export const recordedHost = 'https://bron.invalid'

type Described = Pick<RecordField, 'value' | 'codes'> & { kind: Kind }
type Made = Json | LosslessNumber

/** Makes values up. The same value of a kind gives the same one each time, so that what belonged together still does. */
export class MadeUp {
  readonly #made = new Map<string, Made>()
  /** How many were made of a kind: test numbers are not without end. */
  readonly #counts = new Map<Kind, number>()

  /** @param came the value that it stands for: its form is looked at, and nothing of it is in the answer */
  for(field: Described, came: unknown): Made {
    const text = isLosslessNumber(came) ? came.value : typeof came === 'string' ? came : (JSON.stringify(came) ?? '')
    const known = JSON.stringify([field.kind, field.value, text])
    const before = this.#made.get(known)
    if (before !== undefined) return before
    const n = (this.#counts.get(field.kind) ?? 0) + 1
    this.#counts.set(field.kind, n)
    const value = madeUp(field, text, n)
    // A number is one where the source has one, and text where it has text.
    const isNumber = (field.value === 'integer' || field.value === 'decimal') && typeof came !== 'string'
    const made = isNumber ? new LosslessNumber(String(value)) : value
    this.#made.set(known, made)
    return made
  }
}

/** The n-th value, counted from 1. */
function madeUp({ kind, value, codes }: Described, came: string, n: number): Json {
  if (codes) return codes[n % codes.length]!
  switch (value) {
    case 'boolean':
      return n % 2 === 1
    case 'integer':
    case 'decimal':
      return kind === 'bsn' || isNumberOfPerson(came) ? testBsn(n) : String(900_000_000 + n)
    case 'date':
      return dayAfter(n)
    case 'datetime':
      return `${dayAfter(n)}T12:00:00Z`
    case 'duration':
      return `P${n}D`
    case 'uuid':
      return testUuid(n)
    case 'reference':
      return `${recordedHost}/verzonnen/${testUuid(n)}`
    case 'geometry':
      return { type: 'Point', coordinates: [5 + (n % 100) / 1000, 52] }
    default:
      return madeUpText(kind, came, n)
  }
}

function madeUpText(kind: Kind, came: string, n: number): string {
  switch (kind) {
    case 'bsn':
      return testBsn(n)
    case 'naam':
      return `Testpersoon ${n}`
    case 'adres':
      return `Teststraat ${n}`
    case 'postcode':
      return `${1000 + (n % 9000)} ZZ`
    case 'geboortedatum':
      return dayAfter(n)
    case 'contact':
      return came.includes('@') || !/\d{6}/.test(came) ? `testpersoon.${n}@example.org` : `0600${String(n).padStart(6, '0')}`
    case 'rekening':
      return testIban(n)
    case 'kenteken':
      return `TE-${String(n % 1000).padStart(3, '0')}-T`
    case 'locatie':
      return `Testlocatie ${n}`
    default:
      if (isNumberOfPerson(came)) return testBsn(n)
      return /^\d+$/.test(came) ? String(900_000_000 + n) : `Verzonnen ${n}`
  }
}

/** 9·d1 + 8·d2 + … + 2·d8 − d9 is a multiple of 11. @see Logisch Ontwerp BSN §3 */
function isNumberOfPerson(text: string): boolean {
  if (!/^\d{9}$/.test(text)) return false
  return [...text].reduce((sum, digit, at) => sum + Number(digit) * (at < 8 ? 9 - at : -1), 0) % 11 === 0
}

/** A BSN of the range that RvIG keeps for test persons, 9999. Of ten numbers in a row nine have a last digit; the others are passed over. */
export function testBsn(n: number): string {
  for (let at = 0, found = 0; ; at = (at + 1) % 10_000) {
    const eight = `9999${String(at).padStart(4, '0')}`
    const last = [...eight].reduce((sum, digit, place) => sum + Number(digit) * (9 - place), 0) % 11
    if (last === 10) continue
    found += 1
    if (found === n) return `${eight}${last}`
  }
}

/** A number of a bank that does not exist, with the check digits of ISO 13616. */
function testIban(n: number): string {
  const bank = 'TEST'
  const account = String(n).padStart(10, '0')
  const digits = [...`${bank}${account}NL00`].map((sign) => Number.parseInt(sign, 36)).join('')
  return `NL${String(98n - (BigInt(digits) % 97n)).padStart(2, '0')}${bank}${account}`
}

const testUuid = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`

const dayAfter = (n: number): string => new Date(Date.UTC(1970, 0, 1 + n)).toISOString().slice(0, 10)
