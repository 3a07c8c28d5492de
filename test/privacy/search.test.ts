import fc from 'fast-check'
import { expect, test } from 'vitest'
import { searchFor } from './search.js'

const bsn = '999990019'
const find = searchFor([bsn, 'Kwastelhoven', 'Zoëlommer'])
const places = (text: string | Buffer) =>
  find(new Map([['hier', Buffer.from(text)]])).map(({ place, value, notation }) => `${place}: ${value} in ${notation}`)

const before = fc.uint8Array({ maxLength: 12 })

test.each<[notation: string, write: (text: Buffer) => string | Buffer]>([
  ['UTF-8', (text) => text],
  ['hexadecimal', (text) => text.toString('hex')],
  ['hexadecimal', (text) => text.toString('hex').toUpperCase()],
  ['base64', (text) => text.toString('base64')],
  ['base64', (text) => text.toString('base64url')],
])('a value is found in %s, wherever it stands', (notation, write) => {
  fc.assert(
    fc.property(before, before, fc.constantFrom(bsn, 'Kwastelhoven', 'Zoëlommer'), (front, back, value) => {
      const text = Buffer.concat([front, Buffer.from(value), back])
      expect(places(write(text))).toContain(`hier: ${value} in ${notation}`)
    }),
  )
})

test('a value is found in UTF-16', () => {
  expect(places(Buffer.from(`x${bsn}`, 'utf16le'))).toEqual([`hier: ${bsn} in UTF-16`])
})

test('what is not there is not found', () => {
  expect(places(`${bsn.slice(0, 8)} ${bsn.slice(1)} kwastelhoven Kwastelhove`)).toEqual([])
  expect(places('')).toEqual([])
})
