/** How a person is reached, and the number on a car. */
import { ofText } from '../field-check.js'
import { capitals } from './letters.js'

/** A telephone number as it is compared: without spaces, hyphens, brackets and the `(0)` that is left out abroad. */
export function normaliseTelefoon(text: string): string {
  return text
    .replace(/\(0\)/g, '')
    .replace(/[ ()-]/g, '')
    .replace(/^00(?=[1-9])/, '+')
}

const services = /^0(?:[89]00|90[69])(?:[0-9]{4}|[0-9]{7})$/

/**
 * A number of the Dutch plan (with or without +31), of a service (0800, 0900, 0906, 0909), of a gemeente (14 and its area code) or 112; else + and
 * 8 up to 15 digits.
 *
 * @see Nummerplan telefoon- en ISDN-diensten; ITU-T E.164
 */
export function isTelefoon(text: string): boolean {
  const number = normaliseTelefoon(text)
  if (/^0(?:[89]00|90[69])/.test(number)) return services.test(number)
  // 097 is for machines, with a digit more.
  if (/^(?:0|\+31)97/.test(number)) return /^(?:0|\+31)97[0-9]{8}$/.test(number)
  return /^(?:(?:0|\+31)[1-9][0-9]{8}|140[0-9]{2,3}|112|\+(?!31)[1-9][0-9]{7,14})$/.test(number)
}

export const telefoon = ofText(isTelefoon)

const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i
// Printable, and none of what only a quoted local part or a display name has.
const local = /^[^\s@<>()[\],;:\\"\p{Cc}\p{Cf}]{1,64}$/u

/** One address and no more than the address; quoted local parts and addresses of machines are not taken. @see RFC 5321 §4.5.3.1 */
export function isEmail(text: string): boolean {
  if (text.length > 254) return false
  const parts = text.split('@')
  if (parts.length !== 2 || !local.test(parts[0]!)) return false
  const labels = parts[1]!.split('.')
  return labels.length > 1 && labels.every((part) => label.test(part))
}

export const email = ofText(isEmail)

/** The order of letters and digits on Dutch plates. @see RDW, Uitleg over de cijfers en letters op de kentekenplaat */
const sideCodes = 'XX9999 9999XX 99XX99 XX99XX XXXX99 99XXXX 99XXX9 9XXX99 XX999X X999XX XXX99X X99XXX 9XX999 999XX9'.split(' ')
const plate = new RegExp(`^(?:${sideCodes.map((code) => code.replaceAll('X', '[A-Z]').replaceAll('9', '[0-9]')).join('|')})$`)

/** A kenteken as it is compared: capitals without hyphens. */
export function normaliseKenteken(text: string): string {
  return capitals(text).replaceAll('-', '')
}

export const kenteken = ofText((text) => plate.test(normaliseKenteken(text)))

// The first three codes are older than the choice of letters.
const olderPlate = /^(?:[A-Z]{2}[0-9]{4}|[0-9]{4}[A-Z]{2}|[0-9]{2}[A-Z]{2}[0-9]{2})$/

/** No vowel, C or Q on a plate of side code 4 or later: they are not given out. What is no kenteken at all is the matter of `kenteken`. */
export const kentekenLetters = ofText((text) => {
  const number = normaliseKenteken(text)
  return !plate.test(number) || olderPlate.test(number) || !/[AEIOUCQ]/.test(number)
})
