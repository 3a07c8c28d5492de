/** Bank account numbers. */
import { type FieldCheck, judge, ofText, type ParametersOf } from '../field-check.js'
import { capitals } from './letters.js'

/**
 * What follows the check digits, by country: so many letters (a), digits (n) or either (c).
 *
 * @see ISO 13616-1; the IBAN Registry that SWIFT keeps
 */
// biome-ignore format: a table
const structures: { readonly [country: string]: string } = {
  AD: '8n12c', AE: '19n', AL: '8n16c', AT: '16n', AZ: '4a20c', BA: '16n', BE: '12n', BG: '4a6n8c', BH: '4a14c', BI: '23n', BR: '23n1a1c',
  BY: '4c4n16c', CH: '5n12c', CR: '18n', CY: '8n16c', CZ: '20n', DE: '18n', DJ: '23n', DK: '14n', DO: '4c20n', EE: '16n', EG: '25n',
  ES: '20n', FI: '14n', FK: '2a12n', FO: '14n', FR: '10n11c2n', GB: '4a14n', GE: '2a16n', GI: '4a15c', GL: '14n', GR: '7n16c', GT: '24c',
  HN: '4a20n', HR: '17n', HU: '24n', IE: '4a14n', IL: '19n', IQ: '4a15n', IS: '22n', IT: '1a10n12c', JO: '4a4n18c', KW: '4a22c',
  KZ: '3n13c', LB: '4n20c', LC: '4a24c', LI: '5n12c', LT: '16n', LU: '3n13c', LV: '4a13c', LY: '21n', MC: '10n11c2n', MD: '20c',
  ME: '18n', MK: '3n10c2n', MN: '16n', MR: '23n', MT: '4a5n18c', MU: '4a19n3a', NI: '4a20n', NL: '4a10n', NO: '11n', OM: '3n16c',
  PK: '4a16c', PL: '24n', PS: '4a21c', PT: '21n', QA: '4a21c', RO: '4a16c', RS: '18n', RU: '14n15c', SA: '2n18c', SC: '4a20n3a',
  SD: '14n', SE: '20n', SI: '15n', SK: '20n', SM: '1a10n12c', SO: '19n', ST: '21n', SV: '4a20n', TL: '19n', TN: '20n', TR: '6n16c',
  UA: '6n19c', VA: '18n', VG: '4a16n', XK: '16n', YE: '4a4n18c',
}

const characters: { readonly [type: string]: string } = { a: '[A-Z]', n: '[0-9]', c: '[A-Z0-9]' }

const forms = new Map(
  Object.entries(structures).map(([country, structure]) => {
    const pattern = structure.replace(/(\d+)([anc])/g, (_, count: string, type: string) => `${characters[type]}{${count}}`)
    return [country, new RegExp(`^${country}[0-9]{2}${pattern}$`)]
  }),
)

/** The countries whose form is known. For tests. */
export const ibanStructures = structures

/** An IBAN as it is compared: capitals, without the spaces of its printed form. */
export function normaliseIban(text: string): string {
  return capitals(text).replaceAll(' ', '')
}

/** The number that letters and digits make, A = 10 … Z = 35, modulo 97. Digit by digit, since the whole does not fit in a number. */
export function mod97(text: string): number {
  let rest = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    rest = code < 65 ? (rest * 10 + code - 48) % 97 : (rest * 100 + code - 55) % 97
  }
  return rest
}

/** @see ISO 13616-1 (form) and ISO 7064 (mod 97-10) */
export function isIban(text: string): boolean {
  const number = normaliseIban(text)
  if (!forms.get(number.slice(0, 2))?.test(number)) return false
  const digits = number.slice(2, 4)
  // 00, 01 and 99 leave the same rest as 97, 98 and 02.
  return digits >= '02' && digits <= '98' && mod97(number.slice(4) + number.slice(0, 4)) === 1
}

/** Whether ten digits satisfy 10·d1 + 9·d2 + … + 1·d10 ≡ 0 modulo 11. */
function isBankAccount(digits: string): boolean {
  let sum = 0
  for (let i = 0; i < 10; i++) sum += (10 - i) * Number(digits[i])
  return sum % 11 === 0
}

export const iban = ofText(isIban)

/**
 * The account number in a Dutch IBAN passes the 11-test, but for that of the former Giro, which begins with 000. What is no Dutch IBAN is the
 * matter of `iban`.
 */
export const ibanAccount: FieldCheck<ParametersOf<'iban-account'>> = {
  prepare: () => (value) => {
    const number = typeof value === 'string' ? normaliseIban(value) : ''
    if (!number.startsWith('NL') || !isIban(number)) return 'ok'
    const account = number.slice(8)
    return judge(account.startsWith('000') || isBankAccount(account))
  },
}
