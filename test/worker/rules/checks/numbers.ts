/** Arbitraries of numbers that their checks have to take, made from the definition of each and not by its check. */
import fc from 'fast-check'
import { ibanStructures } from '../../../../worker/rules/checks/accounts.js'

const digit = fc.integer({ min: 0, max: 9 })
export const digits = (count: number) => fc.array(digit, { minLength: count, maxLength: count }).map((all) => all.join(''))

/** Eight digits at will and the one that makes the sum of the 11-test right, where there is one. */
export const bsn = digits(8)
  .map((eight) => {
    const last = [...eight].reduce((sum, d, at) => sum + (9 - at) * Number(d), 0) % 11
    return last === 10 || Number(eight) === 0 ? undefined : `${eight}${last}`
  })
  .filter((number) => number !== undefined)

/** All A-nummers that begin so, the last three digits tried out. */
export const aNummer = digits(7)
  .filter((seven) => seven[0] !== '0' && !/(.)\1/.test(seven))
  .map((seven) => {
    for (let rest = 0; rest < 1000; rest++) {
      const number = seven + String(rest).padStart(3, '0')
      const values = [...number].map(Number)
      const sum = values.reduce((a, b) => a + b)
      const weighed = values.reduce((a, b, i) => a + b * 2 ** i, 0)
      if ([0, 5].includes(sum % 11) && weighed % 11 === 0 && !/(.)\1/.test(number)) return number
    }
    return undefined
  })
  .filter((number) => number !== undefined)

const alphabets: { readonly [type: string]: string } = {
  a: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
  n: '0123456789',
  c: '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ',
}

/** The check digits by big numbers: 98 less the rest of the whole. */
export function withCheckDigits(country: string, bban: string): string {
  const number = [...`${bban}${country}00`].map((c) => (/\d/.test(c) ? c : String(c.charCodeAt(0) - 55))).join('')
  return country + String(98n - (BigInt(number) % 97n)).padStart(2, '0') + bban
}

export const iban = fc.constantFrom(...Object.entries(ibanStructures)).chain(([country, structure]) => {
  const parts = [...structure.matchAll(/(\d+)([anc])/g)].map(([, count, type]) =>
    fc.array(fc.constantFrom(...alphabets[type!]!), { minLength: Number(count), maxLength: Number(count) }),
  )
  return fc.tuple(...parts).map((characters) => withCheckDigits(country, characters.flat().join('')))
})

/** The text with another character of the same sort at a place. */
export function changed(text: string, at: number, shift: number): string {
  const [from, size] = /\d/.test(text[at]!) ? [48, 10] : [65, 26]
  const other = String.fromCharCode(from + ((text.charCodeAt(at) - from + 1 + (shift % (size - 1))) % size))
  return text.slice(0, at) + other + text.slice(at + 1)
}

/** The text with two neighbours in each other's place. */
export function swapped(text: string, at: number): string {
  return text.slice(0, at) + text[at + 1]! + text[at]! + text.slice(at + 2)
}
